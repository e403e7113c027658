"""How much the order of enterprises moves from one month to the next."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from riskml.training.ranking import Figure, interval, resample_count, resample_weights

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class MonthPair:
    """Rank correlation (Spearman) of the scores of enterprises present in two consecutive months."""

    earlier: str
    later: str
    enterprises: int
    rank_correlation: Figure


def month_to_month(
    enterprise: ArrayLike, month: ArrayLike, score: ArrayLike, *, resamples: int = 200, seed: int = 0
) -> tuple[MonthPair, ...]:
    """Rank correlation of scores between consecutive months, over the enterprises scored in both.

    Parameters
    ----------
    enterprise, month, score : arrays of shape (n,)
        One row per enterprise and month; months sort as they are (dates or ISO text).
    resamples, seed
        As for `evaluate`.
    """
    table = pd.DataFrame({"enterprise": np.asarray(enterprise), "month": np.asarray(month), "score": np.asarray(score)})
    months = {str(name): rows.set_index("enterprise")["score"] for name, rows in table.groupby("month", sort=True)}
    pairs = []
    for earlier, later in pairwise(months):
        both = pd.concat([months[earlier], months[later]], axis=1, join="inner").to_numpy(dtype=np.float64)
        if len(both) < 2:
            continue
        ranks = np.apply_along_axis(rankdata, 0, both)
        value = _correlation(np.ones((1, len(both))), ranks)[0]
        blocks = resample_weights(np.arange(len(both)), resample_count(len(both), resamples), seed)
        draws = np.concatenate([_correlation(weights, ranks) for weights in blocks])
        pairs.append(MonthPair(earlier, later, len(both), interval(float(value), draws)))
    return tuple(pairs)


def _correlation(weights: Floats, ranks: Floats) -> Floats:
    total = weights.sum(axis=1)
    first, second = ranks.T - ranks.mean(axis=0)[:, None]
    mean_first, mean_second = weights @ first / total, weights @ second / total
    shared = weights @ (first * second) / total - mean_first * mean_second
    spread = (weights @ first**2 / total - mean_first**2) * (weights @ second**2 / total - mean_second**2)
    with np.errstate(divide="ignore", invalid="ignore"):
        result: Floats = shared / np.sqrt(spread)
    return result
