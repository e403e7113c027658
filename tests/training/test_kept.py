"""A classifier of somebody else's is kept as trees that say what it says, or not at all."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier

from riskml.core.errors import ConfigurationError
from riskml.training.kept import kept_classifier


@pytest.fixture(scope="module")
def rows() -> tuple[pd.DataFrame, np.ndarray]:
    random = np.random.default_rng(0)
    X = pd.DataFrame(random.normal(size=(600, 4)), columns=["a", "b", "c", "d"])
    X.iloc[::5, 0] = np.nan
    X["c"] = X["c"].round()  # ties
    y = (random.random(600) < 1 / (1 + np.exp(-X["b"] * 2 - X["a"].isna() * 2 + X["c"]))).astype(int)
    return X, y.to_numpy()


@pytest.mark.parametrize(
    "estimator",
    [
        HistGradientBoostingClassifier(max_iter=30, max_leaf_nodes=8),
        HistGradientBoostingClassifier(max_iter=3, min_samples_leaf=400),  # no split at all
        LGBMClassifier(n_estimators=20, verbose=-1, n_jobs=1),
    ],
    ids=["histograms", "constant", "lightgbm"],
)
def test_what_is_kept_says_the_same_of_rows_that_it_never_saw(estimator, rows) -> None:  # type: ignore[no-untyped-def]
    X, y = rows
    fitted = estimator.fit(X[:400], y[:400])
    kept = kept_classifier(fitted, X[:400])
    probability = fitted.predict_proba(X[400:])[:, 1]
    np.testing.assert_allclose(kept.margin(X[400:]), np.log(probability / (1 - probability)), atol=1e-9)
    np.testing.assert_allclose(kept.contributions(X[400:]).sum(axis=1), kept.margin(X[400:]), atol=1e-9)
    calibrated = kept.calibrate(X[400:], y[400:]).predict_proba(X[400:])[:, 1]
    assert abs(calibrated.mean() - y[400:].mean()) < 0.02


def test_what_is_no_sum_of_trees_in_log_odds_is_refused_and_can_be_judged(rows) -> None:  # type: ignore[no-untyped-def]
    X, y = rows
    X = X.fillna(0)
    for wrong in (RandomForestClassifier(5), LGBMClassifier(n_estimators=3, verbose=-1, n_jobs=1, linear_tree=True)):
        with pytest.raises(ConfigurationError, match="can be judged"):
            kept_classifier(wrong.fit(X, y), X)
