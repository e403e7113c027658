"""The database: the same on SQLite and PostgreSQL, its tables made, changed and taken back whole."""

from __future__ import annotations

import contextlib
from datetime import UTC, datetime, timedelta

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError

from riskml.accounts.tables import ACCOUNTS
from riskml.casework.tables import CASES, EFFECTS, EVENTS
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.workspace import Workspace
from riskml.database import migrating
from riskml.database.address import VARIABLE, database_url
from riskml.database.database import Database, database_of
from riskml.database.migrating import NOTHING, downgrade, open_database, upgrade, version_of, versions
from riskml.database.tables import METADATA

NOON = datetime(2026, 11, 30, 4, 0, tzinfo=UTC)
A_CASE = {
    "kind": "objection",
    "scheme": "guandu",
    "enterprise": "91530100MA6K12345X",
    "division": "530111",
    "origin": None,
    "opened_by": "张三",
    "account": "desk",
    "opened_at": NOON,
    "why": "来件",
}


def with_a_case(workspace: Workspace) -> Database:
    upgrade(database_of(workspace))
    database = open_database(workspace)
    with database.writing() as connection:
        case = connection.execute(CASES.insert().values(A_CASE).returning(CASES.c.id)).scalar_one()
        step = {"case_id": case, "number": 1, "action": "open", "state": "received", "who": "张三", "account": "desk",
                "at": NOON, "why": "来件", "content": {}}  # fmt: skip
        event = connection.execute(EVENTS.insert().values(step).returning(EVENTS.c.id)).scalar_one()
        connection.execute(EFFECTS.insert().values(event_id=event, kind="ledger", content={}))
    return database


def test_the_migrations_make_the_tables_that_the_packages_declare(desk: Workspace) -> None:
    assert {ACCOUNTS.name, CASES.name} <= set(METADATA.tables)
    upgrade(database_of(desk))
    with database_of(desk).reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), METADATA) == []


def test_migrations_are_one_line() -> None:
    assert len(ScriptDirectory(str(migrating.MIGRATIONS)).get_heads()) == 1
    assert list(versions()) == [f"{number:04d}" for number in range(1, len(versions()) + 1)]


def test_up_and_down_again_with_data_in_it(desk: Workspace) -> None:
    database = with_a_case(desk)
    for version in reversed((NOTHING, *versions()[:-1])):
        assert downgrade(database, version).present == version
    with database.reading() as connection:
        assert inspect(connection).get_table_names() == ["alembic_version"]
    assert upgrade(database).is_newest
    with_a_case(desk)


def test_each_step_down_and_up_keeps_what_both_versions_hold(desk: Workspace) -> None:
    database = with_a_case(desk)
    for version in reversed(versions()[:-1]):
        downgrade(database, version)
        upgrade(database)
        with database.reading() as connection:
            assert [row.enterprise for row in connection.execute(select(CASES))] == [A_CASE["enterprise"]]


def test_cases_and_their_steps_are_only_added_to(desk: Workspace) -> None:
    database = with_a_case(desk)
    for statement in (
        CASES.update().values(why="other"), EVENTS.update().values(state="closed"), EVENTS.delete(), CASES.delete(),
    ):  # fmt: skip
        with pytest.raises((DBAPIError, RunError), match="only added to"), database.writing() as connection:
            connection.execute(statement)
    with database.reading() as connection:
        assert connection.execute(select(EVENTS.c.state)).scalars().all() == ["received"]


def test_a_step_belongs_to_a_case_and_has_its_own_number(desk: Workspace) -> None:
    database = with_a_case(desk)
    step = {"number": 1, "action": "a", "state": "s", "who": "w", "account": "a", "at": NOON, "why": "w", "content": {}}
    for case in (1, 99):
        with pytest.raises(IntegrityError), database.writing() as connection:
            connection.execute(EVENTS.insert().values(case_id=case, **step))


def test_times_keep_their_zone_and_sort(desk: Workspace) -> None:
    database = with_a_case(desk)
    with database.reading() as connection:
        found = connection.execute(select(CASES.c.opened_at)).scalar_one()
    assert found == NOON
    assert found.utcoffset() == timedelta(hours=8)
    with pytest.raises(StatementError, match="time zone"), database.writing() as connection:
        connection.execute(CASES.insert().values({**A_CASE, "opened_at": datetime(2026, 11, 30)}))


def test_a_block_that_fails_leaves_nothing(desk: Workspace) -> None:
    database = with_a_case(desk)
    with contextlib.suppress(KeyboardInterrupt), database.writing() as connection:
        connection.execute(CASES.insert().values(A_CASE))
        raise KeyboardInterrupt
    with database.reading() as connection:
        assert len(connection.execute(select(CASES.c.id)).all()) == 1


def test_a_migration_that_fails_leaves_the_tables_as_they_were(desk: Workspace) -> None:
    database = database_of(desk)
    with database.writing() as connection:
        connection.execute(text("CREATE TABLE case_effect (id INTEGER)"))  # 0001 fails at its last table
    with pytest.raises((DBAPIError, RunError), match="case_effect"):
        upgrade(database)
    with database.reading() as connection:
        assert [name for name in inspect(connection).get_table_names() if name != "alembic_version"] == ["case_effect"]


def test_a_file_is_made_and_a_server_is_not_changed_unasked(desk: Workspace) -> None:
    if database_of(desk).is_file:
        assert version_of(open_database(desk)).is_newest
    else:
        with pytest.raises(RunError, match="riskml database upgrade"):
            open_database(desk)


def test_tables_of_an_unknown_version_are_not_used(desk: Workspace) -> None:
    upgrade(database_of(desk))
    with database_of(desk).writing() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(RunError, match="use the newer program"):
        open_database(desk)


def test_there_is_no_version_of_that_name(desk: Workspace) -> None:
    upgrade(database_of(desk))
    with pytest.raises(ConfigurationError, match="There is no version '0000'"):
        downgrade(database_of(desk), "0000")
    downgrade(database_of(desk), NOTHING)
    with pytest.raises(ConfigurationError, match="is later"):
        downgrade(database_of(desk), "0001")


@pytest.mark.parametrize("address", ["mysql://u:s3cret@h/d", "s3cret", "postgresql://u:s3cret@h/d?sslmode=disable"])
def test_a_wrong_address_is_refused_without_its_password(
    address: str, tmp_path: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, address)
    with pytest.raises(ConfigurationError) as caught:
        database_url(Workspace(tmp_path))
    assert "s3cret" not in caught.value.zh + caught.value.en


def test_beyond_the_machine_it_is_reached_over_verified_tls(
    tmp_path: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(VARIABLE, "postgresql://u:p@db.example/d")
    assert database_url(Workspace(tmp_path)).query["sslmode"] == "verify-full"
