"""A points scorecard whose points never fall where an indicator may only raise the risk: whole numbers an office can
add up.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import minimize
from scipy.special import expit

from riskml.training.baselines import QuantileBins

Floats = NDArray[np.float64]

POINTS_PER_DOUBLING = 20
"""Points that double the odds of a problem."""

PENALTY = 10.0
"""Weight of the squared steps beside the log-loss summed over all rows."""


@dataclass(frozen=True)
class MonotoneScorecard:
    """Points by step: each edge of an indicator that is passed adds its points.

    Parameters
    ----------
    columns, edges
        The indicators and their rising edges.
    points
        One whole number per edge, indicator by indicator, then one per indicator for "cannot be known".

    Examples
    --------
    >>> X = pd.DataFrame({"complaints": [0.0, 1.0, 2.0, 3.0] * 50})
    >>> card = MonotoneScorecard.fit(X, [0, 0, 1, 1] * 50, {"complaints": 1})
    >>> bool((np.diff(card.score(X.head(4))) >= 0).all())
    True
    """

    columns: tuple[str, ...]
    edges: tuple[Floats, ...]
    points: NDArray[np.int64]

    @classmethod
    def fit(cls, indicators: pd.DataFrame, outcome: ArrayLike, constraints: Mapping[str, int]) -> Self:
        """Fit by penalised logistic regression with bounds, then round to whole points.

        Parameters
        ----------
        indicators, outcome
            Shapes (n, k) and (n,).
        constraints
            Indicator to -1, 0 or 1.
        """
        columns = tuple(str(name) for name in indicators)
        edges = tuple(QuantileBins(5).fit(indicators.to_numpy(dtype=np.float64)).edges_)
        steps = _steps(indicators.to_numpy(dtype=np.float64), edges)
        found = np.asarray(outcome, dtype=np.float64)
        bounds: list[tuple[float | None, float | None]] = []
        for name, own in zip(columns, edges, strict=True):
            sign = constraints.get(name, 0)
            bounds += [(0.0 if sign > 0 else None, 0.0 if sign < 0 else None)] * len(own)
        bounds += [(None, None)] * (len(columns) + 1)

        def loss(weights: Floats) -> tuple[float, Floats]:
            odds = steps @ weights[:-1] + weights[-1]
            residual = expit(odds) - found
            value = float((np.logaddexp(0, odds) - found * odds).sum() + PENALTY / 2 * weights[:-1] @ weights[:-1])
            return value, np.append(residual @ steps + PENALTY * weights[:-1], residual.sum())

        weights = minimize(
            loss, np.zeros(steps.shape[1] + 1), jac=True, method="L-BFGS-B", bounds=bounds, options={"maxiter": 300}
        ).x
        return cls(columns, edges, np.rint(weights[:-1] / np.log(2) * POINTS_PER_DOUBLING).astype(np.int64))

    def score(self, indicators: pd.DataFrame) -> Floats:
        """Sum of points, shape (n,); more is riskier."""
        total: Floats = _steps(
            indicators[list(self.columns)].to_numpy(dtype=np.float64), self.edges
        ) @ self.points.astype(np.float64)
        return total


def _steps(values: Floats, edges: tuple[Floats, ...]) -> Floats:
    """1 for each edge that a value passes, and 1 for each value that cannot be known."""
    passed = [values[:, place, None] > own for place, own in enumerate(edges)]
    return np.concatenate([*passed, np.isnan(values)], axis=1).astype(np.float64)
