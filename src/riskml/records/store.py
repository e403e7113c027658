"""The record store: Parquet files in buckets of enterprises, listed by one manifest.

``manifest.json`` is the truth: a file it does not name does not exist. A load writes its files
beside the others and then replaces the manifest by one rename, so that a reader sees the store
before the load or after it, never between.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import duckdb

from riskml.engines.duckdb import parquet
from riskml.errors import ConfigurationError, RunError
from riskml.records.tables import SQL_TYPES, TABLES, Table

MANIFEST_VERSION = 1


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
    """

    folder: Path
    buckets: int
    files: dict[str, dict[int, tuple[str, ...]]]
    loads: tuple[dict[str, Any], ...]

    @property
    def tables(self) -> frozenset[str]:
        """The tables of which a source has sent an extract, even one without rows.

        Where a table was never received nothing can be known of it, and indicators made from it
        are null rather than zero.
        """
        return frozenset(self.files)

    def paths(self, table: str, bucket: int | None = None) -> list[Path]:
        """The Parquet files of `table`, of all buckets or of one, in a fixed order."""
        by_bucket = self.files.get(table, {})
        chosen = sorted(by_bucket) if bucket is None else [bucket]
        return [self.folder / name for number in chosen for name in by_bucket.get(number, ())]

    def open_views(self, connection: duckdb.DuckDBPyConnection, bucket: int | None = None) -> None:
        """Create one view per record table, of the whole store or of one bucket of enterprises.

        Tables that are not about one enterprise (a person's listing, an amendment) are always whole:
        the bucket of the enterprise they bear on is another one.
        """
        for table in TABLES.values():
            own = bucket if table.subject == "enterprise_id" else None
            paths = self.paths(table.name, own)
            relation = f"SELECT * FROM {parquet(paths)}" if paths else empty_relation(table)
            connection.execute(f"CREATE OR REPLACE VIEW {table.name} AS {relation}")

    def save(self) -> None:
        """Replace the manifest by this one, in one step."""
        content = {
            "version": MANIFEST_VERSION,
            "buckets": self.buckets,
            "files": {
                table: {str(b): list(names) for b, names in sorted(by.items())} for table, by in sorted(self.files.items())
            },
            "loads": list(self.loads),
        }
        self.folder.mkdir(parents=True, exist_ok=True)
        draft = self.folder / "manifest.json.draft"
        with draft.open("w", encoding="utf-8") as out:
            json.dump(content, out, ensure_ascii=False, indent=1)
            out.flush()
            os.fsync(out.fileno())
        draft.replace(self.folder / "manifest.json")


def read_store(folder: Path) -> RecordStore | None:
    """The store in `folder`, or None where nothing was ever loaded.

    Raises
    ------
    RunError
        Where the manifest is damaged.
    ConfigurationError
        Where it is of another version.
    """
    path = folder / "manifest.json"
    if not path.exists():
        return None
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except ValueError as error:
        raise RunError(
            zh=f"{path} 已损坏；请从备份恢复 {folder}。", en=f"{path} is damaged; restore {folder} from the backup."
        ) from error
    if content["version"] != MANIFEST_VERSION:
        raise ConfigurationError(
            zh=f"{path} 的版本是 {content['version']}，本程序只认识版本 {MANIFEST_VERSION}；请用相应版本的 riskml，或重新导入。",
            en=f"{path} has version {content['version']}, this program knows version {MANIFEST_VERSION}: use the riskml that wrote it, "
            "or load the sources again.",
        )
    files = {table: {int(b): tuple(names) for b, names in by.items()} for table, by in content["files"].items()}
    return RecordStore(folder, content["buckets"], files, tuple(content["loads"]))


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


def empty_relation(table: Table) -> str:
    """A SELECT with the table's columns and no row."""
    columns = ", ".join(f"CAST(NULL AS {SQL_TYPES[column.type]}) AS {column.name}" for column in table.columns)
    return f"SELECT {columns} WHERE false"


def bucket_sql(subject: str, buckets: int) -> str:
    """The bucket of a subject, as SQL that gives the same number in every version of the engine."""
    return f"CAST(CAST('0x' || left(md5({subject}), 8) AS UINTEGER) % {buckets:d} AS INTEGER)"
