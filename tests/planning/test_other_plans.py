"""Other plans of a year: what they draw counts towards the cap, and none is committed to unseen."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest
from hand_plans import NONCE, planned, settings_of
from sqlalchemy import text

from riskml.core.errors import RunError
from riskml.core.workspace import Workspace
from riskml.database.migrating import open_database
from riskml.planning import other_plans
from riskml.planning.commitment import commit, draw
from riskml.planning.frame import _read_cases
from riskml.planning.other_plans import drawn_beside, refuse_unseen
from riskml.planning.plan_files import PlanFolder
from riskml.planning.write import write_plan


def made_plan(workspace: Workspace, name: str) -> PlanFolder:
    settings = settings_of(plan=name)
    folder = PlanFolder.of(workspace, "yunnan", name)
    others, day = [one.name for one in drawn_beside(workspace, settings)], date(2026, 10, 31)
    write_plan(folder, planned(settings), (), (), secret="salt", as_of=day, others=others, simulated=True)
    return folder


def test_a_plan_is_committed_to_where_it_counts_all_that_others_drew(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace = Workspace(tmp_path)
    workspace.data.mkdir()
    ledger = workspace.ledger
    first, second = made_plan(workspace, "first"), made_plan(workspace, "second")
    refuse_unseen(ledger, first)
    commit(ledger, first)
    refuse_unseen(ledger, first)  # again, before its draw
    with pytest.raises(RunError, match="yunnan/first of the same year is committed to and not drawn"):
        refuse_unseen(ledger, second)
    with monkeypatch.context() as later:  # a plan that was given up stands in nobody's way
        later.setattr(other_plans, "china_today", lambda: date(2027, 1, 1))
        refuse_unseen(ledger, second)
    draw(ledger, first, "", {"notary": NONCE})
    with pytest.raises(RunError, match="yunnan/first was drawn after yunnan/second was made"):
        refuse_unseen(ledger, second)
    refuse_unseen(ledger, made_plan(workspace, "second"))


def test_cases_of_another_version_are_not_left_out_in_silence(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    workspace.data.mkdir()
    connection = duckdb.connect()
    _read_cases(connection, workspace, "yunnan")
    assert connection.execute("SELECT count(*) FROM open_case").fetchone() == (0,)
    with open_database(workspace).writing() as database:
        database.execute(text("UPDATE alembic_version SET version_num = '0001'"))
    with pytest.raises(RunError):
        _read_cases(duckdb.connect(), workspace, "yunnan")
