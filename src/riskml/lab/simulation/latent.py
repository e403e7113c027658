"""The hidden risk: what the records only hint at, and what inspections find out.

An enterprise's risk is a sum of its own disposition, its people, its shareholders, its address, its
industry and its region, and of a slow drift from month to month. Nothing here reaches the raw
extracts; the truth is written apart for evaluation.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskml.lab.simulation.calendar import NEVER, Calendar, Days, Floats, Integers
from riskml.lab.simulation.industries import division_positions, divisions
from riskml.lab.simulation.registration import Registration
from riskml.lab.simulation.relations import Addresses, Posts, Shares

WEIGHTS = {
    "own": 0.20,
    "leader": 0.22,
    "posts": 0.06,
    "holders": 0.12,
    "address": 0.11,
    "industry": 0.19,
    "region": 0.10,
}
"""Shares of the variance of the fixed part of the risk."""

_FIXED_SPREAD = 0.91
_DRIFT_SPREAD = 0.42
DRIFT_MEMORY = 0.97
"""What remains of the drift after a month."""

FOUND_LEVEL, FOUND_SLOPE = -1.05, 2.0
"""Log-odds that an inspection finds a problem: level + slope × risk, before the office's and the inspector's
strictness.
"""

OFFICE_SPREAD, INSPECTOR_SPREAD = 0.25, 0.35
"""Standard deviation, in log-odds, of how strict offices and inspectors are."""


@dataclass(frozen=True)
class Risk:
    """The hidden risk of every enterprise in every month.

    Parameters
    ----------
    fixed
        Shape (enterprises,).
    drift
        Shape (enterprises, months of the calendar).
    persons
        Each person's own part, shape (persons,).
    """

    fixed: Floats
    drift: NDArray[np.float32]
    persons: Floats
    calendar: Calendar

    def on(self, enterprise: Integers, day: Days) -> Floats:
        """The risk of some enterprises on some days."""
        return self.fixed[enterprise] + self.drift[enterprise, self.calendar.month_of(day)]


def draw_own(rng: np.random.Generator, count: int) -> Floats:
    """Each enterprise's own disposition, standard normal."""
    return rng.standard_normal(count)


def compose_risk(
    rng: np.random.Generator,
    registration: Registration,
    calendar: Calendar,
    *,
    own: Floats,
    posts: Posts,
    shares: Shares,
    branches: tuple[Integers, Integers],
    addresses: Addresses,
    address: Integers,
    people: int,
) -> Risk:
    """Add up the parts of the risk and let it drift.

    Parameters
    ----------
    branches
        Branches and their parents; a branch takes after its parent as after a shareholder.
    address
        Each enterprise's present address within its county.
    people
        Number of persons.
    """
    count = registration.count
    persons = rng.standard_normal(people)
    in_post = posts.terms.end == NEVER
    leads = in_post & (posts.role == 0)
    leader = _mean(count, posts.terms.enterprise[leads], persons[posts.terms.holder[leads]])
    others = in_post & (posts.role > 0)
    board = _mean(count, posts.terms.enterprise[others], persons[posts.terms.holder[others]])
    disposition = 0.75 * own + 0.66 * leader
    holding = shares.terms.end == NEVER
    effect = np.where(
        shares.by_enterprise,
        disposition[np.where(shares.by_enterprise, shares.terms.holder, 0)],
        persons[np.where(shares.by_enterprise, 0, shares.terms.holder)],
    )
    branch, parent = branches
    holders = _mean(
        count,
        np.concatenate([shares.terms.enterprise[holding], branch]),
        np.concatenate([effect[holding], disposition[parent]]),
        np.concatenate([shares.share[holding], np.ones(len(branch))]),
    )
    crowded = address < addresses.shared[registration.county]
    offices = np.concatenate([[0], np.cumsum(addresses.shared)])
    office_effect = rng.normal(0.5, 1.0, int(offices[-1]))
    own_address = rng.normal(-0.1, 0.5, count)
    place = np.where(crowded, offices[registration.county] + np.where(crowded, address, 0), 0)
    parts = {
        "own": own,
        "leader": leader,
        "posts": board,
        "holders": holders,
        "address": np.where(crowded, office_effect[place], own_address),
        "industry": rng.standard_normal(len(divisions()))[division_positions()][registration.industry],
        "region": rng.standard_normal(int(registration.county.max()) + 1)[registration.county],
    }
    fixed = np.zeros(count)
    for name, part in parts.items():
        fixed += np.sqrt(WEIGHTS[name]) * _standardised(part)
    return Risk(_FIXED_SPREAD * _standardised(fixed), _drift(rng, count, calendar), persons, calendar)


def _mean(count: int, enterprise: Integers, values: Floats, weights: Floats | None = None) -> Floats:
    """Weighted mean of the values of each enterprise; 0 where it has none."""
    weights = np.ones(len(values)) if weights is None else weights
    total = np.bincount(enterprise, weights, count)
    mean: Floats = np.divide(
        np.bincount(enterprise, values * weights, count), total, out=np.zeros(count), where=total > 0
    )
    return mean


def _standardised(values: Floats) -> Floats:
    spread = values.std()
    standardised: Floats = (values - values.mean()) / (spread if spread > 0 else 1.0)
    return standardised


def _drift(rng: np.random.Generator, count: int, calendar: Calendar) -> NDArray[np.float32]:
    """An autoregressive path of order one per enterprise, stationary from the first month on."""
    path = np.empty((count, calendar.all_months), np.float32)
    level = _DRIFT_SPREAD * rng.standard_normal(count, np.float32)
    innovation = np.float32(_DRIFT_SPREAD * np.sqrt(1 - DRIFT_MEMORY**2))
    for month in range(calendar.all_months):
        path[:, month] = level
        level = np.float32(DRIFT_MEMORY) * level + innovation * rng.standard_normal(count, np.float32)
    return path


def risk_ahead(fixed: Floats, drift: NDArray[np.float32]) -> Floats:
    """Probability that a random-draw inspection in the coming twelve months finds a problem.

    The inspection comes on average six and a half months ahead; until then part of the drift is
    forgotten and new drift is added. The mean of the logistic over that normal uncertainty, and
    over offices and inspectors, uses the usual approximation sigmoid(m / sqrt(1 + pi v / 8)).

    >>> float(risk_ahead(np.array([0.0]), np.array([0.0], dtype=np.float32))[0].round(2))
    0.27
    """
    kept = DRIFT_MEMORY**6.5
    mean = FOUND_LEVEL + FOUND_SLOPE * (fixed + kept * drift)
    variance = (FOUND_SLOPE * _DRIFT_SPREAD) ** 2 * (1 - kept**2) + OFFICE_SPREAD**2 + INSPECTOR_SPREAD**2
    chance: Floats = 1 / (1 + np.exp(-mean / np.sqrt(1 + np.pi * variance / 8)))
    return chance
