"""Pages of the register of posting: which codes there are, what happened to one, and the poster itself."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Form, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from riskml.accounts.access import Action
from riskml.disclosure.posters import STATES, Happened, WantedPosters
from riskml.services.posting import (
    issue_posters,
    list_posters,
    note_posting,
    posted_scheme,
    print_posters,
    show_poster,
)
from riskml.web.answers import day_typed
from riskml.web.asking import Someone, ThisDesk, own_form
from riskml.web.desk import Asker, Desk
from riskml.web.rendering import page

router = APIRouter(prefix="/posting", include_in_schema=False)

MOST_SHOWN = 200


@router.get("")
def register(
    request: Request,
    desk: ThisDesk,
    asker: Someone,
    state: Happened | None = None,
    street: Annotated[str, Query(pattern="^[0-9]{0,12}$")] = "",
    enterprise: Annotated[str, Query(max_length=40)] = "",
) -> Response:
    """The posters of the asker's region, filtered."""
    scheme = _permitted(desk, asker)
    wanted = WantedPosters(scheme, street=street, enterprise=enterprise, state=state)
    found = list_posters(desk.workspace, asker.principal, wanted)
    shown = page(
        request, asker, "posting.html.j2",
        wanted=wanted, total=len(found), posters=found[:MOST_SHOWN], states=STATES,
    )  # fmt: skip
    return HTMLResponse(shown)


@router.post("", dependencies=[Depends(own_form)])
def make(desk: ThisDesk, asker: Someone, enterprise: Annotated[str, Form(max_length=40)]) -> Response:
    """Make a code for one enterprise; an earlier one ends."""
    scheme = _permitted(desk, asker)
    (made,) = issue_posters(desk.workspace, asker.principal, scheme, WantedPosters(scheme), [enterprise])
    return RedirectResponse(f"/posting/{made.number}", 303)


@router.get("/{number}")
def one(request: Request, desk: ThisDesk, asker: Someone, number: int) -> Response:
    """What happened to one poster, and a form for what happens next."""
    _permitted(desk, asker)
    found = show_poster(desk.workspace, asker.principal, number)
    return HTMLResponse(page(request, asker, "posting_one.html.j2", poster=found, states=STATES))


@router.post("/{number}", dependencies=[Depends(own_form)])
def happened(
    desk: ThisDesk, asker: Someone, number: int, kind: Annotated[Happened, Form()], day: Annotated[str, Form()] = ""
) -> Response:
    """Note what happened."""
    _permitted(desk, asker)
    note_posting(desk.workspace, asker.principal, number, kind, day_typed(day))
    return RedirectResponse(f"/posting/{number}", 303)


@router.get("/{number}/poster")
def poster(desk: ThisDesk, asker: Someone, number: int) -> Response:
    """The poster, for A4."""
    _permitted(desk, asker)
    found = show_poster(desk.workspace, asker.principal, number)
    return HTMLResponse(print_posters(desk.workspace, asker.principal, [found]))


def _permitted(desk: Desk, asker: Asker) -> str:
    """The scheme by which codes are posted, where the asker may keep its register."""
    scheme = posted_scheme(desk.workspace, asker.principal)
    desk.permit(asker, Action.posting, scheme)
    return scheme
