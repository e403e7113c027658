"""How likely an enterprise was to be inspected, and what its visit has to weigh so that the visited stand for everyone.

Inspections are not a sample of the province: an office goes where it suspects something. A visit that was likely anyway
stands for few enterprises, one that was unlikely for many; weighted by the inverse of the propensity, the visited
resemble the population in everything the indicators show. Since part of the visits are random draws, no enterprise's
propensity is near zero and no weight grows without bound.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from riskml.training.classifier import RiskClassifier

Floats = NDArray[np.float64]

FOLDS = 3
"""A row's propensity comes from a model that has not seen its enterprise, so that no visit explains itself."""

LARGEST_WEIGHT = 10.0
"""Of one visit, as a multiple of the median: beyond it a few visits would decide the model."""


def inspection_log_odds(
    visited: pd.DataFrame, population: pd.DataFrame, visited_enterprise: ArrayLike, population_enterprise: ArrayLike
) -> Floats:
    """Log-odds, but for a constant, that an enterprise with these indicators is visited.

    Parameters
    ----------
    visited : data frame of shape (n, k)
        Indicators of the visits, each as of the day before.
    population : data frame of shape (m, k)
        The same indicators of a random sample of enterprises and dates.
    visited_enterprise, population_enterprise : arrays of shapes (n,) and (m,)
        An enterprise's rows lie in one fold.

    Returns
    -------
    array of shape (n,)
    """
    rows = pd.concat([visited, population], ignore_index=True)
    was_visited = np.repeat([1, 0], [len(visited), len(population)])
    enterprise = np.concatenate(
        [np.asarray(visited_enterprise, dtype=object), np.asarray(population_enterprise, dtype=object)]
    )
    numbers = np.unique(enterprise.astype(str), return_inverse=True)[1]
    fold = np.random.default_rng(0).integers(0, FOLDS, numbers.max() + 1)[numbers]
    log_odds = np.empty(len(visited))
    for number in range(FOLDS):
        others, own = fold != number, fold[: len(visited)] == number
        model = RiskClassifier(
            n_estimators=100, num_leaves=8, max_depth=4, min_child_samples=60, reg_lambda=10.0, colsample_bytree=0.6
        )
        log_odds[own] = model.fit(rows[others], was_visited[others]).margin(visited[own]) if own.any() else 0.0
    return log_odds


def inverse_weights(log_odds: ArrayLike) -> Floats:
    """Weights of mean 1 that make the visited resemble the population.

    Against a sample of everyone the odds of being visited are proportional to the density of the visited over that of
    the population; the weight is its inverse, cut at `LARGEST_WEIGHT` times the median.

    Examples
    --------
    >>> inverse_weights(np.log([1.0, 1.0, 3.0])).round(2).tolist()
    [1.29, 1.29, 0.43]
    """
    odds = np.asarray(log_odds, dtype=np.float64)
    weights = np.exp(odds.min(initial=0.0) - odds)
    weights = np.minimum(weights / np.median(weights), LARGEST_WEIGHT)
    result: Floats = weights / weights.mean()
    return result


def stated_weights(probability: ArrayLike) -> Floats | None:
    """Weights of visits some of which were drawn with a stated probability; None where none was.

    Those drawn weigh as the inverse of it, cut as above, and as much together as if they were alike. The others weigh
    1.

    Parameters
    ----------
    probability : array of shape (n,)
        Not a number where none is on record.

    Examples
    --------
    >>> stated_weights([np.nan, 0.1, 0.3]).tolist(), stated_weights([np.nan])
    ([1.0, 1.5, 0.5], None)
    """
    chance = np.asarray(probability, dtype=np.float64)
    drawn = chance > 0
    if not drawn.any():
        return None
    inverse = 1 / chance[drawn]
    inverse = np.minimum(inverse, LARGEST_WEIGHT * np.median(inverse))
    weights = np.ones(len(chance))
    weights[drawn] = inverse / inverse.mean()
    return weights


def effective_rows(weights: ArrayLike) -> float:
    """How many rows of equal weight would say as much (L. Kish, 1965).

    Examples
    --------
    >>> effective_rows([1.0, 1.0, 0.0, 0.0])
    2.0
    """
    given = np.asarray(weights, dtype=np.float64)
    return float(given.sum() ** 2 / (given**2).sum())
