"""The point-in-time rule: what counts at an as-of date, by article and by case."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from handmade import ROOT, Province
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskml.records.effect_periods import load_effect_periods
from riskml.records.live import change_points_sql, current_columns_sql, current_enterprise_sql, live_sql
from riskml.records.tables import Table

PERIODS = load_effect_periods(ROOT / "features" / "effect_periods.yaml")

PENALTY = {
    "record_id": "P1",
    "enterprise_id": "甲",
    "event_date": "2026-05-10",
    "severity": "serious",
    "kind": "fine",
    "fine": "3",
}


def live(province: Province, table: str, as_of: str, **options: str) -> list[dict[str, Any]]:
    connection = province.connection()
    connection.execute(f"CREATE TABLE entity_dates AS SELECT '甲' AS enterprise_id, DATE '{as_of}' AS as_of")
    return (
        connection.sql(f"{live_sql(table, 'entity_dates', PERIODS, **options)} ORDER BY record_id")
        .to_arrow_table()
        .to_pylist()
    )


def amend(kind: str, *, effective: str = "2026-06-01", known: str = "2026-06-10", **more: str) -> dict[str, str]:
    return {
        "record_id": "A1",
        "of_table": "penalty",
        "of_record": "P1",
        "kind": kind,
        "event_date": effective,
        "known_date": known,
        **more,
    }


@pytest.mark.parametrize(("as_of", "counts"), [("2026-05-09", False), ("2026-05-10", True)])
def test_record_counts_from_its_own_date(province: Province, as_of: str, counts: bool) -> None:
    province.receive({"penalty": [PENALTY]})
    assert bool(live(province, "penalty", as_of)) == counts


@pytest.mark.parametrize(("as_of", "counts"), [("2026-05-20", False), ("2026-07-01", True)])
def test_record_counts_from_the_day_it_became_known(province: Province, as_of: str, counts: bool) -> None:
    province.receive({"penalty": [{**PENALTY, "known_date": "2026-07-01"}]})
    assert bool(live(province, "penalty", as_of)) == counts


@pytest.mark.parametrize("kind", ["revoked", "misjudged", "changed", "repaired"])
@pytest.mark.parametrize(("as_of", "counts"), [("2026-06-09", True), ("2026-06-10", False)])
def test_art14_excluded_from_the_day_the_amendment_is_known(
    province: Province, kind: str, as_of: str, counts: bool
) -> None:
    province.receive({"penalty": [PENALTY], "amendment": [amend(kind)]})
    assert bool(live(province, "penalty", as_of)) == counts


def test_art14_2_changed_act_counts_in_its_new_version(province: Province) -> None:
    newer = {**PENALTY, "record_id": "P2", "fine": "1", "event_date": "2026-06-01"}
    province.receive({"penalty": [PENALTY, newer], "amendment": [amend("changed", replaced_by="P2")]})
    assert [row["record_id"] for row in live(province, "penalty", "2026-07-01")] == ["P2"]


def test_art14_3_partly_revoked_act_loses_only_that_part(province: Province) -> None:
    province.receive(
        {"penalty": [{**PENALTY, "confiscated": "7"}], "amendment": [amend("partly_revoked", part="fine")]}
    )
    (before,) = live(province, "penalty", "2026-06-09")
    (after,) = live(province, "penalty", "2026-06-10")
    assert (before["fine"], before["confiscated"]) == (3, 7)
    assert (after["fine"], after["confiscated"]) == (0, 7)


def test_an_end_not_yet_known_is_open(province: Province) -> None:
    listing = {"record_id": "L1", "enterprise_id": "甲", "start_date": "2026-01-05", "cause": "unreachable"}
    province.receive({"abnormal_listing": [{**listing, "end_date": "2026-03-01", "end_known_date": "2026-03-20"}]})
    assert live(province, "abnormal_listing", "2026-03-10")[0]["end_date"] is None
    assert live(province, "abnormal_listing", "2026-03-20")[0]["end_date"] == date(2026, 3, 1)


def test_an_open_state_never_leaves_its_effect_period(province: Province) -> None:
    province.receive(
        {
            "abnormal_listing": [
                {"record_id": "L1", "enterprise_id": "甲", "start_date": "2015-01-05", "cause": "unreachable"}
            ]
        }
    )
    assert live(province, "abnormal_listing", "2026-10-31")


def test_a_minor_penalty_ends_after_three_months(province: Province) -> None:
    """市场监督管理行政处罚信息公示规定 Art. 13: three months from the day it was publicised."""
    province.receive({"penalty": [{**PENALTY, "severity": "minor", "publicised_date": "2026-05-20"}]})
    assert live(province, "penalty", "2026-08-19")
    assert not live(province, "penalty", "2026-08-20")


def test_the_version_in_force_on_the_as_of_date_decides(province: Province) -> None:
    """A moderate penalty of 2024 counted for three years until Order 107 (2025-12-25) cut it to one, for older records
    too.
    """
    province.receive(
        {"penalty": [{**PENALTY, "severity": "moderate", "event_date": "2024-06-01", "publicised_date": "2024-06-10"}]}
    )
    assert live(province, "penalty", "2025-12-24")
    assert not live(province, "penalty", "2025-12-25")


DAYS = st.dates(date(2024, 1, 1), date(2026, 10, 31))


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(as_of=DAYS, events=st.lists(st.tuples(DAYS, st.integers(0, 400)), min_size=1, max_size=6), data=st.data())
def test_what_is_dated_or_known_later_changes_nothing(
    write_province: Any, as_of: date, events: list[tuple[date, int]], data: Any
) -> None:
    """Leakage: any record or amendment dated or known after T leaves ``live(table, T)`` as it was."""

    def penalty(number: int, day: date, delay: int) -> dict[str, str]:
        return {
            **PENALTY,
            "record_id": f"P{number}",
            "event_date": str(day),
            "known_date": str(min(day + timedelta(days=delay), date(2026, 10, 31))),
        }

    before = [penalty(i, day, delay) for i, (day, delay) in enumerate(events)]
    later_day = data.draw(st.dates(as_of + timedelta(days=1), date(2026, 11, 1)))
    later = [
        {**PENALTY, "record_id": "later-event", "event_date": str(later_day)},
        {
            **PENALTY,
            "record_id": "later-known",
            "event_date": str(min(as_of, date(2026, 10, 1))),
            "known_date": str(later_day),
        },
    ]
    repairs = [
        {**amend("revoked", effective=str(as_of), known=str(later_day)), "record_id": f"A{i}", "of_record": f"P{i}"}
        for i in range(len(before))
    ]
    small, large = (
        write_province({"penalty": before}),
        write_province({"penalty": [*before, *later], "amendment": repairs}),
    )
    few, many = ([{**row, "arrival": None} for row in live(store, "penalty", str(as_of))] for store in (small, large))
    assert few == many


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    posts=st.lists(st.tuples(DAYS, st.integers(0, 200), st.integers(0, 400), st.booleans()), min_size=1, max_size=5),
    data=st.data(),
)
def test_between_two_turns_the_same_counts(
    write_province: Any, posts: list[tuple[date, int, int, bool]], data: Any
) -> None:
    last = date(2026, 10, 31)
    rows: dict[str, list[dict[str, Any]]] = {"shareholding": [], "amendment": []}
    for number, (start, delay, length, ends) in enumerate(posts):
        row = {
            "record_id": f"S{number}",
            "enterprise_id": "甲",
            "holder_id": "p",
            "holder_kind": "person",
            "share": "0.5",
            "start_date": str(start),
        }
        row["known_date"] = str(min(start + timedelta(days=delay), last))
        if ends:
            end = min(start + timedelta(days=length), last)
            row |= {"end_date": str(end), "end_known_date": str(min(end + timedelta(days=delay), last))}
        rows["shareholding"].append(row)
        kind = data.draw(st.sampled_from(["none", "revoked", "partly_revoked"]))
        amended = {
            **amend(kind, effective=str(data.draw(DAYS)), known=str(data.draw(DAYS))),
            "of_table": "shareholding",
            "of_record": f"S{number}",
        }
        if kind != "none":
            rows["amendment"].append(
                {**amended, "record_id": f"A{number}", **({"part": "share"} if kind == "partly_revoked" else {})}
            )
    connection = write_province(rows).connection()
    first = data.draw(DAYS)
    asked = sorted({first, *data.draw(st.lists(st.dates(first, last), max_size=12))})
    dates = ", ".join(f"('p', DATE '{day}')" for day in asked)
    connection.execute(f"CREATE TABLE entity_dates AS SELECT * FROM (VALUES {dates}) m (holder_id, as_of)")
    turns = [
        day
        for _, day in connection.sql(change_points_sql("shareholding", "holder_id", "entity_dates", PERIODS)).fetchall()
    ]
    assert all(asked[0] <= turn <= asked[-1] for turn in turns)

    def counted(day: date) -> list[tuple[Any, ...]]:
        live_rows = live_sql(
            "shareholding", f"(SELECT 'p' AS holder_id, DATE '{day}' AS as_of)", PERIODS, key="holder_id"
        )
        return connection.sql(
            f"SELECT * EXCLUDE (as_of, effective_date) FROM ({live_rows}) ORDER BY record_id"
        ).fetchall()

    for day in asked:
        turned = max((turn for turn in turns if turn <= day), default=None)
        assert counted(day) == (counted(turned) if turned else [])


def test_some_columns_of_the_registration_are_those_of_the_whole(province: Province) -> None:
    """Also where the newest version has no address, and where two versions are of one day."""
    base = {"enterprise_id": "甲", "name": "甲", "established_date": "2020-01-01", "status": "active"}
    versions = [
        {**base, "record_id": "E1", "valid_from": "2024-01-01", "address": "旧址", "division": "530100"},
        {**base, "record_id": "E3", "valid_from": "2025-01-01", "address": None, "division": "530102"},
        {**base, "record_id": "E2", "valid_from": "2025-01-01", "address": "新址", "division": "530103"},
        {
            **base,
            "record_id": "E4",
            "valid_from": "2025-06-01",
            "known_date": "2026-01-01",
            "address": "再迁",
            "division": None,
        },
    ]
    province.receive({"enterprise": versions})
    connection = province.connection()
    for day in ("2024-12-31", "2025-01-01", "2025-12-31", "2026-01-01"):
        entity_dates = f"(SELECT '甲' AS enterprise_id, DATE '{day}' AS as_of)"
        (whole,) = connection.sql(
            f"SELECT enterprise_id, as_of, address, division FROM ({current_enterprise_sql(entity_dates, PERIODS)})"
        ).fetchall()
        assert connection.sql(current_columns_sql(("address", "division"), entity_dates, PERIODS)).fetchall() == [whole]


def test_every_table_has_a_live_relation(province: Province) -> None:
    from riskml.records.tables import TABLES

    province.receive({"penalty": [PENALTY]})
    connection = province.connection()
    for table in TABLES.values():
        connection.execute(
            f"CREATE OR REPLACE TABLE entity_dates AS SELECT '甲' AS {_key(table)}, DATE '2026-10-31' AS as_of"
        )
        connection.sql(live_sql(table.name, "entity_dates", PERIODS)).fetchall()


def _key(table: Table) -> str:
    return table.subject
