"""Today, as it is in China: what decides by the day does not depend on where a machine stands."""

from __future__ import annotations

from datetime import date, datetime, timedelta, timezone

CHINA = timezone(timedelta(hours=8), "Asia/Shanghai")


def china_now() -> datetime:
    """The time that it is in China now."""
    return datetime.now(CHINA)


def china_today() -> date:
    """The day that it is in China now."""
    return china_now().date()
