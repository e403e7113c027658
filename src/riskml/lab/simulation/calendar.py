"""The simulation's days and months: whole days since 1970-01-01, and the grid of months it walks through."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

Days = NDArray[np.int32]
Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Flags = NDArray[np.bool_]

NEVER = 2**31 - 1
"""The day of what has not happened. Written as an empty value."""

HISTORY_MONTHS = 36
"""Background before the window, so that its first months have something to look back on."""


def day_number(value: date) -> int:
    """Days from 1970-01-01 to `value`.

    >>> day_number(date(1970, 1, 31))
    30
    """
    return value.toordinal() - date(1970, 1, 1).toordinal()


REPAIR_ORDER_107 = day_number(date(2025, 12, 25))
"""SAMR Order 107: general penalties are repaired after three months instead of six."""

REPAIR_ORDER_36 = day_number(date(2026, 4, 1))
"""NDRC Order 36: minor dishonesty is in principle not shown; after repair it is not used either."""


@dataclass(frozen=True)
class Calendar:
    """The months from the background's first one to the one that holds `until`.

    Parameters
    ----------
    until
        Last day of the extracts.
    months
        Months of the window; `HISTORY_MONTHS` more lie before it.
    """

    until: date
    months: int

    @cached_property
    def last_day(self) -> int:
        """`until` as a day number."""
        return day_number(self.until)

    @cached_property
    def month_starts(self) -> Days:
        """First day of every month, and of the month after the last one: shape (months + 1,)."""
        after = np.datetime64(self.until, "M") + 1
        months = np.arange(after - self.months - HISTORY_MONTHS, after + 1)
        return months.astype("datetime64[D]").astype(np.int32)

    @property
    def history_start(self) -> int:
        """First day of the background."""
        return int(self.month_starts[0])

    @property
    def window_start(self) -> int:
        """First day of the window."""
        return int(self.month_starts[HISTORY_MONTHS])

    @property
    def all_months(self) -> int:
        """Number of months, background and window."""
        return len(self.month_starts) - 1

    def month_of(self, days: Days) -> Integers:
        """Position of each day's month in the grid; days outside count as the first or the last month."""
        position = np.searchsorted(self.month_starts, days, side="right") - 1
        return np.clip(position, 0, self.all_months - 1)


def years_of(days: Days) -> Integers:
    """The calendar year of each day.

    >>> years_of(np.array([0, 365], dtype=np.int32)).tolist()
    [1970, 1971]
    """
    return days.astype("datetime64[D]").astype("datetime64[Y]").astype(np.int64) + 1970


def first_days(years: Integers) -> Days:
    """1 January of each year, as a day number.

    >>> first_days(np.array([1970, 1971])).tolist()
    [0, 365]
    """
    return (years - 1970).astype("datetime64[Y]").astype("datetime64[D]").astype(np.int32)


def learnt(rng: np.random.Generator, days: Days, *, typical: float, forgotten: float = 0.01) -> Days:
    """The day the regulator learnt of each record.

    Parameters
    ----------
    typical
        Median delay in days. Other departments' records take longer than the regulator's own.
    forgotten
        Share of records that become known only four to eighteen months later.
    """
    delay = rng.lognormal(np.log(typical), 0.7, len(days))
    late = rng.random(len(days)) < forgotten
    delay = np.where(late, rng.uniform(120, 540, len(days)), delay)
    return (days + delay).astype(np.int32)
