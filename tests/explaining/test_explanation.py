"""The whole explanation of one enterprise: it adds up, names rules with evidence, and says what was not used."""

import io
import json
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
import shap
from handmade import in_memory
from rich.console import Console

from riskml.core.errors import RunError
from riskml.core.language import Language, speaking
from riskml.explaining.computed import explain_anew
from riskml.explaining.page import render_page
from riskml.explaining.text import render_text
from riskml.explaining.values import percent_interval
from riskml.explaining.verdict import verdict
from riskml.records.tables import TABLES
from riskml.schemes.decisions import Decision
from riskml.schemes.policy import Policy
from riskml.training.model import Model
from riskml.training.model_method import ModelMethod
from riskml.training.venn_abers import VennAbers

from .small_province import ROWS, T, amendment, enterprise, matrix_row, penalty

pytestmark = pytest.mark.usefixtures("in_chinese")

LISTED = {"record_id": "HMD-1", "enterprise_id": "E1", "start_date": date(2026, 1, 5), "list_kind": "tax"}
NEWS = {"record_id": "YQ-1", "enterprise_id": "E1", "event_date": date(2026, 10, 1), "sentiment": "negative",
    "attention": "high",
        "effect": "serious"}  # fmt: skip


def text_of(one):
    """The explanation on a wide terminal."""
    console = Console(width=600, record=True, file=io.StringIO())
    console.print(render_text(one))
    return console.export_text()


def test_points_and_contributions_add_up_on_every_level(explained):
    one = explained()
    assert sum(indicator.points for indicator in one.indicators) == pytest.approx(one.score - one.base_score, abs=1e-6)
    assert sum(indicator.contribution for indicator in one.indicators) == pytest.approx(
        one.margin - one.base_margin, abs=1e-6
    )
    for dimension in one.dimensions:
        assert sum(group.points for group in dimension.groups) == pytest.approx(dimension.points)
    assert [dimension.id for dimension in one.dimensions] == ["basic", "supervision"]
    assert sum(dimension.points for dimension in one.dimensions) == pytest.approx(one.score - one.base_score, abs=1e-6)


def test_own_conduct_others_conduct_and_the_unknown_are_apart_and_add_up(explained):
    one = explained()
    assert sum(part.points for part in one.conduct.parts) == pytest.approx(one.score - one.base_score, abs=1e-6)
    assert {reason.about for reason in (*one.raised, *one.lowered)} <= {part.id for part in one.conduct.parts}
    told = one.to_dict()["conduct"]
    assert (told["own_grade"], len(told["parts"])) == (one.conduct.own_grade, 4)


def test_art15_2_the_grade_on_own_conduct_alone_is_another(explained):
    post = {
        "record_id": "RZ-1",
        "enterprise_id": "E1",
        "start_date": date(2020, 1, 1),
        "person_id": "p1",
        "role": "director",
    }
    debtor = {"record_id": "SX-1", "subject_id": "p1", "subject_kind": "person", "start_date": date(2026, 2, 3)}
    one = explained(ROWS | {"position": [post], "dishonest_debtor": [debtor]})
    assert one.grade == "D"
    assert one.conduct.own_grade == one.band


def test_the_interval_of_the_risk_is_that_of_the_model_and_says_what_it_is(explained, model, scheme):
    known = replace(
        model.bundle, facts={**model.bundle.facts, "intervals": VennAbers.fit([-2.0, 0.0, 2.0], [0, 0, 1]).to_dict()}
    )
    connection = in_memory(ROWS)
    one = explain_anew(
        ModelMethod(Model(known), scheme),
        Policy(scheme, model.trained_periods, {}, {}),
        connection,
        matrix_row(connection, model, "E1", T),
        received=TABLES,
    )
    low, high = (float(end) for end in known.risk_interval(one.margin))
    assert one.risk_interval == (low, high)
    assert one.to_dict()["risk_interval"] == [low, high]
    for spoken, told in ((Language.zh, "不是这一次检查的结果"), (Language.en, "not of what this visit will find")):
        with speaking(spoken):
            assert told in render_page(one)
            assert percent_interval((low, high)) in render_page(one)
            assert told in text_of(one)


def test_a_model_that_keeps_no_intervals_has_none_and_says_so(explained):
    one = explained()
    assert one.risk_interval is None
    assert one.to_dict()["risk_interval"] is None
    assert "所用模型没有留存区间" in render_page(one)
    assert "所用模型没有留存区间" in text_of(one)


def test_reasons_are_the_largest_in_each_direction(explained, monkeypatch):
    monkeypatch.setattr("riskml.explaining.computed.REASONS", 2)
    one = explained()
    raised = sorted((indicator for indicator in one.indicators), key=lambda indicator: -indicator.points)
    assert [reason.indicator for reason in one.raised] == [indicator.name for indicator in raised[:2]]
    assert all(reason.direction == "up" for reason in one.raised)
    assert all(reason.direction == "down" for reason in one.lowered)


def test_the_subject_in_words(explained):
    subject = explained().subject
    assert (subject.region, subject.industry.zh, subject.registered_capital.zh) == (
        "云南省昆明市官渡区",
        "批发和零售业（F5211）",
        "100万元",
    )


def test_an_enterprise_nobody_knew_of_is_an_error(explained):
    with pytest.raises(RunError) as raised:
        explained({"enterprise": [enterprise(valid_from=date(2027, 1, 1))]})
    assert "E1" in raised.value.zh
    assert "E1" in raised.value.en


def test_the_score_alone_gives_the_grade(explained):
    one = explained()
    assert one.decided_by == "band"
    assert one.grade == one.band
    assert one.rules == ()
    assert verdict(one).zh.startswith("风险分")
    assert f"分类为{one.grade}类" in verdict(one).zh


def test_art15_1_a_rule_with_article_and_evidence(explained):
    one = explained(ROWS | {"serious_listing": [LISTED]})
    assert one.grade == "D"
    (fired,) = one.rules
    assert fired.decides
    assert fired.rule.article.number == "15(1)"
    assert [record.record_id for record in fired.evidence.cited] == ["HMD-1"]
    assert verdict(one).zh.startswith("依据第十五条第（一）项，直接判定为D类（信用风险高）。")
    assert one.measures.on_site_required


def test_art15_2_the_evidence_names_the_person_and_the_post(explained):
    post = {
        "record_id": "RZ-1",
        "enterprise_id": "E1",
        "start_date": date(2020, 1, 1),
        "person_id": "p1",
        "person_name": "张三",
        "role": "director",
    }
    debtor = {"record_id": "SX-1", "subject_id": "p1", "subject_kind": "person", "start_date": date(2026, 2, 3)}
    one = explained(ROWS | {"position": [post], "dishonest_debtor": [debtor]})
    (record,) = one.rules[0].evidence.cited
    facts = {fact.label.zh: fact.value.zh for fact in record.facts}
    assert (record.record_id, record.dated, facts["姓名"], facts["职务"]) == ("SX-1", date(2026, 2, 3), "张三", "董事")
    assert "p1" not in str(record)


def test_art15_3_waits_for_an_officer_and_then_names_the_officer(explained):
    rows = {"enterprise": [enterprise()], "opinion": [NEWS]}
    waiting = explained(rows)
    assert waiting.pending_options == ("C", "D")
    assert waiting.rules[0].decision is None
    made = Decision(scheme="yunnan", enterprise_id="E1", rule="serious_negative_effect", evidence=("YQ-1",), grade="D",
        officer="李四",
                    reason="影响广泛", decided_on=date(2026, 10, 20), expires_on=date(2026, 12, 31))  # fmt: skip
    settled = explained(rows, decisions=[made])
    assert settled.grade == "D"
    assert settled.rules[0].decision == made
    assert settled.pending_options == ()
    assert "经李四于2026-10-20决定为D类" in verdict(settled).zh


def test_a_rule_whose_tables_were_never_received_is_reported(explained):
    one = explained(received=set(TABLES) - {"serious_listing"})
    assert [(unknown.rule.id, [table.zh for table in unknown.tables]) for unknown in one.rules_unknown] == [
        ("blacklisted", ["严重失信主体名单（黑名单）"])
    ]


@pytest.mark.parametrize(
    ("kind", "article"), [("revoked", "14(1)"), ("changed", "14(2)"), ("misjudged", "14(4)"), ("repaired", "14(5)")]
)
def test_art14_what_was_not_used_is_listed_and_gone_from_the_evidence(explained, kind, article):
    made = amendment("penalty", "PEN-001", kind, date(2026, 9, 1), known_date=date(2026, 9, 9), replaced_by="PEN-009")
    rows = ROWS | {"penalty": [*ROWS["penalty"], penalty("PEN-009", date(2026, 9, 1))], "amendment": [made]}
    one = explained(rows)
    (out,) = one.excluded
    assert (out.record_id, out.table.zh, out.dated, out.known, out.replaced_by) == (
        "PEN-001", "行政处罚", date(2026, 3, 2), date(2026, 9, 9), "PEN-009",
    )  # fmt: skip
    assert out.provision.article.number == article
    assert "PEN-001" not in str([reason.evidence for reason in one.raised + one.lowered])
    assert explained(rows, date(2026, 9, 8)).excluded == ()


def test_art14_3_only_the_part_that_was_revoked_is_out(explained):
    one = explained(
        ROWS | {"amendment": [amendment("penalty", "PEN-001", "partly_revoked", date(2026, 9, 1), part="fine")]}
    )
    (out,) = one.excluded
    assert (out.part.zh, out.original.zh, out.value.zh) == ("罚款金额", "5万元", "0元")
    assert out.provision.article.number == "14(3)"


def test_a_reduced_part_is_told_from_what_to_what(explained):
    made = amendment("penalty", "PEN-001", "reduced", date(2026, 9, 1), part="fine", value="1.5")
    (out,) = explained(ROWS | {"amendment": [made]}).excluded
    assert (out.kind.zh, out.original.zh, out.value.zh) == ("减少", "5万元", "1.5万元")
    assert out.provision.article.number == "14(2)"


def test_of_two_reductions_of_one_day_the_page_says_which_counts(explained):
    rows = [
        amendment("penalty", "PEN-001", "reduced", date(2026, 9, 1), part="fine", value=left)
        | {"record_id": f"A-{left}"}
        for left in ("1.5", "3")
    ]
    found = explained(ROWS | {"amendment": rows})
    assert [(one.value.zh, one.outdone) for one in found.excluded] == [("1.5万元", False), ("3万元", True)]
    page = render_page(found)
    assert page.count("以最低的为准") == 1


@pytest.mark.parametrize(
    "made",
    [
        amendment("penalty", "PEN-001", "changed", date(2026, 9, 1), replaced_by="never-came"),
        amendment("penalty", "PEN-001", "reduced", date(2026, 9, 1), part="fine", value="50"),
        amendment("penalty", "PEN-404", "revoked", date(2026, 9, 1)),
    ],
)
def test_an_amendment_that_does_not_act_is_not_told_as_if_it_did(explained, made):
    assert explained(ROWS | {"amendment": [made]}).excluded == ()


def test_another_enterprise_s_amendments_are_not_listed(explained):
    rows = ROWS | {
        "penalty": [*ROWS["penalty"], penalty("X", date(2026, 3, 2), enterprise_id="E2")],
        "amendment": [amendment("penalty", "X", "revoked", date(2026, 9, 1))],
    }
    assert explained(rows).excluded == ()


def test_a_post_holder_s_amended_listing_is_listed(explained):
    post = {
        "record_id": "RZ-1",
        "enterprise_id": "E1",
        "start_date": date(2020, 1, 1),
        "person_id": "p1",
        "role": "director",
    }
    debtor = {"record_id": "SX-1", "subject_id": "p1", "subject_kind": "person", "start_date": date(2026, 2, 3)}
    made = amendment("dishonest_debtor", "SX-1", "misjudged", date(2026, 9, 1))
    one = explained(ROWS | {"position": [post], "dishonest_debtor": [debtor], "amendment": [made]})
    assert [out.record_id for out in one.excluded] == ["SX-1"]
    assert one.rules == ()


def test_every_measure_has_its_article(explained):
    lines = [line.strip() for line in text_of(explained()).splitlines()]
    assert any(line.startswith("第") and line.endswith("“双随机”抽查比例和频次") for line in lines)


def test_json_has_plain_values_only(explained):
    plain = explained(ROWS | {"serious_listing": [LISTED]}).to_dict()
    again = json.loads(json.dumps(plain, ensure_ascii=False, allow_nan=False))
    assert again == plain
    assert plain["enterprise_id"] == "E1"
    assert plain["as_of"] == T.isoformat()
    assert plain["raised"][0]["sentence"]["zh"].endswith("。")
    assert plain["rules"][0]["rule"]["article"]["number"] == "15(1)"
    assert plain["scheme"]["bands"][0] == {"grade": "A", "from": 0, "below": 200}


def test_to_shap_gives_the_model_s_own_contributions(explained, model):
    one = explained()
    given = one.to_shap()
    assert isinstance(given, shap.Explanation)
    count = len(model.bundle.columns)
    assert given.values.shape == given.data.shape == (count,)
    assert len(given.feature_names) == count
    assert given.base_values + given.values.sum() == pytest.approx(one.margin, abs=1e-6)
    row = matrix_row(in_memory(ROWS), model, "E1", T)
    np.testing.assert_array_equal(given.data, row[list(model.bundle.columns)].to_numpy(dtype=float))
    assert "近365天行政处罚次数" in given.feature_names
    with speaking(Language.en):
        assert "Penalties, last 365 days" in one.to_shap().feature_names


def test_the_same_inputs_give_the_same_explanation(explained):
    assert explained().to_dict() == explained().to_dict()
