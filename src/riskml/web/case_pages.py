"""Pages of one case: its steps, forms for those that may come next, opening one, and the files that came with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from riskml.accounts.access import Action, RefusedError, Subject, allowed, may_see_scheme
from riskml.casework.attachments import MOST_BYTES, MOST_FILES
from riskml.casework.kinds import Kind, kind_named
from riskml.casework.seen import opens_files
from riskml.casework.shown import Shown
from riskml.core.errors import ConfigurationError, RiskmlError
from riskml.core.language import say
from riskml.schemes.policy import load_policy
from riskml.services.casework import Move, Opening
from riskml.web import case_answers
from riskml.web.asked import CaseId
from riskml.web.asking import Someone, ThisDesk
from riskml.web.case_forms import FilledForm, fields_of
from riskml.web.case_list_pages import names_of, simulated_in_words, told_due
from riskml.web.desk import Asker, Desk
from riskml.web.rendering import page, printed_by

router = APIRouter(prefix="/cases", include_in_schema=False)

_LIMITS = {"most_files": MOST_FILES, "most_bytes": MOST_BYTES}


@router.get("/new")
def new(request: Request, desk: ThisDesk, asker: Someone, kind: str) -> Response:
    """The form that opens a case of a kind; what the address tells is filled in."""
    case_answers.may_open(desk, asker, kind_named(kind).id)
    told = {f"given.{name}" if name in kind_named(kind).opening.needs else name: value
            for name, value in request.query_params.items()}  # fmt: skip
    return _new(request, desk, asker, kind_named(kind), told, "", HTTPStatus.OK)


@router.post("")
def open_(request: Request, desk: ThisDesk, filled: FilledForm) -> Response:
    """Open a case."""
    kind = kind_named(filled.text("kind"))
    given = filled.given(kind.opening.needs)
    opening = Opening(kind.id, filled.text("scheme"), filled.text("enterprise"), filled.text("why"), given,
                      files=filled.files)  # fmt: skip
    try:
        opened = case_answers.opened(desk, filled.asker, opening)
    except RefusedError:
        raise
    except RiskmlError as error:
        return _new(request, desk, filled.asker, kind, filled.texts, str(error), _status(error))
    return _to(opened)


@router.post("/proposed")
def proposed(desk: ThisDesk, filled: FilledForm) -> Response:
    """Open every case of a kind that the newest run of a scheme proposes."""
    kind = kind_named(filled.text("kind"))
    case_answers.proposed(desk, filled.asker, kind.id, filled.text("scheme"))
    return RedirectResponse(f"/cases?kind={kind.id}&sort=newest", HTTPStatus.SEE_OTHER)


@router.post("/import")
def import_(desk: ThisDesk, filled: FilledForm) -> Response:
    """Make cases of the decisions on the ledger that are in none."""
    case_answers.imported(desk, filled.asker)
    return RedirectResponse("/cases?closed=true&sort=newest", HTTPStatus.SEE_OTHER)


@router.get("/{case_id}")
def case(request: Request, desk: ThisDesk, asker: Someone, case_id: CaseId) -> Response:
    """One case, and forms for the steps that the reader may take next."""
    return _case(request, desk, asker, case_answers.case(desk, asker, case_id), {}, "", HTTPStatus.OK)


@router.post("/{case_id}")
def step(request: Request, desk: ThisDesk, filled: FilledForm, case_id: CaseId) -> Response:
    """Take a step."""
    before = case_answers.case(desk, filled.asker, case_id)
    action = before.case.kind.actions.get(filled.text("action"))
    after = filled.text("after")
    move = Move(
        case_id,
        filled.text("action"),
        filled.text("why"),
        filled.given(action.needs if action else {}),
        files=filled.files,
        after=int(after) if after.isascii() and after.isdigit() else None,
    )
    try:
        moved = case_answers.moved(desk, filled.asker, move)
    except RefusedError:
        raise
    except RiskmlError as error:
        now = case_answers.case(desk, filled.asker, case_id)
        return _case(request, desk, filled.asker, now, filled.texts, str(error), _status(error))
    return _to(moved)


@router.get("/{case_id}/files/{event}/{number}")
def file(desk: ThisDesk, asker: Someone, case_id: CaseId, event: CaseId, number: CaseId) -> Response:
    """A file that came with a step, as it came; no browser opens it within the desk."""
    attached, content = case_answers.file(desk, asker, case_id, event, number)
    headers = {
        "Content-Disposition": f"attachment; filename*=UTF-8''{quote(attached.name)}",
        "Content-Security-Policy": "sandbox; default-src 'none'",
    }
    return Response(content, media_type=attached.type, headers=headers)


def _case(
    request: Request, desk: Desk, asker: Asker, one: Shown, filled: Mapping[str, str], wrong: str, status: int
) -> Response:
    subject = Subject(one.case.enterprise, one.case.division)
    reads = allowed(asker.principal, Action.read, subject) and may_see_scheme(asker.principal, one.case.scheme)
    shown = page(
        request, asker, "case.html.j2", one=one, title=one.case.kind.label.said, wrong=wrong, told_due=told_due,
        steps=_steps(one, filled), chosen=filled.get("action", ""), opens=opens_files(asker.principal),
        name=names_of(desk, asker, [one.case.enterprise]).get(one.case.enterprise, ""), printed=printed_by(asker),
        enterprise_link=f"/enterprises/{quote(one.case.enterprise)}?scheme={one.case.scheme}" if reads else "",
        simulated=simulated_in_words(desk, asker, one.case.scheme), **_LIMITS,
    )  # fmt: skip
    return HTMLResponse(shown, status)


def _steps(one: Shown, filled: Mapping[str, str]) -> Sequence[Mapping[str, Any]]:
    """The steps that the reader may take, as forms; what was filled in stays in the form that it was sent by."""
    found = []
    for name in one.may:
        action, before = one.case.kind.actions[name], filled if filled.get("action") == name else {}
        fields = fields_of(action.needs, one.answers, before)
        found.append({"name": name, "label": action.label.said, "fields": fields, "why": before.get("why", "")})
    return found


def _new(
    request: Request, desk: Desk, asker: Asker, kind: Kind, filled: Mapping[str, str], wrong: str, status: int
) -> Response:
    own = asker.account.enterprise_id
    schemes = {one: load_policy(desk.workspace, one).scheme for one in desk.workspace.schemes}
    scheme = filled.get("scheme", "")
    shown = page(
        request, asker, "new_case.html.j2", kind=kind, wrong=wrong,
        title=say(f"立案：{kind.label.zh}", f"Open a case: {kind.label.en}"),
        enterprise=own or filled.get("enterprise", ""), scheme=scheme, why=filled.get("why", ""),
        schemes=[(id, one.label) for id, one in schemes.items()],
        fields=fields_of(kind.opening.needs, (), filled), **_LIMITS,
    )  # fmt: skip
    return HTMLResponse(shown, status)


def _status(error: RiskmlError) -> int:
    return HTTPStatus.BAD_REQUEST if isinstance(error, ConfigurationError) else HTTPStatus.CONFLICT


def _to(one: Shown) -> Response:
    return RedirectResponse(f"/cases/{one.case.id}", HTTPStatus.SEE_OTHER)
