"""What comes back of a plan: outcomes counted, and rates of everyone whom it could have visited."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from hand_plans import INSPECTORS, code, drawn_plan, people_of, planned, written
from handmade import Province

from riskml.core.china_day import CHINA
from riskml.core.errors import RunError
from riskml.core.init import create_workspace
from riskml.planning import commitment
from riskml.planning.estimate import estimate_plan
from riskml.planning.office_lists import OfficeLists, Wanted
from riskml.planning.plan_files import PEOPLE
from riskml.planning.read_back import visits_of
from riskml.records.effect_periods import EFFECT_PERIODS, load_effect_periods

UNTIL = date(2026, 10, 31)


def test_what_the_visits_found_stands_for_everyone_the_plan_could_visit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The hour is part of the commitment, and so of the draw: of one in twenty the interval leaves out what is true.
    monkeypatch.setattr(commitment, "china_now", lambda: datetime(2026, 11, 1, tzinfo=CHINA))
    workspace = create_workspace(tmp_path / "workspace")
    at_cap = dict.fromkeys(range(5), 3)
    lists = OfficeLists((Wanted(code(205), "officer"), Wanted(code(206), "officer")), INSPECTORS, ())
    folder, ledger = drawn_plan(tmp_path, planned(people=people_of(visits=at_cap), lists=lists), workspace.ledger)
    people = pq.read_table(folder.office / PEOPLE).to_pandas()
    visited = people[people["unit"].isin({one.unit for one in visits_of(ledger, folder)})]
    results = {"A": "no_problem", "B": "problem", "C": "uncooperative", "D": "unreachable"}
    rows = [
        {"record_id": f"R-{place}", "enterprise_id": one.enterprise_id, "event_date": "2026-10-10", "kind": "random",
         "result": results[one.grade], "plan": folder.name, "draw_chance": 2**31}
        for place, one in enumerate(visited.itertuples())
    ]  # fmt: skip
    unseen = next(place for place, row in enumerate(rows) if row["result"] == "problem")
    rows[unseen]["result"] = None
    elsewhere = {**rows[0], "record_id": "R-else", "plan": "2026-11", "result": "problem"}
    Province(workspace.root).receive({"inspection": [*rows, elsewhere]})
    periods = load_effect_periods(workspace.features / EFFECT_PERIODS)
    found = estimate_plan(workspace, folder, UNTIL, periods)

    graded = visited["grade"].value_counts()
    assert (found.visits, found.scope, found.left_out) == (len(rows), 375, 5)
    assert found.outcomes == {
        "problem": graded["B"] - 1, "clean": graded["A"], "refused": graded["C"], "unreachable": graded["D"],
        "not_visited": 1,
    }  # fmt: skip
    by = found.by["grade"]
    assert (by["A"].problems, by["A"].seen) == (0, graded["A"])
    assert by["A"].low < by["C"].low
    assert (by["C"].problems, by["C"].seen) == (graded["C"], graded["C"])
    assert by["B"].unseen > 0
    assert by["B"].drawn == by["B"].seen + 1
    everyone = found.by["everyone"][""]
    assert everyone.low < 180 / 375 < everyone.high
    random, chosen = found.arms["random"], found.arms["officer"]
    is_random = {one.unit: one.is_random for one in visits_of(ledger, folder)}
    drawn = visited[visited["unit"].map(is_random) & (visited["arms"].str.find("officer") < 0)]
    assert len(drawn) - 1 <= random.seen <= len(drawn)
    assert random.problems == random.seen - (drawn["grade"] == "A").sum()
    assert 1 <= chosen.seen == chosen.problems <= 2
    assert found.officers_more is not None
    assert found.officers_more.value == pytest.approx(1 - random.rate.value)
    assert found.officers_more.low < found.officers_more.value < found.officers_more.high
    assert set(found.by["trade"]) == {"C", "F", "H"}


def test_a_plan_that_was_not_drawn_has_no_results(tmp_path: Path) -> None:
    folder, ledger = written(tmp_path)
    with pytest.raises(RunError, match="is not drawn"):
        visits_of(ledger, folder)
