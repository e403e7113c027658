"""Opening a source's extracts as views, whatever their state: missing, empty, cut short, wrongly encoded."""

from __future__ import annotations

from pathlib import Path

import duckdb

from riskml.engines.duckdb import quote
from riskml.errors import RunError
from riskml.records.sources import SourceFile

_BLOCK = 1 << 20


def open_extract(connection: duckdb.DuckDBPyConnection, view: str, file: SourceFile, folder: Path, scratch: Path) -> list[str]:
    """Create `view` over the extract: its columns, ``source_file`` and ``source_row`` (from 0).

    Parameters
    ----------
    file
        The path (a pattern may match several files), encoding and delimiter.
    folder
        Where the extracts are (``--from``).
    scratch
        Where a file in another encoding is rewritten as UTF-8.

    Returns
    -------
    list of str
        The names of the extract's own columns.

    Raises
    ------
    RunError
        Where there is no such file, it is empty, or it cannot be read; the message names the file and the cure.
    """
    paths = sorted(folder.glob(file.path))
    if not paths:
        raise RunError(
            zh=f"{folder / file.path} 不存在；请检查 --from 的目录，或 source.yaml 中 {view} 的路径。",
            en=f"{folder / file.path} does not exist; check the --from folder or the path of {view} in source.yaml.",
        )
    for path in paths:
        if path.stat().st_size == 0:
            raise RunError(zh=f"{path} 是空文件；请重新导出。", en=f"{path} is empty; export it again.")
    csv = [path for path in paths if path.suffix.lower() in {".csv", ".txt", ".tsv"}]
    relation = _csv_sql(csv, file, scratch) if csv else _parquet_sql(paths)
    try:
        connection.execute(f"CREATE OR REPLACE VIEW {view} AS {relation}")
        described = connection.execute(f"DESCRIBE {view}").fetchall()
    except duckdb.Error as error:
        names = ", ".join(path.name for path in paths)
        raise RunError(
            zh=f"{folder / names} 无法读取（可能未传完或已损坏），请重新传送：{_first_line(error)}",
            en=f"{folder / names} cannot be read (cut short or damaged?), send it again: {_first_line(error)}",
        ) from error
    return [row[0] for row in described if row[0] not in {"source_file", "source_row"}]


def _parquet_sql(paths: list[Path]) -> str:
    listed = ", ".join(f"'{quote(str(path))}'" for path in paths)
    return (
        "SELECT * EXCLUDE (filename, file_row_number), filename AS source_file, file_row_number AS source_row "
        f"FROM read_parquet([{listed}], filename = true, file_row_number = true, union_by_name = true)"
    )


def _csv_sql(paths: list[Path], file: SourceFile, scratch: Path) -> str:
    parts = []
    for path in paths:
        readable = _as_utf8(path, file.encoding, scratch)
        parts.append(
            f"SELECT *, '{quote(str(path))}' AS source_file, row_number() OVER () - 1 AS source_row "
            f"FROM read_csv('{quote(str(readable))}', header = true, all_varchar = true, delim = '{quote(file.delimiter)}', "
            "quote = '\"', escape = '\"', store_rejects = true, null_padding = false)"
        )
    return " UNION ALL BY NAME ".join(parts)


def _as_utf8(path: Path, encoding: str, scratch: Path) -> Path:
    """The file itself where it is UTF-8, else a copy that is; the declared encoding is verified either way."""
    plain = encoding.lower().replace("-", "") == "utf8"
    target = scratch / f"{path.name}.utf8"
    scratch.mkdir(parents=True, exist_ok=True)
    try:
        with (
            path.open(encoding="utf-8-sig" if plain else encoding, newline="") as text,
            target.open("w", encoding="utf-8", newline="") as out,
        ):
            while block := text.read(_BLOCK):
                out.write(block)
    except UnicodeDecodeError as error:
        target.unlink(missing_ok=True)
        raise RunError(
            zh=f"{path} 第 {error.start} 字节处不是 {encoding} 编码；若为国标编码，请在 source.yaml 写明 encoding: gb18030。",
            en=f"{path} is not {encoding} at byte {error.start}; if it is in a Chinese national encoding, "
            "say 'encoding: gb18030' in source.yaml.",
        ) from error
    return target


def _first_line(error: Exception) -> str:
    return str(error).splitlines()[0]
