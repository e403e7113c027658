"""Sheets of Excel workbooks as text: what follows reads them as it reads delimited files.

Of a cell its value is read and not how it is shown: a day as a day, a share shown as 25% as 0.25, a number without the
zeros that a format puts before it. A formula has the value that was stored with it. Excel keeps fifteen digits of a
number: a credit code or a number of a certificate that was typed as a number has lost the rest, and is refused by its
check digit where it has one. The reading itself is a process of its own, `riskml.records.sheet_reader`.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from riskml.core.errors import RunError
from riskml.records.sheet_reader import MOST_MEMORY, MOST_SECONDS, MOST_TEXT, REFUSED

WORKBOOK = frozenset({".xlsx", ".xlsm", ".xls"})

LOCK = "~$"
"""How the file begins that Excel keeps beside a workbook as long as it is open: it is none itself."""

SHEET_NAME = re.compile(r"[^\\/?*\[\]:\x00-\x1f\x7f-\x9f\u2028\u2029]{1,100}")
"""What a sheet may be called: Excel itself allows no mark of a path in a name."""

_EVERY_ROW = 1 << 24
_HEAD_ROWS = 60


@dataclass(frozen=True)
class Sheet:
    """A sheet with rows; `visible` where it is not hidden."""

    name: str
    visible: bool


def sheets_of(copy: Path, path: Path) -> tuple[Sheet, ...]:
    """The sheets that hold rows, in their order.

    Parameters
    ----------
    copy
        The file that is read.
    path
        What it is called in a message.

    Raises
    ------
    RunError
        Where it is no workbook, is locked by a password, is too large, or has sheets that cannot be told apart.
    """
    found = json.loads(_read(copy, path, ["sheets"], None, subprocess.PIPE))
    return tuple(Sheet(one["name"], one["visible"]) for one in found if one["filled"])


def write_sheet(copy: Path, target: Path, *, sheet: str | None, path: Path) -> None:
    """Write a sheet as comma-separated UTF-8, one line for each of its rows, blank ones too.

    Parameters
    ----------
    sheet
        Its name; None: the only one that can be seen and holds rows.
    copy, path
        As for `sheets_of`, which says what is raised too; besides where there is no such sheet, or several without one
        being named.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with target.open("wb") as out:
        _read(copy, path, ["rows", str(_EVERY_ROW)], sheet, out.fileno())


def head_of_sheet(copy: Path, *, sheet: str | None, path: Path) -> str:
    """The first rows as `write_sheet` writes them, and written nowhere."""
    return _read(copy, path, ["rows", str(_HEAD_ROWS)], sheet, subprocess.PIPE).decode()


def _read(copy: Path, path: Path, asked: list[str], sheet: str | None, out: int) -> bytes:
    """What the reader answers, where it is not written to `out`."""
    with copy.open("rb") as file:
        done = subprocess.run(
            [sys.executable, "-X", "utf8", "-m", "riskml.records.sheet_reader", *asked, *([sheet] if sheet else [])],
            stdin=file, stdout=out, stderr=subprocess.PIPE, check=False,
        )  # fmt: skip
    if done.returncode > 0 and done.returncode != REFUSED:
        raise RuntimeError(f"the reader of sheets ended with {done.returncode}: {done.stderr.decode(errors='replace')}")
    if done.returncode:
        # Below zero: a signal, by which it ends where a bound is reached.
        told: dict[str, Any] = json.loads(done.stderr) if done.returncode > 0 else {"kind": "large", "sheets": []}
        raise _refusal(path, sheet or "", told["kind"], told["sheets"])
    return done.stdout or b""


def _refusal(path: Path, sheet: str, kind: str, sheets: list[str]) -> RunError:
    memory, minutes, text = MOST_MEMORY >> 30, MOST_SECONDS // 60, MOST_TEXT >> 30
    zh, en = {
        "password": ("有打开密码；请去掉密码后重新保存", "is locked by a password; save it again without one"),
        "damaged": (
            "不是完整的 Excel 工作簿；请重新保存或重新传送",
            "is no whole Excel workbook; save or send it again",
        ),
        "large": (
            f"已损坏，或读出它需要的超过 {memory} GiB 内存、{minutes} 分钟或 {text} GiB 文字；请重新保存，或把要用的"
            "工作表导出为 CSV（UTF-8）",
            f"is damaged, or reading it takes more than {memory} GiB of memory, {minutes} minutes or {text} GiB of "
            "text; save it again, or export the sheets that are wanted as CSV (UTF-8)",
        ),
        "twins": (
            f"有同名的工作表：{'、'.join(sheets)}；请改名后重新保存",
            f"has sheets of the same name: {', '.join(sheets)}; call them differently and save it again",
        ),
        "empty": ("没有含数据的工作表；请重新导出", "has no sheet with rows; export it again"),
        "several": (
            f"有 {len(sheets)} 个工作表；请在 source.yaml 该文件项写明 sheet：{'、'.join(sheets)} 之一",
            f"has {len(sheets)} sheets; say 'sheet' in that file's entry of source.yaml: one of {', '.join(sheets)}",
        ),
        "absent": (
            f"没有工作表 {sheet!r}；请在 source.yaml 该文件项写明 sheet：{'、'.join(sheets)} 之一",
            f"has no sheet {sheet!r}; say 'sheet' in that file's entry of source.yaml: one of {', '.join(sheets)}",
        ),
    }[kind]
    return RunError(zh=f"{path} {zh}。", en=f"{path} {en}.")
