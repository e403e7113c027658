"""Rewriting a delimited text file as UTF-8 with only its well-formed rows, each with its number.

The engine reads such a file in parallel and, at one quote that is never closed, loses whole blocks of the rows after it
without a word. Here a row that is not well-formed is set aside by itself, and reading goes on with the next line.
"""

from __future__ import annotations

import codecs
import csv
import re
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

from riskml.errors import RunError

ROW = "source_row"
"""The column put before the file's own: the row's number, from 0 after the header, malformed and blank rows counted."""

LONGEST_ROW = 400_000
"""Characters; the engine reads no line above two million bytes."""

LONGEST_FIELD = 50
"""Lines that one quoted field may go over; a quote that is still open after them is taken for a stray one."""

MOST_MALFORMED = 100_000
"""Beyond this the file is not what source.yaml says it is, and is refused whole."""

_HEAD = 1 << 16


@dataclass(frozen=True)
class Malformed:
    """A row that is not well-formed: its number and its text."""

    row: int
    text: str


@dataclass(frozen=True)
class Rewritten:
    """What `rewrite` found.

    Parameters
    ----------
    columns
        The header's names; one that is blank or occurs twice is numbered.
    malformed
        The rows that are not in the copy.
    """

    columns: tuple[str, ...]
    malformed: tuple[Malformed, ...]


def rewrite(path: Path, target: Path, *, encoding: str, delimiter: str) -> Rewritten:
    """Copy a delimited file to `target` without its header, as UTF-8, with `ROW` as the first column.

    Raises
    ------
    RunError
        Where the file is in another encoding than `encoding`, has no header, or next to no well-formed row.
    """
    _refuse_mistaken_encoding(path, encoding)
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        with (
            path.open(encoding="utf-8-sig" if _is_utf8(encoding) else encoding) as text,
            target.open("w", encoding="utf-8", newline="\n") as out,
        ):
            columns = _header(path, text, delimiter)
            malformed = tuple(_copy_rows(path, text, out, len(columns), delimiter))
    except UnicodeDecodeError as error:
        raise _wrongly_encoded(path, encoding, error) from error
    return Rewritten(columns, malformed)


def columns_of(path: Path, *, encoding: str, delimiter: str) -> tuple[str, ...]:
    """The header's names of a delimited file that is read to its end, and written nowhere.

    Raises
    ------
    RunError
        Where the file is in another encoding than `encoding`, or has no header.
    """
    _refuse_mistaken_encoding(path, encoding)
    try:
        with path.open(encoding="utf-8-sig" if _is_utf8(encoding) else encoding) as text:
            columns = _header(path, text, delimiter)
            while text.read(_HEAD):
                pass
    except UnicodeDecodeError as error:
        raise _wrongly_encoded(path, encoding, error) from error
    return columns


def _wrongly_encoded(path: Path, encoding: str, error: UnicodeDecodeError) -> RunError:
    return RunError(
        zh=f"{path} 第 {error.start} 字节处不是 {encoding} 编码；若为国标编码，请在 source.yaml 写明 encoding: gb18030。",
        en=f"{path} is not {encoding} at byte {error.start}; if it is in a Chinese national encoding, "
        "say 'encoding: gb18030' in source.yaml.",
    )


def _is_utf8(encoding: str) -> bool:
    return codecs.lookup(encoding).name in {"utf-8", "utf-8-sig"}


def _refuse_mistaken_encoding(path: Path, encoding: str) -> None:
    """A UTF-8 file read as a Chinese national encoding gives other characters, often without any error."""
    if _is_utf8(encoding):
        return
    with path.open("rb") as file:
        head = file.read(_HEAD)
    try:
        decoded = codecs.getincrementaldecoder("utf-8")().decode(head, final=len(head) < _HEAD)
    except UnicodeDecodeError:
        return
    if not decoded.isascii():
        raise RunError(
            zh=f"{path} 是 UTF-8 编码，而 source.yaml 写的是 {encoding}；请去掉 encoding。",
            en=f"{path} is in UTF-8, but source.yaml says {encoding}; take 'encoding' out.",
        )


def _header(path: Path, text: TextIO, delimiter: str) -> tuple[str, ...]:
    line = text.readline()
    try:
        found = next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        found = []
    if not any(name.strip() for name in found):
        raise RunError(
            zh=f"{path} 的第一行应为字段名，而不是 {line[:80]!r}。",
            en=f"The first line of {path} should name the columns, but is {line[:80]!r}.",
        )
    names: list[str] = []
    used = {ROW, "source_file"}
    for place, given in enumerate(found):
        plain = given.replace("\ufeff", "").strip() or f"column{place}"
        name, times = plain, 0
        while name.lower() in used:
            times += 1
            name = f"{plain}_{times}"
        used.add(name.lower())
        names.append(name)
    return tuple(names)


def _copy_rows(path: Path, text: TextIO, out: TextIO, width: int, delimiter: str) -> Iterator[Malformed]:
    quoted = _row_with_quotes(width, delimiter)
    ahead: deque[str] = deque()
    row = found = 0
    while line := (ahead.popleft() if ahead else next(text, "")):
        whole: str | None = line
        if '"' in line:
            whole = line if quoted.fullmatch(line) else _over_lines(line, quoted, text, ahead)
        elif line.count(delimiter) != width - 1:
            whole = None if line.strip() else ""
        if whole is None or len(whole) > LONGEST_ROW:
            found += 1
            if found > MOST_MALFORMED:
                raise RunError(
                    zh=f"{path} 有超过 {MOST_MALFORMED:,} 行不符合 CSV 格式；请检查 source.yaml 中的 delimiter，或重新导出。",
                    en=f"More than {MOST_MALFORMED:,} lines of {path} are not well-formed CSV; check 'delimiter' in source.yaml, "
                    "or export it again.",
                )
            yield Malformed(row, line.rstrip("\n"))
        elif whole.strip():
            out.write(f"{row}{delimiter}{whole}")
        row += 1


def _over_lines(line: str, quoted: re.Pattern[str], text: TextIO, ahead: deque[str]) -> str | None:
    """The row that begins with `line` and goes on for some lines, or None; the lines that are not its own are put back."""
    taken: list[str] = []
    for _ in range(LONGEST_FIELD):
        more = ahead.popleft() if ahead else next(text, "")
        if not more:
            break
        taken.append(more)
        if '"' in more and quoted.fullmatch(line + "".join(taken)):
            return line + "".join(taken)
    ahead.extendleft(reversed(taken))
    return None


def _row_with_quotes(width: int, delimiter: str) -> re.Pattern[str]:
    mark = re.escape(delimiter)
    # A quote inside a field that does not begin with one stands for itself; the engine skips blanks before an opening one.
    field = rf'(?:"(?:[^"]|"")*+"|[^"\s{mark}][^{mark}\n]*+|[^"{mark}\n]*+)'
    return re.compile(rf"{field}(?:{mark}{field}){{{width - 1}}}\n?")
