"""Pages for signing in and out, and for changing the password."""

from __future__ import annotations

import re
import secrets
from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from riskml.accounts.accounts import set_password
from riskml.accounts.passwords import SHORTEST
from riskml.accounts.sign_in import NotSignedInError, prove_password, sign_in, sign_out
from riskml.audit.entries import Event
from riskml.core.errors import ConfigurationError
from riskml.core.principal import NOBODY, Principal
from riskml.core.settings import load_settings
from riskml.web.asking import (
    MINUTES_TO_SIGN_IN,
    FactorNeededError,
    Half,
    ThisDesk,
    first_cookie,
    first_form,
    own_form,
    session_cookie,
    set_cookie,
)
from riskml.web.desk import Asker, Desk
from riskml.web.rendering import page

router = APIRouter(include_in_schema=False)

_BROWSERS = ("Edg", "OPR", "Firefox", "Chrome", "Safari")
"""What browsers call themselves, those first that call themselves another too."""


@router.get("/login")
def form(request: Request, desk: ThisDesk, after: str = "/") -> Response:
    """The form for signing in."""
    return _form(request, desk, after, "", HTTPStatus.OK)


@router.post("/login", dependencies=[Depends(first_form)])
def enter(
    request: Request,
    desk: ThisDesk,
    name: Annotated[str, Form(max_length=64)],
    password: Annotated[str, Form(max_length=128)],
    after: Annotated[str, Form()] = "/",
) -> Response:
    """Sign in, and go where the reader wanted to go."""
    try:
        opened = sign_in(desk.database, name.strip(), password, browser_of(request))
    except NotSignedInError as error:
        # What was typed as a name may be a password: it is in no entry.
        desk.note(Principal(NOBODY), Event("login", "password", outcome="refused"))
        return _form(request, desk, after, str(error), HTTPStatus.UNAUTHORIZED)
    desk.note(opened.account.principal, Event("login", "password"))
    answer = RedirectResponse(_within(after), HTTPStatus.SEE_OTHER)
    set_cookie(answer, session_cookie(desk), opened.secret, desk)
    answer.delete_cookie(first_cookie(desk), secure=desk.secure, httponly=True, samesite="strict")
    return answer


@router.post("/sign-out", dependencies=[Depends(own_form)])
def leave(request: Request, desk: ThisDesk, asker: Half) -> Response:
    """Sign out."""
    sign_out(desk.database, request.cookies[session_cookie(desk)])
    desk.note(asker.principal, Event("login", "sign out"))
    return _gone(desk)


@router.get("/password")
def password_form(request: Request, desk: ThisDesk, asker: Half) -> Response:
    """The form for another password; whoever has a second factor gives it first."""
    _refuse_half_open(desk, asker)
    return _password(request, asker, "", HTTPStatus.OK)


@router.post("/password", dependencies=[Depends(own_form)])
def change(
    request: Request,
    desk: ThisDesk,
    asker: Half,
    present: Annotated[str, Form(max_length=128)],
    password: Annotated[str, Form(max_length=1000)],
    again: Annotated[str, Form(max_length=1000)],
) -> Response:
    """Change the password; whoever is signed in with the account signs in anew."""
    _refuse_half_open(desk, asker)
    name, words = asker.account.name, load_settings(desk.workspace).signing_in.words
    try:
        _refuse_other(password, again, present)
        prove_password(desk.database, name, present)
        set_password(desk.database, name, password, words, one_time=False)
    except NotSignedInError as error:
        desk.note(asker.principal, Event("login", "password", outcome="refused"))
        return _password(request, asker, str(error), HTTPStatus.UNAUTHORIZED)
    except ConfigurationError as error:
        return _password(request, asker, str(error), HTTPStatus.BAD_REQUEST)
    desk.note(asker.principal, Event("change", "own password"))
    return _gone(desk)


def browser_of(request: Request) -> str:
    """Which browser it is, in a word or two, by what it calls itself."""
    said = re.sub(r"[^ -~]", "", request.headers.get("user-agent", ""))
    name = next((found for one in _BROWSERS if (found := re.search(rf"{one}/(\d+)", said))), None)
    system = re.search(r"\(([^;)]+)", said)
    if name is None:
        return said
    return name[0].replace("/", " ") + (f" ({system[1]})" if system else "")


def _password(request: Request, asker: Asker, wrong: str, status: int) -> Response:
    return HTMLResponse(page(request, asker, "password.html.j2", wrong=wrong, shortest=SHORTEST), status)


def _refuse_half_open(desk: Desk, asker: Asker) -> None:
    """Refuse whoever has not given the second factor that the account has: a password alone changes no password."""
    if asker.session is not None and asker.session.has_factor and not asker.session.proved:
        raise FactorNeededError(zh="请先输入第二因素的验证码。", en="Give the code of the second factor first.")


def _refuse_other(password: str, again: str, present: str) -> None:
    if password != again:
        raise ConfigurationError(zh="两次输入的新密码不一样。", en="The new password was typed in two ways.")
    if password == present:
        raise ConfigurationError(zh="新密码不能与现在的相同。", en="The new password may not be the present one.")


def _form(request: Request, desk: Desk, after: str, wrong: str, status: int) -> Response:
    token = secrets.token_urlsafe(32)
    provider = load_settings(desk.workspace).signing_in.provider
    shown = page(
        request, None, "sign_in.html.j2", wrong=wrong, after=_within(after), form_token=token, provider=provider
    )
    answer = HTMLResponse(shown, status)
    set_cookie(answer, first_cookie(desk), token, desk, minutes=MINUTES_TO_SIGN_IN)
    return answer


def _gone(desk: Desk) -> Response:
    answer = RedirectResponse("/login", HTTPStatus.SEE_OTHER)
    answer.delete_cookie(session_cookie(desk), secure=desk.secure, httponly=True, samesite="strict")
    answer.headers["Clear-Site-Data"] = '"cache", "storage"'
    return answer


def _within(path: str) -> str:
    """A path of this desk, whatever somebody put into the address: not another site.

    >>> _within("/enterprises?text=1"), _within("//evil.example/"), _within("https://evil.example/")
    ('/enterprises?text=1', '/', '/')
    """
    plain = path.startswith("/") and not path.startswith(("//", "/\\")) and path.isprintable() and "\\" not in path
    return path if plain else "/"
