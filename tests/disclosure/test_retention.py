"""What is known of natural persons, and what is removed of it when its time is over."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.exc import DBAPIError
from typer.testing import CliRunner

from riskml.accounts.accounts import Account, add_account, disable_account, list_accounts
from riskml.accounts.retention import remove_accounts
from riskml.accounts.sign_in import sign_in
from riskml.accounts.tables import ACCOUNTS
from riskml.accounts.tokens import issue_token
from riskml.audit.logs import READS
from riskml.casework.retention import REMOVED
from riskml.casework.tables import CASES, EVENTS
from riskml.cli import app
from riskml.core.china_day import china_now, china_today
from riskml.core.errors import RunError
from riskml.core.init import create_workspace
from riskml.core.principal import Principal
from riskml.core.workspace import Workspace
from riskml.database.database import Database, database_of
from riskml.database.migrating import open_database, upgrade
from riskml.disclosure.authorisations import Grant, Purpose, authorisations_for, grant, proof_of
from riskml.disclosure.partners import PartnerKind, add_partner, give_account_to
from riskml.disclosure.retention import remove_partners_accounts, remove_signers
from riskml.services.retention import review_persons

PASSWORD = "a long pass phrase"
TODAY, LONG = china_today(), timedelta(days=4000)


def a_case(database: Database, state: str, days: int) -> int:
    """An objection received and left in a state so many days ago; the number of its first event."""
    at = china_now() - timedelta(days=days)
    told = {"from": "赵六", "about": "等级", "proof": ["身份证复印件"], "received_on": "2020-01-01"}
    opened = {"kind": "objection", "scheme": "guandu", "enterprise": "E", "division": "53", "opened_by": "li",
              "account": "li", "opened_at": at, "why": "来件"}  # fmt: skip
    step = {"who": "li", "account": "li", "at": at, "why": "来件"}
    with database.writing() as connection:
        case = connection.execute(insert(CASES).values(opened).returning(CASES.c.id)).scalar_one()
        first = {"case_id": case, "number": 1, "action": "open", "state": "received", "content": told, **step}
        number: int = connection.execute(insert(EVENTS).values(first).returning(EVENTS.c.id)).scalar_one()
        last = {"case_id": case, "number": 2, "action": "withdraw", "state": state, "content": {}, **step}
        connection.execute(insert(EVENTS).values(last))
    return number


@pytest.fixture
def held(desk: Workspace) -> Workspace:
    """A workspace with what is past its time and what is not."""
    upgrade(database_of(desk))
    database = open_database(desk)
    add_partner(database, "银行", PartnerKind.bank, "协议", TODAY)
    for name in ("gone", "left", "here"):
        add_account(database, Account(name, frozenset({"bank"}), one_time=False), PASSWORD)
        give_account_to(database, name, 1)
        sign_in(database, name, PASSWORD)
        issue_token(database, name, "x", (), 1)
    for name in ("gone", "left"):
        disable_account(database, name)
    with database.writing() as connection:
        long_ago = update(ACCOUNTS).where(ACCOUNTS.c.name == "gone")
        connection.execute(long_ago.values(disabled_on=china_now() - LONG))
    for until in (TODAY - LONG, TODAY):
        given = Grant("langfang", "E", "13", 1, Purpose.loan, until, until, "李四")
        grant(database, given, b"%PDF-", until)
    return desk


def test_what_is_past_its_time_is_removed_and_the_rest_stays(held: Workspace) -> None:
    database, admin = open_database(held), Principal("admin")
    old, fresh = a_case(database, "withdrawn", 4000), a_case(database, "withdrawn", 1)
    under_way = a_case(database, "accepted", 4000)
    assert [one.past for one in review_persons(held, admin, remove=False)[:3]] == [1, 1, 1]
    assert len(list_accounts(database)) == 3
    assert [one.past for one in review_persons(held, admin, remove=True)[:3]] == [1, 1, 1]
    assert [one.past for one in review_persons(held, admin, remove=False)[:3]] == [0, 0, 0]
    assert [one.name for one in list_accounts(database)] == ["here", "left"]
    newer, older = authorisations_for(database, 1)
    assert (older.grant.signed_by, proof_of(database, older.id), len(older.proof_sha256)) == (None, None, 64)
    assert (newer.grant.signed_by, proof_of(database, newer.id)) == ("李四", ("application/pdf", b"%PDF-"))
    with database.reading() as connection:
        contents = dict(connection.execute(select(EVENTS.c.id, EVENTS.c.content)).tuples().all())
    assert contents[old] == {"from": REMOVED, "about": "等级", "proof": [REMOVED], "received_on": "2020-01-01"}
    assert contents[fresh]["from"] == contents[under_way]["from"] == "赵六"
    with pytest.raises((DBAPIError, RunError), match="only added to"), database.writing() as connection:
        connection.execute(update(EVENTS).values(state="closed"))
    entries = [json.loads(line) for line in (held.data / READS).read_text(encoding="utf-8").splitlines()]
    (removed,) = [one["content"] for one in entries if one["content"]["what"] == "personal data removed"]
    assert (removed["accounts"], removed["authorisations"], removed["cases"]) == (1, 1, 1)


def test_of_more_than_one_statement_may_name_all_is_removed(tmp_path: Path) -> None:
    database = open_database(Workspace(tmp_path))
    for name in ("gone", "here"):
        add_account(database, Account(name, frozenset({"bank"}), one_time=False), PASSWORD)
    names = [f"gone-{number}" for number in range(33_000)] + ["gone"]
    with database.writing() as connection:
        remove_partners_accounts(connection, names)
        remove_accounts(connection, names)
        remove_signers(connection, range(33_000))
    assert [one.name for one in list_accounts(database)] == ["here"]


def test_what_cannot_be_removed_is_named_with_the_reason_and_times_are_settings(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "workspace")
    (workspace.root / "settings.yaml").write_text("persons: {cases_days: 17}\n")
    told = CliRunner().invoke(app, ["--workspace", str(workspace.root), "retention", "--json"])
    found = json.loads(told.stdout)
    assert [one["days"] for one in found["held"][:3]] == [365, 1095, 17]
    for one in found["held"][3:]:
        assert (one["days"], bool(one["why"]["zh"] and one["why"]["en"])) == (None, True)
