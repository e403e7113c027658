"""Which rows are one record, and which of several records is the newest."""

from __future__ import annotations

from typing import Any

import pytest
from handmade import Province, Rows

from riskml.records import buckets
from riskml.records.effect_periods import EffectPeriods
from riskml.records.live import current_columns_sql, current_enterprise_sql
from riskml.records.newest import newness_sql
from riskml.records.tables import Label
from riskml.relations.catalogue import newest_first
from riskml.relations.templates import relation_sql

PENALTY = {"record_id": "P1", "event_date": "2026-05-10", "severity": "minor", "kind": "fine", "fine": "1"}
TIMELESS = EffectPeriods(label=Label("无", "none"), scoring={}, publicity={})
MOMENT = "(SELECT '甲' AS enterprise_id, DATE '2026-10-31' AS as_of)"


@pytest.mark.parametrize("per_bucket", [1, 62_500])
def test_two_sources_may_number_alike_whatever_the_size_of_the_store(
    province: Province, monkeypatch: pytest.MonkeyPatch, per_bucket: int
) -> None:
    monkeypatch.setattr(buckets, "ENTERPRISES_PER_BUCKET", per_bucket)
    own = [{**PENALTY, "record_id": str(n), "enterprise_id": f"企业{n}"} for n in range(1, 9)]
    others = [{**PENALTY, "record_id": str(n), "enterprise_id": f"企业{n % 8 + 1}", "fine": "7"} for n in range(1, 9)]
    province.receive({"penalty": own})
    province.source_name = "another"
    report = province.receive({"penalty": others})
    assert (report.tables[0].taken, report.tables[0].refused) == (8, 0)
    assert len(province.stored("penalty")) == 16


def test_one_decision_about_two_parties_is_two_records(province: Province) -> None:
    rows: Rows = {"penalty": [{**PENALTY, "enterprise_id": "甲"}, {**PENALTY, "enterprise_id": "乙"}]}
    report = province.receive(rows)
    assert (report.tables[0].taken, report.tables[0].refused) == (2, 0)
    assert province.receive(rows).tables[0].repeated == 2
    assert sorted(row["enterprise_id"] for row in province.stored("penalty")) == ["乙", "甲"]


def test_a_row_with_a_fault_does_not_stand_in_the_way_of_a_good_one_of_its_record(province: Province) -> None:
    report = province.receive(
        {
            "penalty": [
                {**PENALTY, "enterprise_id": "甲", "event_date": "2026-13-40"},
                {**PENALTY, "enterprise_id": "甲"},
            ]
        }
    )
    assert (report.tables[0].taken, report.tables[0].refused) == (1, 1)


def version(record: str, name: str, **more: Any) -> dict[str, Any]:
    return {
        "record_id": record,
        "enterprise_id": "甲",
        "valid_from": "2026-05-10",
        "name": name,
        "status": "active",
        **more,
    }


@pytest.mark.parametrize(
    ("deliveries", "newest"),
    [
        ([[version("Z", "甲一"), version("A", "甲二")]], "甲二"),
        ([[version("Z", "甲一")], [version("A", "甲二")]], "甲二"),
        ([[version("Z", "甲一", known_date="2026-06-01"), version("A", "甲二", known_date="2026-05-20")]], "甲一"),
        ([[version("A", "甲一", valid_from="2026-05-11")], [version("Z", "甲二")]], "甲一"),
    ],
)
def test_the_later_date_then_the_later_known_then_the_later_arrived_decides(
    province: Province, deliveries: list[list[dict[str, Any]]], newest: str
) -> None:
    for rows in deliveries:
        province.receive({"enterprise": rows})
    connection = province.connection()
    for sql in (current_enterprise_sql(MOMENT, TIMELESS), current_columns_sql(("name",), MOMENT, TIMELESS)):
        assert connection.sql(sql).to_arrow_table()["name"].to_pylist() == [newest]
    rows = f"({relation_sql('enterprise', MOMENT, TIMELESS)})"
    assert connection.sql(f"SELECT arg_max(name, {newness_sql('valid_from')}) FROM {rows}").fetchall() == [(newest,)]
    assert connection.sql(f"SELECT name FROM {rows} ORDER BY {newest_first('enterprise')} LIMIT 1").fetchall() == [
        (newest,)
    ]


def test_a_mapping_that_makes_several_rows_of_one_numbers_them_apart(province: Province) -> None:
    source = province.source({"penalty": [{**PENALTY, "enterprise_id": "甲、乙"}]})
    (source.folder / "penalty.sql").write_text(
        "SELECT source_row, record_id, unnest(string_split(enterprise_id, '、')) AS enterprise_id, event_date, "
        "severity, kind FROM penalty_raw"
    )
    province.load(source)
    arrivals = [row["arrival"] for row in province.stored("penalty")]
    assert len(set(arrivals)) == 2
