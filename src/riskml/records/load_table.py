"""One record table of a load: from the rows that its mapping gives to the table's new files, bucket by bucket."""

from __future__ import annotations

import shutil
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from riskml.core.workspace import Workspace
from riskml.engines.duckdb import literal, parquet
from riskml.records.buckets import bucket_sql, buckets_for
from riskml.records.delivery import Delivery
from riskml.records.load_report import TableReport
from riskml.records.mapping_limits import mapping_limits
from riskml.records.merge import compare_bucket, write_bucket
from riskml.records.quarantine import Quarantine
from riskml.records.reconciliation import REFUSED as REFUSED_VERDICTS
from riskml.records.snapshots import end_unlisted, read_list
from riskml.records.staging import stage
from riskml.records.stored_columns import StoredColumns, StoredFiles
from riskml.records.tables import Table
from riskml.records.whole_list import WholeList, whole_list

REFUSED = -1
"""The part of a table's rows that go to no bucket."""

Files = dict[int, tuple[str, ...]]
"""Bucket → a table's files, relative to the store's folder."""


@dataclass(frozen=True)
class LoadContext:
    """What every table of one load is loaded with.

    Parameters
    ----------
    number
        The load's.
    received
        The day the delivery was received.
    scratch
        A folder for files that nobody needs after the load.
    earlier
        What was loaded before, as the manifest has it.
    minutes
        How long the SQL of one table may run.
    columns
        The columns of the store's tables once this load is stored.
    """

    connection: duckdb.DuckDBPyConnection
    workspace: Workspace
    delivery: Delivery
    quarantine: Quarantine
    number: int
    received: date
    scratch: Path
    earlier: tuple[dict[str, Any], ...]
    minutes: float
    columns: StoredColumns


@dataclass(frozen=True)
class LoadedTable:
    """What became of one table; nothing of it is in the store yet.

    Parameters
    ----------
    files
        The table's files after the load.
    buckets
        How many buckets the store has.
    received
        File of the delivery → rows.
    verdicts
        (file, verdict) → rows.
    newest
        The newest date among its accepted rows; None where there are none.
    """

    report: TableReport
    files: Files
    buckets: int
    received: dict[str, int]
    verdicts: Counter[tuple[str, str]]
    newest: date | None


def load_table(context: LoadContext, table: Table, existing: Files, buckets: int) -> LoadedTable:
    """Write the table's new files beside those of the store.

    Parameters
    ----------
    existing
        The table's files in the store.
    buckets
        How many the store has; 0 where it is empty, and the number of subjects decides.

    Raises
    ------
    ConfigurationError
        Where the mapping does not fit the extract or the table, or takes too much.
    duckdb.Error
        Where the delivered data cannot be read to the end.
    """
    connection = context.connection
    source = context.delivery.source
    with mapping_limits(connection, source.folder / f"{table.name}.sql", context.minutes):
        received = stage(
            connection, source, table, context.delivery.numbers_of(table), context.received, context.number
        )
        if not buckets:
            ((subjects,),) = connection.execute(
                f"SELECT count(DISTINCT raw_{table.subject}) FROM normalised"
            ).fetchall()
            buckets = buckets_for(subjects)
        parts = _split(context, table, buckets)
    everything = [path for paths in parts.values() for path in paths]
    verdicts = _refuse(context, table, parts.pop(REFUSED, []))
    listed = (
        whole_list(context.received, source.spec.source, table.name, context.earlier)
        if source.is_snapshot(table.name)
        else None
    )
    files, dates = dict(existing), []
    for bucket, part in sorted(parts.items()):
        files[bucket] = _merge(context, table, bucket, part, existing.get(bucket, ()), verdicts, listed)
        newest = f"SELECT max(greatest({table.date_column}, known_date)) FROM arrived"
        dates += [day for (day,) in connection.execute(newest).fetchall() if day]
    opened = left = 0
    # A line that cannot be read may be anybody's, and so may those of a file that is left out: then nobody has left the
    # list.
    is_whole = context.delivery.is_read_whole(table)
    if listed and is_whole and not listed.is_late:
        opened, left = _end_unlisted(context, table, everything, files)
    shutil.rmtree(context.scratch / table.name, ignore_errors=True)
    report = _report(table, sum(received.values()), verdicts, opened, left)
    if listed:
        report = replace(report, listed="whole" if is_whole else "partly", is_late=listed.is_late)
    return LoadedTable(report, files, buckets, received, verdicts, max(dates, default=None))


def _split(context: LoadContext, table: Table, buckets: int) -> dict[int, list[Path]]:
    """Write the view ``staged`` to one file for each bucket, and one for what is refused; returns them by bucket."""
    folder = context.scratch / table.name
    shutil.rmtree(folder, ignore_errors=True)
    names = ", ".join(table.column_names)
    bucket = f"CASE WHEN refused THEN {REFUSED} ELSE {bucket_sql(table.subject, buckets)} END"
    context.connection.execute(
        f"COPY (SELECT {names}, source_file, source_row, findings, {bucket} AS bucket FROM staged) "
        f"TO {literal(str(folder))} (FORMAT parquet, PARTITION_BY (bucket))"
    )
    return {
        int(part.name.removeprefix("bucket=")): sorted(part.glob("*.parquet"))
        for part in sorted(folder.glob("bucket=*"))
    }


def _refuse(context: LoadContext, table: Table, paths: list[Path]) -> Counter[tuple[str, str]]:
    """Put what is refused into quarantine, and count it by file."""
    if not paths:
        return Counter()
    context.quarantine.add_findings(table, parquet(paths))
    rows = f"SELECT source_file, count(*) FROM {parquet(paths)} GROUP BY source_file"
    return Counter({(file, "refused"): count for file, count in context.connection.execute(rows).fetchall()})


def _merge(
    context: LoadContext,
    table: Table,
    bucket: int,
    part: list[Path],
    existing: tuple[str, ...],
    verdicts: Counter[tuple[str, str]],
    listed: WholeList | None,
) -> tuple[str, ...]:
    """Merge the rows of one bucket, which are the view ``arrived`` then, and add up their verdicts; returns the
    bucket's files.
    """
    connection, records = context.connection, context.workspace.records
    connection.execute(f"CREATE OR REPLACE TEMP VIEW arrived AS SELECT * FROM {parquet(part)}")
    stored = StoredFiles(table, records, existing, context.columns[table.name])
    compared = compare_bucket(connection, stored, listed)
    context.quarantine.add_differing(table)
    target = f"{table.name}/bucket={bucket:03d}/load-{context.number:05d}.parquet"
    files = write_bucket(connection, target, stored, compared)
    if files != existing:
        context.quarantine.add_findings(table, compared.accepted)
        if compared.count("closed"):
            context.quarantine.add_replaced_plans(table, compared.rows)
    verdicts.update(compared.verdicts)
    return files


def _end_unlisted(context: LoadContext, table: Table, parts: list[Path], files: Files) -> tuple[int, int]:
    """End the open states that are not on the list; returns how many were open, and how many end. `files` has the files
    afterwards.
    """
    connection, records = context.connection, context.workspace.records
    read_list(connection, table, parts)
    opened = left = 0
    for bucket, names in sorted(files.items()):
        if not names:
            continue
        target = f"{table.name}/bucket={bucket:03d}/load-{context.number:05d}-left.parquet"
        stored = StoredFiles(table, records, names, context.columns[table.name])
        source = context.delivery.source.spec.source
        open_here, gone = end_unlisted(connection, stored, source, records / target, context.received)
        opened, left = opened + open_here, left + gone
        if gone:
            files[bucket] = (target,)
    return opened, left


def _report(table: Table, received: int, verdicts: Counter[tuple[str, str]], opened: int, left: int) -> TableReport:
    counts: Counter[str] = Counter()
    for (_, verdict), rows in verdicts.items():
        counts[verdict] += rows
    return TableReport(
        table.name,
        received=received,
        taken=counts["new"] + counts["returned"],
        repeated=counts["repeated"],
        closed=counts["closed"],
        refused=sum(counts[verdict] for verdict in REFUSED_VERDICTS),
        left=left,
        open_before=opened,
    )
