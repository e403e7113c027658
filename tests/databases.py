"""The workspace's database in both kinds: a test that takes `desk` runs on SQLite and on PostgreSQL."""

from __future__ import annotations

import uuid
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
from postgresql_server import server
from sqlalchemy import URL

from riskml.core.workspace import Workspace
from riskml.database.address import VARIABLE


@pytest.fixture(scope="session")
def postgresql() -> Iterator[str]:
    """The address of a server of the tests' own, for psycopg."""
    with server() as address:
        yield address


@pytest.fixture(params=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workspace:
    """A workspace with no records, whose database has no tables yet."""
    if request.param == "postgresql":
        use_new_database(request.getfixturevalue("postgresql"), monkeypatch)
    return Workspace(tmp_path)


def use_new_database(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Make the environment name a new, empty database of the server."""
    name = f"desk_{uuid.uuid4().hex}"
    with psycopg.connect(address, autocommit=True) as connection:
        connection.execute(f"CREATE DATABASE {name}")
    told = psycopg.conninfo.conninfo_to_dict(address)
    url = URL.create(
        "postgresql", username=str(told["user"]), password=str(told["password"]), database=name,
        query={"host": str(told["host"])},
    )  # fmt: skip
    monkeypatch.setenv(VARIABLE, url.render_as_string(hide_password=False))
