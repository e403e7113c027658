"""Classifiers of others as models: what can be written as trees is kept as the model itself is, as text and explained
exactly; whatever else is kept in a file of trusted types (`riskml.training.predictors.estimator`).

Trees are LightGBM's classifier, and scikit-learn's boosted trees over histograms. What comes out is compared with the
classifier on the rows that it was fitted on: either they agree, or it is refused.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

import lightgbm
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.ensemble import HistGradientBoostingClassifier

from riskml.core.errors import ConfigurationError, RunError
from riskml.training.boosters import tree_text, with_trees
from riskml.training.calibration import PlattCalibration
from riskml.training.categories import Encoding
from riskml.training.log_odds import log_odds_of
from riskml.training.predictors.estimator import Estimator
from riskml.training.predictors.predictor import CHECKED_DIFFERENCE
from riskml.training.predictors.trees import Trees
from riskml.training.predictors.trusted import untrusted_types, written

Floats = NDArray[np.float64]

KEPT_AS_TREES = {one.__name__: one for one in (lightgbm.LGBMClassifier, HistGradientBoostingClassifier)}
"""What can be written as trees, by name."""

_MISSING_RIGHT, _MISSING_LEFT = 8, 10
"""LightGBM's codes of a split that sends what is missing to one side."""


@dataclass(frozen=True)
class Kept:
    """A classifier of somebody else's as a bundle takes one: as `riskml.training.classifier.RiskClassifier` is read
    there, without categories of its own and bound to no direction.
    """

    predictor: Trees | Estimator
    feature_names_in_: tuple[str, ...]
    calibration_: PlattCalibration = PlattCalibration()  # noqa: RUF009  # frozen
    encodings_: Mapping[int, Encoding] = field(default_factory=dict)

    @property
    def monotone_constraints_(self) -> tuple[int, ...]:
        """All 0: it is bound to no direction."""
        return (0,) * len(self.feature_names_in_)

    def margin(self, X: pd.DataFrame) -> Floats:
        """Its log-odds, before calibration; shape (n,)."""
        return self.predictor.margin(X[list(self.feature_names_in_)].to_numpy(np.float64, na_value=np.nan))

    def calibrate(self, X: pd.DataFrame, y: NDArray[np.int64], sample_weight: Floats | None = None) -> Self:
        """The same, calibrated on rows that it was not fitted on."""
        return replace(self, calibration_=PlattCalibration.fit(self.margin(X), y, sample_weight))


def kept_classifier(fitted: Any, X: pd.DataFrame) -> Kept:
    """A fitted classifier as a bundle takes one: the same margins, not calibrated yet.

    Parameters
    ----------
    fitted
        Anything as scikit-learn has classifiers; of a search its best estimator.
    X
        The rows that it was fitted on.

    Raises
    ------
    ConfigurationError
        Where it holds a type that is not trusted, or cannot be written.
    RunError
        Where what was written does not say what it says.
    """
    fitted = getattr(fitted, "best_estimator_", fitted)
    names = tuple(map(str, X.columns))
    as_trees = _as_trees(fitted, X)
    if as_trees is not None:
        trees, margin = as_trees
        own = Kept(trees, names)
    else:
        own, margin = Kept(Estimator.kept(fitted, _content(fitted), X), names), log_odds_of(fitted, X)
    apart = float(np.abs(own.margin(X) - margin).max())
    if not apart <= CHECKED_DIFFERENCE:
        raise RunError(
            zh=f"{type(fitted).__name__} 写下来以后与它自己相差 {apart:.3g}，没有保存；请报告此问题。",
            en=f"Written down, {type(fitted).__name__} differs from itself by {apart:.3g}, and was not kept; "
            "report this.",
        )
    return own


def _as_trees(fitted: Any, X: pd.DataFrame) -> tuple[Trees, Floats] | None:
    """What it is as trees, and its own margins of the rows; None where it is no sum of trees in log-odds."""
    if isinstance(fitted, lightgbm.LGBMClassifier):
        text = fitted.booster_.model_to_string()
        if "objective=binary" not in text or "is_linear=1" in text:
            return None
        return Trees(text), np.asarray(fitted.predict(X, raw_score=True), dtype=np.float64)
    if not isinstance(fitted, HistGradientBoostingClassifier) or fitted.is_categorical_ is not None:
        return None
    base = float(np.ravel(fitted._baseline_prediction)[0])
    nodes = [tree.nodes for (tree,) in fitted._predictors]
    texts = [_written(one, base if not number else 0.0) for number, one in enumerate(nodes)]
    booster = with_trees(_like(X), texts)
    return Trees(booster.model_to_string()), np.asarray(fitted.decision_function(X), dtype=np.float64)


def _content(fitted: Any) -> bytes:
    """It as a file of trusted types."""
    try:
        content = written(fitted)
    except (TypeError, ValueError, AttributeError) as error:
        raise _not_kept(fitted, str(error)) from error
    if types := untrusted_types(content):
        raise _not_kept(fitted, ", ".join(types))
    return content


def _not_kept(fitted: Any, why: str) -> ConfigurationError:
    name = type(fitted).__name__
    return ConfigurationError(
        zh=f"{name} 可以评判（Workspace.judge），但不能作为模型保存：{why} 不在可信的类型之列，而读取模型从不运行"
        "模型带来的代码，也不读会使程序崩溃的内容。可以保存的是由 scikit-learn 中核对过的估计器和转换器（线性模型、"
        "决策树、森林、提升、朴素贝叶斯、MLPClassifier、投票和堆叠等；riskml.training.predictors.reviewed_types）组成的"
        "流水线，单独的（不放在流水线里的）lightgbm.LGBMClassifier（binary）和不用类别列的 "
        "HistGradientBoostingClassifier；别的一步请换成其中的，或写成指标（features/overlays）。",
        en=f"{name} can be judged (Workspace.judge) but not kept as a model: {why} is not among the types that are "
        "trusted: to read a model never runs code that comes with it, nor takes content that may crash the program. "
        "What can be kept is a pipeline of those estimators and transformers of scikit-learn's that were reviewed "
        "(linear models, trees, forests, boosting, naive Bayes, MLPClassifier, voting, stacking, …; "
        "riskml.training.predictors.reviewed_types); and by itself, in no pipeline, lightgbm.LGBMClassifier (binary), "
        "or HistGradientBoostingClassifier without categorical columns. Put one of these in the place of another step, "
        "or write it as indicators (features/overlays).",
    )


def _like(X: pd.DataFrame) -> lightgbm.Booster:
    """A booster over the same columns."""
    found = np.arange(len(X)) % 2
    data = lightgbm.Dataset(X.to_numpy(np.float64), label=found, feature_name=list(X.columns))
    return lightgbm.train({"objective": "binary", "verbosity": -1, "num_threads": 1}, data, num_boost_round=1)


def _written(nodes: NDArray[Any], base: float) -> str:
    """A tree of scikit-learn's as LightGBM writes it, with a constant added to every leaf."""
    leaf = nodes["is_leaf"].astype(bool)
    numbers = np.where(leaf, np.cumsum(leaf), np.cumsum(~leaf)) - 1
    inside, ends = nodes[~leaf], nodes[leaf]

    def children(places: NDArray[Any]) -> Sequence[int]:
        return [int(~numbers[place] if leaf[place] else numbers[place]) for place in places]

    return tree_text(
        {
            "split_feature": inside["feature_idx"].tolist(),
            # What is cut at infinity parts the known from what is missing.
            "threshold": [float(min(value, sys.float_info.max)) for value in inside["num_threshold"]],
            "decision_type": [_MISSING_LEFT if left else _MISSING_RIGHT for left in inside["missing_go_to_left"]],
            "left_child": children(inside["left"]),
            "right_child": children(inside["right"]),
            "leaf_value": (ends["value"] + base).tolist(),
            "leaf_count": ends["count"].tolist(),
            "internal_value": (inside["value"] + base).tolist(),
            "internal_count": inside["count"].tolist(),
        }
    )
