"""The as-of matrix: measures, null and zero, relations, and that nothing later than T is in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from handmade import ROOT, Province, Rows
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskml.core.errors import ConfigurationError
from riskml.engines.duckdb import connect
from riskml.features.matrix import MatrixBuilder, read_matrix
from riskml.features.specs import NEVER_DAYS, load_system, parse_system
from riskml.records.effect_periods import load_effect_periods

SYSTEM = load_system(ROOT / "features")
PERIODS = load_effect_periods(ROOT / "features" / "effect_periods.yaml")
T = date(2026, 10, 31)


def enterprise(name: str, **more: str) -> dict[str, str]:
    return {
        "record_id": f"E-{name}", "enterprise_id": name, "valid_from": "2020-01-01", "name": f"{name}公司",
        "status": "active",
        "established_date": "2020-01-01", "industry": "C1311", "division": "530102", "registered_capital": "100",
        "address": f"{name}路1号",
        **more,
    }  # fmt: skip


def penalty(number: int, who: str = "甲", **more: str) -> dict[str, str]:
    return {
        "record_id": f"P{number}",
        "enterprise_id": who,
        "event_date": "2026-09-01",
        "severity": "serious",
        "kind": "fine",
        "fine": "2",
        **more,
    }


def inspection(number: int, who: str = "甲", **more: str) -> dict[str, str]:
    return {
        "record_id": f"I{number}",
        "enterprise_id": who,
        "event_date": "2026-05-01",
        "kind": "random",
        "result": "no_problem",
        **more,
    }


def builder_of(province: Province) -> MatrixBuilder:
    return MatrixBuilder(connect(province.workspace.spill, threads=1), province.store, SYSTEM, PERIODS)


def row(province: Province, who: str = "甲", as_of: date = T) -> pd.Series:
    builder = builder_of(province)
    builder.pairs(pd.DataFrame({"enterprise_id": [who], "as_of": [as_of]}))
    return read_matrix(builder, lambda *_: None).iloc[0]


def test_zero_means_looked_and_found_none_null_means_never_received(province: Province) -> None:
    province.receive({"enterprise": [enterprise("甲")], "penalty": [penalty(1, "乙")]})
    found = row(province)
    assert found["penalty_count_365d"] == 0
    assert found["penalty_days_since"] == NEVER_DAYS
    assert np.isnan(found["complaint_count_365d"])
    assert np.isnan(found["linked_count"])


def test_counts_sums_and_days(province: Province) -> None:
    rows = [
        penalty(1),
        penalty(2, event_date="2026-10-21", fine="3.5"),
        penalty(3, event_date="2025-10-31"),
        penalty(4, event_date="2025-11-01"),
    ]
    province.receive({"enterprise": [enterprise("甲")], "penalty": rows})
    found = row(province)
    assert found["penalty_count_90d"] == 2
    assert found["penalty_count_365d"] == 3  # a window of 365 days begins the day after 2025-10-31
    assert found["penalty_count_1095d"] == 4
    assert found["penalty_days_since"] == 10
    assert found["penalty_fine_amount_365d"] == 7.5


@pytest.mark.parametrize(("when_none", "found", "none"), [(None, 0, 0), (-1, 0, -1)])
def test_no_record_is_told_from_none_that_matches_where_the_indicator_says_so(
    province: Province, when_none: float | None, found: float, none: float
) -> None:
    """Whatever other indicators there are: rows that do not match are left out only where it makes no difference."""
    label = {"zh": "名称", "en": "name"}
    counted = {
        "id": "moderate",
        "label": label,
        "from": "penalty",
        "measure": "count",
        "where": "severity = 'moderate'",
    }
    counted |= {"direction": "increasing", "basis": "-"} | ({} if when_none is None else {"when_none": when_none})
    group = {"id": "penalties", "label": label, "indicators": [counted]}
    system = parse_system({"one.yaml": yaml.safe_dump({"dimension": "supervision", "label": label, "groups": [group]})})
    province.receive({"enterprise": [enterprise("甲"), enterprise("乙")], "penalty": [penalty(1)]})
    builder = replace(builder_of(province), system=system)
    builder.ask_registered(T)
    assert dict(read_matrix(builder, lambda *_: None).set_index("enterprise_id")["moderate"]) == {
        "甲": found,
        "乙": none,
    }


def test_annual_reports_due_missing_and_late(province: Province) -> None:
    report = {"enterprise_id": "甲", "assets": "10", "liabilities": "20", "revenue": "5", "tax": "1", "employees": "3"}
    reports = [
        {**report, "record_id": "R1", "year": "2023", "event_date": "2024-08-01"},
        {**report, "record_id": "R2", "year": "2025", "event_date": "2026-03-01"},
    ]
    province.receive({"enterprise": [enterprise("甲")], "annual_report": reports})
    found = row(province)
    assert found["report_missing_count"] == 1  # 2024's
    assert found["report_late_count"] == 1  # 2023's, due 2024-06-30
    assert found["insolvent"] == 1


def test_a_newly_registered_enterprise_owes_no_report(province: Province) -> None:
    province.receive({"enterprise": [enterprise("甲", established_date="2026-01-05", valid_from="2026-01-05")],
        "annual_report": []} | {"annual_report": [
        {"record_id": "R", "enterprise_id": "乙", "year": "2025", "event_date": "2026-02-01"}]})  # fmt: skip
    assert row(province)["report_missing_count"] == 0


def network() -> Rows:
    """甲 and 乙 share a director; 乙 holds 60 % of 丙; 丙 is blacklisted; 甲 and 丁 share an address."""
    post = {"start_date": "2021-01-01", "role": "director", "person_name": "某"}
    return {
        "enterprise": [
            enterprise("甲", address="同楼"),
            enterprise("乙"),
            enterprise("丙"),
            enterprise("丁", address="同楼"),
        ],
        "position": [
            {**post, "record_id": "W1", "enterprise_id": "甲", "person_id": "p1"},
            {**post, "record_id": "W2", "enterprise_id": "乙", "person_id": "p1"},
            {**post, "record_id": "W3", "enterprise_id": "丁", "person_id": "p2"},
        ],
        "shareholding": [
            {
                "record_id": "S1",
                "enterprise_id": "丙",
                "start_date": "2021-01-01",
                "holder_id": "乙",
                "holder_kind": "enterprise",
                "share": "0.6",
            }
        ],
        "serious_listing": [{"record_id": "L1", "enterprise_id": "丙", "start_date": "2026-01-01", "list_kind": "tax"}],
        "abnormal_listing": [
            {"record_id": "B1", "enterprise_id": "丁", "start_date": "2026-01-01", "cause": "unreachable"}
        ],
        "penalty": [penalty(1, "丁")],
        "dishonest_debtor": [
            {"record_id": "D1", "subject_id": "p2", "subject_kind": "person", "start_date": "2026-02-01"}
        ],
    }


def test_relations_reach_two_hops_weighted_by_share(province: Province) -> None:
    province.receive(network())
    found = row(province, "甲")
    assert found["linked_count"] == 1
    assert found["linked_adverse_weight"] == 0
    assert found["linked_two_hops_adverse_weight"] == pytest.approx(0.6)
    assert found["post_holder_firms_max"] == 2
    assert found["address_firms"] == 2
    assert row(province, "乙")["linked_adverse_weight"] == pytest.approx(0.6)
    assert row(province, "丁")["dishonest_post_holder_count"] == 1


def test_an_address_without_an_active_enterprise_has_none_and_no_address_cannot_be_known(province: Province) -> None:
    registered = [enterprise("甲", status="revoked"), {**enterprise("乙"), "address": None}]
    listing = {"record_id": "B1", "enterprise_id": "丙", "start_date": "2026-01-01", "cause": "unreachable"}
    province.receive({"enterprise": registered, "abnormal_listing": [listing]})
    assert list(row(province, "甲")[["address_firms", "address_abnormal_firms"]]) == [0, 0]
    assert row(province, "乙")[["address_firms", "address_abnormal_firms"]].isna().all()


def test_relations_are_those_of_the_as_of_date(province: Province) -> None:
    rows = network()
    rows["position"][1]["end_date"] = "2026-06-30"
    province.receive(rows)
    assert row(province, "甲", date(2026, 6, 29))["linked_count"] == 1
    assert row(province, "甲", date(2026, 6, 30))["linked_count"] == 0


def test_peer_rates_use_the_visits_known_on_the_day_itself(province: Province) -> None:
    visits = [
        inspection(1, "乙", result="problem"),
        inspection(2, "乙", event_date="2026-10-10", result="problem", known_date="2026-10-31"),
        inspection(3, "乙", event_date="2026-10-11", result="problem", known_date="2026-11-01"),
    ]
    province.receive({"enterprise": [enterprise("甲"), enterprise("乙", division="530103")], "inspection": visits})
    of_day = {T: (2, 2), T - timedelta(days=1): (1, 1)}
    for day, (found, made) in of_day.items():
        whole = (found + 1) / (made + 50)
        assert row(province, "甲", day)["industry_problem_rate_1095d"] == pytest.approx(
            (found + 50 * whole) / (made * whole + 50 * whole)
        )
        assert row(province, "甲", day)["region_problem_rate_1095d"] == 1  # no visit in its own division: as everywhere


def test_everyone_and_the_same_pairs_agree(province: Province) -> None:
    province.receive(network())
    builder = builder_of(province)
    assert builder.ask_registered(T) == 4
    everyone = read_matrix(builder, lambda *_: None)
    builder.pairs(everyone[["enterprise_id", "as_of"]])
    pd.testing.assert_frame_equal(everyone, read_matrix(builder, lambda *_: None))


def test_buckets_do_not_change_the_matrix(
    province: Province, monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory
) -> None:
    monkeypatch.setattr("riskml.records.buckets.ENTERPRISES_PER_BUCKET", 1)
    split = Province(tmp_path_factory.mktemp("split"))
    split.receive(network())
    monkeypatch.undo()
    province.receive(network())
    assert (split.store.buckets, province.store.buckets) == (4, 1)
    frames = []
    for one in (split, province):
        builder = builder_of(one)
        builder.ask_registered(T)
        frames.append(read_matrix(builder, lambda *_: None).sort_values("enterprise_id", ignore_index=True))
    pd.testing.assert_frame_equal(*frames)


DAYS = st.integers(1, 900)


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(as_of_back=st.integers(100, 500), later=st.integers(1, 99))
def test_no_record_dated_or_known_later_reaches_any_indicator(
    write_province: Callable[[Rows], Province], as_of_back: int, later: int
) -> None:
    """Leakage: what happened or became known after T leaves all indicators at T as they were."""
    as_of = date(2026, 10, 31) - timedelta(days=as_of_back)
    after = str(as_of + timedelta(days=later))
    before = str(as_of - timedelta(days=5))
    rows = network() | {"inspection": [inspection(1, event_date=before)], "complaint": [complaint(1, before)]}
    rows["annual_report"] = [
        {
            "record_id": "R1",
            "enterprise_id": "甲",
            "year": "2023",
            "event_date": "2024-04-01",
            "assets": "9",
            "liabilities": "1",
        }
    ]
    future: dict[str, list[dict[str, Any]]] = {
        "penalty": [penalty(90, event_date=after), penalty(91, event_date=before, known_date=after)],
        "inspection": [inspection(90, event_date=after, result="problem"),
        inspection(91, event_date=before, known_date=after, result="problem")],
        "complaint": [complaint(90, after), {**complaint(91, before), "known_date": after}],
        "serious_listing": [{"record_id": "L9", "enterprise_id": "乙", "start_date": after, "list_kind": "tax"}],
        "enterprise": [enterprise("甲", record_id="E9", valid_from=after, registered_capital="9999", address="新址")],
        "annual_report": [{"record_id": "R9", "enterprise_id": "甲", "year": "2025", "event_date": after, "assets": "1",
        "liabilities": "9"}],
        "position": [{"record_id": "W9", "enterprise_id": "甲", "start_date": after, "role": "director",
        "person_name": "某", "person_id": "p2"}],
        "amendment": [{"record_id": "A9", "of_table": "serious_listing", "of_record": "L1", "kind": "revoked",
        "event_date": before, "known_date": after}],
    }  # fmt: skip
    merged = {name: [*rows.get(name, []), *future.get(name, [])] for name in {*rows, *future}}
    frames = []
    for told in (rows, merged):
        builder = builder_of(write_province(told))
        builder.pairs(pd.DataFrame({"enterprise_id": ["甲", "乙"], "as_of": as_of}))
        frames.append(read_matrix(builder, lambda *_: None))
    pd.testing.assert_frame_equal(*frames)


def complaint(number: int, day: str) -> dict[str, str]:
    return {"record_id": f"C{number}", "enterprise_id": "甲", "event_date": day, "kind": "complaint", "accepted": True}


FAILING = """
dimension: supervision
label: {{zh: 监管, en: Supervision}}
groups:
  - id: g
    label: {{zh: 组, en: group}}
    indicators:
      - {{id: sound, label: {{zh: 好, en: sound}}, from: penalty, measure: count, direction: none, basis: test}}
      - {{id: failing, label: {{zh: 坏, en: failing}}, {how}, direction: none, basis: test}}
"""


@pytest.mark.parametrize(
    ("how", "named"),
    [
        ("from: penalty, measure: max, value: CAST(fine * 1000000000000 AS INTEGER)", "value 'CAST(fine"),
        ("from: penalty, measure: count, where: CAST(fine * 1000000000000 AS INTEGER) > 1", "where 'CAST(fine"),
        ("measure: expression, value: CAST(sound * 1000000000000 AS INTEGER)", "value 'CAST(sound"),
    ],
)
def test_an_expression_that_fails_on_a_value_is_named_with_file_and_indicator(
    province: Province, how: str, named: str
) -> None:
    province.receive({"enterprise": [enterprise("甲")], "penalty": [penalty(1)]})
    system = parse_system({"overlays/own.yaml": FAILING.format(how=how)})
    builder = MatrixBuilder(connect(province.workspace.spill, threads=1), province.store, system, PERIODS)
    builder.pairs(pd.DataFrame({"enterprise_id": ["甲"], "as_of": [T]}))
    with pytest.raises(ConfigurationError) as raised:
        read_matrix(builder, lambda *_: None)
    assert f"overlays/own.yaml failing: {named}" in raised.value.en
    assert "sound:" not in raised.value.en


@pytest.mark.parametrize(
    "how", ["from: penalty, measure: max, value: 1 / fine", "measure: expression, value: ln(sound - 1)"]
)
def test_what_is_divided_by_zero_cannot_be_known(province: Province, how: str) -> None:
    province.receive({"enterprise": [enterprise("甲")], "penalty": [penalty(1, fine="0")]})
    system = parse_system({"overlays/own.yaml": FAILING.format(how=how)})
    builder = MatrixBuilder(connect(province.workspace.spill, threads=1), province.store, system, PERIODS)
    builder.pairs(pd.DataFrame({"enterprise_id": ["甲"], "as_of": [T]}))
    found = read_matrix(builder, lambda *_: None).iloc[0]
    assert found["sound"] == 1
    assert np.isnan(found["failing"])


WINDOWED = """
dimension: supervision
label: {zh: 监管, en: Supervision}
groups:
  - id: g
    label: {zh: 组, en: group}
    indicators:
      - {id: penalties, label: {zh: 处罚, en: Penalties}, from: penalty, measure: count, windows: [90d, 365d],
         direction: none, basis: test}
      - {id: measures, label: {zh: 强制, en: Measures}, from: compulsory_measure, measure: count, windows: [90d],
         direction: none, basis: test}
"""


def windowed(province: Province, rows: Rows) -> tuple[float, float, float]:
    province.receive({"enterprise": [enterprise("甲")], **rows})
    system = parse_system({"own.yaml": WINDOWED})
    builder = MatrixBuilder(connect(province.workspace.spill, threads=1), province.store, system, PERIODS)
    builder.pairs(pd.DataFrame({"enterprise_id": ["甲"], "as_of": [T]}))
    found = read_matrix(builder, lambda *_: None).iloc[0]
    return found["penalties_90d"], found["penalties_365d"], found["measures_90d"]


@pytest.mark.parametrize(
    ("given", "counted"),
    [
        ({"event_date": "2015-03-01", "restricted_until": "2032-03-01"}, (1, 1)),  # an occupation ban that still runs
        (
            {"event_date": "2015-03-01", "restricted_until": str(T)},
            (0, 0),
        ),  # it ended that day, and its period long before
        ({"event_date": "2026-01-05", "publicised_date": "2026-09-30"}, (1, 1)),  # in effect from its publicity on
        (
            {"event_date": "2026-01-05", "publicised_date": "2026-09-30", "market_supervision": "false"},
            (0, 1),
        ),  # Order 36: from the decision on
    ],
)
def test_art13_what_is_still_in_effect_is_inside_every_window_which_counts_from_when_it_took_effect(
    province: Province, given: dict[str, str], counted: tuple[int, int]
) -> None:
    made = {"market_supervision": "true", "severity": "serious", "kind": "occupation_restricted", **given}
    assert windowed(province, {"penalty": [penalty(1, **made)], "compulsory_measure": []})[:2] == counted


@pytest.mark.parametrize(("end", "counted"), [(None, 1), ("2026-10-01", 0)])
def test_art13_a_state_that_lasts_is_inside_every_window(province: Province, end: str | None, counted: int) -> None:
    sealed = {
        "record_id": "Q1",
        "enterprise_id": "甲",
        "start_date": "2024-05-01",
        "end_date": end,
        "measure": "sealing",
    }
    assert windowed(province, {"compulsory_measure": [sealed], "penalty": []})[2] == counted
