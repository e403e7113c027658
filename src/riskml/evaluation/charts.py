"""The charts of the evaluation page: SVG in the language that is spoken, without script."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

from riskml.core.language import say
from riskml.explaining.colours import LOWERED, RAISED, TOTAL
from riskml.explaining.fonts import LABEL_SIZE, label_width
from riskml.explaining.vega import to_svg

HALF, WHOLE = 470, 980
"""Pixels of a chart with its labels, in half the page and across it: drawn larger it would be shrunk, its text too."""

PLOT, ROW, GAP = 395, 26, 18
"""Pixels of the plot of a chart in half the page whose labels are numbers, of a row of one whose labels are words, and
between two.
"""


def interval_chart(rows: Sequence[dict[str, Any]], title: str, *, zero: float | None = None) -> str:
    """A dot and its interval per row, in the order given, across the page.

    Parameters
    ----------
    rows
        ``label``, ``value``, ``low``, ``high``.
    zero
        Where a line marks no difference.
    """
    data = pd.DataFrame(list(rows)).dropna(subset=["value"])
    data = data.assign(warned=False, text=data["value"].map("{:.3f}".format))
    layers = _intervals(_in_rows(data, WHOLE), alt.Axis(title=title, format=".3f", tickCount=6))
    if zero is not None:
        layers.insert(
            0, alt.Chart(pd.DataFrame({"x": [zero]})).mark_rule(color="#999", strokeDash=[4, 4]).encode(x="x:Q")
        )
    return to_svg(alt.layer(*layers))


def parity_chart(rates: Mapping[str, Sequence[dict[str, Any]]]) -> str:
    """Several rates of the same groups side by side, a row per group, across the page.

    Parameters
    ----------
    rates
        Title → a row for each group, in the same order: ``label``, ``value``, ``low``, ``high``, ``of`` (how many
        enterprises the value is of; 0 leaves it out) and ``warned``.
    """
    names = [row["label"] for row in next(iter(rates.values()))]
    labels = label_width(names)
    plot = (WHOLE - labels) // len(rates) - GAP
    charts: list[alt.LayerChart] = []
    for title, rows in rates.items():
        data = pd.DataFrame(
            [row for row in rows if row["of"]], columns=["label", "value", "low", "high", "of", "warned"]
        )
        data = data.assign(text=[f"{value:.0%} ({of})" for value, of in zip(data["value"], data["of"], strict=True)])
        axis = _labels(labels) if not charts else alt.Axis(labels=False, ticks=False)
        base = alt.Chart(data, width=plot, height=ROW * len(names)).encode(
            y=alt.Y("label:N", scale=alt.Scale(domain=names), title=None, axis=axis)
        )
        charts.append(alt.layer(*_intervals(base, alt.Axis(title=title, format=".0%", tickCount=4))))
    return to_svg(alt.hconcat(*charts, spacing=GAP))


def gain_chart(points: Sequence[tuple[float, float]]) -> str:
    """The share of problems found over the share of visits, beside that of visits in a random order."""
    data = pd.DataFrame(list(points), columns=["visits", "found"])
    axes = {
        "x": alt.X("visits:Q", axis=alt.Axis(title=say("检查的比例（风险高的在先）", "share of visits, riskiest first"),
                   format="%")),
        "y": alt.Y("found:Q", axis=alt.Axis(title=say("找到的问题的比例", "share of problems found"), format="%")),
    }  # fmt: skip
    base = alt.Chart(data, width=PLOT, height=200)
    even = alt.Chart(pd.DataFrame({"visits": [0.0, 1.0], "found": [0.0, 1.0]})).mark_line(
        color="#999", strokeDash=[4, 4]
    )
    line = base.mark_line(point=alt.OverlayMarkDef(size=40, color=TOTAL), color=TOTAL).encode(**axes)
    return to_svg(even.encode(**axes) + line)


def band_chart(rows: Sequence[dict[str, Any]], x_title: str, y_title: str, *, percent: bool = False) -> str:
    """A line with its interval over ordered points: ``x``, ``value``, ``low``, ``high``."""
    data = pd.DataFrame(list(rows))
    base = alt.Chart(data, width=PLOT, height=200).encode(
        x=alt.X("x:N", sort=None, title=x_title, axis=alt.Axis(labelAngle=0))
    )
    y = alt.Y("low:Q", scale=alt.Scale(zero=False), axis=alt.Axis(title=y_title, format="%" if percent else ".2f"))
    spread = base.mark_rule(strokeWidth=2, color=TOTAL).encode(y=y, y2="high:Q")
    line = base.mark_line(point=alt.OverlayMarkDef(size=60, color=TOTAL), color=TOTAL).encode(y="value:Q")
    return to_svg(spread + line)


def expected_chart(rows: Sequence[dict[str, Any]], y_title: str, *, percent: bool = False) -> str:
    """What was expected (diamond) beside what came true (dot and interval), quarter by quarter: ``expected`` besides
    those of `band_chart`.
    """
    data = pd.DataFrame(list(rows))
    base = alt.Chart(data, width=PLOT, height=190).encode(
        x=alt.X("x:N", sort=None, title=say("季度", "quarter"), axis=alt.Axis(labelAngle=0))
    )
    y = alt.Y("low:Q", scale=alt.Scale(zero=False), axis=alt.Axis(title=y_title, format="%" if percent else ".2f"))
    spread = base.mark_rule(strokeWidth=2, color=TOTAL).encode(y=y, y2="high:Q")
    found = base.mark_circle(size=70, color=TOTAL, opacity=1).encode(y="value:Q")
    promised = base.mark_point(shape="diamond", size=110, color=RAISED, filled=False, strokeWidth=2).encode(
        y="expected:Q"
    )
    return to_svg(spread + found + promised)


def coverage_chart(rows: Sequence[dict[str, Any]]) -> str:
    """What intervals of risks said (bars) beside what was found (dot and interval), from the lowest risk on.

    Parameters
    ----------
    rows
        ``x``, ``low`` and ``high`` (the mean ends), ``value``, ``value_low`` and ``value_high`` (the rate found).
    """
    base = alt.Chart(pd.DataFrame(list(rows)), width=PLOT, height=200).encode(
        x=alt.X("x:N", sort=None, title=say("由低风险到高风险", "from low to high risk"), axis=alt.Axis(labelAngle=0))
    )
    y = alt.Y("low:Q", axis=alt.Axis(format="%", title=say("问题发现率", "problem rate")))
    said = base.mark_bar(size=34, color=LOWERED, opacity=0.45).encode(y=y, y2="high:Q")
    spread = base.mark_rule(strokeWidth=2, color=TOTAL).encode(y="value_low:Q", y2="value_high:Q")
    return to_svg(said + spread + base.mark_circle(size=70, color=TOTAL, opacity=1).encode(y="value:Q"))


def dependence_chart(values: Sequence[float], risks: Sequence[float], title: str, unit: str) -> str:
    """Mean predicted risk over the values of an indicator, given in its unit."""
    data = pd.DataFrame({"value": list(values), "risk": list(risks)})
    chart = alt.Chart(
        data, width=260, height=150, title=alt.Title(title, fontSize=12, limit=300, anchor="start")
    ).mark_line(point=True, color=LOWERED, interpolate="step-after")
    return to_svg(
        chart.encode(
            x=alt.X("value:Q", scale=alt.Scale(zero=False), axis=alt.Axis(title=unit, tickCount=5)),
            y=alt.Y(
                "risk:Q",
                scale=alt.Scale(zero=False),
                axis=alt.Axis(format="%", title=say("预测的问题发现率", "predicted problem rate"), tickCount=4),
            ),
        )
    )


def weight_chart(rows: Sequence[dict[str, Any]], width: int) -> str:
    """Shares of weight: ``label`` and ``value``."""
    data = pd.DataFrame(list(rows))
    scale = alt.Scale(domain=[0, 1.12 * data["value"].max()], nice=False)  # the longest bar has room for its number
    base = _in_rows(data, width).encode(
        x=alt.X(
            "value:Q",
            scale=scale,
            axis=alt.Axis(format="%", title=say("占全部影响的比例", "share of all weight"), tickCount=6),
        )
    )
    text = base.mark_text(align="left", dx=4).encode(text=alt.Text("value:Q", format=".1%"))
    return to_svg(base.mark_bar(color=LOWERED, size=14) + text)


def _intervals(base: alt.Chart, axis: alt.Axis) -> list[alt.Chart]:
    """The layers of dots with intervals: ``value``, ``low``, ``high``, ``text`` and, where it is to stand out,
    ``warned``.
    """
    # Room on both sides: a value at the very end keeps its dot and its number.
    x = alt.X("low:Q", scale=alt.Scale(zero=False, nice=False, padding=26), axis=axis)
    coloured = base.encode(
        color=alt.Color("warned:N", legend=None, scale=alt.Scale(domain=[False, True], range=[TOTAL, RAISED]))
    )
    return [
        coloured.mark_rule(strokeWidth=2).encode(x=x, x2="high:Q"),
        coloured.mark_circle(size=70, opacity=1).encode(x="value:Q"),
        coloured.mark_text(dy=-9, fontSize=11).encode(x="value:Q", text="text:N"),
    ]


def _in_rows(data: pd.DataFrame, width: int) -> alt.Chart:
    """The base of a chart with a labelled row for each of `data`, of so many pixels with its labels."""
    labels = label_width(data["label"])
    return alt.Chart(data, width=width - labels, height=ROW * len(data)).encode(
        y=alt.Y("label:N", sort=None, title=None, axis=_labels(labels))
    )


def _labels(width: int) -> alt.Axis:
    """An axis whose labels have the room they take, however wide the drawing machine thinks they are."""
    return alt.Axis(labelLimit=0, minExtent=width, labelFontSize=LABEL_SIZE)
