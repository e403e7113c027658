"""Noticing that problems are found more often, or less often, than risks said: an e-detector of Shiryaev–Roberts type.

In each month of each group a gambler with one unit of money begins to bet that from then on problems are found more
often than expected. Were the risks right, nobody's money would be expected to grow; what all of them have together is
the evidence, and is expected to be no more than the number of months. Where it reaches the bound of the group the
change is noticed. That this happens although nothing changed is, within any number of months and over all groups,
no likelier than `FALSE_ALARMS_A_YEAR` for each twelve of them, however many groups there are and however often one
looks.

References
----------
J. Shin, A. Ramdas and A. Rinaldo, "E-detectors: a nonparametric framework for sequential change detection", New
England Journal of Statistics in Data Science 2, 2024; I. Waudby-Smith and A. Ramdas, "Estimating means of bounded
random variables by betting", JRSS B 86, 2024; V. Vovk and R. Wang, "E-values: calibration, combination and
applications", Annals of Statistics 49, 2021. The bounds, the jumps that are bet on and what is tolerated are ours.
"""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

FALSE_ALARMS_A_YEAR = 0.05
"""How likely it is at most that in a year any group is noticed although none changed."""

TOLERATED = 1.25
"""How many times as high (or low) as expected the odds of a problem may be without being worth a notice: no model's
risks are right to the last digit.
"""

JUMPS = (1.5, 2.0, 3.0, 5.0)
"""How many times as high as expected the odds are bet to be, with a quarter of the money each."""

_LEAST_RISK = 1e-6


def monthly_bets(risk: ArrayLike, found: ArrayLike, month: ArrayLike, months: int, *, raised: bool) -> Floats:
    """By how much one unit that is bet on each jump is multiplied in each month, as logarithms.

    A draw multiplies it by q / p where a problem is found and by (1 − q) / (1 − p) where none is: p is the risk with
    its odds `TOLERATED` times as high, q with its odds as high as the jump. Whatever the true probability up to p, the
    expected factor is no more than 1.

    Parameters
    ----------
    risk, found, month : arrays of shape (n,)
        Of each draw the risk that was published before it, 1 where a problem was found, else 0, and the number of its
        month, from 0 to ``months - 1``.
    raised
        Whether more problems than expected are looked for; else fewer are, as more visits without any.

    Returns
    -------
    array of shape (jumps, months)

    Examples
    --------
    One draw with a risk of 20 % finds a problem: odds of 1/4 become 5/16 (tolerated), and 3/8 to 5/4 (bet on).

    >>> np.exp(monthly_bets([0.2], [1], [0], 1, raised=True)).round(3).ravel().tolist()
    [1.145, 1.4, 1.8, 2.333]
    """
    chance = np.clip(np.asarray(risk, dtype=np.float64), _LEAST_RISK, 1 - _LEAST_RISK)
    hit = np.asarray(found, dtype=np.float64)
    if not raised:
        chance, hit = 1 - chance, 1 - hit
    odds, places = chance / (1 - chance), np.asarray(month, dtype=np.intp)
    factors = np.empty((len(JUMPS), months))
    for row, jump in enumerate(JUMPS):
        # log (1 − q) / (1 − p), and log q / p beyond it.
        missed = np.log1p(TOLERATED * odds) - np.log1p(jump * odds)
        factors[row] = np.bincount(places, missed + hit * math.log(jump / TOLERATED), minlength=months)
    return factors


def evidence(bets: Floats) -> Floats:
    """The logarithm of what all gamblers have together at the end of each month, shape (months,).

    Parameters
    ----------
    bets
        As `monthly_bets` gives them.
    """
    money = np.full(len(bets), -np.inf)
    path = np.empty(bets.shape[1])
    for place, factors in enumerate(bets.T):
        money = np.logaddexp(money, 0.0) + factors
        path[place] = np.logaddexp.reduce(money) - math.log(len(bets))
    return path


def onset(bets: Floats) -> int:
    """The month in which the gambler began who has most at the end: about when the change came."""
    since = np.cumsum(bets[:, ::-1], axis=1)[:, ::-1]
    return int(np.logaddexp.reduce(since, axis=0).argmax())


def bound(weight: float) -> float:
    """The logarithm of the evidence at which a group is noticed.

    Parameters
    ----------
    weight
        The group's share of the false alarms; those of all groups sum to 1 at most.
    """
    return math.log(12 / (FALSE_ALARMS_A_YEAR * weight))


def false_alarms_a_year(log_evidence: float, weight: float) -> float:
    """How likely a false alarm a year over all groups would be at most, were so much evidence the bound; 1 at most."""
    return min(1.0, 12 / weight * math.exp(-log_evidence))
