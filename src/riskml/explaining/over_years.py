"""One enterprise over the years: the records that its grade rests on by day, and its grade in every run that was
published, as a chart and as tables.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from markupsafe import Markup

from riskml.core.language import Label, counted, say
from riskml.explaining.citations import Citation
from riskml.explaining.colours import LOWERED, TOTAL, grade_colour, ink_on
from riskml.explaining.drawing import BASELINE, INK, QUIET, RULE, element, line, rect, text
from riskml.explaining.explanation import Explanation
from riskml.explaining.page import page_content
from riskml.explaining.profile import Subject
from riskml.explaining.text_wording import Spoken
from riskml.schemes.scheme import Scheme

MOST_YEARS = 10
"""Years that are drawn; older records stand at the left edge, and in the table with their day."""

_ROW, _ABOVE, _BELOW, _SIZE, _DOT = 24, 6, 58, 12, 5


@dataclass(frozen=True)
class GradedOn:
    """What one published run graded it."""

    as_of: date
    grade: str
    score: float | None


@dataclass(frozen=True)
class Happened:
    """A record on the day it happened or began; `used` is False of those that do not count (Art. 14)."""

    table: Label
    record_id: str
    dated: date
    used: bool


@dataclass(frozen=True)
class OverYears:
    """One enterprise over the years.

    Parameters
    ----------
    graded
        Oldest first; one for each run that holds it.
    happened
        The newest first.
    """

    explanation: Explanation
    graded: tuple[GradedOn, ...]
    happened: tuple[Happened, ...]

    @property
    def subject(self) -> Subject:
        """Whom it is about."""
        return self.explanation.subject

    @property
    def scheme(self) -> Scheme:
        """The scheme that graded it."""
        return self.explanation.scheme

    @property
    def simulated(self) -> bool:
        """Whether it rests on simulated records."""
        return self.explanation.provenance.simulated

    @property
    def sentence(self) -> str:
        """What is shown, in one sentence."""
        moved = sum(one.grade != other.grade for one, other in pairwise(self.graded))
        return say(
            f"在已发布的 {len(self.graded)} 期结果中等级变动 {moved} 次；等级和主要指标所依据的、以及未作为依据的记录共"
            f" {len(self.happened)} 条。",
            f"In {counted(len(self.graded), 'published runs')} the grade moved {counted(moved, 'times')}. "
            f"{counted(len(self.happened), 'records')} are shown: those that the grade and its main indicators rest "
            "on, and those that are not used.",
        )

    @property
    def lanes(self) -> tuple[Label, ...]:
        """The kinds of records, in the order of their first one."""
        return tuple(dict.fromkeys(one.table for one in reversed(self.happened)))

    def score(self, one: GradedOn) -> str:
        """The score of a run in words; a dash where there is none."""
        return "—" if one.score is None else Spoken(self.scheme).score(one.score)

    def chart(self, wide: int) -> Markup:
        """Each kind of record on a line of its own, below them the grades; 860 pixels on a page, 360 on a telephone."""
        plot = _Plot(self, wide)
        return element(wide, plot.bottom + _BELOW, self.sentence, plot.parts(), _SIZE)


def over_years(explanation: Explanation, graded: Sequence[GradedOn]) -> OverYears:
    """The records of an explanation with the grades of earlier runs."""
    reasons = (*explanation.raised, *explanation.lowered, *explanation.noted)
    evidence = (*(one.evidence for one in explanation.rules), *(one.evidence for one in reasons))
    cited: dict[tuple[str, str], Citation] = {
        (one.table.zh, one.record_id): one for found in evidence for one in found.cited
    }
    happened = [Happened(one.table, one.record_id, one.dated, True) for one in cited.values() if one.dated]
    happened += [
        Happened(one.table, one.record_id, one.dated, False)
        for one in explanation.excluded
        if one.dated and (one.table.zh, one.record_id) not in cited
    ]
    newest_first = sorted(happened, key=lambda one: (one.dated, one.record_id), reverse=True)
    return OverYears(explanation, tuple(graded), tuple(newest_first))


def years_content(found: OverYears) -> dict[str, Any]:
    """What a template that extends ``supposed.html.j2`` is given."""
    return {
        **page_content(found.explanation),
        "f": found,
        "said": say,
        "title": say("历年", "Over the years"),
        "rests_on": say(
            "记录以最近一次发布为准；等级是当时发布的，不是现在重算的。",
            "Records are those of the newest run; grades are as they were published then, and not computed anew.",
        ),
    }


class _Plot:
    """Where days and kinds of records lie, in pixels."""

    def __init__(self, found: OverYears, wide: int) -> None:
        self.found, self.above = found, wide < 500  # names stand above their lines where it is narrow
        self.left = 8 if self.above else 190
        self.right = wide - 14
        self.row = _ROW + (14 if self.above else 0)
        self.last = found.explanation.as_of
        days = [one.dated for one in found.happened] + [one.as_of for one in found.graded]
        first = min([*days, self.last.replace(year=self.last.year - 1, day=1)])
        self.first = max(first, self.last.replace(year=self.last.year - MOST_YEARS, day=1))
        self.bottom = _ABOVE + self.row * len(found.lanes) + (14 if self.above else 0)

    def x(self, day: date) -> float:
        """Where a day lies; those before the first at the left edge."""
        share = (max(day, self.first) - self.first).days / max(1, (self.last - self.first).days)
        return self.left + share * (self.right - self.left)

    def parts(self) -> Iterator[str]:
        """Everything, what lies behind first."""
        years = range(self.first.year + 1, self.last.year + 1)
        every = max(1, round(len(years) / (5 if self.above else 12)))
        for year in years:
            x = self.x(date(year, 1, 1))
            yield line((x, _ABOVE), (x, self.bottom + 24), "#dfe4e9")
            if (self.last.year - year) % every == 0:
                side = "middle" if x > self.left + 14 else "start"
                yield text(x, self.bottom + 42, str(year), f'text-anchor="{side}" fill="{QUIET}"')
        for place, lane in enumerate(self.found.lanes):
            yield from self._lane(lane, _ABOVE + self.row * (place + 1) - _ROW / 2)
        yield from self._grades(self.bottom)

    def _name(self, told: str, y: float) -> str:
        if self.above:
            return text(self.left, y - 13, told, f'fill="{QUIET}"')
        return text(self.left - 14, y + _SIZE * BASELINE, told, f'text-anchor="end" fill="{INK}"')

    def _lane(self, lane: Label, y: float) -> Iterator[str]:
        yield self._name(lane.said, y)
        yield line((self.left, y), (self.right, y), "#dfe4e9")
        for one in self.found.happened:
            if one.table == lane:
                # Told apart by their form too: a full disc counts, an empty square does not.
                x, told = self.x(one.dated), f"<title>{one.dated} {one.record_id}</title>"
                yield (
                    f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{_DOT}" fill="{TOTAL}" stroke="#fff">{told}</circle>'
                    if one.used
                    else f'<rect x="{x - _DOT:.1f}" y="{y - _DOT:.1f}" width="{2 * _DOT}" height="{2 * _DOT}" '
                    f'fill="#fff" stroke="{LOWERED}" stroke-width="2">{told}</rect>'
                )

    def _grades(self, y: float) -> Iterator[str]:
        yield self._name(say("已发布的等级", "published grades"), y + 10)
        names, graded = self.found.scheme.grade_names, self.found.graded
        yield line((self.left, y + 18), (self.right, y + 18), RULE)
        for place, one in enumerate(graded):
            if place and graded[place - 1].grade == one.grade:
                continue
            until = next((later.as_of for later in graded[place:] if later.grade != one.grade), self.last)
            left, right = self.x(one.as_of), self.x(until)
            left = min(left, self.right - 14)  # the newest run is as of the last day, and still to be seen
            colour, wide = grade_colour(names.index(one.grade), len(names)), max(right - left, 14)
            yield rect(left, y + 2, wide, 16, colour, 'stroke="#fff"')
            middle = f'text-anchor="middle" font-weight="bold" fill="{ink_on(colour)}"'
            yield text(left + wide / 2, y + 10 + _SIZE * BASELINE, one.grade, middle)
