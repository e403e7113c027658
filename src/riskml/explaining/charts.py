"""The waterfall: from the base score, step by step, to the enterprise's score, over the scheme's bands.

Every label has its own place and nothing is fitted to measured widths: a machine without Chinese fonts writes the same
SVG.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from riskml.core.language import LIST_SEPARATOR, counted
from riskml.core.lines import wrapped
from riskml.explaining.colours import LOWERED, RAISED, TOTAL, grade_ink, grade_tint
from riskml.explaining.drawing import BASELINE, INK, QUIET, RULE, element, line, rect, text
from riskml.explaining.explanation import Explanation
from riskml.explaining.labels import is_better, words_of
from riskml.explaining.values import point_places, points, signed
from riskml.records.tables import Label
from riskml.training.contributions import SMALLEST_POINTS

MOST_STEPS = 9
"""Indicators that have a step of their own; the rest share one."""


@dataclass(frozen=True)
class Step:
    """One bar: what moved the score, and by how many points."""

    label: Label
    points: float


@dataclass(frozen=True)
class Layout:
    """Where things are, in pixels.

    Parameters
    ----------
    label_width
        Of the column of labels left of the bars; 0 puts every label above its bar, for narrow screens.
    """

    width: int
    label_width: int
    row: int
    text: int

    @property
    def label_above(self) -> bool:
        """Whether labels stand above their bars."""
        return self.label_width == 0

    @property
    def columns(self) -> int:
        """Columns of text that a label has room for."""
        return int((self.label_width or self.width - 28) / (self.text / 2))


WIDE = Layout(width=860, label_width=330, row=38, text=13)
NARROW = Layout(width=360, label_width=0, row=50, text=13)


def dimension_steps(explanation: Explanation) -> tuple[Step, ...]:
    """One step per dimension, in their order."""
    return tuple(Step(dimension.label, dimension.points) for dimension in explanation.dimensions)


def indicator_steps(explanation: Explanation) -> tuple[Step, ...]:
    """The indicators that moved the score most, those that raised it first; the rest as one step."""
    order = sorted(explanation.indicators, key=lambda one: -abs(one.points))
    told = [one for one in order[:MOST_STEPS] if abs(one.points) >= SMALLEST_POINTS]
    told.sort(key=lambda one: -one.points)
    left = len(order) - len(told)
    rest = sum(one.points for one in order) - sum(one.points for one in told)
    steps = [Step(one.label, one.points) for one in told]
    zh, en = ("项指标", "other indicators") if explanation.scheme.method == "model" else ("项", "other items")
    return (*steps, Step(Label(f"其余{left}{zh}", f"the {counted(left, en)}"), rest)) if left else tuple(steps)


def waterfall(explanation: Explanation, steps: tuple[Step, ...], *, layout: Layout = WIDE) -> str:
    """The chart as an SVG element, to be put into a page.

    Parameters
    ----------
    steps
        Their points sum to score − base score.
    """
    rows = _rows(explanation, steps, layout)
    reached = [*_range(explanation), *(row[end] for row in rows for end in ("from", "to"))]
    plot = _Plot(layout, min(reached), max(reached), len(rows))  # on the way a sum may lie beyond the scale
    parts = [*_bands(explanation, plot), *_bars(rows, plot)]
    return element(layout.width, plot.bottom + _BELOW, _described(explanation, steps), parts, layout.text)


_ABOVE, _BELOW, _MARGIN = 26, 26, 12
"""Pixels above the first bar, below the last, and right of the scale and left of it."""


@dataclass(frozen=True)
class _Plot:
    """Where values and rows of a chart lie, in pixels."""

    layout: Layout
    low: float
    high: float
    rows: int

    @property
    def left(self) -> float:
        """Where the scale begins."""
        return self.layout.label_width + _MARGIN

    @property
    def wide(self) -> float:
        """From one end of the scale to the other."""
        return self.layout.width - self.left - _MARGIN

    @property
    def bottom(self) -> float:
        """Where the last row ends."""
        return _ABOVE + self.layout.row * self.rows

    def x(self, value: float) -> float:
        """Where a value lies."""
        return self.left + (value - self.low) / (self.high - self.low) * self.wide

    def y(self, row: float) -> float:
        """Where so many rows from the top are."""
        return _ABOVE + self.layout.row * row


def _range(explanation: Explanation) -> tuple[float, float]:
    score = explanation.scheme.score
    assert score is not None, "a scheme without a score has no such chart"
    return score.from_, score.to


def _rows(explanation: Explanation, steps: tuple[Step, ...], layout: Layout) -> list[dict[str, Any]]:
    """One row per bar: the base score, the steps, the score; places counted in rows from the top."""
    start, end = _range(explanation)
    at = explanation.base_score
    words, places = words_of(explanation.scheme), point_places(explanation.scheme)
    bars = [(words["chart_base"], start, at, points(at, places), TOTAL)]
    for step in steps:
        colour = RAISED if (step.points > 0) != is_better(explanation.scheme) else LOWERED
        bars.append((step.label, at, at + step.points, signed(step.points, places), colour))
        at += step.points
    bars.append((words["chart_score"], start, at, points(at, places), TOTAL))
    above = 0.44 if layout.label_above else 0.2
    lines = 1 if layout.label_above else 2
    rows = []
    for number, (label, low, high, amount, colour) in enumerate(bars):
        told = _wrapped(label.said, layout.columns, lines)
        outside = max(low, high) > start + (end - start) * 0.86  # no room to the right of the bar
        inside = outside and min(low, high) < start + (end - start) * 0.14  # nor to its left: on the bar itself
        middle = 0.22 if layout.label_above else (above + 0.82) / 2
        rows.append({
            "label": told, "from": low, "to": high, "amount": amount, "colour": colour, "outside": outside,
            "top": number + above, "bottom": number + 0.82, "middle": number + (above + 0.82) / 2,
            "next": number + 1 + above,
            "label_at": number + middle - (len(told) - 1) * (layout.text + 3) / 2 / layout.row,
            "amount_at": min(low, high) if outside and not inside else max(low, high), "last": number == len(bars) - 1,
            "ink": "#ffffff" if inside else colour,
        })  # fmt: skip
    return rows


def _bands(explanation: Explanation, plot: _Plot) -> Iterator[str]:
    """The bands behind the bars, with their grades above and their ends below."""
    names, (start, end) = explanation.scheme.grade_names, _range(explanation)
    for band in explanation.scheme.bands:
        left, right = plot.x(band.from_), plot.x(end if band.below is None else band.below)
        place = names.index(band.grade)
        size = min(plot.layout.text + 1, (right - left - 4) / (0.6 * len(band.grade)))
        yield rect(left, plot.y(0), right - left, plot.bottom - plot.y(0), grade_tint(place, len(names)))
        style = f'text-anchor="middle" font-weight="bold" font-size="{size:.1f}" fill="{grade_ink(place, len(names))}"'
        yield text((left + right) / 2, plot.y(0) - 9, band.grade, style)
    for at in sorted({start, end, *(band.from_ for band in explanation.scheme.bands)}):
        style = f'text-anchor="middle" font-size="{plot.layout.text - 2}" fill="{QUIET}"'
        yield text(plot.x(at), plot.bottom + 18, f"{at:g}", style)


def _bars(rows: list[dict[str, Any]], plot: _Plot) -> Iterator[str]:
    """Each bar with its label and its points, and a line from its end to the next."""
    size = plot.layout.text
    for row in rows:
        ends = sorted((plot.x(row["from"]), plot.x(row["to"])))
        if not row["last"]:
            x = plot.x(row["to"])
            yield line((x, plot.y(row["bottom"])), (x, plot.y(row["next"])), RULE, 'stroke-dasharray="2,2"')
        top = plot.y(row["top"])
        yield rect(ends[0], top, ends[1] - ends[0], plot.y(row["bottom"]) - top, row["colour"])
        anchor, x = ("start", 4.0) if plot.layout.label_above else ("end", plot.layout.label_width + 2.0)
        for number, told in enumerate(row["label"]):
            y = plot.y(row["label_at"]) + number * (size + 3) + size * BASELINE
            yield text(x, y, told, f'text-anchor="{anchor}" fill="{INK}"')
        anchor, aside = ("end", -6) if row["outside"] else ("start", 6)
        style = f'text-anchor="{anchor}" font-weight="bold" fill="{row["ink"]}"'
        yield text(plot.x(row["amount_at"]) + aside, plot.y(row["middle"]) + size * BASELINE, row["amount"], style)


def _described(explanation: Explanation, steps: tuple[Step, ...]) -> str:
    words, places = words_of(explanation.scheme), point_places(explanation.scheme)
    start = f"{words['chart_base'].said} {points(explanation.base_score, places)}"
    moved = [f"{step.label.said} {signed(step.points, places)}" for step in steps]
    end = f"{words['chart_score'].said} {points(explanation.score or 0.0, places)}"
    return LIST_SEPARATOR.said.join([start, *moved, end])


def _wrapped(text: str, columns: int, lines: int) -> list[str]:
    """The text in at most so many lines of so many columns (a Chinese character takes two), cut with an ellipsis."""
    found = wrapped(text, columns)
    return found if len(found) <= lines else [*found[: lines - 1], found[lines - 1][:-1] + "…"]
