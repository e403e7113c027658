"""The province as it came to be: the register, its ties, its closures and the hidden risk."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from riskml.lab.simulation.calendar import NEVER, Calendar, Days, Flags, Floats, Integers
from riskml.lab.simulation.changes import Changes, change_registrations
from riskml.lab.simulation.columns import Fixed, TextColumn
from riskml.lab.simulation.latent import Risk, compose_risk, draw_own
from riskml.lab.simulation.persons import gather_persons
from riskml.lab.simulation.registration import Registration, register
from riskml.lab.simulation.relations import (
    Addresses,
    Posts,
    Shares,
    assign_addresses,
    attach_branches,
    current_address,
    fill_posts,
    subscribe_shares,
)
from riskml.lab.simulation.terms import Terms

_BACKGROUND = 0.5
"""Share of the background's records that the extracts still hold."""

_LIMIT = 2.0
"""Drift, in standard deviations of an event's sensitivity to it, beyond which its rate grows no more."""


@dataclass(frozen=True)
class World:
    """Everything that records are made from.

    Parameters
    ----------
    closed
        Day of deregistration or of the licence's revocation; `NEVER` for those still active.
    revoked
        Whether the closure was a revocation.
    """

    calendar: Calendar
    registration: Registration
    changes: Changes
    posts: Posts
    shares: Shares
    branches: tuple[Integers, Integers]
    addresses: Addresses
    risk: Risk
    closed: Days
    revoked: Flags

    @property
    def count(self) -> int:
        """Number of enterprises."""
        return self.registration.count

    def code(self, enterprise: Integers) -> TextColumn:
        """The credit codes of some enterprises, as a column."""
        return Fixed(self.registration.codes, enterprise)

    def alive(self, enterprise: Integers, day: Days) -> Flags:
        """Whether each enterprise existed and was active on a day."""
        return (self.registration.established[enterprise] <= day) & (day < self.closed[enterprise])

    def arrivals(
        self, rng: np.random.Generator, yearly: Floats, loading: float, *, background: float = _BACKGROUND
    ) -> tuple[Integers, Days]:
        """Days on which something happens to enterprises, as a Poisson process.

        Parameters
        ----------
        yearly
            Expected number a year for each enterprise at risk 0, shape (enterprises,).
        loading
            How the log rate follows the hidden risk.
        background
            Share kept of what happened before the window.

        Returns
        -------
        Enterprise and day of every event, sorted by enterprise.
        """
        calendar = self.calendar
        first, last = calendar.history_start, calendar.last_day + 1
        limit = abs(loading) * _LIMIT * float(self.risk.drift.std())
        highest = yearly * np.exp(loading * self.risk.fixed + limit) * (last - first) / 365.25
        enterprise = np.repeat(np.arange(self.count), rng.poisson(np.minimum(highest, 400.0)))
        day = (first + rng.random(len(enterprise)) * (last - first)).astype(np.int32)
        drift = self.risk.drift[enterprise, calendar.month_of(day)]
        accept = np.exp(np.minimum(loading * drift, limit) - limit)
        accept *= np.where(day < calendar.window_start, background, 1.0)
        kept = (rng.random(len(enterprise)) < accept) & self.alive(enterprise, day)
        return enterprise[kept], day[kept]


def build_world(streams: dict[str, np.random.Generator], count: int, calendar: Calendar) -> World:
    """Found a province of `count` enterprises, with what `register` adds to them, and let it grow until the calendar's
    last day.
    """
    registration = register(streams, count, calendar)
    own = draw_own(streams["latent"], registration.count)
    changes = change_registrations(streams["changes"], registration, own, calendar)
    persons = gather_persons(registration)
    posts, newcomers = fill_posts(streams["positions"], registration, persons, changes)
    shares, newcomers = subscribe_shares(streams["shareholdings"], registration, persons, changes, newcomers)
    branches = attach_branches(streams["branches"], registration, persons.prefecture)
    addresses = assign_addresses(streams["addresses"], registration, changes)
    risk = compose_risk(
        streams["latent"],
        registration,
        calendar,
        own=own,
        posts=posts,
        shares=shares,
        branches=branches,
        addresses=addresses,
        address=current_address(addresses, changes),
        people=persons.newcomers_start + newcomers,
    )
    never, open_ = np.full(registration.count, NEVER, np.int32), np.zeros(registration.count, bool)
    open_world = World(calendar, registration, changes, posts, shares, branches, addresses, risk, never, open_)
    return _close(streams["closures"], open_world)


def _close(rng: np.random.Generator, world: World) -> World:
    """Deregister and revoke some enterprises, and drop what would have been registered after that."""
    deregistered = _first_days(world, *world.arrivals(rng, np.full(world.count, 0.030), 0.15, background=0.7))
    revoked = _first_days(world, *world.arrivals(rng, np.full(world.count, 0.0045), 0.9, background=0.7))
    closed = np.minimum(deregistered, revoked)
    changes, posts, shares = world.changes, world.posts, world.shares
    kept = changes.day < closed[changes.enterprise]
    in_post = posts.terms.start < closed[posts.terms.enterprise]
    holding = shares.terms.start < closed[shares.terms.enterprise]
    until = np.where(revoked < deregistered, NEVER, closed)
    return replace(
        world,
        closed=closed,
        revoked=(revoked < deregistered),
        changes=Changes(
            changes.enterprise[kept],
            changes.day[kept],
            changes.item[kept],
            changes.capital_before[kept],
            changes.capital_after[kept],
        ),
        addresses=replace(world.addresses, moved=world.addresses.moved[kept]),
        posts=Posts(_ended(posts.terms, in_post, until), posts.role[in_post]),
        shares=Shares(_ended(shares.terms, holding, until), shares.by_enterprise[holding], shares.share[holding]),
    )


def _first_days(world: World, enterprise: Integers, day: Days) -> Days:
    """The first of each enterprise's days, not before half a year after its establishment; `NEVER` without one."""
    first = np.full(world.count, NEVER, np.int32)
    late = day >= world.registration.established[enterprise] + 180
    np.minimum.at(first, enterprise[late], day[late])
    return first


def _ended(terms: Terms, rows: Flags, until: Days) -> Terms:
    """Some terms, ended at the latest when the enterprise was deregistered."""
    enterprise = terms.enterprise[rows]
    return Terms(
        enterprise,
        terms.place[rows],
        terms.holder[rows],
        terms.start[rows],
        np.minimum(terms.end[rows], until[enterprise]),
    )
