"""When a state ends: ends that are open, to come, that cannot be used, and that contradict each other."""

from __future__ import annotations

from datetime import date

import pyarrow.parquet as pq
import pytest
from handmade import ROOT, Province

from riskml.records.effect_periods import load_effect_periods
from riskml.records.live import change_points_sql, live_sql

PERIODS = load_effect_periods(ROOT / "features" / "effect_periods.yaml")
LISTING = {
    "record_id": "L1",
    "enterprise_id": "甲",
    "start_date": "2026-03-01",
    "list_kind": "tax",
    "known_date": "2026-03-02",
}
OPEN = [
    "9999-12-31",
    "2099-12-31",
    "99991231",
    "9999年12月31日",
    "长期",
    "永久",
    "无固定期限",
    "至今",
    "-",
    "－",
    "NULL",
    "无",
    "",
    None,
]


def ends(province: Province, *days: str) -> dict[str, str | None]:
    """As-of date → the end of the listing as known then; a day without the listing is missing."""
    entity_dates = "(VALUES " + ", ".join(f"('甲', DATE '{day}')" for day in days) + ") m(enterprise_id, as_of)"
    found = province.connection().sql(
        f"SELECT as_of, end_date FROM ({live_sql('serious_listing', f'(SELECT * FROM {entity_dates})', PERIODS)})"
    )
    return {str(day): end and str(end) for day, end in found.fetchall()}


@pytest.mark.parametrize("written", OPEN)
def test_an_open_end_is_no_end_and_no_fault(province: Province, written: str | None) -> None:
    report = province.receive({"serious_listing": [{**LISTING, "end_date": written}]})
    assert (report.tables[0].taken, report.notes) == (1, {})
    (row,) = province.stored("serious_listing")
    assert (row["end_date"], row["end_known_date"], row["planned_end_date"]) == (None, None, None)
    assert ends(province, "2026-10-31") == {"2026-10-31": None}


def test_an_end_to_come_is_planned_and_counts_once_it_has_passed(province: Province) -> None:
    province.receive({"serious_listing": [{**LISTING, "end_date": "2028-12-31"}]})
    (row,) = province.stored("serious_listing")
    assert (row["end_date"], row["planned_end_date"]) == (None, date(2028, 12, 31))
    assert ends(province, "2026-10-31", "2028-12-30", "2028-12-31", "2029-12-30", "2029-12-31") == {
        "2026-10-31": None,
        "2028-12-30": None,
        "2028-12-31": "2028-12-31",
        "2029-12-30": "2028-12-31",  # a year of effect after the end
    }


def test_an_end_that_was_recorded_earlier_than_planned_decides(province: Province) -> None:
    province.receive({"serious_listing": [{**LISTING, "end_date": "2028-12-31"}]})
    report = province.receive({"serious_listing": [{**LISTING, "end_date": "2026-10-01"}]})
    assert (report.tables[0].closed, report.tables[0].refused) == (1, 0)
    assert ends(province, "2026-09-30", "2026-10-01") == {"2026-09-30": None, "2026-10-01": "2026-10-01"}


def test_a_planned_end_can_be_put_off(province: Province) -> None:
    province.receive({"serious_listing": [{**LISTING, "end_date": "2027-12-31"}]})
    report = province.receive({"serious_listing": [{**LISTING, "end_date": "2029-12-31"}]})
    assert (report.tables[0].closed, report.tables[0].refused) == (1, 0)
    assert ends(province, "2028-06-30") == {"2028-06-30": None}


def test_a_planned_end_is_a_day_on_which_ties_turn(province: Province) -> None:
    post = {"record_id": "P1", "enterprise_id": "甲", "start_date": "2020-01-01", "person_id": "p", "role": "director"}
    province.receive({"position": [{**post, "end_date": "2027-05-31"}]})
    entity_dates = "(SELECT unnest([DATE '2026-01-01', DATE '2028-01-01']) AS as_of)"
    days = (
        province.connection()
        .sql(f"SELECT day FROM ({change_points_sql('position', 'person_id', entity_dates, PERIODS)}) ORDER BY day")
        .fetchall()
    )
    assert [str(day) for (day,) in days] == ["2026-01-01", "2027-05-31"]


def test_an_expiry_that_never_comes_keeps_the_ban_in_force(province: Province) -> None:
    ban = {
        "record_id": "B1",
        "enterprise_id": "甲",
        "event_date": "2015-01-05",
        "severity": "serious",
        "kind": "occupation_restricted",
    }
    province.receive(
        {"penalty": [{**ban, "restricted_until": "终身"}, {**ban, "record_id": "B2", "restricted_until": "2018-01-05"}]}
    )
    sql = live_sql("penalty", "(SELECT '甲' AS enterprise_id, DATE '2026-10-31' AS as_of)", PERIODS)
    assert province.connection().sql(f"SELECT record_id FROM ({sql})").fetchall() == [("B1",)]


@pytest.mark.parametrize(
    ("end", "reason"),
    [
        ("1900-01-01", "out_of_range"),
        ("2026-02-28", "ends_before_start"),
        ("20255-01-01", "wrong_type"),
        ("已解除", "wrong_type"),
    ],
)
def test_an_end_that_cannot_be_used_is_noted_and_the_state_is_open(province: Province, end: str, reason: str) -> None:
    report = province.receive({"serious_listing": [{**LISTING, "end_date": end}]})
    assert (report.notes, report.faults) == ({("serious_listing", "end_date", reason): 1}, {})
    assert ends(province, "2026-10-31") == {"2026-10-31": None}


@pytest.mark.parametrize("end", [None, "长期", "1900-01-01", "2026-02-28"])
def test_a_day_on_which_an_end_became_known_without_an_end_is_noted(province: Province, end: str | None) -> None:
    report = province.receive({"serious_listing": [{**LISTING, "end_date": end, "end_known_date": "2026-10-02"}]})
    assert report.notes["serious_listing", "end_known_date", "end_not_told"] == 1
    (row,) = province.stored("serious_listing")
    assert (row["end_date"], row["end_known_date"]) == (None, None)


def test_two_planned_ends_of_one_row_are_noted_and_the_end_is_used(province: Province) -> None:
    report = province.receive(
        {"serious_listing": [{**LISTING, "end_date": "2028-12-31", "planned_end_date": "2027-12-31"}]}
    )
    assert report.notes == {("serious_listing", "planned_end_date", "two_planned_ends"): 1}
    assert [row["planned_end_date"] for row in province.stored("serious_listing")] == [date(2028, 12, 31)]


def test_another_planned_end_than_the_stored_one_is_noted_with_both(province: Province) -> None:
    province.receive({"serious_listing": [{**LISTING, "end_date": "2027-12-31"}]})
    report = province.receive({"serious_listing": [{**LISTING, "end_date": "2029-12-31"}]})
    assert report.notes == {("serious_listing", "planned_end_date", "plan_replaced"): 1}
    assert report.quarantine
    (row,) = pq.read_table(report.quarantine).to_pylist()
    assert (row["value"], row["stored_value"]) == ("2029-12-31", "2027-12-31")
    first = province.receive({"serious_listing": [{**LISTING, "record_id": "L2", "end_date": "2029-12-31"}]})
    assert first.notes == {}
