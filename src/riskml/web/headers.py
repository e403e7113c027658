"""What every answer carries: headers that keep browsers from doing anything else with it, and the reader's language."""

from __future__ import annotations

from http import HTTPStatus
from http.cookies import CookieError, SimpleCookie
from urllib.parse import parse_qs

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from riskml.casework.attachments import MOST_BYTES as MOST_OF_A_FILE
from riskml.casework.attachments import MOST_FILES
from riskml.core.language import Language, speaking

LANGUAGE = "lang"
"""The parameter of an address, and the end of the cookie's name, that choose the language."""


def cookie_name(name: str, *, secure: bool) -> str:
    """What a cookie is called: where browsers come by TLS alone, so that no other host can have set it.

    >>> cookie_name("riskml", secure=True), cookie_name("riskml", secure=False)
    ('__Host-riskml', 'riskml')
    """
    return f"__Host-{name}" if secure else name


_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
"""Nothing but the page itself: no scripts, no fonts, no other files. Charts have their colours in attributes."""

_HEADERS = {
    "Content-Security-Policy": _POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cache-Control": "no-store",
}


MOST_BYTES = 4 * 2**20
"""Of a request's body: a proof that is uploaded, and some fields."""

MOST_WITH_FILES = MOST_FILES * MOST_OF_A_FILE * 4 // 3 + MOST_BYTES
"""The same where files of a case are in it."""


class Guarded:
    """An application that answers with these headers and in the language that its reader chose."""

    def __init__(self, app: ASGIApp, *, secure: bool) -> None:
        self._app = app
        self._headers = {**_HEADERS, **({"Strict-Transport-Security": "max-age=31536000"} if secure else {})}
        self._secure = secure
        self._cookie = cookie_name(LANGUAGE, secure=secure)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        spoken, chosen = _language(scope, self._cookie)
        received = 0
        most = MOST_WITH_FILES if scope["path"].startswith(("/cases", "/api/cases")) else MOST_BYTES

        async def bounded() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > most:
                raise HTTPException(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return message

        async def guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in self._headers.items():
                    headers.setdefault(name, value)
                headers["Content-Language"] = "zh-CN" if spoken is Language.zh else "en"
                if chosen:
                    secure = "; Secure" if self._secure else ""
                    headers.append(
                        "Set-Cookie", f"{self._cookie}={spoken}; Path=/; Max-Age=31536000; SameSite=Lax{secure}"
                    )
            await send(message)

        with speaking(spoken):
            await self._app(scope, bounded, guarded)


def _language(scope: Scope, name: str) -> tuple[Language, bool]:
    """The language of a request: that of its address, of its cookie, of its browser, else Chinese; and whether the
    address chose it.
    """
    asked = parse_qs(scope["query_string"].decode("latin-1")).get(LANGUAGE, [""])[-1]
    if asked in Language.__members__:
        return Language(asked), True
    headers = Headers(scope=scope)
    try:
        cookie = SimpleCookie(headers.get("cookie", "")).get(name)
    except CookieError:
        cookie = None
    if cookie is not None and cookie.value in Language.__members__:
        return Language(cookie.value), False
    first = headers.get("accept-language", "zh").split(",")[0].strip().lower()
    return (Language.en if first.startswith("en") else Language.zh), False
