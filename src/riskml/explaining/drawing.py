"""What charts are drawn with: SVG line by line, in milliseconds, since a desk draws them for every reader. Text stays
text, so that the reader's own Chinese font draws it.
"""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

from markupsafe import Markup

from riskml.explaining.fonts import FONTS

INK, QUIET, RULE = "#1c242c", "#5b6873", "#8794a0"
"""Colours of what is told, of what explains it, and of lines."""

BASELINE = 0.35
"""How far below its middle a line of text stands, in parts of its size."""


def rect(x: float, y: float, wide: float, high: float, colour: str, more: str = "") -> str:
    """A filled rectangle; `more` are further attributes."""
    more = f" {more}" if more else ""
    return f'<rect x="{x:.1f}" y="{y:.1f}" width="{wide:.1f}" height="{high:.1f}" fill="{colour}"{more}/>'


def text(x: float, y: float, told: str, style: str) -> str:
    """A line of text; `style` are its attributes."""
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(told)}</text>'


def line(start: tuple[float, float], end: tuple[float, float], colour: str = RULE, more: str = "") -> str:
    """A straight line; `more` are further attributes."""
    (x1, y1), (x2, y2), more = start, end, f" {more}" if more else ""
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="{colour}"{more}/>'


def element(wide: float, high: float, described: str, parts: Iterable[str], size: int = 13) -> Markup:
    """The whole chart, to be put into a page: never wider than it was drawn.

    Parameters
    ----------
    described
        What it shows, for whoever does not see it.
    size
        Of its text, in pixels.
    """
    return Markup(  # nosec B704  # of numbers and escaped texts
        f'<svg role="img" aria-label="{escape(described)}" viewBox="0 0 {wide:g} {high:g}" '
        f'style="max-width:{wide:g}px;width:100%;height:auto" font-family="{FONTS}" font-size="{size}">'
        f"{''.join(parts)}</svg>"
    )
