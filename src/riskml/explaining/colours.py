"""Colours of grades and directions: told apart with any colour vision, and never the only sign."""

from __future__ import annotations

RAISED = "#bb4f25"
LOWERED = "#2a6fad"
TOTAL = "#34414f"

# From blue to red by way of yellow, the order that ColorBrewer's RdYlBu keeps for every kind of colour vision.
_RAMP = ((0x2A, 0x6F, 0xAD), (0x5B, 0x9E, 0xBF), (0xE3, 0xA0, 0x35), (0xB8, 0x3A, 0x26))


def grade_colour(rank: int, grades: int) -> str:
    """The colour of the grade at place `rank` (0 = mildest) among `grades`.

    >>> grade_colour(0, 4), grade_colour(3, 4)
    ('#2a6fad', '#b83a26')
    """
    return _hex(_mixed(rank, grades))


def grade_tint(rank: int, grades: int) -> str:
    """The same colour, pale, for what lies behind text or bars."""
    return _hex(tuple(round(255 - (255 - part) * 0.2) for part in _mixed(rank, grades)))


def grade_ink(rank: int, grades: int) -> str:
    """The same colour, dark, for letters on white or on its own tint."""
    return _hex(tuple(round(part * 0.6) for part in _mixed(rank, grades)))


def ink_on(colour: str) -> str:
    """Black or white, whichever is easier to read on `colour` (relative luminance, WCAG 2).

    >>> ink_on("#e3a035"), ink_on("#2a6fad")
    ('#1c242c', '#ffffff')
    """
    linear = [((int(colour[at : at + 2], 16) / 255 + 0.055) / 1.055) ** 2.4 for at in (1, 3, 5)]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#1c242c" if luminance > 0.27 else "#ffffff"


def _mixed(rank: int, grades: int) -> tuple[int, ...]:
    place = rank / max(grades - 1, 1) * (len(_RAMP) - 1)
    low = min(int(place), len(_RAMP) - 2)
    return tuple(round(a + (b - a) * (place - low)) for a, b in zip(_RAMP[low], _RAMP[low + 1], strict=True))


def _hex(parts: tuple[int, ...]) -> str:
    return "#" + "".join(f"{part:02x}" for part in parts)
