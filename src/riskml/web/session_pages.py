"""Pages of one's own account: the second factor, and the sessions that are open."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from riskml.accounts.second_factor import WrongCodeError, begin_factor, confirm_factor, give_factor
from riskml.accounts.sign_in import (
    Method,
    NotSignedInError,
    Session,
    end_sessions,
    prove_password,
    renewed,
    sessions_of,
)
from riskml.audit.entries import Event
from riskml.core.language import say
from riskml.core.qr import qr_svg
from riskml.web.asking import Half, Someone, ThisDesk, own_form, refuse_first_password, session_cookie, set_cookie
from riskml.web.desk import Asker, Desk
from riskml.web.rendering import page

router = APIRouter(include_in_schema=False)


@router.get("/second-factor")
def factor(request: Request, desk: ThisDesk, asker: Half) -> Response:
    """The form for a code; for whoever has no second factor yet, what the telephone reads first."""
    refuse_first_password(desk, asker)
    if _session(asker).proved:
        return RedirectResponse("/", HTTPStatus.SEE_OTHER)
    return _factor(request, desk, asker, "", HTTPStatus.OK)


@router.post("/second-factor", dependencies=[Depends(own_form)])
def give(
    request: Request,
    desk: ThisDesk,
    asker: Half,
    code: Annotated[str, Form(max_length=64)],
    password: Annotated[str, Form(max_length=128)] = "",
) -> Response:
    """Give a code; the session goes on under another secret. Whoever chooses the second factor says the password once
    more, where that is how they signed in.
    """
    refuse_first_password(desk, asker)
    session = _session(asker)
    try:
        if _asks_password(session):
            prove_password(desk.database, asker.account.name, password)
        if session.has_factor:
            of_recovery = give_factor(desk.database, asker.account.name, session.digest, code)
            answer: Response = RedirectResponse("/", HTTPStatus.SEE_OTHER)
            desk.note(asker.principal, Event("login", "recovery code" if of_recovery else "second factor"))
        else:
            codes = confirm_factor(desk.database, asker.account.name, session.digest, code)
            answer = HTMLResponse(page(request, asker, "recovery_codes.html.j2", codes=codes))
            desk.note(asker.principal, Event("change", "second factor chosen"))
    except (WrongCodeError, NotSignedInError) as error:
        what = "second factor" if isinstance(error, WrongCodeError) else "password"
        desk.note(asker.principal, Event("login", what, outcome="refused"))
        return _factor(request, desk, asker, str(error), HTTPStatus.UNAUTHORIZED)
    secret = renewed(desk.database, request.cookies[session_cookie(desk)])
    set_cookie(answer, session_cookie(desk), secret, desk)
    return answer


@router.get("/sessions")
def sessions(request: Request, desk: ThisDesk, asker: Someone) -> Response:
    """Where one is signed in."""
    return _sessions(request, desk, asker, "", HTTPStatus.OK)


@router.post("/sessions", dependencies=[Depends(own_form)])
def end(
    request: Request,
    desk: ThisDesk,
    asker: Someone,
    password: Annotated[str, Form(max_length=128)],
    which: Annotated[list[str] | None, Form(max_length=100)] = None,
) -> Response:
    """End the sessions that were chosen, once the password was given again."""
    name = asker.account.name
    try:
        prove_password(desk.database, name, password)
    except NotSignedInError as error:
        desk.note(asker.principal, Event("login", "password", outcome="refused"))
        return _sessions(request, desk, asker, str(error), HTTPStatus.UNAUTHORIZED)
    ended = end_sessions(desk.database, name, which or ())
    desk.note(asker.principal, Event("login", "sessions ended", facts={"sessions": ended}))
    return RedirectResponse("/sessions", HTTPStatus.SEE_OTHER)


def _session(asker: Asker) -> Session:
    assert asker.session is not None  # a person's
    return asker.session


def _asks_password(session: Session) -> bool:
    return not session.has_factor and session.method is Method.password


def _factor(request: Request, desk: Desk, asker: Asker, wrong: str, status: int) -> Response:
    session = _session(asker)
    begun = None if session.has_factor else begin_factor(desk.database, asker.account.name, session.digest)
    qr = "" if begun is None else qr_svg(begun.address, say("用验证器扫描", "To be read by the authenticator"), scale=4)
    shown = page(
        request, asker, "second_factor.html.j2",
        wrong=wrong, begun=begun, qr=qr, asks_password=_asks_password(session),
    )  # fmt: skip
    return HTMLResponse(shown, status)


def _sessions(request: Request, desk: Desk, asker: Asker, wrong: str, status: int) -> Response:
    found = sessions_of(desk.database, asker.account.name)
    own = _session(asker).digest
    return HTMLResponse(page(request, asker, "sessions.html.j2", found=found, own=own, wrong=wrong), status)
