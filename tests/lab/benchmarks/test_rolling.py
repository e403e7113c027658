"""Rolling origins with seeds and intervals: what is learnt from, what is judged, and what a group's rate says."""

from __future__ import annotations

import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from riskml.core.language import Label
from riskml.core.workspace import Workspace
from riskml.lab.benchmarks.candidates import MODEL, SCORECARD, Scores
from riskml.lab.benchmarks.rolling import SEEDS, Rolled, roll, rolled_note
from riskml.lab.simulated_origins import roll_draws
from riskml.lifecycle.training_data import TrainingData, fit_classifier
from riskml.lifecycle.whole_cohort import read_whole_cohort
from riskml.training.interval_coverage import GROUPS

UNTIL = date(2026, 10, 31)
SPANS = ((date(2025, 11, 1), date(2026, 4, 30)), (date(2026, 5, 1), date(2026, 10, 31)))
NAME = Label("省", "province")


def quiet(*_: object) -> None:
    """No progress."""


@pytest.fixture(scope="module")
def data(loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> TrainingData:
    """Every visit of the simulated province, for a quick model with seeds."""
    root = tmp_path_factory.mktemp("rolling") / "workspace"
    shutil.copytree(loaded, root)
    whole = read_whole_cohort(Workspace(root), "yunnan", UNTIL, quiet)
    model = whole.settings.model.model_copy(update={"n_estimators": 30, "form": "trees"})
    cohort = whole.settings.cohort.model_copy(update={"selection": "as_inspected"})
    splits = whole.settings.splits.model_copy(update={"calibrate_months": 0})
    return replace(
        whole, settings=whole.settings.model_copy(update={"model": model, "cohort": cohort, "splits": splits})
    )


def origins(data: TrainingData) -> tuple[list[Scores], list[tuple[np.ndarray, np.ndarray]]]:
    days = pd.to_datetime(data.cohort["visit_date"])
    scores, parts = [], []
    for first, last in SPANS:
        learn = data.learn & (days < pd.Timestamp(first)).to_numpy()
        judged = data.learn & days.between(pd.Timestamp(first), pd.Timestamp(last)).to_numpy()
        margin = fit_classifier(replace(data, learn=learn)).margin(data.matrix[judged])
        past = data.matrix.loc[judged, "penalty_count_1095d"].to_numpy()
        who = data.cohort["enterprise_id"].to_numpy(dtype=object)[judged]
        by = {MODEL: margin, SCORECARD: past}
        scores.append(Scores(first, last, data.outcome[judged], who, by, first=np.zeros(len(who), dtype=bool)))
        parts.append((learn, judged))
    return scores, parts


@pytest.fixture(scope="module")
def rolled(data: TrainingData) -> Rolled:
    return roll(NAME, data, *origins(data))


def test_figures_are_means_of_the_origins(data: TrainingData, rolled: Rolled) -> None:
    scores, parts = origins(data)
    means = [np.mean([roc_auc_score(one.outcome, one.by[name]) for one in scores]) for name in (MODEL, SCORECARD)]
    assert [rolled.model.value, rolled.scorecard.value] == pytest.approx(means)
    assert rolled.above.value == pytest.approx(means[0] - means[1])
    assert rolled.model.low < rolled.model.value < rolled.model.high
    judged = np.concatenate([data.outcome[part] for _, part in parts])
    assert (rolled.visits, rolled.problems, rolled.origins) == (len(judged), judged.sum(), 2)
    assert sum(group.draws for group in rolled.groups) == rolled.visits
    assert sum(group.problems for group in rolled.groups) == rolled.problems
    assert len(rolled.groups) == GROUPS


def test_each_seed_draws_anew_and_the_first_is_that_of_the_settings(rolled: Rolled) -> None:
    assert len(set(rolled.seeds)) == len(SEEDS)
    assert rolled.seeds[0] == rolled.model.value
    assert rolled.to_dict()["seeds"]["0"] == rolled.model.value


def test_what_is_judged_moves_no_interval_and_no_risk(data: TrainingData, rolled: Rolled) -> None:
    """The last origin's outcomes turned: nothing was learnt from them or calibrated on them."""
    scores, parts = origins(data)
    judged = parts[1][1]
    turned = replace(data, cohort=data.cohort.assign(outcome=np.where(judged, 1 - data.outcome, data.outcome)))
    one, other = (roll(NAME, given, scores[1:], parts[1:]).groups for given in (data, turned))
    for before, after in zip(one, other, strict=True):
        assert (before.draws, before.low, before.risk, before.high) == (after.draws, after.low, after.risk, after.high)
        assert before.problems + after.problems == before.draws


def test_a_note_says_how_visits_were_chosen(rolled: Rolled) -> None:
    assert "random" in rolled_note(replace(rolled, drawn=True)).replace("no visit was a random draw", "")
    assert "no visit was a random draw" in rolled_note(rolled)


def test_a_simulated_province_is_judged_on_its_random_draws(loaded: Path, tmp_path: Path) -> None:
    root = tmp_path / "workspace"
    shutil.copytree(loaded, root)
    workspace = Workspace(root)
    found = roll_draws(workspace, 1, 12, quiet)
    cohort = read_whole_cohort(workspace, "yunnan", UNTIL, quiet).cohort
    days = pd.to_datetime(cohort["as_of"])
    drawn = cohort[(cohort["observed"] == "random") & days.between("2025-11-01", "2026-10-31")]
    assert (found.visits, found.problems) == (len(drawn), drawn["outcome"].sum())
    assert found.drawn
    assert len(found.seeds) == len(SEEDS)
    assert found.model.value > 0.6
