"""The record store: Parquet files in buckets of enterprises, listed by one manifest.

``manifest.json`` is the truth: a file it does not name does not exist. A load writes its files
beside the others and then replaces the manifest by one rename, so that a reader sees the store
before the load or after it, never between.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

import duckdb

from riskml.core.errors import ConfigurationError, RunError
from riskml.core.files import known_sha256, sha256, sync, write_durably
from riskml.core.ledger import LEDGER, NOTHING, Kind, Ledger
from riskml.engines.duckdb import parquet
from riskml.records.resolved import RESOLVED, empty_resolved
from riskml.records.store_manifest import MANIFEST, MANIFEST_VERSION, parse_manifest
from riskml.records.stored_columns import StoredColumns, StoredFiles, refuse_undescribed
from riskml.records.tables import TABLES

RECORDS = "records"
"""What the ledger calls the store."""


@dataclass(frozen=True)
class RecordStore:
    """The records of one workspace, as the manifest lists them.

    Parameters
    ----------
    folder
        Where the files are.
    buckets
        Number of partitions. A record's bucket follows from the enterprise it is about.
    files
        Table name → bucket → file paths relative to `folder`.
    loads
        What was loaded, oldest first: source, files with their hashes, rows taken and refused.
    hashes
        File path relative to `folder` → SHA-256.
    resolved
        Relation of `RESOLVED` → the file, relative to `folder`, that the last load wrote of it.
    digest
        SHA-256 of the manifest that this was read from; empty where it was not read.
    columns
        The columns of each table, and the load from which on its files have them.
    """

    folder: Path
    buckets: int
    files: dict[str, dict[int, tuple[str, ...]]]
    loads: tuple[dict[str, Any], ...]
    hashes: dict[str, str]
    resolved: dict[str, str] = field(default_factory=dict)
    digest: str = ""
    columns: StoredColumns = field(default_factory=dict)

    @property
    def simulated(self) -> bool:
        """Whether any of the records were simulated."""
        return any(is_simulated(load) for load in self.loads)

    @property
    def tables(self) -> frozenset[str]:
        """The tables of which a source has sent an extract, even one without rows.

        Where a table was never received nothing can be known of it, and indicators made from it
        are null rather than zero.
        """
        return frozenset(self.files)

    def paths(self, table: str, bucket: int | None = None) -> list[Path]:
        """The Parquet files of `table`, of all buckets or of one, in a fixed order; of a relation of `RESOLVED` its
        file.
        """
        if table in self.resolved:
            return [self.folder / self.resolved[table]]
        by_bucket = self.files.get(table, {})
        chosen = sorted(by_bucket) if bucket is None else [bucket]
        return [self.folder / name for number in chosen for name in by_bucket.get(number, ())]

    def open_views(self, connection: duckdb.DuckDBPyConnection, bucket: int | None = None) -> None:
        """Create one view per record table, of the whole store or of one bucket of enterprises, once its files are seen
        to be intact.

        Tables that are not about one enterprise (a person's listing, an amendment) are always whole:
        the bucket of the enterprise they bear on is another one.

        Raises
        ------
        RunError
            As `verify`.
        """
        for table in TABLES.values():
            own = bucket if table.subject == "enterprise_id" else None
            self.verify(table.name, own)
            names = tuple(str(path.relative_to(self.folder)) for path in self.paths(table.name, own))
            stored = StoredFiles(table, self.folder, names, self.columns.get(table.name, {}))
            connection.execute(f"CREATE OR REPLACE TEMP VIEW {table.name} AS FROM {stored.sql}")
        for name in RESOLVED:
            self.verify(name)
            connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {self.resolved_relation(name)}")

    def resolved_relation(self, name: str) -> str:
        """A SELECT of one of `RESOLVED`, as the last load left it."""
        return f"SELECT * FROM {parquet(self.paths(name))}" if name in self.resolved else empty_resolved(name)

    def damaged(self, table: str | None = None, bucket: int | None = None) -> list[Path]:
        """The files of `table`, or of all tables, in one bucket or all, that are missing or are not what was loaded."""
        paths = [
            path
            for one in ([table] if table else [*sorted(self.files), *self.resolved])
            for path in self.paths(one, bucket)
        ]
        return [path for path in paths if not self._is_as_loaded(path)]

    def _is_as_loaded(self, path: Path) -> bool:
        return path.is_file() and known_sha256(path) == self.hashes.get(str(path.relative_to(self.folder)))

    def verify(self, table: str | None = None, bucket: int | None = None) -> None:
        """Refuse damaged files of `table`, or of all tables, in one bucket or all.

        The engine reads many of them without a word, with other values.

        Raises
        ------
        RunError
            Naming the first.
        """
        for path in self.damaged(table, bucket):
            raise RunError(
                zh=f"{path} 缺失或损坏，与 {self.folder / MANIFEST} 中的校验值不符；请从备份恢复该文件，"
                "再运行同一命令。",
                en=f"{path} is missing or damaged: it differs from its hash in {self.folder / MANIFEST}. Restore it "
                "from the "
                "backup and run the same command again.",
            )

    def hashed(self) -> RecordStore:
        """The same store with the hashes of the files it names and of no others, each on the disk."""
        hashes = {}
        for path in (path for name in (*self.files, *self.resolved) for path in self.paths(name)):
            name = str(path.relative_to(self.folder))
            if name not in self.hashes:
                sync(path)
                sync(path.parent)
            hashes[name] = self.hashes.get(name) or sha256(path)
        return replace(self, hashes=hashes)

    def save(self, kind: Kind, **facts: Any) -> None:
        """Replace the manifest by this one, in one step, once every file that it names is on the disk; the ledger has
        it.

        Parameters
        ----------
        kind, facts
            What the ledger says of it: a load or its undoing, and of what.
        """
        content = {
            "version": MANIFEST_VERSION,
            "buckets": self.buckets,
            "files": {
                table: {str(b): list(names) for b, names in sorted(by.items())}
                for table, by in sorted(self.files.items())
            },
            "columns": {
                table: {name: asdict(column) for name, column in sorted(columns.items())}
                for table, columns in sorted(self.columns.items())
            },
            "loads": list(self.loads),
            "resolved": dict(sorted(self.resolved.items())),
            "hashes": dict(sorted(self.hashed().hashes.items())),
        }
        manifest = json.dumps(content, ensure_ascii=False, indent=1).encode()
        if self.digest:  # what it replaces, to which an undo goes back
            write_durably(before_load(self.folder, len(self.loads)), (self.folder / MANIFEST).read_bytes())
        draft = self.folder / "manifest.json.draft"
        write_durably(draft, manifest)
        with ledger_of(self.folder).putting(kind, RECORDS, hashlib.sha256(manifest).hexdigest(), **facts):
            draft.replace(self.folder / MANIFEST)
            sync(self.folder)


def is_simulated(load: dict[str, Any]) -> bool:
    """Whether a load brought generated records."""
    return bool(load["source"] == "simulated" or load.get("simulated"))


def before_load(folder: Path, load: int) -> Path:
    """Where the manifest is kept that a load replaced, of a store in `folder`."""
    return folder / "before" / f"load-{load:05d}.json"


def read_store(folder: Path) -> RecordStore | None:
    """The store in `folder`, or None where there is none.

    Raises
    ------
    RunError
        Where the manifest is damaged, or is not the one that the ledger has.
    ConfigurationError
        Where it is of another version, or holds what no record table in use has.
    """
    path, ledger = folder / MANIFEST, ledger_of(folder)
    if path.exists():
        return parse_store(folder, path.read_bytes(), ledger)
    ledger.require(RECORDS, NOTHING, path)
    return None


def ledger_of(folder: Path) -> Ledger:
    """The ledger that has what is put in the store's `folder`, which it lies beside."""
    return Ledger(folder.parent / LEDGER)


def parse_store(folder: Path, manifest: bytes, ledger: Ledger) -> RecordStore:
    """The store in `folder`, from its manifest; raises as `read_store` does."""
    store = _parsed(folder, manifest)
    ledger.require(RECORDS, store.digest, folder / MANIFEST)
    return store


def check_store(folder: Path) -> RecordStore | None:
    """The store in `folder` by its manifest alone, whatever the ledger says of it; None where there is none. For those
    who look for damage.
    """
    path = folder / MANIFEST
    return _parsed(folder, path.read_bytes()) if path.exists() else None


def _parsed(folder: Path, content: bytes) -> RecordStore:
    manifest = parse_manifest(content, folder / MANIFEST)
    refuse_undescribed(manifest.columns, folder / MANIFEST)
    return RecordStore(
        folder,
        manifest.buckets,
        manifest.files,
        manifest.loads,
        manifest.hashes,
        manifest.resolved,
        hashlib.sha256(content).hexdigest(),
        manifest.columns,
    )


def open_store(folder: Path) -> RecordStore:
    """The store in `folder`.

    Raises
    ------
    ConfigurationError
        Where nothing has been loaded yet.
    """
    store = read_store(folder)
    if store is None:
        raise ConfigurationError(
            zh=f"{folder} 中还没有数据；请先运行 riskml ingest 来源 --from 目录。",
            en=f"There are no records in {folder} yet; run 'riskml ingest SOURCE --from PATH' first.",
        )
    return store
