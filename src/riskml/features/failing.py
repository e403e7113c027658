"""Which indicator a value stopped: the engine names the value, and neither the file nor the indicator."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import duckdb

from riskml.core.errors import ConfigurationError
from riskml.features.specs import IndicatorColumn, IndicatorSystem

_OF_VALUES = (
    duckdb.ConversionException,
    duckdb.OutOfRangeException,
    duckdb.InvalidInputException,
    duckdb.BinderException,
)
"""What the engine says where an expression fails on a value: the logarithm of zero, a number too large for its type."""


@contextmanager
def naming_the_indicator(
    system: IndicatorSystem,
    columns: Sequence[IndicatorColumn],
    connection: duckdb.DuckDBPyConnection | None = None,
    alone: Callable[[IndicatorColumn], str] | None = None,
) -> Iterator[None]:
    """Name the indicator whose expression fails on a value in a ``with`` block that computes `columns`.

    Parameters
    ----------
    connection, alone
        How to compute one of the columns by itself, to find which it is; all are named where there is no way.

    Raises
    ------
    ConfigurationError
        Naming file, indicator, expression and value.
    """
    try:
        yield
    except _OF_VALUES as error:
        failing, said = list(columns), error
        if connection is not None and alone is not None:
            for column in columns:
                try:
                    connection.sql(alone(column)).to_arrow_table()
                except _OF_VALUES as own:
                    failing, said = [column], own
                    break
        raise _error(system, failing, said) from error


def _error(system: IndicatorSystem, failing: list[IndicatorColumn], error: duckdb.Error) -> ConfigurationError:
    named = "; ".join(f"{_file(system, column)} {column.name}: {_expressions(column)}" for column in failing)
    said = str(error).splitlines()[0]
    return ConfigurationError(
        zh=f"指标的表达式在某个值上算不出来：{named}。引擎说“{said}”。请改写表达式，如用 TRY_CAST、nullif 或 CASE "
        "避开这样的值。",
        en=f"An indicator's expression fails on a value: {named}. The engine says {said!r}. Write it so that it leaves "
        "out such a value, with "
        "TRY_CAST, nullif or CASE.",
    )


def _file(system: IndicatorSystem, column: IndicatorColumn) -> str:
    written = re.compile(rf"\bid:\s*[\"']?{re.escape(column.indicator.id)}\b")
    return next((name for name, text in system.texts.items() if written.search(text)), "–")


def _expressions(column: IndicatorColumn) -> str:
    indicator = column.indicator
    texts = (
        ("where", indicator.where if indicator.where != "true" else None),
        ("value", indicator.value),
        ("over", indicator.over),
    )
    return ", ".join(f"{field} {text!r}" for field, text in texts if text)
