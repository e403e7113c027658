"""Signing in by an identity provider (OpenID Connect: authorisation code with PKCE). It says who somebody is; which
roles and region they have is riskml's own.
"""

from __future__ import annotations

import os
import secrets
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.requests_client import OAuth2Session
from authlib.oidc.core import CodeIDToken
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from requests import RequestException

from riskml.accounts.sign_in import NotSignedInError
from riskml.core.errors import ConfigurationError
from riskml.core.files import refuse_readable
from riskml.core.settings import Provider

VARIABLE = "RISKML_OIDC_SECRET"
"""Names the file with the client's secret."""

BACK = "/login/provider/back"
"""Where the provider sends browsers back to, at the desk's address."""

_ALGORITHMS = ["RS256", "PS256", "ES256"]
"""How an identity may be signed: by a key that only the provider has."""

_POSSESSED = frozenset({"otp", "hwk", "sc"})
"""What a provider says of a sign-in by something that somebody has (``amr``, RFC 8176): beside a password a second
factor, and by itself the only one.
"""

_PATIENCE = 10
"""Seconds that the provider has to answer."""

_LEEWAY = 60
"""Seconds by which its clock may differ."""

_KEPT_FOR = 300
"""Seconds for which what it says of itself is not asked again."""

_ANNOUNCED: dict[str, tuple[float, dict[str, Any]]] = {}
"""What each issuer said of itself, and when."""


@dataclass(frozen=True)
class Begun:
    """A sign-in that goes on at the provider: where the browser is sent, and what it keeps meanwhile."""

    address: str
    state: str
    nonce: str
    verifier: str

    @property
    def kept(self) -> str:
        """The same for a cookie."""
        return f"{self.state}.{self.nonce}.{self.verifier}"


@dataclass(frozen=True)
class Known:
    """Who the provider says it is: the account's name, and whether there was a second factor."""

    name: str
    proved: bool


def begin(provider: Provider) -> Begun:
    """Begin a sign-in.

    Raises
    ------
    NotSignedInError
        Where the provider does not answer as it should.
    ConfigurationError
        Where there is no secret of the client.
    """
    with _session(provider) as session:
        found = _metadata(provider, session)
        nonce, verifier = secrets.token_urlsafe(32), secrets.token_urlsafe(48)
        address, state = session.create_authorization_url(
            found["authorization_endpoint"], code_verifier=verifier, nonce=nonce
        )
    return Begun(address, state, nonce, verifier)


def finish(provider: Provider, kept: str, state: str, code: str) -> Known:
    """Ask the provider who it was that came back with a code.

    Parameters
    ----------
    kept
        What the browser kept.

    Raises
    ------
    NotSignedInError
        Where this browser began no such sign-in, or what the provider answers is not what it should be.
    """
    parts = kept.split(".")
    if len(parts) != 3 or not all(parts) or not secrets.compare_digest(parts[0].encode(), state.encode()):
        raise _failed("state")
    _, nonce, verifier = parts
    try:
        with _session(provider) as session:
            found = _metadata(provider, session)
            answer = session.fetch_token(
                found["token_endpoint"], code=code, code_verifier=verifier, grant_type="authorization_code",
                timeout=_PATIENCE,
            )  # fmt: skip
            keys = KeySet.import_key_set(session.get(found["jwks_uri"], timeout=_PATIENCE, withhold_token=True).json())
        signed = jwt.decode(answer["id_token"], keys, algorithms=_ALGORITHMS)
        claims = CodeIDToken(
            signed.claims,
            signed.header,
            {
                "iss": {"essential": True, "value": provider.issuer},
                "aud": {"essential": True, "value": provider.client_id},
            },
            {"nonce": nonce, "client_id": provider.client_id},
        )
        claims.validate(leeway=_LEEWAY)
    except (AuthlibBaseError, JoseError, RequestException, ValueError, KeyError, TypeError) as error:
        raise _failed(type(error).__name__) from error
    name = claims.get(provider.claim)
    if not isinstance(name, str):
        raise _failed(provider.claim)
    told = claims.get("amr") or ()
    return Known(name, "mfa" in told or ("pwd" in told and not _POSSESSED.isdisjoint(told)))


def _session(provider: Provider) -> OAuth2Session:
    return OAuth2Session(
        provider.client_id,
        _client_secret(),
        scope="openid profile",
        redirect_uri=provider.desk.rstrip("/") + BACK,
        code_challenge_method="S256",
        default_timeout=_PATIENCE,
    )


def _metadata(provider: Provider, session: OAuth2Session) -> dict[str, Any]:
    """What the provider says of itself, asked every few minutes; a NotSignedInError where it is another, or would leave
    TLS.
    """
    asked, known = _ANNOUNCED.get(provider.issuer, (0.0, None))
    if known is not None and time.monotonic() - asked < _KEPT_FOR:
        return known
    place = provider.issuer.rstrip("/") + "/.well-known/openid-configuration"
    try:
        found: dict[str, Any] = session.get(place, timeout=_PATIENCE, withhold_token=True).json()
        ends = [str(found[name]) for name in ("authorization_endpoint", "token_endpoint", "jwks_uri")]
    except (RequestException, ValueError, KeyError, TypeError) as error:
        raise _failed(type(error).__name__) from error
    begins = provider.issuer.partition("//")[0] + "//"
    if found.get("issuer") != provider.issuer or not all(one.startswith(begins) for one in ends):
        raise _failed("issuer")
    _ANNOUNCED[provider.issuer] = time.monotonic(), found
    return found


def _client_secret() -> str:
    name = os.environ.get(VARIABLE)
    try:
        found = Path(name).read_text(encoding="utf-8").strip() if name else ""
    except (OSError, UnicodeDecodeError):
        found = ""
    if name and found:
        refuse_readable(Path(name))
    else:
        raise ConfigurationError(
            zh=f"没有读到身份提供方给本系统的密钥：请让 {VARIABLE} 指明含有它的文件。",
            en=f"The client's secret cannot be read: {VARIABLE} names the file with it.",
        )
    return found


def _failed(why: str) -> NotSignedInError:
    return NotSignedInError(
        zh=f"身份提供方没有认出来人（{why}）；请重新登录，仍不行请联系管理员。",
        en=f"The identity provider did not say who it is ({why}): sign in again, or ask the administrator.",
    )
