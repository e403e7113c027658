"""What visits find after a run was published, by the grade it gave."""

from __future__ import annotations

from pathlib import Path

import pyarrow.parquet as pq
import pytest
from handmade import Province
from small_runs import BEFORE, T, code, make_workspace

from riskml.runs.published import published_run
from riskml.runs.realised import drawn_rates, realised_rates
from riskml.runs.score import score
from riskml.schemes.policy import load_policy


def visit(number: int, day: str, result: str, kind: str = "random") -> dict[str, str]:
    return {
        "record_id": f"V-{number}-{day}-{kind}",
        "enterprise_id": code(number),
        "event_date": day,
        "kind": kind,
        "result": result,
    }


def test_visits_count_with_the_grade_of_the_last_run_before_them(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "workspace")
    score(workspace, "yunnan", BEFORE, lambda *_: None)
    province = Province(workspace.root)
    province.deliveries = 1
    province.receive({"inspection": [
        visit(14, "2026-10-05", "problem"),  # a D
        visit(14, "2026-09-30", "problem"),  # on the run's own day: known to it
        visit(14, "2026-10-06", "problem", kind="targeted"),
        visit(20, "2026-10-05", "no_problem"), visit(21, "2026-10-07", "problem"),
        {**visit(22, "2026-10-08", "problem"), "result": None},
    ]})  # fmt: skip
    run = published_run(workspace, "yunnan", BEFORE)
    found = realised_rates(province.connection(), [run], T, ["random"], load_policy(workspace, "yunnan").periods)
    counted = {one.grade: (one.visits, one.problems) for one in found}
    assert counted["D"] == (1, 1)
    assert sum(visits for visits, _ in counted.values()) == 3
    assert drawn_rates(province.connection(), [run], T, load_policy(workspace, "yunnan").periods) == {}
    score(workspace, "yunnan", T, lambda *_: None)
    assert "后来的检查结果" in (published_run(workspace, "yunnan", T).folder / "report.html").read_text(
        encoding="utf-8"
    )


def test_drawn_visits_stand_for_as_many_as_their_probability_says(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "workspace")
    score(workspace, "yunnan", BEFORE, lambda *_: None)
    province = Province(workspace.root)
    province.deliveries = 1
    graded = published_run(workspace, "yunnan", BEFORE)
    alike = [row for row in pq.read_table(graded.parts("grades")).to_pylist() if row["grade"] == "A"][:5]
    chances = (0.5, 0.1, 0.1, 0.2, None)
    results = ("problem", "no_problem", "no_problem", None, "problem")
    province.receive({"inspection": [
        {**visit(0, "2026-10-05", "problem"), "record_id": f"W-{place}", "enterprise_id": row["enterprise_id"],
         "result": result, "draw_chance": chance and round(chance * 2**32), "plan": "2026-10"}
        for place, (row, chance, result) in enumerate(zip(alike, chances, results, strict=True))
    ]})  # fmt: skip
    periods = load_policy(workspace, "yunnan").periods
    found = {one.grade: one for one in realised_rates(province.connection(), [graded], T, ["random"], periods)}["A"]
    assert (found.drawn, found.visits, found.problems) == (4, 3, 1)
    assert found.rate == pytest.approx(2 / 22), "one of two, and two of ten"
    assert found.least is not None
    assert found.most is not None
    assert found.least < (found.low or 0) < found.rate < (found.high or 0) < found.most
    by = drawn_rates(province.connection(), [graded], T, periods)
    assert set(by) == {"grade", "region", "trade"}
    assert [(one.grade, one.drawn) for one in by["trade"]] == [("F", 4)]
