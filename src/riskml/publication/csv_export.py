"""CSV files that people open in a spreadsheet: headers in the language that is spoken, a byte order mark, and no cell
that turns into a formula.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, TypedDict

from riskml.core.language import LIST_SEPARATOR, SIMULATED, Label, say
from riskml.publication.columns import Field
from riskml.schemes.notices import NOTICE

# What makes a spreadsheet take a cell for a formula, at the start of a cell or after blanks that it drops (OWASP, CSV
# injection); Chinese and Japanese editions take the full-width forms too.
_FORMULA = re.compile(r"^\s*[=+\-@＝＋－＠]")
_TURNED = re.compile(
    r"\d{12,}|0\d+|\d[\d.,/:\-年月日时分秒 ]*[./:\-年月日时分秒,%][\d.,/:\-年月日时分秒 ]*|\d+(\.\d*)?e[+-]?\d+"
    r"|(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*[-/ .]?\d+|\d+[-/ "
    r".]?(jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*|true|false",
    re.IGNORECASE,
)
"""Texts that a spreadsheet takes for something else: a code of digits loses its last ones (fifteen are kept) or its
leading zeros, 530102E5 becomes a power of ten, 3-2 and 3月2日 and MAR2 a day, 1/2 a half.
"""

_CONTROL = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")


class Marked(TypedDict):
    """What `write_sheet` is told of every sheet of one kind of document."""

    notice: Label
    simulated: bool


def write_sheet(
    path: Path,
    fields: Sequence[Field],
    rows: Iterable[Mapping[str, Any]],
    *,
    notice: Label,
    simulated: bool,
    excel: bool = True,
) -> int:
    """Write rows as CSV and return how many there were.

    Parameters
    ----------
    fields
        The columns, in order; a row may hold more.
    notice
        The scheme's (`riskml.schemes.notices`): the head of a last column that holds nothing else. All other columns
        stay as a program expects them, and whoever opens, sorts or prints the sheet has the notice with them.
    simulated
        Whether the rows come from simulated records: the first header says so.
    excel
        Whether the file begins with the byte order mark by which Excel knows UTF-8, and texts that it would turn into
        numbers or dates end in a tab, by which it takes them for text. A program that reads the file would rather have
        neither.
    """
    count = 0
    with path.open("w", encoding="utf-8-sig" if excel else "utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(headers(fields, notice=notice, simulated=simulated))
        for row in rows:
            writer.writerow([*(_cell(row[field.name], excel) for field in fields), ""])
            count += 1
    return count


def headers(fields: Sequence[Field], *, notice: Label, simulated: bool) -> list[str]:
    """The heads of the columns; the first one says where the rows are simulated, the last one is the notice."""
    first, *others = (field.header for field in fields)
    return [
        f"{first}{SIMULATED.said if simulated else ''}",
        *others,
        say(f"{NOTICE.zh}：{notice.zh}", f"{NOTICE.en}: {notice.en}"),
    ]


def harmless(text: str) -> str:
    r"""A text that no spreadsheet takes for a formula: line breaks become blanks, and an apostrophe goes before a sign.

    Examples
    --------
    >>> harmless("=1+2"), harmless("－A1"), harmless("昆明\n=1"), harmless("A-B"), harmless(" @x")
    ("'=1+2", "'－A1", '昆明 =1', 'A-B', "' @x")
    """
    line = _CONTROL.sub(" ", text)
    return f"'{line}" if _FORMULA.match(line) else line


def plain(value: Any) -> Any:
    """A value as a cell shows it: yes and no in words, the entries of a list side by side, numbers without invented
    digits.
    """
    match value:
        case bool():
            return say("是", "yes") if value else say("否", "no")
        case list() | tuple():
            return LIST_SEPARATOR.said.join(str(entry) for entry in value)
        case float():
            return round(value, 3)
        case _:
            return value


def _cell(value: Any, excel: bool) -> Any:
    shown = plain(value)
    if not isinstance(shown, str):
        return shown
    if isinstance(value, str) and excel and _TURNED.fullmatch(shown):
        return f"{shown}\t"
    return harmless(shown)
