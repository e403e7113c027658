"""A classifier of somebody else's is kept as trees that say what it says, or not at all."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from lightgbm import LGBMClassifier
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from riskml.core.errors import ConfigurationError
from riskml.training.kept import kept_classifier
from riskml.training.predictors.trees import Trees


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
    assert isinstance(kept.predictor, Trees)
    contributions = kept.predictor.contributions(X[400:].to_numpy())
    np.testing.assert_allclose(contributions.sum(axis=1), kept.margin(X[400:]), atol=1e-9)
    calibrated = kept.calibrate(X[400:], y[400:]).calibration_.probability(kept.margin(X[400:]))
    assert abs(calibrated.mean() - y[400:].mean()) < 0.02


@pytest.mark.parametrize(
    ("wrong", "named"),
    [
        (LGBMClassifier(n_estimators=3, verbose=-1, n_jobs=1, linear_tree=True), "lightgbm"),
        (make_pipeline(HistGradientBoostingClassifier(max_iter=2)), "TreePredictor"),
    ],
    ids=["linear trees", "inside a pipeline"],
)
def test_what_is_neither_trees_nor_of_trusted_types_is_refused_and_can_be_judged(wrong, named, rows) -> None:  # type: ignore[no-untyped-def]
    X, y = rows
    with pytest.raises(ConfigurationError, match=f"can be judged .*{named}.*in no pipeline"):
        kept_classifier(wrong.fit(X.fillna(0), y), X.fillna(0))


def test_of_a_search_the_best_is_kept(rows) -> None:  # type: ignore[no-untyped-def]
    X, y = rows
    pipeline = make_pipeline(SimpleImputer(keep_empty_features=True), LogisticRegression())
    search = GridSearchCV(pipeline, {"logisticregression__C": [0.01, 1.0]}, cv=2).fit(X, y)
    np.testing.assert_allclose(kept_classifier(search, X).margin(X), search.decision_function(X), atol=1e-9)


def test_a_row_that_weighs_nothing_has_no_part_in_the_calibration(rows) -> None:  # type: ignore[no-untyped-def]
    X, y = rows
    kept = kept_classifier(HistGradientBoostingClassifier(max_iter=5).fit(X, y), X)
    odd = np.arange(len(X)) % 2
    weighed, fewer = kept.calibrate(X, y, odd.astype(float)), kept.calibrate(X[odd == 1], y[odd == 1])
    assert weighed.calibration_.slope == pytest.approx(fewer.calibration_.slope, rel=1e-3)
    assert weighed.calibration_.slope != pytest.approx(kept.calibrate(X, y).calibration_.slope, rel=1e-3)
