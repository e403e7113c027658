"""What the first visits of a list find: precision, gain and lift where only the riskiest share is visited."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike

from riskml.training.evaluation import wilson

SHARES = (0.01, 0.02, 0.05, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.75, 1.0)


@dataclass(frozen=True)
class FirstVisits:
    """Of n visits, those of the riskiest enterprises.

    Parameters
    ----------
    share
        Which share of all; `visits` are so many, at least one.
    problems
        How many of them found one; where scores are equal, as many as in a random order among these.
    precision, low, high
        Problems for each visit, with the 95 % Wilson interval.
    gain
        The share of all problems that they found.
    lift
        Precision over the rate of all visits.
    """

    share: float
    visits: int
    problems: float
    precision: float
    low: float
    high: float
    gain: float
    lift: float


def first_visits(outcome: ArrayLike, score: ArrayLike, shares: Sequence[float] = SHARES) -> tuple[FirstVisits, ...]:
    """What the riskiest shares of n visits found.

    Parameters
    ----------
    outcome, score : arrays of shape (n,)
        1 where a visit found a problem, at least once; higher scores are visited first.

    Examples
    --------
    >>> (half,) = first_visits([1, 0, 1, 0, 0, 0], [9, 8, 7, 3, 2, 1], shares=[0.5])
    >>> half.visits, half.problems, half.gain, half.lift
    (3, 2.0, 1.0, 2.0)
    """
    found, scores = np.asarray(outcome, dtype=np.float64), np.asarray(score, dtype=np.float64)
    different, place = np.unique(-scores, return_inverse=True)
    seen = np.concatenate([[0.0], np.cumsum(np.bincount(place, minlength=len(different)))])
    hits = np.concatenate([[0.0], np.cumsum(np.bincount(place, weights=found, minlength=len(different)))])
    whole = float(found.sum())
    result = []
    for share in shares:
        visits = max(1, round(share * len(found)))
        problems = float(np.interp(visits, seen, hits))
        low, high = wilson(round(problems), visits)
        precision, gain = problems / visits, problems / whole
        result.append(FirstVisits(share, visits, problems, precision, low, high, gain, gain * len(found) / visits))
    return tuple(result)
