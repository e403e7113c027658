"""The records behind an indicator: the live rows of its relation that its value was computed from.

The rows are those the indicator's own SQL reads (same relation, same window, same condition), so that an inspector who
adds them up gets the value.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from riskml.features.matrix import MatrixBuilder, rows_table
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
    rows = evidence_rows_sql(column, f"({relation_sql(column.indicator.from_ or '', moments, periods)})", "enterprise_id, as_of")
    return (
        f"SELECT DISTINCT enterprise_id, as_of, '{column.name}' AS indicator, record_id, {_date(column)} AS record_date "
        f"FROM ({rows}) ORDER BY enterprise_id, as_of, record_date DESC, record_id DESC"
    )


def read_evidence(builder: MatrixBuilder, ids: list[str], reasons: pa.Table, at_most: int) -> pa.Table:
    """The records that the reasons of the block computed last rest on.

    Parameters
    ----------
    ids
        The enterprises of the block, in its order.
    reasons
        Columns ``enterprise_id`` and ``indicator``.
    at_most
        How many record ids to give for each; all are counted.

    Returns
    -------
    pyarrow.Table
        As many rows as `reasons`, in its order: ``evidence`` (list of record ids, the newest first) and ``evidence_count`` (int32).
    """
    names = pa.array([column.name for column in builder.system.columns])
    asked = {
        "reason": pa.array(np.arange(len(reasons), dtype=np.int32)),
        "place": pc.index_in(reasons["enterprise_id"], value_set=pa.array(ids, pa.string())),
        "indicator": pc.index_in(reasons["indicator"].cast(pa.string()), value_set=names),
    }
    builder.connection.register("asked_reasons", pa.table(asked))

    def asked_of(relation: str, column: str) -> str:
        return f"SELECT r.*, a.reason FROM {rows_table(relation)} r JOIN asked_reasons a ON a.place = r.place AND a.indicator = {places[column]}"

    places = {column.name: place for place, column in enumerate(builder.system.columns)}
    behind = evidence_behind(builder.system, asked_of, "reason")
    parts = [sql for relation, selects in behind.items() if builder.received(relation) for sql in selects]
    found = builder.connection.sql(
        f"WITH found AS (SELECT DISTINCT reason, record_id, record_date FROM ({' UNION ALL '.join(parts)})), "
        "listed AS (SELECT reason, list(record_id ORDER BY record_date DESC, record_id DESC) AS ids FROM found GROUP BY reason) "
        f"SELECT coalesce(l.ids[:{at_most:d}], []) AS evidence, CAST(coalesce(len(l.ids), 0) AS INTEGER) AS evidence_count "
        "FROM asked_reasons a LEFT JOIN listed l ON l.reason = a.reason ORDER BY a.reason"
    ).to_arrow_table()
    builder.connection.unregister("asked_reasons")
    return found


def evidence_behind(system: IndicatorSystem, asked_of: Callable[[str, str], str], by: str) -> dict[str, list[str]]:
    """The records behind every indicator that can be a reason.

    Parameters
    ----------
    asked_of
        Of a relation and an indicator column: a SELECT of the relation's rows, with the columns `by`, for the reasons that name the
        column.
    by
        The columns, separated by commas, that say which reason a row is for.

    Returns
    -------
    dict
        Relation → SELECTs of `by`, record_id and record_date.
    """
    behind: dict[str, list[str]] = {}
    for column in system.columns:
        for part in columns_behind(system, column):
            relation = part.indicator.from_ or ""
            rows = evidence_rows_sql(part, f"({asked_of(relation, column.name)})", by)
            behind.setdefault(relation, []).append(f"SELECT {by}, record_id, {_date(part)} AS record_date FROM ({rows})")
    return behind


def evidence_rows_sql(column: IndicatorColumn, rows: str, by: str) -> str:
    """The same as whole rows of the indicator's relation.

    Parameters
    ----------
    rows
        What ``relation_sql`` gives, in brackets, or a table that holds it.
    by
        The columns, separated by commas, that are the same in the rows of one value of the indicator.
    """
    indicator = column.indicator
    within = f" AND {_date(column)} > as_of - INTERVAL {column.window_days} DAY" if column.window_days else ""
    matching = f"SELECT * FROM {rows} WHERE record_id IS NOT NULL AND ({indicator.where}){within}"
    newest = f"QUALIFY row_number() OVER (PARTITION BY {by} ORDER BY {_date(column)} DESC, record_id DESC) = 1"
    match indicator.measure:
        case "open":
            return f"{matching} AND end_date IS NULL"
        case "share":  # of all, so all are evidence: those that satisfy `where` and those that do not
            return f"SELECT * FROM {rows} WHERE record_id IS NOT NULL{within}"
        case "sum":  # what adds nothing is no evidence of the sum
            return f"{matching} AND coalesce({indicator.value}, 0) <> 0"
        case "max":
            largest = f"({indicator.value}) = max({indicator.value}) OVER (PARTITION BY {by})"
            return f"{matching} AND coalesce({indicator.value}, 0) <> 0 QUALIFY {largest}"
        case "latest" | "days_since":
            return f"{matching} {newest}"
        case "count" | "distinct":  # where one thing counted has no record of its own, records do not bear out the count
            counted = f"SELECT * FROM {rows} WHERE ({indicator.where}){within}"
            return f"{counted} QUALIFY bool_and(record_id IS NOT NULL) OVER (PARTITION BY {by})"
        case "ratio":
            return matching
        case _:
            raise AssertionError(f"measure {indicator.measure} reads no records")


def _date(column: IndicatorColumn) -> str:
    return relation_date(column.indicator.from_ or "") or "CAST(NULL AS DATE)"
