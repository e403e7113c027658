"""The points scorecard as a booster: what it promises of monotone points, steps and the unknown, and that it is read as
any booster is.
"""

from __future__ import annotations

from typing import get_args

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score
from sklearn.utils.estimator_checks import check_estimator

from riskml.training.classifier import Form, RiskClassifier
from riskml.treeshap.trees import read_trees

STEPS = {"days": (30.0, 180.0, 365.0)}
SIGNS = {"days": -1, "complaints": 1}


def visits(rows: int = 3000) -> tuple[pd.DataFrame, np.ndarray]:
    draw = np.random.default_rng(0)
    table = pd.DataFrame({
        "days": draw.integers(0, 500, rows).astype(float), "complaints": draw.poisson(1.5, rows).astype(float),
        "share": draw.random(rows), "nothing": np.zeros(rows),
    })  # fmt: skip
    odds = -2 + 0.7 * table["complaints"] - table["days"] / 250 + (table["share"] > 0.7)
    table.loc[draw.random(rows) < 0.2, "share"] = np.nan
    return table, (draw.random(rows) < 1 / (1 + np.exp(-odds))).astype(int)


def scorecard(**more: object) -> RiskClassifier:
    return RiskClassifier(form="scorecard", monotone_constraints=SIGNS, steps=STEPS, **more)  # type: ignore[arg-type]


def test_points_go_with_the_constraints_and_tell_apart_no_values_within_a_step() -> None:
    table, found = visits()
    model = scorecard().fit(table, found)
    one = table.head(1).fillna(0.5)
    asked = pd.concat([one.assign(days=float(days)) for days in range(500)])
    margins = model.margin(asked)
    assert (np.diff(margins) <= 0).all()
    assert set(np.flatnonzero(np.diff(margins)) + 1) == {30, 180, 365}
    rising = model.margin(pd.concat([one.assign(complaints=float(count)) for count in range(20)]))
    assert (np.diff(rising) >= 0).all()
    assert rising[-1] > rising[0]


def test_each_indicator_is_one_tree_of_its_own() -> None:
    table, found = visits()
    trees, _ = read_trees(scorecard().fit(table, found).booster_.model_to_string())
    assert [set(tree.feature.tolist()) for tree in trees] == [{0}, {1}, {2}]  # one that never differs has no points


def test_the_sum_of_points_is_what_penalised_logistic_regression_gives() -> None:
    """Without constraints the margin of the mean row predicts the observed rate, and learning from it ranks as the
    truth does.
    """
    table, found = visits()
    model = scorecard().fit(table, found)
    assert model.predict_proba(table)[:, 1].mean() == pytest.approx(found.mean(), abs=0.002)
    assert roc_auc_score(found, model.margin(table)) > 0.75


@pytest.mark.parametrize("form", get_args(Form))
def test_contributions_of_every_form_add_up_and_equal_lightgbms(form: str) -> None:
    table, found = visits()
    model = RiskClassifier(form=form, n_estimators=20, n_seeds=2, monotone_constraints=SIGNS, steps=STEPS).fit(
        table, found
    )  # type: ignore[arg-type]
    given = model.contributions(table.head(200))
    assert np.allclose(given.sum(axis=1), model.margin(table.head(200)), atol=1e-9)
    expected = model.booster_.predict(table.head(200).to_numpy(), pred_contrib=True)
    assert np.allclose(given, expected, atol=1e-9)


def test_a_blend_is_the_mean_of_both_in_log_odds() -> None:
    table, found = visits()
    settings = {"n_estimators": 20, "monotone_constraints": SIGNS, "steps": STEPS}
    margins = {form: RiskClassifier(form=form, **settings).fit(table, found).margin(table) for form in get_args(Form)}  # type: ignore[arg-type]
    assert np.allclose(margins["blend"], (margins["trees"] + margins["scorecard"]) / 2)


def test_an_offset_is_adjusted_for_and_absent_from_predictions() -> None:
    """Half of the visits are by an inspector who finds far more: told of it, the points of what goes with the inspector
    vanish.
    """
    table, _ = visits()
    draw = np.random.default_rng(1)
    strict = table["share"].fillna(0.5) > 0.5
    found = (draw.random(len(table)) < np.where(strict, 0.6, 0.2)).astype(int)
    offset = np.where(strict, np.log(0.6 / 0.4), np.log(0.2 / 0.8))
    spread = [np.ptp(scorecard().fit(table, found, init_score=given).margin(table)) for given in (None, offset)]
    assert spread[1] < spread[0] / 3


def test_nothing_to_tell_apart_gives_everyone_the_observed_rate() -> None:
    table = pd.DataFrame({"nothing": np.zeros(100)})
    found = np.arange(100) < 30
    model = RiskClassifier(form="scorecard").fit(table, found)
    assert model.predict_proba(table)[:, 1] == pytest.approx(0.3, abs=1e-4)
    assert np.isfinite(model.contributions(table)).all()


@pytest.mark.parametrize("form", ["scorecard", "blend"])
def test_every_form_is_a_scikit_learn_classifier(form: str) -> None:
    check_estimator(RiskClassifier(form=form, n_estimators=10))  # type: ignore[arg-type]
