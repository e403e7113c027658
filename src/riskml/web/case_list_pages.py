"""Pages with lists of cases: filtered, sorted, and the lists of work that cases make."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from riskml.accounts.access import OWN_KINDS, Action, allowed, is_own_alone
from riskml.casework.kinds import Kind, kinds
from riskml.casework.shown import Due
from riskml.core.china_day import china_today
from riskml.core.errors import ConfigurationError
from riskml.core.language import Label, counted, say
from riskml.services.case_lists import CASE_LISTS, CaseOrder, CasePage
from riskml.web import case_answers
from riskml.web.asked import AskedCases
from riskml.web.asking import Someone, ThisDesk
from riskml.web.desk import Asker, Desk
from riskml.web.rendering import page, sent_file, where_in_words

router = APIRouter(include_in_schema=False)


@router.get("/cases")
def cases(request: Request, desk: ThisDesk, asker: Someone, asked: Annotated[AskedCases, Query()]) -> Response:
    """A list of cases."""
    found = case_answers.cases(desk, asker, asked.asked)
    work = CASE_LISTS[asked.worklist] if asked.worklist else None
    kind = kinds().get(asked.kind)
    shown = page(
        request, asker, "cases.html.j2",
        title=work.label.said if work else say("案件", "Cases"), lead=_lead(asker, asked, found), asked=asked,
        found=found, names=names_of(desk, asker, [one.case.enterprise for one in found.rows]), kinds=kinds_seen(asker),
        states=list(kind.states.items()) if kind else [], schemes=desk.workspace.schemes, sorts=_sorts(),
        told_due=told_due,
        to_page=lambda number: f"/cases?{_query(asked, page=number)}",
        export=f"/cases.csv?{_query(asked)}" if allowed(asker.principal, Action.export) else "",
        proposable=[one for one in kinds_seen(asker) if one.opening.proposed and may_open(asker, one)],
        openable=openable(asker),
        may_import=allowed(asker.principal, Action.act) and not asker.account.region,
    )  # fmt: skip
    return HTMLResponse(shown)


@router.get("/cases.csv")
def export(desk: ThisDesk, asker: Someone, asked: Annotated[AskedCases, Query()]) -> Response:
    """The same list whole, as a file for spreadsheets."""

    def write(path: Path) -> str:
        case_answers.export_cases(desk, asker, asked.asked, path)
        return f"cases-{china_today()}.csv"

    return sent_file(desk.workspace.spill, write)


def kinds_seen(asker: Asker) -> tuple[Kind, ...]:
    """The kinds of cases that somebody may see."""
    return tuple(one for one in kinds().values() if not is_own_alone(asker.principal) or one.id in OWN_KINDS)


def may_open(asker: Asker, kind: Kind) -> bool:
    """Whether somebody's roles open cases of a kind."""
    return bool(asker.account.roles & set(kind.opening.roles))


def openable(asker: Asker) -> list[Kind]:
    """The kinds of cases that somebody may open."""
    return [one for one in kinds_seen(asker) if may_open(asker, one)]


def told_due(due: Due) -> str:
    """What is due and when, in words, with how near it is: not by colour alone."""
    day, what = due.deadline.day.isoformat(), due.deadline.what.said
    provisional = say("（暂定）", " (provisional)") if due.deadline.provisional else ""
    if due.working_days < 0:
        near = say("，已过", ", past")
    elif due.is_near:
        near = say(f"，还有 {due.working_days} 个工作日", f", {counted(due.working_days, 'working days')} left")
    else:
        near = ""
    return say(f"{day}{provisional} {what}{near}", f"{day}{provisional}: {what}{near}")


def names_of(desk: Desk, asker: Asker, codes: Sequence[str]) -> Mapping[str, str]:
    """Enterprise → name, as far as the usual scheme's newest run has them."""
    try:
        register = desk.registers.of(asker.principal, desk.scheme(""))
    except ConfigurationError:  # nothing was graded yet
        return {}
    return register.names(codes)


def simulated_in_words(desk: Desk, asker: Asker, scheme: str) -> str:
    """That records are simulated, where the newest run of a scheme says so; nothing where it has none."""
    try:
        simulated = desk.registers.of(asker.principal, scheme).run.manifest.simulated
    except ConfigurationError:
        return ""
    return say("记录是模拟的。", "The records are simulated.") if simulated else ""


def _sorts() -> list[tuple[str, str]]:
    return [
        (CaseOrder.due.value, say("期限先到的在前", "what is due first")),
        (CaseOrder.newest.value, say("新立的在前", "newest first")),
        (CaseOrder.oldest.value, say("早立的在前", "oldest first")),
    ]


def _query(asked: AskedCases, **changed: Any) -> str:
    return urlencode({**asked.model_dump(mode="json", exclude_defaults=True, exclude={"page"}), **changed})


def _lead(asker: Asker, asked: AskedCases, found: CasePage) -> str:
    """What a list shows, in one sentence."""
    number = counted(found.total, "cases")
    where = where_in_words(asker) if not asker.account.enterprise_id else ""
    if asked.worklist:
        tells = CASE_LISTS[asked.worklist].tells
    elif asked.closed:
        tells = Label("全部案件。", "All cases.")
    else:
        tells = Label("未办结的案件。", "Cases in which something is left to do.")
    return say(f"{tells.zh.rstrip('。')}：{where}共 {found.total:,} 件。", f"{tells.en[:-1]}: {number}{where}.")
