"""What a person types meets what was loaded: both pass one rule."""

from __future__ import annotations

import pytest
from handmade import Province

from riskml.records.enterprise_ids import enterprise_meant

CODE = "91340000711771143J"


def row(enterprise_id: str) -> dict[str, str]:
    return {
        "record_id": f"R-{enterprise_id}", "enterprise_id": enterprise_id, "valid_from": "2020-01-01", "name": "某公司",
        "established_date": "2020-01-01", "status": "active", "division": "530102",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        (CODE, CODE),
        (CODE.lower(), CODE),
        (f"\ufeff {CODE}\t", CODE),
        ("９１３４００００７１１７７１１４３ｊ", CODE),
        ("9134 0000 7117 7114 3J", CODE),
        ("913400007-1177114-3J", CODE),
        ("e2", "e2"),
        ("E1", "E1"),
        ("91340000711771143k", "91340000711771143k"),
    ],
)
def test_a_code_is_the_same_typed_and_loaded(province: Province, written: str, meant: str) -> None:
    assert enterprise_meant(written) == meant
    report = province.receive({"enterprise": [row(written)]})
    assert report.complete, report
    assert [stored["enterprise_id"] for stored in province.stored("enterprise")] == [meant]
