"""Who asks, from a request: a session's cookie of a person, a bearer token of a program; and forms that nobody else
sent.
"""

from __future__ import annotations

import secrets
from typing import Annotated, cast

from fastapi import Depends, Form, Request, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from riskml.accounts.access import RefusedError
from riskml.accounts.sign_in import NotSignedInError, session_of
from riskml.accounts.tokens import bearer_of
from riskml.core.errors import RiskmlError
from riskml.web.desk import Asker, Desk
from riskml.web.headers import cookie_name

_bearer = HTTPBearer(auto_error=False, description="A token of 'riskml user token'.")


class PasswordNeededError(RiskmlError):
    """The password is for one time, and has to be changed before anything else."""


class FactorNeededError(RiskmlError):
    """The second factor has to be given before anything else."""


def session_cookie(desk: Desk) -> str:
    """The name of the session's cookie."""
    return cookie_name("riskml", secure=desk.secure)


def first_cookie(desk: Desk) -> str:
    """The name of the cookie that the form for signing in is compared with, where there is no session yet."""
    return cookie_name("riskml-form", secure=desk.secure)


def desk_of(request: Request) -> Desk:
    """The desk that a request came to."""
    return cast("Desk", request.app.state.desk)


def signed_in(request: Request) -> Asker:
    """Who is signed in, whether the password is for one time or not; a NotSignedInError."""
    desk = desk_of(request)
    session = session_of(desk.database, request.cookies.get(session_cookie(desk), ""))
    if session is None:
        raise NotSignedInError(zh="请先登录。", en="Sign in first.")
    ready = not desk.lacks_password(session) and not desk.lacks_factor(session)
    request.state.asker = asker = Asker(session.account, session.form_token, session=session, ready=ready)
    return asker


def person(desk: Annotated[Desk, Depends(desk_of)], asker: Annotated[Asker, Depends(signed_in)]) -> Asker:
    """Who is signed in and may go on; a PasswordNeededError where the password is to be changed first, a
    FactorNeededError where the second factor was not given.
    """
    if asker.ready:
        return asker
    refuse_first_password(desk, asker)
    raise FactorNeededError(zh="请先输入第二因素的验证码。", en="Give the code of the second factor first.")


def refuse_first_password(desk: Desk, asker: Asker) -> None:
    """Refuse whoever signed in with a password for one time; a PasswordNeededError."""
    if asker.session is not None and desk.lacks_password(asker.session):
        raise PasswordNeededError(
            zh="这是一次性密码，请先修改。", en="This password is for one time: choose another one first."
        )


def program(request: Request, given: Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]) -> Asker:
    """The program that asks by a token; a NotSignedInError."""
    bearer = bearer_of(desk_of(request).database, given.credentials) if given else None
    if bearer is None:
        raise NotSignedInError(
            zh="需要有效的令牌：Authorization: Bearer …；riskml user token 发放。",
            en="A valid token is needed, as Authorization: Bearer …; 'riskml user token' gives one.",
        )
    request.state.asker = asker = Asker(bearer.account, scope=bearer.scope)
    return asker


def own_form(asker: Annotated[Asker, Depends(signed_in)], form_token: Annotated[str, Form()] = "") -> None:
    """Refuse a form that was not made for this session."""
    compare_form(asker, form_token)


def compare_form(asker: Asker, form_token: str) -> None:
    """Refuse a form that was not made for the session of somebody; a RefusedError."""
    _compare(asker.form_token, form_token)


def first_form(request: Request, form_token: Annotated[str, Form()] = "") -> None:
    """Refuse a form for signing in that this browser was not given."""
    _compare(request.cookies.get(first_cookie(desk_of(request)), ""), form_token)


def _compare(expected: str, sent: str) -> None:
    if not expected or not secrets.compare_digest(expected.encode(), sent.encode()):
        raise RefusedError(
            zh="表单已过期或不是本页面发出的；请返回，刷新后重试。",
            en="The form is out of date or was not sent by this page; go back, load it again, and try once more.",
        )


def address_of(request: Request) -> str:
    """From which address a request came."""
    return request.client.host if request.client else ""


def set_cookie(
    answer: Response, name: str, value: str, desk: Desk, *, minutes: int | None = None, lax: bool = False
) -> None:
    """Give the browser a cookie that no script reads and no other site sends.

    Parameters
    ----------
    minutes
        For how long; None until the browser is closed.
    lax
        Whether it is sent where another site leads here too.
    """
    answer.set_cookie(
        name,
        value,
        max_age=None if minutes is None else minutes * 60,
        secure=desk.secure,
        httponly=True,
        samesite="lax" if lax else "strict",
    )


MINUTES_TO_SIGN_IN = 10
"""For how long a sign-in that was begun can be finished."""

Half = Annotated[Asker, Depends(signed_in)]
"""Who is signed in, perhaps with a password for one time or without a second factor yet."""

Someone = Annotated[Asker, Depends(person)]
Program = Annotated[Asker, Depends(program)]
ThisDesk = Annotated[Desk, Depends(desk_of)]
