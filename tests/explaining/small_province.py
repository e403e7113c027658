"""A small province in memory and a small indicator system with every measure."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd

from riskml.features.compile import aggregate_sql, relations_used
from riskml.relations.templates import relation_sql
from riskml.training.model import Model

Rows = dict[str, list[dict[str, Any]]]

T = date(2026, 10, 31)
SCHEME = Path(__file__).parents[2] / "models" / "yunnan" / "scheme.yaml"

SYSTEM = """
dimension: supervision
label: {zh: 监管信息, en: Supervision}
groups:
  - id: penalties
    label: {zh: 行政处罚, en: Penalties}
    indicators:
      - {id: penalty_count, label: {zh: 行政处罚次数, en: Penalties}, unit: {zh: 次, en: penalties}, from: penalty,
         where: "severity <> 'warning'", measure: count, windows: [365d], direction: increasing, basis: test}
      - {id: fine_amount, label: {zh: 罚款金额合计, en: Total fines}, unit: {zh: 万元, en: "10,000 yuan"},
         from: penalty,
         measure: sum, value: fine, direction: increasing, basis: test}
      - {id: largest_fine, label: {zh: 单笔最高罚款, en: Largest fine}, unit: {zh: 万元, en: "10,000 yuan"},
         from: penalty,
         measure: max, value: fine, direction: increasing, basis: test}
      - {id: fields, label: {zh: 处罚领域数, en: Fields of the penalties}, unit: {zh: 个, en: fields}, from: penalty,
         measure: distinct, value: domain, direction: none, basis: test}
      - {id: penalty_days_since, label: {zh: 距最近一次行政处罚的天数, en: Days since the last penalty}, unit: {zh: 天,
         en: days},
         from: penalty, measure: days_since, direction: decreasing, basis: test}
      - {id: fine_to_capital, label: {zh: 罚款与注册资本之比, en: Fines to capital}, measure: expression,
         value: "fine_amount / nullif(registered_capital, 0)", direction: increasing, basis: test}
  - id: inspections
    label: {zh: 监督检查, en: Inspections}
    indicators:
      - {id: last_problem, label: {zh: 最近一次检查是否发现问题, en: The latest inspection found a problem},
         from: inspection,
         measure: latest, value: "CAST(result <> 'no_problem' AS INTEGER)", direction: increasing, basis: test}
      - {id: problem_share, label: {zh: 检查中发现问题的比例, en: Share of inspections that found a problem},
         from: inspection,
         where: "result <> 'no_problem'", measure: share, windows: [1095d], direction: increasing, basis: test}
      - {id: problems_mean, label: {zh: 平均每次检查的问题项数, en: Problems per inspection}, unit: {zh: 项,
         en: problems}, from: inspection,
         where: "problems IS NOT NULL", measure: ratio, value: problems, over: "1", direction: increasing, basis: test}
      - {id: listing_open, label: {zh: 当前在列经营异常名录的次数, en: Current abnormal listings}, unit: {zh: 次,
         en: listings},
         from: abnormal_listing, measure: open, direction: increasing, basis: test}
"""
BASIC = """
dimension: basic
label: {zh: 企业基础属性信息, en: Basic attributes}
groups:
  - id: capital
    label: {zh: 注册资本, en: Capital}
    indicators:
      - {id: registered_capital, label: {zh: 注册资本, en: Registered capital}, unit: {zh: 万元, en: "10,000 yuan"},
         from: enterprise,
         measure: latest, value: registered_capital, direction: none, basis: test}
"""
PERIODS = "{label: {zh: 始终有效, en: always in effect}, scoring: {}, publicity: {}}"


def enterprise(enterprise_id: str = "E1", **more: Any) -> dict[str, Any]:
    return {"record_id": f"DJ-{enterprise_id}", "enterprise_id": enterprise_id, "valid_from": date(2019, 5, 6),
        "name": "云南测试有限公司",
            "status": "active", "industry_section": "F", "industry": "F5211", "division": "530111",
            "registered_capital": 100,
            "established_date": date(2019, 5, 6), **more}  # fmt: skip


def penalty(record_id: str, event_date: date, **more: Any) -> dict[str, Any]:
    return {"record_id": record_id, "enterprise_id": "E1", "event_date": event_date, "severity": "moderate",
        "kind": "fine",
            "domain": "food", "fine": 5, "authority": "官渡区市场监督管理局", **more}  # fmt: skip


def inspection(record_id: str, event_date: date, result: str, **more: Any) -> dict[str, Any]:
    return {"record_id": record_id, "enterprise_id": "E1", "event_date": event_date, "kind": "random", "result": result,
            "inspector": "检查员甲", **more}  # fmt: skip


def amendment(of_table: str, of_record: str, kind: str, day: date, **more: Any) -> dict[str, Any]:
    return {
        "record_id": f"GZ-{of_record}-{kind}",
        "of_table": of_table,
        "of_record": of_record,
        "kind": kind,
        "event_date": day,
        **more,
    }


ROWS: Rows = {
    "enterprise": [enterprise()],
    "penalty": [
        penalty("PEN-001", date(2026, 3, 2)),
        penalty("PEN-002", date(2026, 5, 11), fine=2.5, domain="price"),
        penalty("PEN-000", date(2024, 1, 9), fine=0),
    ],
    "inspection": [
        inspection("INS-1", date(2026, 8, 1), "problem", problems=2),
        inspection("INS-2", date(2025, 8, 1), "no_problem", problems=0),
    ],
    "abnormal_listing": [
        {"record_id": "YC-1", "enterprise_id": "E1", "start_date": date(2026, 7, 9), "cause": "unreachable"},
        {"record_id": "YC-0", "enterprise_id": "E1", "start_date": date(2024, 7, 9), "end_date": date(2025, 1, 1),
         "cause": "unreachable"},
    ],
}  # fmt: skip


def matrix_row(connection: duckdb.DuckDBPyConnection, model: Model, enterprise_id: str, as_of: date) -> pd.Series:
    """The row of the as-of matrix, by the same SQL that makes it for a province; every table counts as received."""
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE entity_dates AS SELECT '{enterprise_id}' AS enterprise_id, DATE '{as_of}' AS "
        "as_of"
    )
    row: dict[str, float | None] = {}
    for relation in relations_used(model.system):
        columns = tuple(column for column in model.system.computed if column.indicator.from_ == relation)
        found = (
            connection.sql(
                aggregate_sql(
                    columns,
                    f"({relation_sql(relation, 'entity_dates', model.trained_periods)})",
                    "enterprise_id, as_of",
                )
            )
            .to_arrow_table()
            .to_pylist()
        )
        for column in columns:
            value = found[0][column.name] if found else None
            row[column.name] = column.indicator.none_value if value is None else float(value)
    known = ", ".join(f"CAST({'NULL' if value is None else value} AS DOUBLE) AS {name}" for name, value in row.items())
    for column in model.system.columns:
        if column.indicator.measure == "expression":
            ((row[column.name],),) = connection.sql(f"SELECT {column.indicator.value} FROM (SELECT {known})").fetchall()
    values: dict[str, object] = {
        column.name: np.nan if row[column.name] is None else row[column.name] for column in model.system.columns
    }
    return pd.Series({"enterprise_id": enterprise_id, "as_of": as_of, **values})
