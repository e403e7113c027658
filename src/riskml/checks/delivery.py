"""Whether a delivery can be loaded: which of a source's files are there, readable, in the encoding and with the columns
expected.
"""

from __future__ import annotations

import io
import os
from pathlib import Path

import duckdb

from riskml.checks.findings import Finding, attempt
from riskml.core.errors import ConfigurationError
from riskml.engines.duckdb import confine, identifier, quote
from riskml.records.columns import ROW, Header, settle
from riskml.records.delimited import header_of
from riskml.records.delimited_header import read_header
from riskml.records.delivered_file import open_delivered
from riskml.records.extracts import DELIMITED, find_extract
from riskml.records.mapping_limits import mapping_limits
from riskml.records.parquet_file import claimed
from riskml.records.sources import Source, SourceFile
from riskml.records.workbook import WORKBOOK, head_of_sheet

_BINDING = 1.0
"""Minutes until a statement that is only bound, and reads no row, is given up."""


def check_delivery(source: Source, folder: Path) -> list[Finding]:
    """Read the files of a delivery of `source` in `folder`, without loading them; row by row they are checked when they
    are loaded.
    """
    found: list[Finding] = []
    columns: dict[str, tuple[str, ...]] = {}
    for view in source.spec.files:
        own = attempt("delivery", lambda view=view: _columns(view, source, folder, found), found)  # type: ignore[misc]
        if own is not None:
            columns[view] = own
    with duckdb.connect() as connection:
        confine(connection, [])
        for view, own in columns.items():
            named = ", ".join(f"CAST(NULL AS VARCHAR) AS {identifier(name)}" for name in own)
            connection.execute(
                f"CREATE VIEW {identifier(view)} AS SELECT {named}, '' AS source_file, 0 AS {ROW} WHERE false"
            )
        for table in source.mappings:
            if source.views_of(table) <= columns.keys():
                attempt("delivery", lambda table=table: _bind(connection, source, table), found)  # type: ignore[misc]
    if not found:
        found.append(
            Finding("delivery", "ok", f"{folder} 中 {source.spec.source} 的 {len(columns)} 个文件齐全、可读，"
                                      "字段相符。",
                    f"All {len(columns)} files of {source.spec.source} are in {folder}, can be read and have their "
                    "columns.")
        )  # fmt: skip
    return found


def _columns(view: str, source: Source, folder: Path, found: list[Finding]) -> tuple[str, ...] | None:
    """The columns of all files of an extract, each read as its load would; None where no file has those it should."""
    file = source.spec.files[view]
    tried = {
        path: attempt("delivery", lambda path=path: _header(path, file, folder), found)  # type: ignore[misc]
        for path in find_extract(view, file, folder)
    }
    headers = {path: header for path, header in tried.items() if header is not None}
    names, refused = settle(headers, source.wanted(view))
    found += [Finding.of("delivery", error) for error in refused.values()]
    if not names:
        return None
    return tuple(dict.fromkeys(name for own in names.values() for name in own.values()))


def _header(path: Path, file: SourceFile, folder: Path) -> Header:
    with open_delivered(path, folder) as opened:
        # The very file that was looked at, whatever has taken its name meanwhile.
        same = Path(f"/dev/fd/{opened.fileno()}")
        if path.suffix.lower() in WORKBOOK:
            head = head_of_sheet(same, sheet=file.sheet, path=path)
            return read_header(file.read_as(path), io.StringIO(head), ",", file.heading)
        if path.suffix.lower() in DELIMITED:
            return header_of(same, encoding=file.encoding, delimiter=file.delimiter, path=path, heading=file.heading)
        return claimed(same, os.fstat(opened.fileno()).st_size, path)[0]


def _bind(connection: duckdb.DuckDBPyConnection, source: Source, table: str) -> None:
    path = source.folder / f"{table}.sql"
    try:
        with mapping_limits(connection, path, _BINDING):
            connection.execute(f"EXPLAIN {source.mappings[table].strip().rstrip(';')}").fetchall()
    except (duckdb.BinderException, duckdb.PermissionException) as error:
        told = quote(str(error).splitlines()[0])
        raise ConfigurationError(
            zh=f"{path} 与文件的字段不符：{told}", en=f"{path} does not fit the columns of the extract: {told}"
        ) from error
    except duckdb.Error:
        return  # a value that is missing here is a type that the real file has
