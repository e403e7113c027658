"""The main job end to end on a small simulated province: trained, scored, published, explained."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import lightgbm
import numpy as np
import pyarrow.parquet as pq
import pytest

from riskml.core.errors import ConfigurationError, RunError
from riskml.core.init import create_workspace
from riskml.core.locks import exclusive
from riskml.core.workspace import Workspace
from riskml.runs.explain_one import explain_one
from riskml.runs.layout import TABLES
from riskml.runs.result import RunResult
from riskml.runs.score import score
from riskml.runs.score_block import EVIDENCE
from riskml.training.model import load_model

T = date(2026, 10, 31)


def silent(*_: object) -> None:
    """No progress."""


@pytest.fixture(scope="module")
def run(workspace: Workspace) -> RunResult:
    return score(workspace, "yunnan", T, silent)


@pytest.fixture(scope="module")
def facts(workspace: Workspace) -> dict[str, Any]:
    """What the model's training showed."""
    return load_model(workspace, "yunnan").bundle.facts


def parts(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.parquet"))}


def test_every_reason_is_published_with_the_records_that_explaining_it_cites(
    workspace: Workspace, run: RunResult
) -> None:
    published = pq.read_table(run.folder / "reasons").to_pandas().set_index(["enterprise_id", "indicator"])
    assert (published["evidence_count"] > EVIDENCE).any()
    compared = 0
    for enterprise in published.index.get_level_values(0).unique()[::400]:
        explanation = explain_one(workspace, "yunnan", enterprise, T)
        for reason in (*explanation.raised, *explanation.lowered):
            if (enterprise, reason.indicator) not in published.index:
                continue  # the page tells more reasons than are published
            one = published.loc[(enterprise, reason.indicator)]
            assert one["evidence_count"] == reason.evidence.count
            if reason.evidence.count <= EVIDENCE:
                assert set(one["evidence"]) == {citation.record_id for citation in reason.evidence.cited}
            else:
                assert len(one["evidence"]) == EVIDENCE
            compared += reason.evidence.count > 0
    assert compared > 30


def test_the_parts_follow_each_other_in_time_and_are_judged_on_random_draws(facts: dict[str, Any]) -> None:
    parts = facts["parts"]
    assert parts["learn"]["until"] < parts["calibrate"]["from"] < parts["calibrate"]["until"] < parts["test"]["from"]
    assert set(parts["test"]["observed"]) == set(parts["calibrate"]["observed"]) == {"random"}
    assert set(parts["learn"]["observed"]) > {"random"}


def test_the_model_beats_chance_and_past_penalties(facts: dict[str, Any]) -> None:
    assert facts["auc_above_baseline"]["random"]["low"] > 0
    assert facts["auc_above_baseline"]["past_penalties"]["low"] > 0


def test_a_figure_is_not_too_good(facts: dict[str, Any]) -> None:
    """The simulated risk itself ranks random draws with an AUC of about 0.85; more would be a leak."""
    assert facts["figures"]["model"]["figures"]["auc"]["value"] < 0.87


def test_the_truth_is_out_of_reach(workspace: Workspace) -> None:
    store = (workspace.records / "manifest.json").read_text()
    assert "hidden_risk" not in store
    assert not list(workspace.records.rglob("*hidden*"))


def test_simulated_figures_say_so(run: RunResult) -> None:
    assert run.simulated
    assert "模拟数据" in (run.folder / "report.html").read_text(encoding="utf-8")


def test_everyone_registered_is_graded_once(run: RunResult) -> None:
    grades = pq.read_table(run.folder / "grades").to_pandas()
    assert grades["enterprise_id"].is_unique
    assert len(grades) == run.enterprises == sum(run.grades.values())


def test_contributions_and_base_add_up_to_lightgbms_own_margin(workspace: Workspace, run: RunResult) -> None:
    grades = pq.read_table(run.folder / "grades").to_pandas()
    contributions = (
        pq.read_table(run.folder / "contributions").to_pandas().set_index("enterprise_id").loc[grades["enterprise_id"]]
    )
    assert np.abs(contributions.sum(axis=1).to_numpy() - grades["margin"].to_numpy()).max() < 1e-6
    bundle = load_model(workspace, "yunnan").bundle
    assert bundle.score(grades["margin"]) == pytest.approx(grades["score"])


def test_scores_follow_the_booster_in_the_bundle(workspace: Workspace, run: RunResult) -> None:
    from riskml.runs.indicators import indicators_of_one
    from riskml.training.settings import load_training

    grades = pq.read_table(run.folder / "grades").to_pandas()
    one = grades.sort_values("score").iloc[-1]
    settings, _ = load_training(workspace.models / "yunnan" / "training.yaml")
    row = indicators_of_one(workspace, settings, one["enterprise_id"], T)
    bundle = load_model(workspace, "yunnan").bundle
    booster = lightgbm.Booster(model_str=bundle.predictor.files["booster.txt"].decode())
    values = row[list(bundle.columns)].to_numpy(dtype=float).reshape(1, -1)
    assert booster.predict(values, raw_score=True)[0] == pytest.approx(one["margin"], abs=1e-6)


def test_the_same_inputs_give_the_same_bytes(workspace: Workspace, run: RunResult) -> None:
    before = parts(run.folder)
    score(workspace, "yunnan", T, silent)
    assert {name.split("/")[0] for name in before} == set(TABLES)
    assert parts(run.folder) == before


def test_the_manifest_names_every_file_with_its_hash(run: RunResult) -> None:
    manifest = json.loads((run.folder / "manifest.json").read_text(encoding="utf-8"))
    assert set(manifest["files"]) == set(parts(run.folder))
    assert manifest["enterprises"] == run.enterprises
    assert manifest["quarantined_rows"]


def test_a_blacklisted_enterprise_is_d_by_art15_1(workspace: Workspace, run: RunResult) -> None:
    rules = pq.read_table(run.folder / "rules").to_pandas()
    grades = pq.read_table(run.folder / "grades").to_pandas().set_index("enterprise_id")
    listed = rules[rules["rule"] == "blacklisted"]
    assert len(listed)
    assert set(grades.loc[listed["enterprise_id"], "grade"]) == {"D"}
    assert all(len(evidence) for evidence in listed["evidence"])


KILLED = """
import os, signal, sys
from datetime import date
from pathlib import Path
import riskml.runs.{module} as module
from riskml.runs.score import score
from riskml.core.workspace import Workspace

original = module.{function}
def die(*args, **kwargs):
    if {after}:
        original(*args, **kwargs)
    os.kill(os.getpid(), signal.SIGKILL)
module.{function} = die
score(Workspace(Path(sys.argv[1])), "yunnan", date(2026, 10, 31), lambda *_: None)
"""


@pytest.mark.parametrize(
    ("module", "function", "after"),
    [
        ("score_block", "grade_block", False),
        ("layout", "write_parquet", True),
        ("run", "write_report", False),
        ("run", "write_report", True),
    ],
)
def test_a_run_killed_midway_leaves_the_published_one_and_resumes_to_the_same_bytes(
    workspace: Workspace, run: RunResult, module: str, function: str, after: bool
) -> None:
    before = parts(run.folder)
    code = textwrap.dedent(KILLED.format(module=module, function=function, after=after))
    died = subprocess.run([sys.executable, "-c", code, str(workspace.root)], env=os.environ, check=False)
    assert died.returncode == -signal.SIGKILL
    assert parts(run.folder) == before
    score(workspace, "yunnan", T, silent)
    assert parts(run.folder) == before
    assert not list((workspace.runs / "yunnan").glob(".*draft"))


@pytest.fixture
def locked(workspace: Workspace) -> Iterator[None]:
    with exclusive(workspace.runs / "yunnan" / "run.lock"):
        yield


@pytest.mark.usefixtures("locked", "run")
def test_two_runs_at_once_are_refused(workspace: Workspace) -> None:
    with pytest.raises(RunError, match="Another riskml process"):
        score(workspace, "yunnan", T, silent)


def test_a_changed_bundle_is_refused(workspace: Workspace, run: RunResult, tmp_path: Path) -> None:
    copy = tmp_path / "workspace"
    shutil.copytree(workspace.root, copy, ignore=shutil.ignore_patterns("simulated", "truth", "mlruns"))
    booster = copy / "models" / "yunnan" / "bundle" / "booster.txt"
    booster.write_text(booster.read_text().replace("leaf_value=", "leaf_value=9", 1))
    with pytest.raises(RunError, match=r"booster\.txt"):
        score(Workspace(copy), "yunnan", T, silent)


def test_without_a_model_the_message_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="riskml train"):
        score(create_workspace(tmp_path / "empty"), "yunnan", T, silent)
