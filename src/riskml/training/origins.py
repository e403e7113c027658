"""Rolling origins: a model learns from what came before a window of months and is judged on that window, again and
again.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Rows = NDArray[np.bool_]

_DAY = pd.Timedelta(days=1)


@dataclass(frozen=True)
class Window:
    """One origin.

    Parameters
    ----------
    first, last
        The as-of dates that are judged.
    until
        The last as-of date to learn from: its outcome was known before `first`.
    """

    first: date
    last: date
    until: date


def windows(end: date, origins: int, months: int, outcome_months: int) -> tuple[Window, ...]:
    """The windows of `months` months one after the other, the last of which ends on `end`; oldest first.

    >>> [str(one.first) for one in windows(date(2026, 10, 31), origins=2, months=3, outcome_months=0)]
    ['2026-05-01', '2026-08-01']
    """
    found = []
    for back in range(origins - 1, -1, -1):
        last = pd.Timestamp(end) - pd.DateOffset(months=back * months)
        first = pd.Timestamp(end) - pd.DateOffset(months=(back + 1) * months) + _DAY
        until = first - pd.DateOffset(months=outcome_months) - _DAY
        found.append(Window(first.date(), last.date(), until.date()))
    return tuple(found)


@dataclass(frozen=True)
class RollingOrigins:
    """Splits of a cohort in time, as scikit-learn's functions take them for ``cv``.

    Parameters
    ----------
    windows
        Oldest first.
    days
        The as-of date of each of the n rows.
    judged
        Which rows may be judged on: random draws. All rows may be learnt from.

    Examples
    --------
    >>> days = pd.Series(pd.date_range("2026-01-01", periods=10, freq="MS"))
    >>> origins = RollingOrigins(windows(date(2026, 10, 31), 2, 2, 0), days, np.ones(10, dtype=bool))
    >>> [(len(learn), len(judged)) for learn, judged in origins.split()]
    [(6, 2), (8, 2)]
    """

    windows: tuple[Window, ...]
    days: pd.Series[Any]
    judged: Rows

    def split(self, X: Any = None, y: Any = None, groups: Any = None) -> Iterator[tuple[NDArray[np.intp], ...]]:
        """Places of the rows to learn from and of those to judge on, for each origin; the arguments are not looked
        at.
        """
        for one in self.windows:
            learn = (self.days <= pd.Timestamp(one.until)).to_numpy()
            yield np.flatnonzero(learn), np.flatnonzero(self.rows(one))

    def rows(self, window: Window) -> Rows:
        """Mask of the rows that an origin is judged on."""
        inside: Rows = self.days.between(pd.Timestamp(window.first), pd.Timestamp(window.last)).to_numpy()
        return inside & self.judged

    def get_n_splits(self, X: Any = None, y: Any = None, groups: Any = None) -> int:
        """How many origins there are."""
        return len(self.windows)
