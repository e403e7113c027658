"""Whether a delivery can be loaded: which of a source's files are there, readable, in the encoding and with the columns expected."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow.parquet as pq

from riskml.engines.duckdb import quote
from riskml.errors import ConfigurationError, RunError
from riskml.records.delimited import ROW, columns_of
from riskml.records.extracts import DELIMITED, find_extract
from riskml.records.sources import Source, SourceFile
from riskml.runs.findings import Finding, attempt


def check_delivery(source: Source, folder: Path) -> list[Finding]:
    """Read the files of a delivery of `source` in `folder`, without loading them; row by row they are checked when they are loaded."""
    found: list[Finding] = []
    columns: dict[str, tuple[str, ...]] = {}
    for view, file in source.spec.files.items():
        own = attempt("delivery", lambda view=view, file=file: _columns(view, file, folder), found)  # type: ignore[misc]
        if own is not None:
            columns[view] = own
    with duckdb.connect() as connection:
        for view, own in columns.items():
            named = ", ".join(f'CAST(NULL AS VARCHAR) AS "{name.replace(chr(34), chr(34) * 2)}"' for name in own)
            connection.execute(f"CREATE VIEW {view} AS SELECT {named}, '' AS source_file, 0 AS {ROW} WHERE false")
        for table in source.mappings:
            if source.views_of(table) <= columns.keys():
                attempt("delivery", lambda table=table: _bind(connection, source, table), found)  # type: ignore[misc]
    if not found:
        found.append(
            Finding("delivery", "ok", f"{folder} 中 {source.spec.source} 的 {len(columns)} 个文件齐全、可读，字段相符。",
                    f"All {len(columns)} files of {source.spec.source} are in {folder}, can be read and have their columns.")
        )  # fmt: skip
    return found


def _columns(view: str, file: SourceFile, folder: Path) -> tuple[str, ...]:
    """The columns of all files of an extract, each read as its load would."""
    names: dict[str, None] = {}
    for path in find_extract(view, file, folder):
        if path.suffix.lower() in DELIMITED:
            own = columns_of(path, encoding=file.encoding, delimiter=file.delimiter)
        else:
            try:
                own = tuple(pq.read_schema(path).names)
            except (OSError, ValueError) as error:
                raise RunError(
                    zh=f"{path} 无法读取（可能未传完或已损坏），请重新传送。",
                    en=f"{path} cannot be read (cut short or damaged?), send it again.",
                ) from error
        names |= dict.fromkeys(own)
    return tuple(names)


def _bind(connection: duckdb.DuckDBPyConnection, source: Source, table: str) -> None:
    path = source.folder / f"{table}.sql"
    try:
        connection.execute(f"EXPLAIN {source.mappings[table].strip().rstrip(';')}").fetchall()
    except duckdb.BinderException as error:
        told = quote(str(error).splitlines()[0])
        raise ConfigurationError(
            zh=f"{path} 与文件的字段不符：{told}", en=f"{path} does not fit the columns of the extract: {told}"
        ) from error
    except duckdb.Error:
        return  # a value that is missing here is a type that the real file has
