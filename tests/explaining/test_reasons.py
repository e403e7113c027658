"""Sentences: what an inspector reads and has to stand by, for every measure and in both languages."""

from datetime import date

import pytest

from riskml.explaining.citations import Citation, Evidence
from riskml.explaining.reasons import Typical, reason, typical_value
from riskml.explaining.values import indicator_value
from riskml.features.specs import NEVER_DAYS
from riskml.records.tables import Label
from riskml.training.peers import PeerGroup, Peers

NONE = Evidence((), 0)


def cited(*ids, count=None):
    table = Label("行政处罚", "Administrative penalties")
    found = tuple(Citation(name, table, date(2026, 3, 2 + place), None, ()) for place, name in enumerate(ids))
    return Evidence(found, count or len(found))


def sentence(system, name, value, moved, typical=None, evidence=NONE):
    column = system.column(name)
    usual = None if typical is None else Typical(typical, indicator_value(column.indicator, typical), "industry")
    said = indicator_value(column.indicator, value)
    return reason(column, value, said, moved, usual, evidence, "own", constraint=column.constraint).sentence


def test_a_count_with_peers_and_evidence(system):
    said = sentence(system, "penalty_count_365d", 3.0, 46.2, 0.0, cited("PEN-001", "PEN-002"))
    assert said.zh == (
        "近365天行政处罚次数为3次（同行业门类企业一般为0次），使风险分上升46.2分；依据：PEN-001（2026-03-02）、"
        "PEN-002（2026-03-03）。"
    )
    assert said.en == (
        "Penalties, last 365 days: 3 penalties (typically 0 penalties in the same industry section); this raised the "
        "score by 46.2 points. "
        "Evidence: PEN-001 (2026-03-02), PEN-002 (2026-03-03)."
    )


def test_more_evidence_than_a_sentence_holds_is_counted(system):
    said = sentence(system, "penalty_count_365d", 12.0, 80.0, None, cited("a", "b", "c", "d", count=12))
    assert said.zh.endswith("c（2026-03-04）等12条。")
    assert "d（" not in said.zh
    assert said.en.endswith("c (2026-03-04) and 9 more.")


@pytest.mark.parametrize(
    ("name", "value", "moved", "zh", "en"),
    [
        ("fine_amount", 5.0, 9.0, "罚款金额合计为5万元，使风险分上升9分。",
         "Total fines: 50,000 yuan; this raised the score by 9 points."),
        ("largest_fine", 0.0, -1.0, "单笔最高罚款为0元，"
                                    "使风险分下降1分。", "Largest fine: 0 yuan; this lowered the score by 1 point."),
        ("fields", 1.0, 2.0, "处罚领域数为1个，使风险分上升2分。", "Fields of the penalties: 1 field; this raised the "
                                                   "score by 2 points."),
        ("penalty_days_since", 36.0, 30.0, "距最近一次行政处罚的天数为36天，使风险分上升30分。",
         "Days since the last penalty: 36 days; this raised the score by 30 points."),
        ("penalty_days_since", float(NEVER_DAYS), -30.0, "距最近一次行政处罚的天数：无此类记录，使风险分下降30分。",
         "Days since the last penalty: no such record; this lowered the score by 30 points."),
        ("last_problem", 1.0, 12.0, "最近一次检查是否发现问题：是，使风险分上升12分。",
         "The latest inspection found a problem: yes; this raised the score by 12 points."),
        ("problem_share_1095d", None, 3.0, "近1095天检查中发现问题的比例：无法得知，使风险分上升3分。",
         "Share of inspections that found a problem, last 1095 days: cannot be known; this raised the score by 3 "
         "points."),
        ("problem_share_1095d", 0.125, 3.0, "近1095天检查中发现问题的比例为12.5%，使风险分上升3分。",
         "Share of inspections that found a problem, last 1095 days: 12.5%; this raised the score by 3 points."),
        ("problems_mean", 1.5, 3.0, "平均每次检查的问题项数为1.5项，使风险分上升3分。",
         "Problems per inspection: 1.5 problems; this raised the score by 3 points."),
        ("listing_open", 1.0, 40.0, "当前在列经营异常名录的次数为1次，使风险分上升40分。",
         "Current abnormal listings: 1 listing; this raised the score by 40 points."),
        ("registered_capital", 25000.0, -4.0, "注册资本为2.5亿元，使风险分下降4分。",
         "Registered capital: 250 million yuan; this lowered the score by 4 points."),
        ("fine_to_capital", 0.05, 4.0, "罚款与注册资本之比为5%，使风险分上升4分。",
         "Fines to capital: 5%; this raised the score by 4 points."),
    ],
)  # fmt: skip
def test_every_measure(system, name, value, moved, zh, en):
    assert sentence(system, name, value, moved) == Label(zh, en)


@pytest.mark.parametrize(
    ("name", "value", "typical", "moved", "zh"),
    [
        ("penalty_count_365d", 1.0, 0.0, -3.0, "（不低于一般值的风险，但低于基准分所含的平均影响）"),
        ("penalty_count_365d", 0.0, 1.0, 3.0, "（不高于一般值的风险，但高于基准分所含的平均影响）"),
        ("penalty_days_since", 36.0, float(NEVER_DAYS), -3.0, "（不低于一般值的风险，但低于基准分所含的平均影响）"),
        ("penalty_count_365d", 1.0, 0.0, 3.0, None),
        ("penalty_count_365d", 0.0, 0.0, -3.0, None),
        ("registered_capital", 9.0, 1.0, -3.0, None),  # no direction: nothing is known of which is riskier
    ],
)
def test_what_goes_against_the_typical_value_says_why(system, name, value, typical, moved, zh):
    said = sentence(system, name, value, moved, typical)
    assert ("基准分" in said.zh) == ("base score" in said.en) == (zh is not None)
    assert zh is None or said.zh.endswith(f"3分{zh}。")


def test_typical_values_that_are_no_quantity(system):
    assert (
        "（同行业门类企业一般无此类记录）" in sentence(system, "penalty_days_since", 36.0, 30.0, float(NEVER_DAYS)).zh
    )
    assert "（同行业门类企业一般为否）" in sentence(system, "last_problem", 1.0, 9.0, 0.0).zh
    assert "（与同行业门类企业一般情况相同）" in sentence(system, "listing_open", 0.0, -9.0, 0.0).zh
    assert "(as is typical in the same industry section)" in sentence(system, "listing_open", 0.0, -9.0, 0.0).en


def test_peers_are_the_industry_where_there_are_enough_of_them(system):
    peers = Peers(
        PeerGroup(900, {"listing_open": 0.0}),
        {"F": PeerGroup(400, {"listing_open": 1.0}), "B": PeerGroup(3, {"listing_open": 2.0})},
    )
    column = system.column("listing_open")
    assert typical_value(peers, "F", column) == Typical(1.0, Label("1次", "1 listing"), "industry")
    assert (
        typical_value(peers, "B", column)
        == typical_value(peers, None, column)
        == Typical(0.0, Label("0次", "0 listings"), "everyone")
    )


def test_nothing_is_typical_where_it_is_known_for_nobody_or_undecided(system):
    peers = Peers(PeerGroup(900, {"last_problem": 0.5, "problem_share_1095d": None}), {})
    assert typical_value(peers, "F", system.column("last_problem")) is None
    assert typical_value(peers, "F", system.column("problem_share_1095d")) is None
