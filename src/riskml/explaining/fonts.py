"""The text in charts: its fonts, its size, and the room it takes."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable

FONTS = "Noto Sans CJK SC, Source Han Sans SC, Microsoft YaHei, PingFang SC, SimSun, sans-serif"
"""The first that the reader's machine has."""

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
