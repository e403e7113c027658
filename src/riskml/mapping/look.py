"""What the files of a folder are: encoding, delimiter, where the names of the columns stand, what the columns hold."""

from __future__ import annotations

import csv
import re
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from riskml.core.errors import RunError
from riskml.core.language import Label
from riskml.core.progress import Progress
from riskml.engines.duckdb import identifier
from riskml.mapping.shapes import Shape, shapes_of
from riskml.records.columns import Wanted
from riskml.records.delimited_header import Heading
from riskml.records.delivered_file import take_snapshot
from riskml.records.encodings import codec_of, found_encoding
from riskml.records.extracts import DELIMITED, READABLE, open_extract
from riskml.records.sources import SourceFile
from riskml.records.workbook import LOCK, SHEET_NAME, WORKBOOK, Sheet, head_of_sheet, sheets_of

SIMULATED_MARK = "SIMULATED.md"
"""A file that says of its folder that all in it is generated."""

LEAST_TOLD = 0.995
"""The least share of rows that an id tells apart: some rows of every delivery are sent twice."""

_DELIMITERS = ",\t;|"
_HEAD_LINES = 40
TOP = 60
"""Values of a column that are kept with their counts, the most frequent first."""
_SAMPLE = 400
"""Distinct values of a column by which its shape is judged."""
_DATA = re.compile(r"[0-9０-９]{4,}|[0-9０-９]+[-/.年][0-9０-９]")


@dataclass(frozen=True)
class FoundColumn:
    """A column of a file.

    Parameters
    ----------
    rows
        How many rows have a value in it.
    distinct
        How many values there are.
    top
        Value → rows, the most frequent first.
    shape
        Of a sample of its values, what share can be read as what.
    """

    name: str
    rows: int
    distinct: int
    top: dict[str, int]
    shape: Shape


@dataclass(frozen=True)
class FoundFile:
    """A file that can be read.

    Parameters
    ----------
    path
        Relative to the folder; of a workbook with several sheets, followed by the sheet.
    held
        The table of the engine that has its rows.
    title
        What stands before the names of its columns, if anything.
    rows, malformed
        How many rows are read, and how many lines are no rows.
    unique
        Names of columns that tell every row from every other one, or nearly.
    """

    path: str
    held: str
    entry: SourceFile
    title: str
    rows: int
    malformed: int
    columns: tuple[FoundColumn, ...]
    unique: frozenset[str]

    @property
    def header(self) -> tuple[str, ...]:
        """The names of its columns."""
        return tuple(column.name for column in self.columns)


@dataclass(frozen=True)
class Looked:
    """What a folder holds; `unread` says of each file that cannot be read why."""

    files: tuple[FoundFile, ...]
    simulated: bool
    unread: dict[str, Label] = field(default_factory=dict)


def look(connection: duckdb.DuckDBPyConnection, folder: Path, scratch: Path, on_progress: Progress) -> Looked:
    """Look through every file below `folder`; copies go to `scratch`, the rows into tables of `connection`."""
    paths = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith((".", LOCK)))
    files: list[FoundFile] = []
    unread: dict[str, Label] = {}
    for number, path in enumerate(paths):
        name = str(path.relative_to(folder))
        on_progress(name, number, len(paths))
        if path.name == SIMULATED_MARK:
            continue
        if path.suffix.lower() not in READABLE:
            unread[name] = Label(
                "不是 CSV、Excel 或 Parquet；请导出为 CSV（UTF-8）",
                "neither CSV, Excel nor Parquet; export it as CSV (UTF-8)",
            )
            continue
        own = scratch / f"look{number}"
        try:
            layouts, left = _layouts(path, folder, own)
        except RunError as error:
            unread[name] = Label(error.zh, error.en)
            continue
        unread |= left
        for entry, title in layouts:
            try:
                files.append(_file(connection, entry, title, folder, own, f"held{len(files)}"))
            except RunError as error:
                unread[str(entry.read_as(Path(name)))] = Label(error.zh, error.en)
    return Looked(tuple(files), (folder / SIMULATED_MARK).is_file(), unread)


def _file(
    connection: duckdb.DuckDBPyConnection, entry: SourceFile, title: str, folder: Path, scratch: Path, held: str
) -> FoundFile:
    name = str(entry.read_as(Path(entry.path)))
    extract = open_extract(connection, "looked", entry, folder, scratch, Wanted())
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {held} AS SELECT * FROM looked")
    read = extract.files[0]
    counts = {column: _counts(connection, held, column) for column in read.columns}
    shapes = shapes_of(connection, {column: _values(connection, held, column) for column in read.columns})
    columns = tuple(FoundColumn(one, *counts[one], shapes[one]) for one in read.columns)
    unique = frozenset(one.name for one in columns if read.rows and one.distinct >= LEAST_TOLD * read.rows)
    return FoundFile(name, held, entry, title, read.rows, len(read.malformed), columns, unique)


def _counts(connection: duckdb.DuckDBPyConnection, held: str, column: str) -> tuple[int, int, dict[str, int]]:
    name = identifier(column)
    given = f"SELECT trim(CAST({name} AS VARCHAR)) AS v FROM {held} WHERE trim(CAST({name} AS VARCHAR)) <> ''"
    ((rows, distinct),) = connection.execute(f"SELECT count(*), count(DISTINCT v) FROM ({given})").fetchall()
    top = connection.execute(f"SELECT v, count(*) AS n FROM ({given}) GROUP BY v ORDER BY n DESC, v LIMIT {TOP}")
    return rows, distinct, dict(top.fetchall())


def _values(connection: duckdb.DuckDBPyConnection, held: str, column: str) -> list[str]:
    name = identifier(column)
    found = connection.execute(
        f"SELECT v FROM (SELECT DISTINCT trim(CAST({name} AS VARCHAR)) AS v FROM {held}) WHERE v <> '' "
        f"ORDER BY hash(v) LIMIT {_SAMPLE}"
    )
    return [value for (value,) in found.fetchall()]


def _layouts(path: Path, folder: Path, scratch: Path) -> tuple[list[tuple[SourceFile, str]], dict[str, Label]]:
    """How a file is written, and its title; of a workbook for each of its sheets, and which of these are not read."""
    name = str(path.relative_to(folder))
    suffix = path.suffix.lower()
    if suffix not in DELIMITED | WORKBOOK:
        return [(SourceFile(path=name), "")], {}
    copy = take_snapshot(path, folder, scratch / "whole").path
    if suffix in DELIMITED:
        return [_delimited(copy, path, name)], {}
    sheets = sheets_of(copy, path)
    unread = {f"{name}/{one.name}": why for one in sheets if (why := _not_read(one))}
    read = [one.name for one in sheets if not _not_read(one)]
    return [_sheet(copy, path, name, one, alone=len(read) == 1) for one in read], unread


def _not_read(sheet: Sheet) -> Label | None:
    """Why a sheet is left to a person, if it is."""
    if not SHEET_NAME.fullmatch(sheet.name):
        return Label(
            "名称中有 Excel 不允许的字符；请改名后重新保存",
            "its name has a character that Excel allows in none; call it otherwise and save it again",
        )
    if not sheet.visible:
        return Label(
            "是隐藏的，没有读；要读的，在 source.yaml 中加一个写明 sheet 的文件项",
            "is hidden and was not read; to read it add an entry with its 'sheet' to source.yaml",
        )
    return None


def _sheet(copy: Path, path: Path, name: str, sheet: str, *, alone: bool) -> tuple[SourceFile, str]:
    lines = head_of_sheet(copy, sheet=sheet, path=path).splitlines(keepends=True)
    heading, title = _heading(_cells(lines[:_HEAD_LINES], ","))
    return SourceFile(
        path=name, **({} if alone else {"sheet": sheet}),
        title_lines=heading.title_lines, header_lines=heading.header_lines,
    ), title  # fmt: skip


def _delimited(copy: Path, path: Path, name: str) -> tuple[SourceFile, str]:
    encoding = found_encoding(copy)
    if encoding is None:
        raise RunError(
            zh=f"{path} 的编码认不出（既非 UTF-8，也非 GB 18030、UTF-16，或几种混在一起）；请用 UTF-8 重新导出。",
            en=f"{path} is in no encoding that can be named (UTF-8, GB 18030, UTF-16), or in several; export it again "
            "as UTF-8.",
        )
    lines = _head(copy, encoding)
    delimiter = max(_DELIMITERS, key=lambda mark: _evenness(lines, mark))
    heading, title = _heading(_cells(lines, delimiter))
    return SourceFile(
        path=name, encoding=encoding, delimiter=delimiter,
        title_lines=heading.title_lines, header_lines=heading.header_lines,
    ), title  # fmt: skip


def _head(copy: Path, encoding: str) -> list[str]:
    """The first lines."""
    with copy.open(encoding=codec_of(encoding), errors="replace", newline="") as text:
        return [line for _, line in zip(range(_HEAD_LINES), text, strict=False)]


def _evenness(lines: list[str], delimiter: str) -> tuple[int, int]:
    """How many lines have the most usual number of fields, where that is more than one."""
    widths = Counter(len(cells) for cells in _cells(lines, delimiter))
    width, often = widths.most_common(1)[0] if widths else (1, 0)
    return (often, width) if width > 1 else (0, 0)


def _cells(lines: list[str], delimiter: str) -> list[list[str]]:
    return [[cell.strip() for cell in cells] for cells in csv.reader(lines, delimiter=delimiter)]


def _heading(rows: list[list[str]]) -> tuple[Heading, str]:
    """Where the names are: after rows with hardly any cell, and over a second row where the first has blanks and the
    second no value.
    """
    width = max(map(len, rows), default=1)
    title: list[str] = []
    first = 0
    while first < min(len(rows) - 1, 5) and sum(map(bool, rows[first])) <= max(1, width // 4) and width > 2:
        title += filter(None, rows[first])
        first += 1
    below = rows[first + 1] if first + 1 < len(rows) else []
    merged = "" in rows[first][:-1] and any(below) and not any(_DATA.search(cell) for cell in below)
    return Heading(first, 2 if merged else 1), " ".join(title)


def tells_rows(connection: duckdb.DuckDBPyConnection, file: FoundFile, columns: list[str]) -> bool:
    """Whether the values of several columns together tell every row of a file from every other one, or nearly."""
    names = ", ".join(identifier(column) for column in columns)
    ((rows, told),) = connection.execute(f"SELECT count(*), count(DISTINCT ({names})) FROM {file.held}").fetchall()
    return bool(told >= LEAST_TOLD * rows)
