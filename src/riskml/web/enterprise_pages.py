"""Pages of one enterprise: explained, its records first, what would be, and the way back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any
from urllib.parse import quote, urlencode

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse

from riskml.accounts.access import Action, Field, Subject, allowed, may_see_scheme
from riskml.casework.seen import opens_files
from riskml.core.language import counted, say
from riskml.explaining.labels import is_better
from riskml.explaining.not_in_scope import NotInScopeError
from riskml.explaining.over_years import years_content
from riskml.explaining.page import page_content
from riskml.explaining.records_first import records_first
from riskml.explaining.ties import ties_content
from riskml.explaining.way_back_told import way_back_content
from riskml.explaining.what_if_page import future_content, what_if_content
from riskml.schemes.policy import load_policy
from riskml.schemes.scheme import Scheme
from riskml.services.dossier import DocumentForm
from riskml.web import answers, case_answers
from riskml.web.asked import MOST_STEPS, TypedDay
from riskml.web.asking import Someone, ThisDesk
from riskml.web.case_list_pages import names_of, openable, simulated_in_words, told_due
from riskml.web.desk import Asker, Desk
from riskml.web.given_files import MEDIA_TYPES, attached
from riskml.web.rendering import page, printed_by, within_desk

router = APIRouter(prefix="/enterprises/{code}", include_in_schema=False)


@router.get("")
def explained(
    request: Request, desk: ThisDesk, asker: Someone, code: str, scheme: str = "", as_of: TypedDay | None = None
) -> Response:
    """The whole explanation; for whoever sees no records the grade and its measures alone."""
    found, grades = answers.explained(desk, asker, scheme, code, as_of)
    if not asker.sees(Field.basis):
        return HTMLResponse(page(request, asker, "grade_alone.html.j2", e=found, grades=grades))
    beside = {"grades": grades, "peers": answers.peers(desk, asker, found), "due": answers.due(desk, asker, found)}
    about = _about(asker, found.scheme, code, "", **beside)
    return HTMLResponse(within_desk(request, asker, "enterprise.html.j2", page_content(found), **about))


@router.get("/dossier.{form}")
def dossier(
    desk: ThisDesk, asker: Someone, code: str, form: DocumentForm, scheme: str = "", as_of: TypedDay | None = None
) -> Response:
    """The dossier as a document, with who was given it and when on every page."""
    name, made = answers.document(desk, asker, scheme, code, as_of, form)
    return Response(made, media_type=MEDIA_TYPES[form], headers=attached(name))


@router.get("/records")
def records(request: Request, desk: ThisDesk, asker: Someone, code: str, scheme: str = "") -> Response:
    """Every record that the grade rests on, what it bears on, and the day it stops counting."""
    found, _ = answers.explained(desk, asker, scheme, code, None)
    future = answers.ahead(desk, asker, scheme, code)
    cited, better = records_first(found, future), is_better(found.scheme)
    lead = say(
        f"等级和主要指标以下列 {len(cited)} 条记录为依据。",
        f"The grade and its main indicators rest on {len(cited)} records.",
    )
    content = {**future_content(future), "title": say("记录", "Records"), "lead": lead, "records": cited}
    content["tone"] = lambda moved: "" if not moved else "up" if (moved > 0) != better else "down"
    about = _about(asker, found.scheme, code, "/records")
    return HTMLResponse(within_desk(request, asker, "records.html.j2", content, **about))


@router.get("/years")
def years(request: Request, desk: ThisDesk, asker: Someone, code: str, scheme: str = "") -> Response:
    """Its records and its published grades over the years, as a chart and as tables."""
    found = answers.years(desk, asker, scheme, code)
    about = _about(asker, found.scheme, code, "/years")
    return HTMLResponse(within_desk(request, asker, "years.html.j2", years_content(found), **about))


@router.get("/future")
def future(request: Request, desk: ThisDesk, asker: Someone, code: str, scheme: str = "") -> Response:
    """The grade at the next month-ends if nothing new arrives."""
    found = answers.ahead(desk, asker, scheme, code)
    about = _about(asker, found.scheme, code, "/future")
    return HTMLResponse(within_desk(request, asker, "future.html.j2", future_content(found), **about))


@router.get("/what-if")
def what_if(
    request: Request,
    desk: ThisDesk,
    asker: Someone,
    code: str,
    scheme: str = "",
    step: Annotated[list[str] | None, Query(max_length=MOST_STEPS)] = None,
    year: str = "",
    on: str = "",
) -> Response:
    """What may be done with each record, as a form; and what the grade would be with what was chosen."""
    steps = [*(step or ()), *([f"filed:{year}"] if year else [])]
    found = answers.supposed(desk, asker, scheme, code, steps, answers.day_typed(on))
    about = _about(asker, found.scheme, code, "/what-if")
    again = f"?{urlencode({'scheme': found.scheme.id})}"
    form = {"scheme": found.scheme.id, "from": found.before.as_of.isoformat(), "chosen": bool(steps), "again": again}
    return HTMLResponse(within_desk(request, asker, "what_if.html.j2", what_if_content(found), suppose=form, **about))


@router.get("/way-back")
def way_back(request: Request, desk: ThisDesk, asker: Someone, code: str, scheme: str = "") -> Response:
    """How it comes to a better grade."""
    found = answers.back(desk, asker, scheme, code)
    about = _about(asker, found.scheme, code, "/way-back")
    return HTMLResponse(within_desk(request, asker, "way_back.html.j2", way_back_content(found), **about))


@router.get("/ties")
def ties(request: Request, desk: ThisDesk, asker: Someone, code: str, scheme: str = "") -> Response:
    """Whom it is tied to, as rings and as a table."""
    found = answers.tied(desk, asker, scheme, code)
    about = _about(asker, found.scheme, code, "/ties")
    return HTMLResponse(within_desk(request, asker, "ties.html.j2", ties_content(found), **about))


@router.get("/cases")
def cases(request: Request, desk: ThisDesk, asker: Someone, code: str, scheme: str = "") -> Response:
    """Its cases and decisions with every step, what is due, and its measures; an enterprise reads its own two kinds."""
    found = case_answers.cases_of(desk, asker, code)
    asked = load_policy(desk.workspace, desk.scheme(scheme)).scheme
    due = sorted(((one, what) for one in found for what in one.due), key=lambda pair: pair[1].deadline.day)
    still = sum(not one.case.is_closed for one in found)
    told = f"{counted(len(found), 'cases')}, in {still} of which something is left to do" if found else "No case"
    shown = page(
        request, asker, "enterprise_cases.html.j2",
        code=code, name=names_of(desk, asker, [code]).get(code, ""), scheme=asked, cases=found, due=due,
        lead=say(f"{len(found)} 件案件，其中未办结的 {still} 件。", f"{told}."),
        measures=_measures(desk, asker, asked.id, code), opens=opens_files(asker.principal), told_due=told_due,
        openable=openable(asker), simulated=simulated_in_words(desk, asker, asked.id),
        **_about(asker, asked, code, "/cases"),
    )  # fmt: skip
    return HTMLResponse(shown)


def _measures(desk: Desk, asker: Asker, scheme: str, code: str) -> Sequence[Any]:
    """What its grade leads to, for whoever may read that; nothing where the scheme does not grade it."""
    subject = desk.subject(asker, code)
    if not (allowed(asker.principal, Action.read, subject) and may_see_scheme(asker.principal, scheme)):
        return ()
    try:
        found, _ = answers.explained(desk, asker, scheme, code, None)
    except NotInScopeError:
        return ()
    return found.measures.sentences if found.measures else ()


def _about(asker: Asker, scheme: Scheme, code: str, here: str, **more: Any) -> dict[str, Any]:
    """The links of an enterprise's pages, and what stands on every print: who printed it and when."""
    names = (
        ("", Action.read, say("等级和依据", "Grade and why")),
        ("/records", Action.suppose, say("记录在先", "Records first")),
        ("/years", Action.suppose, say("历年", "Over the years")),
        ("/ties", Action.ties, say("关联企业", "Ties")),
        ("/future", Action.suppose, say("今后三年", "Next three years")),
        ("/what-if", Action.suppose, say("试算", "What if")),
        ("/way-back", Action.suppose, say("改善的途径", "The way back")),
        ("/cases", Action.cases, say("案件和措施", "Cases and measures")),
    )
    query, own = f"?{urlencode({'scheme': scheme.id})}", asker.account.enterprise_id
    tabs = [
        (f"/enterprises/{quote(code)}{path}{query}", name, path == here)
        for path, action, name in names
        if allowed(asker.principal, action, Subject(code, "") if own else None)
    ]
    documents = (
        [(f"/enterprises/{quote(code)}/dossier.{form.value}{query}", form.value.upper()) for form in DocumentForm]
        if allowed(asker.principal, Action.export)
        else []
    )
    return {"tabs": tabs, "documents": documents, "printed": printed_by(asker), **more}
