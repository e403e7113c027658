"""A record store made from rows written in a test, through the same ingest that real extracts take."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import yaml

from riskml.core.workspace import Workspace
from riskml.engines.duckdb import connect
from riskml.records.amendments import resolve_amendments
from riskml.records.ingest import ingest
from riskml.records.load_report import IngestReport
from riskml.records.sources import Source, load_source
from riskml.records.store import RecordStore, open_store
from riskml.records.stored_columns import empty_relation
from riskml.records.tables import TABLES
from riskml.runs.layout import RunFolder

Rows = dict[str, list[dict[str, Any]]]

ROOT = Path(__file__).parents[1]
RECEIVED = date(2026, 11, 1)


class Province:
    """A workspace in a temporary folder whose records a test writes by hand, one source's deliveries."""

    def __init__(self, root: Path, source: str = "handmade") -> None:
        self.source_name = source
        self.workspace = Workspace(root)
        self.inbox = root / "inbox"
        self.deliveries = 0

    def source(self, rows: Rows, identifier: str = "free") -> Source:
        """Write `rows` as extracts (all text, as registries send them) with a plain source over them."""
        self.deliveries += 1
        folder = self.workspace.sources / self.source_name
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        self.inbox.mkdir(exist_ok=True)
        files = {}
        for table, entries in rows.items():
            names = sorted({name for entry in entries for name in entry} - {"arrival"})
            columns = {
                name: [None if entry.get(name) is None else str(entry[name]) for entry in entries] for name in names
            }
            file = f"{table}{self.deliveries}.parquet"
            pq.write_table(
                pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()}), self.inbox / file
            )
            files[f"{table}_raw"] = file
            (folder / f"{table}.sql").write_text(
                f"SELECT source_row, {', '.join(names)} FROM {table}_raw", encoding="utf-8"
            )
        spec = {
            "source": self.source_name,
            "label": {"zh": "测试", "en": "test"},
            "identifier": identifier,
            "files": files,
        }
        (folder / "source.yaml").write_text(yaml.safe_dump(spec), encoding="utf-8")
        return load_source(folder)

    def publish_run(self, loads: int) -> Path:
        """A run that was made of the first `loads` loads, as far as an undo looks at it; its folder."""
        run = RunFolder(self.workspace, "yunnan", date(2026, 10, 31))
        run.begin({})
        run.publish(b"{}", loads=loads)
        return run.published

    def receive(self, rows: Rows, identifier: str = "free") -> IngestReport:
        """Ingest `rows`."""
        return self.load(self.source(rows, identifier))

    def load(self, source: Source) -> IngestReport:
        """Ingest what is in the inbox by the source as it now is on the disk."""
        return ingest(self.workspace, load_source(source.folder), self.inbox, RECEIVED, lambda *_: None)

    @property
    def store(self) -> RecordStore:
        return open_store(self.workspace.records)

    def connection(self) -> duckdb.DuckDBPyConnection:
        """A connection with every record table open as a view."""
        connection = connect(self.workspace.spill, threads=1)
        self.store.open_views(connection)
        return connection

    def stored(self, table: str) -> list[dict[str, Any]]:
        """The stored rows of `table`, by record id."""
        return (
            self.connection().sql(f"SELECT * FROM {TABLES[table].name} ORDER BY record_id").to_arrow_table().to_pylist()
        )


def resolve_in(connection: duckdb.DuckDBPyConnection) -> None:
    """Make what amendments do readable beside record tables that are in memory, as a load does beside those in
    a store.
    """
    resolved = resolve_amendments(connection)
    connection.register("amended_span", resolved.spans)
    connection.register("amendment_effect", resolved.effects)


def in_memory(rows: Rows) -> duckdb.DuckDBPyConnection:
    """Every record table in memory, with `rows`, each known on its own day unless it says otherwise."""
    connection = duckdb.connect()
    for table in TABLES.values():
        connection.execute(f"CREATE TABLE {table.name} AS {empty_relation(table)}")
        for arrival, row in enumerate(rows.get(table.name, [])):
            dated = {
                "known_date": row[table.date_column],
                "end_known_date": row.get("end_date"),
                "arrival": arrival,
                "source": "test",
                **row,
            }
            filled = {name: value for name, value in dated.items() if name in table.column_names}
            marks = ", ".join("?" * len(filled))
            connection.execute(
                f"INSERT INTO {table.name} ({', '.join(filled)}) VALUES ({marks})", list(filled.values())
            )
    resolve_in(connection)
    return connection
