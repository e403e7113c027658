"""What would be, and what will be, as a single HTML file without scripts and without anything from outside."""

from __future__ import annotations

from functools import partial
from typing import Any

from markupsafe import Markup, escape

from riskml.core.language import language, say
from riskml.explaining.colours import LOWERED, RAISED, grade_colour, ink_on
from riskml.explaining.fonts import FONTS
from riskml.explaining.future import WHY_LEFT, Future
from riskml.explaining.page import environment
from riskml.explaining.text_wording import Spoken
from riskml.explaining.what_if import BASES, STANDINGS, State, WhatIf, shown_moves
from riskml.explaining.what_if_text import (
    columns_of,
    graded,
    graded_no_more,
    if_nothing_new,
    only_supposed,
    published_otherwise,
    state_rows,
    stays_the_same,
)
from riskml.schemes.notices import notice_of
from riskml.schemes.scheme import Scheme

_WIDE, _BAR, _HIGH = 26, 22, 96
"""Pixels from one month to the next, of its bar, and of the highest bar."""


def what_if_page(found: WhatIf) -> str:
    """What would be, in the language that is spoken."""
    return environment().get_template("what_if.html.j2").render(what_if_content(found))


def future_page(found: Future) -> str:
    """The strip of the future, in the language that is spoken."""
    return environment().get_template("future.html.j2").render(future_content(found))


def what_if_content(found: WhatIf) -> dict[str, Any]:
    """What the template ``what_if.html.j2`` is given."""
    spoken, columns = Spoken(found.scheme), columns_of(found)
    return _content(
        found,
        found.before,
        title=say("如果……会怎样", "What if"),
        rests_on=only_supposed(),
        heads=[head for head, _ in columns],
        rows=state_rows([state for _, state in columns], found.scheme, spoken),
        otherwise=published_otherwise(found) if found.published is not None else "",
        standings=STANDINGS,
        bases=BASES,
    )


def future_content(found: Future) -> dict[str, Any]:
    """What the template ``future.html.j2`` is given."""
    return _content(
        found,
        found.now,
        title=say("今后三年", "The next three years"),
        rests_on=if_nothing_new(),
        graded=partial(graded, spoken=Spoken(found.scheme)),
        strip=strip(found),
        gone=graded_no_more(found.gone) if found.gone else "",
        stays=stays_the_same(found),
        why=WHY_LEFT,
    )


def _content(found: WhatIf | Future, now: State, **more: Any) -> dict[str, Any]:
    spoken, scheme = Spoken(found.scheme), found.scheme
    colour = grade_colour(scheme.grade_names.index(now.grade), len(scheme.grade_names))
    return dict(
        f=found,
        lang=language().value,
        t=lambda label: label.said,
        said=say,
        fonts=Markup(FONTS),  # nosec B704  # a constant
        colours={"raised": RAISED, "lowered": LOWERED},
        badge={"colour": colour, "ink": ink_on(colour)},
        notice=notice_of(scheme, now.as_of).said,
        amount=spoken.amount,
        shown=shown_moves,
        **more,
    )


def strip(found: Future) -> Markup:
    """One bar for each month-end as an SVG element: its colour and letter the grade, its height the score where there
    is one.
    """
    states, spoken = [found.now, *(month.state for month in found.months)], Spoken(found.scheme)
    parts, years = list[str](), set[int]()
    for place, state in enumerate(states):
        high, left = _height(found.scheme, state), place * _WIDE
        colour = grade_colour(found.scheme.grade_names.index(state.grade), len(found.scheme.grade_names))
        told = escape(f"{state.as_of} {graded(state, spoken)}")
        parts.append(
            f'<rect x="{left}" y="{_HIGH - high:.1f}" width="{_BAR}" height="{high:.1f}" fill="{colour}"><title>{told}'
            f"</title></rect>"
        )
        middle = left + _BAR / 2
        parts.append(
            f'<text x="{middle}" y="{_HIGH + 14}" font-size="11" font-weight="bold">{escape(state.grade)}</text>'
        )
        parts.append(f'<text x="{middle}" y="{_HIGH + 28}" font-size="10">{state.as_of.month}</text>')
        if state.as_of.year not in years:
            years.add(state.as_of.year)
            parts.append(f'<text x="{middle}" y="{_HIGH + 42}" font-size="10">{state.as_of.year}</text>')
    wide, high = len(states) * _WIDE, _HIGH + 46
    name = escape(say("今后各月末的等级", "Grades at the next month-ends"))
    return Markup(  # nosec B704  # of numbers and escaped texts
        f'<svg role="img" aria-label="{name}" viewBox="0 0 {wide} {high}" style="max-width:{wide}px;width:100%;'
        f'height:auto" font-family="{escape(FONTS)}" fill="#1c242c" text-anchor="middle">{"".join(parts)}</svg>'
    )


def _height(scheme: Scheme, state: State) -> float:
    """How high the bar of a month is."""
    if scheme.score is None or state.score is None:
        return _HIGH / 2
    start, end = scheme.score.from_, scheme.score.to
    return max(3.0, (state.score - start) / (end - start) * _HIGH)
