"""The charts of a training and of a run, as SVG in the language that is spoken, without script."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd
import vl_convert

from riskml.core.language import say
from riskml.explaining.charts import FONTS
from riskml.explaining.colours import TOTAL, grade_colour
from riskml.schemes.scheme import Scheme


def grade_colours(scheme: Scheme) -> dict[str, str]:
    """The colour of each grade of a scheme."""
    return {grade: grade_colour(place, len(scheme.grade_names)) for place, grade in enumerate(scheme.grade_names)}


LABEL_SIZE = 12
"""Pixels of a label's text."""


def label_width(labels: Iterable[str]) -> int:
    """Pixels that the longest label of an axis takes with its tick: a Chinese character is as wide as high.

    The drawing machine may have no Chinese font and measure such labels too short, so that the reader would see them
    cut off.

    Examples
    --------
    >>> label_width(["北京市", "A"]), label_width(["北京市 (9)"])
    (46, 75)
    """
    widths = [sum(1.0 if unicodedata.east_asian_width(one) in "WFA" else 0.6 for one in label) for label in labels]
    return round(LABEL_SIZE * max(widths, default=0.0)) + 10


def to_svg(chart: alt.TopLevelMixin) -> str:
    """Draw offline; text stays text, so that the reader's own Chinese font shows it."""
    themed = (
        chart.configure(font=FONTS)
        .configure_view(stroke=None)
        .configure_axis(labelFontSize=LABEL_SIZE, titleFontSize=LABEL_SIZE, titlePadding=10, labelFlush=False)
    )
    svg: str = vl_convert.vegalite_to_svg(themed.to_dict(), vl_version="v6.1")
    return svg


def grade_share_chart(shares: Mapping[str, float], scheme: Scheme) -> str:
    """How many of the enterprises have each grade."""
    data = pd.DataFrame({"grade": list(shares), "share": list(shares.values())})
    bars = alt.Chart(data, width=420, height=190).mark_bar().encode(
        y=alt.Y("grade:N", sort=list(scheme.grade_names), title=say("类别", "grade")),
        x=alt.X("share:Q", axis=alt.Axis(format="%", title=say("企业占比", "share of enterprises"))),
        color=_grade_scale(scheme),
    )  # fmt: skip
    text = bars.mark_text(align="left", dx=4).encode(text=alt.Text("share:Q", format=".1%"), color=alt.value("#333"))
    return to_svg(bars + text)


def grade_rate_chart(rates: Sequence[Mapping[str, Any]], scheme: Scheme) -> str:
    """Problem rate by grade on out-of-time visits, with 95 % intervals and the number of visits.

    Parameters
    ----------
    rates
        One `GradeRate` a grade, as a mapping.
    """
    data = pd.DataFrame(list(rates))
    data["visits"] = data["rows"].map("n = {:,}".format)
    base = alt.Chart(data, width=420, height=230).encode(
        x=alt.X("grade:N", sort=list(scheme.grade_names), title=say("类别", "grade"), axis=alt.Axis(labelAngle=0))
    )
    bars = base.mark_bar(size=56).encode(
        y=alt.Y(
            "rate:Q", scale=alt.Scale(domain=[0, 1]), axis=alt.Axis(format="%", title=say("问题发现率", "problem rate"))
        ),
        color=_grade_scale(scheme),
    )
    spread = base.mark_rule(strokeWidth=2).encode(y="low:Q", y2="high:Q")
    count = base.mark_text(dy=-8).encode(y="high:Q", text="visits:N")
    return to_svg(bars + spread + count)


def calibration_chart(groups: Sequence[Mapping[str, Any]]) -> str:
    """Promised against observed problem rate in ten groups of equal size.

    Parameters
    ----------
    groups
        One `ReliabilityBin` a group, as a mapping.
    """
    data = pd.DataFrame(list(groups))
    top = min(1.0, round(max(data["predicted"].max(), data["observed"].max()) * 1.15 + 0.05, 1))
    scale = alt.Scale(domain=[0, top])
    line = (
        alt.Chart(pd.DataFrame({"x": [0, top]}))
        .mark_line(color="#999", strokeDash=[4, 4])
        .encode(x=alt.X("x:Q", scale=scale), y=alt.Y("x:Q", scale=scale))
    )
    points = alt.Chart(data, width=320, height=260).mark_line(point=alt.OverlayMarkDef(size=60), color=TOTAL).encode(
        x=alt.X("predicted:Q", scale=scale,
            axis=alt.Axis(format="%", title=say("预测的问题发现率", "predicted problem rate"))),
        y=alt.Y("observed:Q", scale=scale,
            axis=alt.Axis(format="%", title=say("实际的问题发现率", "observed problem rate"))),
    )  # fmt: skip
    return to_svg(line + points)


def _grade_scale(scheme: Scheme) -> alt.Color:
    colours = grade_colours(scheme)
    return alt.Color("grade:N", legend=None, scale=alt.Scale(domain=list(colours), range=list(colours.values())))
