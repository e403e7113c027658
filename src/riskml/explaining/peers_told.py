"""Where one enterprise stands among its peers: of its trade, prefecture and age, as a small chart and in words."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from riskml.core.language import Label, say
from riskml.explaining.colours import TOTAL, grade_colour, grade_ink, grade_tint
from riskml.explaining.drawing import INK, QUIET, RULE, element, line, rect, text
from riskml.explaining.labels import is_better
from riskml.explaining.profile import SECTIONS, Subject, region_name
from riskml.explaining.values import point_places, points
from riskml.schemes.scheme import Scheme

FEWEST = 20
"""Fewer peers are said and not drawn: a chart of so few would show single enterprises."""

AGES = (1, 3, 5, 10)
"""Full years at which a group of ages ends and the next begins: ours."""

_BINS = 40
_HIGH, _ABOVE, _BELOW = 110, 24, 24


def age_group(established: date, as_of: date) -> int:
    """The place of the group of ages; `age_sql` gives the same.

    >>> [age_group(date(2020, 2, 29), date(day, 2, 28)) for day in (2021, 2024, 2026)]
    [0, 2, 3]
    """
    years = as_of.year - established.year - ((as_of.month, as_of.day) < (established.month, established.day))
    return sum(years >= age for age in AGES)


def age_sql(established: str, as_of: date) -> str:
    """The same as SQL, of a column."""
    # Not date_sub, to which somebody born on 29 February is a year old on the 28th.
    later_in_year = f"(100 * month({established}) + day({established}) > {100 * as_of.month + as_of.day})::INTEGER"
    years = f"({as_of.year} - year({established}) - {later_in_year})"
    return " + ".join(f"({years} >= {age})::TINYINT" for age in AGES)


@dataclass(frozen=True)
class PeerGroup:
    """Everyone of one trade, prefecture and age, the enterprise itself among them.

    Parameters
    ----------
    scores
        Ascending, shape (n,); of a scheme without scores all are nan.
    counts
        Enterprises of each grade, from the mildest on.
    """

    scores: NDArray[np.float64]
    counts: tuple[int, ...]


@dataclass(frozen=True)
class AmongPeers:
    """One enterprise among its peers."""

    subject: Subject
    scheme: Scheme
    as_of: date
    grade: str
    score: float | None
    group: PeerGroup

    @property
    def others(self) -> int:
        """How many peers there are."""
        return max(0, sum(self.group.counts) - 1)

    @property
    def is_drawn(self) -> bool:
        """Whether there are enough of them to be drawn."""
        return self.others >= FEWEST

    @property
    def sentence(self) -> str:
        """Who the peers are, how many, and how many of them are milder and riskier."""
        whom = self._whom()
        if not self.is_drawn:
            return say(
                f"{whom.zh}的其他企业只有 {self.others} 家，少于 {FEWEST} 家，不作比较。",
                f"Of other enterprises {whom.en}, there are only {self.others}: fewer than {FEWEST} are not compared.",
            )
        milder, riskier = self._apart()
        same = self.others - milder - riskier
        measure = say("等级", "grade") if self.score is None else say("分数", "score")
        alike = say(f"，{same:,} 家{measure}相同", f", {same:,} have the same {measure}") if same else ""
        return say(
            f"{whom.zh}的其他企业有 {self.others:,} 家：{milder:,} 家风险比它低，{riskier:,} 家比它高{alike}。",
            f"Of {self.others:,} other enterprises {whom.en}, {milder:,} are milder and {riskier:,} riskier by "
            f"{measure}{alike}.",
        )

    def _whom(self) -> Label:
        trade = SECTIONS.get(self.subject.industry_section or "", Label("", ""))
        place = region_name((self.subject.division or "")[:4].ljust(6, "0"))
        assert self.subject.established is not None  # who has peers is of some age
        lengths = (0, *AGES)
        group = age_group(self.subject.established, self.as_of)
        if group == len(AGES):
            age = Label(f"成立满 {AGES[-1]} 年", f"{AGES[-1]} years old or older")
        else:
            low, high = lengths[group], lengths[group + 1]
            age = Label(
                f"成立 {low} 至不满 {high} 年", f"{low} to less than {high} {'year' if high == 1 else 'years'} old"
            )
        return Label(f"{place}{trade.zh}、{age.zh}", f"of {trade.en} in {place}, {age.en}")

    def _apart(self) -> tuple[int, int]:
        """How many are milder, and how many riskier."""
        if self.score is None:
            place = self.scheme.grade_names.index(self.grade)
            return sum(self.group.counts[:place]), sum(self.group.counts[place + 1 :])
        low = int(np.searchsorted(self.group.scores, self.score, "left"))
        high = len(self.group.scores) - int(np.searchsorted(self.group.scores, self.score, "right"))
        return (high, low) if is_better(self.scheme) else (low, high)

    @property
    def rows(self) -> tuple[tuple[str, int], ...]:
        """Peers by grade, the enterprise itself among them: what the chart shows, in figures."""
        return tuple(zip(self.scheme.grade_names, self.group.counts, strict=True))

    def chart(self, wide: int) -> Markup:
        """The peers' scores, with the enterprise's own marked; their grades where there are no scores.

        Parameters
        ----------
        wide
            Pixels: 860 on a page, 360 on a telephone.
        """
        parts = self._bars_of_grades(wide) if self.score is None else self._bars_of_scores(self.score, wide)
        return element(wide, _ABOVE + _HIGH + _BELOW, self.sentence, parts)

    @property
    def _binned(self) -> NDArray[np.int64]:
        """Peers in each part of the scale, shape (_BINS,)."""
        scale = self.scheme.score
        assert scale is not None  # there are scores
        return np.histogram(self.group.scores, bins=_BINS, range=(scale.from_, scale.to))[0]

    @property
    def caption(self) -> str:
        """What the bars are."""
        if self.score is None:
            return say("每根柱是一个等级的企业数。", "Each bar is the number of enterprises of a grade.")
        most = int(self._binned.max())
        return say(
            f"每根柱是量程四十分之一以内的企业数，最高的 {most:,} 家；背景为各等级的得分区间。",
            f"Each bar is the number of enterprises in a fortieth of the scale, {most:,} in the highest; behind them "
            "lie the bands of the grades.",
        )

    def _bars_of_scores(self, own: float, across: int) -> Iterator[str]:
        scale = self.scheme.score
        assert scale is not None  # there is a score
        names, start, end = self.scheme.grade_names, scale.from_, scale.to
        counts = self._binned

        def x(value: float) -> float:
            return (value - start) / (end - start) * across

        for band in self.scheme.bands:
            place, left, right = names.index(band.grade), x(band.from_), x(end if band.below is None else band.below)
            yield rect(left, _ABOVE, right - left, _HIGH, grade_tint(place, len(names)))
            style = f'text-anchor="middle" font-weight="bold" fill="{grade_ink(place, len(names))}"'
            yield text((left + right) / 2, _ABOVE + 14, band.grade, style)
        wide, most = across / _BINS, int(counts.max())
        for place, count in enumerate(counts):
            high = count / most * (_HIGH - 20)
            if count:
                yield rect(place * wide + 1, _ABOVE + _HIGH - high, wide - 2, high, TOTAL, 'opacity="0.55"')
        yield line((x(own), _ABOVE - 4), (x(own), _ABOVE + _HIGH), INK, 'stroke-width="3"')
        anchor = "end" if x(own) > across * 0.8 else "start"
        told = say("本企业 ", "this enterprise ") + points(own, point_places(self.scheme))
        yield text(
            x(own) + (-6 if anchor == "end" else 6),
            _ABOVE - 8,
            told,
            f'text-anchor="{anchor}" font-weight="bold" fill="{INK}"',
        )
        yield line((0, _ABOVE + _HIGH), (across, _ABOVE + _HIGH), RULE)
        ends = ((0, start, "start"), (across, end, "end"))
        for at, value, side in ends:
            yield text(at, _ABOVE + _HIGH + 17, f"{value:g}", f'text-anchor="{side}" fill="{QUIET}"')

    def _bars_of_grades(self, across: int) -> Iterator[str]:
        names, most = self.scheme.grade_names, max(self.group.counts)
        wide = across / len(names)
        for place, (name, count) in enumerate(self.rows):
            high, left = count / most * (_HIGH - 20), place * wide
            yield rect(left + 8, _ABOVE + _HIGH - high, wide - 16, high, grade_colour(place, len(names)))
            middle = f'text-anchor="middle" fill="{INK}"'
            yield text(left + wide / 2, _ABOVE + _HIGH - high - 5, f"{count:,}", middle)
            own = name == self.grade
            told = name + (say("（本企业）", " (this enterprise)") if own else "")
            yield text(left + wide / 2, _ABOVE + _HIGH + 17, told, middle + (' font-weight="bold"' if own else ""))
