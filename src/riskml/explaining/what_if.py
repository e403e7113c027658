"""What would be: one enterprise's grade before and after supposed steps, and what the law says of each step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from riskml.explaining.explanation import plain
from riskml.explaining.profile import Subject
from riskml.records.repair import Basis
from riskml.records.tables import Label
from riskml.schemes.notices import notice_of
from riskml.schemes.scheme import Scheme

Standing = Literal["allowed", "later", "finding", "none"]
"""Whether the law allows a step: on its day; from a later day on; where an authority so finds; or not at all."""

STANDINGS: dict[Standing, Label] = {
    "allowed": Label("可以办理", "Allowed"),
    "later": Label("届时尚不能办理", "Not allowed yet"),
    "finding": Label(
        "须由主管机关认定，企业不能自行办理", "Where the competent body so finds; not the enterprise's choice"
    ),
    "none": Label("不是合法的步骤", "Not a legal step"),
}

BASES: dict[Basis, Label] = {
    "text": Label("已读条文", "the article was read"),
    "summary": Label("仅见摘要", "read in summary only"),
    "ours": Label("自定读法", "our reading"),
}


@dataclass(frozen=True)
class State:
    """What one enterprise is graded on one day, by given records.

    Parameters
    ----------
    band, decided_by, pending_options
        As `riskml.explaining.explanation.Explanation` has them.
    score
        None where the scheme has none.
    rules
        The rules that fire.
    """

    as_of: date
    grade: str
    band: str
    score: float | None
    decided_by: str
    pending_options: tuple[str, ...]
    rules: tuple[Label, ...]


@dataclass(frozen=True)
class Moved:
    """A column whose value, or whose points, are not what they were."""

    name: str
    label: Label
    before: Label
    after: Label
    points_before: float
    points_after: float

    @property
    def points(self) -> float:
        """By how much its points moved."""
        return self.points_after - self.points_before


@dataclass(frozen=True)
class StepTold:
    """A step, and what the law says of it.

    Parameters
    ----------
    said
        The step, with the record that it is of.
    allowed_from
        The first day of it; None where no text allows it, or none sets a day.
    basis
        What was read of the text.
    reading
        What it says, and what has to be done first.
    remark
        What the reader should know of it besides.
    asked
        How it can be asked for, ``kind:table:source:id``; None where it cannot be supposed, or was asked for.
    """

    said: Label
    standing: Standing
    allowed_from: date | None
    law: Label
    basis: Basis
    reading: Label
    remark: Label | None = None
    asked: str | None = None


@dataclass(frozen=True)
class WhatIf:
    """One enterprise before and after supposed steps.

    Parameters
    ----------
    before
        On the as-of date, by the records as they are.
    waiting
        On the day of the steps without any of them; None where that is the as-of date, or no step was supposed.
    after
        On the day of the steps, with all of them.
    moved
        From `before` to `after`, those first whose points moved most.
    may_do
        Where no step was supposed: what may be done with each record that counts.
    published
        The grade that the run of the as-of date gave, where it is another than that of `before`: records came since.
    reasons_by
        As `riskml.explaining.explanation.Explanation` has it: of the points in `moved`.
    """

    subject: Subject
    scheme: Scheme
    before: State
    waiting: State | None
    after: State
    steps: tuple[StepTold, ...]
    moved: tuple[Moved, ...]
    may_do: tuple[StepTold, ...]
    published: str | None
    simulated: bool
    reasons_by: Label | None

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; texts as ``{"zh": …, "en": …}``."""
        return as_dict(self, self.scheme, self.before.as_of)


def as_dict(found: Any, scheme: Scheme, as_of: date) -> dict[str, Any]:
    """A result about one enterprise as plain values, with the scheme's name and notice in the scheme's place."""
    named = {"id": scheme.id, "label": plain(scheme.label), "notice": plain(notice_of(scheme, as_of))}
    values: dict[str, Any] = {name: plain(value) for name, value in vars(found).items() if name != "scheme"}
    return {"enterprise_id": found.subject.enterprise_id, "scheme": named, **values}


MOST_MOVES = 8
"""Columns that moved and are told one by one."""


def shown_moves(moved: tuple[Moved, ...]) -> tuple[tuple[Moved, ...], tuple[Moved, ...]]:
    """Those that are told, and the rest: first what has another value, then what only has other points."""
    ordered = sorted(moved, key=lambda one: (one.before == one.after, -abs(one.points)))
    return tuple(ordered[:MOST_MOVES]), tuple(ordered[MOST_MOVES:])
