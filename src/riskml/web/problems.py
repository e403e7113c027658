"""What is answered where something is refused, wrong, or not there: a page for people, problem+json (RFC 9457) for
programs, in one language.
"""

from __future__ import annotations

from http import HTTPStatus
from urllib.parse import quote

from fastapi import FastAPI, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, JSONResponse, RedirectResponse
from starlette.exceptions import HTTPException

from riskml.accounts.access import RefusedError
from riskml.accounts.sign_in import NotSignedInError
from riskml.audit.entries import TooManyReadsError
from riskml.casework.store import NoSuchCaseError
from riskml.core.errors import ConfigurationError, RiskmlError
from riskml.core.language import Label, say
from riskml.core.system_errors import explain_failure
from riskml.explaining.not_in_scope import NotInScopeError
from riskml.services.one_enterprise import NotThereError
from riskml.web.asking import FactorNeededError, PasswordNeededError
from riskml.web.rendering import page

_KINDS: tuple[tuple[type[RiskmlError], int, str, Label], ...] = (
    (NotSignedInError, 401, "not-signed-in", Label("没有登录", "Not signed in")),
    (FactorNeededError, 403, "factor-needed", Label("请先输入验证码", "The second factor first")),
    (PasswordNeededError, 403, "password-needed", Label("请先修改密码", "Another password first")),
    (RefusedError, 403, "refused", Label("没有权限", "Refused")),
    (TooManyReadsError, 429, "too-many-reads", Label("查看的企业过多", "Too many enterprises read")),
    (NotThereError, 404, "not-there", Label("没有这家企业", "No such enterprise")),
    (NoSuchCaseError, 404, "no-such-case", Label("没有这件案件", "No such case")),
    (NotInScopeError, 404, "not-in-scope", Label("不在本办法的范围内", "Not graded under this scheme")),
    (ConfigurationError, 400, "wrong-request", Label("请求有误", "Wrong request")),
    (RiskmlError, 409, "cannot-be-done", Label("现在不能办理", "Cannot be done now")),
)
"""Kinds of failures, the narrower before the wider: status, the end of the problem's type, title."""

_MACHINE = Label("机器故障", "The machine failed")


def add_handlers(app: FastAPI) -> None:
    """Answer every failure of an application."""
    app.add_exception_handler(RiskmlError, _failed)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _other)
    app.add_exception_handler(Exception, _unforeseen)


def _failed(request: Request, error: Exception) -> Response:
    assert isinstance(error, RiskmlError)
    status, kind, title = next((s, k, t) for of, s, k, t in _KINDS if isinstance(error, of))
    if not _is_api(request):
        if isinstance(error, NotSignedInError) and request.method == "GET":
            wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
            return RedirectResponse(f"/login?after={quote(wanted)}", HTTPStatus.SEE_OTHER)
        if isinstance(error, PasswordNeededError):
            return RedirectResponse("/password", HTTPStatus.SEE_OTHER)
        if isinstance(error, FactorNeededError):
            return RedirectResponse("/second-factor", HTTPStatus.SEE_OTHER)
    return _answer(request, status, kind, title.said, str(error))


def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    places = say("、", ", ").join(str(one["loc"][-1]) for one in error.errors())
    detail = say(f"这些参数不对：{places}。", f"These parameters are wrong: {places}.")
    return _answer(request, 422, "wrong-parameters", say("参数有误", "Wrong parameters"), detail)


def _other(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    titles = {
        404: Label("没有这个页面", "No such page"),
        405: Label("不能这样请求", "This cannot be asked so"),
        413: Label("请求太大", "The request is too large"),
    }
    title = titles.get(error.status_code, Label("请求有误", "Wrong request")).said
    answer = _answer(request, error.status_code, "http", title, title)
    answer.headers.update(error.headers or {})
    return answer


def _unforeseen(request: Request, error: Exception) -> Response:
    # What it says of files is for whoever asks by an account.
    told = explain_failure(error) if getattr(request.state, "asker", None) else None
    detail = str(told) if told else say("内部错误，已记入日志。", "An internal error, which was logged.")
    return _answer(request, 500, "internal", _MACHINE.said, detail)


def _is_api(request: Request) -> bool:
    return request.url.path.startswith("/api/")


def _answer(request: Request, status: int, kind: str, title: str, detail: str) -> Response:
    if _is_api(request):
        content = {"type": f"urn:riskml:problem:{kind}", "title": title, "status": status, "detail": detail}
        headers = {"WWW-Authenticate": "Bearer"} if status == 401 else {}
        return JSONResponse(content, status, headers, "application/problem+json")
    asker = getattr(request.state, "asker", None)
    return HTMLResponse(page(request, asker, "problem.html.j2", title=title, detail=detail), status)
