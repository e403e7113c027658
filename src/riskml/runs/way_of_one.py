"""What leads one enterprise to the next better grade: repair now, wait until a day, or nothing for three years."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Literal

from riskml.runs.future import month_ends
from riskml.runs.way_back import Way
from riskml.schemes.grade import BAND

Standing = Literal["repair_now", "wait_until", "never", "not_graded"]

By = Literal["time", "steps"]


@dataclass(frozen=True)
class WayOfOne:
    """What there is for one enterprise on its way to the next better grade.

    Parameters
    ----------
    grade, better
        The one it has, and the next better.
    standing
        ``repair_now``: some set of steps that the law allows today leads there. ``wait_until``: none does, and on `day`
        time does. ``never``: not within three years. ``not_graded``: not before the month-end `day`, on which the
        scheme does not grade it by what is on record already (deregistered, out of its scope).
    by
        Of `wait_until`: time alone; or time with every step made as soon as it is allowed.
    proved
        Whether it is proved that no steps of today lead there: every set of them was graded. True also where some do
        (`repair_now`), of which there is nothing to prove.
    decided_by
        The rule that still decides once all is done that is allowed today; None where none does, or where repairing
        leads there.
    steps_today, steps
        How many steps are allowed today, and today or within three years.
    """

    enterprise_id: str
    grade: str
    better: str
    standing: Standing
    day: date | None = None
    by: By | None = None
    proved: bool = True
    decided_by: str | None = None
    steps_today: int = 0
    steps: int = 0


def way_of_one(way: Way) -> WayOfOne | None:
    """The same of one enterprise by itself; None where it is graded best."""
    if not way.certificates:
        return None
    names, (present,) = way.rescorer.policy.scheme.grade_names, way.today.outcomes([0], way.as_of)
    rank = present.rank - 1
    found = WayOfOne(
        way.around.enterprise_id,
        names[present.rank],
        names[rank],
        "never",
        steps_today=way.allowed_today,
        steps=len(way.steps),
    )
    if way.certificates[0].sufficient:
        return replace(found, standing="repair_now")
    (best,) = way.today.outcomes([(1 << way.allowed_today) - 1], way.as_of)
    found = replace(found, proved=way.certificates[0].proved, decided_by=rule_of(best.decided_by))
    found = waiting(found, *(way.first_day(choice, rank) for choice in dict.fromkeys((0, (1 << len(way.steps)) - 1))))
    if found.standing != "never" or way.gone is None:
        return found
    return replace(found, standing="not_graded", day=next(day for day in month_ends(way.as_of) if day >= way.gone))


def rule_of(decided_by: str) -> str | None:
    """The rule that decides a grade; None where the method alone gave it."""
    return None if decided_by == BAND else decided_by


def waiting(found: WayOfOne, by_time: date | None, by_steps: date | None = None) -> WayOfOne:
    """The same with the first days on which time alone, and time with all steps, lead there."""
    days: list[tuple[date, By]] = []
    if by_time is not None:
        days.append((by_time, "time"))
    if by_steps is not None:
        days.append((by_steps, "steps"))
    if not days:
        return found
    day, by = min(days, key=lambda one: one[0])
    return replace(found, standing="wait_until", day=day, by=by)
