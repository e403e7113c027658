"""The charts of the evaluation page: SVG, Chinese labels, no script."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd

from riskml.explaining.colours import LOWERED, RAISED, TOTAL
from riskml.runs.charts import to_svg

WIDTH, ROW = 430, 26
LABEL = 250


def interval_chart(rows: Sequence[dict[str, Any]], title: str, *, zero: float | None = None, percent: bool = False) -> str:
    """A dot and its interval per row, in the order given.

    Parameters
    ----------
    rows
        ``label``, ``value``, ``low``, ``high`` and, where it is to stand out, ``warned``.
    zero
        Where a line marks no difference.
    """
    data = pd.DataFrame([{"warned": False, **row} for row in rows]).dropna(subset=["value"])
    base = alt.Chart(data, width=WIDTH, height=ROW * len(data)).encode(
        y=alt.Y("label:N", sort=None, title=None, axis=alt.Axis(labelLimit=LABEL, labelFontSize=12)),
        color=alt.Color("warned:N", legend=None, scale=alt.Scale(domain=[False, True], range=[TOTAL, RAISED])),
    )
    number = ".0%" if percent else ".3f"
    x = alt.X("low:Q", scale=alt.Scale(zero=False), axis=alt.Axis(title=title, format=number, tickCount=6))
    spread = base.mark_rule(strokeWidth=2).encode(x=x, x2="high:Q")
    dots = base.mark_circle(size=70, opacity=1).encode(x="value:Q")
    text = base.mark_text(dy=-9, fontSize=11).encode(x="value:Q", text=alt.Text("value:Q", format=number))
    layers = [spread, dots, text]
    if zero is not None:
        layers.insert(0, alt.Chart(pd.DataFrame({"x": [zero]})).mark_rule(color="#999", strokeDash=[4, 4]).encode(x="x:Q"))
    return to_svg(alt.layer(*layers))


def band_chart(rows: Sequence[dict[str, Any]], x_title: str, y_title: str, *, percent: bool = False) -> str:
    """A line with its interval over ordered points: ``x``, ``value``, ``low``, ``high``."""
    data = pd.DataFrame(list(rows))
    base = alt.Chart(data, width=WIDTH, height=200).encode(x=alt.X("x:N", sort=None, title=x_title, axis=alt.Axis(labelAngle=0)))
    y = alt.Y("low:Q", scale=alt.Scale(zero=False), axis=alt.Axis(title=y_title, format="%" if percent else ".2f"))
    spread = base.mark_rule(strokeWidth=2, color=TOTAL).encode(y=y, y2="high:Q")
    line = base.mark_line(point=alt.OverlayMarkDef(size=60, color=TOTAL), color=TOTAL).encode(y="value:Q")
    return to_svg(spread + line)


def expected_chart(rows: Sequence[dict[str, Any]], y_title: str) -> str:
    """What was expected (diamond) beside what came true (dot and interval), quarter by quarter: ``expected`` besides those of `band_chart`."""
    data = pd.DataFrame(list(rows))
    base = alt.Chart(data, width=WIDTH, height=190).encode(x=alt.X("x:N", sort=None, title=None, axis=alt.Axis(labelAngle=0)))
    spread = base.mark_rule(strokeWidth=2, color=TOTAL).encode(
        y=alt.Y("low:Q", scale=alt.Scale(zero=False), axis=alt.Axis(title=y_title)), y2="high:Q"
    )
    found = base.mark_circle(size=70, color=TOTAL, opacity=1).encode(y="value:Q")
    promised = base.mark_point(shape="diamond", size=110, color=RAISED, filled=False, strokeWidth=2).encode(y="expected:Q")
    return to_svg(spread + found + promised)


def dependence_chart(values: Sequence[float], risks: Sequence[float], title: str) -> str:
    """Mean predicted risk over the values of an indicator."""
    data = pd.DataFrame({"value": list(values), "risk": list(risks)})
    chart = alt.Chart(data, width=260, height=150, title=alt.Title(title, fontSize=12, limit=300, anchor="start")).mark_line(
        point=True, color=LOWERED, interpolate="step-after"
    )
    return to_svg(
        chart.encode(
            x=alt.X("value:Q", title=None),
            y=alt.Y("risk:Q", scale=alt.Scale(zero=False), axis=alt.Axis(format="%", title="预测的问题发现率 risk", tickCount=4)),
        )
    )


def weight_chart(rows: Sequence[dict[str, Any]]) -> str:
    """Shares of weight: ``label`` and ``value``."""
    data = pd.DataFrame(list(rows))
    base = alt.Chart(data, width=WIDTH, height=ROW * len(data)).encode(
        y=alt.Y("label:N", sort=None, title=None, axis=alt.Axis(labelLimit=LABEL, labelFontSize=12)),
        x=alt.X("value:Q", axis=alt.Axis(format="%", title="占全部影响的比例 share of all weight")),
    )
    text = base.mark_text(align="left", dx=4).encode(text=alt.Text("value:Q", format=".1%"))
    return to_svg(base.mark_bar(color=LOWERED, size=14) + text)
