"""After a load: what amendments do now, written beside the records, and whose records read otherwise than before the load."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa

from riskml.engines.duckdb import connect
from riskml.files import sha256
from riskml.records.amendments import Resolved, resolve_amendments
from riskml.records.resolved import RESOLVED, write_resolved
from riskml.records.store import RecordStore


@dataclass(frozen=True)
class AfterLoad:
    """What a load changed in the relations of `RESOLVED`.

    Parameters
    ----------
    files
        As `RecordStore.resolved` has it.
    changed
        ``of_table``, ``subject``, ``record_id`` and ``counts_from`` of the records that read otherwise than before the load, and from when.
    """

    resolved: Resolved
    files: dict[str, str]
    changed: pa.Table


def resolve(draft: RecordStore, earlier: RecordStore | None, load: int, spill: Path) -> AfterLoad:
    """Resolve the amendments among the records of `draft`, and write the relations of `RESOLVED`.

    Parameters
    ----------
    draft
        The store as the load leaves it, with the hashes of its files.
    earlier
        The store before it.
    """
    connection = connect(spill)
    draft.open_views(connection)
    resolved = resolve_amendments(connection)
    tables = {"amendment_effect": resolved.effects, "amended_span": resolved.spans}
    changed = _changed(connection, earlier, resolved.spans)
    connection.close()
    return AfterLoad(resolved, {name: _write(draft, name, tables[name], load) for name in RESOLVED}, changed)


def _write(draft: RecordStore, name: str, table: pa.Table, load: int) -> str:
    """Write one relation; a file with the same bytes stays in its place."""
    file = f"resolved/{name}-{load:05d}.parquet"
    path = draft.folder / file
    write_resolved(table, path)
    before = draft.resolved.get(name)
    if before and draft.hashes.get(before) == sha256(path):
        if before != file:
            path.unlink()
        return before
    return file


def _changed(connection: duckdb.DuckDBPyConnection, earlier: RecordStore | None, spans: pa.Table) -> pa.Table:
    """Where the spans of a record differ, the first day on which it reads otherwise."""
    connection.register("spans_after", spans)
    before = earlier.resolved_relation("amended_span") if earlier else "SELECT * FROM spans_after WHERE false"
    same = " AND ".join(
        f"b.{name} IS NOT DISTINCT FROM a.{name}"
        for name in ("of_table", "source", "subject", "record_id", "acts_from", "part", "value")
    )
    return connection.sql(f"""
SELECT coalesce(a.of_table, b.of_table) AS of_table, coalesce(a.subject, b.subject) AS subject,
  coalesce(a.record_id, b.record_id) AS record_id,
  min(CASE WHEN a.record_id IS NOT NULL AND b.record_id IS NOT NULL THEN least(a.acts_until, b.acts_until)
    ELSE coalesce(a.acts_from, b.acts_from) END) AS counts_from
FROM spans_after a FULL JOIN ({before}) b ON {same}
WHERE a.record_id IS NULL OR b.record_id IS NULL OR a.acts_until <> b.acts_until
GROUP BY ALL""").to_arrow_table()
