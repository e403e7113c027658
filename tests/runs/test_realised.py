"""What visits find after a run was published, by the grade it gave."""

from __future__ import annotations

from pathlib import Path

from handmade import Province
from small_runs import BEFORE, T, code, make_workspace

from riskml.runs.published import published_run
from riskml.runs.realised import realised_rates
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
    score(workspace, "yunnan", T, lambda *_: None)
    assert "后来的检查结果" in (published_run(workspace, "yunnan", T).folder / "report.html").read_text(
        encoding="utf-8"
    )
