"""Charts that Vega draws, as SVG."""

from __future__ import annotations

import re

import altair as alt
import vl_convert

from riskml.explaining.fonts import FONTS, LABEL_SIZE

_ROLES = re.compile(r' (?:role|aria-[a-z]+)="[^"]*"')
"""What Vega writes for screen readers: roles without names. Without them the texts of a chart are read."""


def to_svg(chart: alt.TopLevelMixin) -> str:
    """Draw offline; text stays text, so that the reader's own Chinese font shows it."""
    themed = (
        chart.configure(font=FONTS)
        .configure_view(stroke=None)
        .configure_axis(labelFontSize=LABEL_SIZE, titleFontSize=LABEL_SIZE, titlePadding=10, labelFlush=False)
    )
    svg: str = vl_convert.vegalite_to_svg(themed.to_dict(), vl_version="v6.1")
    return _ROLES.sub("", svg)
