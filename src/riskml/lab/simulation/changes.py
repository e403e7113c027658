"""Registered changes over each enterprise's life, and what was registered before and after."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from riskml.lab.simulation.calendar import Calendar, Days, Flags, Floats, Integers
from riskml.lab.simulation.registration import Registration

ITEMS = ("name", "address", "legal_representative", "shareholder", "capital", "scope", "post_holder", "kind", "other")
_YEARLY = (0.016, 0.070, 0.050, 0.060, 0.045, 0.170, 0.070, 0.004, 0.130)
_LOADINGS = (0.0, 0.40, 0.50, 0.20, 0.0, 0.0, 0.10, 0.0, 0.0)
"""How the log rate of each item follows the enterprise's own risk: shells move and change hands, others do not."""

_FACTORS = np.array([0.2, 0.5, 1.2, 1.5, 2.0, 3.0, 5.0, 10.0])
_FACTOR_SHARES = np.array([0.03, 0.10, 0.10, 0.17, 0.28, 0.12, 0.14, 0.06])


@dataclass(frozen=True)
class Changes:
    """All registered changes, sorted by enterprise and day.

    Parameters
    ----------
    item
        Positions in `ITEMS`.
    capital_before, capital_after
        Registered capital around the change, in 10,000 yuan; the same where the item is another.
    """

    enterprise: Integers
    day: Days
    item: Integers
    capital_before: Floats
    capital_after: Floats

    def of_item(self, item: str) -> Flags:
        """Which changes are of this item."""
        flags: Flags = self.item == ITEMS.index(item)
        return flags


def change_registrations(
    rng: np.random.Generator, registration: Registration, own: Floats, calendar: Calendar
) -> Changes:
    """Draw the changes of every enterprise from two months after its establishment on."""
    first = registration.established + 60
    years = np.maximum(calendar.last_day - first, 0) / 365.25
    enterprises, items = [], []
    without = registration.is_kind("branch", "individual_business")
    for number, (yearly, loading) in enumerate(zip(_YEARLY, _LOADINGS, strict=True)):
        counts = rng.poisson(yearly * years * np.exp(loading * own))
        if ITEMS[number] in ("capital", "shareholder"):
            counts[without] = 0
        enterprises.append(np.repeat(np.arange(registration.count), counts))
        items.append(np.full(int(counts.sum()), number))
    enterprise, item = np.concatenate(enterprises), np.concatenate(items)
    share = rng.random(len(enterprise))
    day = (first[enterprise] + share * (calendar.last_day - first[enterprise])).astype(np.int32)
    order = np.lexsort((item, day, enterprise))
    enterprise, item, day = enterprise[order], item[order], day[order]
    factor = np.where(item == ITEMS.index("capital"), rng.choice(_FACTORS, len(item), p=_FACTOR_SHARES), 1.0)
    after = registration.capital[enterprise] * running_product(enterprise, factor)
    return Changes(enterprise, day, item, after / factor, after)


def running_product(groups: Integers, factors: Floats) -> Floats:
    """Product of the factors so far within each group; `groups` is sorted.

    >>> running_product(np.array([1, 1, 2]), np.array([2.0, 3.0, 5.0])).round(6).tolist()
    [2.0, 6.0, 5.0]
    """
    total = np.cumsum(np.log(factors))
    starts = first_of_group(groups)
    before = np.where(starts, total - np.log(factors), 0.0)
    product: Floats = np.exp(total - before[np.maximum.accumulate(np.where(starts, np.arange(len(groups)), 0))])
    return product


def first_of_group(groups: Integers) -> Flags:
    """Which rows begin a new group of a sorted column."""
    starts = np.ones(len(groups), bool)
    starts[1:] = groups[1:] != groups[:-1]
    return starts
