"""Today, as it is in China: what decides by the day does not depend on where a machine stands."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

from riskml.core.errors import ConfigurationError

EARLIEST, LATEST = date(1949, 10, 1), date(2199, 12, 31)
"""Days that may be typed: no record is older, and far beyond them counting months and years leaves the calendar."""

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")


def china_now() -> datetime:
    """The time that it is in China now."""
    return datetime.now(CHINA)


def typed_day(text: str) -> date | None:
    """The day that somebody typed, like 2026-10-31; None where it is none that may be asked for.

    >>> typed_day("2026-10-31"), typed_day("20261031"), typed_day("0001-01-01")
    (datetime.date(2026, 10, 31), None, None)
    """
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if found.isoformat() == text and EARLIEST <= found <= LATEST else None


def day_meant(text: str) -> date:
    """The same; a ConfigurationError where it is none."""
    if (found := typed_day(text)) is None:
        raise ConfigurationError(
            zh=f"{text!r} 不是日期，应形如 2026-10-31。", en=f"{text!r} is not a date like 2026-10-31."
        )
    return found


def china_today() -> date:
    """The day that it is in China now."""
    return china_now().date()
