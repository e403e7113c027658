"""The one page that anyone sees: what the code leads to that an enterprise posts where it trades."""

from __future__ import annotations

import logging
from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from riskml.core.errors import RiskmlError
from riskml.core.language import language
from riskml.disclosure.codes import number_of
from riskml.services.posting import answer_code
from riskml.web.asking import ThisDesk, address_of
from riskml.web.rendering import page

router = APIRouter(include_in_schema=False)

_LOG = logging.getLogger(__name__)


@router.get("/p/{code}")
def shown(request: Request, desk: ThisDesk, code: str) -> Response:
    """What the scheme lets the public see of one enterprise; the same words for every code that leads to nothing,
    whatever the reason.
    """
    if not desk.public_each.take(address_of(request)):
        return _later(request, HTTPStatus.TOO_MANY_REQUESTS)
    try:
        signed = number_of(code) is not None
        # Codes that somebody made up take nothing away from those who hold one.
        if signed and not desk.public_all.take():
            return _later(request, HTTPStatus.TOO_MANY_REQUESTS)
        found = answer_code(desk.workspace, code) if signed else None
    except RiskmlError as error:
        # What failed names files and settings: it is the operator's, not the public's.
        _LOG.error("/p/: %s: %s", type(error).__name__, error)
        return _later(request, HTTPStatus.SERVICE_UNAVAILABLE)
    if found is None:
        return HTMLResponse(page(request, None, "public_nothing.html.j2"), HTTPStatus.NOT_FOUND)
    return HTMLResponse(page(request, None, "public.html.j2", found=found, shown=found.shown, either=_either))


def _later(request: Request, status: int) -> Response:
    return HTMLResponse(page(request, None, "public_later.html.j2"), status, {"Retry-After": "60"})


def _either(told: dict[str, str]) -> str:
    """A text of a public result in the language that is spoken."""
    return told[language()]
