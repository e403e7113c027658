"""The strip of the future: what one enterprise is graded at the next month-ends if nothing new arrives."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any, Literal

from riskml.explaining.profile import Subject
from riskml.explaining.what_if import Moved, State, as_dict
from riskml.records.tables import Label
from riskml.schemes.scheme import Scheme

WhyLeft = Literal["effect_period", "window", "planned_end"]

WHY_LEFT: dict[WhyLeft, Label] = {
    "effect_period": Label("影响期届满", "its effect period is over"),
    "window": Label("超出回溯期", "it is older than the window"),
    "planned_end": Label("预定的终止日已到", "its planned end has come"),
}


@dataclass(frozen=True)
class Month:
    """One month-end.

    Parameters
    ----------
    moved
        What is another value than at the month-end before (of the first: than now), those first whose points moved
        most.
    """

    state: State
    moved: tuple[Moved, ...]


@dataclass(frozen=True)
class Leaves:
    """A record of the enterprise's own that stops counting for something.

    Parameters
    ----------
    day
        The first day on which it does not count.
    dated
        The day it happened or began.
    no_longer
        The indicators, items and rules that counted it and do not from that day on.
    """

    day: date
    table: Label
    record_id: str
    dated: date
    why: WhyLeft
    no_longer: tuple[Label, ...]


@dataclass(frozen=True)
class Future:
    """One enterprise from now on, if nothing new arrives.

    Parameters
    ----------
    now
        On the as-of date.
    months
        The month-ends of three years, those before the day `gone`.
    gone
        The first day of three years on which the scheme does not grade it by what is on record already (deregistered,
        out of its scope); None where it grades it on all.
    leaving
        Its own records that leave until the last of these days, the first to leave first.
    reasons_by
        As `riskml.explaining.explanation.Explanation` has it: of the points that move.
    """

    subject: Subject
    scheme: Scheme
    now: State
    months: tuple[Month, ...]
    gone: date | None
    leaving: tuple[Leaves, ...]
    simulated: bool
    reasons_by: Label | None

    @property
    def turns(self) -> tuple[Month, ...]:
        """The month-ends at which the grade is another than at the one before."""
        states = [self.now, *(month.state for month in self.months)]
        return tuple(
            month
            for month, (earlier, later) in zip(self.months, pairwise(states), strict=True)
            if earlier.grade != later.grade
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; texts as ``{"zh": …, "en": …}``."""
        return as_dict(self, self.scheme, self.now.as_of)
