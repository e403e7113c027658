"""Posts, shareholdings, branches and addresses: what ties enterprises together."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from riskml.lab.simulation.calendar import Flags, Floats, Integers
from riskml.lab.simulation.changes import Changes, first_of_group
from riskml.lab.simulation.persons import Persons
from riskml.lab.simulation.registration import Registration
from riskml.lab.simulation.terms import Terms, succeed

ROLES = ("legal_representative", "director", "supervisor", "senior_manager", "operator")
"""Posts; the one who leads an individual business is its operator."""
_COMPANIES = ("limited_company", "joint_stock", "state_owned", "foreign_invested")
_SEATS = {
    "branch": 0,
    "sole_proprietorship": 1,
    "individual_business": 0,
    "partnership": 3,
    "cooperative": 5,
    "joint_stock": 4,
}
_SERIAL_LEADER = 0.20
_SERIAL_SUCCESSOR = 0.25
_SERIAL_OTHER = 0.08


@dataclass(frozen=True)
class Posts:
    """Terms in posts; `role` is a position in `ROLES`, holders are persons' numbers."""

    terms: Terms
    role: Integers


@dataclass(frozen=True)
class Shares:
    """Terms of shareholders.

    Parameters
    ----------
    by_enterprise
        Whether the holder is an enterprise's number rather than a person's.
    share
        Fraction of the capital.
    """

    terms: Terms
    by_enterprise: Flags
    share: Floats


def fill_posts(
    rng: np.random.Generator, registration: Registration, persons: Persons, changes: Changes
) -> tuple[Posts, int]:
    """Fill every post, and refill it when a change says so.

    Directors and managers are mostly the legal representative in person; then they change together.

    Returns
    -------
    The posts, and the number of newcomers among their holders.
    """
    count = registration.count
    everyone = np.arange(count)
    leader = np.where(rng.random(count) < _SERIAL_LEADER, persons.serial(rng, everyone), everyone)
    followed = changes.of_item("legal_representative")
    successor_of = changes.enterprise[followed]
    newcomers = persons.newcomers_start + np.arange(len(successor_of))
    successor = np.where(
        rng.random(len(successor_of)) < _SERIAL_SUCCESSOR, persons.serial(rng, successor_of), newcomers
    )
    leaders = succeed(
        np.concatenate([everyone, successor_of]),
        np.zeros(count + len(successor_of), np.int64),
        np.concatenate([leader, successor]),
        np.concatenate([registration.established, changes.day[followed]]),
    )
    company = registration.is_kind(*_COMPANIES)
    parts: list[tuple[Terms, str]] = [(leaders, "legal_representative")]
    for role, together in (("director", 0.75), ("senior_manager", 0.65)):
        follows = company & (rng.random(count) < together)
        parts.append((_selected(leaders, follows[leaders.enterprise]), role))
        parts.append((_own_terms(rng, registration, persons, changes, company & ~follows, count), role))
    parts.append((_own_terms(rng, registration, persons, changes, company, 2 * count), "supervisor"))
    board = registration.is_kind("joint_stock") | (registration.is_kind("limited_company") & (rng.random(count) < 0.06))
    parts += [
        (_own_terms(rng, registration, persons, changes, board, offset), "director") for offset in (count, 2 * count)
    ]
    terms = Terms(
        *(np.concatenate([getattr(part, field) for part, _ in parts]) for field in Terms.__dataclass_fields__)
    )
    role_of = np.repeat([ROLES.index(role) for _, role in parts], [len(part.start) for part, _ in parts])
    order = np.lexsort((terms.start, role_of, terms.enterprise))
    return Posts(_selected(terms, order), role_of[order]), len(successor_of)


def _selected(terms: Terms, rows: Flags | Integers) -> Terms:
    return Terms(terms.enterprise[rows], terms.place[rows], terms.holder[rows], terms.start[rows], terms.end[rows])


def _own_terms(
    rng: np.random.Generator, registration: Registration, persons: Persons, changes: Changes, having: Flags, offset: int
) -> Terms:
    """Terms of a post held by somebody else than the legal representative, renewed by changes of post holders."""
    enterprise = np.flatnonzero(having)
    holder = np.where(rng.random(len(enterprise)) < _SERIAL_OTHER, persons.serial(rng, enterprise), enterprise + offset)
    changed = changes.of_item("post_holder") & having[changes.enterprise] & (rng.random(len(changes.day)) < 0.5)
    later = changes.enterprise[changed]
    follows = rng.random(len(later)) < _SERIAL_SUCCESSOR
    successor = np.where(follows, persons.serial(rng, later), later + 3 * registration.count)
    return succeed(
        np.concatenate([enterprise, later]),
        np.zeros(len(enterprise) + len(later), np.int64),
        np.concatenate([holder, successor]),
        np.concatenate([registration.established[enterprise], changes.day[changed]]),
    )


def subscribe_shares(
    rng: np.random.Generator, registration: Registration, persons: Persons, changes: Changes, newcomers: int
) -> tuple[Shares, int]:
    """Give every enterprise its shareholders, people and earlier enterprises, and let seats change hands.

    An enterprise only holds shares of enterprises registered after it in the same prefecture, so
    that chains of shareholdings never run in a circle.
    """
    count = registration.count
    seats = rng.choice([1, 2, 3, 4], count, p=[0.48, 0.38, 0.10, 0.04])
    for kind, number in _SEATS.items():
        seats[registration.is_kind(kind)] = number
    enterprise = np.repeat(np.arange(count), seats)
    first = np.concatenate([[0], np.cumsum(seats)[:-1]])
    seat = np.arange(len(enterprise)) - first[enterprise]
    holder = np.select(
        [(seat == 0), seat == 1, seat == 2],
        [
            np.where(rng.random(len(seat)) < 0.75, enterprise, enterprise + count),
            enterprise + count,
            enterprise + 2 * count,
        ],
        np.where(rng.random(len(seat)) < _SERIAL_SUCCESSOR, persons.serial(rng, enterprise), enterprise + 3 * count),
    )
    weight = rng.gamma(1.2, 1.0, len(enterprise)) * np.where(seat == 0, 2.0, 1.0) + 0.02
    share = weight / np.bincount(enterprise, weight, count)[enterprise]
    moved = np.flatnonzero(changes.of_item("shareholder") & (seats[changes.enterprise] > 0))
    later = changes.enterprise[moved]
    later_seat = (rng.random(len(later)) * seats[later]).astype(np.int64)
    fresh = persons.newcomers_start + newcomers + np.arange(len(later))
    buyer = np.where(rng.random(len(later)) < _SERIAL_SUCCESSOR, persons.serial(rng, later), fresh)
    terms = succeed(
        np.concatenate([enterprise, later]),
        np.concatenate([seat, later_seat]),
        np.concatenate([holder, buyer]),
        np.concatenate([registration.established[enterprise], changes.day[moved]]),
    )
    share = share[first[terms.enterprise] + terms.place]
    chance = np.where(registration.is_kind("joint_stock", "foreign_invested", "state_owned"), 0.5, 0.10)[
        terms.enterprise
    ]
    chance = np.where(registration.is_kind("cooperative", "sole_proprietorship")[terms.enterprise], 0.0, chance)
    parent = earlier_company(rng, registration, persons.prefecture, terms.enterprise)
    by_enterprise = (rng.random(len(chance)) < chance) & (parent >= 0)
    terms = Terms(terms.enterprise, terms.place, np.where(by_enterprise, parent, terms.holder), terms.start, terms.end)
    return Shares(terms, by_enterprise, share), newcomers + len(later)


def earlier_company(
    rng: np.random.Generator, registration: Registration, prefecture: Integers, enterprise: Integers
) -> Integers:
    """A company of the same prefecture registered before each enterprise, or -1. The old ones are picked more often."""
    order = np.lexsort((np.arange(registration.count), registration.established, prefecture))
    rank = np.empty(registration.count, np.int64)
    rank[order] = np.arange(registration.count)
    starts = np.flatnonzero(first_of_group(prefecture[order]))
    begin = starts[np.searchsorted(starts, rank[enterprise], side="right") - 1]
    older = rank[enterprise] - begin
    picked = order[begin + np.floor(older * rng.random(len(enterprise)) ** 1.3).astype(np.int64)]
    return np.where((older > 0) & registration.is_kind(*_COMPANIES)[picked], picked, -1)


def attach_branches(
    rng: np.random.Generator, registration: Registration, prefecture: Integers
) -> tuple[Integers, Integers]:
    """The branches whose parent is registered in the province, and those parents."""
    branch = np.flatnonzero(registration.is_kind("branch"))
    parent = earlier_company(rng, registration, prefecture, branch)
    return branch[parent >= 0], parent[parent >= 0]


@dataclass(frozen=True)
class Addresses:
    """Where enterprises are: numbers of addresses within their counties.

    Parameters
    ----------
    first
        Address at establishment.
    moved
        Address after each change of address, in the order of the changes; -1 for other changes.
    shared
        Largest number of an address where many are registered (一址多企), by county: lower numbers are shared.
    """

    first: Integers
    moved: Integers
    shared: Integers


def assign_addresses(rng: np.random.Generator, registration: Registration, changes: Changes) -> Addresses:
    """Most enterprises have an address of their own; a fifth share one, a few addresses with very many."""
    inhabitants = np.bincount(registration.county, minlength=int(registration.county.max()) + 1)
    shared = np.maximum((0.02 * inhabitants).astype(np.int64), 2)

    def draw(county: Integers, chance: Floats, own: Integers) -> Integers:
        crowded = np.floor(shared[county] * rng.random(len(county)) ** 1.6).astype(np.int64)
        return np.where(rng.random(len(county)) < chance, crowded, own)

    county = registration.county
    order = np.argsort(county, kind="stable")
    place = np.empty(registration.count, np.int64)
    starts = np.concatenate([[0], np.cumsum(inhabitants)[:-1]])
    place[order] = np.arange(registration.count) - starts[county[order]]
    own = shared[county] + place
    moved = np.full(len(changes.day), -1)
    moving = np.flatnonzero(changes.of_item("address"))
    goes_to = county[changes.enterprise[moving]]
    serial = np.arange(len(moving)) + int(inhabitants.max())
    moved[moving] = draw(goes_to, np.full(len(moving), 0.30), shared[goes_to] + serial)
    return Addresses(
        draw(county, np.where(registration.is_kind("cooperative", "branch"), 0.05, 0.20), own), moved, shared
    )


def current_address(addresses: Addresses, changes: Changes) -> Integers:
    """Each enterprise's address on the last day."""
    address = addresses.first.copy()
    moving = changes.of_item("address")
    address[changes.enterprise[moving]] = addresses.moved[moving]
    return address
