"""The waterfall: from the base score, step by step, to the enterprise's score, over the scheme's bands.

Charts are SVG made offline; their text stays text, so that the reader's own Chinese font draws it. Every label has its
own place and nothing is fitted to measured widths: a machine without Chinese fonts writes the same SVG.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import altair as alt
import vl_convert

from riskml.core.language import LIST_SEPARATOR, counted
from riskml.core.lines import wrapped
from riskml.explaining.colours import LOWERED, RAISED, TOTAL, grade_ink, grade_tint
from riskml.explaining.explanation import Explanation
from riskml.explaining.fonts import FONTS
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
    height = layout.row * len(rows)
    left, right, top, bottom = layout.label_width + 12, 12, 26, 26
    plot = layout.width - left - right
    reached = [*_range(explanation), *(row[end] for row in rows for end in ("from", "to"))]
    x = alt.Scale(domain=[min(reached), max(reached)], nice=False)  # on the way a sum may lie beyond the scale
    y = alt.Scale(domain=[0, len(rows)], reverse=True, nice=False)
    chart = (
        alt.layer(*_bands(explanation, x, y, len(rows), layout), *_bars(rows, x, y, layout))
        .properties(
            width=plot,
            height=height,
            padding={"left": left, "right": right, "top": top, "bottom": bottom},
            autosize="none",
        )
        .configure(font=FONTS, background="transparent")
        .configure_view(stroke=None)
    )
    return _inline(vl_convert.vegalite_to_svg(chart.to_dict()), _described(explanation, steps))


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


def _bands(explanation: Explanation, x: alt.Scale, y: alt.Scale, rows: int, layout: Layout) -> list[alt.Chart]:
    names, (_, end) = explanation.scheme.grade_names, _range(explanation)
    pixels = (layout.width - layout.label_width - 24) / (x.domain[1] - x.domain[0])
    bands = [
        {
            "grade": band.grade,
            "from": band.from_,
            "to": end if band.below is None else band.below,
            "middle": (band.from_ + (end if band.below is None else band.below)) / 2,
            "size": min(
                layout.text + 1,
                (((end if band.below is None else band.below) - band.from_) * pixels - 4) / (0.6 * len(band.grade)),
            ),
            "tint": grade_tint(names.index(band.grade), len(names)),
            "ink": grade_ink(names.index(band.grade), len(names)),
        }
        for band in explanation.scheme.bands
    ]
    ends = [*(band.from_ for band in explanation.scheme.bands), end]
    base = alt.Chart(alt.Data(values=bands))
    low, high = alt.YDatum(0, scale=y, axis=None), alt.Y2Datum(rows)
    return [
        base.mark_rect().encode(
            x=alt.X("from:Q", scale=x, axis=None), x2="to:Q", y=low, y2=high, color=alt.Color("tint:N", scale=None)
        ),
        base.mark_text(fontWeight="bold", dy=-13).encode(
            x=alt.X("middle:Q", scale=x, axis=None),
            y=low,
            text="grade:N",
            size=alt.Size("size:Q", scale=None),
            color=alt.Color("ink:N", scale=None),
        ),
        alt.Chart(alt.Data(values=[{"at": end, "text": f"{end:g}"} for end in ends]))
        .mark_text(fontSize=layout.text - 2, dy=14, color="#5b6873")
        .encode(x=alt.X("at:Q", scale=x, axis=None), y=alt.YDatum(rows, scale=y, axis=None), text="text:N"),
    ]


def _bars(rows: list[dict[str, Any]], x: alt.Scale, y: alt.Scale, layout: Layout) -> list[alt.Chart]:
    base = alt.Chart(alt.Data(values=rows))
    joins = alt.Chart(alt.Data(values=[row for row in rows if not row["last"]]))
    amounts = {"fontSize": layout.text, "fontWeight": "bold"}
    label = base.mark_text(
        align="left" if layout.label_above else "right",
        baseline="middle",
        fontSize=layout.text,
        color="#1c242c",
        lineHeight=layout.text + 3,
    ).encode(x=alt.value(4 if layout.label_above else -10), y=alt.Y("label_at:Q", scale=y, axis=None), text="label:N")

    def amount(outside: bool) -> alt.Chart:
        place = {"align": "right", "dx": -6} if outside else {"align": "left", "dx": 6}
        shown = alt.Chart(alt.Data(values=[row for row in rows if row["outside"] is outside]))
        return shown.mark_text(**place, **amounts, baseline="middle").encode(
            x=alt.X("amount_at:Q", scale=x, axis=None),
            y=alt.Y("middle:Q", scale=y, axis=None),
            text="amount:N",
            color=alt.Color("ink:N", scale=None),
        )

    return [
        joins.mark_rule(color="#8794a0", strokeWidth=1, strokeDash=[2, 2]).encode(
            x=alt.X("to:Q", scale=x, axis=None), y=alt.Y("bottom:Q", scale=y, axis=None), y2="next:Q"
        ),
        base.mark_rect().encode(
            x=alt.X("from:Q", scale=x, axis=None),
            x2="to:Q",
            y=alt.Y("top:Q", scale=y, axis=None),
            y2="bottom:Q",
            color=alt.Color("colour:N", scale=None),
        ),
        label,
        amount(True),
        amount(False),
    ]


def _inline(svg: str, description: str) -> str:
    """The SVG as an element of a page: scaled to its place, without namespaces, described once for those who cannot see
    it.
    """
    found = re.match(r'<svg [^>]*?width="(\d+)" height="(\d+)"[^>]*>', svg)
    assert found is not None
    head = (
        f'<svg role="img" aria-label="{_escaped(description)}" viewBox="0 0 {found[1]} {found[2]}" '
        f'style="max-width:{found[1]}px;width:100%;height:auto">'
    )
    body = re.sub(r' (aria-[a-z]+|role)="[^"]*"', "", svg[found.end() :])
    return head + body


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


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
