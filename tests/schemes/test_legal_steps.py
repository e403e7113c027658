"""The law table, row by row: what may be repaired or ended, from which day, by which text."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from handmade import ROOT, Province

from riskml.features.matrix_of_one import MatrixOfOne, open_engine
from riskml.records.effect_periods import load_effect_periods
from riskml.records.lookup import Lookup
from riskml.records.repair import load_repair
from riskml.relations.neighbourhood import read_neighbourhood
from riskml.schemes.legal_steps import LegalStep, legal_steps

FEATURES = ROOT / "features"
T = date(2026, 10, 31)
FIRM = {"record_id": "E", "enterprise_id": "X", "valid_from": "2015-01-01", "name": "某公司", "status": "active"}


def steps(tmp_path: Path, table: str, row: dict[str, Any], day: date = T) -> dict[str, LegalStep]:
    """What may be done with one record: kind → step."""
    province = Province(tmp_path)
    province.receive({"enterprise": [FIRM], table: [{"record_id": "R", "enterprise_id": "X", **row}]})
    store, periods = province.store, load_effect_periods(FEATURES / "effect_periods.yaml")
    around = read_neighbourhood(Lookup(store), "X", {"enterprise", table})
    matrix = MatrixOfOne(open_engine(province.workspace.spill), periods, store.tables)
    found = legal_steps(matrix, load_repair(FEATURES), around, day)
    assert {(one.table, one.source, one.record_id) for one in found} <= {(table, "handmade", "R")}
    return {one.kind: one for one in found}


PENALTY = {"kind": "fine", "severity": "moderate", "market_supervision": True, "domain": "advertising",
           "event_date": "2026-09-01", "publicised_date": "2026-09-10"}  # fmt: skip
OTHER = {**PENALTY, "market_supervision": False}
OLD = {**PENALTY, "event_date": "2025-06-01", "publicised_date": "2025-06-10"}
BEFORE_107 = date(2025, 10, 31)


@pytest.mark.parametrize(
    ("row", "day", "allowed", "law", "basis"),
    [
        ({**PENALTY, "severity": "warning", "kind": "warning"}, T, None, "order_107", "summary"),
        ({**OLD, "severity": "warning", "kind": "warning", "publicised_date": "2025-09-10"}, BEFORE_107, None,
         "order_45_2", "text"),
        ({**PENALTY, "severity": "minor"}, T, None, "order_107", "summary"),
        ({**OLD, "severity": "minor", "publicised_date": "2025-09-10"}, BEFORE_107, None, "order_45", "text"),
        (PENALTY, T, date(2026, 12, 10), "order_107", "summary"),
        ({**PENALTY, "publicised_date": None}, T, date(2026, 12, 1), "order_107", "summary"),
        ({**PENALTY, "restricted_until": "2027-05-05"}, T, date(2027, 5, 5), "order_107", "summary"),
        ({**PENALTY, "severity": "other"}, T, date(2026, 12, 10), "order_107", "summary"),
        ({**PENALTY, "severity": "serious"}, T, date(2027, 9, 10), "order_107", "summary"),
        ({**PENALTY, "severity": "serious", "domain": "food"}, T, date(2027, 9, 10), "order_107", "summary"),
        ({**PENALTY, "severity": "serious", "kind": "production_stopped"}, T, None, "order_107", "ours"),
        ({**OLD, "severity": "serious", "kind": "licence_revoked"}, BEFORE_107, None, "order_45", "text"),
        # 旧规定满6个月，食品药品特种设备满1年。The earlier rule, until the later one is in force.
        (OLD, BEFORE_107, date(2025, 12, 10), "letter_2021_3", "summary"),
        ({**OLD, "domain": "food"}, BEFORE_107, date(2025, 12, 25), "order_107", "summary"),
        ({**OLD, "severity": "serious", "domain": "drug"}, BEFORE_107, date(2026, 6, 10), "order_107", "summary"),
        # 其他部门：2026-04-01起，自法律文书之日起算。Other departments, from the day of the document.
        (OTHER, T, date(2026, 12, 1), "order_36", "summary"),
        ({**OTHER, "severity": "serious"}, T, date(2027, 9, 1), "order_36", "summary"),
        ({**OTHER, "severity": "minor"}, T, None, "order_36", "summary"),
        ({**OTHER, "event_date": "2025-06-01"}, BEFORE_107, date(2026, 4, 1), "order_36", "summary"),
    ],
)  # fmt: skip
def test_penalties(tmp_path: Path, row: dict[str, Any], day: date, allowed: date | None, law: str, basis: str) -> None:
    found = steps(tmp_path, "penalty", row, day)
    assert set(found) == {"repaired"}
    assert (found["repaired"].allowed_from, found["repaired"].law_id, found["repaired"].basis) == (allowed, law, basis)


LISTED = {"start_date": "2026-08-01"}
NEVER = (None, "none", "ours")


@pytest.mark.parametrize(
    ("table", "row", "ended", "repaired"),
    [
        ("abnormal_listing", {**LISTED, "cause": "annual_report"}, (date(2026, 8, 1), "disclosure_17", "text"),
         (date(2026, 8, 1), "order_107", "ours")),
        ("abnormal_listing", {**LISTED, "cause": "unreachable"}, (date(2026, 8, 1), "disclosure_17", "text"),
         (date(2026, 8, 1), "order_107", "ours")),
        ("abnormal_listing", {**LISTED, "cause": "other"}, (date(2026, 8, 1), "disclosure_17", "ours"),
         (date(2026, 8, 1), "order_107", "ours")),
        ("abnormal_listing", {**LISTED, "cause": "unreachable", "end_date": "2026-09-01"}, None, NEVER),
        ("serious_listing", {**LISTED, "list_kind": "market_supervision"}, (date(2027, 8, 1), "order_107", "summary"),
         (date(2027, 8, 1), "order_107", "summary")),
        ("serious_listing", {**LISTED, "list_kind": "tax"}, (date(2027, 8, 1), "order_36", "ours"),
         (date(2027, 8, 1), "order_36", "ours")),
        ("serious_listing", {**LISTED, "list_kind": "tax", "end_date": "2026-09-01"}, None, NEVER),
        ("tax_arrears", {**LISTED, "amount": 5}, (date(2026, 8, 1), "own_act", "ours"), (None, "order_36", "summary")),
        ("tax_arrears", {**LISTED, "end_date": "2026-09-01"}, None, (date(2027, 8, 1), "order_36", "ours")),
        ("tax_arrears", {**LISTED, "gravity": "general", "end_date": "2026-09-01"}, None,
         (date(2026, 11, 1), "order_36", "ours")),
        ("utility_arrears", {**LISTED, "utility": "water"}, (date(2026, 8, 1), "own_act", "ours"), None),
        ("suspension", LISTED, (date(2026, 8, 1), "registration_30", "ours"), None),
        ("position", {**LISTED, "person_id": "P", "role": "director"}, (date(2026, 8, 1), "own_act", "ours"), None),
    ],
)  # fmt: skip
def test_states(tmp_path: Path, table: str, row: dict[str, Any], ended: Any, repaired: Any) -> None:
    found = steps(tmp_path, table, row)
    said = {kind: (one.allowed_from, one.law_id, one.basis) for kind, one in found.items()}
    assert said == {kind: one for kind, one in (("ended", ended), ("repaired", repaired)) if one}


def test_a_listed_judgment_debtor_is_deleted_by_the_court_once_it_has_performed(tmp_path: Path) -> None:
    listed = {"record_id": "R", "subject_id": "X", "subject_kind": "enterprise", "start_date": "2026-01-01"}
    province = Province(tmp_path)
    province.receive({"enterprise": [FIRM], "dishonest_debtor": [listed]})
    periods = load_effect_periods(FEATURES / "effect_periods.yaml")
    around = read_neighbourhood(Lookup(province.store), "X", {"enterprise", "dishonest_debtor"})
    matrix = MatrixOfOne(open_engine(province.workspace.spill), periods, province.store.tables)
    ended, repaired = legal_steps(matrix, load_repair(FEATURES), around, T)
    assert (ended.kind, ended.allowed_from, ended.law_id, ended.basis) == (
        "ended", date(2026, 1, 1), "judicial_2017_7", "text",
    )  # fmt: skip
    assert (repaired.kind, repaired.allowed_from, repaired.basis) == ("repaired", None, "ours")


@pytest.mark.parametrize(
    ("table", "row", "allowed"),
    [
        ("judgment", {"kind": "judgment", "role": "defendant"}, date(2027, 8, 1)),
        ("judgment", {"kind": "judgment", "role": "defendant", "gravity": "general"}, date(2026, 11, 1)),
        ("judgment", {"kind": "judgment", "role": "defendant", "gravity": "minor"}, None),
        ("inspection", {"kind": "random", "result": "problem"}, date(2026, 11, 1)),
        ("inspection", {"kind": "random", "result": "serious_problem"}, date(2027, 8, 1)),
    ],
)
def test_events(tmp_path: Path, table: str, row: dict[str, Any], allowed: date | None) -> None:
    found = steps(tmp_path, table, {"event_date": "2026-08-01", **row})
    assert {kind: one.allowed_from for kind, one in found.items()} == {"repaired": allowed}


@pytest.mark.parametrize(
    ("table", "row"),
    [
        ("penalty", {**PENALTY, "event_date": "2022-01-01", "publicised_date": "2022-01-01"}),
        ("judgment", {"event_date": "2026-08-01", "kind": "judgment", "role": "plaintiff"}),
        ("inspection", {"event_date": "2026-08-01", "kind": "random", "result": "no_problem"}),
        ("commitment", {"event_date": "2026-08-01", "outcome": "broken"}),
    ],
)
def test_what_does_not_count_or_no_text_speaks_of_has_no_step(tmp_path: Path, table: str, row: dict[str, Any]) -> None:
    assert steps(tmp_path, table, row) == {}
