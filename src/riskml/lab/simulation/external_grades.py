"""Grades that others give: for taxes every year, by the food office, by the national and a province's public credit
evaluation.
"""

from __future__ import annotations

import numpy as np

from riskml.lab.simulation.basic import shown
from riskml.lab.simulation.calendar import Days, Flags, Floats, Integers, first_days, learnt, years_of
from riskml.lab.simulation.columns import Codes, Dates, Frame, Numbered, vocabulary
from riskml.lab.simulation.dynamics import office
from riskml.lab.simulation.geography import counties
from riskml.lab.simulation.industries import industries
from riskml.lab.simulation.vocabularies import codes_of
from riskml.lab.simulation.world import World

_FIELDS = ("tax", "food", "national_credit", "provincial_credit")
_WORDS = (("A", "B", "M", "C", "D"), ("A", "B", "C", "D"), ("优", "良", "中", "差"), ("A", "B", "C", "D"))
_LIMITS = ((-0.9, 0.1, 0.8, 1.7), (-0.6, 0.5, 1.5), (-0.6, 0.6, 1.6), (-0.4, 0.8, 1.7))
"""The risk, seen with an error as large as itself, beyond which the next grade begins."""

_LEVELS = ("low", "normal", "higher", "high")
_YEARS = 1


def external_grades(rng: np.random.Generator, world: World) -> Frame:
    """From April of one year to April of the next, of last year and of this one; what holds now says when it will be
    over.
    """
    last = world.calendar.last_day
    year = int(years_of(np.array([last], np.int32))[0])
    food = np.array([industry.domain == "food" for industry in industries()])[world.registration.industry]
    outside = np.array([county.code[:2] != "53" for county in counties()])[world.registration.county]
    shares = (np.full(world.count, 0.5), 0.9 * food, np.full(world.count, 0.2), np.where(outside, 0.6, 0.0))
    rated = [
        _rated(rng, world, field, since, share)
        for since in range(year - _YEARS, year + 1)
        for field, share in enumerate(shares)
    ]
    enterprise, start, field, place = (np.concatenate(parts) for parts in zip(*rated, strict=True))
    order = np.lexsort((field, start, enterprise))
    enterprise, start, field, place = enterprise[order], start[order], field[order], place[order]
    over = first_days(years_of(start) + 1) + 90
    words = [word for grades in _WORDS for word in grades]
    before = np.cumsum([0, *(len(grades) for grades in _WORDS)])[field]
    level = np.minimum(np.where(field == 0, np.array([0, 1, 1, 2, 3])[place], place), len(_LEVELS) - 1)
    return {
        "recordId": Numbered("WB", np.arange(len(start))),
        "UNISCID": world.code(enterprise),
        "startDate": Dates(start),
        "endDate": Dates(shown(over, last)),
        "validTo": Dates(over.astype(np.int32)),
        "field": Codes(field, codes_of("external_grade", "field", _FIELDS)),
        "grade": Codes(before + place, vocabulary(words)),
        "riskLevel": Codes(level, codes_of("external_grade", "risk_level", _LEVELS)),
        "recDate": Dates(learnt(rng, start, typical=15)),
        "authority": office(world, enterprise, "评定机关"),
    }


def _rated(
    rng: np.random.Generator, world: World, field: int, year: int, share: Floats
) -> tuple[Integers, Days, Integers, Integers]:
    """Enterprise, first day, field and place among the field's grades of those who are graded in a year."""
    day = int(first_days(np.array([year]))[0]) + 90
    there: Flags = world.alive(np.arange(world.count), np.full(world.count, day, np.int32))
    chosen = np.flatnonzero(there & (rng.random(world.count) < share) & (day <= world.calendar.last_day))
    start = np.full(len(chosen), day, np.int32)
    seen = 0.7 * world.risk.on(chosen, start) + 0.7 * rng.standard_normal(len(chosen))
    return chosen, start, np.full(len(chosen), field), np.searchsorted(np.array(_LIMITS[field]), seen)
