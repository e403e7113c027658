"""RiskClassifier: scikit-learn's contract, monotonicity, nuisance offsets, exact contributions."""

import lightgbm
import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit
from sklearn.metrics import roc_auc_score
from sklearn.utils.estimator_checks import parametrize_with_checks

from riskml.training.calibration import PlattCalibration
from riskml.training.classifier import RiskClassifier


@parametrize_with_checks([RiskClassifier(n_estimators=10)])
def test_scikit_learn_contract(estimator, check):
    check(estimator)


def indicators(rows, seed=0):
    generator = np.random.default_rng(seed)
    X = pd.DataFrame(
        {
            "处罚次数": generator.poisson(0.5, rows).astype(float),
            "age_years": generator.gamma(2, 4, rows),
            "complaint_count_365d": generator.poisson(1.0, rows).astype(float),
            "noise": generator.normal(size=rows),
        }
    )
    odds = 0.8 * X["处罚次数"] - 0.05 * X["age_years"] + 0.3 * X["complaint_count_365d"] - 2
    X[generator.random(X.shape) < 0.1] = np.nan
    return X, odds.to_numpy(), generator


SIGNS = {"处罚次数": 1, "age_years": -1}


@pytest.fixture(scope="module")
def fitted():
    X, odds, generator = indicators(3000)
    y = generator.random(len(X)) < expit(odds)
    return RiskClassifier(n_estimators=60, monotone_constraints=SIGNS).fit(X, y), X, y


def test_contributions_add_up_to_the_margin(fitted):
    model, X, _ = fitted
    contributions = model.contributions(X)
    assert contributions.shape == (len(X), X.shape[1] + 1)
    assert np.ptp(contributions[:, -1]) == 0
    np.testing.assert_allclose(contributions.sum(axis=1), model.margin(X), atol=1e-6)
    np.testing.assert_allclose(contributions, model.booster_.predict(X.to_numpy(), pred_contrib=True), atol=1e-9)


@pytest.mark.filterwarnings("ignore")
def test_contributions_equal_shap(fitted):
    import shap

    model, X, _ = fitted
    rows = X.to_numpy()[:50]
    np.testing.assert_allclose(
        shap.TreeExplainer(model.booster_).shap_values(rows), model.contributions(X[:50])[:, :-1], atol=1e-6
    )


@settings(max_examples=60, deadline=None)
@given(
    row=st.tuples(*[st.one_of(st.just(np.nan), st.floats(-5, 50)) for _ in range(4)]),
    column=st.sampled_from([0, 1]),
    values=st.lists(st.floats(-5, 50), min_size=2, max_size=20),
)
def test_more_of_a_constrained_indicator_moves_risk_one_way_only(fitted, row, column, values):
    model, X, _ = fitted
    rows = pd.DataFrame(np.tile(row, (len(values), 1)), columns=X.columns)
    rows.iloc[:, column] = sorted(values)
    steps = np.diff(model.margin(rows)) * (1, -1)[column]
    assert (steps >= -1e-12).all()


def test_same_booster_whatever_the_number_of_threads(fitted):
    _, X, y = fitted
    texts = {
        RiskClassifier(n_estimators=15, subsample=0.7, colsample_bytree=0.5, n_jobs=jobs).fit(X, y).margin(X).tobytes()
        for jobs in (1, 2)
    }
    assert len(texts) == 1


def test_names_reach_the_booster_where_lightgbm_takes_them(fitted):
    model, X, y = fitted
    assert model.booster_.feature_name() == list(X.columns)
    assert lightgbm.Booster(model_str=model.booster_.model_to_string()).feature_name() == list(X.columns)
    odd = X.rename(columns={"noise": 'a "quoted", [odd] name'})
    assert RiskClassifier(n_estimators=3).fit(odd, y).booster_.feature_name() == [f"Column_{n}" for n in range(4)]


def test_nuisance_offset_shifts_training_only():
    X, odds, generator = indicators(6000, seed=1)
    strictness = np.where(X["noise"].fillna(0) > 0, 1.5, -1.5)  # strict offices go where noise is high
    y = generator.random(len(X)) < expit(odds + strictness)
    plain = RiskClassifier(n_estimators=60).fit(X, y)
    adjusted = RiskClassifier(n_estimators=60).fit(X, y, init_score=strictness)
    clean = generator.random(len(X)) < expit(odds)
    assert roc_auc_score(clean, adjusted.margin(X)) > roc_auc_score(clean, plain.margin(X)) + 0.05
    # The base is the risk at offset 0, and is part of the booster itself.
    assert adjusted.predict_proba(X)[:, 1].mean() == pytest.approx(expit(odds).mean(), abs=0.02)
    np.testing.assert_allclose(adjusted.contributions(X).sum(axis=1), adjusted.margin(X), atol=1e-6)


def test_offset_with_nothing_to_split_on_gives_the_base_rate():
    X = np.zeros((400, 2))
    y = np.arange(400) % 4 == 0
    offset = np.where(np.arange(400) % 2 == 0, 1.0, -1.0)
    model = RiskClassifier().fit(X, y, init_score=offset)
    assert expit(model.margin(X) + offset).mean() == pytest.approx(0.25, abs=1e-6)


def test_calibration_is_the_identity_until_calibrated_and_keeps_the_order(fitted):
    model, X, y = fitted
    model = RiskClassifier(n_estimators=60).fit(X, y)
    assert model.calibration_ == PlattCalibration()
    later, odds, generator = indicators(3000, seed=2)
    found = generator.random(len(later)) < expit(odds + 1)
    model.calibrate(later, found)
    assert model.predict_proba(later)[:, 1].mean() == pytest.approx(found.mean(), abs=0.005)
    order = np.argsort(model.margin(later), kind="stable")
    assert (np.diff(model.predict_proba(later)[order, 1]) >= 0).all()
    assert model.fit(X, y).calibration_ == PlattCalibration()


def test_calibrating_with_unknown_classes_names_them(fitted):
    model, X, _ = fitted
    with pytest.raises(ValueError, match="yes"):
        model.calibrate(X[:2], ["yes", "no"])


@pytest.mark.parametrize("constraints", [{"penalties": 1}, [1, 0], [2, 0, 0, 0]])
def test_constraints_that_do_not_fit_are_refused(fitted, constraints):
    _, X, y = fitted
    with pytest.raises(ValueError, match="monotone_constraints"):
        RiskClassifier(monotone_constraints=constraints).fit(X, y)


def test_rows_of_weight_zero_do_not_count(fitted):
    _, X, y = fitted
    kept = np.arange(len(X)) % 3 > 0
    weighted = RiskClassifier(n_estimators=10).fit(X, y, sample_weight=kept.astype(float))
    dropped = RiskClassifier(n_estimators=10).fit(X[kept], y[kept], sample_weight=np.ones(kept.sum()))
    np.testing.assert_array_equal(weighted.margin(X), dropped.margin(X))
