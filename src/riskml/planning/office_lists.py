"""The CSV files that an office puts beside its plan: who may be sent, who must not be sent where, whom others want
visited.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from riskml.core.configuration import read_text
from riskml.core.errors import ConfigurationError
from riskml.planning.settings import PlanSettings
from riskml.sampling.verifier import Inspector, hundredths

_WORD = re.compile(r"[\w.-]+")


@dataclass(frozen=True)
class Wanted:
    """An enterprise that somebody wants visited.

    Parameters
    ----------
    arm
        Who: ``special:CODE``, ``department:CODE`` or ``officer``.
    field
        The field of the inspection; empty where none is named.
    """

    enterprise: str
    arm: str
    field: str = ""


@dataclass(frozen=True)
class OfficeLists:
    """What the files beside a plan say."""

    wanted: tuple[Wanted, ...]
    inspectors: tuple[Inspector, ...]
    conflicts: tuple[tuple[str, str], ...]


def read_lists(settings: PlanSettings, beside: Path) -> OfficeLists:
    """The files that a plan names, in the folder of its YAML.

    Raises
    ------
    ConfigurationError
        Naming file, line, field and value, and what would be right.
    """
    wanted: list[Wanted] = []
    for arm, listed in (("special", settings.specials), ("department", settings.departments)):
        for one in listed:
            wanted += _wanted(beside / one.file, f"{arm}:{one.code}")
    if settings.officers is not None:
        wanted += _wanted(beside / settings.officers.file, "officer")
    inspectors = tuple(_inspectors(beside / settings.inspectors.file))
    conflicts: tuple[tuple[str, str], ...] = ()
    if settings.inspectors.conflicts is not None:
        conflicts = tuple(_conflicts(beside / settings.inspectors.conflicts, {one.name for one in inspectors}))
    return OfficeLists(tuple(wanted), inspectors, conflicts)


def rows_of(path: Path, needed: Sequence[str]) -> Iterable[tuple[int, dict[str, str]]]:
    """The rows of a CSV with their lines, texts without blanks around them; a ConfigurationError where a column is
    missing.
    """
    reader = csv.DictReader(io.StringIO(read_text(path)))
    for name in needed:
        if name not in (reader.fieldnames or ()):
            raise ConfigurationError(
                zh=f"{path} 缺少列 {name}；应有：{'、'.join(needed)}。",
                en=f"{path} lacks the column {name!r}; it should have {', '.join(needed)}.",
            )
    for row in reader:
        yield reader.line_num, {name: (value or "").strip() for name, value in row.items() if isinstance(name, str)}


def _wanted(path: Path, arm: str) -> Iterable[Wanted]:
    for line, row in rows_of(path, ("enterprise",)):
        _refuse(
            path, line, "enterprise", row["enterprise"], bool(re.fullmatch("[0-9A-Z]{8,24}", row["enterprise"])), *_CODE
        )
        field = row.get("field", "")
        _refuse(path, line, "field", field, not field or bool(_WORD.fullmatch(field)), *_ONE_WORD)
        yield Wanted(row["enterprise"], arm, field)


def _inspectors(path: Path) -> Iterable[Inspector]:
    seen: set[str] = set()
    for line, row in rows_of(path, ("inspector", "places", "fields", "days")):
        name, places, fields, days = (row[column] for column in ("inspector", "places", "fields", "days"))
        _refuse(
            path,
            line,
            "inspector",
            name,
            bool(_WORD.fullmatch(name)) and name not in seen,
            "单位内唯一的编号",
            "a name that no other has, without blanks",
        )
        for one in places.split():
            _refuse(
                path,
                line,
                "places",
                one,
                one.isdigit() and len(one) in (2, 4, 6),
                "2、4或6位区划代码",
                "a division code of 2, 4 or 6 digits",
            )
        for one in fields.split():
            _refuse(path, line, "fields", one, bool(_WORD.fullmatch(one)), *_ONE_WORD)
        _refuse(
            path,
            line,
            "days",
            days,
            bool(re.fullmatch(r"\d{1,4}(\.\d{1,2})?", days)),
            "天数，如 12 或 7.5",
            "days, such as 12 or 7.5",
        )
        seen.add(name)
        yield Inspector(name, tuple(places.split()), frozenset(fields.split()), hundredths(days))


def _conflicts(path: Path, inspectors: set[str]) -> Iterable[tuple[str, str]]:
    for line, row in rows_of(path, ("inspector", "enterprise")):
        _refuse(
            path,
            line,
            "inspector",
            row["inspector"],
            row["inspector"] in inspectors,
            "检查人员名单中的编号",
            "one of the inspectors",
        )
        _refuse(
            path, line, "enterprise", row["enterprise"], bool(re.fullmatch("[0-9A-Z]{8,24}", row["enterprise"])), *_CODE
        )
        yield row["inspector"], row["enterprise"]


_CODE = ("统一社会信用代码", "a unified social credit code")
_ONE_WORD = ("一个词，如 food", "one word, such as food")


def _refuse(path: Path, line: int, field: str, value: str, right: bool, zh: str, en: str) -> None:
    if not right:
        raise ConfigurationError(
            zh=f"{path} 第 {line} 行 {field}：{value!r} 应为{zh}。",
            en=f"{path}, line {line}, {field}: {value!r} should be {en}.",
        )
