"""The second factor: chosen, given, lost; own sessions seen and ended; passwords that are found soon."""

from __future__ import annotations

import re
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyotp
import pytest
from sqlalchemy import select, text
from starlette.testclient import TestClient

from riskml.accounts import second_factor
from riskml.accounts.accounts import FAILURES, Account, add_account, disable_account, set_password
from riskml.accounts.desk_key import VARIABLE, make_desk_key
from riskml.accounts.passwords import refuse_weak
from riskml.accounts.sign_in import sessions_of, sign_in
from riskml.accounts.tables import RECOVERY_CODES, SECOND_FACTORS
from riskml.core.errors import ConfigurationError
from riskml.core.principal import Principal
from riskml.core.settings import load_settings
from riskml.core.workspace import Workspace
from riskml.database.database import database_of
from riskml.database.migrating import open_database, upgrade
from riskml.services.accounts import forget_factor
from riskml.web.app import application

PASSWORD = "a long pass phrase"
ROLES = "signing_in: {second_factor: [approver], words: [凌源市, riskbureau]}\n"


class Clock:
    """The clock that codes go by, moved by hand."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.now = time.time()
        monkeypatch.setattr(second_factor.time, "time", lambda: self.now)

    def code(self, secret: str) -> str:
        """The code of the next half minute, which is then the present one."""
        self.now += second_factor.STEP
        return pyotp.TOTP(secret).at(int(self.now))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    return Clock(monkeypatch)


@pytest.fixture
def desk_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make_desk_key(tmp_path / "desk.key")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "desk.key"))


@pytest.fixture
def workspace(tmp_path: Path, desk_key: None) -> Workspace:
    made = Workspace(tmp_path)
    (tmp_path / "settings.yaml").write_text(ROLES, encoding="utf-8")
    for name, role in (("wang", "approver"), ("li", "administrator")):
        add_account(open_database(made), Account(name, frozenset({role}), one_time=False), PASSWORD)
    return made


@pytest.fixture
def visitor(workspace: Workspace):
    with TestClient(application(workspace, secure=False), headers={"Accept-Language": "en"}) as client:
        yield client


def token(page: str) -> str:
    return re.findall(r'name="form_token" value="([^"]+)"', page)[-1]


def enter(client: TestClient, name: str) -> str:
    client.cookies.clear()
    form = {"name": name, "password": PASSWORD, "form_token": token(client.get("/login").text), "after": "/sessions"}
    return client.post("/login", data=form).text


def give(client: TestClient, code: str, password: str = PASSWORD) -> object:
    page = client.get("/second-factor").text
    return client.post("/second-factor", data={"form_token": token(page), "code": code, "password": password})


def chosen(client: TestClient, clock: Clock) -> tuple[str, list[str]]:
    """Sign in for the first time and choose a second factor: its secret, and the recovery codes."""
    page = enter(client, "wang")
    (secret,) = re.findall(r'<span class="id">([A-Z2-7]{32})<', page)
    assert client.get("/second-factor").text.count(secret) == 1  # the same until it is confirmed
    before = client.cookies["riskml"]
    page = give(client, clock.code(secret)).text
    assert client.cookies["riskml"] != before
    return secret, re.findall(r'<li class="id">([a-z0-9-]+)<', page)


def test_whoever_needs_a_second_factor_chooses_it_first_and_gives_it_ever_after(visitor, clock) -> None:
    secret, recovery = chosen(visitor, clock)
    assert len(set(recovery)) == second_factor.RECOVERY
    assert "Own sessions" in visitor.get("/sessions").text
    assert "Second factor" in enter(visitor, "wang")
    for path in ("/sessions", "/enterprises", "/password"):
        assert visitor.get(path).url.path == "/second-factor"
    code = clock.code(secret)
    assert give(visitor, code).status_code != 401
    assert "Own sessions" in visitor.get("/sessions").text
    enter(visitor, "wang")
    assert give(visitor, code).status_code == 401  # it was used
    clock.now += second_factor.STEP
    assert give(visitor, pyotp.TOTP(secret).at(int(clock.now) - second_factor.STEP)).status_code == 401  # too old
    assert "server&#39;s clock" in give(visitor, "000000").text
    assert "Own sessions" in enter(visitor, "li")  # whose role needs none


def test_a_recovery_code_opens_once(visitor, clock, workspace) -> None:
    _, recovery = chosen(visitor, clock)
    enter(visitor, "wang")
    give(visitor, recovery[0].upper())
    assert "Own sessions" in visitor.get("/sessions").text
    enter(visitor, "wang")
    assert give(visitor, recovery[0]).status_code == 401
    with open_database(workspace).reading() as connection:
        kept = connection.execute(select(RECOVERY_CODES.c.digest)).scalars().all()
    assert not set(kept) & set(recovery)


def test_wrong_codes_lock_the_account(visitor, clock) -> None:
    secret, recovery = chosen(visitor, clock)
    enter(visitor, "wang")
    for number in range(FAILURES):
        assert give(visitor, f"{number:06}").status_code == 401
    assert give(visitor, clock.code(secret)).status_code == 401
    assert give(visitor, recovery[0]).status_code == 401
    assert "disabled or locked" in enter(visitor, "wang")


def test_a_factor_that_is_lost_is_reset_by_the_administrator(visitor, clock, workspace) -> None:
    secret, _ = chosen(visitor, clock)
    forget_factor(workspace, Principal("admin"), "wang")
    assert visitor.get("/sessions").url.path == "/login"
    assert secret not in enter(visitor, "wang")
    with pytest.raises(ConfigurationError, match="no account nobody"):
        forget_factor(workspace, Principal("admin"), "nobody")


def test_what_codes_are_reckoned_from_is_encrypted_and_of_the_account_alone(
    desk, desk_key, clock, tmp_path, monkeypatch
):
    upgrade(database_of(desk))
    database = open_database(desk)
    for name in ("wang", "zhao"):
        add_account(database, Account(name, frozenset({"approver"}), one_time=False), PASSWORD)
    sessions = []
    for name in ("wang", "zhao"):
        sign_in(database, name, PASSWORD)
        sessions += [one.digest for one in sessions_of(database, name)]
    wang, zhao = sessions
    secret = second_factor.begin_factor(database, "wang", wang).secret
    second_factor.begin_factor(database, "zhao", zhao)
    with database.writing() as connection:
        kept = connection.execute(select(SECOND_FACTORS.c.secret)).scalars().all()
        assert all(secret not in one for one in kept)
        connection.execute(text("UPDATE second_factor SET secret = :it WHERE account = 'zhao'"), {"it": kept[0]})
    with pytest.raises(second_factor.WrongCodeError):
        second_factor.confirm_factor(database, "zhao", zhao, clock.code(secret))
    second_factor.confirm_factor(database, "wang", wang, clock.code(secret))
    assert [(one.proved, one.has_factor) for one in sessions_of(database, "wang")] == [(True, True)]
    make_desk_key(tmp_path / "other.key")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "other.key"))
    clock.now += second_factor.STEP
    with pytest.raises(ConfigurationError, match="encrypted by another key"):
        second_factor.give_factor(database, "wang", wang, "000000")


def test_what_one_session_was_shown_no_other_goes_on_with(desk, desk_key, clock) -> None:
    upgrade(database_of(desk))
    database = open_database(desk)
    add_account(database, Account("wang", frozenset({"approver"})), PASSWORD)
    digests = []
    for _ in range(2):
        sign_in(database, "wang", PASSWORD)
        digests += [one.digest for one in sessions_of(database, "wang") if one.digest not in digests]
    first, second = digests
    seen = second_factor.begin_factor(database, "wang", first).secret
    assert second_factor.begin_factor(database, "wang", first).secret == seen
    own = second_factor.begin_factor(database, "wang", second).secret
    assert own != seen
    for session, secret in ((first, own), (second, seen)):
        with pytest.raises(second_factor.WrongCodeError):
            second_factor.confirm_factor(database, "wang", session, clock.code(secret))
    for forget in (
        lambda: set_password(database, "wang", "another long phrase", (), one_time=False),
        lambda: disable_account(database, "wang"),
    ):
        second_factor.begin_factor(database, "wang", second)
        forget()
        with database.reading() as connection:
            assert connection.execute(select(SECOND_FACTORS.c.account)).all() == []


def test_a_password_for_one_time_shows_no_second_factor(visitor, workspace) -> None:
    add_account(open_database(workspace), Account("new", frozenset({"approver"})), PASSWORD)
    form = {"form_token": token(enter(visitor, "new")), "code": "000000", "password": PASSWORD}
    assert visitor.post("/second-factor", data=form).url.path == "/password"
    with open_database(workspace).reading() as connection:
        assert connection.execute(select(SECOND_FACTORS.c.account)).all() == []


def test_a_second_factor_is_chosen_by_whoever_says_the_password_again(visitor, clock) -> None:
    (secret,) = re.findall(r'<span class="id">([A-Z2-7]{32})<', enter(visitor, "wang"))
    for wrong in ("", "a wrong pass phrase"):
        assert give(visitor, clock.code(secret), wrong).status_code == 401
    assert visitor.get("/sessions").url.path == "/second-factor"
    assert give(visitor, clock.code(secret)).status_code == 200
    assert "Own sessions" in visitor.get("/sessions").text


def test_codes_that_are_guessed_at_once_are_counted_one_after_the_other(desk, desk_key, clock) -> None:
    upgrade(database_of(desk))
    database = open_database(desk)
    add_account(database, Account("wang", frozenset({"approver"}), one_time=False), PASSWORD)
    sign_in(database, "wang", PASSWORD)
    (held,) = sessions_of(database, "wang")
    secret = second_factor.begin_factor(database, "wang", held.digest).secret
    second_factor.confirm_factor(database, "wang", held.digest, clock.code(secret))
    ready = threading.Barrier(3 * FAILURES)

    def guess(number: int) -> None:
        ready.wait()
        with pytest.raises(second_factor.WrongCodeError):
            second_factor.give_factor(database, "wang", held.digest, f"{number:06}")

    looked_at = []
    kept = second_factor._uses
    with pytest.MonkeyPatch.context() as patched, ThreadPoolExecutor(3 * FAILURES) as pool:
        patched.setattr(second_factor, "_uses", lambda *of: (looked_at.append(of), time.sleep(0.02), kept(*of))[-1])
        list(pool.map(guess, range(3 * FAILURES)))
    assert len(looked_at) == FAILURES


def test_somebody_sees_and_ends_their_own_sessions_and_nobody_elses(visitor, workspace) -> None:
    database = open_database(workspace)
    for browser in ("Mozilla/5.0 (one)", "Mozilla/5.0 (two)"):
        sign_in(database, "li", PASSWORD, browser)
    sign_in(database, "wang", PASSWORD)
    page = enter(visitor, "li")
    (others,) = [re.findall(r'name="which" value="(\w+)"', page)]
    assert (len(others), "(one)" in page) == (2, True)
    (foreign,) = [one.digest for one in sessions_of(database, "wang")]
    form = {"form_token": token(page), "which": [others[0], foreign], "password": "wrong pass phrase"}
    assert visitor.post("/sessions", data=form).status_code == 401
    page = visitor.post("/sessions", data={**form, "password": PASSWORD}).text
    assert re.findall(r'name="which" value="(\w+)"', page) == [others[1]]
    assert len(sessions_of(database, "wang")) == 1


@pytest.mark.parametrize(
    "password",
    [
        "123456789012",
        "qwertyuiop123",
        "Password123456",
        "1qaz2wsx3edc",
        "lingyuan2026",
        "riskbureau-2026",
        "凌源市20261130",
    ],
)
def test_a_password_that_is_found_soon_is_refused(workspace, password: str) -> None:
    words = load_settings(workspace).signing_in.words
    with pytest.raises(ConfigurationError, match=r"found soon|12 to 128"):
        refuse_weak(password, "lingyuan", words)


@pytest.mark.parametrize(
    "password", [PASSWORD, "七个不相干的词放在一起就很长", "x7-rk3m-pq9v-a2fd", "y" * 20 + "sun moon river"]
)
def test_a_long_password_of_any_signs_is_taken(workspace, password: str) -> None:
    refuse_weak(password, "li", load_settings(workspace).signing_in.words)


def test_who_needs_a_second_factor_is_a_setting(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    usual = load_settings(workspace).signing_in
    assert (usual.needs_factor({"bank"}, by_network=True), usual.needs_factor({"bank"}, by_network=False)) == (
        True,
        False,
    )
    (tmp_path / "settings.yaml").write_text("signing_in: {second_factor: [inspektor]}")
    with pytest.raises(ConfigurationError, match="no role 'inspektor'"):
        load_settings(workspace)
