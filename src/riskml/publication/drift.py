"""How far a distribution moved, and whether a figure left its usual range."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SOME_DRIFT, MUCH_DRIFT = 0.1, 0.25
"""Conventional limits of the population stability index: below the first nothing to see, above the second look into it.

They are a rule of thumb from credit scoring (Siddiqi, Credit Risk Scorecards, 2006) and know neither the number of
groups nor of enterprises; see `chance`.
"""

GROUPS = 10
_ROUNDED = 6

SAME = 0.1
"""In standard deviations of the reference: values no further apart are the same. A tenth is the convention below which
two groups count as balanced (Austin, Statistics in Medicine 28, 2009).
"""

FEWEST_RUNS = 3
"""Earlier runs without which nothing is usual yet."""

_SPREADS, _SHARE = 3.0, 0.2
_NORMAL = 1.4826  # a normal distribution's standard deviation in median absolute deviations


def stability_index(reference: Floats, current: Floats) -> float:
    """The population stability index: Σ (p − q) ln(p / q) over groups that are tenths of the reference.

    Values beyond those of the reference have groups of their own, and equal values share one. A value no further than
    `SAME` from one of the reference's is taken for it: a rate that a whole county shares has few distinct values, and
    where one of these moves by a hair everyone who has it would change groups at once. Half an enterprise is added to
    every group, so that an empty one has a logarithm.

    Parameters
    ----------
    reference, current
        Shapes (n,) and (m,), neither empty, without missing values.

    Examples
    --------
    >>> scores = np.arange(1000.0)
    >>> stability_index(scores, scores), round(stability_index(scores, scores + 100), 2)
    (0.0, 0.89)
    >>> rates = np.repeat([0.8, 1.0, 1.2], 1000)
    >>> stability_index(rates, rates + 0.01)
    0.0
    """
    reference, current = reference.round(_ROUNDED), current.round(_ROUNDED)
    within = SAME * reference.std()
    # In order, neighbours are looked up beside each other: for a million values a tenth of the time.
    reference, current = np.sort(reference), np.sort(current)
    current = _taken_for(np.unique(reference), current, within)
    inner = np.quantile(reference, np.arange(1, GROUPS) / GROUPS, method="inverted_cdf")
    edges = np.unique([np.nextafter(reference.min(), -np.inf), *inner, reference.max()])
    shares = []
    for values in (reference, current):
        counts = np.bincount(np.searchsorted(edges, values, side="left"), minlength=len(edges) + 1) + 0.5
        shares.append(counts / counts.sum())
    return float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())


def _taken_for(known: Floats, values: Floats, within: float) -> Floats:
    """The values, each of them the nearest of `known` (ascending) where that is no further than `within`."""
    above = np.searchsorted(known, values).clip(1, max(len(known) - 1, 1))
    lower, upper = known[above - 1], known[np.minimum(above, len(known) - 1)]
    nearest = np.where(values - lower <= upper - values, lower, upper)
    return np.where(np.abs(values - nearest) <= within, nearest, values)


def chance(reference: int, current: int) -> float:
    """What the index comes to by chance where nothing changed: (groups − 1)(1/n + 1/m).

    After Yurdakul, Statistical Properties of Population Stability Index (2018): the index is about chi-square
    distributed, scaled by 1/n + 1/m. Two runs of one province share most of their enterprises, so theirs comes to less.

    Examples
    --------
    >>> round(chance(4000, 4000), 4)
    0.0045
    """
    return (GROUPS - 1) * (1 / reference + 1 / current)


def usual_range(earlier: Sequence[float], least: float) -> tuple[float, float] | None:
    """Where a figure usually lies: three spreads about the median of earlier runs, and at least a fifth of it.

    The spread is the median absolute deviation, so that one odd run does not widen the range.

    Parameters
    ----------
    earlier
        The figure in earlier runs.
    least
        How far from the median nothing is unusual yet, in the figure's own unit.

    Returns
    -------
    tuple or None
        The lowest and the highest usual value; None where there are fewer than `FEWEST_RUNS` earlier runs.

    Examples
    --------
    >>> usual_range([10.0, 10.0, 10.0, 60.0], least=1.0)
    (8.0, 12.0)
    >>> usual_range([10.0, 11.0], least=1.0)
    """
    if len(earlier) < FEWEST_RUNS:
        return None
    middle = float(np.median(earlier))
    spread = _NORMAL * float(np.median(np.abs(np.asarray(earlier) - middle)))
    width = max(_SPREADS * spread, _SHARE * abs(middle), least)
    return middle - width, middle + width
