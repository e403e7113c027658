"""Rewriting a delimited text file as UTF-8 with only its well-formed rows, each with its number.

The engine reads such a file in parallel and, at one quote that is never closed, loses whole blocks of the rows after it
without a word. Here a row that is not well-formed, or has a byte that is no text in the file's encoding, is set aside
by itself, and reading goes on with the next line.
"""

from __future__ import annotations

import re
from collections import deque
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path
from typing import TextIO

from riskml.core.errors import RunError
from riskml.records.columns import Header
from riskml.records.delimited_header import FIRST_LINE, Heading, read_header, separator_named, separator_seen
from riskml.records.encodings import (
    BAD_BYTE,
    KEEP_BAD_BYTES,
    bad_byte_places,
    codec_of,
    in_no_encoding,
    is_in,
    other_encoding,
    refuse_other_encoding,
    shown_bytes,
)

LONGEST_ROW = 400_000
"""Characters; the engine reads no line above two million bytes."""

LONGEST_FIELD = 50
"""Lines that one quoted field may go over; a quote that is still open after them is taken for a stray one."""

MOST_MALFORMED = 100_000
"""Beyond this the file is not what source.yaml says it is, and is refused whole."""

MOST_BAD_BYTES = 1_000_000
"""Bytes that are no text: beyond this, too."""

MOST_LOOKED_AHEAD = 1_000_000_000
"""Characters read in vain in search of closing quotes: beyond this (some ten seconds) the file is refused whole."""

LONGEST_SHOWN = 2_000
"""Characters of a malformed row that are kept; of each beyond the first thousand a tenth of that."""


@dataclass(frozen=True)
class Malformed:
    """A row that is not well-formed.

    Parameters
    ----------
    row
        Its number, from 0 after the header.
    text
        Its beginning.
    line
        The line of the file where it begins, from 1; None in a file without lines.
    byte
        The place in the file, from 0, of its first byte that is no text in the file's encoding; None where all are.
    is_cut
        Whether it is the end of the file, and has no line end: the file may not have arrived whole.
    """

    row: int
    text: str
    line: int | None = None
    byte: int | None = None
    is_cut: bool = False


@dataclass(frozen=True)
class Rewritten:
    """What `rewrite` found.

    Parameters
    ----------
    header
        The names of the columns.
    rows
        How many rows are in the copy.
    malformed
        The rows that are not.
    """

    header: Header
    rows: int
    malformed: tuple[Malformed, ...]


def rewrite(
    source: Path, target: Path, *, encoding: str, delimiter: str, path: Path, heading: Heading = FIRST_LINE
) -> Rewritten:
    """Write a delimited file to `target` without its header, as UTF-8, with the row's number as the first column.

    Parameters
    ----------
    source
        The file that is read.
    path
        What it is called in a message.

    Raises
    ------
    RunError
        Where the file is in another encoding than `encoding`, has no header, or malformed rows only.
    """
    refuse_other_encoding(source, path, encoding)
    target.parent.mkdir(parents=True, exist_ok=True)
    with (
        source.open(encoding=codec_of(encoding), errors=KEEP_BAD_BYTES) as text,
        target.open("w", encoding="utf-8", newline="\n") as out,
    ):
        header = read_header(path, text, delimiter, heading)
        _refuse_bad_header(source, path, encoding, header)
        rows = _Rows(path, text, out, header, delimiter)
        whole = rows.write()
    if rows.all_bad_bytes and not is_in(source, encoding):
        other = other_encoding(source, path, encoding)
        if other or not whole or sum(map(bool, rows.bad_bytes)) > rows.written:
            raise other or in_no_encoding(source, path, encoding)
    if not whole:
        raise _too_many(path)
    if rows.malformed and not rows.written:
        raise _all_malformed(path, header, rows.malformed, delimiter)
    places = bad_byte_places(source, encoding) if rows.all_bad_bytes else iter(())
    own = [list(islice(places, count)) for count in rows.bad_bytes]
    malformed = tuple(
        replace(one, byte=found[0]) if found else one for one, found in zip(rows.malformed, own, strict=True)
    )
    return Rewritten(header, rows.written, malformed)


def header_of(source: Path, *, encoding: str, delimiter: str, path: Path, heading: Heading) -> Header:
    """The header of a delimited file that is read to its end, and written nowhere; raises as `rewrite` of its encoding
    and header.
    """
    refuse_other_encoding(source, path, encoding)
    with source.open(encoding=codec_of(encoding), errors=KEEP_BAD_BYTES) as text:
        header = read_header(path, text, delimiter, heading)
    _refuse_bad_header(source, path, encoding, header)
    other = None if is_in(source, encoding) else other_encoding(source, path, encoding)
    if other:
        raise other
    return header


class _Rows:
    """The rows of one file, on their way to the copy.

    Parameters
    ----------
    malformed
        The rows that are set aside.
    bad_bytes
        How many bytes of each of them are no text.
    """

    def __init__(self, path: Path, text: TextIO, out: TextIO, header: Header, delimiter: str) -> None:
        self.path, self.text, self.out, self.delimiter = path, text, out, delimiter
        self.width = len(header.columns)
        self.quoted = _row_with_quotes(self.width, delimiter)
        self.ahead: deque[str] = deque()
        self.looked_ahead = 0
        self.first_line = header.lines + 1
        self.written = 0
        self.malformed: list[Malformed] = []
        self.bad_bytes: list[int] = []
        self.all_bad_bytes = 0

    def write(self) -> bool:
        """Write the well-formed rows; the character that stands for a bad byte cannot be written, and so tells its row.

        Returns
        -------
        bool
            Whether the file was read to its end; false where so much is malformed that the rest is not.
        """
        read, write, ahead, delimiter, marks = (
            self.text.readline,
            self.out.write,
            self.ahead,
            self.delimiter,
            self.width - 1,
        )
        row = blank = 0
        while line := (ahead.popleft() if ahead else read(LONGEST_ROW + 1)):
            whole: str | None = line
            if '"' in line:
                whole = line if self.quoted.fullmatch(line) else self._over_lines(line)
            elif line.count(delimiter) != marks:
                whole = None if line.strip() else ""
            if whole is None or len(whole) > LONGEST_ROW:
                if not self._set_aside(row, whole or line):
                    return False
            elif whole.strip():
                try:
                    write(f"{row}{delimiter}{whole}")
                except UnicodeEncodeError:
                    if not self._set_aside(row, whole):
                        return False
            else:
                blank += 1
            row += 1
        self.written = row - blank - len(self.malformed)
        return True

    def _over_lines(self, line: str) -> str | None:
        """The row that begins with `line` and goes on for some lines, or None; the lines that are not its own are put
        back.
        """
        taken: list[str] = []
        length = len(line)
        for _ in range(LONGEST_FIELD if length <= LONGEST_ROW else 0):
            more = self.ahead.popleft() if self.ahead else self.text.readline(LONGEST_ROW + 1)
            if not more:
                break
            taken.append(more)
            length += len(more)
            if length > LONGEST_ROW:
                break
            if '"' in more:
                whole = line + "".join(taken)
                if self.quoted.fullmatch(whole):
                    self.first_line += len(taken)
                    return whole
                self._look_ahead(length)
        self.ahead.extendleft(reversed(taken))
        return None

    def _look_ahead(self, length: int) -> None:
        self.looked_ahead += length
        if self.looked_ahead > MOST_LOOKED_AHEAD:
            raise RunError(
                zh=f"{self.path} 中没有成对的引号太多，无法分清各行；请重新导出。",
                en=f"{self.path} has so many quotes that are never closed that its rows cannot be told apart; export "
                "it again.",
            )

    def _set_aside(self, row: int, text: str) -> bool:
        """Keep a malformed row; false where there are too many."""
        shown = text[: LONGEST_SHOWN if len(self.malformed) < 1_000 else LONGEST_SHOWN // 10].removesuffix("\n")
        begun = self.first_line - text[:-1].count("\n")
        bad = len(BAD_BYTE.findall(text))
        while len(text) > LONGEST_ROW and not text.endswith("\n") and self.all_bad_bytes + bad <= MOST_BAD_BYTES:
            text = self.text.readline(LONGEST_ROW + 1)
            bad += len(BAD_BYTE.findall(text))
        self.malformed.append(
            Malformed(row, shown_bytes(shown), row + begun, is_cut=not text.endswith("\n") and bad == 0)
        )
        self.bad_bytes.append(bad)
        self.all_bad_bytes += bad
        return len(self.malformed) <= MOST_MALFORMED and self.all_bad_bytes <= MOST_BAD_BYTES


def _refuse_bad_header(source: Path, path: Path, encoding: str, header: Header) -> None:
    if not any(BAD_BYTE.search(name) for name in header.columns):
        return
    if not is_in(source, encoding):
        raise other_encoding(source, path, encoding) or in_no_encoding(source, path, encoding)
    place = next(bad_byte_places(source, encoding))
    raise RunError(
        zh=f"{path} 的表头第 {place:,} 字节不是 {encoding} 编码的文字；请改正表头后重新传送。",
        en=f"Byte {place:,} of {path}, in its header, is no text in {encoding}; correct the header and send it again.",
    )


def _too_many(path: Path) -> RunError:
    return RunError(
        zh=f"{path} 有超过 {MOST_MALFORMED:,} 行不符合 CSV 格式，或超过 {MOST_BAD_BYTES:,} 字节不是文字；"
        "请检查 source.yaml 中的 delimiter，或重新导出。",
        en=f"More than {MOST_MALFORMED:,} lines of {path} are not well-formed CSV, or {MOST_BAD_BYTES:,} bytes no "
        "text; "
        "check 'delimiter' in source.yaml, or export it again.",
    )


def _all_malformed(path: Path, header: Header, malformed: list[Malformed], delimiter: str) -> RunError:
    first = malformed[0]
    zh, en = "请重新导出", "export it again"
    other = separator_seen(first.text, delimiter)
    fields = first.text.count(delimiter) + 1
    if other:
        zh = f"看来以 {separator_named(other).zh} 分隔，请检查 source.yaml 中的 delimiter"
        en = f"they seem to be separated by {separator_named(other).en}: check 'delimiter' in source.yaml"
    elif fields != len(header.columns):
        zh = f"表头有 {len(header.columns)} 列，而该行有 {fields} 列，请改正表头或重新导出"
        en = (
            f"the header has {len(header.columns)} columns and that line {fields}: correct the header or export it "
            "again"
        )
    return RunError(
        zh=f"{path} 的 {len(malformed):,} 行没有一行符合 CSV 格式（第一行在第 {first.line} 行：{first.text[:80]!r}）；"
        f"{zh}。",
        en=f"None of the {len(malformed):,} rows of {path} is well-formed CSV (the first is line {first.line}: "
        f"{first.text[:80]!r}); {en}.",
    )


def _row_with_quotes(width: int, delimiter: str) -> re.Pattern[str]:
    mark = re.escape(delimiter)
    # A quote inside a field that does not begin with one stands for itself; the engine skips blanks before an opening
    # one.
    field = rf'(?:"(?:[^"]|"")*+"|[^"\s{mark}][^{mark}\n]*+|[^"{mark}\n]*+)'
    return re.compile(rf"{field}(?:{mark}{field}){{{width - 1}}}\n?")
