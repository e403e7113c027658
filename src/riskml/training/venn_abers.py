"""Intervals for a risk: what calibration would say if the enterprise's own visit found nothing, and if it found a
problem.

An inductive Venn–Abers predictor: of its two ends one is calibrated whatever the model is, provided that draws come
alike. Few draws to calibrate on give wide intervals.

References
----------
V. Vovk and I. Petej, "Venn–Abers predictors", 2014; V. Vovk, I. Petej and V. Fedorova, "Large-scale probabilistic
predictors with and without guarantees of validity", 2015.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

MOST_DRAWS = 2000
"""Of more draws so many, evenly spaced, are calibrated on: each end is one isotonic fit for each of them."""

_DIGITS = 12


@dataclass(frozen=True)
class VennAbers:
    """The two ends as functions of the margin, which change at the margins of draws alone.

    Parameters
    ----------
    margins
        Those at which an end changes, ascending; m values.
    low, high
        Shape (2 m + 1,): below the first margin, at it, between it and the second, and so on.

    Examples
    --------
    >>> found = VennAbers.fit([-1.0, 0.0, 1.0, 2.0], [0, 0, 1, 1])
    >>> low, high = found.interval([-2.0, 0.5, 3.0])
    >>> low.round(2).tolist(), high.round(2).tolist()
    ([0.0, 0.0, 0.67], [0.33, 1.0, 1.0])
    """

    margins: Floats
    low: Floats
    high: Floats

    @classmethod
    def fit(cls, margin: ArrayLike, y: ArrayLike) -> VennAbers:
        """Fit on draws later than the model's own.

        Parameters
        ----------
        margin, y : arrays of shape (n,)
            Log-odds before calibration; 1 where a problem was found, else 0.
        """
        x, hit = np.asarray(margin, dtype=np.float64), np.asarray(y, dtype=np.float64)
        if len(x) > MOST_DRAWS:
            kept = np.linspace(0, len(x) - 1, MOST_DRAWS).astype(np.intp)
            x, hit = x[kept], hit[kept]
        margins, place = np.unique(x, return_inverse=True)
        draws = np.bincount(place).astype(np.float64)
        found = np.bincount(place, weights=hit).astype(np.float64)
        ends = [[_with_one_more(draws, found, at, label) for at in range(2 * len(margins) + 1)] for label in (0, 1)]
        return cls(margins, *(np.round(end, _DIGITS) for end in ends))._shortened()

    def interval(self, margin: ArrayLike) -> tuple[Floats, Floats]:
        """The lower and the upper end at margins, of the same shape."""
        asked = np.asarray(margin, dtype=np.float64)
        at = np.searchsorted(self.margins, asked, side="left") + np.searchsorted(self.margins, asked, side="right")
        return self.low[at], self.high[at]

    def to_dict(self) -> dict[str, list[float]]:
        """Plain numbers for JSON."""
        return {"margins": self.margins.tolist(), "low": self.low.tolist(), "high": self.high.tolist()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Sequence[float]]) -> VennAbers:
        """Read what `to_dict` wrote."""
        return cls(*(np.asarray(values[name], dtype=np.float64) for name in ("margins", "low", "high")))

    def _shortened(self) -> VennAbers:
        """The same without the margins at which nothing changes."""
        ends = np.column_stack([self.low, self.high])
        here = np.arange(len(self.margins)) * 2
        changes = ((ends[here] != ends[here + 1]) | (ends[here + 1] != ends[here + 2])).any(axis=1)
        kept = np.concatenate([[0], np.sort(np.concatenate([here[changes] + 1, here[changes] + 2]))])
        return VennAbers(self.margins[changes], self.low[kept], self.high[kept])


def _with_one_more(draws: Floats, found: Floats, at: int, label: int) -> float:
    """The isotonic rate of one more draw with that outcome, at margin number ``at // 2`` (odd), or before it (even)."""
    from sklearn.isotonic import isotonic_regression

    place, tied = at // 2, at % 2
    weight, hits = draws.copy(), found.copy()
    if tied:
        weight[place] += 1
        hits[place] += label
    else:
        weight, hits = np.insert(weight, place, 1.0), np.insert(hits, place, float(label))
    return float(isotonic_regression(hits / weight, sample_weight=weight)[place])
