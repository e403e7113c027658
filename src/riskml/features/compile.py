"""From indicator specifications to SQL: the live rows of a relation, one GROUP BY over them, one FILTER per column.

Sums are taken over exact decimals, so that they do not depend on the order in which threads add them up.
"""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise

import sqlglot

from riskml.features.specs import NEVER_DAYS, IndicatorColumn, IndicatorSystem, Once
from riskml.records.effect_periods import EffectPeriods
from riskml.records.expressions import names_used
from riskml.records.live import live_sql
from riskml.records.newest import newness_sql
from riskml.relations.catalogue import DERIVED, PEERS, order_columns, relation_date
from riskml.relations.common import Common
from riskml.relations.templates import relation_sql

_EXACT = "DECIMAL(28, 6)"


def relations_used(system: IndicatorSystem) -> tuple[str, ...]:
    """The record tables and derived relations that `system` reads, each once, in order of first use."""
    return tuple(dict.fromkeys(c.indicator.from_ for c in system.computed if c.indicator.from_ is not None))


def rows_sql(
    relation: str,
    columns: tuple[IndicatorColumn, ...],
    entity_dates: str,
    places: str,
    periods: EffectPeriods,
    common: Common | None = None,
) -> str:
    """The live rows of a relation: what the measures of `columns` are taken over, and what their evidence is.

    Parameters
    ----------
    entity_dates
        A relation with the columns ``enterprise_id``, ``as_of`` and `places`.
    places
        Columns of `entity_dates`, separated by commas, that say which pair a row belongs to.
    common
        As `relation_sql` takes it.
    """
    read = ", ".join(sorted(_columns_read(relation, columns)))
    conditions = {column.indicator.where for column in columns}
    # Rows that no measure looks at. A share is of all rows; and where no record is told from none that matches, those
    # are looked at too.
    alike = len(conditions) == 1 and all(
        column.indicator.measure != "share" and column.indicator.when_none is None for column in columns
    )
    asked = sorted(conditions) if alike and conditions != {"true"} else []
    if relation in PEERS:
        asked.append(
            "window_days IN "
            f"({', '.join(map(str, sorted({days for column in columns for days in column.windows_read})))})"
        )
    only = f" WHERE {' AND '.join(f'({text})' for text in asked)}" if asked else ""
    if relation in DERIVED:
        return (
            f"SELECT {places}, {read} FROM ({relation_sql(relation, entity_dates, periods, common)}) JOIN "
            f"{entity_dates} USING (enterprise_id, as_of){only}"
        )
    return f"SELECT {places}, {read} FROM ({live_sql(relation, entity_dates, periods, carried=places)}){only}"


def aggregate_sql(columns: tuple[IndicatorColumn, ...], rows: str, places: str) -> str:
    """One row per pair that has any among `rows`: the measures of `columns`.

    Parameters
    ----------
    columns
        Columns made from one relation.
    rows
        A table of that relation's rows, or a SELECT in brackets.
    places
        The columns that say which pair a row belongs to.
    """
    measures = ",\n  ".join(f"{_measure_sql(column)} AS {column.name}" for column in columns)
    return f"SELECT {places},\n  {measures}\nFROM {rows}\nGROUP BY {places}"


def measured_sql(columns: tuple[IndicatorColumn, ...], rows: str) -> str:
    """The measures of a relation's columns as doubles, by ``place``; `rows` as `aggregate_sql` has them."""
    doubles = ", ".join(f"CAST({column.name} AS DOUBLE) AS {column.name}" for column in columns)
    return f"SELECT place, {doubles} FROM ({aggregate_sql(columns, rows, 'place')})"


def indicator_sql(system: IndicatorSystem, name: str, periods: EffectPeriods) -> str:
    """The SQL that computes one indicator column, formatted for reading (``riskml features --sql``)."""
    column = system.column(name)
    relation = column.indicator.from_
    if relation is None:
        return f"-- {name}\n{column.indicator.value}"
    statement = aggregate_sql((column,), f"({relation_sql(relation, 'entity_dates', periods)})", "enterprise_id, as_of")
    return str(sqlglot.transpile(statement, read="duckdb", write="duckdb", pretty=True)[0])


def code_sql(text: str) -> str:
    """The number that stands for a text in a matrix: the same on every engine, in every province and at any time.

    Of three thousand texts two have one number with a probability of a thousandth; they then count as one.
    """
    return f"CAST('0x' || left(md5({text}), 8) AS UINTEGER)"


def _columns_read(relation: str, columns: tuple[IndicatorColumn, ...]) -> set[str]:
    """The columns of `relation` that `columns` and the finding of their evidence need."""
    read = {"as_of", "record_id", *order_columns(relation)}
    for column in columns:
        read |= names_used(column.within) if column.within else set()
    for indicator in (column.indicator for column in columns):
        for text in (indicator.where, indicator.value, indicator.over, indicator.once and indicator.once.case):
            read |= names_used(text) if text else set()
        if indicator.measure == "relative_rate":
            read |= {"window_days", f"expected_{indicator.value}", f"{indicator.value}_rate"}
        if indicator.measure == "open":
            read.add("end_date")
    return read


def _measure_sql(column: IndicatorColumn) -> str:
    indicator = column.indicator
    date = relation_date(indicator.from_ or "")
    within = f" AND {column.within}" if column.within else ""
    where = f"FILTER (WHERE ({indicator.where}){within})"
    among = f"FILTER (WHERE true{within})"
    match indicator.measure:
        case "count":
            return f"count(*) {where}"
        case "sum" if indicator.once is not None:
            return _once_sql(column, indicator.once)
        case "sum":
            return f"sum(CAST({indicator.value} AS {_EXACT})) {where}"
        case "max":
            return f"max(CAST({indicator.value} AS DOUBLE)) {where}"
        case "distinct":
            return f"count(DISTINCT {indicator.value}) {where}"
        case "open":
            return f"count(*) FILTER (WHERE end_date IS NULL AND ({indicator.where}){within})"
        case "days_since":
            return f"least(date_diff('day', max({date}) {where}, any_value(as_of)), {NEVER_DAYS})"
        case "category":
            newest = newness_sql(date) if date else "record_id"
            return f"arg_max_null({code_sql(indicator.value or '')}, {newest}) {where}"
        case "relative_rate":
            return _relative_rate_sql(column)
        case "share":
            return f"count(*) {where} / nullif(count(*) {among}, 0)"
        case "ratio":
            top, bottom = (
                f"CAST(sum(CAST({text} AS {_EXACT})) {where} AS DOUBLE)" for text in (indicator.value, indicator.over)
            )
            return f"{top} / nullif({bottom}, 0)"
        case "latest":
            newest = newness_sql(date) if date else "record_id"
            return f"arg_max_null(CAST({indicator.value} AS DOUBLE), {newest}) {where}"
        case _:
            raise AssertionError(f"measure {indicator.measure} is not an aggregate")


def _once_sql(column: IndicatorColumn, once: Once) -> str:
    """The sum over cases of the largest value in each: every step from one value to the next, as many times as there
    are cases that reach it.
    """
    indicator = column.indicator
    within = f" AND {column.within}" if column.within else ""
    steps = " + ".join(
        f"{value - below} * count(DISTINCT {once.case}) FILTER (WHERE ({indicator.where}){within} "
        f"AND CAST({indicator.value} AS {_EXACT}) >= {value})"
        for below, value in pairwise((Decimal(0), *once.values))
    )
    return f"CAST({steps or '0'} AS {_EXACT})"


def _relative_rate_sql(column: IndicatorColumn) -> str:
    """What was found to what was expected, with `shrink` visits added that found as many as the next longer window lets
    expect.

    A relation of peers has one row for each window and way of choosing: an aggregate picks it.
    """
    indicator = column.indicator
    rate = "1"
    for days in reversed(column.windows_read):
        where = f"FILTER (WHERE ({indicator.where}) AND window_days = {days})"
        prior = f"max({indicator.shrink} * {indicator.value}_rate) {where}"
        found, expected = (f"max({name}) {where}" for name in (indicator.value, f"expected_{indicator.value}"))
        rate = f"(({found} + {prior} * {rate}) / ({expected} + {prior}))"
    return rate
