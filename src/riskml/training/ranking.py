"""The figures of a ranking, for many weightings of the same rows at once: what a bootstrap needs."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskml.training.calibration import equal_count_bins

Floats = NDArray[np.float64]
Places = NDArray[np.intp]

FIRST_PERCENTS = (1, 5, 10, 20)
# Rows x resamples worked on at once (a few arrays of 16 MB), and in all before resamples are cut down.
CELLS_AT_ONCE = 2_000_000
CELLS_IN_ALL = 20_000_000
FEWEST_RESAMPLES = 100


@dataclass(frozen=True)
class Figure:
    """A figure and its 95 % bootstrap interval."""

    value: float
    low: float
    high: float


def resample_count(rows: int, wanted: int) -> int:
    """Return how many resamples are affordable: as many as wanted, fewer above 20,000 rows, 100 at least.

    Examples
    --------
    >>> resample_count(2_000, 1_000), resample_count(50_000, 1_000), resample_count(1_000_000, 1_000)
    (1000, 400, 100)
    """
    return min(wanted, max(FEWEST_RESAMPLES, CELLS_IN_ALL // max(rows, 1)))


def resample_weights(clusters: Places, resamples: int, seed: int) -> Iterator[Floats]:
    """Blocks of bootstrap weights: how often each row was drawn, drawing whole clusters with replacement.

    Parameters
    ----------
    clusters : array of shape (n,)
        Number of the cluster (the enterprise) of each row, from 0 without gaps.
    resamples
        The number of resamples in all.
    seed
        The same seed and clusters give the same weights, so that two models can be compared pairwise.

    Yields
    ------
    array of shape (b, n)
    """
    generator = np.random.default_rng(seed)
    number = int(clusters.max()) + 1
    at_once = max(1, CELLS_AT_ONCE // len(clusters))
    for start in range(0, resamples, at_once):
        block = min(at_once, resamples - start)
        drawn = generator.integers(0, number, size=(block, number)) + np.arange(block)[:, None] * number
        counts = np.bincount(drawn.ravel(), minlength=block * number).reshape(block, number)
        yield counts[:, clusters].astype(np.float64)


@dataclass(frozen=True)
class Ranking:
    """Rows to be ranked by score, and what was found at each.

    Parameters
    ----------
    found : array of shape (n,)
        1 where a problem was found, else 0.
    score : array of shape (n,)
        Higher is riskier. Equal scores count as a random order among themselves.
    probability : array of shape (n,), optional
    day : array of shape (n,), optional
        Day of the inspection, as a number of days.
    """

    found: Floats
    score: Floats
    probability: Floats | None = None
    day: Floats | None = None

    @cached_property
    def order(self) -> Places:
        """Rows from the highest score to the lowest."""
        return np.argsort(-self.score, kind="stable")

    @cached_property
    def ends(self) -> Places:
        """Place of the last row of each group of equal scores."""
        ranked = self.score[self.order]
        return np.append(np.flatnonzero(ranked[1:] != ranked[:-1]), len(ranked) - 1)

    @cached_property
    def by_day(self) -> Places:
        """Rows from the earliest day to the latest."""
        return np.argsort(np.asarray(self.day), kind="stable")

    @cached_property
    def excess(self) -> Floats:
        """Probability minus outcome, one column per bin of equal count, 0 outside the row's own bin."""
        probability = np.asarray(self.probability)
        number = equal_count_bins(probability)
        result = np.zeros((len(number), int(number.max()) + 1))
        result[np.arange(len(number)), number] = probability - self.found
        return result

    def figures(self, weights: Floats) -> dict[str, Floats]:
        """Every figure for every weighting.

        Parameters
        ----------
        weights : array of shape (b, n)

        Returns
        -------
        dict
            Name of the figure to an array of shape (b,); NaN where a weighting holds one outcome only.
        """
        with np.errstate(divide="ignore", invalid="ignore"):
            seen = np.cumsum(weights[:, self.order], axis=1)[:, self.ends]
            hits = np.cumsum((weights * self.found)[:, self.order], axis=1)[:, self.ends]
            result = _separation(seen, hits)
            result |= _found_first(seen, hits)
            if self.day is not None:
                result |= self._timing(weights, seen, hits, self.day)
            if self.probability is not None:
                result |= self._probabilities(weights, self.probability)
        return result

    def _probabilities(self, weights: Floats, probability: Floats) -> dict[str, Floats]:
        squared = (probability - self.found) ** 2
        total = weights.sum(axis=1)
        return {
            "brier": weights @ squared / total,
            "calibration_error": np.abs(weights @ self.excess).sum(axis=1) / total,
        }

    def _timing(self, weights: Floats, seen: Floats, hits: Floats, day: Floats) -> dict[str, Floats]:
        """Days earlier and first-half share, as the City of Chicago's evaluation of 2015 defines them.

        The riskiest row gets the earliest visit date, and so on. Days earlier is the mean over
        problems of actual minus simulated date. The first half are the dates whose cumulated
        number of visits stays below half.
        """
        by_day = self.by_day
        last = np.append(np.flatnonzero(np.diff(day[by_day])), len(day) - 1)
        visits = np.cumsum(weights[:, by_day], axis=1)
        days_handed = np.cumsum(weights[:, by_day] * day[by_day], axis=1)
        problems = hits[:, -1]
        simulated = np.empty(len(weights))
        for row, (x, area) in enumerate(zip(_from_zero(visits), _from_zero(days_handed), strict=True)):
            # Rows of one score share the mean of the dates handed to them.
            handed = np.diff(np.interp(seen[row], x, area), prepend=0.0)
            held, positive = np.diff(seen[row], prepend=0.0), np.diff(hits[row], prepend=0.0)
            simulated[row] = (positive[held > 0] * handed[held > 0] / held[held > 0]).sum()
        actual = weights @ (self.found * day)

        ends_of_days = visits[:, last]
        inside = (ends_of_days < visits[:, -1:] / 2).sum(axis=1)
        reached = np.take_along_axis(_from_zero(ends_of_days), inside[:, None], axis=1)
        found_by_day = _from_zero(np.cumsum((weights * self.found)[:, by_day], axis=1)[:, last])
        as_usual = np.take_along_axis(found_by_day, inside[:, None], axis=1)[:, 0]
        return {
            "days_earlier": (actual - simulated) / problems,
            "first_half_share": _reached(seen, hits, reached)[:, 0] / problems,
            "first_half_share_as_usual": as_usual / problems,
        }


def _from_zero(cumulated: Floats) -> Floats:
    return np.concatenate([np.zeros((len(cumulated), 1)), cumulated], axis=1)


def _reached(seen: Floats, hits: Floats, inspected: Floats) -> Floats:
    """Problems found once so many rows (b, k) were inspected, the riskiest first."""
    curves = zip(inspected, _from_zero(seen), _from_zero(hits), strict=True)
    return np.array([np.interp(number, x, y) for number, x, y in curves])


def _separation(seen: Floats, hits: Floats) -> dict[str, Floats]:
    problems = hits[:, -1]
    misses = seen - hits
    clean = misses[:, -1]
    gained = np.diff(hits, prepend=0.0)
    below = clean[:, None] - (_from_zero(misses)[:, :-1] + misses) / 2
    precision = hits / np.maximum(seen, 1e-300)
    return {
        "auc": (gained * below).sum(axis=1) / (problems * clean),
        "average_precision": (gained * precision).sum(axis=1) / problems,
        "ks": np.abs(hits / problems[:, None] - misses / clean[:, None]).max(axis=1),
    }


def _found_first(seen: Floats, hits: Floats) -> dict[str, Floats]:
    shares = np.array(FIRST_PERCENTS) / 100
    found = _reached(seen, hits, seen[:, -1:] * shares) / hits[:, -1:]
    result = {f"found_first_{percent}": found[:, number] for number, percent in enumerate(FIRST_PERCENTS)}
    return result | {"top_decile_lift": found[:, FIRST_PERCENTS.index(10)] / 0.10}


def cluster_numbers(enterprise: ArrayLike | None, rows: int) -> Places:
    """Cluster number of each row: its enterprise's, or its own where no enterprises are given."""
    if enterprise is None:
        return np.arange(rows)
    numbers: Places = np.unique(np.asarray(enterprise), return_inverse=True)[1]
    return numbers


def interval(value: float, draws: Floats) -> Figure:
    """Return the figure with the middle 95 % of its resampled values, leaving out those that cannot be computed."""
    known = draws[~np.isnan(draws)]
    low, high = np.quantile(known, [0.025, 0.975]) if len(known) else (math.nan, math.nan)
    return Figure(value, float(low), float(high))
