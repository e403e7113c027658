"""From what was measured of each relation to the values of a matrix: what stands where no record was found, and the
indicators that are expressions over others.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from riskml.features.specs import IndicatorColumn, IndicatorSystem
from riskml.records.expressions import names_used

Evaluate = Callable[[pa.Table, list[IndicatorColumn]], pa.Table]
"""Called with the columns that expressions read, n rows, and the columns to compute; gives these, as doubles."""


class MatrixValues:
    """The values of a system's computed columns for n pairs, relation by relation.

    Parameters
    ----------
    rows
        n.
    is_known
        Relation → whether enough of what it reads was ever received for anything to be known of it.
    """

    def __init__(self, system: IndicatorSystem, rows: int, is_known: Callable[[str], bool]) -> None:
        self.system, self.rows = system, rows
        self.computed = {column.name: _empty(column, rows, is_known) for column in system.computed}

    def fill(self, columns: tuple[IndicatorColumn, ...], measured: pa.Table, places: NDArray[np.int64]) -> None:
        """Take over what was measured of a relation.

        Parameters
        ----------
        columns
            The columns that are made from it.
        measured
            ``place`` and `columns`, at most one row for each pair.
        places
            Shape (n,), ascending: the ``place`` of each pair.
        """
        rows = np.searchsorted(places, measured["place"].to_numpy())
        for column in columns:
            values = measured[column.name].to_numpy()
            none = column.indicator.none_value
            self.computed[column.name][rows] = _known(
                values if none is None else np.where(np.isnan(values), none, values)
            )

    def express(self, evaluate: Evaluate) -> None:
        """Compute the columns that are expressions over others, in SQL as the analyst wrote them."""
        expressions = [column for column in self.system.computed if column.indicator.measure == "expression"]
        if not expressions:
            return
        read = {name for column in expressions for name in names_used(column.indicator.value or "")}
        others = pa.table({name: pa.array(self.computed[name], from_pandas=True) for name in sorted(read)})
        found = evaluate(others, expressions)
        for column in expressions:
            self.computed[column.name] = _known(found[column.name].to_numpy())

    def matrix(self) -> NDArray[np.float64]:
        """Shape (n, k): the system's k columns, each contiguous; NaN where a value cannot be known."""
        columns = self.system.columns
        values = np.empty((len(next(iter(self.computed.values()), ())), len(columns)), order="F")
        for place, column in enumerate(columns):
            values[:, place] = self.computed[column.name]
        return values


def expressions_sql(expressions: list[IndicatorColumn]) -> str:
    """A SELECT of the columns that are expressions, over a table ``others`` of those that they read."""
    values = ", ".join(f"CAST({column.indicator.value} AS DOUBLE) AS {column.name}" for column in expressions)
    return f"SELECT {values} FROM others"


def _empty(column: IndicatorColumn, rows: int, is_known: Callable[[str], bool]) -> NDArray[np.float64]:
    """A column before any record was found."""
    indicator = column.indicator
    known = indicator.from_ is not None and is_known(indicator.from_)
    none = indicator.none_value if known else None
    return np.full(rows, np.nan if none is None else none)


def _known(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The same with what no number says, such as something divided by zero, as NaN: it cannot be known."""
    return np.where(np.isfinite(values), values, np.nan)
