"""Whom an enterprise is tied to, however it is found out: told for each date by itself, or by spans of time for all of
them.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pandas as pd
import pytest
from handmade import ROOT, Province, Rows
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskml.engines.duckdb import connect
from riskml.features.matrix import MatrixBuilder, read_matrix
from riskml.features.specs import load_system
from riskml.records.effect_periods import Period, Version, load_effect_periods
from riskml.relations.catalogue import is_received, missing_inputs
from riskml.relations.common import Common
from riskml.relations.links import MAX_LINKS, linking_statements
from riskml.relations.templates import relation_sql

PERIODS = load_effect_periods(ROOT / "features" / "effect_periods.yaml")
BEGIN = date(2024, 1, 1)
DATES = [
    date(2024, 6, 30),
    date(2024, 7, 15),
    date(2025, 1, 31),
    date(2025, 1, 31) + timedelta(days=1),
    date(2026, 10, 31),
]
LIMITED = PERIODS.model_copy(
    update={"scoring": {**PERIODS.scoring,
        "position": (Period(clock="start_date", versions=(Version(in_force=BEGIN, length="1y", basis="-"),)),)}}
)  # fmt: skip
"""Periods in which even a post runs out."""


def day(chance: random.Random, until: int = 1000) -> str:
    return str(BEGIN + timedelta(days=chance.randrange(until)))


def network(seed: int) -> Rows:
    """60 enterprises and 14 persons: one of them in nearly all, and some enterprises so well staffed that they are tied
    to dozens.
    """
    chance = random.Random(seed)
    names = [f"E{number:02}" for number in range(60)]
    rows: Rows = {"enterprise": [], "position": [], "shareholding": [], "amendment": [], "serious_listing": []}
    for number, name in enumerate(names):
        status = "revoked" if chance.random() < 0.2 else "active"
        registered = {
            "enterprise_id": name,
            "name": name,
            "valid_from": "2020-01-01",
            "established_date": "2020-01-01",
        }
        rows["enterprise"].append(
            {**registered, "record_id": f"R{number}", "status": status, "industry": "C13", "division": "530100"}
        )
    for person in range(14):
        firms = chance.sample(names, 45 if person == 0 else chance.randrange(1, 14))
        for firm in [*firms, *(names[:2] if person % 2 else [])]:
            span: dict[str, Any] = {"enterprise_id": firm, "start_date": day(chance)}
            if chance.random() < 0.5:
                span |= {"known_date": day(chance)}
            if chance.random() < 0.4:
                ended = date.fromisoformat(span["start_date"]) + timedelta(days=chance.randrange(1, 300))
                span |= {
                    "end_date": str(min(ended, DATES[-1])),
                    "end_known_date": str(min(ended + timedelta(days=40), DATES[-1])),
                }
            number = len(rows["position"]) + len(rows["shareholding"])
            if chance.random() < 0.7:
                rows["position"].append(
                    {
                        **span,
                        "record_id": f"W{number}",
                        "person_id": f"p{person}",
                        "person_name": "某",
                        "role": "director",
                    }
                )
            else:
                share = {"holder_id": f"p{person}", "holder_kind": "person", "share": "0.5"}
                rows["shareholding"].append({**span, **share, "record_id": f"S{number}"})
    for number in range(12):
        held, holder = chance.sample(names, 2)
        share = {"holder_id": holder, "holder_kind": "enterprise", "share": str(chance.choice([0, 0.25, 0.75]))}
        rows["shareholding"].append(
            {**share, "record_id": f"H{number}", "enterprise_id": held, "start_date": day(chance)}
        )
    for number, post in enumerate(chance.sample(rows["position"], 6)):
        amended = {"record_id": f"A{number}", "of_table": "position", "of_record": post["record_id"], "kind": "revoked"}
        rows["amendment"].append({**amended, "event_date": day(chance), "known_date": day(chance)})
    for number, name in enumerate(chance.sample(names, 10)):
        rows["serious_listing"].append(
            {"record_id": f"L{number}", "enterprise_id": name, "start_date": day(chance), "list_kind": "tax"}
        )
    return rows


def asked(province: Province) -> Any:
    connection = province.connection()
    dates = ", ".join(f"(DATE '{one}')" for one in DATES)
    connection.execute(
        "CREATE TABLE entity_dates AS SELECT DISTINCT enterprise_id, as_of FROM enterprise CROSS JOIN (VALUES "
        f"{dates}) d (as_of)"
    )
    return connection


@pytest.mark.parametrize("periods", [PERIODS, LIMITED], ids=["as shipped", "posts run out"])
@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6))
def test_spans_of_time_give_what_each_date_gives(
    write_province: Callable[[Rows], Province], periods: Any, seed: int
) -> None:
    connection = asked(write_province(network(seed)))
    for name, found in linking_statements("entity_dates", periods).items():
        connection.execute(f"CREATE TABLE {name} AS {found}")
    for relation in ("linked_enterprise", "post_holder"):
        by_date, by_span = (
            connection.sql(
                f"SELECT * FROM ({relation_sql(relation, 'entity_dates', periods, common)}) ORDER BY ALL"
            ).fetchall()
            for common in (Common.of("entity_dates", periods), Common("none", "none", "none", tying=True))
        )
        assert by_date
        assert by_date == by_span


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(seed=st.integers(0, 10**6))
def test_ties_are_those_that_the_records_tell(write_province: Callable[[Rows], Province], seed: int) -> None:
    """The same links, worked out from the rows one by one: too many ties are followed by nobody, however they are
    counted.
    """
    rows = network(seed)
    connection = asked(write_province(rows))
    found = connection.sql(
        f"SELECT enterprise_id, as_of, linked_id FROM ({relation_sql('linked_enterprise', 'entity_dates', PERIODS)}) "
        "WHERE hops = 1"
    ).fetchall()
    expected = {
        (name, as_of, linked)
        for as_of in DATES
        for name, ends in _ties_told(rows, str(as_of)).items()
        for linked in ends
    }
    assert {tuple(row) for row in found} == expected
    assert len(found) == len(expected)


def weights_of(province: Province, who: str) -> dict[str, float]:
    connection = province.connection()
    connection.execute(f"CREATE TABLE entity_dates AS SELECT '{who}' AS enterprise_id, DATE '2026-06-30' AS as_of")
    weights = []
    for made in (False, True):
        for name, found in linking_statements("entity_dates", PERIODS).items() if made else ():
            connection.execute(f"CREATE TABLE {name} AS {found}")
        common = Common("none", "none", "none", tying=made)
        sql = relation_sql("linked_enterprise", "entity_dates", PERIODS, common)
        weights.append(
            {
                linked: float(weight)
                for linked, weight in connection.execute(f"SELECT linked_id, weight FROM ({sql})").fetchall()
            }
        )
    assert weights[0] == weights[1]
    return weights[0]


def share_of(holder: str, enterprise: str, share: str | None, kind: str = "person") -> dict[str, Any]:
    held = {"holder_id": holder, "holder_kind": kind, "share": share, "start_date": "2024-01-01"}
    return {**held, "record_id": f"S-{holder}-{enterprise}", "enterprise_id": enterprise}


def post_of(person: str, enterprise: str) -> dict[str, Any]:
    post = {"person_id": person, "person_name": "某", "role": "director", "start_date": "2024-01-01"}
    return {**post, "record_id": f"W-{person}-{enterprise}", "enterprise_id": enterprise}


NONE: Rows = {name: [] for name in ("serious_listing", "abnormal_listing", "penalty", "dishonest_debtor", "amendment")}


def test_a_private_person_s_small_share_ties_by_no_more_than_the_share(province: Province) -> None:
    province.receive({
        "position": [post_of("p1", "B"), post_of("p2", "A"), post_of("p2", "C"), post_of("p2", "D"), post_of("p3", "A"),
        post_of("p3", "E")],
        "shareholding": [
            share_of("p1", "A", "0.01"),  # one per cent here, a post there
            share_of("p3", "A", "0.3"),  # whoever has a post as well belongs to it wholly
            share_of("p4", "A", "0.4"), share_of("p4", "F", "0.02"),  # of two shares the smaller
            share_of("p5", "A", None), share_of("p5", "G", "0.9"),  # of unknown size: no tie
            share_of("H", "A", "0.25", "enterprise"),
        ],
        **NONE,
    })  # fmt: skip
    assert weights_of(province, "A") == {"B": 0.01, "C": 0.5, "D": 0.5, "E": 1.0, "F": 0.02, "H": 0.25}
    assert weights_of(province, "B") == {"A": 0.01}


def test_a_single_tie_of_one_per_cent_is_one_per_cent_of_every_indicator(province: Province) -> None:
    province.receive({
        "enterprise": [registered_of("A"), registered_of("B")], "position": [post_of("p1", "B")],
        "shareholding": [share_of("p1", "A", "0.01")], **NONE, "penalty": [penalty_of("B")],
    })  # fmt: skip
    system = load_system(ROOT / "features")
    builder = MatrixBuilder(connect(province.workspace.spill), province.store, system, PERIODS)
    builder.pairs(pd.DataFrame({"enterprise_id": ["A"], "as_of": [DATES[-1]]}))
    row = read_matrix(builder, lambda *_: None).iloc[0]
    weighted = [
        column.name for column in system.columns if column.name.startswith("linked_") and column.name != "linked_count"
    ]
    assert {name: row[name] for name in weighted if row[name]} == {
        "linked_adverse_weight": 0.01, "linked_adverse_share": 0.01, "linked_penalty_weight": 0.01
    }  # fmt: skip


def _ties_told(rows: Rows, as_of: str) -> dict[str, set[str]]:
    gone = {a["of_record"] for a in rows["amendment"] if max(a["event_date"], a["known_date"]) <= as_of}

    def counts(row: dict[str, Any]) -> bool:
        begun = max(row["start_date"], row.get("known_date", row["start_date"])) <= as_of
        ended = "end_date" in row and max(row["end_date"], row["end_known_date"]) <= as_of
        return begun and not ended and row["record_id"] not in gone

    held: dict[str, set[str]] = {}
    for row in filter(counts, [*rows["position"], *(s for s in rows["shareholding"] if s["holder_kind"] == "person")]):
        held.setdefault(row.get("person_id") or row["holder_id"], set()).add(row["enterprise_id"])
    ties: dict[str, list[set[str]]] = {}
    for firms in held.values():
        for firm in firms if 2 <= len(firms) <= MAX_LINKS else ():
            ties.setdefault(firm, []).append(firms - {firm})
    for share in filter(counts, (s for s in rows["shareholding"] if s["holder_kind"] == "enterprise")):
        for one, other in ((share["enterprise_id"], share["holder_id"]), (share["holder_id"], share["enterprise_id"])):
            ties.setdefault(one, []).append({other} if float(share["share"]) else set())
    told = {name: set().union(*ends) for name, ends in ties.items()}
    return {name: ends for name, ends in told.items() if len(ends) <= MAX_LINKS}


def test_links_are_found_with_the_tables_that_are_there_and_the_missing_are_named(province: Province) -> None:
    rows = {"position": [post_of("p1", "A"), post_of("p1", "B")], "penalty": [penalty_of("B")]}
    province.receive({"enterprise": [registered_of("A"), registered_of("B")], **rows})
    received = province.store.tables
    assert is_received("linked_enterprise", received)
    assert missing_inputs(["linked_enterprise", "post_holder"], received) == {
        "linked_enterprise": ("shareholding", "serious_listing", "abnormal_listing", "dishonest_debtor")
    }
    assert not is_received("linked_enterprise", {"position", "shareholding"})  # nothing to find against anyone
    assert not is_received("linked_enterprise", {"penalty"})
    builder = MatrixBuilder(
        connect(province.workspace.spill, threads=1), province.store, load_system(ROOT / "features"), PERIODS
    )
    builder.pairs(pd.DataFrame({"enterprise_id": ["A"], "as_of": [date(2026, 6, 30)]}))
    found = read_matrix(builder, lambda *_: None).iloc[0]
    assert (found["linked_count"], found["linked_adverse_weight"], found["linked_penalty_weight"]) == (1, 1, 1)


def penalty_of(enterprise: str) -> dict[str, Any]:
    made = {"severity": "serious", "kind": "fine", "event_date": "2026-05-01"}
    return {**made, "record_id": f"P-{enterprise}", "enterprise_id": enterprise}


def registered_of(enterprise: str) -> dict[str, Any]:
    given = {"name": enterprise, "status": "active", "valid_from": "2020-01-01", "established_date": "2020-01-01"}
    return {**given, "record_id": f"R-{enterprise}", "enterprise_id": enterprise}
