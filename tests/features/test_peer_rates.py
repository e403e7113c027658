"""Peer rates on any day: equal to counting that day's live visits one by one, and blind to what became known later."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from handmade import ROOT, Province, Rows

from riskml.features.matrix import MatrixBuilder, read_matrix
from riskml.features.specs import parse_system
from riskml.records.effect_periods import EffectPeriods, load_effect_periods, parse_effect_periods
from riskml.records.live import live_sql
from riskml.relations.known_inspections import PEER_WINDOWS, USUAL_WEIGHT, WHOLE_PRIOR
from riskml.relations.templates import relation_sql

PERIODS_FILE = ROOT / "features" / "effect_periods.yaml"
PERIODS = load_effect_periods(PERIODS_FILE)
FIRMS = tuple(f"企业{number}" for number in range(9))
FIRST = date(2025, 1, 1)


def enterprise(who: str, **more: str) -> dict[str, str]:
    number = FIRMS.index(who)
    return {
        "record_id": f"E-{who}", "enterprise_id": who, "valid_from": "2020-01-01", "name": f"{who}公司",
        "status": "active",
        "industry": ("C1311", "F5211", "H6210")[number % 3], "division": ("530102", "530103")[number % 2], **more,
    }  # fmt: skip


def made_up(seed: int, *, inspectors: bool) -> Rows:
    """Visits of sixteen months, some repeated on a day, some known late, some amended."""
    draw = np.random.default_rng(seed)
    visits: list[dict[str, Any]] = []
    amendments = []
    for number in range(160):
        day = FIRST + timedelta(days=int(draw.integers(480)))
        visit = {
            "record_id": f"I{number}", "enterprise_id": FIRMS[draw.integers(len(FIRMS))], "event_date": str(day),
            "kind": ("random", "routine", "targeted")[draw.integers(3)],
            "result": ("no_problem", "problem", "serious_problem")[draw.integers(3)],
            "known_date": str(day + timedelta(days=int(draw.choice([0, 0, 3, 40])))),
            "serious_problems": str(int(draw.integers(2))),
            "inspector": ("张", "李", "王")[draw.integers(3)] if inspectors else None,
        }  # fmt: skip
        visits.append(visit)
        if draw.random() < 0.2:  # written down once more
            visits.append({**visit, "record_id": f"I{number}b", "result": "problem"})
        if draw.random() < 0.2:
            known = day + timedelta(days=int(draw.integers(1, 200)))
            kind = "partly_revoked" if draw.random() < 0.3 else "revoked"
            part = {"part": "result"} if kind == "partly_revoked" else {}
            amendments.append(
                {
                    "record_id": f"A{number}",
                    "of_table": "inspection",
                    "of_record": f"I{number}",
                    "kind": kind,
                    "event_date": str(known),
                    **part,
                }
            )
    return {"enterprise": [enterprise(who) for who in FIRMS], "inspection": visits, "amendment": amendments}


def struck(province: Province, relation: str, days: list[date], periods: EffectPeriods = PERIODS) -> pd.DataFrame:
    """The rows of a peer relation for every enterprise on the given days."""
    connection = province.connection()
    entity_dates = pd.DataFrame([(who, day) for who in FIRMS for day in days], columns=["enterprise_id", "as_of"])
    connection.register("asked", entity_dates)
    connection.execute("CREATE TABLE entity_dates AS SELECT enterprise_id, CAST(as_of AS DATE) AS as_of FROM asked")
    found: pd.DataFrame = connection.sql(relation_sql(relation, "entity_dates", periods)).df()
    return found.sort_values(["as_of", "enterprise_id", "window_days", "undirected"], ignore_index=True)


def live_visits(province: Province, day: date, periods: EffectPeriods) -> pd.DataFrame:
    """The visits that count on a day, one for each enterprise, day and way of choosing."""
    entity_dates = f"(SELECT DISTINCT enterprise_id, DATE '{day}' AS as_of FROM inspection)"
    rows = (
        province.connection()
        .sql(f"SELECT * FROM ({live_sql('inspection', entity_dates, periods)}) WHERE result IS NOT NULL")
        .df()
    )
    rows = rows.assign(
        undirected=rows["kind"].isin(["random", "routine"]), problem=(rows["result"] != "no_problem").astype(int),
        serious=(rows["serious_problems"] > 0).astype(int),
    )  # fmt: skip
    return rows.groupby(["enterprise_id", "event_date", "undirected"], as_index=False)[["problem", "serious"]].max()


def counted(
    province: Province, day: date, peer: tuple[str, ...], periods: EffectPeriods = PERIODS
) -> dict[tuple[str, int, bool], tuple[float, ...]]:
    """The same by brute force, without inspectors: (enterprise, window, undirected alone) → visits, problems, expected,
    serious, expected.
    """
    homes = {who: tuple(enterprise(who)[name][: 3 if name == "industry" else 6] for name in peer) for who in FIRMS}
    visits = live_visits(province, day, periods)
    age = (pd.Timestamp(day) - pd.to_datetime(visits["event_date"])).dt.days
    result = {}
    for window in PEER_WINDOWS:
        for undirected in (False, True):
            seen = visits[(age < window) & (visits["undirected"] | (not undirected))]
            for who in FIRMS:
                alike = [firm for firm in FIRMS if homes[firm] == homes[who]]
                own = seen[seen["enterprise_id"].isin(alike)]
                expected = [
                    len(own) * (seen[name].sum() + 1) / (len(seen) + WHOLE_PRIOR) for name in ("problem", "serious")
                ]
                result[who, window, undirected] = (
                    len(own),
                    own["problem"].sum(),
                    expected[0],
                    own["serious"].sum(),
                    expected[1],
                )
    return result


@pytest.mark.parametrize(
    ("relation", "peer"),
    [
        ("industry_peer", ("industry",)),
        ("region_peer", ("division",)),
        ("industry_region_peer", ("industry", "division")),
    ],
)
def test_rates_of_any_day_are_those_of_that_days_live_visits(
    province: Province, relation: str, peer: tuple[str, ...]
) -> None:
    province.receive(made_up(1, inspectors=False))
    days = [FIRST + timedelta(days=back) for back in (0, 1, 29, 30, 31, 100, 200, 364, 365, 430, 479, 700, 1500)]
    found = struck(province, relation, days).set_index(["enterprise_id", "window_days", "undirected"])
    for day in days:
        of_day = found[pd.to_datetime(found["as_of"]) == pd.Timestamp(day)]
        columns = ["visits", "problems", "expected_problems", "serious", "expected_serious"]
        for key, expected in counted(province, day, peer).items():
            assert tuple(of_day.loc[key, columns]) == pytest.approx(expected), (day, key)


def test_few_recent_visits_are_drawn_to_the_longer_window_and_the_longest_to_the_whole(province: Province) -> None:
    """By hand, from the relation's own counts: 30 days towards 365, and these towards 1."""
    province.receive(made_up(6, inspectors=False))
    day = FIRST + timedelta(days=400)
    counts = (
        struck(province, "industry_peer", [day]).query("not undirected").set_index(["enterprise_id", "window_days"])
    )
    column = {
        "id": "rate", "label": {"zh": "率", "en": "rate"}, "from": "industry_peer", "where": "NOT undirected",
        "measure": "relative_rate",
        "value": "problems", "windows": ["30d", "365d"], "shrink": 50, "shrink_to": "longer", "direction": "increasing",
        "basis": "test",
    }  # fmt: skip
    group = {"id": "g", "label": {"zh": "组", "en": "group"}, "indicators": [column]}
    text = yaml.safe_dump(
        {"dimension": "basic", "label": {"zh": "基", "en": "basic"}, "groups": [group]}, allow_unicode=True
    )
    whole = parse_system({"basic.yaml": text})
    for system in (whole, whole.select(("rate_30d",))):  # the longer window is read though its own column is not in use
        builder = MatrixBuilder(province.connection(), province.store, system, PERIODS)
        builder.pairs(pd.DataFrame({"enterprise_id": FIRMS, "as_of": day}))
        found = read_matrix(builder, lambda *_: None).set_index("enterprise_id")
        for who in FIRMS:
            rate = 1.0
            for window in (365, 30):
                one = counts.loc[(who, window)]
                prior = 50 * one["problems_rate"]
                rate = (one["problems"] + prior * rate) / (one["expected_problems"] + prior)
                if f"rate_{window}d" in found:
                    assert found.loc[who, f"rate_{window}d"] == pytest.approx(rate)


def test_a_day_asked_alone_and_among_others_has_the_same_rates(province: Province) -> None:
    province.receive(made_up(2, inspectors=True))
    days = [FIRST + timedelta(days=back) for back in (40, 222, 223, 400)]
    together = struck(province, "industry_peer", days)
    alone = pd.concat([struck(province, "industry_peer", [day]) for day in days], ignore_index=True)
    pd.testing.assert_frame_equal(
        together, alone.sort_values(["as_of", "enterprise_id", "window_days", "undirected"], ignore_index=True)
    )


def test_an_effect_period_shorter_than_the_window_ends_what_counts(province: Province) -> None:
    text = PERIODS_FILE.read_text(encoding="utf-8")
    start = text.index("  inspection:\n    - clock: event_date")
    short = parse_effect_periods(
        text[:start] + text[start:].replace("length: 3y", "length: 90d", 1), "effect_periods.yaml"
    )
    province.receive(made_up(3, inspectors=False))
    days = [FIRST + timedelta(days=back) for back in (60, 150, 300, 450)]
    found = struck(province, "region_peer", days, short).set_index(["enterprise_id", "window_days", "undirected"])
    for day in days:
        of_day = found[pd.to_datetime(found["as_of"]) == pd.Timestamp(day)]
        for key, expected in counted(province, day, ("division",), short).items():
            assert of_day.loc[key, "visits"] == expected[0], (day, key)


@pytest.mark.parametrize("relation", ["industry_peer", "region_peer", "industry_region_peer"])
def test_what_becomes_known_later_changes_no_rate(
    province: Province, write_province: Callable[[Rows], Province], relation: str
) -> None:
    rows = made_up(4, inspectors=True)
    province.receive(rows)
    day = FIRST + timedelta(days=300)
    after, tomorrow = str(day + timedelta(days=1)), str(day - timedelta(days=10))
    late = {"kind": "routine", "result": "serious_problem", "serious_problems": "9", "inspector": "张"}
    added = [
        {"record_id": "L1", "enterprise_id": FIRMS[0], "event_date": after, **late},
        {"record_id": "L2", "enterprise_id": FIRMS[1], "event_date": tomorrow, "known_date": after, **late},
    ]
    amended = [
        {"record_id": f"LA{number}", "of_table": "inspection", "of_record": f"I{number}", "kind": "revoked",
         "event_date": tomorrow, "known_date": after}
        for number in range(0, 160, 3)
    ]  # fmt: skip
    more = {**rows, "inspection": [*rows["inspection"], *added], "amendment": [*rows["amendment"], *amended]}
    days = [day - timedelta(days=200), day]
    pd.testing.assert_frame_equal(struck(write_province(more), relation, days), struck(province, relation, days))


def test_a_territory_does_not_stand_for_its_inspector(province: Province) -> None:
    """Half of all enterprises have problems in either division, but the inspector of one finds all of them and that of
    the other a fifth.
    """
    draw = np.random.default_rng(5)
    visits = []
    for number in range(2000):
        who = FIRMS[draw.integers(len(FIRMS))]
        strict = enterprise(who)["division"] == "530102"
        day = FIRST + timedelta(days=int(draw.integers(480)))
        found = draw.random() < 0.5 and (strict or draw.random() < 0.2)
        visits.append({
            "record_id": f"I{number}", "enterprise_id": who, "event_date": str(day), "kind": "routine",
            "result": "problem" if found else "no_problem", "inspector": "严" if strict else "宽",
        })  # fmt: skip
    rows = {"enterprise": [enterprise(who) for who in FIRMS], "inspection": visits}
    province.receive(rows)
    day = FIRST + timedelta(days=470)
    found = (
        struck(province, "region_peer", [day]).query("window_days == 90 and not undirected").set_index("enterprise_id")
    )
    ratio = (found["problems"] / found["expected_problems"]).loc[[FIRMS[0], FIRMS[1]]]
    assert np.allclose(ratio, 1, atol=0.25)
    bare = (found["problems"] / found["visits"]).loc[[FIRMS[0], FIRMS[1]]]
    assert bare.iloc[0] > 3 * bare.iloc[1]


def test_expected_is_what_is_usual_for_the_inspectors_at_the_level_of_the_whole(province: Province) -> None:
    """Two visits in January tell what is usual; in March 张 finds a problem and 李 none, at an enterprise of either
    trade.
    """
    visit = {"kind": "routine", "inspector": "张", "result": "problem", "serious_problems": "0"}
    mild = {**visit, "inspector": "李", "result": "no_problem"}
    province.receive({
        "enterprise": [enterprise(FIRMS[0]), enterprise(FIRMS[1])],
        "inspection": [
            {"record_id": "I1", "enterprise_id": FIRMS[0], "event_date": "2026-01-10", **visit},
            {"record_id": "I2", "enterprise_id": FIRMS[1], "event_date": "2026-01-12", **mild},
            {"record_id": "I3", "enterprise_id": FIRMS[0], "event_date": "2026-03-10", **visit},
            {"record_id": "I4", "enterprise_id": FIRMS[1], "event_date": "2026-03-11", **mild},
        ],
    })  # fmt: skip
    found = (
        struck(province, "industry_peer", [date(2026, 3, 20)])
        .query("window_days == 30 and not undirected")
        .set_index("enterprise_id")
    )
    strict, lenient = ((one + USUAL_WEIGHT * 0.5) / (1 + USUAL_WEIGHT) for one in (1, 0))
    assert found.loc[FIRMS[0], "expected_problems"] == pytest.approx(strict / (strict + lenient), abs=1e-5)
    assert found.loc[FIRMS[1], "expected_problems"] == pytest.approx(lenient / (strict + lenient), abs=1e-5)
