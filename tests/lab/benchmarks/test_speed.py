"""The speed benchmark: what it reports, on what, and that nothing is compared with what the other side does not do."""

from __future__ import annotations

import contextlib
import importlib
import io
import json
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from handmade import ROOT, Province
from provinces import T, copied, silent
from typer.testing import CliRunner

from riskml.cli import app
from riskml.core.errors import ConfigurationError, RunError
from riskml.engines.duckdb import connect
from riskml.features.matrix import MatrixBuilder
from riskml.features.specs import load_system
from riskml.lab.benchmarks.speed import SpeedResult, measure
from riskml.lab.benchmarks.speed_commands import COMMANDS
from riskml.lab.benchmarks.speed_province import SpeedProvince, open_speed_province, run_python
from riskml.lab.benchmarks.speed_sides import spread_pairs
from riskml.records.effect_periods import load_effect_periods
from riskml.records.store import open_store

MEASURED: dict[str, dict[str, Any]] = {
    "month_end": {"enterprises": 1000, "seconds": 2.0, "peak_memory_gib": 3.0},
    "pairs": {"pairs": 1000, "seconds": 3.0, "peak_memory_gib": 4.0},
    "contributions": {
        "rows": 500, "ours_rows_per_second_per_core": 100.0, "lightgbm_rows_per_second_per_core": 50.0, "ratio": 2.0,
        "max_abs_diff": 1e-12,
        "peak_memory_gib": 1.0,
    },
    "together": {
        "rows": 500, "ours_rows_per_second_per_core": 1000.0, "shap_rows_per_second_per_core": 10.0, "ratio": 100.0,
        "max_abs_diff": 1e-15,
        "peak_memory_gib": 1.0,
    },
    "run": {"enterprises": 1000, "seconds": 5.0, "stages": {"indicators": 4.0, "report": 1.0}, "evidence": False,
    "peak_memory_gib": 6.0},
    "commands": {"export_csv": {"seconds": 9.0, "processor_seconds": 12.5, "peak_memory_gib": 1.5}},
    "naive": {
        "enterprises": 1000, "measured": 100,
        "stages": {"indicators": 20.0, "contributions": 79.0, "rules": 1.0, "evidence, listing it": 50.0},
        "extrapolated": ["contributions"], "peak_memory_gib": 8.0,
    },
}  # fmt: skip


def test_the_ratios_are_the_other_sides_time_over_ours() -> None:
    found = SpeedResult("any", True, MEASURED).to_dict()
    assert found["contributions"]["ratio"] == 2.0
    assert found["features"]["ratio"] == 10.0
    assert found["features"]["pairs_over_month_end"] == 1.5
    assert found["run"]["ratio"] == 20.0
    assert found["peak_memory_gib"] == 6.0
    assert found["commands"]["export_csv"]["seconds"] == 9.0
    assert found["run"]["naive_rows_measured"] == {"contributions": 100}


def test_evidence_counts_only_where_the_run_publishes_it_too() -> None:
    publishes = MEASURED | {"run": MEASURED["run"] | {"evidence": True}}
    assert SpeedResult("any", True, MEASURED).to_dict()["run"]["naive_seconds"] == 100.0
    assert SpeedResult("any", True, publishes).to_dict()["run"]["naive_seconds"] == 150.0


def test_what_is_scaled_up_or_simulated_is_said() -> None:
    result = SpeedResult("6", True, MEASURED)
    assert any("100 of 1,000" in note and "contributions" in note for note in result.notes())
    assert "simulated" in result.tables()[0].title
    assert ("export_csv", "9.0", "12.5", 1.5) in result.tables()[1].rows


def test_pairs_are_one_for_each_enterprise_at_month_ends_at_which_it_was_known(province: Province) -> None:
    since = {f"E{number:02}": "2020-01-01" for number in range(72)} | {"NEW": "2026-09-30", "GONE": "2020-01-01"}
    province.receive({
        "enterprise": [
            {"record_id": f"R-{name}", "enterprise_id": name, "valid_from": day, "name": name, "established_date": day,
             "status": "deregistered" if name == "GONE" else "active"}
            for name, day in since.items()
        ]
    })  # fmt: skip
    periods = load_effect_periods(ROOT / "features" / "effect_periods.yaml")
    builder = MatrixBuilder(connect(province.workspace.spill), province.store, load_system(ROOT / "features"), periods)
    pairs = spread_pairs(builder, date(2026, 10, 31), "true").set_index("enterprise_id")["as_of"]
    assert set(pairs.index) == set(since) - {"GONE"}
    assert pairs["NEW"] in (date(2026, 9, 30), date(2026, 10, 31))
    months = pairs.drop("NEW").value_counts()
    assert sorted(months.index) == list(pd.date_range("2023-11-30", "2026-10-31", freq="ME").date)
    assert set(months) == {2}


def test_a_step_that_fails_says_which_and_why() -> None:
    with pytest.raises(RunError, match=r"(?s)riskml\.cli nonsense.*There is no command"):
        run_python("riskml.cli", "nonsense")


def test_a_real_data_set_needs_its_folder() -> None:
    failed = CliRunner().invoke(app, ["benchmark", "chicago"])
    assert isinstance(failed.exception, ConfigurationError)
    assert "--data" in failed.exception.zh


def within_this_process(module: str, *arguments: str) -> str:
    """What `run_python` gives, without a process of its own: each takes seconds to load what it needs."""
    if module == "riskml.cli":
        done = CliRunner().invoke(app, arguments)
        assert done.exit_code == 0, done.output
        return done.stdout
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        importlib.import_module(module).main(*arguments)
    return printed.getvalue()


def content(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.long
def test_the_whole_benchmark_on_a_small_province(trained: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a province that has a model by the shipped settings, to which nothing is written; each step on few rows."""
    before = content(trained)
    for name, rows in (("CONTRIBUTION_ROWS", 200), ("TOGETHER_ROWS", 100), ("SHAP_ROWS", 2), ("NAIVE_ROWS", 200)):
        monkeypatch.setattr(f"riskml.lab.benchmarks.speed_sides.{name}", rows)
    for module in ("speed", "speed_commands"):
        monkeypatch.setattr(f"riskml.lab.benchmarks.{module}.run_python", within_this_process)
    done = CliRunner().invoke(app, ["benchmark", "speed", "--depth", "6", "--data", str(trained), "--json"])
    assert done.exit_code == 0, done.output
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["contributions"]["max_abs_diff"] < 1e-9
    assert found["together"]["max_abs_diff"] < 1e-9
    assert found["enterprises"] == found["features"]["pairs"]
    assert set(found["run"]["stages"]) == {"ours", "naive"}
    assert set(found["run"]["stages"]["naive"]) >= {
        "indicators",
        "contributions",
        "rules",
        "grades",
        "reasons",
        "writing",
    }
    for ratio in (
        found["contributions"]["ratio"],
        found["together"]["ratio"],
        found["features"]["ratio"],
        found["features"]["pairs_over_month_end"],
        found["run"]["ratio"],
    ):
        assert ratio > 0
    assert 0 < found["peak_memory_gib"] < 8
    assert list(found["commands"]) == list(COMMANDS)
    assert all(one["processor_seconds"] > 0 for one in found["commands"].values())
    assert content(trained) == before


@pytest.mark.long
def test_a_step_and_a_command_are_measured_each_in_a_process_of_its_own(trained: Path, tmp_path: Path) -> None:
    copy = copied(trained, tmp_path / "workspace")
    found = measure("month_end", SpeedProvince(copy, T))
    assert found["enterprises"] > 1000
    assert 0 < found["peak_memory_gib"] < 4
    printed = run_python("riskml.lab.benchmarks.speed_commands", "check", str(copy.root), T.isoformat())
    assert json.loads(printed.splitlines()[-1])["processor_seconds"] > 0


def test_where_there_is_no_province_one_is_made_and_kept_and_a_model_trained_apart_from_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trained_on = []

    def run(module: str, *arguments: str) -> str:
        if "train" not in arguments:
            return within_this_process(module, *arguments)
        workspace = Path(arguments[1])
        trained_on.append((workspace, arguments[2:], (workspace / "models/yunnan/training.yaml").read_text("utf-8")))
        return ""

    monkeypatch.setattr("riskml.lab.benchmarks.speed_province.run_python", run)
    data = tmp_path / "kept"
    with open_speed_province(300, "any", data, silent) as province:
        assert province.as_of == T
        assert len(province.store.paths("enterprise")) == 1
    ((workspace, words, settings),) = trained_on
    assert workspace != data
    assert words == ("train", "--scheme", "yunnan", "--as-of", T.isoformat())
    assert "max_depth: -1" in settings
    assert not workspace.exists()
    assert open_store(data / "data" / "records").simulated
    assert list((data / "models" / "yunnan").glob("bundle*")) == []
    assert list((data / "runs").iterdir()) == []
