"""The records behind an indicator: the live rows of its relation that its value was computed from.

The rows are those the indicator's own SQL reads (same relation, same window, same condition), so that an inspector who
adds them up gets the value.
"""

from __future__ import annotations

from riskml.features.relations import relation_date, relation_sql
from riskml.features.specs import IndicatorColumn, IndicatorSystem
from riskml.records.effect_periods import EffectPeriods
from riskml.records.expressions import names_used


def columns_behind(system: IndicatorSystem, column: IndicatorColumn) -> tuple[IndicatorColumn, ...]:
    """The columns whose records are the evidence of `column`: itself, or those that its expression uses."""
    if column.indicator.measure != "expression":
        return (column,)
    used = names_used(column.indicator.value or "")
    return tuple(other for other in system.computed if other.name in used)


def evidence_sql(column: IndicatorColumn, moments: str, periods: EffectPeriods) -> str:
    """The records behind one indicator column that is no expression, for every moment asked for.

    Parameters
    ----------
    moments
        A relation with the columns ``enterprise_id`` and ``as_of``.

    Returns
    -------
    str
        A SELECT of enterprise_id, as_of, indicator (the column's name), record_id and record_date (null where the relation
        has no date), by enterprise and date, the newest record first.
    """
    rows = evidence_rows_sql(column, f"({relation_sql(column.indicator.from_ or '', moments, periods)})")
    return (
        f"SELECT DISTINCT enterprise_id, as_of, '{column.name}' AS indicator, record_id, {_date(column)} AS record_date "
        f"FROM ({rows}) ORDER BY enterprise_id, as_of, record_date DESC, record_id DESC"
    )


def evidence_rows_sql(column: IndicatorColumn, rows: str) -> str:
    """The same as whole rows of the indicator's relation.

    Parameters
    ----------
    rows
        What ``relation_sql`` gives, in brackets, or a table that holds it.
    """
    indicator = column.indicator
    within = f" AND {_date(column)} > as_of - INTERVAL {column.window_days} DAY" if column.window_days else ""
    matching = f"SELECT * FROM {rows} WHERE record_id IS NOT NULL AND ({indicator.where}){within}"
    newest = f"QUALIFY row_number() OVER (PARTITION BY enterprise_id, as_of ORDER BY {_date(column)} DESC, record_id DESC) = 1"
    match indicator.measure:
        case "open":
            return f"{matching} AND end_date IS NULL"
        case "share":  # of all, so all are evidence: those that satisfy `where` and those that do not
            return f"SELECT * FROM {rows} WHERE record_id IS NOT NULL{within}"
        case "sum":  # what adds nothing is no evidence of the sum
            return f"{matching} AND coalesce({indicator.value}, 0) <> 0"
        case "max":
            largest = f"({indicator.value}) = max({indicator.value}) OVER (PARTITION BY enterprise_id, as_of)"
            return f"{matching} AND coalesce({indicator.value}, 0) <> 0 QUALIFY {largest}"
        case "latest" | "days_since":
            return f"{matching} {newest}"
        case "count" | "distinct":  # where one thing counted has no record of its own, records do not bear out the count
            counted = f"SELECT * FROM {rows} WHERE ({indicator.where}){within}"
            return f"{counted} QUALIFY bool_and(record_id IS NOT NULL) OVER (PARTITION BY enterprise_id, as_of)"
        case "ratio":
            return matching
        case _:
            raise AssertionError(f"measure {indicator.measure} reads no records")


def _date(column: IndicatorColumn) -> str:
    return relation_date(column.indicator.from_ or "") or "CAST(NULL AS DATE)"
