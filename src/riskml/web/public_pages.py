"""The one page that anyone sees: what the code leads to that an enterprise posts where it trades."""

from __future__ import annotations

from http import HTTPStatus

from fastapi import APIRouter, Request, Response
from fastapi.responses import HTMLResponse

from riskml.core.language import language
from riskml.services.posting import answer_code
from riskml.web.asking import ThisDesk
from riskml.web.rendering import page

router = APIRouter(include_in_schema=False)


@router.get("/p/{code}")
def shown(request: Request, desk: ThisDesk, code: str) -> Response:
    """What the scheme lets the public see of one enterprise; the same words for every code that leads to nothing,
    whatever the reason.
    """
    if not desk.limits.take(request.client.host if request.client else ""):
        later = page(request, None, "public_later.html.j2")
        return HTMLResponse(later, HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": "60"})
    found = answer_code(desk.workspace, code)
    if found is None:
        return HTMLResponse(page(request, None, "public_nothing.html.j2"), HTTPStatus.NOT_FOUND)
    return HTMLResponse(page(request, None, "public.html.j2", found=found, shown=found.shown, either=_either))


def _either(told: dict[str, str]) -> str:
    """A text of a public result in the language that is spoken."""
    return told[language()]
