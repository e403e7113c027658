"""A program of its own that reads one workbook, on its standard input, within bounds of memory, time and output.

The library lays a sheet out from its first cell to its last, so that two cells far apart, or one damaged byte, ask for
any amount of memory, and it ends its process where there is none. Here that is this process alone.

    python -m riskml.records.sheet_reader sheets           → JSON: the sheets, in their order
    python -m riskml.records.sheet_reader rows N SHEET     → CSV: a line for each of the first N rows, blank ones too
    python -m riskml.records.sheet_reader rows N           → the same of the only sheet that can be seen and holds rows

It ends with 0; with 3 and JSON on standard error where the workbook does not have what is asked for.
"""

from __future__ import annotations

import csv
import datetime as dt
import json
import resource
import sys
import zipfile
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

    Cell = int | float | str | bool | dt.date | dt.time | dt.timedelta

MOST_MEMORY, MOST_SECONDS, MOST_TEXT = 3 << 30, 900, 2 << 30
"""Bytes of memory, seconds of the processor, bytes of text."""

REFUSED = 3
"""The exit code where the workbook does not have what is asked for."""


class RefusedError(Exception):
    """What the workbook does not have: a kind of refusal, and the sheets that it has."""


def main(asked: list[str]) -> int:
    """Answer as the module says."""
    from python_calamine import CalamineError, PasswordError, load_workbook

    resource.setrlimit(resource.RLIMIT_AS, (MOST_MEMORY, MOST_MEMORY))
    resource.setrlimit(resource.RLIMIT_CPU, (MOST_SECONDS, MOST_SECONDS))
    resource.setrlimit(resource.RLIMIT_FSIZE, (MOST_TEXT, MOST_TEXT))
    try:
        _refuse_bomb()
        with load_workbook(sys.stdin.buffer) as workbook:
            if asked[0] == "sheets":
                json.dump(_sheets(workbook), sys.stdout)
            else:
                sheet = workbook.get_sheet_by_name(_named(workbook, *asked[2:]))
                csv.writer(sys.stdout, lineterminator="\n").writerows(_rows(sheet, int(asked[1])))
    except RefusedError as error:
        return _refuse(*error.args)
    except PasswordError:
        return _refuse("password", [])
    except (CalamineError, zipfile.BadZipFile):
        return _refuse("damaged", [])
    except (MemoryError, OSError):
        return _refuse("large", [])
    return 0


def _refuse(kind: str, sheets: list[str]) -> int:
    json.dump({"kind": kind, "sheets": sheets}, sys.stderr)
    return REFUSED


def _refuse_bomb() -> None:
    """An xlsx is an archive, which can unpack to any size."""
    if zipfile.is_zipfile(sys.stdin.buffer):
        with zipfile.ZipFile(sys.stdin.buffer) as archive:
            if sum(one.file_size for one in archive.infolist()) > MOST_TEXT:
                raise RefusedError("large", [])
    sys.stdin.buffer.seek(0)


def _sheets(workbook: CalamineWorkbook) -> list[dict[str, Any]]:
    """Name, whether it can be seen, and whether it holds rows, of each worksheet."""
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    _refuse_twins(workbook)
    return [
        {
            "name": one.name,
            "visible": one.visible == SheetVisibleEnum.Visible,
            "filled": workbook.get_sheet_by_name(one.name).height > 0,
        }
        for one in workbook.sheets_metadata
        if one.typ == SheetTypeEnum.WorkSheet
    ]


def _refuse_twins(workbook: CalamineWorkbook) -> None:
    """Of two sheets of one name the second could not be asked for."""
    names = workbook.sheet_names
    if twins := sorted({name for name in names if names.count(name) > 1}):
        raise RefusedError("twins", twins)


def _named(workbook: CalamineWorkbook, sheet: str | None = None) -> str:
    """The sheet that is asked for; a hidden one only by its name."""
    if sheet is not None and sheet in workbook.sheet_names:
        _refuse_twins(workbook)
        return sheet
    filled: list[str] = [one["name"] for one in _sheets(workbook) if one["visible"] and one["filled"]]
    if sheet is None and len(filled) == 1:
        return filled[0]
    raise RefusedError("absent" if sheet is not None else "several" if filled else "empty", filled)


def _rows(sheet: CalamineSheet, most: int) -> Iterator[list[str]]:
    """The rows as text, from the first row of the sheet and its first column on."""
    left = sheet.start[1] if sheet.start else 0
    for number, row in enumerate(sheet.iter_rows()):
        if number == most:
            return
        texts = [_text(cell) for cell in row]
        yield [""] * left + texts if any(texts) else []


def _text(cell: Cell) -> str:
    r"""A value as text.

    >>> _text(25.0), _text(0.25), _text(dt.datetime(2026, 3, 1)), _text(True), _text("a\nb")
    ('25', '0.25', '2026-03-01', 'TRUE', 'a b')
    """
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, str):
        return " ".join(cell.splitlines())
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(" ")
    if isinstance(cell, (dt.date, dt.time)):
        return cell.isoformat()
    return str(cell)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
