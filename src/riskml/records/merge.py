"""Merging what arrived into one bucket of a table: new, repeated, closing and refused rows.

A stored record is known by its source, the one it is about and its id: the same id in two sources, or for two parties
of one decision, is two records.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb

from riskml.engines.duckdb import literal
from riskml.records.stored_columns import ROW_GROUP, StoredFiles
from riskml.records.tables import Table
from riskml.records.whole_list import WholeList

FILES_PER_BUCKET = 8
"""Beyond this many files a bucket is written anew as one, so that reading stays cheap."""

ACCEPTED = "('new', 'returned', 'closed')"
"""Verdicts on rows that change the store."""


@dataclass(frozen=True)
class Compared:
    """What became of the rows of one bucket.

    Parameters
    ----------
    verdicts
        (file, verdict) → rows. The verdicts: ``new``; ``repeated`` (known before, or twice in the delivery);
        ``returned`` (on a list again that it had left: a new state); ``closed`` (ends a state that was open);
        ``conflict`` (the stored record differs); ``duplicate`` (an earlier row of the delivery differs).
    rows
        The relation that holds the rows, with the column ``verdict`` unless all are new.
    """

    verdicts: dict[tuple[str, str], int]
    rows: str

    def count(self, verdict: str) -> int:
        """The rows of all files with `verdict`."""
        return sum(rows for (_, own), rows in self.verdicts.items() if own == verdict)

    @property
    def accepted(self) -> str:
        """A relation for a FROM clause, of the rows that change the store."""
        return self.rows if self.rows == "arrived" else f"(SELECT * FROM {self.rows} WHERE verdict IN {ACCEPTED})"


def compare_bucket(connection: duckdb.DuckDBPyConnection, stored: StoredFiles, listed: WholeList | None) -> Compared:
    """Compare the view ``arrived`` (checked rows with source_file, source_row) with the files of one bucket, and its
    rows with each other.

    A column that was added to the table after a record was stored is not compared: it was not asked then, and stays
    unknown.

    A row whose record is stored already is a repeat where all columns are equal; it *closes* a state where only the end
    differs and the stored one is open; otherwise it is a conflict, because what is known may be amended but never
    silently rewritten. Of several rows of one record that is new, the first is taken; what differs from it is a
    duplicate. Conflicts and duplicates are in the table ``differing``, one row for each column that differs, with both
    values.

    Parameters
    ----------
    listed
        The list, of a table that is delivered whole: what is on it again, having left, begins a new state on the day it
        was received. None of any other table.
    """
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE differing AS "
        f"{_differing_sql(stored, 'arrived', 'arrived', 'false', of_delivery=True)}"
    )
    is_late = listed is not None and listed.is_late
    if stored.names:
        _compare_with_stored(connection, stored, listed)
        matched = "matched"
    else:
        matched = (
            "(SELECT *, arrival AS first_arrival, CAST(NULL AS DATE) AS planned_before, 'new' AS verdict FROM arrived)"
        )
    if listed and listed.next_received:
        connection.execute(f"CREATE OR REPLACE TEMP TABLE matched AS FROM {matched}")
        matched = "matched"
        _end_by_the_next_list(connection, listed.next_received)
    rows = _compared_with_each_other(connection, stored, matched)
    if not stored.names and not is_late and rows == matched:
        counted = connection.execute("SELECT source_file, count(*) FROM arrived GROUP BY source_file").fetchall()
        return Compared({(file, "new"): count for file, count in counted}, "arrived")
    counts = connection.execute(f"SELECT source_file, verdict, count(*) FROM {rows} GROUP BY ALL").fetchall()
    return Compared({(file, verdict): count for file, verdict, count in counts}, rows)


def write_bucket(
    connection: duckdb.DuckDBPyConnection, target: str, stored: StoredFiles, compared: Compared
) -> tuple[str, ...]:
    """Write what changes the store; returns the bucket's files after it.

    Parameters
    ----------
    target
        The file to write, relative to the store's folder.
    stored
        The bucket's files so far.
    """
    table, folder, existing = stored.table, stored.folder, stored.names
    closed = compared.count("closed")
    if not compared.count("new") + compared.count("returned") + closed:
        return existing
    (folder / target).parent.mkdir(parents=True, exist_ok=True)
    names = ", ".join(table.column_names)
    if compared.rows == "arrived":
        fresh = f"SELECT {names} FROM arrived"
    else:  # a state that ends arrived when it began
        fresh = f"SELECT {names} FROM (SELECT * REPLACE (first_arrival AS arrival) FROM {compared.accepted})"
    rewritten = bool(existing) and (closed > 0 or len(existing) >= FILES_PER_BUCKET)
    if rewritten:
        ended = f"SELECT first_arrival FROM {compared.rows} WHERE verdict = 'closed'"
        kept = f"SELECT {names} FROM {stored.sql} WHERE arrival NOT IN ({ended})"
        fresh = f"{kept} UNION ALL {fresh}"
    write_rows(connection, table, fresh, folder / target)
    return (target,) if rewritten else (*existing, target)


def write_rows(connection: duckdb.DuckDBPyConnection, table: Table, sql: str, path: Path) -> None:
    """Write the rows in a fixed order, so that the same records give the same bytes."""
    order = f"{table.subject}, {table.date_column}, record_id, arrival"
    connection.execute(
        f"COPY (SELECT * FROM ({sql}) ORDER BY {order}) TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd, "
        f"ROW_GROUP_SIZE {ROW_GROUP})"
    )


def _compare_with_stored(connection: duckdb.DuckDBPyConnection, files: StoredFiles, listed: WholeList | None) -> None:
    table = files.table
    stored = _latest_states(table, files.sql) if listed else files.sql
    ends = _ends(table)
    begun = {"start_date", "known_date"} if listed else set()
    same = " AND ".join(f"NOT ({files.differs(name)})" for name in _fixed(table) if name not in {*ends, *begun})
    returns = left_later = "false"
    if listed:
        # A state that began anew has the day of the list, and not what the list says of the one that it left with.
        same += (
            " AND (s.states > 1 OR (a.start_date = s.start_date AND a.known_date = s.known_date) OR s.end_date <= "
            "a.start_date)"
        )
        left_later = f"{str(listed.is_late).lower()} AND a.end_date IS NULL AND s.end_date > DATE '{listed.received}'"
        returns = (
            "s.end_date IS NOT NULL AND a.end_date IS NULL AND s.end_date <= greatest(a.start_date, s.end_known_date)"
        )
    same_end = " AND ".join(f"a.{name} IS NOT DISTINCT FROM s.{name}" for name in ends) or "true"
    # An end that has come, or another day that it is planned for.
    moves = "(a.end_date IS NOT NULL OR a.planned_end_date IS DISTINCT FROM s.planned_end_date)"
    # A late list says nothing of the end of what a newer one holds.
    closes = f"s.end_date IS NULL AND {moves}" if ends and not (listed and listed.is_late) else "false"
    connection.execute(f"""
CREATE OR REPLACE TEMP TABLE matched AS
SELECT a.*, coalesce(s.arrival, a.arrival) AS first_arrival,
  {"s.planned_end_date" if ends else "CAST(NULL AS DATE)"} AS planned_before,
  CASE WHEN s.record_id IS NULL THEN 'new'
    WHEN {same} AND ({left_later}) THEN 'repeated'
    WHEN {same} AND {returns} THEN 'returned'
    WHEN {same} AND {same_end} THEN 'repeated'
    WHEN {same} AND {closes} THEN 'closed'
    ELSE 'conflict' END AS verdict
FROM arrived a LEFT JOIN {stored} s ON {_same_record(table, "a", "s")}""")
    if listed:
        day = f"DATE '{listed.received}'"
        connection.execute(
            f"UPDATE matched SET start_date = greatest(start_date, {day}), known_date = {day}, "
            "first_arrival = arrival WHERE verdict = 'returned'"
        )
    conflicts = "(SELECT * FROM matched WHERE verdict = 'conflict')"
    if _has_rows(connection, conflicts):
        on = _same_record(table, "a", "s")
        connection.execute(f"INSERT INTO differing {_differing_sql(files, conflicts, stored, on, of_delivery=False)}")


def _end_by_the_next_list(connection: duckdb.DuckDBPyConnection, day: date) -> None:
    """End what a late list brings and the next one, received on `day`, did not hold any more."""
    connection.execute(
        f"UPDATE matched SET end_date = DATE '{day}', end_known_date = DATE '{day}' WHERE verdict IN ('new', "
        "'returned') "
        f"AND end_date IS NULL AND NOT coalesce(planned_end_date <= DATE '{day}', false)"
    )


def _compared_with_each_other(connection: duckdb.DuckDBPyConnection, files: StoredFiles, matched: str) -> str:
    """The relation `matched`, with the verdicts of what is of one record with an earlier row of it."""
    table = files.table
    accepted = f"(SELECT * FROM {matched} WHERE verdict IN {ACCEPTED})"
    connection.execute(f"CREATE OR REPLACE TEMP TABLE twice AS FROM {_twice_sql(table, accepted)}")
    if not _has_rows(connection, "twice"):
        return matched
    connection.execute(f"""
CREATE OR REPLACE TEMP TABLE later AS
SELECT c.*, t.earliest FROM {accepted} c JOIN twice t ON {_same_record(table, "c", "t")}
  WHERE c.arrival <> t.earliest""")
    connection.execute(
        f"INSERT INTO differing {_differing_sql(files, 'later', accepted, 's.arrival = a.earliest', of_delivery=True)}"
    )
    return f"""(
SELECT * REPLACE (
  CASE WHEN arrival NOT IN (SELECT arrival FROM later) THEN verdict
    WHEN arrival IN (SELECT arrival FROM differing) THEN 'duplicate'
    ELSE 'repeated' END AS verdict)
FROM {matched})"""


def _latest_states(table: Table, stored: str) -> str:
    """Of a record that left its list and is on it again, the last state, with how many there are (``states``)."""
    by = f"PARTITION BY source, {table.subject}, record_id"
    return (
        f"(SELECT *, count(*) OVER ({by}) AS states FROM {stored} QUALIFY row_number() OVER ({by} ORDER BY arrival "
        "DESC) = 1)"
    )


def _twice_sql(table: Table, rows: str) -> str:
    """The records that several of `rows` are of, with the row that came first."""
    by = f"source, {table.subject}, record_id"
    return f"(SELECT {by}, min(arrival) AS earliest FROM {rows} GROUP BY {by} HAVING count(*) > 1)"


def _differing_sql(files: StoredFiles, delivered: str, stored: str, on: str, *, of_delivery: bool) -> str:
    """One row for each column in which a row of `delivered` (a) differs from its counterpart in `stored` (s)."""
    table = files.table
    columns = ", ".join(
        f"CASE WHEN {files.differs(name)} THEN {{c: '{name}', d: CAST(a.{name} AS VARCHAR), s: CAST(s.{name} AS "
        f"VARCHAR)}} END"
        for name in _fixed(table)
    )
    return f"""
SELECT arrival, source_file, source_row, source, subject, record_id, f.c AS column_name, f.d AS delivered,
  f.s AS stored,
  {str(of_delivery).lower()} AS of_delivery
FROM (
  SELECT a.arrival, a.source_file, a.source_row, a.source, a.{table.subject} AS subject, a.record_id,
    unnest([{columns}]) AS f
  FROM {delivered} a JOIN {stored} s ON {on})
WHERE f IS NOT NULL"""


def _same_record(table: Table, one: str, other: str) -> str:
    return " AND ".join(f"{one}.{name} = {other}.{name}" for name in ("record_id", table.subject, "source"))


def _ends(table: Table) -> list[str]:
    return [name for name in ("end_date", "planned_end_date", "end_known_date") if name in table.column_names]


def _fixed(table: Table) -> list[str]:
    """The columns that two rows of one record must share."""
    return [name for name in table.column_names if name not in {"record_id", table.subject, "source", "arrival"}]


def _has_rows(connection: duckdb.DuckDBPyConnection, relation: str) -> bool:
    return bool(connection.execute(f"SELECT 1 FROM {relation} LIMIT 1").fetchall())
