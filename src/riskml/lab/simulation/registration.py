"""Who is registered: place, industry, type, age, capital and credit code of every enterprise."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from riskml.lab.simulation.calendar import (
    NEVER,
    Calendar,
    Days,
    Flags,
    Floats,
    Integers,
    day_number,
    first_days,
    years_of,
)
from riskml.lab.simulation.geography import PLACES, counties, county_weights
from riskml.lab.simulation.identifiers import credit_codes
from riskml.lab.simulation.industries import industries, industry_weights

KINDS = ("limited_company", "branch", "sole_proprietorship", "partnership", "cooperative", "joint_stock", "state_owned",
         "foreign_invested", "other", "non_company_legal_person", "individual_business")  # fmt: skip
"""Enterprise types, in the order of `_KIND_SHARES`."""

_KIND_SHARES = np.array([0.721, 0.085, 0.065, 0.03, 0.055, 0.008, 0.008, 0.006, 0.018, 0.004, 0.0])
_CODE_KINDS = np.array([b"91", b"91", b"91", b"91", b"93", b"91", b"91", b"91", b"N2", b"91", b"92"])
_RARE_CODE_KINDS = np.array([b"N1", b"N3", b"A1", b"Y1"])
"""Codes that begin with a letter: rural collectives (N) and bodies registered elsewhere (A, Y)."""

_INDIVIDUAL = 0.06
"""Individual businesses in Yunnan, as a share of its enterprises; no scheme of the province grades them."""

_ELSEWHERE = 0.025
"""Registered in each of `PLACES`, likewise; so many of them are individual businesses:"""
_INDIVIDUAL_ELSEWHERE = 0.3

_SMALL_CAPITALS = np.array([1, 2, 3, 5, 10, 20], float)
_TYPICAL_AGE_YEARS = 8.5
_CAPITALS = np.array([3, 5, 10, 20, 30, 50, 100, 200, 300, 500, 1000, 2000, 3000, 5000, 10000, 30000], float)
_CAPITAL_SHARES = np.array([4, 4, 9, 5, 6, 13, 21, 12, 6, 9, 6, 2, 1, 1, 0.7, 0.3]) / 100
_TERM_YEARS = np.array([0, 10, 20, 30, 50])
_FIRST_REGISTRATION = day_number(date(1990, 1, 1))
LARGEST = 20_000_000
"""More enterprises than this would exhaust the organisation codes of one prefix."""


@dataclass(frozen=True)
class Registration:
    """The register on its last day. Every array has one entry per enterprise.

    Parameters
    ----------
    county, industry, kind
        Positions in `counties()`, `industries()` and `KINDS`.
    established, operating_until
        Day numbers; `NEVER` where the term is unlimited.
    capital
        Registered capital at establishment, in 10,000 yuan.
    size
        Logarithm of the business's size relative to the average. Drives finances and exposure, not risk.
    codes
        Unified social credit codes, a byte matrix of shape (enterprises, 18).
    """

    county: Integers
    industry: Integers
    kind: Integers
    established: Days
    operating_until: Days
    capital: Floats
    size: Floats
    new_economy: Flags
    codes: NDArray[np.uint8]

    @property
    def count(self) -> int:
        """Number of enterprises."""
        return len(self.county)

    def is_kind(self, *kinds: str) -> Flags:
        """Which enterprises are of one of these types."""
        return np.isin(self.kind, [KINDS.index(kind) for kind in kinds])


def register(streams: dict[str, np.random.Generator], count: int, calendar: Calendar) -> Registration:
    """Register `count` enterprises of Yunnan between 1990 and two weeks before the last day, more of them lately; and
    besides them individual businesses, and what the schemes of three other places grade.
    """
    rng = streams["registration"]
    more_county, more_kind = _besides(streams["elsewhere"], count)
    county = np.concatenate([rng.choice(len(counties()), count, p=county_weights()), more_county])
    kind = np.concatenate([rng.choice(len(KINDS), count, p=_KIND_SHARES), more_kind])
    total = len(county)
    industry = _industries(rng, kind)
    span = calendar.last_day - 14 - _FIRST_REGISTRATION
    typical = _TYPICAL_AGE_YEARS * 365.25
    age = -typical * np.log1p(-rng.random(total) * -np.expm1(-span / typical))
    established = (calendar.last_day - 14 - age).astype(np.int32)
    capital = rng.choice(_CAPITALS, total, p=_CAPITAL_SHARES)
    small = kind == KINDS.index("individual_business")
    capital[small] = rng.choice(_SMALL_CAPITALS, int(small.sum()))
    term = rng.choice(_TERM_YEARS, total, p=[0.62, 0.07, 0.14, 0.11, 0.06])
    years = years_of(established)
    ends = established - first_days(years) + first_days(years + term)
    return Registration(
        county=county,
        industry=industry,
        kind=kind,
        established=established,
        operating_until=np.where(term == 0, NEVER, ends).astype(np.int32),
        capital=capital,
        size=0.45 * np.log(capital / 100) + rng.normal(0, 0.9, total),
        new_economy=rng.random(total) < 0.04,
        codes=_codes(streams["identifiers"], county, kind, years),
    )


def _besides(rng: np.random.Generator, count: int) -> tuple[Integers, Integers]:
    """County and kind of the individual businesses of the province, and of everyone registered in `PLACES`."""
    individual = KINDS.index("individual_business")
    number = max(round(_INDIVIDUAL * count), 1)
    where, what = [rng.choice(len(counties()), number, p=county_weights())], [np.full(number, individual)]
    for place in PLACES:
        number = max(round(_ELSEWHERE * count), 1)
        there = [position for position, county in enumerate(counties()) if county.code.startswith(place)]
        kinds = rng.choice(len(KINDS), number, p=_KIND_SHARES)
        where.append(rng.choice(there, number))
        what.append(np.where(rng.random(number) < _INDIVIDUAL_ELSEWHERE, individual, kinds))
    return np.concatenate(where), np.concatenate(what)


def _industries(rng: np.random.Generator, kind: Integers) -> Integers:
    """An industry each; cooperatives and rural collectives (the last type) farm."""
    weights = industry_weights()
    drawn = rng.choice(len(weights), len(kind), p=weights)
    farming = np.array([industry.code[0] == "A" for industry in industries()])
    farmer = (kind == KINDS.index("cooperative")) | (kind == KINDS.index("other"))
    farm_weights = weights * farming
    drawn[farmer] = rng.choice(len(weights), int(farmer.sum()), p=farm_weights / farm_weights.sum())
    return drawn


def _codes(rng: np.random.Generator, county: Integers, kind: Integers, years: Integers) -> NDArray[np.uint8]:
    """Credit codes that keep the division in force when they were given."""
    division = np.array([county.code.encode() for county in counties()])[county]
    for position, place in enumerate(counties()):
        for code, last_year in place.earlier:
            division[(county == position) & (years <= last_year)] = code.encode()
    kinds = _CODE_KINDS[kind]
    rare = (kind == KINDS.index("other")) & (rng.random(len(kind)) < 0.3)
    kinds[rare] = rng.choice(_RARE_CODE_KINDS, int(rare.sum()), p=[0.45, 0.35, 0.1, 0.1])
    return credit_codes(rng, kinds=kinds, divisions=division, years=years)
