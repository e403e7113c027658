"""The matrix being filled: one ``groupby`` for all columns of a kind, and how to find the records behind a column."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial

import pandas as pd

NEVER_DAYS = 3650
"""Days since something that never happened, and the most there are."""

_KEYS = ["enterprise_id", "record_id"]


@dataclass(frozen=True)
class Sheet:
    """One row per registered enterprise.

    Parameters
    ----------
    enterprises
        Their codes.
    columns
        Indicator → its values in the order of `enterprises`.
    evidence
        Indicator → what gives the (enterprise_id, record_id) rows behind it. It is a function, so that nothing is spent
        on the records behind an indicator that is nobody's reason.
    """

    enterprises: pd.Index
    as_of: pd.Timestamp
    columns: dict[str, pd.Series] = field(default_factory=dict)
    evidence: dict[str, Callable[[], pd.DataFrame]] = field(default_factory=dict)

    def put(self, values: pd.DataFrame, none: float | None) -> None:
        """Add columns of a frame indexed by enterprise; `none` where an enterprise has no row or no value (None:
        missing).
        """
        for name, column in values.reindex(self.enterprises).items():
            self.columns[str(name)] = column if none is None else column.fillna(none)

    def days_ago(self, dates: pd.Series) -> pd.Series:
        """Days from each date to the as-of date."""
        days: pd.Series = (self.as_of - dates).dt.days
        return days

    def count(self, rows: pd.DataFrame, marks: dict[str, pd.Series]) -> None:
        """How many rows each mark (a mask) is true for."""
        # One groupby over 0/1 columns instead of one per indicator: the quicker of two usual ways.
        self.put(pd.DataFrame(marks).groupby(rows["enterprise_id"]).sum(), 0)
        self._behind(rows, marks)

    def total(self, rows: pd.DataFrame, amounts: dict[str, pd.Series]) -> None:
        """The sum of each amount, missing ones apart."""
        self.put(pd.DataFrame(amounts).groupby(rows["enterprise_id"]).sum(), 0)
        self._behind(rows, {name: amount.fillna(0) != 0 for name, amount in amounts.items()})

    def largest(self, rows: pd.DataFrame, name: str, values: pd.Series, none: float | None = 0) -> None:
        """The largest of the values, missing ones apart."""
        self.put(values.groupby(rows["enterprise_id"]).max().to_frame(name), none)
        self.evidence[name] = partial(_largest_rows, rows, values)

    def mean(self, rows: pd.DataFrame, values: dict[str, pd.Series]) -> None:
        """The mean of each value, missing ones apart; missing where there is none."""
        self.put(pd.DataFrame(values).groupby(rows["enterprise_id"]).mean(), None)
        self._behind(rows, {name: value.notna() for name, value in values.items()})

    def distinct(self, rows: pd.DataFrame, name: str, of: str) -> None:
        """How many different values the column `of` has."""
        self.put(rows.groupby("enterprise_id")[of].nunique().to_frame(name), 0)
        self.cite([name], rows)

    def newest(self, rows: pd.DataFrame, date: str, values: dict[str, pd.Series]) -> None:
        """The values on the newest row of each enterprise, missing where they are missing there."""
        last = rows.sort_values([date, "known_date", "arrival"]).drop_duplicates("enterprise_id", keep="last")
        self.put(pd.DataFrame(values).loc[last.index].set_axis(last["enterprise_id"]), None)
        self.cite(values, last)

    def days_since(self, rows: pd.DataFrame, name: str, date: str) -> None:
        """Days since the newest row, at most `NEVER_DAYS`, which also says that there is none."""
        last = rows.sort_values([date, "known_date", "arrival"]).drop_duplicates("enterprise_id", keep="last")
        days = self.days_ago(last.set_index("enterprise_id")[date]).clip(upper=NEVER_DAYS)
        self.put(days.to_frame(name), NEVER_DAYS)
        self.cite([name], last)

    def derive(self, name: str, values: pd.Series, of: list[str]) -> None:
        """Add a column computed from the columns `of`, whose records are its own."""
        self.columns[name] = values
        self.evidence[name] = partial(_joined_rows, [self.evidence[one] for one in of])

    def cite(self, names: Iterable[str], rows: pd.DataFrame) -> None:
        """Say that the records behind the columns `names` are those of `rows`."""
        self.evidence.update(dict.fromkeys(names, partial(_rows, rows)))

    def _behind(self, rows: pd.DataFrame, masks: dict[str, pd.Series]) -> None:
        for name, mask in masks.items():
            self.evidence[name] = partial(_marked_rows, rows, mask)


def _rows(rows: pd.DataFrame) -> pd.DataFrame:
    return rows[_KEYS]


def _joined_rows(parts: list[Callable[[], pd.DataFrame]]) -> pd.DataFrame:
    return pd.concat([part() for part in parts]).drop_duplicates()


def _marked_rows(rows: pd.DataFrame, mask: pd.Series) -> pd.DataFrame:
    return rows.loc[mask, _KEYS]


def _largest_rows(rows: pd.DataFrame, values: pd.Series) -> pd.DataFrame:
    largest = values.groupby(rows["enterprise_id"]).transform("max")
    return rows.loc[(values == largest) & (values != 0), _KEYS]
