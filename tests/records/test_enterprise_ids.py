"""A code typed in lower case is the code, unless an enterprise has just that id."""

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
    ("held", "typed", "meant"),
    [
        (["E1", CODE], CODE.lower(), CODE),
        (["E1"], CODE.lower(), CODE),
        ([CODE, CODE.lower()], CODE.lower(), CODE.lower()),
        (["E1", "e2"], "e1", "e1"),
        (["E1", "e2"], "e2", "e2"),
        (["E1"], "91340000711771143k", "91340000711771143k"),
        ([CODE], CODE, CODE),
    ],
)
def test_capitals_are_tried_where_the_id_is_not_there_as_typed(
    province: Province, held: list[str], typed: str, meant: str
) -> None:
    report = province.receive({"enterprise": [row(enterprise_id) for enterprise_id in held]})
    assert report.complete, report
    assert enterprise_meant(province.workspace, typed) == meant
