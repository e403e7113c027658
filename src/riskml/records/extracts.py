"""Opening a source's extracts as views, whatever their state: missing, empty, cut short, wrongly encoded."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from riskml.engines.duckdb import quote
from riskml.errors import RunError
from riskml.records.delimited import ROW, Malformed, Rewritten, rewrite
from riskml.records.sources import SourceFile

DELIMITED = frozenset({".csv", ".txt", ".tsv"})
PARQUET = frozenset({".parquet", ".pq"})


@dataclass(frozen=True)
class Extract:
    """An extract that is open.

    Parameters
    ----------
    columns
        The names of its own columns.
    malformed
        File → the rows that could not be read, of a delimited one.
    """

    columns: tuple[str, ...]
    malformed: dict[Path, tuple[Malformed, ...]]


def find_extract(view: str, file: SourceFile, folder: Path) -> list[Path]:
    """The files of an extract below `folder`, in a fixed order.

    Raises
    ------
    RunError
        Where there is none, one is empty, or they are of no kind that can be read.
    """
    paths = sorted(folder.glob(file.path))
    if not paths:
        raise RunError(
            zh=f"{folder / file.path} 不存在；请检查数据所在目录，或 source.yaml 中 {view} 的路径。",
            en=f"{folder / file.path} does not exist; check the folder of the data or the path of {view} in source.yaml.",
        )
    for path in paths:
        if path.stat().st_size == 0:
            raise RunError(zh=f"{path} 是空文件；请重新导出。", en=f"{path} is empty; export it again.")
        if path.suffix.lower() not in DELIMITED | PARQUET:
            raise RunError(
                zh=f"{path} 的格式无法读取；请导出为 CSV（.csv .txt .tsv）或 Parquet（.parquet）。",
                en=f"{path} is of no kind that can be read; export it as CSV (.csv .txt .tsv) or Parquet (.parquet).",
            )
    if len({path.suffix.lower() in DELIMITED for path in paths}) > 1:
        raise RunError(
            zh=f"{folder / file.path} 既有 CSV 又有 Parquet；请在 source.yaml 中分成两个文件项。",
            en=f"{folder / file.path} has both CSV and Parquet files; make them two entries in source.yaml.",
        )
    return paths


def open_extract(connection: duckdb.DuckDBPyConnection, view: str, file: SourceFile, folder: Path, scratch: Path) -> Extract:
    """Create `view` over the extract: its columns, ``source_file`` and ``source_row`` (from 0).

    Parameters
    ----------
    file
        The path (a pattern may match several files), encoding and delimiter.
    folder
        Where the extracts are (``--from``).
    scratch
        Where a delimited file is rewritten, so that the engine reads exactly its well-formed rows.

    Raises
    ------
    RunError
        Where there is no such file, it is empty, or it cannot be read; the message names the file and the cure.
    """
    paths = find_extract(view, file, folder)
    malformed: dict[Path, tuple[Malformed, ...]] = {}
    if paths[0].suffix.lower() in DELIMITED:
        parts = []
        for path in paths:
            copy = scratch / view / path.relative_to(folder)
            rewritten = rewrite(path, copy, encoding=file.encoding, delimiter=file.delimiter)
            malformed[path] = rewritten.malformed
            parts.append(_delimited_sql(path, copy, rewritten, file.delimiter))
        relation = " UNION ALL BY NAME ".join(parts)
    else:
        relation = _parquet_sql(paths)
    try:
        connection.execute(f"CREATE OR REPLACE VIEW {view} AS {relation}")
        described = connection.execute(f"DESCRIBE {view}").fetchall()
    except duckdb.Error as error:
        names = ", ".join(path.name for path in paths)
        raise RunError(
            zh=f"{folder / names} 无法读取（可能未传完或已损坏），请重新传送：{_first_line(error)}",
            en=f"{folder / names} cannot be read (cut short or damaged?), send it again: {_first_line(error)}",
        ) from error
    return Extract(tuple(row[0] for row in described if row[0] not in {"source_file", ROW}), malformed)


def _parquet_sql(paths: list[Path]) -> str:
    listed = ", ".join(f"'{quote(str(path))}'" for path in paths)
    return (
        f"SELECT * EXCLUDE (filename, file_row_number), filename AS source_file, file_row_number AS {ROW} "
        f"FROM read_parquet([{listed}], filename = true, file_row_number = true, union_by_name = true)"
    )


def _delimited_sql(path: Path, copy: Path, rewritten: Rewritten, delimiter: str) -> str:
    types = {ROW: "BIGINT", **dict.fromkeys(rewritten.columns, "VARCHAR")}
    columns = ", ".join(f"'{quote(name)}': '{kind}'" for name, kind in types.items())
    return (
        f"SELECT *, '{quote(str(path))}' AS source_file FROM read_csv('{quote(str(copy))}', auto_detect = false, header = false, "
        f"columns = {{{columns}}}, delim = '{quote(delimiter)}', quote = '\"', escape = '\"', new_line = '\\n')"
    )


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
