"""From a source's extracts to the record store: map, check, quarantine, merge.

Nothing is dropped silently: of every row received the report says whether it was taken, was
already there, closed a state that was open, or went to quarantine and why.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from riskml.engines.duckdb import connect, parquet, quote
from riskml.errors import ConfigurationError, RiskmlError, RunError
from riskml.failures import out_of_room
from riskml.files import sha256, sync
from riskml.locks import exclusive
from riskml.records.arrivals import add_arrivals, begin_arrivals, forget_arrivals, write_arrivals
from riskml.records.checks import Check, any_fault_sql, checks_for, text_sql, typed_sql
from riskml.records.extracts import open_extract
from riskml.records.merge import Merged, merge_bucket
from riskml.records.quarantine import Quarantine
from riskml.records.sources import Source
from riskml.records.store import RecordStore, bucket_sql, read_store
from riskml.records.tables import SQL_TYPES, TABLES, Table
from riskml.workspace import Workspace

ENTERPRISES_PER_BUCKET = 62_500
"""A small store's: with fewer, what is asked of a bucket takes longer to plan than to answer."""

SMALL_STORE_BUCKETS = 4
"""With so many there is work for all threads of a run: a larger store has buckets of twice the size, eight for a million enterprises, and
one bucket's records fit in about 4 GiB."""

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class TableReport:
    """What became of the rows of one record table."""

    table: str
    received: int
    taken: int
    repeated: int
    closed: int
    refused: int


@dataclass(frozen=True)
class IngestReport:
    """What became of one load.

    Parameters
    ----------
    faults
        (table, column, reason) → number of faults in quarantine.
    unreadable
        Extracts that could not be read, or do not have the columns their mapping names, with the message for the user.
    unused_columns
        Extract → columns that no mapping mentions.
    quarantine
        The file with every refused row, or None where there is none.
    """

    source: str
    received: date
    tables: tuple[TableReport, ...]
    faults: dict[tuple[str, str, str], int]
    unreadable: dict[str, RiskmlError]
    unused_columns: dict[str, tuple[str, ...]]
    quarantine: Path | None

    @property
    def complete(self) -> bool:
        """Whether every declared extract could be read."""
        return not self.unreadable


def ingest(workspace: Workspace, source: Source, folder: Path, received: date, on_progress: Progress) -> IngestReport:
    """Load one delivery of `source` from `folder` into the workspace's record store.

    Parameters
    ----------
    folder
        Where the extracts are.
    received
        The day they were received; a record dated later is refused.
    on_progress
        Called with (table, number done, number in all) before each table.

    Returns
    -------
    IngestReport
        Faulty rows and unreadable extracts are in it; they do not stop the others.

    Raises
    ------
    RunError
        Where another load is under way, or no extract at all can be read.
    """
    scratch = workspace.data / "scratch"
    with exclusive(workspace.data / "load.lock"):
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        try:
            return _Load(workspace, source, folder, received, scratch).run(on_progress)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


class _Load:
    """One load under way: the connection, the draft of the new store, what was counted so far."""

    def __init__(self, workspace: Workspace, source: Source, folder: Path, received: date, scratch: Path) -> None:
        self.workspace, self.source, self.folder, self.received, self.scratch = workspace, source, folder, received, scratch
        self.connection = connect(workspace.spill)
        self.connection.execute("SET preserve_insertion_order = true")
        self.store = read_store(workspace.records)
        self.number = len(self.store.loads) + 1 if self.store else 1
        self.files = {table: dict(by) for table, by in self.store.files.items()} if self.store else {}
        self.buckets = self.store.buckets if self.store else 0
        self.quarantine = Quarantine(self.connection, source, self.number, received)
        begin_arrivals(self.connection)

    def run(self, on_progress: Progress) -> IngestReport:
        columns, unreadable = self._open_extracts()
        ready = [table for table in self.source.mappings if not self.source.views_of(table) & set(unreadable)]
        if not ready:
            raise next(iter(unreadable.values()))
        # The enterprises come first: their number decides how many buckets a new store has.
        ready.sort(key=lambda name: (name != "enterprise", name))
        reports = []
        for done, name in enumerate(ready):
            on_progress(name, done, len(ready))
            views = ", ".join(sorted(self.source.views_of(name)))
            try:
                reports.append(self._load_table(TABLES[name]))
            except ConfigurationError as error:
                forget_arrivals(self.connection, TABLES[name])
                unreadable[views] = error
            except duckdb.Error as error:
                if out_of_room(error):
                    raise
                forget_arrivals(self.connection, TABLES[name])
                # The extract opened, but its rows cannot be read to the end: nothing of this table was merged.
                unreadable[views] = RunError(
                    zh=f"{views} 的数据部分损坏，{name} 表未导入，请重新传送：{str(error).splitlines()[0]}",
                    en=f"The data of {views} are damaged, table {name} was not loaded, send it again: {str(error).splitlines()[0]}",
                )
        for names, failure in unreadable.items():
            self.quarantine.add_file(names.split(", "), failure)
        # Before the manifest: a load that is in it has its refused rows on the disk.
        refused = self.quarantine.write(self.workspace.quarantine)
        if refused:
            sync(refused)
        self._save(reports)
        return IngestReport(
            source=self.source.spec.source,
            received=self.received,
            tables=tuple(reports),
            faults=self.quarantine.faults(),
            unreadable=unreadable,
            unused_columns=self._unused(columns),
            quarantine=refused,
        )

    def _open_extracts(self) -> tuple[dict[str, tuple[str, ...]], dict[str, RiskmlError]]:
        columns: dict[str, tuple[str, ...]] = {}
        unreadable: dict[str, RiskmlError] = {}
        for view in self.source.spec.files:
            try:
                extract = open_extract(
                    self.connection, view, self.source.spec.files[view], self.folder, self.scratch / "extracts"
                )
            except RunError as error:
                unreadable[view] = error
                continue
            columns[view] = extract.columns
            for file, rows in extract.malformed.items():
                self.quarantine.add_malformed(view, file, rows)
        return columns, unreadable

    def _unused(self, columns: dict[str, tuple[str, ...]]) -> dict[str, tuple[str, ...]]:
        mentioned: dict[str, set[str]] = {}
        for table in self.source.mappings:
            for view in self.source.views_of(table):
                mentioned.setdefault(view, set()).update(self.source.columns_of(table))
        unused = {view: tuple(c for c in own if c.lower() not in mentioned.get(view, set())) for view, own in columns.items()}
        return {view: names for view, names in unused.items() if names}

    def _load_table(self, table: Table) -> TableReport:
        if self.store:
            self.store.verify(table.name)
        self._stage(table)
        checks = checks_for(table, identifier=self.source.spec.identifier, received=self.received.isoformat())
        fault = any_fault_sql((*checks, _DUPLICATE))
        (received,) = self._one("SELECT count(*) FROM staged")
        if not self.buckets:
            (subjects,) = self._one(f"SELECT count(DISTINCT {table.subject}) FROM staged")
            self.buckets = buckets_for(subjects)
        self.quarantine.add_rows(table, (*checks, _DUPLICATE), fault)
        folder = self.scratch / table.name
        shutil.rmtree(folder, ignore_errors=True)
        names = ", ".join(table.column_names)
        self.connection.execute(
            f"COPY (SELECT {names}, source_file, source_row, {bucket_sql(table.subject, self.buckets)} AS bucket "
            f"FROM staged WHERE NOT ({fault})) TO '{quote(str(folder))}' (FORMAT parquet, PARTITION_BY (bucket))"
        )
        merged = Merged()
        own = dict(self.files.get(table.name, {}))
        for part in sorted(folder.glob("bucket=*"), key=lambda p: int(p.name.removeprefix("bucket="))):
            bucket = int(part.name.removeprefix("bucket="))
            self.connection.execute(
                f"CREATE OR REPLACE TEMP VIEW arrived AS SELECT * FROM {parquet(sorted(part.glob('*.parquet')))}"
            )
            result = merge_bucket(self.connection, table, self.workspace.records, bucket, own.get(bucket, ()), self.number)
            if result.conflicts:
                self.quarantine.add_conflicts(table)
            if self.store and result.taken + result.closed:
                fresh = "(SELECT * FROM compared WHERE verdict IN ('new', 'closed'))" if own.get(bucket) else "arrived"
                add_arrivals(self.connection, table, fresh)
            own[bucket] = result.files
            merged = merged + result
        self.files[table.name] = own  # only now: a table is loaded whole or not at all
        shutil.rmtree(folder, ignore_errors=True)
        return TableReport(table.name, received, merged.taken, merged.repeated, merged.closed, received - merged.accounted)

    def _stage(self, table: Table) -> None:
        """Create the view ``staged``: the mapping's rows, each column typed and as raw text."""
        sql = self.source.mappings[table.name].strip().rstrip(";")
        path = self.source.folder / f"{table.name}.sql"
        try:
            self.connection.execute(f"CREATE OR REPLACE TEMP VIEW mapped AS {sql}")
            given = {row[0] for row in self.connection.execute("DESCRIBE mapped").fetchall()}
        except duckdb.Error as error:
            raise ConfigurationError(
                zh=f"{path} 与文件的字段不符：{error}", en=f"{path} does not fit the columns of the extract: {error}"
            ) from error
        if "source_row" not in given:
            raise ConfigurationError(zh=f"{path} 必须选出 source_row。", en=f"{path} must select source_row.")
        unknown = given - set(table.column_names) - {"source_row", "source_file"}
        if unknown:
            raise ConfigurationError(
                zh=f"{path} 选出了 {table.name} 表没有的字段 {', '.join(sorted(unknown))}；可用字段：{', '.join(table.column_names)}。",
                en=f"{path} selects {', '.join(sorted(unknown))}, which table {table.name} does not have; it has "
                f"{', '.join(table.column_names)}.",
            )
        fallback = {"known_date": table.date_column, "end_known_date": "end_date", "source": None}
        typed = []
        for column in table.columns:
            # A column that no mapping fills has its type all the same: other loads, and other readers, rely on it.
            value = typed_sql(column, column.name) if column.name in given else f"CAST(NULL AS {SQL_TYPES[column.type]})"
            if column.name in fallback:
                other = fallback[column.name]
                spare = (
                    (typed_sql(table.column(other), other) if other in given else "NULL")
                    if other
                    else f"'{self.source.spec.source}'"
                )
                value = f"coalesce({value}, {spare})"
            raw = text_sql(column.name) if column.name in given else "CAST(NULL AS VARCHAR)"
            typed.append(f"{value} AS {column.name}, {raw} AS raw_{column.name}")
        source_file = "source_file" if "source_file" in given else f"'{quote(self._files_of(table))}'"
        self.connection.execute(
            f"CREATE OR REPLACE TEMP VIEW typed AS SELECT {', '.join(typed)}, {source_file} AS source_file, source_row FROM mapped"
        )
        self.connection.execute(
            "CREATE OR REPLACE TEMP TABLE repeated AS SELECT record_id, min({f: source_file, r: source_row}) AS first_place "
            "FROM typed GROUP BY record_id HAVING count(*) > 1 AND record_id IS NOT NULL"
        )
        self.connection.execute(
            "CREATE OR REPLACE TEMP VIEW staged AS SELECT typed.*, first_place FROM typed LEFT JOIN repeated USING (record_id)"
        )

    def _files_of(self, table: Table) -> str:
        paths = [self.source.spec.files[view].path for view in sorted(self.source.views_of(table.name))]
        return ", ".join(str(self.folder / path) for path in paths)

    def _save(self, reports: list[TableReport]) -> None:
        spec = self.source.spec
        paths = sorted({path for view in spec.files for path in self.folder.glob(spec.files[view].path)})
        load: dict[str, Any] = {
            "number": self.number,
            "source": spec.source,
            "received": self.received.isoformat(),
            "files": {path.name: sha256(path) for path in paths},
            "tables": {report.table: asdict(report) for report in reports},
        }
        if self.store:
            load["arrivals"] = write_arrivals(self.connection, self.workspace.records, self.number)
        earlier = self.store.loads if self.store else ()
        hashes = self.store.hashes if self.store else {}
        RecordStore(self.workspace.records, self.buckets, self.files, (*earlier, load), hashes).save()

    def _one(self, sql: str) -> tuple[int, ...]:
        (row,) = self.connection.execute(sql).fetchall()
        return row


def buckets_for(enterprises: int) -> int:
    """How many buckets a new store gets.

    >>> [buckets_for(enterprises) for enterprises in (0, 62_501, 250_000, 500_000, 1_000_500)]
    [1, 2, 4, 4, 8]
    """
    small = -(-enterprises // ENTERPRISES_PER_BUCKET)
    return max(1, min(small, SMALL_STORE_BUCKETS), round(enterprises / (2 * ENTERPRISES_PER_BUCKET)))


_DUPLICATE = Check("record_id", "duplicate_id", "first_place IS NOT NULL AND first_place <> {f: source_file, r: source_row}")
