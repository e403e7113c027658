"""Inspections month by month: at random (双随机), by rota, targeted, or led by complaints; and what they found.

The random draw knows nothing of the risk: within a county and a month every active enterprise has
the same chance. Targeting follows what an office can see, and its habits. What is found follows the
hidden risk of that month, the office's and the inspector's strictness, never the way of choosing.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from riskml.lab.simulation.calendar import NEVER, Days, Flags, Floats, Integers
from riskml.lab.simulation.geography import counties
from riskml.lab.simulation.industries import industries
from riskml.lab.simulation.latent import FOUND_LEVEL, FOUND_SLOPE, INSPECTOR_SPREAD, OFFICE_SPREAD
from riskml.lab.simulation.reports import Reports
from riskml.lab.simulation.social import Complaints
from riskml.lab.simulation.world import World

KINDS = ("random", "routine", "targeted", "complaint_led")
RANDOM, ROUTINE, TARGETED, COMPLAINT_LED = range(len(KINDS))
"""How an enterprise was chosen, as positions in `KINDS`."""

RESULTS = ("no_problem", "problem", "serious_problem", "unreachable", "uncooperative")
NO_PROBLEM, PROBLEM, SERIOUS, UNREACHABLE, UNCOOPERATIVE = range(len(RESULTS))
"""What was found, as positions in `RESULTS`."""

_RANDOM_YEARLY = 0.048
_TARGETED_YEARLY = 0.045
_ROUTINE_YEARLY = 0.10
"""Visits a year to holders of permits in `_ROUTINE_FIELDS`, by rota whatever their risk."""

_ROUTINE_FIELDS = ("food", "drug", "medical_device", "special_equipment")
_COMPLAINT_LED = 0.045
"""Share of complaints that lead to an inspection."""

_ENTERPRISES_PER_INSPECTOR = 700
_COMPLAINTS_KEPT, _TROUBLE_KEPT = 0.85, 0.95
"""What an office still remembers of a complaint, and of a penalty or a problem it found, a month later."""


@dataclass(frozen=True)
class Inspections:
    """All inspections, in the order in which they were made.

    Parameters
    ----------
    kind, result
        Positions in `KINDS` and `RESULTS`.
    inspector
        Number within the county.
    penalised
        Day of the penalty decision that followed; `NEVER` where none did.
    """

    enterprise: Integers
    day: Days
    kind: Integers
    result: Integers
    inspector: Integers
    penalised: Days


@dataclass(frozen=True)
class _Offices:
    """The counties' offices: their enterprises, their strictness, their habits."""

    strictness: Floats
    habits: Floats
    inspectors: Integers
    first_inspector: Integers
    inspector_strictness: Floats
    members: tuple[Integers, ...]


def inspect(
    rng: np.random.Generator, world: World, *, complaints: Complaints, reports: Reports, detected: tuple[Integers, Days]
) -> Inspections:
    """Walk through the months and inspect.

    Parameters
    ----------
    detected
        Enterprises and days of penalties that were found otherwise; offices see them when they target.
    """
    offices = _staff(rng, world)
    calendar = world.calendar
    count = world.count
    due = _due_complaints(rng, complaints)
    complained = _by_month(calendar.month_of(complaints.known), complaints.enterprise, calendar.all_months)
    punished = _by_month(calendar.month_of(detected[1]), detected[0], calendar.all_months)
    led = _by_month(calendar.month_of(due[1]), np.arange(len(due[0])), calendar.all_months)
    listed = reports.late & (reports.due + 20 <= calendar.last_day)
    abnormal_from = calendar.month_of(reports.due[listed] + 20)
    abnormal_until = np.where(
        reports.filed[listed] == NEVER, calendar.all_months, calendar.month_of(reports.filed[listed])
    )
    fields = np.array([bool(industry.licence) and industry.domain in _ROUTINE_FIELDS for industry in industries()])
    on_rota = fields[world.registration.industry]
    heard, remembered = np.zeros(count), np.zeros(count)
    found_before: list[tuple[Integers, Days]] = []
    made = []
    for month in range(calendar.all_months):
        start, after = int(calendar.month_starts[month]), int(calendar.month_starts[month + 1])
        open_ = (world.registration.established <= start) & (world.closed >= after)
        late = (abnormal_from <= month) & (month < abnormal_until)
        abnormal = np.bincount(reports.enterprise[listed][late], minlength=count) > 0
        chosen_random = _draw(rng, offices, open_)
        chosen_targeted = _target(rng, world, offices, open_, heard, remembered, abnormal)
        chosen_routine = np.flatnonzero(open_ & on_rota & (rng.random(count) < _ROUTINE_YEARLY / 12))
        chosen = (chosen_random, chosen_routine, chosen_targeted, due[0][led[month]])
        who = np.concatenate(chosen)
        kind = np.repeat([RANDOM, ROUTINE, TARGETED, COMPLAINT_LED], [len(part) for part in chosen])
        day = (start + rng.random(len(who)) * (after - start)).astype(np.int32)
        day = np.where(
            kind == COMPLAINT_LED, np.concatenate([day[: len(who) - len(led[month])], due[1][led[month]]]), day
        )
        there = world.alive(who, day) & (day <= calendar.last_day)
        who, kind, day = who[there], kind[there], day[there].astype(np.int32)
        result, inspector = _outcome(rng, world, offices, who, month)
        penalised = _penalise(rng, result, day, calendar.last_day)
        made.append((who, day, kind, result, inspector, penalised))
        found_before.append((who[penalised < NEVER], penalised[penalised < NEVER]))
        heard = _COMPLAINTS_KEPT * heard + np.bincount(complained[month], minlength=count)
        fresh = [punished_[calendar.month_of(day_) == month] for punished_, day_ in found_before[-6:]]
        fresh.append(who[result != NO_PROBLEM])
        remembered = _TROUBLE_KEPT * remembered + np.bincount(
            np.concatenate([punished[month], *fresh]), minlength=count
        )
    return Inspections(*(np.concatenate(column) for column in zip(*made, strict=True)))


def _staff(rng: np.random.Generator, world: World) -> _Offices:
    county = world.registration.county
    number = len(counties())
    order = np.argsort(county, kind="stable")
    sizes = np.bincount(county, minlength=number)
    inspectors = np.maximum(sizes // _ENTERPRISES_PER_INSPECTOR, 3)
    return _Offices(
        strictness=rng.normal(0, OFFICE_SPREAD, number),
        habits=np.exp(rng.normal(0, 0.6, (number, len(industries())))),
        inspectors=inspectors,
        first_inspector=np.cumsum(inspectors) - inspectors,
        inspector_strictness=rng.normal(0, INSPECTOR_SPREAD, int(inspectors.sum())),
        members=tuple(np.split(order, np.cumsum(sizes)[:-1])),
    )


def _by_month(months: Integers, values: Integers, count: int) -> list[Integers]:
    """The values of each month."""
    order = np.argsort(months, kind="stable")
    return np.split(values[order], np.searchsorted(months[order], np.arange(1, count)))


def _due_complaints(rng: np.random.Generator, complaints: Complaints) -> tuple[Integers, Days]:
    """Enterprises and days of the inspections that complaints will lead to."""
    leads = rng.random(len(complaints.day)) < _COMPLAINT_LED
    wait = rng.integers(2, 40, int(leads.sum())).astype(np.int32)
    return complaints.enterprise[leads], complaints.known[leads] + wait


def _draw(rng: np.random.Generator, offices: _Offices, open_: Flags) -> Integers:
    """The double-random draw: without replacement and with equal chances within a county."""
    drawn = []
    for members in offices.members:
        number = int(len(members) * _RANDOM_YEARLY / 12 + rng.random())
        if number:
            drawn.append(members[rng.choice(len(members), number, replace=False, shuffle=False)])
    everyone = np.concatenate(drawn) if drawn else np.zeros(0, np.int64)
    return everyone[open_[everyone]]


def _target(
    rng: np.random.Generator,
    world: World,
    offices: _Offices,
    open_: Flags,
    heard: Floats,
    remembered: Floats,
    abnormal: Flags,
) -> Integers:
    """Enterprises that an office picks for what it sees and by its habits, about as many as are drawn at random."""
    county = world.registration.county
    weight = np.exp(0.35 * np.minimum(heard, 4) + 1.1 * np.minimum(remembered, 3) + 1.1 * abnormal)
    weight *= offices.habits[county, world.registration.industry] * open_
    total = np.bincount(county, weight, len(offices.members))
    number = _TARGETED_YEARLY / 12 * np.bincount(county, open_, len(offices.members))
    chance = weight * np.divide(number, total, out=np.zeros(len(total)), where=total > 0)[county]
    return np.flatnonzero(rng.random(world.count) < chance)


def _outcome(
    rng: np.random.Generator, world: World, offices: _Offices, who: Integers, month: int
) -> tuple[Integers, Integers]:
    """Result and inspector of each inspection."""
    county = world.registration.county[who]
    risk = world.risk.fixed[who] + world.risk.drift[who, month]
    inspector = (rng.random(len(who)) * offices.inspectors[county]).astype(np.int64)
    strictness = offices.strictness[county] + offices.inspector_strictness[offices.first_inspector[county] + inspector]
    found = rng.random(len(who)) < 1 / (1 + np.exp(-(FOUND_LEVEL + FOUND_SLOPE * risk + strictness)))
    serious = rng.random(len(who)) < 1 / (1 + np.exp(1.9 - 0.7 * risk))
    how = rng.random(len(who))
    result = np.select([how < 0.13, how < 0.15, serious], [UNREACHABLE, UNCOOPERATIVE, SERIOUS], PROBLEM)
    return np.where(found, result, NO_PROBLEM), inspector


def _penalise(rng: np.random.Generator, result: Integers, day: Days, last: int) -> Days:
    """Day of the decision, one to four months after the inspection; most problems are only ordered to be corrected."""
    chance = np.array([0.0, 0.16, 0.80, 0.05, 0.50])[result]
    decided = (day + 15 + rng.gamma(2.0, 25.0, len(day))).astype(np.int32)
    return np.where((rng.random(len(day)) < chance) & (decided <= last), decided, NEVER).astype(np.int32)
