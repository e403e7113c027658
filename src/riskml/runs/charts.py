"""The charts of a training and of a run, as SVG in the language that is spoken, without script.

They are drawn here line by line: to start what draws charts of any kind takes a second, of every run.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

from riskml.core.language import say
from riskml.explaining.colours import TOTAL, grade_colour
from riskml.explaining.fonts import FONTS, LABEL_SIZE, label_width
from riskml.schemes.scheme import Scheme

_GRID, _AXIS, _INK = "#dddddd", "#888888", "#222222"
_DASHED = 'stroke-dasharray="4,4"'
_TICKS = 6
_TICK_STEPS = (0.01, 0.02, 0.05, 0.1, 0.2)


def grade_colours(scheme: Scheme) -> dict[str, str]:
    """The colour of each grade of a scheme."""
    return {grade: grade_colour(place, len(scheme.grade_names)) for place, grade in enumerate(scheme.grade_names)}


def grade_share_chart(shares: Mapping[str, float], scheme: Scheme) -> str:
    """How many of the enterprises have each grade."""
    plot = _Plot(420, 190, left=label_width(shares) + 30, right=_up_to(max(shares.values(), default=0.0)), up=1.0)
    row = 1 / max(len(shares), 1)
    parts = [*plot.percents_below(say("企业占比", "share of enterprises")), *plot.title_left(say("类别", "grade"))]
    colours = grade_colours(scheme)
    for place, grade in enumerate(grade for grade in scheme.grade_names if grade in shares):
        middle, share = 1 - (place + 0.5) * row, shares[grade]
        x, y, thick = plot.x(0), plot.y(middle + 0.45 * row), plot.height * 0.9 * row
        parts += [
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{plot.x(share) - x:.1f}" height="{thick:.1f}" '
            f'fill="{colours[grade]}"/>',
            _text(x - 6, plot.y(middle) + 4, grade, "end"),
            _text(plot.x(share) + 4, plot.y(middle) + 4, f"{share:.1%}", "start"),
        ]
    return plot.svg(parts)


def grade_rate_chart(rates: Sequence[Mapping[str, Any]], scheme: Scheme) -> str:
    """Problem rate by grade on out-of-time visits, with 95 % intervals and the number of visits.

    Parameters
    ----------
    rates
        One `GradeRate` a grade, as a mapping.
    """
    plot = _Plot(420, 230, left=70, right=max(len(rates), 1), up=1.0)
    parts = [*plot.percents_left(say("问题发现率", "problem rate")), *plot.title_below(say("类别", "grade"))]
    colours, of_grade = grade_colours(scheme), {one["grade"]: one for one in rates}
    for place, grade in enumerate(grade for grade in scheme.grade_names if grade in of_grade):
        one, x = of_grade[grade], plot.x(place + 0.5)
        wide = min(56, plot.width / len(rates) * 0.8)
        parts.append(_text(x, plot.y(0) + 18, grade))
        if not one["rows"]:  # no visit, and no rate
            parts.append(_text(x, plot.y(0) - 8, "n = 0"))
            continue
        low, rate, high = (plot.y(one[name]) for name in ("low", "rate", "high"))
        parts += [
            f'<rect x="{x - wide / 2:.1f}" y="{rate:.1f}" width="{wide:.1f}" height="{plot.y(0) - rate:.1f}" '
            f'fill="{colours[grade]}"/>',
            _line((x, low), (x, high), _INK, 'stroke-width="2"'),
            _text(x, high - 8, f"n = {one['rows']:,}"),
        ]
    return plot.svg(parts)


def calibration_chart(groups: Sequence[Mapping[str, Any]]) -> str:
    """Promised against observed problem rate in ten groups of equal size.

    Parameters
    ----------
    groups
        One `ReliabilityBin` a group, as a mapping.
    """
    top = _up_to(max((one[name] for one in groups for name in ("predicted", "observed")), default=0.0))
    plot = _Plot(320, 260, left=70, right=top, up=top)
    dots = [(plot.x(one["predicted"]), plot.y(one["observed"])) for one in groups]
    parts = [
        *plot.percents_below(say("预测的问题发现率", "predicted problem rate")),
        *plot.percents_left(say("实际的问题发现率", "observed problem rate")),
        _line((plot.x(0), plot.y(0)), (plot.x(top), plot.y(top)), "#999", _DASHED),
        f'<polyline fill="none" stroke="{TOTAL}" stroke-width="2" '
        f'points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in dots)}"/>',
        *(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="4" fill="{TOTAL}"/>' for x, y in dots),
    ]
    return plot.svg(parts)


@dataclass(frozen=True)
class _Plot:
    """A plot of `width` by `height` pixels, from 0 to `right` and from 0 to `up`, with `left` pixels for labels."""

    width: float
    height: float
    left: float
    right: float
    up: float

    def x(self, value: float) -> float:
        return self.left + self.width * value / self.right

    def y(self, value: float) -> float:
        return 24 + self.height * (1 - value / self.up)

    def percents_below(self, title: str) -> Iterator[str]:
        for tick in _ticks(self.right):
            yield _line((self.x(tick), self.y(0)), (self.x(tick), self.y(self.up)), _GRID)
            yield _text(self.x(tick), self.y(0) + 18, f"{tick:.0%}")
        yield from self.title_below(title)

    def percents_left(self, title: str) -> Iterator[str]:
        for tick in _ticks(self.up):
            yield _line((self.left, self.y(tick)), (self.left + self.width, self.y(tick)), _GRID)
            yield _text(self.left - 6, self.y(tick) + 4, f"{tick:.0%}", "end")
        yield from self.title_left(title)

    def title_below(self, title: str) -> Iterator[str]:
        yield _line((self.left, self.y(0)), (self.left + self.width, self.y(0)), _AXIS)
        yield _text(self.left + self.width / 2, self.y(0) + 40, title, more='font-weight="bold"')

    def title_left(self, title: str) -> Iterator[str]:
        yield _line((self.left, self.y(0)), (self.left, self.y(self.up)), _AXIS)
        x, y = 14.0, self.y(self.up / 2)
        yield _text(x, y, title, more=f'font-weight="bold" transform="rotate(-90 {x:.1f} {y:.1f})"')

    def svg(self, parts: Sequence[str]) -> str:
        wide, high = round(self.left + self.width + 60), round(self.height + 76)
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}" '
            f'font-family="{FONTS}" font-size="{LABEL_SIZE}" fill="{_INK}">{"".join(parts)}</svg>'
        )


def _up_to(most: float) -> float:
    """Where an axis ends that holds `most`, at a full step of its ticks; at most at the whole.

    >>> _up_to(0.57), _up_to(0.003), _up_to(0.99)
    (0.6, 0.01, 1.0)
    """
    step = _step(most)
    return min(1.0, round(step * max(1, -int(-most * 1.04 // step)), 2))


def _step(top: float) -> float:
    return next((step for step in _TICK_STEPS if top / step <= _TICKS), _TICK_STEPS[-1])


def _ticks(top: float) -> list[float]:
    step = _step(top)
    return [round(place * step, 2) for place in range(round(top / step) + 1)]


def _line(start: tuple[float, float], end: tuple[float, float], colour: str, more: str = "") -> str:
    (x1, y1), (x2, y2) = start, end
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}" {more}/>'


def _text(x: float, y: float, content: str, anchor: str = "middle", more: str = "") -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" {more}>{escape(content)}</text>'
