"""The benchmark of answers about one enterprise: what it reports, and that each of its steps runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from runs.test_explained_from_run import silent
from small_runs import T, make_workspace

from riskml.lab.benchmarks import desk_sides
from riskml.lab.benchmarks.desk import DeskResult
from riskml.lab.benchmarks.speed_province import SpeedProvince
from riskml.runs.score import score

MEASURED = {
    "publish": {"enterprises": 1000, "seconds": 5.0},
    "explain": {"asked": 300, "median": 12.0, "p99": 40.0},
    "shell": {"started": 5, "seconds": 0.8},
    "readers": {"readers": 20, "each": 10, "median": 90.0, "p99": 200.0, "rss_mib": 300.0},
    "rescore": {"asked": 300, "rescore": {"median": 70.0, "p99": 140.0}, "what_if": {"median": 150.0, "p99": 280.0}},
    "repair": {
        "asked": 300, "solved_share": 0.995, "within_a_second": 1.0, "median": 210.0, "p99": 400.0,
        "processor": {"median": 200.0, "p99": 390.0},
    },
    "usual": {"seconds": 120.0},
}  # fmt: skip


def test_each_answer_has_its_figures_beside_what_is_usual() -> None:
    result = DeskResult(True, MEASURED)
    found = result.to_dict()
    assert found["explain_ms"] == {"median": 12.0, "p99": 40.0}
    assert found["readers_20"] == {"median_ms": 90.0, "p99_ms": 200.0, "rss_mib": 300.0}
    assert (found["shell_s"], found["usual_s"], found["enterprises"]) == (0.8, 120.0, 1000)
    assert (found["rescore_ms"], found["what_if_ms"]) == (
        {"median": 70.0, "p99": 140.0},
        {"median": 150.0, "p99": 280.0},
    )
    assert found["repair"] == {
        "solved_share": 0.995, "median_ms": 210.0, "p99_ms": 400.0, "within_a_second": 1.0,
        "processor_ms": {"median": 200.0, "p99": 390.0},
    }  # fmt: skip
    (shown,) = result.tables()
    assert any("99.5%" in row[0] for row in shown.rows)
    assert "simulated" in shown.title
    assert ["120.0" in row for row in shown.rows].count(True) == 1
    assert "300 enterprises one after another" in result.notes()[0]


def test_every_reading_step_answers_about_a_published_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    workspace = make_workspace(tmp_path / "workspace")
    score(workspace, "yunnan", T, silent)
    for name, value in {"ASKED": 3, "WARM": 1, "READERS": 2, "EACH": 1, "STARTED": 1}.items():
        monkeypatch.setattr(desk_sides, name, value)
    for step in ("explain", "shell", "readers"):
        found = desk_sides.STEPS[step](SpeedProvince(workspace, T))
        assert all(value > 0 for value in found.values())
    monkeypatch.setattr(desk_sides, "ASKED", 40)
    graded = desk_sides.STEPS["rescore"](SpeedProvince(workspace, T))
    assert 0 < graded["rescore"]["median"] < graded["what_if"]["p99"]
    back = desk_sides.STEPS["repair"](SpeedProvince(workspace, T))
    assert back["asked"] > 0
    assert back["solved_share"] == 1.0
    assert 0 < back["median"] <= back["p99"]
