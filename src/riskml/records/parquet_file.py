"""A delivered Parquet file: what it claims, what it is when decoded within bounds, and how it is read as text and
values.

A few kilobytes can claim, and hold, gigabytes. What the file says of itself is held against its size first; then it is
decoded once, row by row, by an engine of its own with little memory and no disk. Whatever ends that ends with the file
refused.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from riskml.core.errors import RunError
from riskml.engines.duckdb import confine, file_literal, identifier
from riskml.records.columns import MOST_COLUMNS, Header, numbered
from riskml.records.delimited import LONGEST_ROW, LONGEST_SHOWN, MOST_MALFORMED, Malformed

MOST_ROWS = 100_000
ROWS_PER_BYTE = 20
"""A file may have `MOST_ROWS`, and as many more for each of its bytes: a row with an id of its own takes a byte at the
least.
"""

MOST_BYTES = 64 << 20
BYTES_PER_BYTE = 200
"""A file may claim or hold `MOST_BYTES` of values, and as many more for each of its bytes; extracts of registries hold
five to thirty.
"""

DECODING_GIB = 1.0
"""Memory of the engine that decodes a file for the first time."""

_BATCH = 8_192
_UNMARKED = {pa.string(): pa.binary(), pa.large_string(): pa.large_binary()}
_NUMBER = "file_row_number"


@dataclass(frozen=True)
class ParquetFile:
    """A Parquet file that can be read.

    Parameters
    ----------
    header
        The names of its columns.
    columns
        What to select for each.
    rows
        How many rows are read.
    malformed
        The rows that are not: with bytes that are no text, or a field that is too long.
    where
        The condition of the rows that are read, or nothing.
    """

    header: Header
    columns: tuple[str, ...]
    rows: int
    malformed: tuple[Malformed, ...]
    where: str


def examine(source: Path, size: int, path: Path) -> ParquetFile:
    """Find out how a Parquet file is read, within bounds of memory and time.

    Parameters
    ----------
    source
        The file that is read.
    size
        Its bytes.
    path
        What it is called in a message.

    Raises
    ------
    RunError
        Where it is damaged, expands beyond all measure, or has columns that cannot be told apart.
    """
    header, rows = claimed(source, size, path)
    with duckdb.connect(":memory:") as engine:
        engine.execute(f"SET memory_limit = '{DECODING_GIB}GiB'")
        engine.execute("SET temp_directory = ''")
        confine(engine, [source.parent])
        try:
            try:
                return _decoded(engine, source, size, path, header, rows)
            except duckdb.InvalidInputException:
                # Perhaps of a text that is not UTF-8; a file that is damaged otherwise cannot be written again either.
                _unmark_texts(source)
                return _decoded(engine, source, size, path, header, rows)
        except duckdb.OutOfMemoryException as error:
            raise _too_large(path, f"{DECODING_GIB:g} GiB 内存", f"{DECODING_GIB:g} GiB of memory") from error
        except (duckdb.Error, pa.ArrowException, OSError) as error:
            raise _damaged(path, str(error).splitlines()[0].replace(str(source), path.name)) from error


def _unmark_texts(source: Path) -> None:
    """Write a file again without the mark that its texts are UTF-8: the engine reads nothing of a column where one is
    not.
    """
    target = source.with_name("unmarked")
    with pq.ParquetFile(source) as file:
        names = file.schema_arrow.names
        kinds = [_UNMARKED.get(kind, kind) for kind in file.schema_arrow.types]
        with pq.ParquetWriter(target, pa.schema(list(zip(names, kinds, strict=True)))) as writer:
            for batch in file.iter_batches(batch_size=_BATCH):
                columns = [own.view(kind) for own, kind in zip(batch.columns, kinds, strict=True)]
                writer.write_batch(pa.RecordBatch.from_arrays(columns, schema=writer.schema))
    target.replace(source)


def claimed(source: Path, size: int, path: Path) -> tuple[Header, int]:
    """The header of a Parquet file and its number of rows, as it says itself; raises as `examine` does."""
    try:
        with pq.ParquetFile(source) as file:
            found, names = file.metadata, file.schema_arrow.names
            groups = (
                [found.row_group(place) for place in range(found.num_row_groups)]
                if found.num_row_groups <= size
                else []
            )
            bytes_ = sum(max(0, group.total_byte_size) for group in groups)
            rows, columns = found.num_rows, found.num_columns
    except (OSError, ValueError, pa.ArrowException) as error:
        raise _damaged(path, None) from error
    if columns > MOST_COLUMNS or not names:
        raise RunError(
            zh=f"{path} 有 {columns:,} 列，应为 1 至 {MOST_COLUMNS:,} 列；请重新导出。",
            en=f"{path} has {columns:,} columns; there should be 1 to {MOST_COLUMNS:,}. Export it again.",
        )
    if _NUMBER in {name.lower() for name in names}:
        raise RunError(
            zh=f"{path} 的字段不能叫 {_NUMBER}，引擎用它给各行编号；请改名后重新导出。",
            en=f"{path} may not have a column {_NUMBER}, which the engine numbers the rows by; export it again under "
            "another name.",
        )
    if not 0 <= rows <= MOST_ROWS + ROWS_PER_BYTE * size:
        raise _too_large(path, f"{rows:,} 行", f"{rows:,} rows")
    if bytes_ > MOST_BYTES + BYTES_PER_BYTE * size:
        raise _too_large(path, f"{bytes_:,} 字节", f"{bytes_:,} bytes")
    return numbered(names), rows


def _decoded(
    engine: duckdb.DuckDBPyConnection, source: Path, size: int, path: Path, header: Header, rows: int
) -> ParquetFile:
    read = f"read_parquet({file_literal(source)}, file_row_number = true, hive_partitioning = false)"
    described = engine.execute(f"DESCRIBE SELECT * EXCLUDE (file_row_number) FROM {read}").fetchall()
    if len(described) != len(header.columns):
        raise _damaged(path, None)
    own = [(identifier(name), kind) for name, kind, *_ in described]
    texts = [name for name, kind in own if kind == "VARCHAR"]
    binaries = [name for name, kind in own if kind == "BLOB"]
    lengths = [*(f"strlen({name})" for name in texts), *(f"octet_length({name})" for name in binaries)]
    undecodable = [f"({name} IS NOT NULL AND TRY(decode({name})) IS NULL)" for name in binaries]
    wrong = [*undecodable, *(f"coalesce({length} > {LONGEST_ROW}, false)" for length in lengths)]
    longest = f"greatest({', '.join(f'max({length})' for length in lengths)}, 0)" if lengths else "0"
    # The number of characters, and not of bytes alone: for it the engine decodes every text.
    held = (
        " + ".join(
            [
                *(f"coalesce(sum({length}), 0)" for length in lengths),
                *(f"0 * coalesce(sum(length({name})), 0)" for name in texts),
            ]
        )
        or "0"
    )
    faulty = f"count(*) FILTER (WHERE {' OR '.join(undecodable)})" if undecodable else "0"
    ((count, bytes_, most, bad),) = engine.execute(
        f"SELECT count(*), {held}, {longest}, {faulty} FROM {read}"
    ).fetchall()
    if count != rows:
        raise _damaged(path, None)
    if bytes_ > MOST_BYTES + BYTES_PER_BYTE * size:
        raise _too_large(path, f"{bytes_:,} 字节", f"{bytes_:,} bytes")
    malformed: tuple[Malformed, ...] = ()
    where = ""
    if bad or most > LONGEST_ROW:
        any_wrong = f"({' OR '.join(wrong)})"
        where = f"NOT {any_wrong}"
        shown = ", ".join(f"CASE WHEN {fault} THEN left(CAST({name} AS VARCHAR), {LONGEST_SHOWN}) "
                          "END" for fault, name in
                          zip(wrong, [*binaries, *texts, *binaries], strict=True))  # fmt: skip
        found = engine.execute(
            f"SELECT file_row_number, coalesce({shown}) FROM {read} WHERE {any_wrong} LIMIT {MOST_MALFORMED + 1}"
        ).fetchall()
        malformed = tuple(Malformed(row, text) for row, text in found)
        if len(malformed) > MOST_MALFORMED or len(malformed) == rows:
            raise RunError(
                zh=f"{path} 的文字列不是 UTF-8 编码（如第 {malformed[0].row} 行的 {malformed[0].text[:80]}）；请以 "
                "UTF-8 重新导出。",
                en=f"The text columns of {path} are not in UTF-8 (such as {malformed[0].text[:80]} in row "
                f"{malformed[0].row}); "
                "export it again as UTF-8.",
            )
    columns = tuple(f"decode({name})" if kind == "BLOB" else name for name, kind in own)
    return ParquetFile(header, columns, rows - len(malformed), malformed, where)


def _too_large(path: Path, zh: str, en: str) -> RunError:
    return RunError(
        zh=f"{path} 展开后远大于文件本身（{zh}），未读取；请检查该文件从何而来，重新导出。",
        en=f"{path} expands far beyond its own size ({en}) and is not read; see where it comes from and export it "
        "again.",
    )


def _damaged(path: Path, said: str | None) -> RunError:
    zh, en = (f"：{said}", f": {said}") if said else ("。", ".")
    return RunError(
        zh=f"{path} 无法读取（可能未传完或已损坏），请重新传送{zh}",
        en=f"{path} cannot be read (cut short or damaged?), send it again{en}",
    )
