"""Expectations are kept as they were stated, and each has the steps that the same account took later."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from riskml.casework.case import Actor
from riskml.casework.expectations import Expectation, add_expectation, expectations, has_stated
from riskml.casework.kinds import kind_named
from riskml.casework.store import add_case
from riskml.core.china_day import china_now
from riskml.core.workspace import Workspace
from riskml.database.database import database_of
from riskml.database.migrating import open_database, upgrade

NOW = china_now().replace(microsecond=0)
HERE, ELSEWHERE = "91530102MA6K000001", "91530402MA6K000002"


def stated(account: str, enterprise: str, division: str, expected: str) -> Expectation:
    return Expectation(account, enterprise, division, "yunnan", "yunnan/2026-10-31", "D", expected, "why", NOW)


def test_what_was_expected_is_listed_with_what_the_same_account_did_later(desk: Workspace) -> None:
    upgrade(database_of(desk))
    database = open_database(desk)
    with database.writing() as connection:
        for one in (stated("li", HERE, "530102", "A"), stated("wang", HERE, "530102", "D"),
                    stated("li", ELSEWHERE, "530402", "B")):  # fmt: skip
            add_expectation(connection, one)
        for account, hours in (("li", 2), ("li", -2), ("zhao", 2)):
            actor = Actor(account, account, frozenset({"case_officer"}))
            at = NOW + timedelta(hours=hours)
            add_case(connection, kind_named("visit"), "yunnan", HERE, "530102", actor, "why", {},
                     origin=f"{account} {hours}", at=at)  # fmt: skip
    with database.reading() as connection:
        assert has_stated(connection, stated("li", HERE, "530102", "D"))
        assert not has_stated(connection, stated("zhao", HERE, "530102", "A"))
        found = expectations(connection, "yunnan", "")
        kunming = expectations(connection, "yunnan", "5301")
        assert expectations(connection, "guandu", "") == ()
    assert [(one.account, one.enterprise, one.differs, len(later)) for one, later in found] == [
        ("li", ELSEWHERE, True, 0), ("wang", HERE, False, 0), ("li", HERE, True, 1),
    ]  # fmt: skip
    assert [one.enterprise for one, _ in kunming] == [HERE, HERE]
    assert found[0][0] == stated("li", ELSEWHERE, "530402", "B")
    assert "opened" in kunming[1][1][0].said


@pytest.mark.parametrize("change", ["UPDATE expectation SET expected = 'D'", "DELETE FROM expectation"])
def test_nothing_that_was_stated_is_changed_or_removed(desk: Workspace, change: str) -> None:
    upgrade(database_of(desk))
    database = open_database(desk)
    with database.writing() as connection:
        add_expectation(connection, stated("li", HERE, "530102", "A"))
    with pytest.raises(DBAPIError, match="only added to"), database.writing() as connection:
        connection.execute(text(change))
