"""How far a distribution moved, and whether a figure left its usual range."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.stats import chi2

from riskml.training.evaluation import Z95

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

MUCH_SHIFTED = 1.5
"""Odds that grew or shrank by half are told of; ours."""

FEWEST_RUNS = 3
"""Earlier runs without which nothing is usual yet."""

_SPREADS, _SHARE = 3.0, 0.2
_NORMAL = 1.4826  # a normal distribution's standard deviation in median absolute deviations


@dataclass(frozen=True)
class Shift:
    """A share before and now.

    Parameters
    ----------
    before, now
        The shares, 0 to 1.
    ratio, low, high
        The odds now to those before, with the 95 % interval (Woolf's, half an enterprise added to each count). For a
        rare thing that is how many times as often it comes; it says the same of a thing and of its absence.
    """

    before: float
    now: float
    ratio: float
    low: float
    high: float

    @property
    def changed(self) -> bool:
        """Whether the odds surely grew or shrank by half: the whole interval is beyond."""
        return self.low > MUCH_SHIFTED or self.high < 1 / MUCH_SHIFTED


@dataclass(frozen=True)
class Drift:
    """How far one column moved.

    Parameters
    ----------
    index
        The population stability index; those whose value cannot be known are a group.
    chance, chance_at_most
        What that comes to by chance where nothing changed, with as many groups as there are: the mean, and what 95 in
        100 columns stay below.
    unknown
        The share whose value cannot be known; None where there is nobody of the kind.
    present
        Of the known, the share whose value is not zero: a rare thing fills no tenth, and the index is nearly blind to
        it. None where nobody's is known, and of texts.
    """

    index: float
    chance: float
    chance_at_most: float
    unknown: Shift | None
    present: Shift | None

    @property
    def much(self) -> bool:
        """Whether the index reaches the conventional limit and is beyond what 95 in 100 unmoved columns stay below: of
        few enterprises the second counts, of some 150 and more of each sample the first.
        """
        return self.index >= MUCH_DRIFT and self.index > self.chance_at_most


def drift_of(reference: Floats, current: Floats, *, texts: bool = False) -> Drift:
    """How far a column moved between two samples.

    Parameters
    ----------
    reference, current
        Shapes (n,) and (m,), neither empty; NaN where a value cannot be known.
    texts
        Whether the numbers are those of texts: each is a group, those beyond the `GROUPS` commonest share one.

    Examples
    --------
    >>> rare = drift_of(np.repeat([0.0, 1.0], [3980, 20]), np.repeat([0.0, 1.0], [3940, 60]))
    >>> round(rare.index, 3), round(rare.present.ratio, 1), rare.present.changed
    (0.011, 3.0, True)
    """
    counts = _counts(reference, current, texts=texts)
    degrees = int(counts.any(axis=0).sum()) - 1
    spread = 1 / len(reference) + 1 / len(current)
    unknown, present = shifts_of(reference, current, texts=texts)
    at_most = float(chi2.ppf(0.95, degrees)) * spread if degrees else 0.0
    return Drift(_index(counts), degrees * spread, at_most, unknown, present)


def shifts_of(reference: Floats, current: Floats, *, texts: bool) -> tuple[Shift | None, Shift | None]:
    """`Drift.unknown` and `Drift.present` of a column; the arguments as for `drift_of`."""
    unknown = [np.isnan(values) for values in (reference, current)]
    known = [values[~missing] for values, missing in zip((reference, current), unknown, strict=True)]
    return (
        _shift(*unknown) if any(missing.any() for missing in unknown) else None,
        None if texts or not all(map(len, known)) else _shift(*(values != 0 for values in known)),
    )


def _shift(before: NDArray[np.bool_], now: NDArray[np.bool_]) -> Shift:
    """How a share moved between two samples."""
    counts = np.array([[now.sum(), (~now).sum()], [before.sum(), (~before).sum()]]) + 0.5
    log_odds = np.log(counts[0, 0] / counts[0, 1]) - np.log(counts[1, 0] / counts[1, 1])
    width = Z95 * np.sqrt((1 / counts).sum())
    low, middle, high = np.exp([log_odds - width, log_odds, log_odds + width])
    return Shift(float(before.mean()), float(now.mean()), float(middle), float(low), float(high))


def stability_index(reference: Floats, current: Floats) -> float:
    """The population stability index: Σ (p − q) ln(p / q) over groups that are tenths of the reference.

    Values beyond those of the reference have groups of their own, equal values share one, and so do those that cannot
    be known. A value no further than `SAME` from one of the reference's is taken for it: a rate that a whole county
    shares has few distinct values, and where one of these moves by a hair everyone who has it would change groups at
    once. Half an enterprise is added to every group, so that an empty one has a logarithm.

    Parameters
    ----------
    reference, current
        Shapes (n,) and (m,), neither empty; NaN where a value cannot be known.

    Examples
    --------
    >>> scores = np.arange(1000.0)
    >>> stability_index(scores, scores), round(stability_index(scores, scores + 100), 2)
    (0.0, 0.89)
    >>> rates = np.repeat([0.8, 1.0, 1.2], 1000)
    >>> stability_index(rates, rates + 0.01)
    0.0
    """
    return _index(_counts(reference, current, texts=False))


def _index(counts: NDArray[np.int64]) -> float:
    """The index of two rows of counts by group."""
    shares = (counts + 0.5) / (counts + 0.5).sum(axis=1, keepdims=True)
    return float(((shares[1] - shares[0]) * np.log(shares[1] / shares[0])).sum())


def _counts(reference: Floats, current: Floats, *, texts: bool) -> NDArray[np.int64]:
    """How many of each are in each group; shape (2, groups), the last those that cannot be known where there are
    any.
    """
    # In order, neighbours are looked up beside each other: for a million values a tenth of the time. NaN comes last.
    both = [np.sort(values.round(_ROUNDED)) for values in (reference, current)]
    known = [values[: np.searchsorted(values, np.nan)] for values in both]
    unknown = [len(values) - len(kept) for values, kept in zip(both, known, strict=True)]
    grouped = (_by_text if texts else _by_tenths)(*known)
    return np.column_stack([grouped, unknown]) if any(unknown) else grouped


def _by_text(reference: Floats, current: Floats) -> NDArray[np.int64]:
    """Each of the commonest numbers of the reference is a group, and whatever else there is."""
    numbers, counts = np.unique(reference, return_counts=True)
    common = np.sort(numbers[np.argsort(-counts, kind="stable")][:GROUPS])
    rows = []
    for values in (reference, current):
        place = np.searchsorted(common, values).clip(max=max(len(common) - 1, 0))
        is_common = common[place] == values if len(common) else np.zeros(len(values), dtype=np.bool_)
        rows.append(np.bincount(np.where(is_common, place, len(common)), minlength=len(common) + 1))
    return np.array(rows)


def _by_tenths(reference: Floats, current: Floats) -> NDArray[np.int64]:
    """Tenths of the reference, ascending, and what is beyond it."""
    if not len(reference):
        return np.array([[0], [len(current)]])
    current = _taken_for(np.unique(reference), current, SAME * reference.std())
    inner = np.quantile(reference, np.arange(1, GROUPS) / GROUPS, method="inverted_cdf")
    edges = np.unique([np.nextafter(reference.min(), -np.inf), *inner, reference.max()])
    return np.array(
        [np.bincount(np.searchsorted(edges, values, side="left"), minlength=len(edges) + 1)
         for values in (reference, current)]
    )  # fmt: skip


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
