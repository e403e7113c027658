"""Chances of being drawn: ratios of groups, the riskier of each likelier, nobody below a floor, and all within a
budget.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskml.sampling.draw import WHOLE, in_parts

Floats = NDArray[np.float64]

_HALVINGS = 200


@dataclass(frozen=True)
class Group:
    """Those of one ratio.

    Parameters
    ----------
    size
        How many may be drawn.
    ratio
        Of them, how many are to be.
    cost
        Of one draw, in inspector-days.
    """

    size: int
    ratio: float
    cost: float


@dataclass(frozen=True)
class Allotted:
    """How many of each group are drawn.

    Parameters
    ----------
    expected
        Of each group, not rounded.
    factor
        What all ratios were multiplied by.
    needed, least
        Inspector-days that the ratios, and the floor alone, would take.
    """

    expected: tuple[float, ...]
    factor: float
    needed: float
    least: float


def allot(groups: Sequence[Group], floor: float, days: float, *, lower: bool, higher: bool) -> Allotted:
    """Fit the ratios of groups to the days there are.

    Parameters
    ----------
    floor
        The least chance of everyone.
    days
        Inspector-days for drawing.
    lower, higher
        Whether ratios may be lowered alike where days lack, and raised alike where some are left.

    Notes
    -----
    Where days lack and ratios may not be lowered, or the floor alone takes more, `expected` is what the ratios (the
    floor) ask for: whoever calls compares `needed` and `least` with the days.

    Examples
    --------
    >>> allot([Group(1000, 0.02, 2), Group(100, 0.2, 2)], 0.01, 60, lower=True, higher=False).expected
    (15.0, 15.0)
    """
    sizes, ratios, costs = (
        np.array([getattr(one, name) for one in groups], float) for name in ("size", "ratio", "cost")
    )

    def chances(factor: float) -> Floats:
        return np.clip(factor * ratios, floor, 1)

    def cost(factor: float) -> float:
        return float(chances(factor) @ (sizes * costs))

    needed, least = cost(1), cost(0)
    factor = 1.0
    if (needed > days and lower) or (needed < days and higher):
        low, high = 0.0, 1.0 / float(ratios.min())
        for _ in range(_HALVINGS):
            middle = (low + high) / 2
            low, high = (middle, high) if cost(middle) <= days else (low, middle)
        factor = low
    return Allotted(tuple((chances(factor) * sizes).round(9).tolist()), factor, needed, least)


def spread(weights: Floats, expected: float, floor: float) -> Floats:
    """Chances in proportion to weights, none below the floor or above one, that add up to what is expected.

    >>> spread(np.array([1.0, 1.0, 2.0, 40.0]), 2.0, 0.1).round(3).tolist()
    [0.25, 0.25, 0.5, 1.0]
    """
    size = len(weights)
    if expected >= size:
        return np.ones(size)
    scaled = np.maximum(weights / weights.max(), 1e-300)
    low, high = np.log(floor) - 1, np.log(1 / scaled.min()) + 1
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        reached = np.clip(np.exp(middle) * scaled, floor, 1).sum()
        low, high = (middle, high) if reached <= expected else (low, middle)
        if abs(reached - expected) < 1e-9 * size:
            break
    found: Floats = np.clip(np.exp(middle) * scaled, floor, 1)
    return found


def chances_of(
    groups: NDArray[np.int64], expected: Sequence[float], weights: Floats, floor: float, *, at_floor: NDArray[np.bool_]
) -> NDArray[np.int64]:
    """Everyone's chance in parts of `WHOLE`, adding up to a whole number of units.

    Parameters
    ----------
    groups
        Which group each is of; shape (units,). Of no group (-1): never drawn.
    expected
        Of each group, as `allot` gives it.
    weights
        Of each within its group.
    at_floor
        Those who have the floor and no more, however much is left: where nobody else has room, fewer are drawn.
    """
    within = np.flatnonzero(groups >= 0)
    # A whole number of units, which the floor alone must not go beyond.
    least = int(np.ceil(floor * len(within) - 1e-6))
    size = min(max(int(sum(expected) + 1e-6), least), len(within))
    fitted = np.zeros(len(groups))
    shrink = size / max(sum(expected), 1e-300)
    for group, number in enumerate(expected):
        held, rest = np.flatnonzero((groups == group) & at_floor), np.flatnonzero((groups == group) & ~at_floor)
        fitted[held] = floor
        if len(rest):
            fitted[rest] = spread(weights[rest], max(number * shrink - floor * len(held), floor * len(rest)), floor)
    room = np.where(at_floor[within], 0.0, 1 - fitted[within])
    total = float(fitted[within].sum())
    size = max(min(size, int(total + float(room.sum()) + 1e-6)), least)
    lack = size - total
    if lack < 0:
        room = fitted[within] - floor
    elif room.sum() < lack:
        room = 1 - fitted[within]  # a whole unit more than the floor takes: nobody else can have it
    if room.sum() > 0:
        fitted[within] += room * (lack / room.sum())
    parts = np.zeros(len(groups), dtype=np.int64)
    parts[within] = in_parts(fitted[within], size, int(np.ceil(floor * WHOLE)))
    return parts
