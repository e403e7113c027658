"""From indicator specifications to SQL: one GROUP BY per relation, one FILTER per column.

Sums are taken over exact decimals, so that they do not depend on the order in which threads add them up.
"""

from __future__ import annotations

import sqlglot

from riskml.features.relations import relation_date, relation_sql
from riskml.features.specs import NEVER_DAYS, IndicatorColumn, IndicatorSystem
from riskml.records.effect_periods import EffectPeriods

_EXACT = "DECIMAL(28, 6)"


def relations_used(system: IndicatorSystem) -> tuple[str, ...]:
    """The record tables and derived relations that `system` reads, each once, in order of first use."""
    return tuple(dict.fromkeys(c.indicator.from_ for c in system.computed if c.indicator.from_ is not None))


def aggregate_sql(relation: str, columns: tuple[IndicatorColumn, ...], moments: str, periods: EffectPeriods) -> str:
    """One row per moment with a live record in `relation`: the measures of `columns`."""
    measures = ",\n  ".join(f"{_measure_sql(column)} AS {column.name}" for column in columns)
    return f"SELECT enterprise_id, as_of,\n  {measures}\nFROM ({relation_sql(relation, moments, periods)})\nGROUP BY enterprise_id, as_of"


def indicator_sql(system: IndicatorSystem, name: str, periods: EffectPeriods) -> str:
    """The SQL that computes one indicator column, formatted for reading (``riskml features --sql``)."""
    column = system.column(name)
    relation = column.indicator.from_
    if relation is None:
        return f"-- {name}\n{column.indicator.value}"
    statement = aggregate_sql(relation, (column,), "moments", periods)
    return str(sqlglot.transpile(statement, read="duckdb", write="duckdb", pretty=True)[0])


def _measure_sql(column: IndicatorColumn) -> str:
    indicator = column.indicator
    date = relation_date(indicator.from_ or "")
    within = f" AND {date} > as_of - INTERVAL {column.window_days} DAY" if column.window_days else ""
    where = f"FILTER (WHERE ({indicator.where}){within})"
    among = f"FILTER (WHERE true{within})"
    match indicator.measure:
        case "count":
            return f"count(*) {where}"
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
        case "share":
            return f"count(*) {where} / nullif(count(*) {among}, 0)"
        case "ratio":
            top, bottom = (f"CAST(sum(CAST({text} AS {_EXACT})) {where} AS DOUBLE)" for text in (indicator.value, indicator.over))
            return f"{top} / nullif({bottom}, 0)"
        case "latest":
            newest = f"CAST({date} AS VARCHAR) || record_id" if date else "record_id"
            return f"arg_max_null(CAST({indicator.value} AS DOUBLE), {newest}) {where}"
        case _:
            raise AssertionError(f"measure {indicator.measure} is not an aggregate")
