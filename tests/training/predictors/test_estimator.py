"""An analyst's own estimator as a model: exact where it adds up, close elsewhere, the same alone and among others."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression, RidgeClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KBinsDiscretizer, PolynomialFeatures, StandardScaler

from riskml.core.errors import ConfigurationError, RunError
from riskml.training.kept import kept_classifier
from riskml.training.predictors.additive import COLUMN_BY_COLUMN
from riskml.training.predictors.estimator import Estimator
from riskml.training.predictors.reviewed_types import REVIEWED
from riskml.training.suitable import refuse_unsuitable


def rows(count: int = 400) -> tuple[pd.DataFrame, np.ndarray]:
    random = np.random.default_rng(0)
    X = pd.DataFrame(random.poisson(0.7, size=(count, 5)).astype(float), columns=["a", "b", "c", "d", "e"])
    X.iloc[::5, 0] = np.nan
    odds = X["b"] * X["c"] - X["d"] + X["a"].isna() - 0.5
    return X, (random.random(count) < 1 / (1 + np.exp(-odds))).astype(int).to_numpy()


X, Y = rows()


def imputed(*steps: Any) -> Any:
    return make_pipeline(SimpleImputer(keep_empty_features=True), *steps)


LINEAR = imputed(StandardScaler(), LogisticRegression())
ADDITIVE = [LINEAR, imputed(KBinsDiscretizer(3, strategy="uniform"), RidgeClassifier())]
OTHERS = [
    imputed(PolynomialFeatures(2), LogisticRegression(max_iter=2000)),
    RandomForestClassifier(20, max_depth=4, random_state=0, n_jobs=2),
    ExtraTreesClassifier(10, max_depth=4, random_state=0),
    imputed(StandardScaler(), MLPClassifier((6,), max_iter=60, random_state=0)),
]


def kept(estimator: Any) -> Estimator:
    predictor = kept_classifier(estimator.fit(X, Y), X).predictor
    assert isinstance(predictor, Estimator)
    return predictor


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("estimator", [*ADDITIVE, *OTHERS], ids=lambda one: str(one)[:50])
def test_it_says_what_the_estimator_says_and_takes_it_apart(estimator: Any) -> None:
    predictor = kept(estimator)
    again = Estimator.of(predictor.files, predictor.columns)
    assert again == predictor
    values = X.to_numpy()
    if hasattr(estimator, "decision_function"):
        np.testing.assert_allclose(again.margin(values), estimator.decision_function(X), atol=1e-9)
    else:
        probability = estimator.predict_proba(X)[:, 1]
        np.testing.assert_allclose(again.margin(values), np.log(probability / (1 - probability)), atol=1e-9)
    contributions = again.contributions(values)
    np.testing.assert_allclose(contributions.sum(axis=1), again.margin(values), atol=1e-9)
    again.check(values, contributions, again.columns)
    assert len(set(contributions[:, -1])) == 1
    assert again.exact == (estimator in ADDITIVE)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("estimator", [LINEAR, *OTHERS[1:]], ids=lambda one: str(one)[:50])
def test_one_enterprise_is_told_the_same_alone_and_among_others_to_the_last_bit(estimator: Any) -> None:
    predictor, values = kept(estimator), np.asfortranarray(X.to_numpy()[:60])
    together = predictor.contributions(values)
    alone = [predictor.contributions(values[place : place + 1])[0] for place in range(60)]
    assert np.array(alone).tobytes() == together.tobytes()


def test_a_linear_model_is_explained_by_its_coefficients() -> None:
    predictor = kept(LINEAR)
    scaler, logit = LINEAR[1], LINEAR[2]
    filled = pd.DataFrame(LINEAR[0].transform(X), columns=X.columns)
    reference = LINEAR[0].transform(X.quantile([0.5], interpolation="lower"))
    expected = (filled - reference[0]) / scaler.scale_ * logit.coef_[0]
    np.testing.assert_allclose(predictor.contributions(X.to_numpy())[:, :-1], expected, atol=1e-9)


def test_every_transformer_that_counts_as_of_one_column_can_be_kept() -> None:
    assert {name.rpartition(".")[2] for name in REVIEWED} >= COLUMN_BY_COLUMN


def test_what_is_sampled_comes_near_to_all_orders_and_says_how_near() -> None:
    predictor = kept(RandomForestClassifier(20, max_depth=4, random_state=0))
    values = X.to_numpy()[:40]
    once, again = predictor.contributions(values), predictor.sampled_again(values)
    apart = float(np.sqrt(np.mean((once - again) ** 2) / 2))
    assert 0 < apart < 0.1 * np.abs(once[:, :-1]).mean()


def test_the_same_estimator_gives_the_same_bytes() -> None:
    one, other = (kept(RandomForestClassifier(3, random_state=0)) for _ in range(2))
    assert one.files == other.files


def test_contributions_that_do_not_add_up_are_refused_by_name() -> None:
    predictor, values = kept(LINEAR), X.to_numpy()[:5]
    wrong = predictor.contributions(values)
    wrong[2, 3] += 100
    with pytest.raises(RunError, match=r"adds most is d\b"):
        predictor.check(values, wrong, predictor.columns)


def test_one_that_says_something_else_than_when_it_was_kept_is_refused() -> None:
    predictor = kept(LINEAR)
    other = replace(predictor, margins=(predictor.margins[0] + 1e-6, *predictor.margins[1:]))
    with pytest.raises(RunError, match="version of scikit-learn"):
        other.margin(X.to_numpy())


class Doubled(TransformerMixin, BaseEstimator):
    """A step that scikit-learn does not know."""

    def fit(self, X: Any, y: Any = None) -> Doubled:
        return self

    def transform(self, X: Any) -> Any:
        return np.asarray(X) * 2


class Rough(BaseEstimator):
    """A classifier with every fault there is."""

    def fit(self, X: Any, y: Any) -> Rough:
        self.shift_ = np.random.default_rng().random()
        return self

    def decision_function(self, X: pd.DataFrame) -> np.ndarray:
        if X.isna().all(axis=None):
            raise ValueError("nothing is known")
        X.iloc[:, 1] += 1
        return np.asarray(X["b"] + X["b"].mean() + self.shift_ + np.where(X["c"] > 3, np.inf, 0))


def test_a_step_of_ones_own_is_refused_by_the_name_of_its_type() -> None:
    with pytest.raises(ConfigurationError, match=r"test_estimator\.Doubled is not among the types .*features/overlays"):
        kept(imputed(Doubled(), LogisticRegression()))


def test_what_fails_a_check_is_told_every_check_that_it_fails() -> None:
    with pytest.raises(ConfigurationError) as refused:
        refuse_unsuitable(Rough().fit(X, Y), X.copy(), Y)
    for told in ("changes the data", "no finite number", "by itself", "nothing is known", "random_state"):
        assert told in refused.value.en
    refuse_unsuitable(LINEAR.fit(X, Y), X, Y)
    filled = X.fillna(0)
    with pytest.raises(ConfigurationError, match="missing throughout"):
        refuse_unsuitable(LogisticRegression().fit(filled, Y), filled, Y)
