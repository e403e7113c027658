"""Which records amendments mean, asked of the record tables."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import date

import duckdb

from riskml.records.tables import SQL_TYPES, TABLES, Table

AMENDMENTS = "amendment"

_NUMBERED = "numbered_amendment"


@dataclass(frozen=True)
class Amendment:
    """One amendment, by a number that orders all of them; `since` is the first day on which it is dated and known."""

    number: int
    source: str
    record_id: str
    of_table: str
    of_record: str
    kind: str
    part: str | None
    value: str | None
    replaced_by: str | None
    law: str | None
    event_date: date
    known_date: date
    since: date


@dataclass(frozen=True)
class Met:
    """A record that an amendment means, or that one names as a replacement.

    Parameters
    ----------
    key
        Its table, source, subject and id.
    number
        Its number, where it is itself an amendment.
    seen
        The first day on which it is dated and known.
    until
        The day from which it cannot be told any more which of several sources' records is meant; the end of time where
        it can.
    original
        The amended part as text.
    reducible
        Whether the amendment's value can be read as the part's type, and is not larger than the original.
    clocks
        The dates of `Table.clock_columns`.
    """

    amendment: int
    key: tuple[str, str, str, str]
    number: int | None
    seen: date
    until: date
    original: str | None
    reducible: bool
    clocks: tuple[date | None, ...]


def amendments_of(connection: duckdb.DuckDBPyConnection) -> dict[int, Amendment]:
    """Number the amendments, for `met_by` and `replacing` too; number → amendment."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {_NUMBERED} AS SELECT *, greatest(event_date, known_date) AS since, "
        f"row_number() OVER (ORDER BY source, record_id, of_record) AS number FROM {AMENDMENTS}"
    )
    rows = connection.execute(
        "SELECT number, source, record_id, of_table, of_record, kind, part, value, replaced_by, law, event_date, "
        "known_date, since "
        f"FROM {_NUMBERED} ORDER BY number"
    ).fetchall()
    return {row[0]: Amendment(*row) for row in rows}


def met_by(connection: duckdb.DuckDBPyConnection, name: str) -> list[Met]:
    """The records of a table that amendments mean.

    An amendment that names no source means its own source's record; where that has none, the only other source that has
    one, for as long as it is the only one.
    """
    table = TABLES[name]
    party = "r.of_enterprise" if name == AMENDMENTS else f"r.{table.subject}"
    sql = f"""
WITH candidate AS (
  SELECT a.number AS amendment, r.source, r.{table.subject} AS subject, r.record_id, {_number(name)} AS number,
    greatest(r.{table.date_column}, r.known_date) AS seen, coalesce(a.of_source, a.source) = r.source AS own,
    {_original(table)} AS original, {_reducible(table)} AS reducible, {_clocks(table)} AS clocks
  FROM {_NUMBERED} a JOIN {_relation(name)} r ON r.record_id = a.of_record
  WHERE a.of_table = '{name}' AND coalesce(r.source = a.of_source, true)
    AND coalesce({party} = a.of_enterprise, a.of_enterprise IS NULL)),
by_source AS (SELECT amendment, source, any_value(own) AS own, min(seen) AS seen FROM candidate
  GROUP BY amendment, source),
in_order AS (
  SELECT *, row_number() OVER (PARTITION BY amendment ORDER BY seen, source) AS place,
    lead(seen) OVER (PARTITION BY amendment ORDER BY seen, source) AS next_seen
  FROM by_source),
meant AS (
  SELECT amendment, source,
    CASE WHEN own THEN DATE '9999-12-31' WHEN place = 1 THEN coalesce(next_seen,
      DATE '9999-12-31') ELSE DATE '0001-01-01' END AS until
  FROM in_order)
SELECT c.amendment, c.source, c.subject, c.record_id, c.number, c.seen, m.until, c.original, c.reducible, c.clocks
FROM candidate c JOIN meant m ON m.amendment = c.amendment AND m.source = c.source
ORDER BY c.amendment, c.source, c.subject, c.record_id"""
    return [_met(name, row) for row in connection.execute(sql).fetchall()]


def replacing(connection: duckdb.DuckDBPyConnection, name: str) -> dict[int, list[Met]]:
    """Amendment → the records of a table that have the id of its replacement, of any source and party."""
    table = TABLES[name]
    sql = f"""
SELECT a.number, r.source, r.{table.subject}, r.record_id, {_number(name)}, greatest(r.{table.date_column},
  r.known_date),
  DATE '9999-12-31', NULL, false, {_clocks(table)}
FROM {_NUMBERED} a JOIN {_relation(name)} r ON r.record_id = a.replaced_by
WHERE a.of_table = '{name}' AND a.kind = 'changed'
ORDER BY 1, 2, 3, 4"""
    found: dict[int, list[Met]] = defaultdict(list)
    for row in connection.execute(sql).fetchall():
        found[row[0]].append(_met(name, row))
    return found


def _met(name: str, row: tuple) -> Met:  # type: ignore[type-arg]
    amendment, source, subject, record_id, number, seen, until, original, reducible, clocks = row
    return Met(
        amendment, (name, source, subject, record_id), number, seen, until, original, bool(reducible), tuple(clocks)
    )


def _relation(name: str) -> str:
    return _NUMBERED if name == AMENDMENTS else name


def _number(name: str) -> str:
    return "r.number" if name == AMENDMENTS else "CAST(NULL AS BIGINT)"


def _clocks(table: Table) -> str:
    return f"[{', '.join(f'r.{name}' for name in table.clock_columns)}]"


def _original(table: Table) -> str:
    whens = " ".join(f"WHEN '{column.name}' THEN CAST(r.{column.name} AS VARCHAR)" for column in table.parts)
    return f"CASE a.part {whens} END" if whens else "CAST(NULL AS VARCHAR)"


def _reducible(table: Table) -> str:
    whens = " ".join(
        f"WHEN '{column.name}' THEN TRY_CAST(a.value AS {SQL_TYPES[column.type]}) <= r.{column.name}"
        for column in table.parts
        if column.type not in ("text", "flag")
    )
    return f"CASE a.part {whens} END" if whens else "false"
