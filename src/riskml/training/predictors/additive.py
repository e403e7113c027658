"""Whether a fitted estimator of scikit-learn's adds up its columns, each by itself: then its Shapley values are
exact.
"""

from __future__ import annotations

from typing import Any

COLUMN_BY_COLUMN = frozenset({
    "Binarizer", "KBinsDiscretizer", "MaxAbsScaler", "MinMaxScaler", "MissingIndicator", "OneHotEncoder",
    "OrdinalEncoder", "PowerTransformer", "QuantileTransformer", "RobustScaler", "SelectKBest", "SelectPercentile",
    "SimpleImputer", "StandardScaler", "VarianceThreshold",
})  # fmt: skip
"""Transformers of scikit-learn's that can be kept (`riskml.training.predictors.reviewed_types`) and each of whose
outcomes depends on one column.
"""


def is_additive(fitted: Any) -> bool:
    """Whether its decision function is a sum of functions of one column each: a linear classifier, behind transformers
    of one column each. False also where it cannot be told.
    """
    from sklearn.linear_model._base import LinearClassifierMixin
    from sklearn.pipeline import Pipeline

    if isinstance(fitted, Pipeline):
        *before, last = (step for _, step in fitted.steps)
        return all(map(_column_by_column, before)) and is_additive(last)
    return isinstance(fitted, LinearClassifierMixin) and _is_scikit_learns(fitted)


def _column_by_column(transformer: Any) -> bool:
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import FeatureUnion, Pipeline

    if transformer is None or isinstance(transformer, str):  # "passthrough" and "drop"
        return True
    if isinstance(transformer, ColumnTransformer):
        return all(_column_by_column(one) for _, one, _ in transformer.transformers_)
    if isinstance(transformer, FeatureUnion):
        return all(_column_by_column(one) for _, one in transformer.transformer_list)
    if isinstance(transformer, Pipeline):
        return all(_column_by_column(one) for _, one in transformer.steps)
    return type(transformer).__name__ in COLUMN_BY_COLUMN and _is_scikit_learns(transformer)


def _is_scikit_learns(one: Any) -> bool:
    return type(one).__module__.startswith("sklearn.")
