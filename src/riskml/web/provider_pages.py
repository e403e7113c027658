"""Signing in by an identity provider, where the workspace's settings name one."""

from __future__ import annotations

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import HTMLResponse, RedirectResponse

from riskml.accounts.sign_in import NotSignedInError, open_session
from riskml.audit.entries import Event
from riskml.core.errors import ConfigurationError
from riskml.core.principal import NOBODY, Principal
from riskml.core.settings import Provider, load_settings
from riskml.web.asking import MINUTES_TO_SIGN_IN, ThisDesk, address_of, session_cookie, set_cookie
from riskml.web.desk import Desk
from riskml.web.headers import cookie_name
from riskml.web.rendering import page
from riskml.web.sign_in_pages import browser_of

router = APIRouter(prefix="/login/provider", include_in_schema=False)


@router.get("")
def leave(request: Request, desk: ThisDesk) -> Response:
    """Send the browser to the provider."""
    from riskml.accounts.provider import begin

    provider = _provider(desk)
    try:
        _refuse_many(request, desk)
        begun = begin(provider)
    except NotSignedInError as error:
        return _refused(request, desk, provider, error)
    answer = RedirectResponse(begun.address, HTTPStatus.SEE_OTHER)
    # Lax: the provider sends the browser back, and a strict cookie would stay behind.
    set_cookie(answer, _cookie(desk), begun.kept, desk, minutes=MINUTES_TO_SIGN_IN, lax=True)
    return answer


@router.get("/back")
def back(
    request: Request,
    desk: ThisDesk,
    state: Annotated[str, Query(max_length=200)] = "",
    code: Annotated[str, Query(max_length=2000)] = "",
) -> Response:
    """Open a session of the account that the provider names."""
    from riskml.accounts.provider import finish

    provider, kept = _provider(desk), request.cookies.get(_cookie(desk), "")
    try:
        _refuse_many(request, desk)
        known = finish(provider, kept, state, code)
        opened = open_session(desk.database, known.name, browser_of(request), proved=known.proved)
    except NotSignedInError as error:
        return _refused(request, desk, provider, error)
    desk.note(opened.account.principal, Event("login", "provider"))
    # A page and no redirect: within one that begins elsewhere browsers send no strict cookie.
    answer = HTMLResponse(page(request, None, "signed_in.html.j2"))
    set_cookie(answer, session_cookie(desk), opened.secret, desk)
    answer.delete_cookie(_cookie(desk), secure=desk.secure, httponly=True, samesite="lax")
    return answer


def _refuse_many(request: Request, desk: Desk) -> None:
    """Refuse an address that has the provider asked often: each time somebody here waits for it."""
    if not desk.by_provider.take(address_of(request)):
        raise NotSignedInError(
            zh="这个网络地址登录过于频繁，请一分钟后再试。",
            en="This address signs in too often: try again in a minute.",
        )


def _refused(request: Request, desk: Desk, provider: Provider, error: NotSignedInError) -> Response:
    desk.note(Principal(NOBODY), Event("login", "provider", outcome="refused"))
    shown = page(request, None, "problem.html.j2", title=provider.label, detail=str(error))
    return HTMLResponse(shown, HTTPStatus.UNAUTHORIZED)


def _provider(desk: Desk) -> Provider:
    found = load_settings(desk.workspace).signing_in.provider
    if found is None:
        raise ConfigurationError(
            zh="settings.yaml 没有写身份提供方（signing_in.provider）。",
            en="settings.yaml names no identity provider (signing_in.provider).",
        )
    return found


def _cookie(desk: Desk) -> str:
    return cookie_name("riskml-provider", secure=desk.secure)
