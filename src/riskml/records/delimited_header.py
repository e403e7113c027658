"""The header of a delimited file: its names, over several lines if need be, and whether its separator is the declared
one.
"""

from __future__ import annotations

import csv
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from riskml.core.errors import RunError
from riskml.core.language import Label
from riskml.records.columns import MOST_COLUMNS, Header, numbered

LONGEST_HEADER = 100_000
"""Characters."""

MOST_TITLE_LINES, MOST_HEADER_LINES = 20, 3
"""Lines before the names of the columns, and lines that the names take: more is no table."""

_MOST_LINES = 50
_SEPARATORS = {
    ",": Label("逗号", "comma"),
    ";": Label("分号", "semicolon"),
    "\t": Label("制表符", "tab"),
    "|": Label("竖线", "bar"),
}


@dataclass(frozen=True)
class Heading:
    """Where in a delimited file the names of its columns are.

    Parameters
    ----------
    title_lines
        Lines before them, such as the title of a printed table.
    header_lines
        Lines that they take: more than one where cells were merged, each line having a part of the names.
    """

    title_lines: int = 0
    header_lines: int = 1


FIRST_LINE = Heading()


def read_header(path: Path, text: TextIO, delimiter: str, heading: Heading = FIRST_LINE) -> Header:
    """Read the header from the beginning of a file; `path` is what that is called in a message.

    Raises
    ------
    RunError
        Where there are no names, too many, or the file has another separator.
    """
    for _ in range(heading.title_lines):
        text.readline(LONGEST_HEADER)
    first = whole = text.readline(LONGEST_HEADER)
    names = _split(whole, delimiter)
    lines = 1
    while names is None and '"' in whole and lines < _MOST_LINES and len(whole) < LONGEST_HEADER:
        more = text.readline(LONGEST_HEADER)
        if not more:
            break
        whole, lines = whole + more, lines + 1
        names = _split(whole, delimiter)
    if names is not None and heading.header_lines > 1:
        parts = [_split(text.readline(LONGEST_HEADER), delimiter) or [] for _ in range(heading.header_lines - 1)]
        names, lines = unmerged([names, *parts]), lines + len(parts)
    if names is None or len(whole) >= LONGEST_HEADER or not any(name.strip(" \t\r\n\0\ufeff") for name in names):
        raise RunError(
            zh=f"{path} 的第一行应为字段名，而不是 {first[:80]!r}。",
            en=f"The first line of {path} should name the columns, but is {first[:80]!r}.",
        )
    other = separator_seen(whole, delimiter)
    if len(names) == 1 and other:
        raise _other_separator(path, delimiter, other)
    if len(names) > MOST_COLUMNS:
        raise RunError(
            zh=f"{path} 有 {len(names):,} 列，超过 {MOST_COLUMNS:,} 列；请检查 source.yaml 中的 delimiter，"
            "或重新导出。",
            en=f"{path} has {len(names):,} columns, more than {MOST_COLUMNS:,}; check 'delimiter' in source.yaml, or "
            "export it again.",
        )
    return numbered(names, lines + heading.title_lines)


def unmerged(rows: list[list[str]]) -> list[str]:
    """The names of columns whose header takes several lines: a cell merged over columns stands before each of its own.

    >>> unmerged([["文号", "处罚", "", "日期"], ["", "种类", "金额", ""]])
    ['文号', '处罚_种类', '处罚_金额', '日期']
    """
    names = [one.strip() for one in rows[0]]
    for row in rows[1:]:
        below = [row[place].strip() if place < len(row) else "" for place in range(len(names))]
        above = ""
        for place, name in enumerate(names):
            above = name or (above if below[place] else "")
            names[place] = "_".join(part for part in (above, below[place]) if part)
    return names


def separator_seen(line: str, delimiter: str) -> str | None:
    """Another separator than the declared one, where a line has that and not the declared one."""
    if delimiter in line:
        return None
    return max((mark for mark in _SEPARATORS if mark in line), key=line.count, default=None)


def separator_named(mark: str) -> Label:
    """A separator in words.

    >>> separator_named(";").en, separator_named("^").en
    ("';' (semicolon)", "'^'")
    """
    named = _SEPARATORS.get(mark)
    return (
        Label(repr(mark), repr(mark)) if named is None else Label(f"{mark!r}（{named.zh}）", f"{mark!r} ({named.en})")
    )


def _split(text: str, delimiter: str) -> list[str] | None:
    """The fields of one row, None where its quotes are not closed or are misplaced."""
    try:
        rows = list(csv.reader([text], delimiter=delimiter, strict=True))
    except csv.Error:
        return None
    return rows[0] if len(rows) == 1 else None


def _other_separator(path: Path, delimiter: str, other: str) -> RunError:
    named = separator_named(other)
    return RunError(
        zh=f"{path} 看来以 {named.zh} 分隔，而不是 {delimiter!r}；请在 source.yaml 该文件写明 delimiter: {other!r}。",
        en=f"{path} seems to be separated by {named.en}, not by {delimiter!r}; say delimiter: {other!r} for the file "
        "in source.yaml.",
    )
