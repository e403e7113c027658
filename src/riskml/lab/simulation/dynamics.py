"""Raw extracts of what happens to enterprises: changes, pledges, mortgages, suspensions of business."""

from __future__ import annotations

import numpy as np

from riskml.lab.simulation.basic import shown
from riskml.lab.simulation.calendar import Days, Floats, Integers, learnt
from riskml.lab.simulation.changes import ITEMS
from riskml.lab.simulation.columns import Amounts, Codes, Dates, Frame, Numbered, TextColumn, vocabulary
from riskml.lab.simulation.geography import counties
from riskml.lab.simulation.vocabularies import codes_of, labels
from riskml.lab.simulation.world import World


def office(world: World, enterprise: Integers, body: str) -> TextColumn:
    """The name of a county's authority, such as 官渡区市场监督管理局."""
    return Codes(world.registration.county[enterprise], vocabulary([f"{county.name}{body}" for county in counties()]))


def registered_changes(rng: np.random.Generator, world: World) -> Frame:
    """Changes of the registration, with the amounts where it was the capital."""
    changes = world.changes
    capital = changes.of_item("capital")
    return {
        "recordId": Numbered("BG", np.arange(len(changes.day))),
        "UNISCID": world.code(changes.enterprise),
        "altDate": Dates(changes.day),
        "altItem_CN": Codes(changes.item, labels("change", "item", ITEMS)),
        "altBe": Amounts(np.where(capital, changes.capital_before, np.nan)),
        "altAf": Amounts(np.where(capital, changes.capital_after, np.nan)),
        "recDate": Dates(learnt(rng, changes.day, typical=1.5, forgotten=0.002)),
        "REGORG_CN": office(world, changes.enterprise, "行政审批局"),
    }


def equity_pledges(rng: np.random.Generator, world: World) -> Frame:
    """Pledges of shares: more in large enterprises, slightly more in risky ones."""
    owned = ~world.registration.is_kind("branch", "individual_business")
    enterprise, day = world.arrivals(rng, 0.010 * _by_size(world, 0.6) * owned, 0.15)
    amount = world.registration.capital[enterprise] * rng.beta(2, 3, len(day))
    head = state_columns(rng, world, "equityNo", "CZ", enterprise, day, typical_days=700, lag=2)
    return head | {"impAm": Amounts(amount), "regOrg_CN": office(world, enterprise, "市场监督管理局")}


def chattel_mortgages(rng: np.random.Generator, world: World) -> Frame:
    """Mortgages of movables: a matter of size, not of risk."""
    enterprise, day = world.arrivals(rng, 0.008 * _by_size(world, 0.7), 0.0)
    amount = np.exp(4.5 + 0.6 * world.registration.size[enterprise] + rng.normal(0, 0.9, len(day)))
    head = state_columns(rng, world, "morRegCNo", "DC", enterprise, day, typical_days=600, lag=2)
    return head | {"priClaSecAm": Amounts(amount), "regOrg_CN": office(world, enterprise, "市场监督管理局")}


def ip_pledges(rng: np.random.Generator, world: World) -> Frame:
    """Pledges of patents, trademarks and copyrights, rather by sound enterprises."""
    enterprise, day = world.arrivals(rng, 0.003 * _by_size(world, 0.6), -0.2)
    kind = rng.choice(3, len(day), p=[0.6, 0.3, 0.1])
    head = state_columns(rng, world, "recordId", "ZZ", enterprise, day, typical_days=500, lag=15)
    return head | {
        "ipKind": Codes(kind, codes_of("ip_pledge", "ip_kind", ("patent", "trademark", "copyright"))),
        "authority": office(world, enterprise, "知识产权局"),
    }


def suspensions(rng: np.random.Generator, world: World) -> Frame:
    """Filed suspensions of business, three years at most (条例 Art. 30)."""
    enterprise, day = world.arrivals(rng, np.full(world.count, 0.006), 0.35)
    planned = (day + rng.choice([180, 365, 730, 1095], len(day), p=[0.2, 0.5, 0.15, 0.15])).astype(np.int32)
    head = state_columns(rng, world, "recordId", "XY", enterprise, day, typical_days=250, lag=2)
    return head | {"plannedUntil": Dates(planned), "REGORG_CN": office(world, enterprise, "行政审批局")}


def state_columns(
    rng: np.random.Generator,
    world: World,
    number: str,
    prefix: str,
    enterprise: Integers,
    start: Days,
    *,
    typical_days: float | Floats,
    lag: float,
    forgotten: float = 0.01,
) -> Frame:
    """The columns every state has: number, enterprise, start, end, and when both became known.

    Parameters
    ----------
    typical_days
        Mean duration; ends are exponential, and come at the latest with the enterprise's closure.
    lag
        Median days until the regulator learns of the start, and of the end.
    """
    last = world.calendar.last_day
    rows = len(start)
    ends = np.minimum(start + 1 + rng.exponential(1.0, rows) * typical_days, world.closed[enterprise]).astype(np.int64)
    known = learnt(rng, start, typical=lag, forgotten=forgotten)
    end_known = np.maximum(
        learnt(rng, np.minimum(ends, 2**30).astype(np.int32), typical=lag, forgotten=forgotten), known
    )
    return {
        number: Numbered(prefix, np.arange(rows)),
        "UNISCID": world.code(enterprise),
        "startDate": Dates(start),
        "endDate": Dates(shown(ends, last, end_known)),
        "endKnown": Dates(shown(end_known, last, ends)),
        "recDate": Dates(known),
    }


def _by_size(world: World, power: float) -> Floats:
    return np.exp(np.minimum(power * world.registration.size, 4.0))
