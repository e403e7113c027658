"""What the model has to beat: a points scorecard, the past-penalty count, and chance."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.utils import Tags
from sklearn.utils.validation import check_is_fitted, validate_data

Floats = NDArray[np.float64]


class QuantileBins(TransformerMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn ships no types
    """Each indicator as 0/1 columns, one per quantile bin and one for "cannot be known".

    Parameters
    ----------
    bins : int
        The most bins of an indicator; tied quantiles share one.

    Attributes
    ----------
    edges_ : list of arrays
        Upper edges of all bins but the last, of each indicator.

    Examples
    --------
    >>> QuantileBins(bins=2).fit_transform([[1.0], [2.0], [3.0], [np.nan]]).toarray()
    array([[1., 0., 0.],
           [1., 0., 0.],
           [0., 1., 0.],
           [0., 0., 1.]])
    """

    def __init__(self, bins: int = 5) -> None:
        self.bins = bins

    def fit(self, X: ArrayLike, y: ArrayLike | None = None) -> Self:
        """Find the edges; `y` is accepted as scikit-learn expects, and unused."""
        values = validate_data(self, X, dtype=np.float64, ensure_all_finite="allow-nan")
        shares = np.arange(1, self.bins) / self.bins
        self.edges_ = []
        for column in values.T:
            known = column[~np.isnan(column)]
            self.edges_.append(np.unique(np.quantile(known, shares, method="lower")) if len(known) else np.empty(0))
        return self

    def transform(self, X: ArrayLike) -> sparse.csr_array:
        """One-hot columns, indicator by indicator, the bin for missing values last."""
        check_is_fitted(self)
        values = validate_data(self, X, reset=False, dtype=np.float64, ensure_all_finite="allow-nan")
        positions = np.empty(values.shape, dtype=np.int32)
        start = 0
        for number, edges in enumerate(self.edges_):
            column = values[:, number]
            missing = len(edges) + 1
            positions[:, number] = start + np.where(
                np.isnan(column), missing, np.searchsorted(edges, column, side="left")
            )
            start += missing + 1
        rows, columns = values.shape
        starts = np.arange(0, rows * columns + 1, columns, dtype=np.int64)
        return sparse.csr_array((np.ones(rows * columns), positions.ravel(), starts), shape=(rows, start))

    def __sklearn_tags__(self) -> Tags:
        """Tell scikit-learn that NaN is allowed."""
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        return tags


def points_scorecard(bins: int = 5) -> Pipeline:
    """Return the scorecard an office would set up today: points per bin of each indicator, by logistic regression.

    Parameters
    ----------
    bins
        The most bins of an indicator.
    """
    return make_pipeline(QuantileBins(bins), LogisticRegression(C=0.1, max_iter=300, solver="lbfgs"))


def baseline_scores(
    train: pd.DataFrame,
    y: ArrayLike,
    test: pd.DataFrame,
    *,
    penalty_column: str,
    sample_weight: ArrayLike | None = None,
) -> dict[str, Floats]:
    """Score the test rows by three baselines fitted on the model's own training rows.

    Parameters
    ----------
    train, test : data frames with the same indicator columns
    y : array of shape (len(train),)
        1 where supervision found a problem, else 0.
    penalty_column
        The indicator that counts past penalties; where it cannot be known it ranks as none.
    sample_weight : array of shape (len(train),), optional

    Returns
    -------
    dict
        `points_scorecard` (probabilities), `past_penalties` (counts) and `random`, each of shape (len(test),). The last
        is the same for all: figures of rows without an order are the mean over all orders, where one draw may lie far
        from it.
    """
    scorecard = points_scorecard()
    weights: dict[str, Any] = {"logisticregression__sample_weight": sample_weight}
    scorecard.fit(train, np.asarray(y), **weights)
    return {
        "points_scorecard": np.asarray(scorecard.predict_proba(test)[:, 1], dtype=np.float64),
        "past_penalties": np.nan_to_num(test[penalty_column].to_numpy(dtype=np.float64, na_value=np.nan), nan=0.0),
        "random": np.zeros(len(test)),
    }
