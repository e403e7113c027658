"""Whom an enterprise is tied to by posts and shares, as its indicators count it: in rings about it, and as a table."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from math import cos, pi, sin
from typing import Any

from markupsafe import Markup, escape

from riskml.core.language import language, say
from riskml.explaining.colours import LOWERED, RAISED, TOTAL, grade_colour, ink_on
from riskml.explaining.fonts import FONTS
from riskml.explaining.profile import Subject
from riskml.schemes.notices import notice_of
from riskml.schemes.scheme import Scheme

_RINGS = {1: 150, 2: 265}
"""Hops → pixels from the middle."""

_MIDDLE, _NODE = 320, 15
"""Pixels from the edge to the middle, and of a node from its middle to its edge."""


@dataclass(frozen=True)
class Tied:
    """An enterprise that another is tied to.

    Parameters
    ----------
    name, division, grade
        None where the reader may not see them, or nobody knows.
    hops
        1 where a person or a share ties both, 2 where these tie it to one of the first.
    weight
        Of the tie, between 0 and 1, as the indicators weigh it.
    serious_listings, abnormal_listings, penalties, dishonest_listings
        How many of each are on record against it.
    """

    enterprise_id: str | None
    name: str | None
    division: str | None
    grade: str | None
    hops: int
    weight: float
    serious_listings: int
    abnormal_listings: int
    penalties: int
    dishonest_listings: int

    @property
    def against(self) -> int:
        """How many records in all are against it."""
        return self.serious_listings + self.abnormal_listings + self.penalties + self.dishonest_listings


@dataclass(frozen=True)
class Ties:
    """Whom one enterprise is tied to at one date: the nearest first, of these those with records against them, the
    heaviest tie first.

    Parameters
    ----------
    left_out
        How many more there are than are told.
    """

    subject: Subject
    scheme: Scheme
    as_of: date
    grade: str | None
    tied: tuple[Tied, ...]
    left_out: int
    simulated: bool


def seen_from(found: Ties, region: str | None) -> Ties:
    """The same for a reader of one region: of enterprises elsewhere neither code nor name, place or grade is left."""
    if region is None:
        return found
    return replace(found, tied=tuple(_masked(one, region) for one in found.tied))


def _masked(one: Tied, region: str) -> Tied:
    if one.division is not None and one.division.startswith(region):
        return one
    return replace(one, enterprise_id=None, name=None, division=None, grade=None)


def ties_content(found: Ties) -> dict[str, Any]:
    """What the template ``ties.html.j2`` is given."""
    return {
        "f": found,
        "title": say("关联企业", "Tied enterprises"),
        "lang": language().value,
        "t": lambda label: label.said,
        "said": say,
        "fonts": Markup(FONTS),  # nosec B704  # a constant
        "colours": {"raised": RAISED, "lowered": LOWERED},
        "badge": _colours(found.scheme, found.grade),
        "notice": notice_of(found.scheme, found.as_of).said,
        "rests_on": say(
            "关联由任职和出资得出，与指标的计法相同：一层全部列出，二层只列有不良记录的；关联企业过多的人不计。",
            "Ties follow from posts and shares, as the indicators count them: all at one hop, at two hops those with "
            "something against them; persons with too many ties count as none.",
        ),
        "drawing": drawing(found),
    }


def drawing(found: Ties) -> Markup:
    """Rings of 0, 1 and 2 hops as an SVG element; the table beside it says the same."""
    parts = [
        f'<circle cx="{_MIDDLE}" cy="{_MIDDLE}" r="{radius}" fill="none" stroke="#c9d1d9" stroke-dasharray="3 5"/>'
        for radius in _RINGS.values()
    ]
    nodes = list[str]()
    for hops, radius in _RINGS.items():
        ring = [(place, one) for place, one in enumerate(found.tied, 1) if one.hops == hops]
        for at, (place, one) in enumerate(ring):
            turn = 2 * pi * at / len(ring) - pi / 2
            x, y = _MIDDLE + radius * cos(turn), _MIDDLE + radius * sin(turn)
            if hops == 1:
                parts.append(
                    f'<line x1="{_MIDDLE}" y1="{_MIDDLE}" x2="{x:.1f}" y2="{y:.1f}" stroke="{TOTAL}" '
                    f'stroke-width="{1 + 4 * one.weight:.1f}" stroke-opacity="0.45"/>'
                )
            nodes.append(_node(x, y, str(place), one, found.scheme))
    middle = _colours(found.scheme, found.grade)
    nodes.append(
        f'<circle cx="{_MIDDLE}" cy="{_MIDDLE}" r="24" fill="{middle["colour"]}" stroke="#fff" stroke-width="2"/>'
        f'<text x="{_MIDDLE}" y="{_MIDDLE + 6}" font-size="17" font-weight="bold" fill="{middle["ink"]}">'
        f"{escape(found.grade or '–')}</text>"
    )
    name, edge = escape(say("关联企业的层次", "Rings of tied enterprises")), 2 * _MIDDLE
    return Markup(  # nosec B704  # of numbers and escaped texts
        f'<svg role="img" aria-label="{name}" viewBox="0 0 {edge} {edge}" style="max-width:{edge}px;width:100%;'
        f'height:auto" font-family="{escape(FONTS)}" text-anchor="middle">{"".join((*parts, *nodes))}</svg>'
    )


def _node(x: float, y: float, number: str, one: Tied, scheme: Scheme) -> str:
    """A numbered node in the colour of its grade; a square where something is against it."""
    look = _colours(scheme, one.grade)
    told = escape(one.name or say("本地区以外或未登记", "of another region, or not registered"))
    style = f'fill="{look["colour"]}" stroke="#1c242c" stroke-width="{2 if one.against else 0.6}"'
    shape = (
        f'<rect x="{x - _NODE:.1f}" y="{y - _NODE:.1f}" width="{2 * _NODE}" height="{2 * _NODE}" {style}>'
        f"<title>{told}</title></rect>"
        if one.against
        else f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{_NODE}" {style}><title>{told}</title></circle>'
    )
    return f'{shape}<text x="{x:.1f}" y="{y + 5:.1f}" font-size="13" fill="{look["ink"]}">{number}</text>'


def _colours(scheme: Scheme, grade: str | None) -> dict[str, str]:
    colour = "#e4e8ec" if grade is None else grade_colour(scheme.grade_names.index(grade), len(scheme.grade_names))
    return {"colour": colour, "ink": ink_on(colour)}


def nearness(one: Tied) -> tuple[int, int, float, str]:
    """What they are ordered by."""
    return one.hops, -one.against, -one.weight, one.enterprise_id or ""
