"""Classifiers of others as boosters: what can be written as trees is kept as text, and explained exactly, as the model
itself is.

These are LightGBM's classifier, and scikit-learn's boosted trees over histograms. What comes out is compared with the
classifier on the rows that it was fitted on: either they agree, or it is refused.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskml.core.errors import ConfigurationError, RunError
from riskml.training.boosters import tree_text, with_trees
from riskml.training.calibration import PlattCalibration
from riskml.training.classifier import RiskClassifier

Floats = NDArray[np.float64]

AGREEING = 1e-9
"""By no more may a margin differ from the classifier's own."""

_MISSING_RIGHT, _MISSING_LEFT = 8, 10
"""LightGBM's codes of a split that sends what is missing to one side."""


def kept_classifier(fitted: Any, X: pd.DataFrame) -> RiskClassifier:
    """A fitted classifier as one of ours: the same margins, not calibrated yet.

    Parameters
    ----------
    fitted
        A ``lightgbm.LGBMClassifier`` of two classes, or scikit-learn's ``HistGradientBoostingClassifier``.
    X
        The rows that it was fitted on.

    Raises
    ------
    ConfigurationError
        Where it is neither, or of a kind that is not trees alone.
    RunError
        Where what was written does not say what it says.
    """
    booster, margin = _booster(fitted, X)
    apart = float(np.abs(booster.predict(X.to_numpy(np.float64), raw_score=True) - margin).max())
    if not apart <= AGREEING:
        raise RunError(
            zh=f"{type(fitted).__name__} 写成树以后与它自己相差 {apart:.3g}，没有保存；请报告此问题。",
            en=f"Written as trees, {type(fitted).__name__} differs from itself by {apart:.3g}, and was not kept; "
            "report this.",
        )
    own = RiskClassifier()
    own.feature_names_in_, own.n_features_in_ = np.array(X.columns, dtype=object), X.shape[1]
    own.classes_, own.booster_, own.encodings_ = np.array([0, 1]), booster, {}
    own.monotone_constraints_ = (0,) * X.shape[1]
    own.calibration_ = PlattCalibration()
    return own


def _booster(fitted: Any, X: pd.DataFrame) -> tuple[lightgbm.Booster, Floats]:
    """What it is as a booster, and its own margins of the rows."""
    if isinstance(fitted, lightgbm.LGBMClassifier):
        text = fitted.booster_.model_to_string()
        if "objective=binary" not in text or "is_linear=1" in text:
            raise _not_kept(fitted)
        return lightgbm.Booster(model_str=text), np.asarray(fitted.predict(X, raw_score=True), dtype=np.float64)
    from sklearn.ensemble import HistGradientBoostingClassifier

    if not isinstance(fitted, HistGradientBoostingClassifier) or fitted.is_categorical_ is not None:
        raise _not_kept(fitted)
    base = float(np.ravel(fitted._baseline_prediction)[0])
    nodes = [tree.nodes for (tree,) in fitted._predictors]
    texts = [_written(one, base if not number else 0.0) for number, one in enumerate(nodes)]
    return with_trees(_like(X), texts), np.asarray(fitted.decision_function(X), dtype=np.float64)


def _not_kept(fitted: Any) -> ConfigurationError:
    return ConfigurationError(
        zh=f"{type(fitted).__name__} 可以评判（Workspace.judge），但不能作为模型保存：模型须是能写成树的文本，"
        "可以核对并精确解释。可以保存的是 lightgbm.LGBMClassifier（binary）和不用类别列的 "
        "HistGradientBoostingClassifier。",
        en=f"{type(fitted).__name__} can be judged (Workspace.judge) but not kept as a model, which is text that can "
        "be checked, and is explained exactly: trees. What can be kept is lightgbm.LGBMClassifier (binary), and "
        "HistGradientBoostingClassifier without categorical columns.",
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
