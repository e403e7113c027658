"""Boosters with steps and boosters of several seeds: what the rewritten model says, and where its thresholds lie."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from riskml.training.classifier import RiskClassifier
from riskml.treeshap.trees import read_trees

STEPS = {"days": (30.0, 180.0, 365.0, 1095.0)}


@pytest.fixture(scope="module")
def visits() -> tuple[pd.DataFrame, np.ndarray]:
    """Days since the last visit (a tenth cannot be known) and two other indicators."""
    draw = np.random.default_rng(3)
    days = np.where(draw.random(4000) < 0.1, np.nan, draw.integers(0, 3650, 4000))
    X = pd.DataFrame({"days": days, "count": draw.integers(0, 5, 4000).astype(float), "share": draw.random(4000)})
    risk = 1 / (1 + np.exp(2 - (X["days"] > 170) - 0.5 * X["count"] - X["share"]))
    return X, (draw.random(4000) < risk).astype(int).to_numpy()


def thresholds(model: RiskClassifier, name: str) -> set[float]:
    trees, _ = read_trees(model.booster_.model_to_string())
    place = list(model.feature_names_in_).index(name)
    return {float(value) for tree in trees for value in tree.threshold[tree.feature == place]}


def test_all_thresholds_of_an_indicator_in_steps_are_just_below_a_step(visits) -> None:
    model = RiskClassifier(n_estimators=60, steps=STEPS).fit(*visits)
    found = thresholds(model, "days")
    assert found
    assert {np.nextafter(value, np.inf) for value in found if abs(value) < 1e300} <= set(STEPS["days"])
    assert len(thresholds(model, "share")) > 10


def test_no_two_values_within_a_step_are_told_apart(visits) -> None:
    X, y = visits
    model = RiskClassifier(n_estimators=60, steps=STEPS, monotone_constraints={"days": 1}).fit(X, y)
    row = X.iloc[[0]]
    margins = [float(model.margin(row.assign(days=float(days)))[0]) for days in range(1200)]
    changes = {days for days in range(1, 1200) if margins[days] != margins[days - 1]}
    assert changes <= {30, 180, 365, 1095}
    assert 180 in changes
    assert (np.diff(margins) >= 0).all()


def test_what_cannot_be_known_stays_apart_from_every_step(visits) -> None:
    X, y = visits
    X = X.assign(days=np.where(np.isnan(X["days"]), np.nan, 10.0))
    y = np.where(X["days"].isna(), 1, y)
    model = RiskClassifier(n_estimators=60, steps=STEPS).fit(X, y)
    row = X.iloc[[0]]
    assert (
        model.margin(row.assign(days=np.nan))[0]
        > model.margin(row.assign(days=10.0))[0]
        == model.margin(row.assign(days=2000.0))[0]
    )


def test_several_seeds_are_one_booster_with_the_mean_margin_and_exact_contributions(visits) -> None:
    X, y = visits
    settings = {"n_estimators": 40, "subsample": 0.7, "colsample_bytree": 0.7, "steps": STEPS}
    together = RiskClassifier(**settings, n_seeds=3).fit(X, y)
    drawn = np.random.RandomState(0)
    alone = [RiskClassifier(**settings, random_state=drawn).fit(X, y).margin(X) for _ in range(3)]
    assert together.booster_.num_trees() == 120
    assert together.margin(X) == pytest.approx(np.mean(alone, axis=0), abs=1e-12)
    assert together.contributions(X).sum(axis=1) == pytest.approx(together.margin(X), abs=1e-9)
    assert not np.allclose(alone[0], alone[1])


def test_strictness_is_left_out_once_whatever_the_number_of_seeds(visits) -> None:
    X, y = visits
    offset = np.where(np.arange(len(y)) % 2 == 0, 0.8, -0.8)
    one, five = (
        RiskClassifier(n_estimators=30, subsample=0.7, n_seeds=seeds).fit(X, y, init_score=offset) for seeds in (1, 5)
    )
    assert np.mean(five.margin(X)) == pytest.approx(np.mean(one.margin(X)), abs=0.05)


def test_steps_of_a_column_that_is_not_there_are_refused(visits) -> None:
    with pytest.raises(ValueError, match="dayz"):
        RiskClassifier(steps={"dayz": (1.0,)}).fit(*visits)
