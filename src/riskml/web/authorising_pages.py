"""Pages of authorisations: what an enterprise lets others see of it, and what a bank or association looks up."""

from __future__ import annotations

from datetime import date
from typing import Annotated

from fastapi import APIRouter, Depends, File, Form, Request, Response, UploadFile
from fastapi.responses import HTMLResponse, RedirectResponse

from riskml.accounts.access import AUTHORISED_SCHEME, OWN_QUERY, Action, Subject, ever_allowed
from riskml.core.china_day import china_today
from riskml.core.errors import ConfigurationError
from riskml.disclosure.authorisations import LARGEST_PROOF, PURPOSES, Grant, Purpose
from riskml.services.authorising import (
    authorise,
    given_by,
    held_by,
    list_partners,
    proof_given,
    query_grade,
    withdraw,
)
from riskml.services.one_enterprise import grades_of
from riskml.web.answers import day_typed
from riskml.web.asking import Someone, ThisDesk, own_form
from riskml.web.desk import Asker, Desk
from riskml.web.rendering import page

router = APIRouter(include_in_schema=False)


@router.get("/own")
def own(request: Request, desk: ThisDesk, asker: Someone) -> Response:
    """What an enterprise may look up of itself, and what it lets others see."""
    subject = _own(desk, asker)
    grades = [
        one
        for one in grades_of(desk.workspace, asker.principal, subject.enterprise_id)
        if one.scheme in OWN_QUERY
    ]  # fmt: skip
    shown = page(
        request, asker, "own.html.j2",
        code=subject.enterprise_id, grades=grades, articles=OWN_QUERY, purposes=PURPOSES, today=china_today(),
        given=given_by(desk.workspace, asker.principal, subject.enterprise_id),
        partners=[one for one in list_partners(desk.workspace, asker.principal) if one.until >= china_today()],
    )  # fmt: skip
    return HTMLResponse(shown)


@router.post("/own/authorisations", dependencies=[Depends(own_form)])
def give(
    desk: ThisDesk,
    asker: Someone,
    partner: Annotated[int, Form()],
    purpose: Annotated[Purpose, Form()],
    from_day: Annotated[str, Form()],
    until_day: Annotated[str, Form()],
    signed_by: Annotated[str, Form(max_length=100)],
    proof: Annotated[UploadFile, File()],
) -> Response:
    """Let somebody look the grade up."""
    subject = _own(desk, asker)
    days = _day(from_day), _day(until_day)
    grant = Grant(
        AUTHORISED_SCHEME, subject.enterprise_id, subject.division, partner, purpose, *days, signed_by.strip()
    )
    authorise(desk.workspace, asker.principal, grant, proof.file.read(LARGEST_PROOF + 1))
    return RedirectResponse("/own", 303)


@router.post("/own/authorisations/{number}/withdraw", dependencies=[Depends(own_form)])
def take_back(desk: ThisDesk, asker: Someone, number: int) -> Response:
    """Withdraw one."""
    _own(desk, asker)
    withdraw(desk.workspace, asker.principal, number)
    return RedirectResponse("/own", 303)


@router.get("/own/authorisations/{number}/proof")
def proof(desk: ThisDesk, asker: Someone, number: int) -> Response:
    """The paper that was given with one, as a file."""
    _own(desk, asker)
    kind, content = proof_given(desk.workspace, asker.principal, number)
    name = f"proof-{number}.{kind.split('/')[1]}"
    return Response(content, media_type=kind, headers={"Content-Disposition": f'attachment; filename="{name}"'})


@router.get("/authorised")
def held(request: Request, desk: ThisDesk, asker: Someone) -> Response:
    """What a bank or association was let see."""
    _may_query(desk, asker)
    partner, found = held_by(desk.workspace, asker.principal)
    shown = page(
        request, asker, "authorised.html.j2", partner=partner, held=found, purposes=PURPOSES, today=china_today()
    )
    return HTMLResponse(shown)


@router.post("/authorised/{number}", dependencies=[Depends(own_form)])
def query(
    request: Request, desk: ThisDesk, asker: Someone, number: int, purpose: Annotated[Purpose, Form()]
) -> Response:
    """Look the grade up, for a purpose."""
    _may_query(desk, asker)
    found = query_grade(desk.workspace, asker.principal, number, purpose)
    return HTMLResponse(page(request, asker, "authorised_grade.html.j2", found=found, purposes=PURPOSES))


def _own(desk: Desk, asker: Asker) -> Subject:
    """The enterprise that the asker is, where it may let others see its grade."""
    return desk.own(asker, Action.authorise, AUTHORISED_SCHEME)


def _may_query(desk: Desk, asker: Asker) -> None:
    # Whether this grade is shown is decided where it is asked for, by the authorisation.
    if not ever_allowed(asker.principal, Action.query):
        desk.permit(asker, Action.query, AUTHORISED_SCHEME)


def _day(text: str) -> date:
    if (found := day_typed(text)) is None:
        raise ConfigurationError(zh="要写明起止日期。", en="Say from which day to which.")
    return found
