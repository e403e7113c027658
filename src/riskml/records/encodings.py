"""The encoding of a delimited file: read in the declared one, bad bytes kept in sight; told, where it is in another."""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from riskml.core.errors import RunError

KEEP_BAD_BYTES = "riskml-keep-bad-bytes"
"""The error handler that puts U+DC00 + byte for each byte that cannot be decoded: no encoding can write such a
character.
"""

BAD_BYTE = re.compile("[\udc00-\udcff]")

_NOTE_BAD_BYTES = "riskml-note-bad-bytes"
_PIECE = 1 << 20
_HEAD = 1 << 16
_ENOUGH = 1_000_000
"""Bytes that cannot be decoded, after which the rest of a file is not looked at."""

_MISTAKEN = 4
"""A file is in an encoding if it has this many characters beyond ASCII for one byte that cannot be decoded, or more."""

_BEYOND_ASCII = re.compile("[^\x00-\x7f]")
_KINDS = bytes(
    ord("2") if 0x80 <= byte <= 0xBF else ord("3") if 0xE3 <= byte <= 0xE9 else ord("1") for byte in range(256)
)
"""What each byte can be in UTF-8: the first of a Chinese character's three, one of those after it, or something
else.
"""

_NO_TEXT = {
    b"PK\x03\x04": ("压缩包或 Excel 工作簿（xlsx）", "a ZIP archive or an Excel workbook (xlsx)"),
    b"\xd0\xcf\x11\xe0": ("旧版 Excel 或 Word 文件（xls、doc）", "an older Excel or Word file (xls, doc)"),
    b"\x1f\x8b": (" gzip 压缩文件", "compressed by gzip"),
    b"7z\xbc\xaf": (" 7z 压缩包", "a 7z archive"),
    b"Rar!": (" RAR 压缩包", "a RAR archive"),
    b"%PDF": (" PDF 文件", "a PDF file"),
    b"PAR1": (" Parquet 文件", "a Parquet file"),
    b"SQLite format 3\0": (" SQLite 数据库", "a SQLite database"),
}
"""What other files begin with, however they are called."""

_LONGEST_LINE = 16 << 20
_SEPARATOR = re.compile(rb"[\n\r,;\t|]")
_CHINESE_IN_UTF8 = re.compile(rb"[\xe3-\xe9][\x80-\xbf]{2}")
_PAIR_IN_UTF8 = re.compile(rb"(?:[\xe3-\xe9][\x80-\xbf]{2}){2}")


def _keep(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error(KEEP_BAD_BYTES, _keep)


def codec_of(declared: str) -> str:
    """The codec that reads a declared encoding: a byte-order mark is no text, and GB 18030 has all of GB 2312 and GBK.

    >>> codec_of("UTF8"), codec_of("gbk"), codec_of("utf-16")
    ('utf-8-sig', 'gb18030', 'utf-16')
    """
    name = codecs.lookup(declared).name
    return {"utf-8": "utf-8-sig", "gb2312": "gb18030", "gbk": "gb18030"}.get(name, name)


def shown_bytes(text: str) -> str:
    r"""The text with its bad bytes written as ``\xE6``."""
    return BAD_BYTE.sub(lambda found: f"\\x{ord(found[0]) - 0xDC00:02X}", text)


def bad_byte_places(copy: Path, encoding: str) -> Iterator[int]:
    """The places (from 0) of the bytes of a file that cannot be decoded, in order."""
    places: list[int] = []
    begin = done = 0

    def note(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeDecodeError):
            raise error
        places.extend(range(begin + error.start, begin + error.end))
        return "", error.end

    codecs.register_error(_NOTE_BAD_BYTES, note)
    decoder = codecs.getincrementaldecoder(codec_of(encoding).removesuffix("-sig"))(_NOTE_BAD_BYTES)
    with copy.open("rb") as file:
        while True:
            piece = file.read(_PIECE)
            begin = done - len(decoder.getstate()[0])
            decoder.decode(piece, final=not piece)
            done += len(piece)
            yield from places
            places.clear()
            if not piece:
                return


def refuse_other_encoding(copy: Path, path: Path, declared: str) -> None:
    """Refuse a file that is in another encoding than the declared one although it can be decoded in that, to other
    characters.

    Parameters
    ----------
    copy
        The file that is read.
    path
        What it is called in a message.
    declared
        The encoding in source.yaml.
    """
    codec = codec_of(declared)
    with copy.open("rb") as file:
        head = file.read(_HEAD)
    kind = next((kind for mark, kind in _NO_TEXT.items() if head.startswith(mark)), None)
    if kind:
        raise RunError(
            zh=f"{path} 不是文本文件，而是{kind[0]}；请导出为 UTF-8 编码的 CSV，或以 Parquet 送来（扩展名 .parquet）。",
            en=f"{path} is no text file but {kind[1]}; export it as CSV in UTF-8, or deliver Parquet under a name "
            "ending in .parquet.",
        )
    told = _told_by_bytes(head)
    if told is not None:
        if codec not in told:
            raise _in_another(path, declared, told[0])
    elif codec.startswith("utf-16"):
        raise other_encoding(copy, path, declared) or in_no_encoding(copy, path, declared)
    elif codec != "utf-8-sig" and _may_have_utf8(copy):
        lines = _lines_in_utf8(copy)
        if lines.mixed:
            raise _in_two(path, declared, lines)
        if lines.all_in_utf8:
            raise _in_another(path, declared, "utf-8")


def found_encoding(copy: Path) -> str | None:
    """The encoding that a delimited file is in, as source.yaml would declare it; None where none can be named.

    Returns
    -------
    str or None
        ``utf-8`` (with or without a byte-order mark), ``utf-16`` or ``gb18030``, which has all of GBK.
    """
    with copy.open("rb") as file:
        head = file.read(_HEAD)
    if any(head.startswith(mark) for mark in _NO_TEXT):
        return None
    if told := _told_by_bytes(head):
        return told[0].removesuffix("-sig")
    if _is_utf8_throughout(copy):
        return "utf-8"
    if _lines_in_utf8(copy).mixed:
        return None
    if is_in(copy, "utf-8"):
        return "utf-8"
    return "gb18030" if is_in(copy, "gb18030") and _reads_as_chinese(copy) else None


def _is_utf8_throughout(copy: Path) -> bool:
    """Whether every byte of a file is UTF-8: hardly any text in a national encoding is."""
    try:
        with copy.open(encoding="utf-8") as text:
            while text.read(_PIECE):
                pass
    except UnicodeDecodeError:
        return False
    return True


def is_in(copy: Path, encoding: str) -> bool:
    """Whether a file is in an encoding, but for some bytes."""
    decoder = codecs.getincrementaldecoder(codec_of(encoding))(KEEP_BAD_BYTES)
    good = bad = 0
    with copy.open("rb") as file:
        while bad <= _ENOUGH and (piece := file.read(_PIECE)):
            text = decoder.decode(piece)
            wrong = len(BAD_BYTE.findall(text))
            bad += wrong
            good += len(_BEYOND_ASCII.findall(text)) - wrong
    return bad * _MISTAKEN <= good


def other_encoding(copy: Path, path: Path, declared: str) -> RunError | None:
    """The refusal of a file that is not in the declared encoding, where it is in another that can be named."""
    if is_in(copy, "utf-8"):
        return _in_another(path, declared, "utf-8")
    lines = _lines_in_utf8(copy)
    if lines.mixed:
        return _in_two(path, "gb18030", lines)
    if is_in(copy, "gb18030") and _reads_as_chinese(copy):
        return _in_another(path, declared, "gb18030")
    return None


def in_no_encoding(copy: Path, path: Path, declared: str) -> RunError:
    """The refusal of a file that is in no encoding known here."""
    place = next(bad_byte_places(copy, declared), 0)
    return RunError(
        zh=f"{path} 第 {place:,} 字节起不是 {declared} 编码，也不是 utf-8、gb18030、utf-16；请用 UTF-8 重新导出。",
        en=f"{path} is not {declared} from byte {place:,} on, and in none of utf-8, gb18030 and utf-16; export it "
        "again as UTF-8.",
    )


def _reads_as_chinese(copy: Path) -> bool:
    """Whether what GB 18030 makes of a file are mostly the everyday characters: it makes some of nearly anything."""
    with copy.open("rb") as file:
        found = _BEYOND_ASCII.findall(file.read(_PIECE).decode("gb18030", "ignore"))
    return sum(bool(mark.encode("gb2312", "ignore")) for mark in found) * 5 >= len(found) * 4


@dataclass(frozen=True)
class _Lines:
    """How many lines beyond ASCII are in UTF-8: surely, in a national encoding, or of either; the first sure one and
    its place.
    """

    sure: int
    national: int
    either: int
    first: int
    place: int

    @property
    def mixed(self) -> bool:
        return self.sure > 0 and self.national * _MISTAKEN > self.sure

    @property
    def all_in_utf8(self) -> bool:
        return self.sure > 0 or (self.either > 0 and not self.national)


def _may_have_utf8(copy: Path) -> bool:
    """Whether a file is short, or has a line in UTF-8: looked for piece by piece, in a tenth of the time that its lines
    would take.
    """
    if copy.stat().st_size < _HEAD:
        return True
    rest = b""
    with copy.open("rb") as file:
        while piece := file.read(_PIECE):
            whole, mark, rest = (rest + piece).rpartition(b"\n")
            kinds, place = whole.translate(_KINDS), 0
            while (place := kinds.find(b"322322", place)) >= 0:
                end = whole.find(b"\n", place)
                if _is_utf8(whole[whole.rfind(b"\n", 0, place) + 1 : end if end >= 0 else len(whole)]):
                    return True
                place = end if end >= 0 else len(whole)
            if not mark and len(rest) > _LONGEST_LINE:
                return True
    return _is_utf8(rest) and not rest.isascii()


def _lines_in_utf8(copy: Path) -> _Lines:
    sure = national = either = place = first = first_place = 0
    with copy.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.isascii():
                if not _CHINESE_IN_UTF8.search(line) or not _is_utf8(line):
                    national += 1
                elif _PAIR_IN_UTF8.search(line):
                    sure += 1
                    first, first_place = (first, first_place) if first else (number, place)
                else:
                    either += 1  # the three bytes of one character may be a word of the other encoding
            place += len(line)
    return _Lines(sure, national, either, first, first_place)


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def _told_by_bytes(head: bytes) -> tuple[str, ...] | None:
    """The codecs that read a file with a byte-order mark, or UTF-16 without one, the best first; None where nothing
    tells.
    """
    if head.startswith(codecs.BOM_UTF8):
        return ("utf-8-sig",)
    if head.startswith(codecs.BOM_UTF16_LE):
        return ("utf-16", "utf-16-le")
    if head.startswith(codecs.BOM_UTF16_BE):
        return ("utf-16", "utf-16-be")
    # Separators and line ends are two bytes, always with the NUL on the same side.
    marks = list(_SEPARATOR.finditer(head))
    little = sum(mark.start() % 2 == 0 and head[mark.end() : mark.end() + 1] == b"\0" for mark in marks)
    big = sum(mark.start() % 2 == 1 and head[mark.start() - 1] == 0 for mark in marks)
    if max(little, big) * 2 <= len(marks):
        return None
    return ("utf-16-le",) if little > big else ("utf-16-be",)


def _in_two(path: Path, declared: str, lines: _Lines) -> RunError:
    return RunError(
        zh=f"{path} 中既有 {declared} 又有 UTF-8：第 {lines.first:,} 行（第 {lines.place:,} 字节起）是 UTF-8；"
        "请用同一种编码重新导出。",
        en=f"{path} is partly in {declared} and partly in UTF-8: line {lines.first:,} (from byte {lines.place:,}) is "
        "in UTF-8; "
        "export it again in one encoding.",
    )


def _in_another(path: Path, declared: str, found: str) -> RunError:
    if codec_of(found) == "utf-8-sig":
        return RunError(
            zh=f"{path} 是 UTF-8 编码，而 source.yaml 写的是 {declared}；请去掉 encoding。",
            en=f"{path} is in UTF-8, but source.yaml says {declared}; take 'encoding' out.",
        )
    return RunError(
        zh=f"{path} 是 {found} 编码，不是 {declared}；请在 source.yaml 写明 encoding: {found}。",
        en=f"{path} is in {found}, not in {declared}; say 'encoding: {found}' in source.yaml.",
    )
