"""What the page says of each kind of case of Yunnan's text: the verdict, what is ours, who decided, what others
gave.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from rich.console import Console

from riskml.core.errors import RunError
from riskml.core.language import Language, speaking
from riskml.explaining.explanation import Explanation
from riskml.explaining.page import render_page
from riskml.explaining.text import render_text
from riskml.schemes.decisions import Decision

from .small_province import ROWS, Rows, enterprise, penalty

pytestmark = pytest.mark.usefixtures("in_chinese")

Explain = Callable[..., Explanation]


E1 = {"enterprise_id": "E1"}
DEBTOR = {"record_id": "SX-1", "subject_id": "p1", "subject_kind": "person", "start_date": date(2026, 2, 3)}
LISTING = {**E1, "record_id": "HMD-1", "start_date": date(2026, 3, 1), "list_kind": "tax"}
LOUD = {"sentiment": "negative", "attention": "high", "effect": "serious"}
NEWS = {**E1, "record_id": "YQ-1", "event_date": date(2026, 10, 10), **LOUD}
GRADED = {"field": "food", "grade": "D级", "risk_level": "high", "method": "食品生产经营风险分级管理办法"}
FOOD = {**E1, "record_id": "XG-1", "start_date": date(2026, 3, 1), **GRADED}


def post(role: str) -> dict[str, Any]:
    who = {"person_id": "p1", "person_name": "张三"}
    return {**E1, "record_id": "RZ-1", **who, "role": role, "start_date": date(2021, 2, 3)}


def decided(grade: str, record: str = "YQ-1", rule: str = "serious_negative_effect", **more: Any) -> Decision:
    lasts = None if grade == "not_same_person" else date(2027, 1, 10)
    said = {
        "officer": "李某",
        "reason": "查阅材料后认定",
        "decided_on": date(2026, 10, 25),
        "expires_on": lasts,
        **more,
    }
    return Decision(scheme="yunnan", enterprise_id="E1", rule=rule, evidence=(record,), grade=grade, **said)


def of_kind(kind: str) -> Rows:
    return {"enterprise": [enterprise(kind=kind)]}


LISTED = {"position": [post("director")], "dishonest_debtor": [DEBTOR]}

CASES: dict[str, tuple[Rows, tuple[Decision, ...], str, tuple[str, ...], tuple[str, ...]]] = {
    "15(1) any department's list": (
        {"serious_listing": [LISTING]}, (), "D", ("依据第十五条第（一）项，直接判定为D类", "HMD-1", "重大税收违法"),
        ("（自定的理解）",)),
    "15(1) its own court listing, ours": (
        {"dishonest_debtor": [{**DEBTOR, "subject_id": "E1", "subject_kind": "enterprise"}]}, (), "D",
        ("依据第十五条第（一）项（自定的理解），直接判定为D类", "自定", "SX-1"), ()),
    "15(2) a post-holder": (LISTED, (), "D", ("依据第十五条第（二）项，"
                                              "直接判定为D类", "张三", "董事", "SX-1"), ("（自定的理解）",)),
    "15(2) a partnership, ours": (
        {**of_kind("partnership"), "position": [post("executive_partner")], "dishonest_debtor": [DEBTOR]}, (), "D",
        ("依据第十五条第（二）项（自定的理解），直接判定为D类", "执行事务合伙人", "自定"), ()),
    "15(2) somebody else": (
        LISTED, (decided("not_same_person", "SX-1", "dishonest_post_holder"),), "A",
        ("没有触发定性判定规则", "不是本企业的任职人员："
                       "规则和指标都不计入", "名单 SX-1", "不是同一人", "直至撤回", "李某"), ("张三",)),
    "15(3) waiting": ({"opinion": [NEWS]}, (), "A", ("第十五条第（三）"
                                                     "项所列情形待人员确认", "待人员确认，可选类别", "示意", "YQ-1"),
                                                     ()),
    "15(3) C": ({"opinion": [NEWS]}, (decided("C"),), "C",
                ("经李某于2026-10-25决定为C类", "失效日 2027-01-10", "查阅材料后认定"), ("待人员确认，可选类别",)),
    "15(3) D, signed by a "
    "second": ({"opinion": [NEWS]}, (decided("D", second="王某"),), "D", ("决定为D类", "复核 王某"), ()),
    "15(3) not established": ({"opinion": [NEWS]}, (decided("not_established"),), "A", ("不成立", "李某"),
    ("待人员确认，可选类别",)),
    "15(3) opened by an officer": (
        {"penalty": [penalty("PEN-9", date(2026, 10, 1))]}, (decided("D", "PEN-9", evidence_tables=("penalty",)),), "D",
        ("决定为D类", "由人员立案", "PEN-9"), ("待人员确认，可选类别",)),
    "a revoked licence, ours": (
        {"enterprise": [enterprise(status="revoked")]}, (), "C", ("依据第十一条（自定的理解），"
                                                                  "不得轻于C类", "这里不轻于C类"), ("直接判定",)),
    "the band alone": ({}, (), "A", ("没有触发定性判定规则", "均为示意", "分数越高，风险越高"), ("（自定的理解）",)),
    "grades by others": (
        {"external_grade": [FOOD]}, (), "A",
        ("并列，互不替代，不参与计算", "食品安全风险分级", "D级", "风险高", "食品生产经营风险分级管理办法"), ()),
    "grades by others that have ended": (
        {"external_grade": [{**FOOD, "end_date": date(2026, 9, 1)}]}, (), "A", (), ("并列，互不替代", "D级")),
    "a condition of the scope that no record tells": (
        {"enterprise": [enterprise(division=None)]}, (), "A", ("适用范围中记录不能证明的条件（按符合处理，自定）："
                                                               "登记地",), ()),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_the_page_of_each_kind_of_case(explained: Explain, case: str) -> None:
    rows, decisions, grade, says, says_not = CASES[case]
    one = explained({**CLEAN, **rows}, decisions=decisions)
    page = render_page(one)
    assert one.grade == grade
    shown = re.sub("<[^>]*>", "", page)
    assert [text for text in says if text not in shown] == []
    assert [text for text in says_not if text in shown] == []
    console = Console(width=200, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    for lang in Language:
        with speaking(lang):
            console.print(render_text(one))
            assert render_page(one)
    assert "None" not in console.export_text()


CLEAN: Rows = {"enterprise": ROWS["enterprise"]}


def test_own_conduct_and_the_whole_are_told_apart_where_they_differ(explained: Explain) -> None:
    one = explained({**CLEAN, **LISTED})
    assert (one.grade, one.conduct.own_grade) == ("D", "A")
    assert "只看本企业自身的类别" in render_page(one)


@pytest.mark.parametrize(
    ("registration", "condition"),
    [({"division": "520102"}, "登记地"), ({"kind": "individual_business"}, "企业类型")],
)
def test_art2_who_is_not_in_the_scope_has_no_page_and_is_told_the_condition(
    explained: Explain, registration: dict[str, Any], condition: str
) -> None:
    with pytest.raises(RunError, match=f"第二条），不符合的条件：{condition}；没有等级"):
        explained({"enterprise": [enterprise(**registration)]})
