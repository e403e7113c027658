"""The profile of the record tables as one page without scripts: a map of months and tables, and each column's line."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path

from markupsafe import Markup

from riskml.core.files import write_durably
from riskml.core.language import say
from riskml.core.pages import rendered
from riskml.explaining.colours import RAISED
from riskml.explaining.drawing import INK, QUIET, RULE, element, line, rect, text
from riskml.explaining.fonts import FONTS, label_width
from riskml.explaining.values import column_value
from riskml.mapping.profile import FEWEST_ROWS, FEWEST_TOLD, ColumnProfile, Profile

_CELL, _ROW, _LEFT, _TOP = 15, 19, 8, 44
_WIDE, _HIGH = 132, 22
_PALE, _DARK = (0xEA, 0xF1, 0xF8), (0x1F, 0x5A, 0x92)


def write_page(profile: Profile, path: Path) -> None:
    """Write the page in the language that is spoken."""
    page = rendered(
        Path(__file__).parent / "templates" / "profile.html.j2",
        profile=profile, map=month_map(profile), sparkline=sparkline, ends=ends_of, commonest=commonest_of,
        fewest=FEWEST_ROWS, told=FEWEST_TOLD, fonts=FONTS, nowhere=frozenset(),
    )  # fmt: skip
    write_durably(path, page.encode())


def month_map(profile: Profile) -> Markup:
    """A row for each table, a cell for each month: the darker, the more rows beside the table's fullest month; a month
    unlike the earlier ones is framed.
    """
    labels = [one.table.label.said for one in profile.tables]
    left = _LEFT + label_width(labels)
    parts = [
        text(left + place * _CELL, _TOP - 8, f"{month:%Y-%m}", f'font-size="11" fill="{QUIET}"')
        for place, month in enumerate(profile.months)
        if month.month in (1, 7) or (place == 0 and len(profile.months) < 7)
    ]
    for row, one in enumerate(profile.tables):
        y = _TOP + row * _ROW
        parts.append(text(left - 6, y + 13, labels[row], f'text-anchor="end" font-size="12" fill="{INK}"'))
        most = max(one.rows_by_month, default=0)
        for place, count in enumerate(one.rows_by_month):
            framed = f'stroke="{RAISED}" stroke-width="2"' if place in one.broken else 'stroke="#fff"'
            x = left + place * _CELL
            parts.append(rect(x + 1, y + 1, _CELL - 2, _ROW - 3, _shade(count / most if most else 0.0), framed))
    wide, high = left + len(profile.months) * _CELL + 40, _TOP + len(labels) * _ROW + 6
    return element(wide, high, say("各表各月的行数", "rows by table and month"), parts)


def sparkline(values: Sequence[float | None], broken: frozenset[int], described: str) -> Markup:
    """Shares from 0 to 1 by month, a gap where there is none; months unlike the earlier ones are dots."""
    step = _WIDE / max(len(values) - 1, 1)

    def at(place: int, value: float) -> tuple[float, float]:
        return 2 + place * step * (_WIDE - 4) / _WIDE, _HIGH - 2 - value * (_HIGH - 4)

    parts = [line((2, _HIGH - 2), (_WIDE - 2, _HIGH - 2), "#dfe4e9")]
    known = [(place, value) for place, value in enumerate(values) if value is not None]
    for (place, value), (following, after) in pairwise(known):
        if following == place + 1:
            parts.append(line(at(place, value), at(following, after), RULE, 'stroke-width="1.5"'))
    for place in sorted(broken):
        x, y = at(place, dict(known)[place])  # a month without a value is not judged
        parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{RAISED}"/>')
    return element(_WIDE, _HIGH, described, parts)


def ends_of(one: ColumnProfile) -> str:
    """The smallest and the largest value in words; empty where they are not told."""
    if one.whole.smallest is None:
        return ""
    low, high = (column_value(one.column, value).said for value in (one.whole.smallest, one.whole.largest))
    return say(f"{low} 至 {high}", f"{low} to {high}")


def commonest_of(one: ColumnProfile) -> str:
    """The share of the commonest value, with the value where it is a code or a flag."""
    whole = one.whole
    if whole.commonest is None:
        return "–"
    share = f"{whole.commonest:.1%}"
    if whole.value is None:
        return share
    value = whole.value == "true" if one.column.type == "flag" else whole.value
    return f"{share} {column_value(one.column, value).said}"


def _shade(share: float) -> str:
    """White for nothing, then from pale to dark."""
    if share <= 0:
        return "#ffffff"
    mixed = (round(pale + (dark - pale) * share) for pale, dark in zip(_PALE, _DARK, strict=True))
    return "#" + "".join(f"{part:02x}" for part in mixed)
