"""The abnormal list (条例 Art. 17) and the serious-dishonesty lists of all departments."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from riskml.lab.simulation.basic import shown
from riskml.lab.simulation.calendar import (
    NEVER,
    REPAIR_ORDER_36,
    REPAIR_ORDER_107,
    Calendar,
    Days,
    Floats,
    Integers,
    learnt,
)
from riskml.lab.simulation.columns import NOTHING, Codes, Dates, Frame, Numbered, OnlyWhere
from riskml.lab.simulation.dynamics import office
from riskml.lab.simulation.outcomes import case_numbers
from riskml.lab.simulation.penalties import SERIOUS, Penalties
from riskml.lab.simulation.reports import Reports
from riskml.lab.simulation.supervision import UNREACHABLE, Inspections
from riskml.lab.simulation.vocabularies import codes_of, labels
from riskml.lab.simulation.world import World

CAUSES = ("annual_report", "realtime_information", "false_information", "unreachable")
_OTHER_LISTS = (("tax", 0.0007), ("wages", 0.0009), ("safety", 0.0004), ("environment", 0.0004), ("customs", 0.0001),
                ("procurement", 0.0003), ("other", 0.0003))  # fmt: skip
_LISTS = ("market_supervision", *(name for name, _ in _OTHER_LISTS))
_LISTED_FOR = 1095
"""Days; some departments write down when a listing will be over."""


@dataclass(frozen=True)
class Listings:
    """Listings, sorted by enterprise and start; `cause` is a position in `CAUSES`, or in the lists' kinds; `case` the
    penalty's that led to it, or `NOTHING`.
    """

    enterprise: Integers
    start: Days
    end: Days
    known: Days
    cause: Integers
    case: Integers


def list_abnormal(rng: np.random.Generator, world: World, reports: Reports, inspections: Inspections) -> Listings:
    """In July those whose report is missing; those nobody found at their address; a few for what they published."""
    calendar = world.calendar
    missing = reports.late
    parts = [(reports.enterprise[missing], reports.due[missing] + rng.integers(1, 32, int(missing.sum())), 0)]
    gone = inspections.result == UNREACHABLE
    parts.append((inspections.enterprise[gone], inspections.day[gone] + rng.integers(5, 30, int(gone.sum())), 3))
    for number, yearly, loading in ((3, 0.006, 0.8), (1, 0.0012, 0.5), (2, 0.0010, 0.7)):
        parts.append((*world.arrivals(rng, np.full(world.count, yearly), loading), number))
    enterprise = np.concatenate([part[0] for part in parts])
    start = np.concatenate([part[1] for part in parts]).astype(np.int32)
    cause = np.repeat([part[2] for part in parts], [len(part[0]) for part in parts])
    risk = world.risk.fixed[enterprise]
    settled = start + 20 + rng.exponential(1.0, len(start)) * 260 * np.exp(np.clip(0.5 * risk, -1, 1.5))
    filed = np.concatenate([reports.filed[missing], np.full(len(start) - int(missing.sum()), NEVER)]).astype(np.int64)
    end = np.where(
        cause == 0, np.where(filed == NEVER, NEVER, np.maximum(filed, start) + rng.integers(3, 12, len(start))), settled
    )
    end = np.minimum(end, world.closed[enterprise]).astype(np.int64)
    kept = (start <= calendar.last_day) & (start < world.closed[enterprise])
    order = np.flatnonzero(kept)[np.lexsort((start[kept], enterprise[kept]))]
    day = start[order]
    return Listings(
        enterprise[order],
        day,
        shown(end[order], calendar.last_day),
        learnt(rng, day, typical=2, forgotten=0.003),
        cause[order],
        np.full(len(day), NOTHING),
    )


def list_serious(rng: np.random.Generator, world: World, penalties: Penalties) -> Listings:
    """After grave penalties the regulator's own list; other departments' lists by their own course, known later."""
    grave = (penalties.severity == SERIOUS) & penalties.market & (rng.random(len(penalties.day)) < 0.30)
    parts = [(penalties.enterprise[grave], penalties.day[grave] + rng.integers(5, 60, int(grave.sum())), 0)]
    for name, yearly in _OTHER_LISTS:
        parts.append((*world.arrivals(rng, np.full(world.count, yearly), 0.9), _LISTS.index(name)))
    enterprise = np.concatenate([part[0] for part in parts])
    start = np.concatenate([part[1] for part in parts]).astype(np.int32)
    kind = np.repeat([part[2] for part in parts], [len(part[0]) for part in parts])
    case = np.concatenate([penalties.case[grave], np.full(len(start) - int(grave.sum()), NOTHING)])
    end = np.minimum(start + _listed_days(rng, start, world.calendar), world.closed[enterprise])
    kept = (start <= world.calendar.last_day) & (start < world.closed[enterprise])
    order = np.flatnonzero(kept)[np.lexsort((start[kept], enterprise[kept]))]
    day = start[order]
    own, others = learnt(rng, day, typical=2), learnt(rng, day, typical=30, forgotten=0.06)
    known = np.where(kind[order] == 0, own, others).astype(np.int32)
    return Listings(enterprise[order], day, shown(end[order], world.calendar.last_day), known, kind[order], case[order])


def _listed_days(rng: np.random.Generator, start: Days, calendar: Calendar) -> Floats:
    """Three years at most; early removal after one, and more often since the repair orders of 2025 and 2026."""
    chance = np.select([start + 365 >= REPAIR_ORDER_36, start + 365 >= REPAIR_ORDER_107], [0.55, 0.42], 0.25)
    early = rng.random(len(start)) < chance
    return np.where(early, 365 + rng.exponential(120, len(start)), float(_LISTED_FOR)).clip(0, calendar.last_day)


def abnormal_records(rng: np.random.Generator, world: World, listings: Listings) -> Frame:
    """The abnormal list as the disclosure system shows it."""
    end_known = np.where(
        listings.end == NEVER, NEVER, np.maximum(listings.end + rng.integers(0, 6, len(listings.end)), listings.known)
    )
    last = world.calendar.last_day
    return {
        "recordId": Numbered("YC", np.arange(len(listings.start))),
        "UNISCID": world.code(listings.enterprise),
        "ABNTIME": Dates(listings.start),
        "REMDATE": Dates(shown(listings.end, last, end_known)),
        "REMKNOWN": Dates(shown(end_known, last)),
        "SPECAUSE_CN": Codes(listings.cause, labels("abnormal_listing", "cause", CAUSES)),
        "recDate": Dates(listings.known),
        "DECORG_CN": office(world, listings.enterprise, "市场监督管理局"),
    }


def serious_records(rng: np.random.Generator, world: World, listings: Listings) -> Frame:
    """The serious-dishonesty lists, of market regulation and of other departments."""
    end_known = np.where(
        listings.end == NEVER, NEVER, np.maximum(listings.end + rng.integers(0, 30, len(listings.end)), listings.known)
    )
    last = world.calendar.last_day
    removed = shown(listings.end, last, end_known)
    planned = listings.start + _LISTED_FOR
    tells = (removed == NEVER) & (planned > last) & (listings.cause % 2 == 1)
    return {
        "recordId": Numbered("HMD", np.arange(len(listings.start))),
        "UNISCID": world.code(listings.enterprise),
        "ABNTIME": Dates(listings.start),
        "REMDATE": Dates(np.where(tells, planned, removed).astype(np.int32)),
        "REMKNOWN": Dates(shown(end_known, last)),
        "caseId": OnlyWhere(case_numbers("罚案", np.maximum(listings.case, 0)), listings.case != NOTHING),
        "listKind": Codes(listings.cause, codes_of("serious_listing", "list_kind", _LISTS)),
        "recDate": Dates(listings.known),
        "DECORG_CN": office(world, listings.enterprise, "主管部门"),
    }
