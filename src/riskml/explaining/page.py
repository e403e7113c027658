"""The page: one enterprise's explanation as a single HTML file, without scripts and without anything from outside."""

from __future__ import annotations

import re
from functools import cache, partial
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup, escape

from riskml.core.language import language
from riskml.explaining.charts import NARROW, WIDE, dimension_steps, indicator_steps, waterfall
from riskml.explaining.colours import LOWERED, RAISED, grade_colour, grade_ink, grade_tint, ink_on
from riskml.explaining.explanation import Explanation
from riskml.explaining.fonts import FONTS
from riskml.explaining.labels import (
    ASKED_FOR,
    after_opening,
    apart,
    counts,
    inspections,
    is_better,
    more_records,
    words_of,
    working_days,
)
from riskml.explaining.values import percent, percent_interval, point_places, points, signed, times
from riskml.explaining.verdict import grade_label, interval, standing, verdict
from riskml.relations.about import LABELS
from riskml.schemes.decisions import LABELS as ANSWERS
from riskml.schemes.industry import KEY_FIELDS
from riskml.schemes.notices import notice_of, status_beyond_notice

LETTER, LETTER_ON_PHONE = 0.95, 1.55
"""Width of a letter of a band's interval, in hundredths of the scale, on a printed page and on a phone."""


def render_page(explanation: Explanation) -> str:
    """The explanation as HTML: but for names and records, all of it in the language that is spoken."""
    return environment().get_template("enterprise.html.j2").render(page_content(explanation))


def page_content(explanation: Explanation) -> dict[str, Any]:
    """What the template of the page is given; another template may extend it."""
    words = {name: label.said for name, label in words_of(explanation.scheme).items()}
    charts = (
        {}
        if explanation.score is None
        else {
            "indicators_wide": waterfall(explanation, indicator_steps(explanation), layout=WIDE),
            "indicators_narrow": waterfall(explanation, indicator_steps(explanation), layout=NARROW),
            "dimensions_wide": waterfall(explanation, dimension_steps(explanation), layout=WIDE),
            "dimensions_narrow": waterfall(explanation, dimension_steps(explanation), layout=NARROW),
        }
    )
    places = point_places(explanation.scheme)
    largest = max(
        (abs(group.points) for dimension in explanation.dimensions for group in dimension.groups), default=1.0
    )
    return {
        "e": explanation,
        "lang": language().value,
        "t": lambda label: label.said,
        "w": words,
        "fonts": Markup(FONTS),  # nosec B704  # a constant
        # Drawn from our own labels and numbers; the chart library escapes what it writes.
        "charts": {name: Markup(svg) for name, svg in charts.items()},  # nosec B704  # drawn here
        "colours": {"raised": RAISED, "lowered": LOWERED},
        "bands": _bands(explanation),
        "badge": _badge(explanation),
        "grade_name": grade_label(explanation, explanation.grade).said,
        "verdict": verdict(explanation).said,
        "apart": apart(explanation.scheme),
        "notice": notice_of(explanation.scheme, explanation.as_of).said,
        "scheme_status": status_beyond_notice(explanation.scheme, explanation.as_of),
        "standing": [note.said for note in standing(explanation)],
        "counts": counts(explanation.scheme),
        "inspections": [one.said for one in inspections(explanation.measures)] if explanation.measures else [],
        "amount": (lambda value: times(value).said) if counts(explanation.scheme) else partial(signed, places=places),
        "tone": lambda moved: "" if moved == 0 else "up" if (moved > 0) != is_better(explanation.scheme) else "down",
        "after_opening": after_opening(explanation.measures) if explanation.measures else "",
        "points": partial(points, places=places),
        "signed": partial(signed, places=places),
        "more_records": lambda count: more_records(count).said,
        "procedures": [one for one in explanation.scheme.procedures if one.kind in ASKED_FOR],
        "working_days": lambda count: working_days(count).said,
        "percent": percent,
        "percent_interval": percent_interval,
        "key_fields": KEY_FIELDS,
        "about": LABELS,
        "answers": ANSWERS,
        "place": lambda score: _place(explanation, score),
        "share": lambda moved: f"{abs(moved) / largest * 100:.1f}",
    }


@cache
def environment() -> Environment:
    """Where templates are found: what they are given is text, not markup, unless it says so."""
    environment = Environment(
        loader=PackageLoader("riskml.explaining"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["whole_dates"] = _whole_dates
    return environment


def _whole_dates(text: str) -> Markup:
    """The text with dates that no line break splits."""
    return Markup(re.sub(r"\d{4}-\d{2}-\d{2}", r'<span class="nb">\g<0></span>', str(escape(text))))  # nosec B704


def _bands(explanation: Explanation) -> list[dict[str, Any]]:
    scheme = explanation.scheme
    if scheme.score is None:
        return []
    names, end = scheme.grade_names, scheme.score.to
    return [
        {
            "grade": band.grade,
            "interval": text,
            # An interval without room of its own would run into the next.
            "interval_on": "phone"
            if width > len(text) * LETTER_ON_PHONE
            else "page"
            if width > len(text) * LETTER
            else None,
            "width": f"{width:.3f}",
            "tint": grade_tint(names.index(band.grade), len(names)),
            "ink": grade_ink(names.index(band.grade), len(names)),
        }
        for band in scheme.ascending
        for text in [interval(band, end)]
        for width in [((end if band.below is None else band.below) - band.from_) / (end - scheme.score.from_) * 100]
    ]


def _badge(explanation: Explanation) -> dict[str, str]:
    names = explanation.scheme.grade_names
    colour = grade_colour(names.index(explanation.grade), len(names))
    return {"colour": colour, "ink": ink_on(colour)}


def _place(explanation: Explanation, score: float) -> str:
    scale = explanation.scheme.score
    assert scale is not None, "a scheme without a score has no scale to draw"
    start, end = scale.from_, scale.to
    return f"{(score - start) / (end - start) * 100:.2f}"
