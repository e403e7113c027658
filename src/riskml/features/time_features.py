"""Indicators whose value moves by one each day by itself: how they are told from the others, and what they are on a
later day.

Two forms are known. A *shifting* value is a number of days up to the as-of date: with the same records it is larger by
the days that have passed. A *growing* value is the longest time that something has lasted, or lasted until it ended: of
what still lasts it is told by the records, the rest stands.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import sqlglot
from numpy.typing import NDArray
from sqlglot import exp

from riskml.features.specs import NEVER_DAYS, Indicator, IndicatorColumn, IndicatorSystem
from riskml.records.expressions import names_used
from riskml.records.tables import TABLES

Floats = NDArray[np.float64]

_ZERO = float(np.float32(1e-35))
"""LightGBM reads what is not larger as zero."""


@dataclass(frozen=True)
class TimeFeature:
    """One indicator column that moves by itself.

    Parameters
    ----------
    place
        Which column of the matrix it is.
    divisor
        Days in one unit of its value (365.25: it counts years).
    growing
        Whether what has ended no longer moves.
    """

    place: int
    column: IndicatorColumn
    divisor: float
    growing: bool

    def shifted(self, values: Floats, days: int) -> Floats:
        """The values of a shifting column `days` later, where the records are the same; a value that cannot be known
        stays so.

        >>> from riskml.records.tables import Label
        >>> told = {"id": "d", "label": Label("", ""), "from": "penalty", "direction": "none", "basis": "-"}
        >>> since = Indicator(**told, measure="days_since")
        >>> column = IndicatorColumn(name="d", dimension="", group="", indicator=since)
        >>> TimeFeature(0, column, 1.0, False).shifted(np.array([12.0, 3648.0, 3650.0, np.nan]), 3)
        array([  15., 3650., 3650.,   nan])
        """
        none = self.column.indicator.none_value
        later: Floats = (np.rint(values * self.divisor) + days) / self.divisor
        if self.column.indicator.measure == "days_since":
            later = np.minimum(later, NEVER_DAYS)
        return later if none is None else np.where(values == none, values, later)


def find_time_features(system: IndicatorSystem) -> tuple[TimeFeature, ...]:
    """The columns of `system` that move by themselves, in its order."""
    found = []
    for place, column in enumerate(system.columns):
        form = _form(column.indicator)
        if form is not None and column.window_days is None:
            found.append(TimeFeature(place, column, *form))
    return tuple(found)


def is_time_feature(column: IndicatorColumn) -> bool:
    """Whether the column's value moves by itself."""
    return column.window_days is None and _form(column.indicator) is not None


def threshold_crossed(before: Floats, after: Floats, thresholds: Floats) -> NDArray[np.bool_]:
    """Where a value came to the other side of one of a model's thresholds (left of a split: not larger than its
    threshold).

    Parameters
    ----------
    before, after
        Shape (n,).
    thresholds
        Ascending.

    Examples
    --------
    >>> threshold_crossed(np.array([1.0, 2.0, 2.0, np.nan]), np.array([2.0, 3.0, 2.0, np.nan]), np.array([2.0]))
    array([False,  True, False, False])
    """
    before, after = (np.where(np.abs(values) <= _ZERO, 0.0, values) for values in (before, after))
    sides = np.searchsorted(thresholds, before, side="left") != np.searchsorted(thresholds, after, side="left")
    known = np.isnan(before) != np.isnan(after)
    zero = (before == 0) != (after == 0)  # a model may read zero as missing
    return np.asarray((sides & ~np.isnan(after)) | known | zero)


def _form(indicator: Indicator) -> tuple[float, bool] | None:
    """(divisor, growing) of an indicator that moves by itself, or None where it does not or nothing is known of how."""
    if indicator.measure == "days_since" and "as_of" not in names_used(indicator.where):
        return 1.0, False
    if indicator.measure not in ("max", "latest") or indicator.value is None:
        return None
    node = sqlglot.parse_one(indicator.value, read="duckdb").unnest()
    divisor = 1.0
    if isinstance(node, exp.Div) and isinstance(node.expression, exp.Literal) and not node.expression.is_string:
        divisor, node = float(node.expression.this), node.this.unnest()
    if not isinstance(node, exp.DateDiff) or str(node.args.get("unit")).upper().strip("'") != "DAY":
        return None
    until, since = node.this, node.expression
    if any(column.name == "as_of" for column in since.find_all(exp.Column)):
        return None
    if isinstance(until, exp.Column) and until.name == "as_of":
        return divisor, False
    lasts = (
        isinstance(until, exp.Coalesce)
        and [one.sql() for one in until.expressions] == ["as_of"]
        and until.this.sql() == "end_date"
    )
    return (
        (divisor, True)
        if lasts and indicator.measure == "max" and indicator.from_ in TABLES and divisor == 1.0
        else None
    )
