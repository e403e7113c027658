"""What would be equals a run on the records as delivered, and the strip of the future equals real runs of later months,
for every method.
"""

from __future__ import annotations

import shutil
from collections import Counter
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from handmade import Province
from provinces import copied
from small_runs import make_bundle, put_in_use

from riskml.core.workspace import Workspace
from riskml.explaining.future import Future
from riskml.records.effect_periods import load_effect_periods
from riskml.records.live import live_sql
from riskml.records.store import open_store
from riskml.records.tables import TABLES
from riskml.runs.future import future
from riskml.runs.published import published_run
from riskml.runs.score import score
from riskml.runs.supposed_steps import Step
from riskml.runs.what_if import what_if

T = date(2026, 10, 31)
LATER = (date(2026, 11, 30), date(2027, 8, 31), date(2029, 2, 28))
SCHEMES = ("yunnan", "guandu", "guangzhou", "langfang", "lingyuan")
"""A model, points of three kinds, and counts."""

pytestmark = pytest.mark.long


def silent(*_: object) -> None:
    """No progress."""


@pytest.fixture(scope="module")
def made(small_loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """A simulated province, and a model of three indicators in use."""
    workspace = copied(small_loaded, tmp_path_factory.mktemp("province") / "workspace")
    put_in_use(workspace, make_bundle())
    return workspace


def graded(workspace: Workspace, scheme: str, day: date) -> dict[str, dict[str, Any]]:
    """What a run published, by enterprise."""
    connection = duckdb.connect()
    published_run(workspace, scheme, day).open_view(connection, "grades", "held")
    rows = connection.sql("SELECT * FROM held ORDER BY hash(enterprise_id)").to_arrow_table().to_pylist()
    return {row["enterprise_id"]: row for row in rows}


def worst(workspace: Workspace, scheme: str, count: int) -> list[str]:
    """Enterprises of every grade, most of the worse ones."""
    found, seen = list[str](), Counter[str]()
    for enterprise_id, row in graded(workspace, scheme, T).items():
        if seen[row["grade"]] < count:
            seen[row["grade"]] += 1
            found.append(enterprise_id)
    return found


@pytest.fixture(scope="module")
def later(made: Workspace) -> Workspace:
    """The same with runs of all schemes, now and of months to come, on one and the same store."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("riskml.runs.as_of.china_today", lambda: max(LATER))
        for scheme in SCHEMES:
            for day in (T, *LATER):
                score(made, scheme, day, silent)
    return made


@pytest.mark.parametrize("scheme", ["yunnan", "guandu", "langfang"])  # a model, points, counts
def test_the_strip_of_the_future_is_what_runs_of_later_months_publish(later: Workspace, scheme: str) -> None:
    runs = {day: graded(later, scheme, day) for day in (T, *LATER)}
    moved = 0
    for enterprise_id in worst(later, scheme, 2):
        found = future(later, scheme, enterprise_id, T, silent)
        states = {state.as_of: state for state in (found.now, *(month.state for month in found.months))}
        assert len(states) == 37
        for day, run in runs.items():
            row, state = run[enterprise_id], states[day]
            assert (state.grade, state.score, state.band) == (row["grade"], row["score"], row["band"]), enterprise_id
            assert len(state.rules) == len(row["rules"])
        moved += len({(states[day].grade, states[day].score) for day in runs}) > 1
    assert moved  # the months differ


def live_on(workspace: Workspace, table: str, enterprise_id: str, day: date) -> set[str]:
    """The records that count on a day, by the rule of what was known when, over the whole store."""
    connection = duckdb.connect()
    open_store(workspace.records).open_views(connection)
    connection.execute(
        f"CREATE TABLE pair AS SELECT '{enterprise_id}' AS {TABLES[table].subject}, DATE '{day}' AS as_of"
    )
    periods = load_effect_periods(workspace.features / "effect_periods.yaml")
    return {row[0] for row in connection.sql(f"SELECT record_id FROM ({live_sql(table, 'pair', periods)})").fetchall()}


LEAVING = """
SELECT enterprise_id FROM (SELECT enterprise_id FROM enterprise GROUP BY ALL
  HAVING bool_and(division LIKE '53%' AND status = 'active' AND kind <> 'individual_business'))
SEMI JOIN ({whose}) USING (enterprise_id) ORDER BY enterprise_id LIMIT 3
"""


def test_a_record_leaves_on_the_first_day_on_which_it_does_not_count(made: Workspace) -> None:
    connection = duckdb.connect()
    open_store(made.records).open_views(connection)
    chosen = [
        row[0]
        for whose in (
            "FROM penalty WHERE severity = 'serious' AND publicised_date > DATE '2025-12-01'",
            f"FROM serious_listing WHERE end_date IS NULL AND planned_end_date > DATE '{T}'",
        )
        for row in connection.sql(LEAVING.format(whose=whose)).fetchall()
    ]
    tables, checked = {table.label: name for name, table in TABLES.items()}, Counter[str]()
    for enterprise_id in chosen:
        found: Future = future(made, "yunnan", enterprise_id, T, silent)
        for one in found.leaving:
            table, before = tables[one.table], one.day - timedelta(days=1)
            counts = [one.record_id in live_on(made, table, enterprise_id, day) for day in (before, one.day)]
            assert counts == [True, one.why != "effect_period"], one
            checked[one.why] += 1
    assert set(checked) == {"effect_period", "window", "planned_end"}, checked


def amendments(workspace: Workspace) -> dict[str, tuple[Step, dict[str, Any]]]:
    """Enterprises, each with a step and the amendment that is delivered of it."""
    connection = duckdb.connect()
    open_store(workspace.records).open_views(connection)
    rows = connection.sql("SELECT * FROM penalty WHERE fine > 0 ORDER BY event_date DESC, record_id").to_arrow_table()
    found: dict[str, tuple[Step, dict[str, Any]]] = {}
    kinds = ("repaired", "revoked", "misjudged", "reduced")
    for number, row in enumerate(rows.to_pylist()[:60]):
        kind, who = kinds[number % 4], row["enterprise_id"]
        part, value = ("fine", str(row["fine"] / 2)) if kind == "reduced" else (None, None)
        delivered = {
            "record_id": f"A-{number}", "of_table": "penalty", "of_record": row["record_id"], "kind": kind,
            "of_source": row["source"], "of_enterprise": who, "part": part, "value": value,
            "event_date": T.isoformat(), "known_date": T.isoformat(),
        }  # fmt: skip
        step = Step(kind, f"penalty:{row['record_id']}", part=part, value=value)  # type: ignore[arg-type]
        found.setdefault(who, (step, delivered))
    return found


def test_what_would_be_is_what_a_run_publishes_once_it_is_so(made: Workspace, tmp_path: Path) -> None:
    supposed = amendments(made)
    copy = Workspace(tmp_path / "copy")
    shutil.copytree(made.root, copy.root, ignore=shutil.ignore_patterns("runs"))
    Province(copy.root, "handmade").receive({"amendment": [delivered for _, delivered in supposed.values()]})
    moved = 0
    for scheme in SCHEMES:
        score(copy, scheme, T, silent)
        run = graded(copy, scheme, T)
        for enterprise_id in sorted(set(supposed) & set(run))[:6]:
            step, _ = supposed[enterprise_id]
            found = what_if(made, scheme, enterprise_id, [step], T, None, silent)
            row = run[enterprise_id]
            assert (found.after.grade, found.after.score) == (row["grade"], row["score"]), (scheme, enterprise_id)
            moved += (found.before.grade, found.before.score) != (found.after.grade, found.after.score)
    assert moved > 5
