"""Raw extracts of the basic attributes: registration, licences, branches."""

from __future__ import annotations

import numpy as np

from riskml.lab.simulation.areas import area_columns, find_areas
from riskml.lab.simulation.calendar import NEVER, Days, Flags, Floats, Integers, learnt
from riskml.lab.simulation.changes import first_of_group
from riskml.lab.simulation.columns import Amounts, Codes, Dates, Frame, Numbered, vocabulary, yes_no
from riskml.lab.simulation.geography import counties
from riskml.lab.simulation.industries import industries
from riskml.lab.simulation.names import address_texts, enterprise_names
from riskml.lab.simulation.registration import KINDS
from riskml.lab.simulation.vocabularies import labels
from riskml.lab.simulation.world import World

_VERSIONED = ("name", "address", "capital", "kind")
"""Changes that make a new version of the registration."""

_LICENCE_DAYS = 1826
"""Five years."""
_STATUSES = ("active", "revoked", "deregistered")


def registrations(rng: np.random.Generator, areas_rng: np.random.Generator, world: World) -> Frame:
    """One row per enterprise and version: at establishment, after changes, at closure."""
    registration, changes = world.registration, world.changes
    count = world.count
    changed = np.flatnonzero(np.logical_or.reduce([changes.of_item(item) for item in _VERSIONED]))
    closing = np.flatnonzero(world.closed <= world.calendar.last_day)
    enterprise = np.concatenate([np.arange(count), changes.enterprise[changed], closing])
    day = np.concatenate([registration.established, changes.day[changed], world.closed[closing]])
    change = np.concatenate([np.full(count, -1), changed, np.full(len(closing), -1)])
    closes = np.repeat([False, True], [count + len(changed), len(closing)])
    order = np.lexsort((np.arange(len(day)), day, enterprise))
    enterprise, day, change, closes = enterprise[order], day[order], change[order], closes[order]

    renamed = _at_change(changes.of_item("name"), change)
    version = _count_so_far(enterprise, renamed)
    address = _latest(
        enterprise, world.addresses.first, world.addresses.moved, _at_change(changes.of_item("address"), change), change
    )
    capital = _latest(
        enterprise, registration.capital, changes.capital_after, _at_change(changes.of_item("capital"), change), change
    )
    paid = _paid_share(rng, world)
    capital = np.where(registration.is_kind("branch")[enterprise], np.nan, capital)  # a branch has none of its own
    areas = find_areas(areas_rng, registration)
    status = np.where(closes, np.where(world.revoked[enterprise], 1, 2), 0)
    return {
        "recordId": Numbered("DJ", np.arange(len(day))),
        "UNISCID": world.code(enterprise),
        "APPRDATE": Dates(day),
        "ENTNAME": enterprise_names(registration, enterprise, version),
        "REGSTATE_CN": Codes(status, labels("enterprise", "status", _STATUSES)),
        "ENTTYPE_CN": Codes(registration.kind[enterprise], labels("enterprise", "kind", KINDS)),
        "INDUSTRYPHY": Codes(
            registration.industry[enterprise], vocabulary([industry.code[0] for industry in industries()])
        ),
        "INDUSTRYCO": Codes(
            registration.industry[enterprise], vocabulary([industry.code[1:] for industry in industries()])
        ),
        "DOMDISTRICT": Codes(registration.county[enterprise], vocabulary([county.code for county in counties()])),
        **area_columns(areas, enterprise),
        "REGCAP": Amounts(capital.astype(np.float64)),
        "RECCAP": Amounts(capital * paid[enterprise]),
        "ESTDATE": Dates(registration.established[enterprise]),
        "OPTO": Dates(registration.operating_until[enterprise]),
        "DOM": address_texts(registration.county[enterprise], address.astype(np.int64)),
        "newEconomy": yes_no(registration.new_economy[enterprise]),
        "REGORG": Codes(registration.county[enterprise], vocabulary([county.code for county in counties()])),
        "recDate": Dates(learnt(rng, day, typical=1.5, forgotten=0.0)),
    }


def _at_change(of_item: Flags, change: Integers) -> Flags:
    return (change >= 0) & of_item[np.maximum(change, 0)]


def _count_so_far(groups: Integers, flags: Flags) -> Integers:
    """Number of flags so far within each group of a sorted column."""
    total = np.cumsum(flags)
    starts = np.maximum.accumulate(np.where(first_of_group(groups), np.arange(len(groups)), 0))
    return total - (total[starts] - flags[starts])


def _latest(
    enterprise: Integers, first: Floats | Integers, after: Floats | Integers, flags: Flags, change: Integers
) -> Floats | Integers:
    """The value after the newest flagged change so far, or the first one."""
    rows = np.arange(len(enterprise))
    last_flag = np.maximum.accumulate(np.where(flags, rows, -1))
    starts = np.maximum.accumulate(np.where(first_of_group(enterprise), rows, 0))
    changed = last_flag >= starts
    return np.where(changed, after[np.maximum(change[np.maximum(last_flag, 0)], 0)], first[enterprise])


def _paid_share(rng: np.random.Generator, world: World) -> Floats:
    """Share of the capital that was paid in: often all or nothing, less where the risk is high."""
    full = rng.random(world.count) < 1 / (1 + np.exp(0.9 + 0.35 * world.risk.fixed))
    none = rng.random(world.count) < 1 / (1 + np.exp(0.6 - 0.25 * world.risk.fixed))
    return np.where(full, 1.0, np.where(none, 0.0, rng.beta(1.2, 2.0, world.count)))


def licences(rng: np.random.Generator, world: World) -> Frame:
    """Five-year permits, renewed again and again; a risky holder lets the last one lapse, a few give theirs up."""
    registration, last = world.registration, world.calendar.last_day
    enterprise, start, renewed = _permit_terms(rng, world)
    expiry = start + _LICENCE_DAYS
    given_up = np.where(rng.random(len(start)) < 0.05, start + rng.integers(200, 1500, len(start)), NEVER)
    end = np.minimum(np.where(renewed, expiry, given_up), world.closed[enterprise])
    end_known = np.where(end == NEVER, NEVER, np.minimum(end, 2**30) + 3)
    industry = registration.industry[enterprise]
    return {
        "licNo": Numbered("XK", np.arange(len(start))),
        "UNISCID": world.code(enterprise),
        "valFrom": Dates(start),
        "cancelDate": Dates(shown(end, last, end_known)),
        "cancelKnown": Dates(shown(end_known, last)),
        "licDomain_CN": Codes(industry, labels("licence", "domain", [kind.domain for kind in industries()])),
        "licName_CN": Codes(industry, vocabulary([kind.licence for kind in industries()])),
        "valTo": Dates(expiry.astype(np.int32)),
        "recDate": Dates(learnt(rng, start, typical=4)),
        "licAnth": Codes(
            registration.county[enterprise], vocabulary([f"{county.name}行政审批局" for county in counties()])
        ),
    }


def _permit_terms(rng: np.random.Generator, world: World) -> tuple[Integers, Days, Flags]:
    """Holder and first day of every permit, and whether the next one followed it in time."""
    registration, last = world.registration, world.calendar.last_day
    permitted = np.array([bool(industry.licence) for industry in industries()])[registration.industry]
    holder = np.flatnonzero(permitted & (rng.random(world.count) < 0.9))
    first = registration.established[holder] + rng.integers(10, 120, len(holder)).astype(np.int32)
    holder, first = holder[first < last], first[first < last]
    lapses = rng.random(len(holder)) < 1 / (1 + np.exp(2.6 - 0.5 * world.risk.fixed[holder]))
    number = np.maximum((last - first) // _LICENCE_DAYS + 1 - lapses, 1)
    enterprise = np.repeat(holder, number)
    place = np.arange(len(enterprise)) - np.repeat(np.cumsum(number) - number, number)
    start = (np.repeat(first, number) + place * _LICENCE_DAYS).astype(np.int32)
    renewed = place < np.repeat(number, number) - 1
    kept = start < world.closed[enterprise]
    return enterprise[kept], start[kept], renewed[kept]


def shown(days: Days | Integers, last: int, *ends: Days | Integers) -> Days:
    """Days as an extract of the last day shows them: what comes later is not known yet."""
    hidden = days > last
    for end in ends:
        hidden = hidden | (end > last)
    return np.where(hidden, NEVER, days).astype(np.int32)


def branches(rng: np.random.Generator, world: World) -> Frame:
    """Branches registered in the province, under their parents' codes."""
    registration, last = world.registration, world.calendar.last_day
    branch, parent = world.branches
    order = np.argsort(parent, kind="stable")
    branch, parent = branch[order], parent[order]
    start = registration.established[branch]
    end = shown(world.closed[branch], last)
    return {
        "recordId": Numbered("FZ", np.arange(len(branch))),
        "UNISCID": world.code(parent),
        "brUNISCID": world.code(branch),
        "ESTDATE": Dates(start),
        "CANDATE": Dates(end),
        "CANKNOWN": Dates(end),
        "DOMDISTRICT": Codes(registration.county[branch], vocabulary([county.code for county in counties()])),
        "REGORG": Codes(registration.county[branch], vocabulary([county.code for county in counties()])),
        "recDate": Dates(learnt(rng, start, typical=2, forgotten=0.0)),
    }
