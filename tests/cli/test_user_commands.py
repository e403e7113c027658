"""Accounts by commands: added, listed, disabled, given other passwords and tokens; no password on a command line."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from riskml.accounts.sign_in import NotSignedInError, sign_in
from riskml.accounts.tokens import bearer_of
from riskml.cli import app
from riskml.core.errors import ConfigurationError
from riskml.core.init import create_workspace
from riskml.core.workspace import Workspace
from riskml.database.migrating import open_database


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return create_workspace(tmp_path / "workspace")


def run(workspace: Workspace, *words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, ["--workspace", str(workspace.root), "user", *words], input=typed)


def test_an_account_is_added_with_a_password_shown_once_and_disabled(workspace):
    added = run(workspace, "add", "li", "--role", "inspector", "--region", "5301")
    name, password = added.stdout.split()
    assert (name, len(password)) == ("li", 24)
    opened = sign_in(open_database(workspace), "li", password)
    assert (opened.account.one_time, opened.account.region) == (True, "5301")
    (listed,) = json.loads(run(workspace, "list", "--json").stdout)["accounts"]
    assert (listed["roles"], listed["disabled_on"]) == (["inspector"], None)
    run(workspace, "disable", "li")
    with pytest.raises(NotSignedInError):
        sign_in(open_database(workspace), "li", password)


def test_a_password_is_typed_and_not_shown(workspace):
    added = run(workspace, "add", "wang", "--role", "approver", "--ask", typed="a pass phrase of one's own\n")
    assert "pass phrase" not in added.stdout
    assert sign_in(open_database(workspace), "wang", "a pass phrase of one's own").account.name == "wang"
    given = run(workspace, "password", "wang").stdout.split()[1]
    assert sign_in(open_database(workspace), "wang", given).account.one_time


def test_a_token_ends_with_the_others_and_with_its_account(workspace):
    run(workspace, "add", "wang", "--role", "approver", "--ask", typed="a pass phrase of one's own\n")
    database = open_database(workspace)
    token = run(workspace, "token", "wang", "--scope", "read").stdout.strip()
    assert bearer_of(database, token) is None  # the password was not changed yet
    assert run(workspace, "token", "wang", "--end").stdout == "1 token ended.\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("add", "li", "--role", "inspecter"), "no role 'inspecter'"),
        (("add", "LI", "--role", "inspector"), "small letters"),
        (("add", "li", "--role", "inspector", "--region", "530"), "2, 4 or 6 digits"),
        (("add", "li", "--role", "enterprise"), "needs --enterprise"),
        (("disable", "nobody"), "no account nobody"),
    ],
)
def test_what_will_not_do_is_said(workspace, words, said):
    found = run(workspace, *words).exception
    assert isinstance(found, ConfigurationError)
    assert said in found.en


def test_serve_refuses_a_network_without_tls(workspace):
    asked = ["--workspace", str(workspace.root), "serve", "--host", "192.0.2.1"]
    found = CliRunner().invoke(app, asked).exception
    assert isinstance(found, ConfigurationError)
    assert "--behind-tls" in found.en


def test_the_desk_is_not_served_to_a_network_that_needs_second_factors_without_a_key(workspace, monkeypatch):
    monkeypatch.delenv("RISKML_DESK_KEY", raising=False)
    told = CliRunner().invoke(app, ["--workspace", str(workspace.root), "serve", "--behind-tls"])
    assert isinstance(told.exception, ConfigurationError)
    assert "RISKML_DESK_KEY is not set" in told.exception.en
