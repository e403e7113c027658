"""Cases on SQLite and PostgreSQL: `desk` has hand-made enterprises, and today is the last of November 2026."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from databases import postgresql, use_new_database
from handmade import Province
from small_runs import MONTHS, make_workspace

from riskml.casework import office
from riskml.core.init import create_workspace
from riskml.core.working_days import WORKING_DAYS
from riskml.core.workspace import Workspace
from riskml.database.database import database_of
from riskml.database.migrating import upgrade
from riskml.runs.score import score

__all__ = ["postgresql"]

TODAY = date(2026, 11, 30)


@pytest.fixture(autouse=True)
def on_day(monkeypatch: pytest.MonkeyPatch) -> Callable[[date], None]:
    """Makes it another day; it is `TODAY` first."""

    def set_day(day: date) -> None:
        monkeypatch.setattr(office, "china_today", lambda: day)

    set_day(TODAY)
    return set_day


@pytest.fixture(scope="session")
def registered(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with an enterprise in Guandu, one in Langfang, one in Lingyuan, one in Guangzhou."""
    workspace = create_workspace(tmp_path_factory.mktemp("cases") / "workspace")
    places = {"guandu1": "530111", "langfang1": "131003", "lingyuan1": "211382", "guangzhou1": "440106"}
    Province(workspace.root).receive({
        "enterprise": [
            {"record_id": f"R-{name}", "enterprise_id": name, "valid_from": "2020-01-01", "name": name,
             "status": "active", "kind": "limited_company", "division": division}
            for name, division in places.items()
        ],
    })  # fmt: skip
    return workspace.root


@pytest.fixture(params=["sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest, registered: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """The workspace `registered` with a new database; a calendar that a test gives it is taken away again."""
    workspace = Workspace(registered)
    for path in workspace.data.glob("riskml.sqlite*"):
        path.unlink()
    if request.param == "postgresql":
        use_new_database(request.getfixturevalue("postgresql"), monkeypatch)
    upgrade(database_of(workspace))
    yield workspace
    (workspace.features / WORKING_DAYS).unlink(missing_ok=True)


@pytest.fixture(scope="session")
def months(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small province with a model and three published runs."""
    workspace = make_workspace(tmp_path_factory.mktemp("months") / "workspace")
    for day in MONTHS:
        score(workspace, "yunnan", day, lambda *_: None)
    return workspace.root


@pytest.fixture(params=["sqlite", "postgresql"])
def months_copied(
    request: pytest.FixtureRequest, months: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Workspace:
    """A copy of `months` with its own database."""
    if request.param == "postgresql":
        use_new_database(request.getfixturevalue("postgresql"), monkeypatch)
    made = Workspace(shutil.copytree(months, tmp_path / "workspace"))
    upgrade(database_of(made))
    return made
