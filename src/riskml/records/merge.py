"""Merging what arrived into one bucket of a table: new, repeated, closing and conflicting rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import duckdb

from riskml.engines.duckdb import parquet, quote
from riskml.records.tables import Table

FILES_PER_BUCKET = 8
"""Beyond this many files a bucket is written anew as one, so that reading stays cheap."""

ROW_GROUP = 122_880


@dataclass(frozen=True)
class Merged:
    """How many rows of each kind a merge met, and the bucket's files after it."""

    taken: int = 0
    repeated: int = 0
    closed: int = 0
    conflicts: int = 0
    files: tuple[str, ...] = ()

    @property
    def accounted(self) -> int:
        """Rows that did not go to quarantine."""
        return self.taken + self.repeated + self.closed

    def __add__(self, other: Merged) -> Merged:
        return Merged(
            self.taken + other.taken, self.repeated + other.repeated, self.closed + other.closed, self.conflicts + other.conflicts
        )


def merge_bucket(
    connection: duckdb.DuckDBPyConnection, table: Table, folder: Path, bucket: int, existing: tuple[str, ...], load: int
) -> Merged:
    """Merge the view ``arrived`` (checked rows with source_file, source_row) into one bucket.

    A row whose id is stored already is a repeat where all columns are equal; it *closes* a state where
    only the end differs and the stored one is open; otherwise it is a conflict (left in the table
    ``compared``), because what is known may be amended but never silently rewritten.
    """
    target = f"{table.name}/bucket={bucket:03d}/load-{load:05d}.parquet"
    (folder / target).parent.mkdir(parents=True, exist_ok=True)
    if not existing:
        _write(connection, table, f"SELECT {_names(table)} FROM arrived", folder / target)
        return Merged(taken=_count(connection, "SELECT count(*) FROM arrived"), files=(target,))
    stored = parquet([folder / name for name in existing])
    ends = {"end_date", "end_known_date", "planned_end_date"} if table.kind == "state" else set()
    fixed = [name for name in table.column_names if name not in {"record_id", "source", *ends}]
    same = " AND ".join(f"a.{name} IS NOT DISTINCT FROM s.{name}" for name in fixed)
    same_end = " AND ".join(f"a.{name} IS NOT DISTINCT FROM s.{name}" for name in sorted(ends)) or "true"
    # An end that has come, or another day that it is planned for.
    moves = "(a.end_date IS NOT NULL OR a.planned_end_date IS DISTINCT FROM s.planned_end_date)"
    closes = f"s.end_date IS NULL AND {moves}" if ends else "false"
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE compared AS SELECT a.*, CASE WHEN s.record_id IS NULL THEN 'new' "
        f"WHEN {same} AND {same_end} THEN 'repeated' WHEN {same} AND {closes} THEN 'closed' ELSE 'conflict' END AS verdict "
        f"FROM arrived a LEFT JOIN {stored} s USING (record_id)"
    )
    counts = dict(connection.execute("SELECT verdict, count(*) FROM compared GROUP BY verdict").fetchall())
    merged = Merged(counts.get("new", 0), counts.get("repeated", 0), counts.get("closed", 0), counts.get("conflict", 0), existing)
    if not merged.taken + merged.closed:
        return merged
    fresh = f"SELECT {_names(table)} FROM compared WHERE verdict IN ('new', 'closed')"
    if merged.closed or len(existing) >= FILES_PER_BUCKET:
        kept = f"SELECT {_names(table)} FROM {stored} WHERE record_id NOT IN (SELECT record_id FROM compared WHERE verdict = 'closed')"
        _write(connection, table, f"{kept} UNION ALL {fresh}", folder / target)
        return replace(merged, files=(target,))
    _write(connection, table, fresh, folder / target)
    return replace(merged, files=(*existing, target))


def _write(connection: duckdb.DuckDBPyConnection, table: Table, sql: str, path: Path) -> None:
    """Write the rows in a fixed order, so that the same records give the same bytes."""
    order = f"{table.subject}, {table.date_column}, record_id"
    connection.execute(
        f"COPY (SELECT * FROM ({sql}) ORDER BY {order}) TO '{quote(str(path))}' (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"
    )


def _names(table: Table) -> str:
    return ", ".join(table.column_names)


def _count(connection: duckdb.DuckDBPyConnection, sql: str) -> int:
    ((count,),) = connection.execute(sql).fetchall()
    return int(count)
