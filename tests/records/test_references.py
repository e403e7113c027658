"""What should meet something and does not is counted, kept waiting and shown: by table and kind, with samples."""

from __future__ import annotations

import json
from typing import Any

import pytest
from handmade import Province, Rows

from riskml.checks.check import check
from riskml.core.errors import RunError
from riskml.records.references import REFERENCES, Unmet, read_references

FIRM, OTHER, OUTSIDE = "91530102MABWN5QX0P", "91530102MACE91GA7W", "91110108551385082Q"


def registered(*firms: str) -> list[dict[str, Any]]:
    return [
        {"record_id": f"E-{code}", "enterprise_id": code, "valid_from": "2020-01-01", "name": code, "kind": "llc",
         "status": "active", "division": "530102"}
        for code in firms
    ]  # fmt: skip


def penalty(record_id: str, firm: str = FIRM) -> dict[str, Any]:
    return {
        "record_id": record_id,
        "enterprise_id": firm,
        "event_date": "2026-05-10",
        "severity": "serious",
        "kind": "fine",
        "fine": 5,
    }


def amend(record_id: str, of_record: str, kind: str = "revoked", **more: Any) -> dict[str, Any]:
    return {
        "record_id": record_id,
        "of_table": "penalty",
        "of_record": of_record,
        "kind": kind,
        "event_date": "2026-06-10",
        **more,
    }


def holding(record_id: str, holder: str, kind: str = "enterprise") -> dict[str, Any]:
    return {
        "record_id": record_id,
        "enterprise_id": FIRM,
        "start_date": "2022-01-01",
        "holder_id": holder,
        "holder_kind": kind,
        "share": "0.5",
    }


def found(province: Province, rows: Rows) -> dict[tuple[str, str, str], tuple[int, tuple[str, ...]]]:
    """(table, about, kind) → rows and samples, after loading `rows`."""
    report = province.receive(rows, "uscc")
    assert report.unmet == read_references(province.store)
    return {(one.table, one.about, one.kind): (one.rows, one.samples) for one in report.unmet}


def test_records_of_enterprises_in_no_registration_are_counted(province: Province) -> None:
    rows = {"enterprise": registered(FIRM), "penalty": [penalty("P1"), penalty("P2", OTHER), penalty("P3", OTHER)]}
    assert found(province, rows) == {("penalty", "penalty", "unknown_enterprise"): (2, ("P2", "P3"))}


def test_they_meet_when_the_registration_comes(province: Province) -> None:
    found(province, {"enterprise": registered(FIRM), "penalty": [penalty("P2", OTHER)]})
    assert found(province, {"enterprise": registered(OTHER)}) == {}


def test_amendments_wait_for_their_record_and_its_replacement_by_table(province: Province) -> None:
    rows = {
        "enterprise": registered(FIRM),
        "penalty": [penalty("P1")],
        "amendment": [
            amend("A1", "P404"),
            amend("A2", "P1", "changed", replaced_by="P1-new"),
            amend("A3", "L404", of_table="serious_listing"),
        ],
    }
    assert found(province, rows) == {
        ("amendment", "penalty", "waiting_record"): (1, ("A1",)),
        ("amendment", "penalty", "waiting_replacement"): (1, ("A2",)),
        ("amendment", "serious_listing", "waiting_record"): (1, ("A3",)),
    }
    assert set(found(province, {"penalty": [penalty("P404"), penalty("P1-new")]})) == {
        ("amendment", "serious_listing", "waiting_record")
    }  # fmt: skip


def test_holders_outside_the_province_are_usual_those_of_the_province_should_be_known(province: Province) -> None:
    rows = {
        "enterprise": registered(FIRM),
        "shareholding": [holding("S1", OTHER), holding("S2", OUTSIDE), holding("S3", FIRM)],
    }
    assert found(province, rows) == {
        ("shareholding", "shareholding", "unknown_holder"): (1, ("S1",)),
        ("shareholding", "shareholding", "outside_holder"): (1, ("S2",)),
        ("shareholding", "shareholding", "holds_itself"): (1, ("S3",)),
    }
    assert {one.kind: one.level for one in read_references(province.store)}["outside_holder"] == "usual"


def test_listings_of_persons_nobody_knows_and_masked_ids(province: Province) -> None:
    post = {"record_id": "T1", "enterprise_id": FIRM, "start_date": "2022-01-01", "role": "director"}
    debtor = {"start_date": "2026-01-01", "subject_kind": "person"}
    rows = {
        "enterprise": registered(FIRM),
        "position": [
            {**post, "person_id": "530102196501011234"},
            {**post, "record_id": "T2", "person_id": "5301**********1234"},
        ],
        "dishonest_debtor": [
            {**debtor, "record_id": "D1", "subject_id": "530102196501011234"},
            {**debtor, "record_id": "D2", "subject_id": "530102197001011234"},
            {**debtor, "record_id": "D3", "subject_id": "5301**********1234"},
            {**debtor, "record_id": "D4", "subject_id": OTHER, "subject_kind": "enterprise"},
        ],
    }
    assert found(province, rows) == {
        ("position", "position", "hidden_identity"): (1, ("T2",)),
        ("dishonest_debtor", "dishonest_debtor", "unknown_enterprise"): (1, ("D4",)),
        ("dishonest_debtor", "dishonest_debtor", "unknown_person"): (1, ("D2",)),
        ("dishonest_debtor", "dishonest_debtor", "hidden_identity"): (1, ("D3",)),
    }


def test_a_firm_that_holds_itself_is_kept_and_tied_to_nobody(province: Province) -> None:
    from riskml.records.effect_periods import EffectPeriods
    from riskml.relations.links import links

    province.receive({"enterprise": registered(FIRM), "shareholding": [holding("S1", FIRM), holding("S2", OTHER)]})
    connection = province.connection()
    connection.execute(f"CREATE TABLE asked AS SELECT '{FIRM}' AS enterprise_id, DATE '2026-10-31' AS as_of")
    periods = EffectPeriods.model_construct(scoring={}, publicity={})
    assert len(province.stored("shareholding")) == 2
    assert connection.sql(f"WITH {links('hop', 'asked', periods)} SELECT linked_id FROM hop_link").fetchall() == [
        (OTHER,)
    ]


@pytest.mark.parametrize(
    ("rows", "of", "kind", "level"),
    [
        (19, 100, "unknown_enterprise", "yellow"),
        (20, 400, "unknown_enterprise", "yellow"),
        (21, 400, "unknown_enterprise", "red"),
        (390, 400, "unknown_person", "yellow"),
        (390, 400, "outside_holder", "usual"),
    ],
)
def test_red_only_where_a_large_share_of_a_table_meets_nothing(rows: int, of: int, kind: str, level: str) -> None:
    assert Unmet("penalty", kind, "penalty", rows, of, ("P1",)).level == level


def test_check_tells_what_meets_nothing(province: Province) -> None:
    province.workspace.runs.mkdir()
    province.receive({"enterprise": registered(FIRM), "penalty": [penalty("P1"), penalty("P2", OTHER)]}, "uscc")
    (told,) = [one for one in check(province.workspace, "yunnan") if one.about == "references"]
    assert (told.level, told.exit_code) == ("warning", 0)
    assert "1 of 2: the enterprise is in no registration: not used; such as P2" in told.en
    many = [penalty(f"Q{number}", OTHER) for number in range(30)]
    province.receive({"penalty": many}, "uscc")
    (told,) = [one for one in check(province.workspace, "yunnan") if one.about == "references"]
    assert (told.level, told.exit_code) == ("error", 1)


def test_the_file_is_named_with_its_hash_in_the_manifest(province: Province) -> None:
    province.receive({"enterprise": registered(FIRM), "penalty": [penalty("P2", OTHER)]})
    store = province.store
    (path,) = store.paths(REFERENCES)
    assert store.damaged() == []
    path.write_text(json.dumps([]), encoding="utf-8")
    assert store.damaged() == [path]
    with pytest.raises(RunError):
        read_references(store)
