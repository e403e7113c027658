"""Visits against what is usual for their inspectors: strictly earlier visits, links, and no inspector in any column."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest
from handmade import ROOT, Province, Rows

from riskml.records.effect_periods import load_effect_periods
from riskml.relations.catalogue import DERIVED, relation_columns
from riskml.relations.known_inspections import USUAL_WEIGHT
from riskml.relations.templates import relation_sql

PERIODS = load_effect_periods(ROOT / "features" / "effect_periods.yaml")
T = date(2026, 6, 30)


def enterprise(who: str, **more: str) -> dict[str, str]:
    return {
        "record_id": f"E-{who}", "enterprise_id": who, "valid_from": "2020-01-01", "name": f"{who}公司",
        "status": "active",
        "division": "530102", **more,
    }  # fmt: skip


def visit(number: int, who: str, day: str, **more: str) -> dict[str, str]:
    return {
        "record_id": f"I{number}", "enterprise_id": who, "event_date": day, "kind": "routine", "result": "problem",
        "problems": "3",
        "serious_problems": "1", "inspector": "张", **more,
    }  # fmt: skip


def rows_of(province: Province, relation: str, who: str = "甲", as_of: date = T) -> dict[str, dict[str, Any]]:
    """The rows of `relation` at one moment by record id."""
    connection = province.connection()
    connection.execute(f"CREATE TABLE entity_dates AS SELECT '{who}' AS enterprise_id, DATE '{as_of}' AS as_of")
    found = connection.sql(relation_sql(relation, "entity_dates", PERIODS)).to_arrow_table().to_pylist()
    return {row["record_id"]: row for row in found}


def history() -> Rows:
    """Two visits in January by 张 (one serious problem) and 李 (none), then 张 at 甲 on 10 March."""
    return {
        "enterprise": [enterprise("甲"), enterprise("乙"), enterprise("丙", division="530103")],
        "shareholding": [],
        "inspection": [
            visit(1, "乙", "2026-01-10"),
            visit(2, "乙", "2026-01-12", inspector="李", result="no_problem", problems="0", serious_problems="0"),
            visit(3, "甲", "2026-03-10", problems="5", serious_problems="2"),
        ],
    }


def test_usual_is_the_inspectors_mean_before_the_visit_shrunk_to_everyones(province: Province) -> None:
    province.receive(history())
    row = rows_of(province, "adjusted_inspection")["I3"]
    assert (row["problems"], row["serious_problems"], row["serious"], row["problem"]) == (5, 2, 1, 1)
    assert row["usual_serious"] == pytest.approx((1 + USUAL_WEIGHT * 0.5) / (1 + USUAL_WEIGHT))
    assert row["usual_problems"] == pytest.approx((3 + USUAL_WEIGHT * 1.5) / (1 + USUAL_WEIGHT))
    assert row["inspector_known"]


def test_without_an_inspector_on_record_everyones_findings_are_usual(province: Province) -> None:
    rows = history()
    del rows["inspection"][2]["inspector"]
    province.receive(rows)
    row = rows_of(province, "adjusted_inspection")["I3"]
    assert row["usual_problems"] == pytest.approx(1.5)
    assert not row["inspector_known"]


def test_a_visit_with_none_before_it_counts_as_usual(province: Province) -> None:
    province.receive(history())
    row = rows_of(province, "adjusted_inspection", "乙")["I1"]
    assert row["usual_problems"] == row["problems"]
    assert row["usual_serious"] == row["serious"]


@pytest.mark.parametrize("day", ["2026-03-10", "2026-03-11", "2026-05-01"])
def test_visits_of_the_same_day_and_later_do_not_change_what_was_usual(
    province: Province, write_province, day: str
) -> None:
    province.receive(history())
    rows = history()
    rows["inspection"] = [*rows["inspection"], visit(9, "乙", day, problems="40", serious_problems="30")]
    assert rows_of(write_province(rows), "adjusted_inspection")["I3"] == rows_of(province, "adjusted_inspection")["I3"]


def test_a_visit_that_became_known_later_does_not_change_what_was_usual(province: Province, write_province) -> None:
    province.receive(history())
    rows = history()
    rows["inspection"] = [*rows["inspection"], visit(9, "乙", "2026-02-01", known_date="2026-04-01", problems="40")]
    assert rows_of(write_province(rows), "adjusted_inspection")["I3"] == rows_of(province, "adjusted_inspection")["I3"]


def test_a_visit_without_a_result_is_neither_compared_nor_compared_with(province: Province, write_province) -> None:
    province.receive(history())
    rows = history()
    blank = {
        "record_id": "I9",
        "enterprise_id": "甲",
        "event_date": "2026-02-01",
        "kind": "follow_up",
        "inspector": "张",
    }
    rows["inspection"] = [*rows["inspection"], blank]
    assert rows_of(write_province(rows), "adjusted_inspection") == rows_of(province, "adjusted_inspection")


def test_linked_visits_are_those_of_others_with_the_same_holder_name_or_address(province: Province) -> None:
    rows = history()
    rows["enterprise"] = [
        enterprise("甲", name="同名", address="同楼"),
        enterprise("乙", name="同名"),
        enterprise("丙", address="同楼"),
        enterprise("丁"),
    ]
    rows["shareholding"] = [
        {
            "record_id": f"S{who}",
            "enterprise_id": who,
            "start_date": "2021-01-01",
            "holder_id": "p1",
            "holder_kind": "person",
        }
        for who in "甲丁"
    ]
    rows["inspection"] = [*rows["inspection"], visit(4, "丙", "2026-02-01"), visit(5, "丁", "2026-02-02")]
    province.receive(rows)
    found = rows_of(province, "linked_inspection")
    assert {name: (row["via"], row["linked_id"]) for name, row in found.items()} == {
        "I1": ("name", "乙"), "I2": ("name", "乙"), "I4": ("address", "丙"), "I5": ("holder", "丁"),
    }  # fmt: skip
    assert rows_of(province, "linked_inspection", as_of=date(2026, 1, 31)).keys() == {"I1", "I2"}


@pytest.mark.parametrize(
    "relation", ["adjusted_inspection", "linked_inspection", "industry_peer", "region_peer", "industry_region_peer"]
)
def test_who_inspected_is_no_column(province: Province, relation: str) -> None:
    rows = history()
    rows["enterprise"][0]["name"] = rows["enterprise"][1]["name"] = "同名"
    province.receive(rows)
    found = rows_of(province, relation)
    assert found
    for row in found.values():
        assert not {"inspector", "authority"} & set(row)
        assert not {"张", "李"} & set(row.values())
        assert set(DERIVED[relation].columns) <= set(row)
    assert "inspector" not in relation_columns(relation)
