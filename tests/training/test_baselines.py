"""The three baselines."""

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit
from sklearn.metrics import roc_auc_score
from sklearn.utils.estimator_checks import parametrize_with_checks

from riskml.training.baselines import QuantileBins, baseline_scores, points_scorecard


@parametrize_with_checks([QuantileBins()])
def test_scikit_learn_contract(estimator, check):
    check(estimator)


@pytest.fixture
def table():
    generator = np.random.default_rng(0)
    X = pd.DataFrame(
        {"penalty_count_365d": generator.poisson(0.3, 4000).astype(float), "age_years": generator.gamma(2, 4, 4000)}
    )
    y = generator.random(4000) < expit(X["penalty_count_365d"] - 0.1 * X["age_years"] - 1)
    X.loc[::9, "age_years"] = np.nan
    X.loc[::7, "penalty_count_365d"] = np.nan
    return X, y.to_numpy()


def test_every_row_has_one_bin_per_indicator_and_missing_its_own(table):
    X, _ = table
    bins = QuantileBins(bins=5).fit(X)
    encoded = bins.transform(X).toarray()
    assert (encoded.sum(axis=1) == 2).all()
    missing_penalties = len(bins.edges_[0]) + 1
    np.testing.assert_array_equal(encoded[:, missing_penalties] == 1, X["penalty_count_365d"].isna())
    np.testing.assert_array_equal(encoded[:, -1] == 1, X["age_years"].isna())


def test_bins_of_a_smooth_indicator_hold_equal_counts():
    values = np.random.default_rng(0).normal(size=(1000, 1))
    assert QuantileBins(bins=4).fit_transform(values).toarray().sum(axis=0).tolist() == [250, 250, 250, 250, 0]


def test_indicator_known_for_nobody_has_one_bin_beside_missing():
    assert QuantileBins().fit_transform([[np.nan], [np.nan]]).toarray().tolist() == [[0, 1], [0, 1]]


def test_scores_of_the_three(table):
    X, y = table
    scores = baseline_scores(X[:3000], y[:3000], X[3000:], penalty_column="penalty_count_365d")
    assert list(scores) == ["points_scorecard", "past_penalties", "random"]
    aucs = {name: roc_auc_score(y[3000:], score) for name, score in scores.items()}
    assert aucs["points_scorecard"] > aucs["past_penalties"] > aucs["random"] == 0.5  # of many draws, not of one
    assert not np.isnan(scores["past_penalties"]).any()
    again = baseline_scores(X[:3000], y[:3000], X[3000:], penalty_column="penalty_count_365d")
    assert all((scores[name] == again[name]).all() for name in scores)


def test_weights_reach_the_scorecard(table):
    X, y = table
    heavy = np.where(y, 10.0, 1.0)
    plain = baseline_scores(X, y, X, penalty_column="penalty_count_365d")["points_scorecard"]
    weighted = baseline_scores(X, y, X, penalty_column="penalty_count_365d", sample_weight=heavy)["points_scorecard"]
    assert weighted.mean() > plain.mean() + 0.2


def test_scorecard_is_a_pipeline_of_bins_and_logistic_regression():
    assert list(points_scorecard().named_steps) == ["quantilebins", "logisticregression"]
