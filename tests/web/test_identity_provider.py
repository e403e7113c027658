"""Signing in by an identity provider, against a small one that the test runs on loopback."""

from __future__ import annotations

import base64
import hashlib
import json
import re
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlparse

import pytest
from joserfc import jwt
from joserfc.jwk import ECKey, KeySet
from starlette.testclient import TestClient

from riskml.accounts.accounts import Account, add_account
from riskml.accounts.provider import VARIABLE
from riskml.core.workspace import Workspace
from riskml.database.migrating import open_database
from riskml.web.app import application
from riskml.web.limits import Limits

CLIENT, SECRET = "riskml-desk", "the client's own secret"


class Provider(HTTPServer):
    """A provider: who signs in and what its token claims are set by the test."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answers)
        self.issuer = f"http://127.0.0.1:{self.server_port}/realm"
        self.key = self.signs_with = ECKey.generate_key("P-256", {"kid": "one", "use": "sig", "alg": "ES256"})
        self.announced = self.issuer
        self.claims: dict[str, object] = {}
        self.asked: dict[str, str] = {}
        self.asked_what_it_is = 0

    def sign_in(self, address: str, name: str) -> str:
        """What a person does at the provider; the address that the browser is sent back to."""
        self.asked = {key: value[0] for key, value in parse_qs(urlparse(address).query).items()}
        self.name = name
        return f"{self.asked['redirect_uri']}?state={self.asked['state']}&code=once"

    def token(self) -> str:
        """The token of who signed in last."""
        claims = {"iss": self.issuer, "aud": CLIENT, "sub": "17", "iat": int(time.time()), "exp": int(time.time()) + 60,
                  "nonce": self.asked["nonce"], "preferred_username": self.name, **self.claims}  # fmt: skip
        return jwt.encode({"alg": "ES256", "kid": "one"}, claims, self.signs_with)


class Answers(BaseHTTPRequestHandler):
    """The addresses of a provider."""

    server: Provider

    def do_GET(self) -> None:
        issuer = self.server.announced
        if self.path.endswith("openid-configuration"):
            self.server.asked_what_it_is += 1
            self.say({"issuer": issuer, "authorization_endpoint": f"{issuer}/authorize",
                      "token_endpoint": f"{issuer}/token", "jwks_uri": f"{issuer}/keys"})  # fmt: skip
        else:
            self.say(KeySet([self.server.key]).as_dict(private=False))

    def do_POST(self) -> None:
        sent = parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
        verifier = hashlib.sha256(sent["code_verifier"][0].encode()).digest()
        challenge = base64.urlsafe_b64encode(verifier).rstrip(b"=").decode()
        client = base64.b64encode(f"{CLIENT}:{SECRET}".encode()).decode()
        right = (
            sent["code"] == ["once"]
            and challenge == self.server.asked["code_challenge"]
            and self.headers["Authorization"] == f"Basic {client}"
        )
        if right:
            self.say({"access_token": "none", "token_type": "Bearer", "id_token": self.server.token()})
        else:
            self.say({"error": "invalid_grant"}, 400)

    def say(self, content: object, status: int = 200) -> None:
        body = json.dumps(content).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Nothing is printed."""


@pytest.fixture
def provider() -> Iterator[Provider]:
    server = Provider()
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield server
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def desk_of(tmp_path: Path, provider: Provider, monkeypatch: pytest.MonkeyPatch) -> Iterator[TestClient]:
    (tmp_path / "settings.yaml").write_text(
        f"signing_in:\n  second_factor: []\n  provider: {{issuer: '{provider.issuer}', client_id: {CLIENT}, "
        "desk: 'http://testserver', label: Bureau, claim: preferred_username}\n"
    )
    (tmp_path / "secret").write_text(SECRET + "\n")
    (tmp_path / "secret").chmod(0o600)
    monkeypatch.setenv(VARIABLE, str(tmp_path / "secret"))
    database = open_database(Workspace(tmp_path))
    add_account(database, Account("li", frozenset({"inspector"}), "5301"), "a long pass phrase")
    with TestClient(application(Workspace(tmp_path), secure=False), headers={"Accept-Language": "en"}) as client:
        yield client


def leave(client: TestClient) -> str:
    assert "Sign in by Bureau" in client.get("/login").text
    return client.get("/login/provider", follow_redirects=False).headers["location"]


def test_who_the_provider_names_is_signed_in_with_the_roles_that_it_has_here(desk_of, provider) -> None:
    address = leave(desk_of)
    assert address.startswith(f"{provider.issuer}/authorize?")
    assert {"code_challenge_method=S256", "response_type=code"} <= set(urlparse(address).query.split("&"))
    answer = desk_of.get(provider.sign_in(address, "li"))
    assert (answer.status_code, 'content="0;url=/"' in answer.text) == (200, True)
    page = desk_of.get("/sessions").text  # no password for one time to change first
    assert ("inspector · 5301" in page, "riskml-provider" in desk_of.cookies) == (True, False)


@pytest.mark.parametrize(
    "claims",
    [
        {"iss": "http://elsewhere.invalid"}, {"aud": "another client"}, {"exp": 1}, {"nonce": "another"},
        {"preferred_username": 7}, {"aud": [CLIENT, "more"], "azp": "more"},
    ],
    ids=lambda claims: next(iter(claims)),
)  # fmt: skip
def test_a_token_that_is_not_for_this_sign_in_is_refused(desk_of, provider, claims) -> None:
    provider.claims = claims
    assert desk_of.get(provider.sign_in(leave(desk_of), "li")).status_code == 401
    assert desk_of.get("/sessions").url.path == "/login"


def test_a_token_that_another_key_signed_is_refused(desk_of, provider) -> None:
    provider.signs_with = ECKey.generate_key("P-256", {"kid": "one"})
    assert desk_of.get(provider.sign_in(leave(desk_of), "li")).status_code == 401


def test_a_provider_that_says_it_is_another_is_refused(desk_of, provider) -> None:
    provider.announced = "http://127.0.0.1:9/other"
    answer = desk_of.get("/login/provider")
    assert (answer.status_code, "did not say who it is (issuer)" in answer.text) == (401, True)


def test_whoever_did_not_begin_here_is_refused(desk_of, provider) -> None:
    back = provider.sign_in(leave(desk_of), "li")
    desk_of.cookies.clear()
    assert desk_of.get(back).status_code == 401
    begun = leave(desk_of)
    provider.sign_in(begun, "li")
    other = re.sub("state=[^&]*", "state=another", provider.sign_in(begun, "li"))
    assert desk_of.get(other).status_code == 401
    assert desk_of.get("/login/provider/back").status_code == 401


def test_whom_nobody_added_here_is_refused(desk_of, provider) -> None:
    answer = desk_of.get(provider.sign_in(leave(desk_of), "stranger"))
    assert (answer.status_code, "is not here" in answer.text) == (401, True)


def test_a_second_factor_of_the_provider_counts_and_a_password_alone_does_not(desk_of, provider, tmp_path) -> None:
    settings = tmp_path / "settings.yaml"
    settings.write_text(settings.read_text().replace("[]", "[inspector]"))
    desk_of.get(provider.sign_in(leave(desk_of), "li"))
    assert desk_of.get("/sessions", follow_redirects=False).headers["location"] == "/second-factor"
    for given, one_is_enough in (
        (["otp"], False), (["hwk"], False), (["pwd", "sms"], False), (["pwd", "otp"], True), (["mfa"], True),
    ):  # fmt: skip
        provider.claims = {"amr": given}
        desk_of.get(provider.sign_in(leave(desk_of), "li"))
        assert ("Own sessions" in desk_of.get("/sessions").text) == one_is_enough, given


def test_without_a_nonce_nobody_is_signed_in(desk_of, provider) -> None:
    back = provider.sign_in(leave(desk_of), "li")
    state, _, verifier = desk_of.cookies["riskml-provider"].split(".")
    for kept in (f"{state}..{verifier}", f"{state}.{verifier}", state):
        desk_of.cookies.clear()
        desk_of.cookies.set("riskml-provider", kept)
        assert "(state)" in desk_of.get(back).text, kept


def test_the_clients_secret_is_its_owners_alone_and_is_a_text(desk_of, tmp_path) -> None:
    secret = tmp_path / "secret"
    secret.chmod(0o640)
    assert "chmod 600" in desk_of.get("/login/provider").text
    secret.chmod(0o600)
    secret.write_bytes(b"\xff\xfe\x00")
    answer = desk_of.get("/login/provider")
    assert (answer.status_code, "cannot be read" in answer.text) == (400, True)


def test_the_provider_is_asked_what_it_is_once_and_by_one_address_not_for_ever(desk_of, provider, monkeypatch) -> None:
    for _ in range(3):
        leave(desk_of)
    assert provider.asked_what_it_is == 1
    monkeypatch.setattr(Limits, "take", lambda *_: False)
    answer = desk_of.get("/login/provider")
    assert (answer.status_code, "too often" in answer.text) == (401, True)


def test_without_a_setting_there_is_none(tmp_path) -> None:
    with TestClient(application(Workspace(tmp_path), secure=False)) as client:
        assert client.get("/login/provider").status_code == 400
        assert "/login/provider" not in client.get("/login").text
