"""Classifiers of one's own are judged beside the model and the scorecard, on draws that none of them has seen."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.dummy import DummyClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline

from riskml.core.errors import ConfigurationError, RunError
from riskml.core.init import shipped_files
from riskml.library.cohort import Cohort
from riskml.lifecycle.judge import Judged, judge
from riskml.lifecycle.training_data import TrainingData
from riskml.training.settings import load_training
from riskml.training.splits import split_in_time

SEEN = "riskier"
COLUMNS = (SEEN, "noise")
TAKEN = ("model", "outcome", "origin", "as_of", "enterprise_id", "model_low", "own_high")


@pytest.fixture(scope="module")
def data() -> TrainingData:
    """Visits of four years in which one indicator tells, with values that cannot be known, and another does not."""
    random = np.random.default_rng(0)
    settings, _ = load_training(shipped_files() / "models" / "yunnan" / "training.yaml")
    settings = settings.model_copy(
        update={"model": settings.model.model_copy(update={"form": "trees", "n_estimators": 10}), "candidates": None}
    )
    size = 3000
    days = np.sort(random.integers(0, 4 * 365, size))
    X = pd.DataFrame(random.normal(size=(size, 2)), columns=list(COLUMNS))
    outcome = (random.random(size) < 1 / (1 + np.exp(1 - 2 * X[SEEN]))).astype(np.int64)
    X.iloc[::9, 1] = np.nan
    cohort = pd.DataFrame(
        {
            "enterprise_id": [f"E{number % 900}" for number in range(size)],
            "as_of": pd.to_datetime("2022-11-01") + pd.to_timedelta(days, unit="D"),
            "visit_date": pd.to_datetime("2022-11-02") + pd.to_timedelta(days, unit="D"),
            "outcome": outcome,
            "observed": np.where(random.random(size) < 0.5, "random", "targeted"),
            "inspector": None,
            "authority": None,
        }
    )
    end = date(2026, 10, 31)
    whole = settings.splits.model_copy(update={"learn_months": 48, "calibrate_months": 0, "learn_until": end})
    split = split_in_time(cohort, whole, horizon_months=0, as_of=end, judge_on=("random",), file=settings.file)
    columns = [SimpleNamespace(name=name, constraint=0, label=name) for name in COLUMNS]
    system = SimpleNamespace(columns=columns, steps={}, categories={})
    builder = SimpleNamespace(system=system, store=SimpleNamespace(simulated=True))
    learn = split.learn & cohort["observed"].isin(settings.cohort.learn_from).to_numpy()
    return TrainingData(builder, settings, cohort, X, split, learn)  # type: ignore[arg-type]


def one_seen() -> object:
    return make_pipeline(SimpleImputer(), LogisticRegression())


@pytest.fixture(scope="module")
def judged(data: TrainingData) -> Judged:
    return judge(data, {"own": one_seen(), "blind": DummyClassifier()}, 2, 6, lambda *_: None)


def test_each_candidate_is_judged_on_the_same_random_draws_after_what_it_learnt(
    judged: Judged, data: TrainingData
) -> None:
    assert judged.candidates == ("model", "scorecard", "own", "blind")
    cohort = data.cohort
    inside = cohort["as_of"].between("2025-11-01", "2026-10-31") & (cohort["observed"] == "random")
    assert judged.visits["as_of"].tolist() == cohort.loc[inside, "as_of"].tolist()
    assert [str(one) for one in judged.origins] == ["2025-11-01", "2026-05-01"]
    figures = judged.figures()
    assert figures.loc["own", "auc"] > 0.75
    # What is calibrated says the rate that is then found.
    assert abs(judged.visits["own"].mean() - judged.visits["outcome"].mean()) < 0.05
    assert figures.loc["blind", "high"] < 0
    assert abs(figures.loc["blind", "auc"] - 0.5) < 0.05


def test_the_sentence_names_what_is_shown_better_and_nothing_else(judged: Judged) -> None:
    low = judged.figures()["low"]
    better = [name for name in ("model", "own", "blind") if low[name] > 0]
    assert ("recommended" in str(judged)) == (not better)
    assert all(name in str(judged) for name in better)
    gain = judged.above("own", "blind")
    assert 0 < gain.low < gain.value < gain.high


def test_the_intervals_hold_the_rates_that_were_found(judged: Judged) -> None:
    for name in judged.candidates:
        low, high = judged.visits[f"{name}_low"], judged.visits[f"{name}_high"]
        assert (low <= high).all()
        assert 0 <= low.min() <= high.max() <= 1
    found = judged.coverage("own", groups=4)
    assert found["draws"].sum() == len(judged.visits)
    # Sampling moves what is found in a group of a hundred draws by some points.
    assert ((found["observed"] > found["low"] - 0.1) & (found["observed"] < found["high"] + 0.1)).all()
    assert found["observed"].is_monotonic_increasing


def test_what_is_no_classifier_or_takes_no_missing_values_is_refused(data: TrainingData) -> None:
    for name, wrong, told in (
        *((one, LogisticRegression(), "choose another name") for one in TAKEN),
        ("own", LogisticRegression, "is no classifier"),
        ("own", SimpleImputer(), "is no classifier"),
    ):
        with pytest.raises(ConfigurationError, match=told):
            judge(data, {name: wrong}, 1, 6, lambda *_: None)
    with pytest.raises(RunError, match="SimpleImputer"):
        judge(data, {"own": LogisticRegression()}, 1, 6, lambda *_: None)
    with pytest.raises(RunError, match="fewer and longer"):
        judge(data, {}, 1, 60, lambda *_: None)


def test_the_cohort_splits_as_scikit_learn_takes_it(data: TrainingData) -> None:
    cohort = Cohort._of(data)
    splits = cohort.splits(origins=3, months=4)
    for learn, held in splits.split(cohort.X, cohort.y):
        assert cohort.as_of[learn].max() < cohort.as_of[held].min()
        assert set(cohort.observed[held]) == {"random"}
        assert set(cohort.observed[learn]) == {"random", "targeted"}
    scores = cross_val_score(one_seen(), cohort.X, cohort.y, cv=splits, scoring="roc_auc")
    assert (scores > 0.7).all()
    assert len(scores) == splits.get_n_splits() == 3
