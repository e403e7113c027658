"""Sessions end by themselves, and by TLS every cookie is one that only this host can have set."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from riskml.accounts import sign_in as signing
from riskml.accounts.accounts import Account, add_account, disable_account
from riskml.accounts.sign_in import IDLE, LONGEST, session_of, sign_in
from riskml.core.china_day import china_now
from riskml.core.workspace import Workspace
from riskml.database.database import Database
from riskml.database.migrating import open_database
from riskml.web.app import application

PASSWORD = "a long pass phrase"


@pytest.fixture
def database(tmp_path: Path) -> Database:
    found = open_database(Workspace(tmp_path))
    add_account(found, Account("li", frozenset({"inspector"}), one_time=False), PASSWORD)
    return found


def move_clock(monkeypatch: pytest.MonkeyPatch, to: datetime) -> None:
    monkeypatch.setattr(signing, "china_now", lambda: to)


def test_a_session_that_nobody_uses_ends(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = china_now()
    secret = sign_in(database, "li", PASSWORD).secret
    move_clock(monkeypatch, begun + IDLE - timedelta(minutes=1))
    assert session_of(database, secret) is not None
    move_clock(monkeypatch, begun + 2 * IDLE - timedelta(minutes=2))  # it was used meanwhile
    assert session_of(database, secret) is not None
    move_clock(monkeypatch, begun + 4 * IDLE)
    assert session_of(database, secret) is None
    move_clock(monkeypatch, begun)
    assert session_of(database, secret) is None  # for good


def test_a_session_in_use_ends_at_the_latest(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    begun = china_now()
    secret = sign_in(database, "li", PASSWORD).secret
    for used in range(1, int(LONGEST / IDLE) * 2):
        move_clock(monkeypatch, begun + used * IDLE / 2)
        assert session_of(database, secret) is not None
    move_clock(monkeypatch, begun + LONGEST + timedelta(minutes=1))
    assert session_of(database, secret) is None


def test_the_sessions_of_a_disabled_account_end_at_once(database: Database) -> None:
    secret = sign_in(database, "li", PASSWORD).secret
    disable_account(database, "li")
    assert session_of(database, secret) is None


def test_by_tls_every_cookie_is_of_this_host_alone(tmp_path: Path) -> None:
    with TestClient(application(Workspace(tmp_path), secure=True), base_url="https://desk.invalid") as visitor:
        answer = visitor.get("/login?lang=en")
    set_cookies = answer.headers.get_list("set-cookie")
    assert len(set_cookies) == 2
    for one in set_cookies:
        assert one.startswith("__Host-riskml-form=" if "form" in one else "__Host-lang=en")
        assert "; Secure" in one
        assert "path=/" in one.lower()
        assert "domain" not in one.lower()
    assert answer.headers["strict-transport-security"] == "max-age=31536000"
