"""Regions drawn: prefectures as tiles about where they lie, and what moved between two runs as bands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from html import escape

from markupsafe import Markup

from riskml.core.language import LIST_SEPARATOR, say
from riskml.explaining.colours import grade_colour, ink_on
from riskml.explaining.drawing import BASELINE, INK, QUIET, element, rect, text
from riskml.explaining.profile import region_name

_PLACES: Mapping[str, tuple[str, int, int]] = {
    "5333": ("怒江", 0, 0), "5334": ("迪庆", 1, 0), "5306": ("昭通", 4, 0),
    "5307": ("丽江", 1, 1), "5303": ("曲靖", 4, 1),
    "5305": ("保山", 0, 2), "5329": ("大理", 1, 2), "5323": ("楚雄", 2, 2), "5301": ("昆明", 3, 2),
    "5331": ("德宏", 0, 3), "5309": ("临沧", 1, 3), "5304": ("玉溪", 2, 3), "5325": ("红河", 3, 3),
    "5326": ("文山", 4, 3), "5308": ("普洱", 1, 4), "5328": ("西双版纳", 2, 4),
}  # fmt: skip
"""Prefecture → its short name, column and row: Yunnan's; those of other provinces stand in the order of their codes."""

_COLUMNS, _WIDE, _HIGH, _GAP = 5, 112, 74, 6


@dataclass(frozen=True)
class Tile:
    """A prefecture: how many enterprises it has, and how many of them of the riskiest grade."""

    code: str
    total: int
    riskiest: int

    @property
    def share(self) -> float:
        """Of the riskiest grade."""
        return self.riskiest / self.total if self.total else 0.0


def tile_map(tiles: Sequence[Tile], grade: str) -> Markup:
    """A tile for each prefecture, darker the greater its share of the riskiest grade, which stands on it in figures.

    Parameters
    ----------
    tiles
        Of known prefectures.
    grade
        The riskiest.
    """
    placed = {one.code: _PLACES[one.code][1:] for one in tiles if one.code in _PLACES}
    first = 1 + max((row for _, row in placed.values()), default=-1)
    others = [one.code for one in tiles if one.code not in placed]
    placed |= {code: (at % _COLUMNS, first + at // _COLUMNS) for at, code in enumerate(others)}
    most = max((one.share for one in tiles), default=0.0)
    parts = [part for one in tiles for part in _tile(one, grade, placed[one.code], most)]
    told = LIST_SEPARATOR.said.join(f"{_short(one.code)} {grade} {one.share:.1%}" for one in tiles)
    rows = 1 + max((row for _, row in placed.values()), default=0)
    columns = 1 + max((column for column, _ in placed.values()), default=0)
    return element(columns * (_WIDE + _GAP) - _GAP, rows * (_HIGH + _GAP) - _GAP, told, parts)


def _tile(one: Tile, grade: str, place: tuple[int, int], most: float) -> Iterator[str]:
    x, y = place[0] * (_WIDE + _GAP), place[1] * (_HIGH + _GAP)
    strength = 0.06 + 0.44 * (one.share / most if most else 0.0)
    yield rect(x, y, _WIDE, _HIGH, "#fff", 'stroke="#b8c3cd" rx="6"')
    yield rect(x, y, _WIDE, _HIGH, grade_colour(1, 2), f'fill-opacity="{strength:.3f}" rx="6"')
    middle = f'text-anchor="middle" fill="{INK}"'
    yield text(x + _WIDE / 2, y + 21, _short(one.code), f'{middle} font-size="16"')
    yield text(x + _WIDE / 2, y + 45, f"{grade} {one.share:.1%}", f'{middle} font-weight="bold" font-size="20"')
    yield text(x + _WIDE / 2, y + 63, f"{one.riskiest:,} / {one.total:,}", f'{middle} font-size="12"')


def _short(code: str) -> str:
    """A prefecture's name without its province, as it fits on a tile."""
    if code in _PLACES:
        return _PLACES[code][0]
    return region_name(code + "00").removeprefix(region_name(code[:2] + "0000"))[:6] or code


_FLOW_WIDE, _FLOW_HIGH, _BAR, _BETWEEN, _SIDE = 720, 320, 22, 10, 120


def flows_drawn(flows: Sequence[tuple[str | None, str, int]], grades: Sequence[str]) -> Markup:
    """Bands from the grades of the run before, at the left, to those of now, as broad as the enterprises are many.

    Parameters
    ----------
    flows
        Grade before (None of whoever is new), grade now, and how many.
    """
    befores = [one for one in (*grades, None) if any(before == one for before, _, _ in flows)]
    nows = [one for one in grades if any(now == one for _, now, _ in flows)]
    total = sum(count for _, _, count in flows) or 1
    room = _FLOW_HIGH - _BETWEEN * (max(len(befores), len(nows)) - 1)
    high = {(before, now): count / total * room for before, now, count in flows}
    left, right = _SIDE, _FLOW_WIDE - _SIDE
    starts = _stacked([sum(high.get((before, now), 0.0) for now in nows) for before in befores])
    ends = _stacked([sum(high.get((before, now), 0.0) for before in befores) for now in nows])
    at, to = [top for top, _ in starts], [top for top, _ in ends]
    parts = list[str]()
    for row, before in enumerate(befores):
        for column, now in enumerate(nows):
            if broad := high.get((before, now), 0.0):
                colour = QUIET if before is None else grade_colour(grades.index(before), len(grades))
                parts.append(_band((left + _BAR, at[row]), (right - _BAR, to[column]), broad, colour))
                at[row] += broad
                to[column] += broad
    counts = {(before, now): count for before, now, count in flows}
    for (top, broad), one in zip(starts, befores, strict=True):
        many = sum(counts.get((one, now), 0) for now in nows)
        parts += _end(left, top, broad, one, many, grades, side="end")
    for (top, broad), one in zip(ends, nows, strict=True):
        many = sum(counts.get((before, one), 0) for before in befores)
        parts += _end(right - _BAR, top, broad, one, many, grades, side="start")
    told = LIST_SEPARATOR.said.join(f"{before or _new()} → {now} {count:,}" for before, now, count in flows)
    return element(_FLOW_WIDE, _FLOW_HIGH + 16, told, parts)


def _stacked(sizes: Sequence[float]) -> list[tuple[float, float]]:
    """Where each of some bars begins and how high it is, one below the other."""
    found, top = list[tuple[float, float]](), 8.0
    for size in sizes:
        found.append((top, size))
        top += size + _BETWEEN
    return found


def _band(start: tuple[float, float], end: tuple[float, float], broad: float, colour: str) -> str:
    (x1, y1), (x2, y2) = start, end
    middle = (x1 + x2) / 2
    return (
        f'<path d="M{x1:.1f},{y1:.1f}C{middle:.1f},{y1:.1f} {middle:.1f},{y2:.1f} {x2:.1f},{y2:.1f}'
        f"V{y2 + broad:.1f}C{middle:.1f},{y2 + broad:.1f} {middle:.1f},{y1 + broad:.1f} {x1:.1f},{y1 + broad:.1f}Z"
        f'" fill="{escape(colour)}" fill-opacity="0.4"/>'
    )


def _end(
    x: float, top: float, broad: float, grade: str | None, many: int, grades: Sequence[str], side: str
) -> Iterator[str]:
    """A bar at the left or the right, with its grade and how many enterprises it has."""
    colour = QUIET if grade is None else grade_colour(grades.index(grade), len(grades))
    yield rect(x, top, _BAR, max(broad, 1.0), colour)
    if grade is not None and broad >= 16:
        middle = f'text-anchor="middle" font-weight="bold" fill="{ink_on(colour)}"'
        yield text(x + _BAR / 2, top + broad / 2 + 13 * BASELINE, grade, middle)
    at = x - 8 if side == "end" else x + _BAR + 8
    told = f"{grade or _new()} {many:,}"
    yield text(at, top + max(broad, 1.0) / 2 + 13 * BASELINE, told, f'text-anchor="{side}" fill="{INK}"')


def _new() -> str:
    return say("新增", "new")
