"""The records behind an indicator are those its value was computed from."""

from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from handmade import in_memory

from riskml.engines import duckdb
from riskml.explaining.evidence import evidence_sql, read_evidence
from riskml.explaining.evidence_reader import StoreReader
from riskml.explaining.explain import named_by_column
from riskml.features.matrix import MatrixBuilder
from riskml.features.specs import load_system
from riskml.records.store import RecordStore

from .small_province import ROWS, T, amendment, enterprise, penalty


def evidence(connection, model, name, as_of=T):
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE entity_dates AS SELECT 'E1' AS enterprise_id, DATE '{as_of}' AS as_of"
    )
    return connection.execute(evidence_sql(model.system.column(name), "entity_dates", model.trained_periods)).fetchall()


@pytest.mark.parametrize(
    ("name", "ids"),
    [
        ("penalty_count_365d", ["PEN-002", "PEN-001"]),
        ("fine_amount", ["PEN-002", "PEN-001"]),
        ("largest_fine", ["PEN-001"]),
        ("fields", ["PEN-002", "PEN-001", "PEN-000"]),
        ("penalty_days_since", ["PEN-002"]),
        ("last_problem", ["INS-1"]),
        ("problem_share_1095d", ["INS-1", "INS-2"]),
        ("problems_mean", ["INS-1", "INS-2"]),
        ("listing_open", ["YC-1"]),
        ("registered_capital", ["DJ-E1"]),
    ],
)
def test_evidence_of_every_measure_newest_first(model, name, ids):
    assert [row[3] for row in evidence(in_memory(ROWS), model, name)] == ids


def test_evidence_names_the_enterprise_the_day_and_the_indicator(model):
    assert evidence(in_memory(ROWS), model, "listing_open") == [("E1", T, "listing_open", "YC-1", date(2026, 7, 9))]


def test_a_record_known_later_is_no_evidence(model):
    late = penalty("PEN-003", date(2026, 10, 1), known_date=date(2026, 11, 5))
    rows = ROWS | {"penalty": [*ROWS["penalty"], late]}
    assert "PEN-003" not in [row[3] for row in evidence(in_memory(rows), model, "penalty_count_365d")]
    assert "PEN-003" in [row[3] for row in evidence(in_memory(rows), model, "penalty_count_365d", date(2026, 11, 5))]


@pytest.mark.parametrize("kind", ["revoked", "changed", "misjudged", "repaired"])
def test_art14_an_amended_record_is_no_evidence(model, kind):
    rows = ROWS | {"amendment": [amendment("penalty", "PEN-001", kind, date(2026, 9, 1))]}
    assert [row[3] for row in evidence(in_memory(rows), model, "penalty_count_365d")] == ["PEN-002"]
    assert len(evidence(in_memory(rows), model, "penalty_count_365d", date(2026, 8, 31))) == 2


def test_art14_3_a_fine_that_was_revoked_adds_nothing_to_the_sum(model):
    rows = ROWS | {"amendment": [amendment("penalty", "PEN-001", "partly_revoked", date(2026, 9, 1), part="fine")]}
    assert [row[3] for row in evidence(in_memory(rows), model, "fine_amount")] == ["PEN-002"]
    assert [row[3] for row in evidence(in_memory(rows), model, "penalty_count_365d")] == ["PEN-002", "PEN-001"]


def reader(rows, model, as_of=T):
    return StoreReader(in_memory(rows), model.trained_periods, "E1", as_of)


def told(reader, system, name):
    column = system.column(name)
    return reader.of_column(system, column).cited(reader.as_of, named_by_column(system, column))


def test_an_expression_rests_on_the_records_of_the_columns_it_uses(model):
    found = told(reader(ROWS, model), model.system, "fine_to_capital")
    assert [one.record_id for one in found.cited] == ["PEN-002", "PEN-001", "DJ-E1"]


def test_facts_are_in_words_what_the_indicator_uses_comes_first_and_inspectors_stay_out(model):
    found = reader(ROWS, model)
    (newest, *_) = told(found, model.system, "fine_amount").cited
    assert newest.table.zh == "行政处罚"
    assert newest.authority is not None
    assert newest.authority.zh == "官渡区市场监督管理局"
    assert [(fact.label.zh, fact.value.zh) for fact in newest.facts][:3] == [
        ("罚款金额", "2.5万元"),
        ("失信程度", "一般"),
        ("最重处罚种类", "罚款"),
    ]
    (seen,) = told(found, model.system, "last_problem").cited
    assert "检查员甲" not in str(seen)


def test_what_still_lasts_is_said_to_be_in_effect(model):
    banned = penalty("PEN-003", date(2026, 8, 1), restricted_until=date(2028, 7, 31))
    over = penalty("PEN-004", date(2026, 8, 2), restricted_until=date(2026, 10, 1))
    found = reader(ROWS | {"penalty": [banned, over]}, model)
    ended, lasting = told(found, model.system, "penalty_count_365d").cited
    assert lasting.record_id == "PEN-003"
    assert "2028-07-31 (still in effect)" in [fact.value.en for fact in lasting.facts]
    assert "2026-10-01" in [fact.value.en for fact in ended.facts]
    (listed,) = told(found, model.system, "listing_open").cited
    assert next((fact.label.en, fact.value.en) for fact in listed.facts) == ("end date", "none, still in effect")


def test_more_records_than_are_cited_are_counted(model):
    rows = ROWS | {"penalty": [penalty(f"P{day:02d}", date(2026, 3, day)) for day in range(1, 21)]}
    found = told(reader(rows, model), model.system, "penalty_count_365d")
    assert found.count == 20
    assert [one.record_id for one in found.cited][:2] == ["P20", "P19"]


def test_another_enterprise_s_records_are_no_evidence(model):
    rows = ROWS | {
        "enterprise": [enterprise(), enterprise("E2")],
        "penalty": [penalty("X", date(2026, 3, 2), enterprise_id="E2")],
    }
    assert evidence(in_memory(rows), model, "penalty_count_365d") == []


def test_a_linked_enterprise_s_record_is_found_though_another_has_the_same_number(scheme, model):
    from riskml.features.specs import parse_system

    spec = """
dimension: relations
label: {zh: 关联关系信息, en: Relations}
groups:
  - id: linked
    label: {zh: 关联企业, en: Linked enterprises}
    indicators:
      - {id: linked_adverse, label: {zh: 有不良信息的关联企业数, en: Linked enterprises with adverse records},
         from: linked_enterprise,
         where: "adverse", measure: sum, value: weight, direction: increasing, basis: test}
      - {id: linked_count, label: {zh: 关联企业数, en: Linked enterprises}, from: linked_enterprise, measure: count,
         direction: none, basis: test}
"""
    system = parse_system({"relations.yaml": spec})
    share = {"holder_id": "E1", "holder_kind": "enterprise", "start_date": date(2020, 1, 1), "share": 0.6}
    rows = {
        "enterprise": [enterprise(), enterprise("E2"), enterprise("E3")],
        "shareholding": [
            {"record_id": "G2", "enterprise_id": "E2", **share},
            {"record_id": "G3", "enterprise_id": "E3", **share},
        ],
        "penalty": [penalty("1", date(2026, 3, 2), enterprise_id="E2")],
        "abnormal_listing": [
            {"record_id": "1", "enterprise_id": "E9", "start_date": date(2026, 7, 9), "cause": "unreachable"}
        ],
    }
    found = told(reader(rows, model), system, "linked_adverse")
    assert [(one.record_id, one.table.zh, one.dated) for one in found.cited] == [("1", "行政处罚", date(2026, 3, 2))]
    assert ("关联企业", "E2") in [(fact.label.zh, fact.value.zh) for fact in found.cited[0].facts]
    # E3 has no adverse record: one record does not bear out a count of two enterprises.
    assert told(reader(rows, model), system, "linked_count").count == 0


def test_a_bucket_without_reasons_has_no_evidence(model, tmp_path):
    none = pa.array([], pa.string())
    builder = MatrixBuilder(
        duckdb.connect(tmp_path / "spill"), RecordStore(tmp_path, 1, {}, (), {}), model.system, model.trained_periods
    )
    found = read_evidence(builder, [], pa.table({"enterprise_id": none, "indicator": none}), 6)
    assert found.to_pydict() == {"evidence": [], "evidence_count": []}


def test_a_listed_post_holder_s_listing_is_evidence_of_the_listing_alone(model):
    system = load_system(Path(__file__).parents[2] / "features")
    post = {"record_id": "RZ-1", "enterprise_id": "E1", "person_id": "p1", "start_date": date(2020, 1, 1)}
    debtor = {"record_id": "SX-1", "subject_id": "p1", "subject_kind": "person", "start_date": date(2026, 2, 3)}
    rows = ROWS | {
        "position": [
            post | {"role": "legal_representative"},
            post | {"record_id": "RZ-2", "role": "director", "person_id": "p2"},
        ],
        "dishonest_debtor": [debtor, debtor | {"record_id": "SX-2", "start_date": date(2026, 5, 6)}],
    }
    found = {
        name: {one.record_id for one in told(reader(rows, model), system, name).cited}
        for name in ("post_holder_count", "legal_representative_tenure_days", "dishonest_post_holder_count")
    }
    assert found == {
        "post_holder_count": {"RZ-1", "RZ-2"},
        "legal_representative_tenure_days": {"RZ-1"},
        "dishonest_post_holder_count": {"SX-1", "SX-2"},
    }
