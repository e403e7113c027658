"""Noticing that problems are found more often, or less often, than risks said: an e-detector of Shiryaev–Roberts type.

In each month of each group a gambler with one unit of money begins to bet that from then on problems are found more
often than expected. Were the risks right, nobody's money would be expected to grow; what all of them have together is
the evidence, and is expected to be no more than the number of months. Where it reaches the bound of the group it is
noticed. Were the risks of every group right to within the odds that are tolerated (`tolerance`), this would happen
within any number of months and over all groups with a probability of no more than `FALSE_ALARMS_A_YEAR` for each
twelve of them, however many groups there are and however often one looks. Where the risks of a group were wrong by
more from the start, it is noticed although nothing changed.

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
"""How likely it is at most that in a year any group is noticed although the risks were right to within the odds that
are tolerated.
"""

TOLERATED = 1.25
"""How many times as high (or low) as expected the odds of a problem may be at least without being worth a notice: no
model's risks are right to the last digit.
"""

JUMPS = (1.2, 1.6, 2.4, 4.0)
"""How many times as high as is just tolerated the odds are bet to be, with a quarter of the money each."""

_CALIBRATIONS = 2.5758
"""Standard errors that a normal value exceeds upwards or downwards once in a hundred times."""

_LEAST_RATIO = 20.0
"""How many times as much the gambler who began at the onset has to have as the one who began in the first month for
earlier draws to tell that it had not been so from the start.
"""

_LEAST_RISK = 1e-6


def tolerance(draws: int, problems: int) -> float:
    """How many times as high (or low) as expected the odds of a problem may be: `TOLERATED`, or more where the model
    was calibrated on few draws, whose own chance moves all its risks up or down together.

    The standard error of a rate's log-odds is √(1 / problems + 1 / (draws − problems)); 2.58 of them are tolerated,
    which one calibration in a hundred exceeds. It leaves out that the slope is estimated too, and weights of draws;
    the rule is ours.

    Parameters
    ----------
    draws, problems
        Those that the model was calibrated on, and those of them that found a problem; of both outcomes there is one.

    Examples
    --------
    >>> round(tolerance(80, 24), 2), tolerance(1000, 300)
    (1.87, 1.25)
    """
    return max(TOLERATED, math.exp(_CALIBRATIONS * math.sqrt(1 / problems + 1 / (draws - problems))))


def monthly_bets(
    risk: ArrayLike, found: ArrayLike, month: ArrayLike, months: int, *, raised: bool, tolerated: float
) -> Floats:
    """By how much one unit that is bet on each jump is multiplied in each month, as logarithms.

    A draw multiplies it by q / p where a problem is found and by (1 − q) / (1 − p) where none is: p is the risk with
    its odds `tolerated` times as high, q with odds that are those of p times the jump. Whatever the true probability
    up to p, the expected factor is no more than 1.

    Parameters
    ----------
    risk, found, month : arrays of shape (n,)
        Of each draw the risk, given without knowing of the draw, 1 where a problem was found, else 0, and the number of
        its month, from 0 to ``months - 1``.
    raised
        Whether more problems than expected are looked for; else fewer are, as more visits without any.
    tolerated
        As `tolerance` gives it.

    Returns
    -------
    array of shape (jumps, months)

    Examples
    --------
    One draw with a risk of 20 % finds a problem: odds of 1/4 become 5/16 (tolerated), and 3/8 to 5/4 (bet on).

    >>> np.exp(monthly_bets([0.2], [1], [0], 1, raised=True, tolerated=1.25)).round(3).ravel().tolist()
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
        missed = np.log1p(tolerated * odds) - np.log1p(jump * tolerated * odds)
        factors[row] = np.bincount(places, missed + hit * math.log(jump), minlength=months)
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
    return int(_of_each_beginner(bets).argmax())


def from_the_start(bets: Floats) -> bool:
    """Whether it may have been so from the first month on: whoever began at the onset has less than 20 times as much
    as whoever began in the first month, so that the draws between them do not speak against it. 20 is ours.

    Parameters
    ----------
    bets
        As `monthly_bets` gives them.
    """
    money = _of_each_beginner(bets)
    return bool(money.max() - money[0] < math.log(_LEAST_RATIO))


def _of_each_beginner(bets: Floats) -> Floats:
    """The logarithm of what the gambler who began in each month has at the end, times the number of jumps."""
    since = np.cumsum(bets[:, ::-1], axis=1)[:, ::-1]
    money: Floats = np.logaddexp.reduce(since, axis=0)
    return money


def bound(weight: float) -> float:
    """The logarithm of the evidence at which a group is noticed.

    Parameters
    ----------
    weight
        The group's share of the false alarms; those of all groups sum to 1 at most.
    """
    return math.log(12 / (FALSE_ALARMS_A_YEAR * weight))


def false_alarms_a_year(log_evidence: float, weight: float) -> float:
    """How likely a notice a year over all groups would be at most, were so much evidence the bound and the risks right
    to within the odds that are tolerated; 1 at most.
    """
    return min(1.0, 12 / weight * math.exp(-log_evidence))
