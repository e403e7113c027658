"""The records behind an indicator: the live rows of its relation that its value was computed from.

The rows are those the indicator's own SQL reads (same relation, same window, same condition), so that an inspector who
adds them up gets the value.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from riskml.features.specs import IndicatorColumn, IndicatorSystem
from riskml.records.effect_periods import EffectPeriods
from riskml.records.expressions import names_used
from riskml.records.tables import TABLES
from riskml.relations.catalogue import newest_first, relation_date
from riskml.relations.templates import relation_sql

if TYPE_CHECKING:
    from riskml.features.matrix import MatrixBuilder

RECORD = ("record_date", "known_date", "arrival", "record_id")
"""What is found of a record, in the order by which the newest comes first."""

NEWEST_FIRST = ", ".join(f"{column} DESC" for column in RECORD)


def columns_behind(system: IndicatorSystem, column: IndicatorColumn) -> tuple[IndicatorColumn, ...]:
    """The columns whose records are the evidence of `column`: itself, or those that its expression uses."""
    if column.indicator.measure != "expression":
        return (column,)
    used = names_used(column.indicator.value or "")
    return tuple(other for other in system.computed if other.name in used)


def evidence_sql(column: IndicatorColumn, entity_dates: str, periods: EffectPeriods) -> str:
    """The records behind one indicator column that is no expression, for every moment asked for.

    Parameters
    ----------
    entity_dates
        A relation with the columns ``enterprise_id`` and ``as_of``.

    Returns
    -------
    str
        A SELECT of enterprise_id, as_of, indicator (the column's name), record_id and record_date (null where the
        relation has no date), by enterprise and date, the newest record first.
    """
    (rows,) = evidence_rows_sql(
        (column,), f"({relation_sql(column.indicator.from_ or '', entity_dates, periods)})", "enterprise_id, as_of"
    )
    return (
        "SELECT enterprise_id, as_of, indicator, record_id, record_date FROM ("
        f"SELECT DISTINCT enterprise_id, as_of, '{column.name}' AS indicator, {_record(column)} FROM ({rows})) "
        f"ORDER BY enterprise_id, as_of, {NEWEST_FIRST}"
    )


def read_evidence(
    builder: MatrixBuilder, ids: list[str], reasons: pa.Table, at_most: int, places: NDArray[np.int64] | None = None
) -> pa.Table:
    """The records that the reasons of the block computed last rest on.

    Parameters
    ----------
    ids
        The enterprises of the block, in its order.
    reasons
        Columns ``enterprise_id`` and ``indicator``.
    at_most
        How many record ids to give for each; all are counted.
    places
        The places of `ids` among the rows laid out (`MatrixBlock.places`); all of them in order where None.

    Returns
    -------
    pyarrow.Table
        As many rows as `reasons`, in its order: ``evidence`` (list of record ids, the newest first) and
        ``evidence_count`` (int32).
    """
    from riskml.features.matrix import rows_table  # only here: who reads one enterprise's evidence waits for no pandas

    place = pc.index_in(reasons["enterprise_id"], value_set=pa.array(ids, pa.string())).to_numpy()
    if places is not None:
        place = places.astype(np.int32)[place]
    indicator = reasons["indicator"].combine_chunks().dictionary_encode()
    parts, asked = [], []
    for behind in filter(lambda behind: builder.received(behind.relation), evidence_behind(builder.system)):
        found = behind.asked(indicator, place)
        if len(found):
            asked.append(f"asked_{behind.relation}")
            builder.connection.register(asked[-1], found)
            rows = f"SELECT * FROM {rows_table(behind.relation)} JOIN {asked[-1]} USING (place)"
            parts.append(behind.records_sql(f"({rows})", "reason"))
    if not parts:
        return _listed(np.empty(0, dtype=np.int32), pa.array([], pa.string()), len(reasons), at_most)
    found = builder.connection.sql(
        f"SELECT DISTINCT reason, {', '.join(RECORD)} FROM ({' UNION ALL '.join(parts)}) ORDER BY reason, "
        f"{NEWEST_FIRST}"
    ).to_arrow_table()
    for name in asked:
        builder.connection.unregister(name)
    return _listed(found["reason"].to_numpy(), found["record_id"].combine_chunks(), len(reasons), at_most)


def _listed(reason: NDArray[np.int32], records: pa.StringArray, reasons: int, at_most: int) -> pa.Table:
    """The first `at_most` records of every reason, and how many it has; `reason` is ascending.

    >>> _listed(np.array([0, 0, 2], dtype=np.int32), pa.array(["b", "a", "c"]), 3, 1).to_pydict()
    {'evidence': [['b'], [], ['c']], 'evidence_count': [2, 0, 1]}
    """
    counts = np.bincount(reason, minlength=reasons)
    rank = np.arange(len(reason)) - (np.cumsum(counts) - counts)[reason]
    ends = np.cumsum(np.minimum(counts, at_most))
    offsets = pa.array(np.concatenate([[0], ends]).astype(np.int32))
    evidence = pa.ListArray.from_arrays(offsets, records.filter(pa.array(rank < at_most)))
    return pa.table({"evidence": evidence, "evidence_count": pa.array(counts.astype(np.int32))})


@dataclass(frozen=True)
class Behind:
    """What of one relation is behind the indicators that can be a reason: the relation is asked once for all of them.

    Parameters
    ----------
    columns
        The columns computed from the relation; a reason rests on some of them, its *parts*, each named by its place
        here.
    indicators
        Every indicator that rests on the relation, with its parts.
    """

    relation: str
    columns: tuple[IndicatorColumn, ...]
    indicators: dict[str, tuple[int, ...]]

    def asked(self, indicator: pa.DictionaryArray, place: NDArray[np.int32]) -> pa.Table:
        """The parts of reasons that rest on the relation.

        Parameters
        ----------
        indicator, place
            Of every reason the indicator, and the row of its enterprise.

        Returns
        -------
        pyarrow.Table
            ``place``, ``reason`` (its row) and ``part``, int32.
        """
        codes, names = indicator.indices.to_numpy(), indicator.dictionary.to_pylist()
        reasons, parts = [], []
        for part in range(len(self.columns)):
            own = np.array([part in self.indicators.get(name, ()) for name in names], dtype=bool)
            reasons.append(np.flatnonzero(own[codes]).astype(np.int32))
            parts.append(np.full(len(reasons[-1]), part, dtype=np.int32))
        reason = np.concatenate(reasons)
        return pa.table({"place": place[reason], "reason": reason, "part": np.concatenate(parts)})

    @property
    def parts(self) -> str:
        """A relation for a FROM clause, of ``indicator`` and ``part``."""
        pairs = ", ".join(f"('{name}', {part})" for name, parts in self.indicators.items() for part in parts)
        return f"(VALUES {pairs}) parts (indicator, part)"

    def records_sql(self, rows: str, by: str) -> str:
        """The records as a SELECT of `by` and the columns `RECORD`.

        Parameters
        ----------
        rows
            The relation's rows with the columns `by` and ``part``, once for every part of a reason that asks for them.
        by
            The columns, separated by commas, that say which reason a row is for.
        """
        selects = evidence_rows_sql(self.columns, rows, f"{by}, part")
        return " UNION ALL ".join(f"SELECT {by}, {_record(self.columns[0])} FROM ({sql})" for sql in selects)


def evidence_behind(system: IndicatorSystem) -> tuple[Behind, ...]:
    """What is behind every indicator that can be a reason, by relation."""
    found: dict[str, dict[str, tuple[IndicatorColumn, ...]]] = {}
    for column in system.columns:
        for part in columns_behind(system, column):
            of_relation = found.setdefault(part.indicator.from_ or "", {})
            of_relation[column.name] = (*of_relation.get(column.name, ()), part)
    return tuple(_behind(relation, indicators) for relation, indicators in found.items())


def _behind(relation: str, indicators: dict[str, tuple[IndicatorColumn, ...]]) -> Behind:
    columns = tuple(dict.fromkeys(part for parts in indicators.values() for part in parts))
    places = {column: place for place, column in enumerate(columns)}
    return Behind(
        relation, columns, {name: tuple(places[part] for part in parts) for name, parts in indicators.items()}
    )


def evidence_rows_sql(columns: tuple[IndicatorColumn, ...], rows: str, by: str) -> tuple[str, ...]:
    """The rows behind columns computed from one relation: a SELECT of whole rows for every way of picking them.

    Parameters
    ----------
    columns
        Where there are several, `rows` has a column ``part``: the place among them of the one a row is asked for.
    rows
        What ``relation_sql`` gives, in brackets, or a table that holds it.
    by
        The columns, separated by commas, that are the same in the rows of one value.
    """
    ways: dict[_Way, dict[int, IndicatorColumn]] = {}
    for part, column in enumerate(columns):
        ways.setdefault(_way(column), {})[part] = column
    return tuple(
        f"SELECT * FROM {rows} WHERE {_of_part(own, len(columns), _counts)}{_picked(way, own, len(columns), by)}"
        for way, own in ways.items()
    )


_Way = Literal["every", "newest", "largest", "all or none"]
"""Which of the rows that count are evidence. All or none: where one thing counted has no record of its own, records do
not bear out the count.
"""


def _way(column: IndicatorColumn) -> _Way:
    match column.indicator.measure:
        case "open" | "share" | "sum" | "ratio" | "relative_rate":
            return "every"
        case "max":
            return "largest"
        case "latest" | "category" | "days_since":
            return "newest"
        case "count" | "distinct":
            return "every" if column.indicator.from_ in TABLES else "all or none"
        case measure:
            raise AssertionError(f"measure {measure} reads no records")


def _counts(column: IndicatorColumn) -> str:
    """The condition on a row of the relation that it counts towards the column's value."""
    indicator = column.indicator
    conditions = [] if _way(column) == "all or none" else ["record_id IS NOT NULL"]
    if indicator.measure != "share":  # a share is of all: those that satisfy `where` and those that do not
        conditions.append(f"({indicator.where})")
    if column.within:
        conditions.append(column.within)
    if indicator.measure == "open":
        conditions.append("end_date IS NULL")
    if indicator.measure in ("sum", "max"):  # what adds nothing is no evidence
        conditions.append(f"coalesce({indicator.value}, 0) <> 0")
    return " AND ".join(conditions)


def _picked(way: _Way, own: dict[int, IndicatorColumn], among: int, by: str) -> str:
    """The clause that leaves the evidence among the rows that count."""
    match way:
        case "every":
            return ""
        case "newest":
            (order,) = {newest_first(column.indicator.from_ or "") for column in own.values()}
            return f" QUALIFY row_number() OVER (PARTITION BY {by} ORDER BY {order}) = 1"
        case "largest":
            value = _of_part(own, among, lambda column: f"CAST({column.indicator.value} AS DOUBLE)")
            return f" QUALIFY {value} = max({value}) OVER (PARTITION BY {by})"
        case "all or none":
            return f" QUALIFY bool_and(record_id IS NOT NULL) OVER (PARTITION BY {by})"


def _of_part(own: dict[int, IndicatorColumn], among: int, expression: Callable[[IndicatorColumn], str]) -> str:
    """The expression of the column that a row is asked for, null where it is not one of `own`."""
    if among == 1:
        return expression(own[0])
    return f"CASE part {' '.join(f'WHEN {part} THEN {expression(column)}' for part, column in own.items())} END"


def _date(column: IndicatorColumn) -> str:
    return relation_date(column.indicator.from_ or "") or "CAST(NULL AS DATE)"


def _record(column: IndicatorColumn) -> str:
    """The columns `RECORD` of a row of the relation."""
    if relation_date(column.indicator.from_ or "") is None:
        return (
            "CAST(NULL AS DATE) AS record_date, CAST(NULL AS DATE) AS known_date, CAST(NULL AS BIGINT) AS arrival, "
            "record_id"
        )
    return f"{_date(column)} AS record_date, known_date, arrival, record_id"
