"""Where enterprises are registered, taxed and counted, to the street; whose they are, and whether they keep accounts of
their own.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from riskml.lab.simulation.calendar import Integers
from riskml.lab.simulation.columns import NOTHING, Codes, Frame, vocabulary
from riskml.lab.simulation.geography import counties
from riskml.lab.simulation.registration import Registration
from riskml.lab.simulation.vocabularies import labels

OWNERS = ("central", "provincial", "municipal", "county", "none")
_STATE_SHARES = [0.08, 0.22, 0.35, 0.35]

_ELSEWHERE, _UNKNOWN = 0.05, 0.03
"""Share of those whose taxes are paid in another street, and of those of whom a department does not say; of statistics
likewise.
"""


@dataclass(frozen=True)
class Areas:
    """One entry per enterprise; `NOTHING` where it is not known.

    Parameters
    ----------
    street, tax, statistics
        Positions in `street_codes()`.
    accounts
        1 where accounts are sound and its own, 0 where not.
    owner
        Positions in `OWNERS`.
    """

    street: Integers
    tax: Integers
    statistics: Integers
    accounts: Integers
    owner: Integers


def street_codes() -> tuple[str, ...]:
    """The codes of all streets and townships, county after county."""
    return tuple(code for county in counties() for code in county.streets)


def find_areas(rng: np.random.Generator, registration: Registration) -> Areas:
    """Most are taxed and counted where they are registered, some elsewhere, of a few it is not known."""
    count = registration.count
    sizes = np.array([len(county.streets) for county in counties()])
    first = (np.cumsum(sizes) - sizes)[registration.county]
    number = sizes[registration.county]
    street = first + (number * rng.random(count)).astype(np.int64)

    def mostly_there() -> Integers:
        other = rng.integers(0, sizes.sum(), count)
        near = first + (number * rng.random(count)).astype(np.int64)
        moved = np.where(rng.random(count) < 0.5, near, other)
        place = np.where(rng.random(count) < _ELSEWHERE, moved, street)
        return np.where(rng.random(count) < _UNKNOWN, NOTHING, place)

    tax, statistics = mostly_there(), mostly_there()
    own = rng.random(count) < np.where(registration.is_kind("branch", "individual_business"), 0.25, 0.96)
    state = registration.is_kind("state_owned")
    owner = np.where(state, rng.choice(len(_STATE_SHARES), count, p=_STATE_SHARES), OWNERS.index("none"))
    return Areas(
        street=street,
        tax=tax,
        statistics=statistics,
        accounts=np.where(rng.random(count) < 0.04, NOTHING, own),
        owner=np.where(~state & (rng.random(count) < 0.1), NOTHING, owner),
    )


def area_columns(areas: Areas, enterprise: Integers) -> Frame:
    """The columns of the registration's extract, for the enterprise of each row."""
    streets = vocabulary(street_codes())
    return {
        "DOMSTREET": Codes(areas.street[enterprise], streets),
        "TAXAREA": Codes(areas.tax[enterprise], streets),
        "STATAREA": Codes(areas.statistics[enterprise], streets),
        "indepAcc": Codes(areas.accounts[enterprise], vocabulary(["0", "1"])),
        "OWNLEVEL_CN": Codes(areas.owner[enterprise], labels("enterprise", "owner_level", OWNERS)),
    }
