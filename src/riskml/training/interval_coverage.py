"""Whether problems were found as often as the intervals of risks said, on draws that these were not fitted on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskml.training.evaluation import wilson

GROUPS = 5
"""Groups of the draws, from the lowest risk to the highest, of as many draws each."""

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class CoverageGroup:
    """Draws of similar risk.

    Parameters
    ----------
    low, risk, high
        Means of the lower ends of their intervals, of the risks, and of the upper ends.
    observed, observed_low, observed_high
        The rate of problems found, with its own 95 % interval (Wilson).
    inside
        Whether the rate lies between the mean ends.
    agrees
        Whether the rate's own interval meets them: what lies apart from them then may be chance.
    """

    draws: int
    problems: int
    low: float
    risk: float
    high: float
    observed: float
    observed_low: float
    observed_high: float
    inside: bool
    agrees: bool


@dataclass(frozen=True)
class Coverage:
    """Groups from the lowest risk to the highest, the mean width of the intervals, and the share of draws whose risk
    lies outside its own interval (it is read off a smooth curve, and the ends are not).
    """

    groups: tuple[CoverageGroup, ...]
    draws: int
    mean_width: float
    risk_outside: float


def coverage_of(risk: ArrayLike, low: ArrayLike, high: ArrayLike, found: ArrayLike, groups: int = GROUPS) -> Coverage:
    """Compare what was found with the intervals.

    Parameters
    ----------
    risk, low, high, found : arrays of shape (n,)
        Calibrated risks, the ends of their intervals, and 1 where the draw found a problem, else 0. Equal risks are
        divided in the order given.

    Examples
    --------
    >>> found = coverage_of([0.1, 0.1, 0.6, 0.6], [0.0, 0.0, 0.5, 0.5], [0.2, 0.2, 0.8, 0.8], [0, 0, 1, 1], groups=2)
    >>> [(one.draws, one.observed, one.inside, one.agrees) for one in found.groups], round(found.mean_width, 2)
    ([(2, 0.0, True, True), (2, 1.0, False, True)], 0.25)
    """
    ends = np.column_stack([np.asarray(one, dtype=np.float64) for one in (low, risk, high, found)])
    order = np.argsort(ends[:, 1], kind="stable")
    parts = [part for part in np.array_split(ends[order], groups) if len(part)]
    return Coverage(
        groups=tuple(map(_group, parts)),
        draws=len(ends),
        mean_width=float((ends[:, 2] - ends[:, 0]).mean()),
        risk_outside=float(((ends[:, 1] < ends[:, 0]) | (ends[:, 1] > ends[:, 2])).mean()),
    )


def _group(draws: Floats) -> CoverageGroup:
    low, risk, high, observed = (float(mean) for mean in draws.mean(axis=0))
    problems = int(draws[:, 3].sum())
    least, most = wilson(problems, len(draws))
    return CoverageGroup(
        draws=len(draws),
        problems=problems,
        low=low,
        risk=risk,
        high=high,
        observed=observed,
        observed_low=least,
        observed_high=most,
        inside=low <= observed <= high,
        agrees=least <= high and low <= most,
    )
