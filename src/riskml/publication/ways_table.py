"""The ways of everyone in the worse grades as a table: one row each for people and programs, and how many there are by
grade, place and trade.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa

from riskml.core.files import sha256
from riskml.core.language import counted
from riskml.core.workspace import Workspace
from riskml.explaining.profile import SECTIONS, region_name
from riskml.explaining.way_back import SUPPOSED, VERDICTS
from riskml.publication.atomic_write import appearing_whole_file
from riskml.publication.columns import Field, text
from riskml.publication.csv_export import write_sheet
from riskml.publication.enterprises import connect_to_records, name_enterprises
from riskml.publication.labels import Words, words_of
from riskml.records.tables import Label
from riskml.runs.way_of_one import WayOfOne
from riskml.runs.ways_of_all import WaysOfAll

Kind = Literal["repair_now", "wait_time", "wait_steps", "never_rules", "never", "not_graded"]

KINDS: dict[Kind, Label] = {
    "repair_now": VERDICTS["repair"],
    "wait_time": Label("须等待：只靠时间", "wait: time alone"),
    "wait_steps": Label("须等待：时间加修复", "wait: time and repair"),
    "never_rules": Label("三年内不能：规则所限", "not within three years: shut out by rules"),
    "never": Label("三年内不能：其他", "not within three years: otherwise"),
    "not_graded": Label("届时不再评分", "not graded any more by then"),
}
"""What there is for an enterprise, in few words."""

STANDINGS: dict[str, Label] = {
    "repair_now": VERDICTS["repair"],
    "wait_until": VERDICTS["wait"],
    "never": VERDICTS["never"],
    "not_graded": KINDS["not_graded"],
}

BY: dict[str, Label] = {"time": Label("只靠时间", "time alone"), "steps": Label("时间加修复", "time and repair")}

FIELDS = (
    text("enterprise_id", "统一社会信用代码", "enterprise"),
    text("name", "企业名称", "name", required=False),
    text("division", "登记地行政区划代码", "division", required=False),
    text("region", "登记地", "region", required=False),
    text("industry_section", "行业门类", "industry section", required=False, codes=SECTIONS),
    text("grade", "等级", "grade"),
    text("better", "上一级", "the next better grade"),
    text("standing", "怎样达到上一级", "how it is reached", codes=STANDINGS),
    Field("day", "date", Label("最早的日期", "first day"), required=False),
    text("by", "靠什么", "by what", required=False, codes=BY),
    Field("steps_today", "integer", Label("今天可以办理的步骤数", "steps allowed today")),
    Field("steps", "integer", Label("三年内可以办理的步骤数", "steps allowed within three years")),
    text("shut_out_by", "办完今天能办的以后仍决定等级的规则", "rule that decides after all steps of today",
         required=False),
    Field("proved", "flag", Label("今天不能达到：已证明", "nothing leads there today: proved"), required=False),
)  # fmt: skip


@dataclass(frozen=True)
class Counted:
    """How many enterprises of a group there are of each of `KINDS`."""

    group: Label
    counts: Mapping[Kind, int]

    @property
    def total(self) -> int:
        """All of them."""
        return sum(self.counts.values())


@dataclass(frozen=True)
class WaysTable:
    """The ways of a run, with who the enterprises are.

    Parameters
    ----------
    rows
        Of `FIELDS`, as codes.
    """

    found: WaysOfAll
    words: Words
    rows: tuple[dict[str, Any], ...]

    @property
    def notice(self) -> Label:
        """What the table is, and the notice of the run."""
        notice = self.found.run.notice
        return Label(SUPPOSED.zh + notice.zh, f"{SUPPOSED.en} {notice.en}")

    @cached_property
    def by_grade(self) -> tuple[Counted, ...]:
        """How many there are by grade, and of all."""
        everyone = Counter(kind_of(one) for one in self.found.ways)
        all_of_them = Counted(Label("合计", "all"), everyone)
        return (*self._counted(lambda row: row["grade"], self._grade), all_of_them)

    @cached_property
    def by_prefecture(self) -> tuple[Counted, ...]:
        """How many there are by prefecture."""
        return self._counted(lambda row: (row["division"] or "")[:4], _prefecture)

    @cached_property
    def by_section(self) -> tuple[Counted, ...]:
        """How many there are by section of trade."""
        return self._counted(lambda row: row["industry_section"] or "", _section)

    @cached_property
    def by_rule(self) -> tuple[tuple[Label, int], ...]:
        """The rules that shut enterprises out for three years, the most frequent first."""
        found = Counter(one.decided_by for one in self.found.ways if kind_of(one) == "never_rules" and one.decided_by)
        return tuple((self.words.rule(rule), count) for rule, count in found.most_common())

    def _grade(self, grade: str) -> Label:
        label = self.words.grade(grade)
        return Label(f"{grade} {label.zh}", f"{grade} {label.en}")

    def _counted(self, group: Callable[[Mapping[str, Any]], str], label: Callable[[str], Label]) -> tuple[Counted, ...]:
        found = dict[str, Counter[Kind]]()
        for row, one in zip(self.rows, self.found.ways, strict=True):
            found.setdefault(group(row), Counter())[kind_of(one)] += 1
        return tuple(Counted(label(name), counts) for name, counts in sorted(found.items()))

    def remarks(self) -> Iterator[Label]:
        """What a reader should know of who is not among the rows, and of what is not proved."""
        if left := self.found.asked - len(self.rows):
            yield Label(
                f"另有 {left:,} 家按现在的记录已是最好的等级，或者不评分，不在表中。",
                f"By the records on file now {counted(left, 'more are', 'more is')} graded best or not at all, and not "
                "among these.",
            )
        if unproved := sum(not one.proved for one in self.found.ways):
            yield Label(
                f"其中 {unproved:,} 家今天可以办理的步骤很多，没有算遍每一组：今天不能达到，没有证明。",
                f"{counted(unproved, 'have', 'has')} so many steps allowed today that not every set of them was "
                "graded: that none of these leads there today is not proved.",
            )

    def told(self) -> Iterator[dict[str, Any]]:
        """The rows as a person reads them, in the language that is spoken."""
        coded = {field.name: field.codes for field in FIELDS if field.codes}
        for row in self.rows:
            said = {name: codes[row[name]].said if row[name] in codes else row[name] for name, codes in coded.items()}
            rule = row["shut_out_by"]
            yield {**row, **said, "shut_out_by": None if rule is None else self.words.rule(rule).said}

    def to_dict(self) -> dict[str, Any]:
        """How many there are, as plain JSON values."""
        found = self.found
        groups = {"grades": self.by_grade, "prefectures": self.by_prefecture, "sections": self.by_section}
        return {
            "notice": vars(self.notice),
            "scheme": found.run.scheme,
            "as_of": found.run.as_of.isoformat(),
            "revision": found.run.revision,
            "simulated": found.simulated,
            "asked": found.asked,
            "enterprises": len(found.ways),
            "one_by_one": found.one_by_one,
            "not_proved": sum(not one.proved for one in found.ways),
            "rules": [{"label": vars(label), "enterprises": count} for label, count in self.by_rule],
            **{
                name: [
                    {
                        "label": vars(one.group),
                        "enterprises": one.total,
                        **{kind: one.counts.get(kind, 0) for kind in KINDS},
                    }
                    for one in several
                ]
                for name, several in groups.items()
            },
        }


def kind_of(one: WayOfOne) -> Kind:
    """Which of `KINDS` there is for an enterprise."""
    match one.standing:
        case "repair_now":
            return "repair_now"
        case "wait_until":
            return "wait_time" if one.by == "time" else "wait_steps"
        case "never":
            return "never" if one.decided_by is None else "never_rules"
        case "not_graded":
            return "not_graded"


def ways_table(workspace: Workspace, found: WaysOfAll) -> WaysTable:
    """Name the enterprises of ways, by their registration as known at the run's as-of date."""
    ids = [one.enterprise_id for one in found.ways]
    with connect_to_records(workspace) as connection:
        connection.register("ways", pa.table({"enterprise_id": pa.array(ids, pa.string())}))
        name_enterprises(connection, workspace, "ways", found.run.as_of, "named")
        columns = ("name", "division", "region", "industry_section")
        named = connection.sql(f"SELECT enterprise_id, {', '.join(columns)} FROM named").to_arrow_table().to_pylist()
    who = {row["enterprise_id"]: row for row in named}
    rows = tuple(_row(one, who.get(one.enterprise_id) or dict.fromkeys(columns)) for one in found.ways)
    return WaysTable(found, words_of(found.run), rows)


def _row(one: WayOfOne, registration: Mapping[str, Any]) -> dict[str, Any]:
    proved = None if one.standing == "repair_now" else one.proved
    return {**registration, **vars(one), "proved": proved, "shut_out_by": one.decided_by}


def _prefecture(code: str) -> Label:
    name = region_name(f"{code}00") if code else ""
    return Label(name or "不明", name or "not known")


def _section(code: str) -> Label:
    named = SECTIONS.get(code)
    return Label(f"{code} {named.zh}", f"{code} {named.en}") if named else Label(code or "不明", code or "not known")


def write_ways(table: WaysTable, path: Path) -> str:
    """Write the rows as CSV, whole or not at all; gives the SHA-256 of the file."""
    with appearing_whole_file(path) as draft:
        write_sheet(draft, FIELDS, table.told(), notice=table.notice, simulated=table.found.simulated)
    return sha256(path)
