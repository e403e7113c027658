"""Lengths of time as people write them: 90d, 3m, 2y."""

from __future__ import annotations

from typing import Annotated

from riskml.core.validation import matching

Length = Annotated[
    str,
    matching(
        r"[1-9]\d{0,4}d|[1-9]\d{0,3}m|[1-9]\d{0,2}y",
        "时长，如 90d（天）、3m（月）、2y（年）",
        "a length like 90d, 3m or 2y",
    ),
]
"""A length of time, in days, months or years."""

_UNITS = {"d": "DAY", "m": "MONTH", "y": "YEAR"}


def interval_sql(length: str) -> str:
    """A length as SQL writes it.

    >>> interval_sql("3m")
    'INTERVAL 3 MONTH'
    """
    return f"INTERVAL {length[:-1]} {_UNITS[length[-1]]}"
