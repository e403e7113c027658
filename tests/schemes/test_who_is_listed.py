"""Art. 15(2): the same person is who has the same identity, from what is loaded to the rule that holds it."""

from __future__ import annotations

from datetime import date

import pytest
from handmade import Province

from riskml.records.effect_periods import EffectPeriods
from riskml.records.tables import Label
from riskml.schemes.rules import fired_rules_sql
from riskml.schemes.scheme import Scheme

ALWAYS = EffectPeriods(label=Label("始终有效", "always in effect"), scoring={}, publicity={})
FIRM = "91340000711771143J"
ID = "53010219650101123X"


@pytest.fixture
def province(tmp_path) -> Province:
    return Province(tmp_path)


@pytest.mark.parametrize("identifier", ["free", "uscc"])
@pytest.mark.parametrize(
    ("of_the_post", "listed", "same"),
    [
        (ID, ID, True),
        (ID, ID.lower(), True),
        ("５３０１０２１９６５０１０１１２３Ｘ", ID, True),  # full width
        (f" {ID} ", ID, True),
        (ID, "530102196501011238", False),
        ("530102********123X", "530102********123X", False),  # two masks alike may hide two persons
        ("530102********123X", ID, False),
        ("****", "****", False),
        ("张某", "张某", False),
        ("阿依古丽·买买提", "阿依古丽·买买提", False),
    ],
)
def test_art15_2_ids_compare_without_case_masked_ones_and_names_alone_meet_nobody(
    province: Province, yunnan: Scheme, of_the_post: str, listed: str, same: bool, identifier: str
) -> None:
    assert fired(province, yunnan, of_the_post, listed, identifier) == (["dishonest_post_holder"] if same else [])


def fired(province: Province, scheme: Scheme, of_the_post: str, listed: str, identifier: str) -> list[str]:
    """The rules that fire for a company with one director, where one person is listed."""
    post = {"record_id": "W1", "enterprise_id": FIRM, "start_date": "2022-01-01", "role": "director"}
    report = province.receive({
        "enterprise": [{"record_id": "R1", "enterprise_id": FIRM, "valid_from": "2020-01-01", "name": "甲公司",
        "status": "active",
                        "kind": "limited_company"}],
        "position": [{**post, "person_id": of_the_post, "person_name": "张某"}],
        "dishonest_debtor": [{"record_id": "D1", "subject_id": listed, "subject_kind": "person",
        "start_date": "2026-01-01"}],
    }, identifier)  # fmt: skip
    assert not report.faults, report.faults
    connection = province.connection()
    entity_dates = f"(SELECT '{FIRM}' AS enterprise_id, DATE '{date(2026, 10, 31)}' AS as_of)"
    sql = fired_rules_sql(scheme, entity_dates, ALWAYS, province.store.tables).sql
    return [rule for (rule,) in connection.execute(f"SELECT rule FROM ({sql})").fetchall()]
