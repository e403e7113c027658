"""What a drawn sample says of everyone it was drawn from: rates with intervals, whoever was drawn with what chance.

Each visit stands for as many enterprises as the inverse of its probability of being drawn. That needs no model to be
right. The model's risk, where there is one, only makes the interval narrower: it is added up over everyone, and the
visits correct it by what it missed (the difference estimator; a wrong model costs width, not truth).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskml.training.evaluation import Z95

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Integers = NDArray[np.int64]

CERTAIN = 1 - 1e-9
"""From this probability on an enterprise is visited for certain, and stands for itself alone."""

FINDS_TRUSTED = 5
"""The rarer outcome's visits from which on the variance seen counts as much as that of unequal weights alone.

With few finds (or few visits without one) the squares seen say next to nothing: three clean visits have none. What is
taken then is the variance of a rate known to be the same for all of the group, by its weights alone (L. Kish, 1965).
"""

_LEAST_RATE = 1e-9


@dataclass(frozen=True)
class Drawn:
    """Everyone who could be drawn, n enterprises, and what was found of those who were.

    Parameters
    ----------
    probability
        That each is drawn, more than 0 and at most 1, as it was fixed before the draw.
    drawn
        Who was.
    problem
        1 where a visit found a problem, 0 where it found none, not a number where nobody saw: not drawn, not visited,
        or left before the visit.
    risk
        The model's probability of a problem, from before the draw; None for estimates without a model.
    stratum
        Numbers of the parts of which each had a fixed number drawn; None where only the whole had.
    """

    probability: Floats
    drawn: Flags
    problem: Floats
    risk: Floats | None = None
    stratum: Integers | None = None

    @property
    def seen(self) -> Flags:
        """Whom somebody saw, of those drawn."""
        return self.drawn & ~np.isnan(self.problem)


@dataclass(frozen=True)
class Rate:
    """An estimated problem rate.

    Parameters
    ----------
    weight
        How many enterprises it speaks of (the sum of amounts, where enterprises count by amounts).
    drawn, seen, problems
        Visits drawn, those with a result, those that found a problem.
    value, low, high
        The rate with its 95 % interval. None where nobody was seen of those left to chance; the interval then holds all
        that may be.
    expansion
        The Horvitz–Thompson estimate: unbiased by itself where all drawn were seen, but wide. None where nobody was.
    unseen
        Which share of the weight the drawn without a result stand for.
    effective
        How many visits drawn with equal chances would have as narrow an interval; infinite where everyone was seen.
    """

    weight: float
    drawn: int
    seen: int
    problems: int
    value: float | None
    low: float
    high: float
    expansion: float | None
    unseen: float
    effective: float

    def if_unseen_differ(self, gamma: float) -> tuple[float, float]:
        """The interval where the odds of a problem at those not seen are up to `gamma` times as high or as low.

        1 leaves it as it is; `math.inf` takes all of them as clean for the lower end, and as problems for the upper.
        """
        low, high = odds_times(self.low, 1 / gamma), odds_times(self.high, gamma)
        return (1 - self.unseen) * self.low + self.unseen * low, (1 - self.unseen) * self.high + self.unseen * high


def odds_times(rate: float, factor: float) -> float:
    """The rate whose odds are `factor` times those of `rate`.

    >>> odds_times(0.5, 3.0), odds_times(0.2, 0.0), odds_times(0.2, math.inf), odds_times(0.0, math.inf)
    (0.75, 0.0, 1.0, 1.0)
    """
    if math.isinf(factor):
        return 1.0
    return rate * factor / (1 - rate + rate * factor) if rate * factor else 0.0


def rates(drawn: Drawn, group: ArrayLike) -> dict[str, Rate]:
    """The problem rate of each group.

    Parameters
    ----------
    group : array of shape (n,)
        Each enterprise's group (grade, region, trade), as it was before the draw.
    """
    names = np.asarray(group).astype(str)
    return {str(name): rate(drawn, (names == name).astype(np.float64)) for name in np.unique(names)}


def rates_of_visits(probability: ArrayLike, problem: ArrayLike, group: ArrayLike) -> dict[str, Rate]:
    """The problem rate of each group from the visits of plans alone, without the others who could have been drawn.

    How many those are is estimated by the visits too, each of which stands for one over its probability.

    Parameters
    ----------
    probability : array of shape (n,)
        That each was drawn.
    problem : array of shape (n,)
        1, 0, or not a number where nobody saw.
    group : array of shape (n,)
    """
    chance, found = np.asarray(probability, dtype=np.float64), np.asarray(problem, dtype=np.float64)
    names = np.asarray(group).astype(str)
    result = {}
    for name in np.unique(names):
        own = names == name
        # One row for all of the others of the group, who were not drawn.
        amount = np.append(own.astype(np.float64), float((1 / chance[own] - 1).sum()))
        sample = Drawn(np.append(chance, np.nan), np.append(own, False), np.append(found, np.nan))
        result[str(name)] = rate(sample, amount)
    return result


def rate(drawn: Drawn, amount: ArrayLike | None = None) -> Rate:
    """The rate of problems in everyone, where each counts by an amount.

    Parameters
    ----------
    amount : array of shape (n,), optional
        Not negative. 1 and 0 for a group and the others; another plan's probabilities for the rate that it would have
        found; everyone alike where None.
    """
    amounts = np.ones(len(drawn.drawn)) if amount is None else np.asarray(amount, dtype=np.float64)
    counts, seen = amounts > 0, drawn.seen
    chosen, visited = drawn.drawn & counts, seen & counts
    weight = float(amounts.sum())
    weights = amounts / drawn.probability
    answered = _share(weights, visited, chosen)
    value, low, high, expansion, effective = None, 0.0, 1.0, None, 0.0
    if visited.any():
        # Where some were not seen, nobody was seen for certain: being drawn and being seen are two chances, one after
        # the other, and within the group the second is taken as the same for all.
        probability = drawn.probability * answered
        expansion = float((weights * drawn.problem)[visited].sum() / answered / weight)
        certain = probability >= CERTAIN
        sure = float((amounts * drawn.problem)[visited & certain].sum())
        open_ = np.where(certain, 0.0, amounts)
        middle, effective = _uncertain(drawn, open_, probability) if open_.any() else (0.0, math.inf)
        low, high = ((sure + float(open_.sum()) * end) / weight for end in interval_of(middle, effective))
        # Of those left to chance nobody was seen: the others say nothing of them, and a model alone is no estimate.
        value = (sure + float(open_.sum()) * middle) / weight if effective else None
    return Rate(
        weight=weight,
        drawn=int(chosen.sum()),
        seen=int(visited.sum()),
        problems=int(drawn.problem[visited].sum()),
        value=value,
        low=low,
        high=high,
        expansion=expansion,
        unseen=1 - answered,
        effective=effective,
    )


def interval_of(value: float, effective: float) -> tuple[float, float]:
    """95 % interval of a rate known from so many visits' worth, none to infinitely many, after E. B. Wilson (1927).

    >>> [round(end, 3) for end in interval_of(0.0, 20.0)], interval_of(0.3, 0.0), interval_of(0.3, math.inf)
    ([0.0, 0.161], (0.0, 1.0), (0.3, 0.3))
    """
    if not effective:
        return 0.0, 1.0
    if math.isinf(effective):
        return value, value
    spread = Z95**2 / effective
    centre = (value + spread / 2) / (1 + spread)
    half = Z95 * math.sqrt(value * (1 - value) / effective + spread / (4 * effective)) / (1 + spread)
    return (max(0.0, centre - half) if value > 0 else 0.0), (min(1.0, centre + half) if value < 1 else 1.0)


def worth_of(variance: float, value: float) -> float:
    """How many visits drawn with equal chances have this variance of a rate; infinite where it has none."""
    inside = min(max(value, _LEAST_RATE), 1 - _LEAST_RATE)
    return inside * (1 - inside) / variance if variance else math.inf


def _share(weights: Floats, some: Flags, of: Flags) -> float:
    whole = float(weights[of].sum())
    return float(weights[some].sum()) / whole if whole else 1.0


def _uncertain(drawn: Drawn, amounts: Floats, probability: Floats) -> tuple[float, float]:
    """The rate of those whose visit was left to chance, and how many visits it is worth."""
    visited = drawn.seen & (probability < CERTAIN)
    weights = amounts[visited] / probability[visited]
    whole, problem = float(weights.sum()), drawn.problem[visited]
    expected = np.zeros(len(amounts)) if drawn.risk is None else drawn.risk
    modelled = float((amounts * expected).sum() / amounts.sum())
    if not whole:
        return modelled, 0.0
    missed = problem - expected[visited]
    correction = float((weights * missed).sum()) / whole
    value = min(max(modelled + correction, 0.0), 1.0)
    parts = None if drawn.stratum is None else drawn.stratum[visited]
    seen = fixed_size_variance(weights * (missed - correction) / whole, probability[visited], parts)
    alike = float(((1 - probability[visited]) * weights**2).sum()) / whole**2
    inside = min(max(value, _LEAST_RATE), 1 - _LEAST_RATE)
    finds = float(problem[weights > 0].sum())
    rarer = min(finds, float((weights > 0).sum()) - finds)
    variance = (rarer * seen + FINDS_TRUSTED * inside * (1 - inside) * alike) / (rarer + FINDS_TRUSTED)
    return value, worth_of(variance, value)


def fixed_size_variance(expanded: Floats, probability: Floats, stratum: Integers | None) -> float:
    """Variance of a sum over a sample of fixed size with unequal probabilities.

    The approximation of J. Hájek (1964) with the weights of J.-C. Deville (1999). It asks for no joint probabilities,
    which the pivotal method has none to show of; where the order of the draw keeps like with like, the true variance
    is smaller. Strata with a single visit are taken together.

    Parameters
    ----------
    expanded
        Shape (n,): what each visit adds, over its probability.
    probability
        Shape (n,), each less than 1.
    stratum
        Shape (n,).
    """
    left = 1 - probability
    parts = np.zeros(len(expanded), np.int64) if stratum is None else np.unique(stratum, return_inverse=True)[1] + 1
    parts = np.where(np.bincount(parts)[parts] < 2, 0, parts)
    size = np.bincount(parts)
    factor = left * (size / np.maximum(size - 1, 1))[parts]
    whole = np.bincount(parts, factor)
    mean = np.divide(np.bincount(parts, factor * expanded), whole, out=np.zeros(len(whole)), where=whole > 0)
    return float((factor * (expanded - mean[parts]) ** 2).sum())
