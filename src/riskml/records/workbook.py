"""Sheets of Excel workbooks as text: what follows reads them as it reads delimited files.

Of a cell its value is read and not how it is shown: a day as a day, a share shown as 25% as 0.25, a number without the
zeros that a format puts before it. A formula has the value that was stored with it. Excel keeps fifteen digits of a
number: a credit code or a number of a certificate that was typed as a number has lost the rest, and is refused by its
check digit where it has one.
"""

from __future__ import annotations

import csv
import datetime as dt
import os
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

from riskml.core.errors import RunError

if TYPE_CHECKING:
    from python_calamine import CalamineSheet, CalamineWorkbook

    Cell = int | float | str | bool | dt.date | dt.time | dt.timedelta

WORKBOOK = frozenset({".xlsx", ".xlsm", ".xls"})

LARGEST_UNPACKED = 2 << 30
"""Bytes of a workbook once unpacked, and of the text of one of its sheets: it is held in memory while it is read."""


def sheets_of(copy: Path, path: Path) -> tuple[str, ...]:
    """The names of the sheets that can be seen and hold rows, in their order.

    Parameters
    ----------
    copy
        The file that is read.
    path
        What it is called in a message.

    Raises
    ------
    RunError
        Where it is no workbook, is locked by a password, or is too large.
    """
    with _open(copy, path) as workbook:
        return _filled(workbook)


def write_sheet(copy: Path, target: Path, *, sheet: str | None, path: Path) -> None:
    """Write a sheet as comma-separated UTF-8, one line for each of its rows, blank ones too.

    Parameters
    ----------
    sheet
        Its name; None: the only one that holds rows.
    copy, path
        As for `sheets_of`, which says what is raised too; besides where there is no such sheet, or several without one
        being named.
    """
    with _open(copy, path) as workbook:
        rows = _rows(workbook.get_sheet_by_name(_named(workbook, sheet, path)))
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("w", encoding="utf-8", newline="") as out:
            writer = csv.writer(out, lineterminator="\n")
            for number, row in enumerate(rows):
                writer.writerow(row)
                if not number % 1000 and out.tell() > LARGEST_UNPACKED:
                    raise _too_large(path)


@contextmanager
def _open(copy: Path, path: Path) -> Iterator[CalamineWorkbook]:
    from python_calamine import CalamineError, PasswordError, load_workbook

    try:
        with copy.open("rb") as file:
            _refuse_too_large(copy, path)
            with load_workbook(file) as workbook:
                yield workbook
    except PasswordError as error:
        raise RunError(
            zh=f"{path} 有打开密码；请去掉密码后重新保存。",
            en=f"{path} is locked by a password; save it again without one.",
        ) from error
    except (CalamineError, zipfile.BadZipFile) as error:
        raise RunError(
            zh=f"{path} 不是完整的 Excel 工作簿；请重新保存或重新传送。",
            en=f"{path} is no whole Excel workbook; save or send it again.",
        ) from error


def _refuse_too_large(copy: Path, path: Path) -> None:
    """An xlsx is an archive, which can unpack to any size; an xls is as large as it is."""
    if zipfile.is_zipfile(copy):
        with zipfile.ZipFile(copy) as archive:
            unpacked = sum(one.file_size for one in archive.infolist())
    else:
        unpacked = os.stat(copy).st_size
    if unpacked > LARGEST_UNPACKED:
        raise _too_large(path)


def _too_large(path: Path) -> RunError:
    most = LARGEST_UNPACKED >> 30
    return RunError(
        zh=f"{path} 解开后超过 {most} GiB；请把要用的工作表导出为 CSV（UTF-8）。",
        en=f"{path} has more than {most} GiB once unpacked; export the sheets that are wanted as CSV (UTF-8).",
    )


def _filled(workbook: CalamineWorkbook) -> tuple[str, ...]:
    from python_calamine import SheetTypeEnum, SheetVisibleEnum

    seen = [
        one.name
        for one in workbook.sheets_metadata
        if one.typ == SheetTypeEnum.WorkSheet and one.visible == SheetVisibleEnum.Visible
    ]
    return tuple(name for name in seen if workbook.get_sheet_by_name(name).height)


def _named(workbook: CalamineWorkbook, sheet: str | None, path: Path) -> str:
    """The sheet that is asked for; a hidden one only by its name."""
    filled = _filled(workbook)
    if sheet is not None and sheet in workbook.sheet_names:
        return sheet
    if sheet is None and len(filled) == 1:
        return filled[0]
    if not filled:
        raise RunError(
            zh=f"{path} 没有含数据的工作表；请重新导出。", en=f"{path} has no sheet with rows; export it again."
        )
    raise RunError(
        zh=(f"{path} 没有工作表 {sheet!r}" if sheet else f"{path} 有 {len(filled)} 个工作表")
        + f"；请在 source.yaml 该文件项写明 sheet：{'、'.join(filled)} 之一。",
        en=(f"{path} has no sheet {sheet!r}" if sheet else f"{path} has {len(filled)} sheets")
        + f"; say 'sheet' in that file's entry of source.yaml: one of {', '.join(filled)}.",
    )


def _rows(sheet: CalamineSheet) -> Iterator[list[str]]:
    """The rows as text, from the first row of the sheet and its first column on."""
    if sheet.start is None:
        return
    above, left = sheet.start
    yield from ([] for _ in range(above))
    for row in sheet.iter_rows():
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
        return " ".join(cell.splitlines()) if "\n" in cell or "\r" in cell else cell
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() else repr(cell)
    if isinstance(cell, dt.datetime):
        return cell.date().isoformat() if cell.time() == dt.time() else cell.isoformat(" ")
    if isinstance(cell, (dt.date, dt.time)):
        return cell.isoformat()
    return str(cell)
