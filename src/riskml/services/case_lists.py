"""Lists of cases: filtered, sorted, a page at a time or whole as a file; and the lists of work that cases make. What
was typed to filter them is in the audit log where it is a word of the program's, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Literal

from riskml.accounts.access import Action, require
from riskml.audit.entries import Event
from riskml.casework.desk import Desk
from riskml.casework.kinds import kinds
from riskml.casework.shown import Shown
from riskml.casework.store import Head, Wanted
from riskml.core.language import Label
from riskml.core.principal import Principal
from riskml.core.workspace import Workspace
from riskml.publication.csv_lines import line_of
from riskml.services.asking import asked_by

PAGE = 50


class CaseOrder(StrEnum):
    """In which order cases are listed: what is due first, the newest, or the oldest first."""

    due = "due"
    newest = "newest"
    oldest = "oldest"


class CaseList(StrEnum):
    """Lists of work that cases make."""

    due_tomorrow = "due_tomorrow"
    past_due = "past_due"
    determinations = "determinations"
    objections = "objections"
    repairs = "repairs"
    identities = "identities"
    visits = "visits"
    warnings = "warnings"
    observations = "observations"
    corrections = "corrections"


@dataclass(frozen=True)
class ListOfWork:
    """A list of work.

    Parameters
    ----------
    tells
        What it shows, in one sentence.
    kind
        The kind of its cases; all where None.
    within
        Days from today until which something in them is due; None where that does not matter.
    """

    label: Label
    tells: Label
    kind: str | None = None
    within: int | None = None


CASE_LISTS: Mapping[CaseList, ListOfWork] = {
    CaseList.due_tomorrow: ListOfWork(
        Label("明日到期", "Due tomorrow"),
        Label(
            "明日为止到期的全部事项，包括已经过期的。",
            "Everything that is due up to tomorrow, and what is past due already.",
        ),
        within=1,
    ),
    CaseList.past_due: ListOfWork(
        Label("已过期限", "Past due"),
        Label("期限已过、仍未办的事项。", "What was due before today and is not done."),
        within=-1,
    ),
    CaseList.determinations: ListOfWork(
        Label("等待认定", "Waiting for a decision"),
        Label(
            "须由人员选定等级的企业：待认定，或待第二人复核。",
            "Enterprises whose grade an officer chooses: to be decided, or waiting for a second signature.",
        ),
        "determination",
    ),
    CaseList.objections: ListOfWork(
        Label("异议（按期限）", "Objections by deadline"),
        Label(
            "未答复的异议，期限先到的在前；办法没有规定期限的在后。",
            "Objections that are not answered, the first deadline first; last those whose scheme sets none.",
        ),
        "objection",
    ),
    CaseList.repairs: ListOfWork(
        Label("信用修复申请", "Applications for repair"),
        Label("未决定的信用修复申请。", "Applications for repair that are not decided."),
        "repair",
    ),
    CaseList.identities: ListOfWork(
        Label("人员同一性待核对", "Persons to be compared"),
        Label(
            "名单上的人是不是这家企业的任职人员，尚未答复。",
            "Whether a listed person is the enterprise's post-holder: not answered yet.",
        ),
        "identity",
    ),
    CaseList.visits: ListOfWork(
        Label("现场检查（按期限）", "On-site visits by due date"),
        Label(
            "等级要求现场检查、尚未入库检查结果的企业，期限先到的在前。",
            "Enterprises whose grade demands a visit that is not on record yet, the first due date first.",
        ),
        "visit",
    ),
    CaseList.warnings: ListOfWork(
        Label("未反馈的预警", "Warnings unanswered"),
        Label("尚未反馈结果的预警。", "Warnings whose result was not fed back yet."),
        "warning",
    ),
    CaseList.observations: ListOfWork(
        Label("观察期届满", "Observation periods ending"),
        Label("观察期中的企业，先期满的在前。", "Enterprises under observation, the first to end first."),
        "observation",
    ),
    CaseList.corrections: ListOfWork(
        Label("待完成的更正通知", "Corrections outstanding"),
        Label(
            "等级更正后，送出过原等级的材料尚未通知或未取得回执的。",
            "What left with a grade that was put right since, and was not notified or has no receipt yet.",
        ),
        "correction",
    ),
}


@dataclass(frozen=True)
class CasesAsked:
    """Which cases are listed: those that are wanted, of a list of work where one is named."""

    wanted: Wanted = field(default_factory=Wanted)
    worklist: CaseList | None = None
    order: CaseOrder = CaseOrder.due
    page: int = 1


@dataclass(frozen=True)
class CasePage:
    """A page of a list of cases.

    Parameters
    ----------
    today
        The day that deadlines are told of.
    total
        How many there are on all pages.
    """

    asked: CasesAsked
    today: date
    total: int
    rows: tuple[Shown, ...]

    @property
    def pages(self) -> int:
        """How many pages there are, one at least."""
        return max(1, -(-self.total // PAGE))


def page_of_cases(workspace: Workspace, asker: Principal, asked: CasesAsked) -> CasePage:
    """A page of a list, of what the asker may see."""
    with asked_by(asker, workspace, _event("list", workspace, asked)):
        desk = Desk.of(workspace, asker)
        found = _found(desk, asked)
        start = (asked.page - 1) * PAGE
        return CasePage(asked, desk.office.today, len(found), desk.shown(found[start : start + PAGE]))


def lengths_of_case_lists(workspace: Workspace, asker: Principal) -> Mapping[CaseList, int]:
    """How many cases are on each list of work, of what the asker may see."""
    with asked_by(asker, workspace, Event("list", "worklists of cases")):
        desk = Desk.of(workspace, asker)
        open_cases = desk.listed_by_day(_WATCHED)
        return {
            name: sum(_is_on(one, day, work, desk.office.today) for one, day in open_cases)
            for name, work in CASE_LISTS.items()
        }


def write_cases(workspace: Workspace, asker: Principal, asked: CasesAsked, path: Path) -> int:
    """All of a list as CSV for spreadsheets; how many cases there are."""
    with asked_by(asker, workspace, _event("export", workspace, asked)):
        require(asker, Action.export)
        desk = Desk.of(workspace, asker)
        found = desk.shown(_found(desk, asked))
        heads = [one.said for one in _HEADS]
        text = "".join(line_of(row) for row in (heads, *map(_row, found)))
        path.write_text("\ufeff" + text, encoding="utf-8")
        return len(found)


_WATCHED = Wanted(with_lasting=True)
"""The cases in which something may be due: those that are open, and what was decided until it ends."""

_HEADS = (
    Label("案件", "case"),
    Label("种类", "kind"),
    Label("办法", "scheme"),
    Label("统一社会信用代码", "enterprise"),
    Label("登记地行政区划代码", "division"),
    Label("状态", "state"),
    Label("立案日期", "opened on"),
    Label("期限", "due"),
    Label("事项", "what is due"),
    Label("暂定", "provisional"),
)


def _row(one: Shown) -> Sequence[str]:
    """A line of a file; what is no code or word of the program's own is made no formula of a spreadsheet's."""
    case, first = one.case, one.due[0] if one.due else None
    cells = (
        str(case.id),
        case.kind.label.said,
        case.scheme,
        case.enterprise,
        case.division,
        one.state_label.said,
        f"{case.opened_at:%Y-%m-%d}",
        f"{first.deadline.day}" if first else "",
        first.deadline.what.said if first else "",
        Label("是", "yes").said if first and first.deadline.provisional else "",
    )
    return [f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell for cell in cells]


def _found(desk: Desk, asked: CasesAsked) -> list[int]:
    """The numbers of all that are asked for, in order."""
    found = desk.listed_by_day(asked.wanted if asked.worklist is None else _with(asked.wanted))
    if asked.worklist is not None:
        work, today = CASE_LISTS[asked.worklist], desk.office.today
        found = tuple((one, day) for one, day in found if _is_on(one, day, work, today))
    if asked.order is CaseOrder.due:
        found = tuple(sorted(found, key=lambda pair: (pair[1] or date.max, pair[0].case_id)))
    elif asked.order is CaseOrder.newest:
        found = found[::-1]
    return [one.case_id for one, _ in found]


def _with(wanted: Wanted) -> Wanted:
    """The same, among the cases that lists of work are of."""
    return Wanted(wanted.kind, wanted.scheme, wanted.enterprise, wanted.state, wanted.region, with_lasting=True)


def _is_on(one: Head, day: date | None, work: ListOfWork, today: date) -> bool:
    if work.within is None:
        return one.kind == work.kind and not one.is_closed
    return day is not None and day <= today + timedelta(days=work.within)


def _event(what: Literal["list", "export"], workspace: Workspace, asked: CasesAsked) -> Event:
    wanted = asked.wanted
    facts = {
        "kind": wanted.kind if wanted.kind in kinds() else None,
        "region": wanted.region if (wanted.region or "").isdigit() else None,
        "worklist": asked.worklist and asked.worklist.value,
        "page": asked.page,
    }
    scheme = wanted.scheme if wanted.scheme in workspace.schemes else None
    return Event(what, "cases", scheme=scheme, facts={name: value for name, value in facts.items() if value})
