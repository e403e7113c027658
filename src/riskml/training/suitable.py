"""What a classifier of somebody else's must do beside ranking well, to be a model: the estimator checks."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskml.core.errors import ConfigurationError
from riskml.core.language import Label
from riskml.training.log_odds import log_odds_of
from riskml.training.predictors.predictor import CHECKED_DIFFERENCE

ALONE = 20
"""Rows that are asked about one by one."""

REFITTED = 2_000
"""Rows, at most, that it is fitted on twice."""


def fitted_clone(estimator: Any, X: pd.DataFrame, y: NDArray[np.int64]) -> Any:
    """A clone of an estimator, fitted.

    A column that no row has a value of is read as zero: a record table that never came leaves such columns, and many
    estimators can be fitted on none (some fail, others drop it with a warning). It tells rows apart in no way.

    Examples
    --------
    >>> from sklearn.ensemble import HistGradientBoostingClassifier
    >>> X = pd.DataFrame({"fines": [0.0, 1.0] * 20, "never_received": np.nan})
    >>> fitted_clone(HistGradientBoostingClassifier(), X, np.array([0, 1] * 20)).n_features_in_
    2
    """
    from sklearn.base import clone

    never = X.columns[X.isna().all()]
    return clone(estimator).fit(X.fillna(dict.fromkeys(never, 0.0)), y)


def refuse_unsuitable(fitted: Any, X: pd.DataFrame, y: NDArray[np.int64]) -> None:
    """Check a fitted classifier.

    Parameters
    ----------
    X, y
        What it was fitted on.

    Raises
    ------
    ConfigurationError
        Naming each check that it does not pass, and what would be right.
    """
    failed = [
        *_of_answers(fitted, X),
        *_of_fits(fitted, X, y),
    ]
    if failed:
        name = type(fitted).__name__
        raise ConfigurationError(
            zh=f"{name} 不能作为模型：" + "；".join(one.zh for one in failed) + "。",
            en=f"{name} cannot be a model: " + "; ".join(one.en for one in failed) + ".",
        )


def _of_answers(fitted: Any, X: pd.DataFrame) -> list[Label]:
    failed = []
    before = X.copy()
    together = log_odds_of(fitted, X)
    if together.shape != (len(X),):
        return [
            Label(
                f"决策函数的形状是 {together.shape}，而不是每行一个数：须是两类的分类器",
                f"its decision function has shape {together.shape}, not one number for each row: it must be a "
                "classifier of two classes",
            )
        ]
    if not X.equals(before):
        failed.append(
            Label(
                "它改动了交给它的数据：请在转换器上写 copy=True",
                "it changes the data that it is given: write copy=True on its transformers",
            )
        )
    if not np.isfinite(together).all():
        failed.append(
            Label(
                f"有 {int((~np.isfinite(together)).sum())} 行得不到有限的数",
                f"of {int((~np.isfinite(together)).sum())} rows it gives no finite number",
            )
        )
    places = np.linspace(0, len(X) - 1, min(ALONE, len(X)), dtype=np.int64)
    alone = np.concatenate([log_odds_of(fitted, X.iloc[[place]]) for place in places])
    if not _same(alone, together[places]):
        failed.append(
            Label(
                "同一行单独给它与和其他行一起给它，结果不同",
                "it says something else of a row by itself than of the same row among others",
            )
        )
    nothing = pd.DataFrame(np.nan, index=[0], columns=X.columns)
    try:
        accepted = bool(np.isfinite(log_odds_of(fitted, nothing)).all())
    except ValueError:
        accepted = False
    if not accepted:
        failed.append(
            Label(
                "它不接受全部指标都无从知道（空值）的企业：请在前面加 SimpleImputer(keep_empty_features=True)",
                "it takes no enterprise of which nothing is known (missing throughout): put a "
                "SimpleImputer(keep_empty_features=True) before it",
            )
        )
    return failed


def _of_fits(fitted: Any, X: pd.DataFrame, y: NDArray[np.int64]) -> list[Label]:
    some = np.linspace(0, len(X) - 1, min(REFITTED, len(X)), dtype=np.int64)
    first, second = (log_odds_of(fitted_clone(fitted, X.iloc[some], y[some]), X.iloc[some]) for _ in range(2))
    if _same(first, second):
        return []
    return [
        Label(
            "在同样的数据上拟合两次，结果不同：请给它（和其中各步）写 random_state",
            "fitted twice on the same data it says different things: give it, and each step of it, a random_state",
        )
    ]


def _same(one: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    return np.allclose(one, other, rtol=0, atol=CHECKED_DIFFERENCE)
