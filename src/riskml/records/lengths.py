"""Lengths of time as people write them: 90d, 3m, 2y."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
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


def later(day: date, length: str) -> date:
    """A length of time after a day, as `interval_sql` adds it: the last day of a month that is too short.

    >>> later(date(2026, 11, 30), "3m"), later(date(2024, 2, 29), "1y"), later(date(2026, 11, 30), "2d")
    (datetime.date(2027, 2, 28), datetime.date(2025, 2, 28), datetime.date(2026, 12, 2))
    """
    number, unit = int(length[:-1]), length[-1]
    if unit == "d":
        return day + timedelta(days=number)
    years, month = divmod(day.month - 1 + number * (12 if unit == "y" else 1), 12)
    return date(day.year + years, month + 1, min(day.day, monthrange(day.year + years, month + 1)[1]))
