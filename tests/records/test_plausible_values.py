"""What a column cannot plausibly hold costs the field, or the row where the field is required; never the law's
effect.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from handmade import ROOT, Province

from riskml.records.effect_periods import load_effect_periods
from riskml.records.live import live_sql
from riskml.records.tables import TABLES

PERIODS = load_effect_periods(ROOT / "features" / "effect_periods.yaml")
PENALTY = {
    "event_date": "2026-09-01",
    "severity": "serious",
    "kind": "fine",
    "market_supervision": "是",
    "known_date": "2026-09-03",
}
ROWS: dict[str, dict[str, str]] = {
    "penalty": PENALTY,
    "inspection": {"event_date": "2026-09-01", "kind": "random"},
    "annual_report": {"event_date": "2026-04-01", "year": "2025"},
    "licence": {"start_date": "2021-01-01", "domain": "food"},
    "shareholding": {"start_date": "2021-01-01", "holder_id": "h", "holder_kind": "person"},
    "enterprise": {"valid_from": "1956-01-01", "name": "某厂", "status": "active"},
    "suspension": {"start_date": "2026-01-01"},
}


def receive(province: Province, table: str, **fields: str) -> Any:
    return province.receive({table: [{"record_id": "1", "enterprise_id": "甲", **ROWS[table], **fields}]})


@pytest.mark.parametrize(
    ("table", "column", "value", "reason"),
    [
        ("penalty", "fine", "-500", "out_of_range"),
        ("penalty", "fine", "20000000000", "out_of_range"),
        ("penalty", "publicised_date", "1900-01-01", "out_of_range"),
        ("penalty", "publicised_date", "2016-09-02", "out_of_order"),
        ("penalty", "publicised_date", "26-09-02", "wrong_type"),
        ("penalty", "publicised_date", "2055-01-01", "future_date"),
        ("penalty", "restricted_until", "2026-08-01", "out_of_order"),
        ("penalty", "restricted_until", "2555-01-01", "out_of_range"),
        ("inspection", "problems", "12.5", "wrong_type"),
        ("inspection", "serious_problems", "-3", "out_of_range"),
        ("annual_report", "employees", "-3", "out_of_range"),
        ("annual_report", "assets", "-1", "out_of_range"),
        ("licence", "expiry_date", "26-12-31", "wrong_type"),
        ("licence", "expiry_date", "2020-12-31", "out_of_order"),
        ("shareholding", "share", "30", "out_of_range"),
        ("enterprise", "established_date", "1900-01-01", "out_of_range"),
        ("enterprise", "registered_capital", "-1", "out_of_range"),
        ("suspension", "end_date", "0026-09-01", "out_of_range"),
        ("suspension", "planned_end_date", "2025-09-01", "out_of_order"),
    ],
)
def test_an_optional_field_is_given_up_and_noted(
    province: Province, table: str, column: str, value: str, reason: str
) -> None:
    report = receive(province, table, **{column: value})
    assert (report.notes, report.faults) == ({(table, column, reason): 1}, {})
    assert [row[column] for row in province.stored(table)] == [None]


@pytest.mark.parametrize(
    ("table", "column", "value", "reason"),
    [
        ("penalty", "event_date", "26-09-01", "wrong_type"),
        ("penalty", "event_date", "2021123", "wrong_type"),
        ("penalty", "event_date", "1900-01-01", "out_of_range"),
        ("penalty", "event_date", "2026-11-02", "future_date"),
        ("annual_report", "year", "20255", "out_of_range"),
        ("annual_report", "year", "2027", "out_of_range"),
        ("annual_report", "year", "1889", "out_of_range"),
        ("enterprise", "valid_from", "1700-01-01", "out_of_range"),
    ],
)
def test_a_row_that_cannot_stand_without_the_field_is_refused(
    province: Province, table: str, column: str, value: str, reason: str
) -> None:
    report = receive(province, table, **{column: value})
    assert (report.faults, report.notes) == ({(table, column, reason): 1}, {})
    assert province.stored(table) == []


@pytest.mark.parametrize(
    ("table", "fields"),
    [
        ("annual_report", {"profit": "-120.5", "net_profit": "-130", "employees": "0", "year": "2026"}),
        ("enterprise", {"established_date": "1898-05-01"}),
        ("licence", {"expiry_date": "2199-12-31"}),
        ("penalty", {"publicised_date": "2026-09-01", "fine": "0"}),
    ],
)
def test_what_is_unusual_and_possible_is_taken(province: Province, table: str, fields: dict[str, str]) -> None:
    report = receive(province, table, **fields)
    assert (report.notes, report.faults) == ({}, {})
    (row,) = province.stored(table)
    assert all(row[name] is not None for name in fields)


@pytest.mark.parametrize("publicised", ["1900-01-01", "2016-09-02", "26-09-02", "不详", "2055-01-01"])
def test_a_penalty_counts_from_the_act_where_its_publicity_cannot_be_right(province: Province, publicised: str) -> None:
    receive(province, "penalty", publicised_date=publicised)
    sql = live_sql("penalty", "(SELECT '甲' AS enterprise_id, DATE '2026-10-31' AS as_of)", PERIODS)
    assert len(province.connection().sql(sql).fetchall()) == 1


def test_a_penalty_of_unknown_severity_counts_as_long_as_a_moderate_one(province: Province) -> None:
    receive(
        province,
        "penalty",
        severity="特别严重",
        event_date="2024-09-01",
        publicised_date="2025-10-01",
        known_date="2025-10-01",
    )
    entity_dates = "(SELECT '甲' AS enterprise_id, unnest([DATE '2026-09-30', DATE '2026-10-01']) AS as_of)"
    found = (
        province.connection()
        .sql(f"SELECT as_of, severity FROM ({live_sql('penalty', entity_dates, PERIODS)})")
        .fetchall()
    )
    assert found == [(date(2026, 9, 30), "other")]


def test_what_a_visit_found_in_unknown_words_is_unknown_and_no_problem_found_or_not(province: Province) -> None:
    report = receive(province, "inspection", result="另案处理")
    assert report.new_words == {("inspection", "result", "另案处理"): 1}
    assert [row["result"] for row in province.stored("inspection")] == [None]


def test_every_code_that_stands_for_what_is_new_leaves_the_law_to_the_known_ones() -> None:
    without = [
        (table.name, column.name)
        for table in TABLES.values()
        for column in table.columns
        if column.codes and "other" not in column.codes
    ]
    assert without == [("inspection", "result"), ("amendment", "kind")]
