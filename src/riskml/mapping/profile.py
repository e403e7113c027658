"""What every record table holds, month by month and column by column, and where a month is unlike the earlier ones.

Counts and shares alone, and the ends of dates and numbers: no enterprise is named, no value of a column that may be a
person's, and of fewer than `FEWEST_TOLD` values or enterprises no value at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from riskml.core.errors import ConfigurationError
from riskml.core.progress import Progress
from riskml.core.validation import nearest
from riskml.core.workspace import Workspace
from riskml.engines.duckdb import connect
from riskml.mapping.findings import of_persons
from riskml.publication.drift import usual_range
from riskml.records.received import last_received
from riskml.records.store import RecordStore, open_store
from riskml.records.tables import TABLES, Column, Table

MONTHS = 36
"""Months that are looked at one by one."""

LEAST_ROWS, LEAST_SHARE = 10.0, 0.02
"""How far from the median a month's rows, and a share, may lie before it is unusual."""

FEWEST_ROWS = 20
"""A month with fewer rows is not judged by shares."""

FEWEST_TOLD = 10
"""Of fewer values, or of fewer enterprises, neither ends nor the commonest nor how many differ are told: of one record
they would be that record. Ours.
"""

_YEAR = 12
"""Further months back that are counted, so that each month shown has the same one a year before."""

_SEASONAL = 0.5
"""A month within so much of the same month a year before is not unusual: reports come once a year."""

_OPEN = ("end_date", "end_known_date")
"""Missing while a state lasts, which younger ones more often do: no month is judged by them."""

_ENDS = ("date", "integer", "amount", "share", "number")
"""Types of columns whose smallest and largest value are told."""


@dataclass(frozen=True)
class Held:
    """What one column holds in some rows.

    Parameters
    ----------
    missing
        The share of rows without a value.
    distinct
        How many different values there are; None, as are those that follow, where fewer than `FEWEST_TOLD` rows have
        one, or there are fewer enterprises.
    commonest
        The share that the commonest value has of the rows with one.
    value
        That value, where it is a code or a flag; else None.
    smallest, largest
        Of dates and numbers; None for others, and for what may be a person's.
    """

    missing: float
    distinct: int | None
    commonest: float | None
    value: str | None
    smallest: Any
    largest: Any


@dataclass(frozen=True)
class ColumnProfile:
    """One column of a table.

    Parameters
    ----------
    whole
        Of all rows.
    by_month
        Of each month of `Profile.months`; None where the table has no rows of it.
    broken
        The months whose share missing is unlike the earlier ones'.
    """

    column: Column
    whole: Held
    by_month: tuple[Held | None, ...]
    broken: frozenset[int]

    @property
    def missing_by_month(self) -> tuple[float | None, ...]:
        """The share missing in each month."""
        return tuple(None if held is None else held.missing for held in self.by_month)

    @property
    def commonest_by_month(self) -> tuple[float | None, ...]:
        """The share of the commonest value in each month."""
        return tuple(None if held is None else held.commonest for held in self.by_month)


@dataclass(frozen=True)
class TableProfile:
    """One record table.

    Parameters
    ----------
    rows, enterprises
        In all.
    rows_by_month, enterprises_by_month
        Of each month of `Profile.months`, by the day that a record happened or began.
    broken
        The places of months whose rows are unlike the earlier ones'.
    received, refused
        Rows of all loads.
    refused_by_load
        The day a delivery was received, its source, rows received and refused, for each load that had the table.
    """

    table: Table
    rows: int
    enterprises: int
    rows_by_month: tuple[int, ...]
    enterprises_by_month: tuple[int, ...]
    broken: frozenset[int]
    refused_by_load: tuple[tuple[str, str, int, int], ...]
    columns: tuple[ColumnProfile, ...]

    @property
    def received(self) -> int:
        """Rows that were received."""
        return sum(received for *_, received, _ in self.refused_by_load)

    @property
    def refused(self) -> int:
        """Rows that were refused."""
        return sum(refused for *_, refused in self.refused_by_load)

    @property
    def breaks(self) -> int:
        """How many months are unlike the earlier ones, of its rows and of its columns."""
        return len(self.broken) + sum(len(one.broken) for one in self.columns)


@dataclass(frozen=True)
class Profile:
    """The record tables that were received.

    Parameters
    ----------
    months
        The first days, oldest first; the last one is that of the last delivery.
    judged
        How many of them are whole, and so are judged: the month of the last delivery is not.
    never
        Tables of which nothing was ever received.
    """

    months: tuple[date, ...]
    judged: int
    tables: tuple[TableProfile, ...]
    never: tuple[str, ...]
    simulated: bool

    def breaks(self) -> list[tuple[TableProfile, ColumnProfile | None, int]]:
        """Every month that is unlike the earlier ones: of a table's rows, or of a column's missing values."""
        return [
            (table, column, place)
            for table in self.tables
            for column in (None, *table.columns)
            for place in sorted(table.broken if column is None else column.broken)
        ]

    def frame(self) -> pd.DataFrame:
        """One row for each table, column and month that has rows."""
        return pd.DataFrame([
            {
                "table": table.table.name, "column": one.column.name, "month": pd.Timestamp(month),
                "rows": table.rows_by_month[place], "enterprises": table.enterprises_by_month[place],
                "missing": held.missing, "distinct": held.distinct, "commonest": held.commonest, "value": held.value,
                "smallest": held.smallest, "largest": held.largest, "rows_break": place in table.broken,
                "missing_break": place in one.broken,
            }
            for table in self.tables
            for one in table.columns
            for place, month in enumerate(self.months)
            if (held := one.by_month[place]) is not None
        ])  # fmt: skip


def profile_records(workspace: Workspace, table: str | None, months: int, on_progress: Progress) -> Profile:
    """Look at every record table that was received, or at one.

    Raises
    ------
    ConfigurationError
        Where there is no such table.
    RunError
        Where nothing was loaded yet, or a file of the store is damaged.
    """
    if table is not None and table not in TABLES:
        zh, en = nearest(table, tuple(TABLES))
        raise ConfigurationError(zh=f"没有名为 {table!r} 的记录表{zh}。", en=f"There is no record table {table!r}{en}.")
    store, connection = open_store(workspace.records), connect(workspace.spill)
    store.open_views(connection)
    last = last_received(store)
    shown = tuple(stamp.date() for stamp in pd.date_range(end=last.replace(day=1), periods=months, freq="MS"))
    wanted = [one for one in TABLES.values() if one.name in store.tables and table in (None, one.name)]
    found = []
    for number, one in enumerate(wanted):
        on_progress(one.name, number, len(wanted))
        found.append(_table(connection, store, one, shown))
    never = tuple(one for one in TABLES if one not in store.tables and table in (None, one))
    return Profile(shown, len(shown) - 1, tuple(found), never, store.simulated)


def _table(
    connection: duckdb.DuckDBPyConnection, store: RecordStore, table: Table, months: Sequence[date]
) -> TableProfile:
    whose = table.subject
    ((rows, enterprises),) = connection.execute(
        f"SELECT count(*), count(DISTINCT {whose}) FROM {table.name}"
    ).fetchall()
    counted = {
        month: (count, many)
        for month, count, many in connection.execute(
            f"SELECT date_trunc('month', {table.date_column})::DATE AS month, count(*), count(DISTINCT {whose}) "
            f"FROM {table.name} WHERE {table.date_column} >= DATE '{months[0]}' - INTERVAL {_YEAR} MONTH GROUP BY month"
        ).fetchall()
    }
    looked_at = pd.date_range(end=months[-1], periods=len(months) + _YEAR, freq="MS")
    whole = [counted.get(stamp.date(), (0, 0))[0] for stamp in looked_at]
    by_month = tuple(whole[_YEAR:])
    subjects: dict[date | None, int] = {month: counted.get(month, (0, 0))[1] for month in months}
    subjects[None] = int(enterprises)
    return TableProfile(
        table=table,
        rows=int(rows),
        enterprises=int(enterprises),
        rows_by_month=by_month,
        enterprises_by_month=tuple(subjects[month] for month in months),
        broken=frozenset(place - _YEAR for place in unlike_counts(whole) if place >= _YEAR),
        refused_by_load=tuple(_loads(store, table.name)),
        columns=tuple(_column(connection, table, column, months, by_month, subjects) for column in table.columns
                      if column.name != "record_id" and not column.assigned),
    )  # fmt: skip


def _loads(store: RecordStore, table: str) -> Iterator[tuple[str, str, int, int]]:
    for load in store.loads:
        if (one := load["tables"].get(table)) is not None:
            yield load["received"], load["source"], int(one["received"]), int(one["refused"])


def _column(
    connection: duckdb.DuckDBPyConnection,
    table: Table,
    column: Column,
    months: Sequence[date],
    rows: Sequence[int],
    enterprises: Mapping[date | None, int],
) -> ColumnProfile:
    """Count the values of a column, each once and each month's, and what the counts come to.

    Parameters
    ----------
    enterprises
        How many have rows, of each month and, as None, in all.
    """
    name, day = column.name, table.date_column
    ends = column.type in _ENDS and not of_persons(table.name, name)
    told = column.codes is not None or column.type == "flag"
    summed = f"""
  sum(n),
  coalesce(sum(n) FILTER (v IS NULL), 0),
  count(v),
  max(n) FILTER (v IS NOT NULL),
  {"CAST(arg_max(v, n) FILTER (v IS NOT NULL) AS VARCHAR)" if told else "NULL"},
  {"min(v), max(v)" if ends else "NULL, NULL"}"""
    (whole,) = connection.execute(f"""
SELECT {summed}
FROM (SELECT {name} AS v, count(*) AS n FROM {table.name} GROUP BY v)""").fetchall()
    by_months = connection.execute(f"""
SELECT month, {summed}
FROM (
  SELECT date_trunc('month', {day})::DATE AS month, {name} AS v, count(*) AS n
  FROM {table.name}
  WHERE {day} >= DATE '{months[0]}'
  GROUP BY month, v)
GROUP BY month""").fetchall()
    of_month = {month: _held(enterprises.get(month, 0), *counts) for month, *counts in by_months}
    by_month = tuple(of_month.get(month) for month in months)
    missing = [None if held is None else held.missing for held in by_month]
    broken = frozenset[int]() if name in _OPEN else unlike_shares(missing, rows)
    return ColumnProfile(column, _held(enterprises[None], *whole), by_month, broken)


def _held(
    enterprises: int,
    rows: int | None,
    missing: int,
    distinct: int,
    most: int | None,
    value: str | None,
    smallest: Any,
    largest: Any,
) -> Held:
    known, share = int(rows or 0) - int(missing), int(missing) / rows if rows else 0.0
    if most is None or min(known, enterprises) < FEWEST_TOLD:
        return Held(share, None, None, None, None, None)
    return Held(
        missing=share,
        distinct=int(distinct),
        commonest=int(most) / known,
        value=value,
        smallest=smallest,
        largest=largest,
    )


def unlike_counts(counts: Sequence[int]) -> frozenset[int]:
    """The places of months with more or fewer rows than is usual: outside the range of the earlier ones
    (`riskml.publication.drift.usual_range`, and three standard deviations of a count), and unlike the same month a year
    before. Months before a table's first record say nothing; the last one, which is not over, is not judged.

    Examples
    --------
    >>> sorted(unlike_counts([0, 0, 100, 98, 103, 99, 0, 101, 97, 400, 12]))
    [6, 9]
    """
    begins = next((place for place, count in enumerate(counts) if count), len(counts))
    found = set()
    for place, count in enumerate(counts[:-1]):
        earlier = [float(one) for one in counts[begins:place]]
        usual = usual_range(earlier, max(LEAST_ROWS, 3 * float(np.median(earlier)) ** 0.5 if earlier else 0.0))
        year_ago = counts[place - 12] if place >= 12 else None
        as_last_year = year_ago is not None and abs(count - year_ago) <= max(LEAST_ROWS, _SEASONAL * year_ago)
        if usual is not None and not usual[0] <= count <= usual[1] and not as_last_year:
            found.add(place)
    return frozenset(found)


def unlike_shares(missing: Sequence[float | None], rows: Sequence[int]) -> frozenset[int]:
    """The places of months whose share missing is outside the range of the earlier ones, and further from their median
    than three standard errors of a share of so many rows; all with at least `FEWEST_ROWS`.

    Examples
    --------
    >>> sorted(unlike_shares([0.01, 0.0, 0.02, 0.01, 0.6, 1.0, 0.0], [50, 60, 55, 70, 60, 3, 9]))
    [4]
    """
    found, earlier = set(), list[float]()
    for place, share in enumerate(missing[:-1]):
        if share is None or rows[place] < FEWEST_ROWS:
            continue
        middle = float(np.median(earlier)) if earlier else 0.0
        error = (max(middle * (1 - middle), 1 / rows[place]) / rows[place]) ** 0.5
        usual = usual_range(earlier, max(LEAST_SHARE, 3 * error))
        if usual is not None and not usual[0] <= share <= usual[1]:
            found.add(place)
        earlier.append(share)
    return frozenset(found)
