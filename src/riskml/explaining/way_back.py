"""The way back to a better grade: what there is to tell of it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from riskml.core.language import counted
from riskml.explaining.explanation import plain
from riskml.explaining.profile import Subject
from riskml.records.repair import Basis
from riskml.records.tables import Label
from riskml.schemes.notices import notice_of
from riskml.schemes.scheme import Scheme

Verdict = Literal["repair", "wait", "never"]

VERDICTS: dict[Verdict, Label] = {
    "repair": Label("现在修复即可", "repair now"),
    "wait": Label("须等待", "wait"),
    "never": Label("三年内不能", "not within three years"),
}

SUPPOSED = Label(
    "试算：假定没有新记录，按法律允许的步骤重新评分；不改变已发布的等级，也不代替任何机关的决定。",
    "Supposed: graded again with steps that the law allows, if nothing new arrives. It changes no published grade and "
    "stands for nobody's decision.",
)
"""What whatever is told of a way back is."""


@dataclass(frozen=True)
class RepairStep:
    """A record of the enterprise's own and what the law lets be done about it.

    Parameters
    ----------
    said
        What is done, and with which record.
    allowed_from
        The first day of it.
    basis
        What was read of the text `law`.
    """

    said: Label
    table: str
    source: str
    record_id: str
    kind: str
    allowed_from: date
    law: Label
    basis: Basis
    reading: Label


@dataclass(frozen=True)
class Later:
    """From a month-end on the smallest sets have other steps, or other sizes.

    Parameters
    ----------
    steps
        One of the smallest sets that lead there then, by places in `WayBack.steps`; None where none does.
    """

    day: date
    steps: tuple[int, ...] | None


@dataclass(frozen=True)
class ToGrade:
    """How a better grade is reached.

    Parameters
    ----------
    now
        All smallest sets of steps that lead there today, by places in `WayBack.steps`; empty where none does. Of one
        with more than `searched` steps no single step can be left out; a smaller one may do.
    insufficient
        The largest sets that lead there in no part: with `now` the proof that there is no other.
    proved
        Whether `now` is all there is; otherwise sets of more than `searched` steps were not all graded.
    by_time
        The first day on which it is reached if nothing is done and nothing new arrives; None within three years.
    by_steps
        The first day on which it is reached with every step made as soon as it is allowed; None where that is not
        within three years, or where it can be reached today.
    later
        What waiting and steps together give at month-ends, where it changes.
    searched_later
        As `searched`, of `later`.
    """

    grade: str
    now: tuple[tuple[int, ...], ...]
    insufficient: tuple[tuple[int, ...], ...]
    proved: bool
    searched: int
    by_time: date | None
    by_steps: date | None
    later: tuple[Later, ...]
    searched_later: int

    @property
    def first(self) -> date | None:
        """The first month-end at which it can be reached by waiting and steps together, if it cannot today."""
        if self.now:
            return None
        return next((one.day for one in self.later if one.steps is not None), None)

    @property
    def verdict(self) -> Verdict:
        """Whether to repair now, to wait, or that nothing helps within three years."""
        return "repair" if self.now else "wait" if self.day else "never"

    @property
    def day(self) -> date | None:
        """The day to wait for, if it cannot be reached today: on which time alone or time with every step leads there;
        where neither does but other steps do, the first month-end at which they do.
        """
        if self.now:
            return None
        return min(filter(None, (self.by_time, self.by_steps)), default=self.first)


@dataclass(frozen=True)
class ShutOut:
    """A rule that keeps the enterprise from better grades whatever is repaired today.

    Parameters
    ----------
    grade
        To which it holds the enterprise: of an officer's choice the one decided.
    records
        Those it rests on, after all steps that are allowed today.
    until
        The first day on which it does so no more, all steps being taken when they are allowed; None where that is not
        within three years.
    """

    rule: str
    label: Label
    grade: str
    records: tuple[str, ...]
    until: date | None


@dataclass(frozen=True)
class WayBack:
    """The way back of one enterprise.

    Parameters
    ----------
    steps
        What the law allows with records of its own that count, today or within three years; those allowed today first.
    left_out
        How many more there are, with which nothing was graded: more than can be graded together.
    grades
        Each better grade, the next better first.
    gone
        The first day of three years on which the scheme does not grade it by what is on record already (deregistered,
        out of its scope): what is told of days to come ends before. None where it grades it on all.
    """

    subject: Subject
    scheme: Scheme
    as_of: date
    grade: str
    score: float | None
    steps: tuple[RepairStep, ...]
    left_out: int
    grades: tuple[ToGrade, ...]
    shut_out: tuple[ShutOut, ...]
    gone: date | None
    simulated: bool

    def __repr__(self) -> str:
        """A line for a notebook, without what is on record of anybody."""
        score = "" if self.score is None else f", score {self.score:.1f}"
        return (
            f"<WayBack of {self.subject.enterprise_id} as of {self.as_of}: {self.grade}{score}, "
            f"{counted(len(self.steps), 'steps')}, {counted(len(self.grades), 'better grades')}>"
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; texts as ``{"zh": …, "en": …}``, steps by their places in ``steps``."""
        scheme = self.scheme
        named = {"id": scheme.id, "label": plain(scheme.label), "notice": plain(notice_of(scheme, self.as_of))}
        values: dict[str, Any] = {name: plain(value) for name, value in vars(self).items() if name != "scheme"}
        for told, one in zip(values["grades"], self.grades, strict=True):
            told |= {"verdict": one.verdict, "day": plain(one.day), "first": plain(one.first)}
        return {"enterprise_id": self.subject.enterprise_id, "scheme": named, **values}
