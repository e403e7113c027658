"""An officer's answers, recorded where there is something to answer and never longer than its evidence."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from decided import decide
from handmade import Province
from small_runs import T, code, make_workspace

from riskml.core.errors import RunError
from riskml.core.language import Language, speaking
from riskml.core.workspace import Workspace
from riskml.explaining.page import render_page
from riskml.explaining.verdict import standing
from riskml.runs.explain_one import explain_one
from riskml.runs.immediate import update_one
from riskml.runs.score import score
from riskml.schemes.decisions import Decision, read_decisions

RULE = "serious_negative_effect"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    return make_workspace(tmp_path / "workspace")


def answer(workspace: Workspace, number: int, *evidence: str, **more: Any) -> Decision:
    given = {"rule": RULE, "grade": "D", "officer": "王某", "reason": "影响广泛", "decided_on": T, **more}
    return decide(workspace, "yunnan", enterprise_id=code(number), evidence=evidence, **given)


def test_art15_3_a_decision_ends_with_the_three_months_of_its_evidence(workspace: Workspace) -> None:
    assert answer(workspace, 15, "O-15").expires_on == date(2027, 1, 15)
    assert answer(workspace, 15, "O-15", expires_on=date(2026, 12, 1)).expires_on == date(2026, 12, 1)
    with pytest.raises(RunError, match="2027-01-16 lies after 2027-01-15"):
        answer(workspace, 15, "O-15", expires_on=date(2027, 1, 16))


def test_art15_3_an_officer_opens_a_case_on_records_of_the_enterprise(workspace: Workspace) -> None:
    score(workspace, "yunnan", T, lambda *_: None)
    complaints = ("C-9-09-21", "C-9-10-21")
    with pytest.raises(RunError, match=r"had not fired .*--open"):
        answer(workspace, 9, *complaints)
    with pytest.raises(RunError, match="no usable record C-10-09-11"):
        answer(workspace, 9, "C-10-09-11", open_case=True)  # of another enterprise
    made = answer(workspace, 9, *complaints, open_case=True)
    assert (made.evidence_tables, made.expires_on) == (("complaint", "complaint"), date(2027, 1, 21))
    grade, update = update_one(workspace, "yunnan", code(9), T)
    assert update is not None
    assert (grade, update.decided_by, update.evidence) == ("D", RULE, complaints)
    page = explain_one(workspace, "yunnan", code(9), T)
    (fired,) = page.rules
    assert (fired.decision, fired.waits, page.grade) == (made, False, "D")
    assert {one.record_id for one in fired.evidence.cited} == set(complaints)
    again = score(workspace, "yunnan", date(2026, 11, 15), lambda *_: None)
    assert again.grades["D"] >= 1
    assert explain_one(workspace, "yunnan", code(9), date(2026, 11, 15)).published_instead is None


def test_a_page_names_the_decision_that_set_the_grade_since_the_run(workspace: Workspace) -> None:
    score(workspace, "yunnan", T, lambda *_: None)
    day = date(2026, 11, 2)
    made = answer(workspace, 15, "O-15", decided_on=day)
    page = explain_one(workspace, "yunnan", code(15), T)
    decided = "On 2026-11-02 王某 decided by Art. 15(3)"
    assert (page.published_instead, page.decided_since) == (None, (made,))
    assert [one.en for one in standing(page) if decided in one.en and "does not have it; the next run does" in one.en]
    update_one(workspace, "yunnan", code(15), day)
    page = explain_one(workspace, "yunnan", code(15), T)
    (said,) = (one for one in standing(page) if decided in one.en)
    assert said.en.endswith("D; why: 影响广泛. The grade that applies now rests on this decision.")
    with speaking(Language.zh):
        assert "现在适用的等级出自这一决定" in render_page(page)
    score(workspace, "yunnan", day, lambda *_: None)
    assert explain_one(workspace, "yunnan", code(15), day).decided_since == ()  # it is in the run
    assert explain_one(workspace, "yunnan", code(16), T).decided_since == ()


def test_nothing_is_decided_about_who_has_no_grade(workspace: Workspace) -> None:
    province = Province(workspace.root)
    province.deliveries = 1
    row = {
        "valid_from": "2020-01-01",
        "name": "某",
        "status": "active",
        "kind": "limited_company",
        "division": "530102",
    }
    others = {
        "elsewhere": {**row, "division": "540102"},
        "one person": {**row, "kind": "individual_business"},
        "gone": {**row, "status": "deregistered"},
    }
    opinion = {"event_date": "2026-10-15", "sentiment": "negative", "attention": "high", "effect": "serious"}
    province.receive({
        "enterprise": [{**one, "record_id": f"R-{name}", "enterprise_id": name} for name, one in others.items()],
        "opinion": [{**opinion, "record_id": f"O-{name}", "enterprise_id": name} for name in (*others, "unheard of")],
    })  # fmt: skip
    score(workspace, "yunnan", T, lambda *_: None)
    for name, why in (("elsewhere", "where it is registered"), ("one person", "the kind of enterprise"),
                      ("gone", "deregistered on 2020-01-01"),
                      ("unheard of", "no registration has it")):  # fmt: skip
        with pytest.raises(RunError, match=f"no grade to decide on: .*{why}"):
            decide(workspace, "yunnan", enterprise_id=name, rule=RULE, evidence=[f"O-{name}"], grade="D",
                officer="王某", reason="影响广泛",
                   decided_on=T)  # fmt: skip
        with pytest.raises(RunError, match=why):
            update_one(workspace, "yunnan", name, T)
    assert read_decisions(workspace.ledger) == ()


def test_one_decision_leaves_the_pages_of_others_the_published_ones(workspace: Workspace) -> None:
    score(workspace, "yunnan", T, lambda *_: None)
    waiting = explain_one(workspace, "yunnan", code(15), T)
    assert (waiting.pending_options, waiting.decided_by, waiting.rules[0].waits) == (("C", "D"), "band", True)
    answer(workspace, 15, "O-15")
    assert explain_one(workspace, "yunnan", code(16), T).published_instead is None
    changed = explain_one(workspace, "yunnan", code(15), T)
    assert changed.published_instead is not None
    assert changed.published_instead.changed == ("decisions",)
    answer(workspace, 15, "O-15", grade="not_established")
    assert explain_one(workspace, "yunnan", code(15), T).grade == waiting.grade


def test_art15_2_an_officer_answers_that_a_listed_person_is_somebody_else(workspace: Workspace) -> None:
    province = Province(workspace.root)
    province.deliveries = 1
    listed = {"subject_id": "p1", "subject_kind": "person", "start_date": "2026-10-20"}
    post = {"record_id": "W-20", "enterprise_id": code(20), "person_id": "p1", "person_name": "某", "role": "director"}
    province.receive({
        "position": [{**post, "start_date": "2024-01-01"}],
        "dishonest_debtor": [{**listed, "record_id": "D-1"}],
    })  # fmt: skip
    score(workspace, "yunnan", T, lambda *_: None)
    assert explain_one(workspace, "yunnan", code(20), T).decided_by == "dishonest_post_holder"
    said = {"rule": "dishonest_post_holder", "grade": "not_same_person", "reason": "身份证号登记有误"}
    with pytest.raises(RunError, match="W-20 is no evidence"):
        answer(workspace, 20, "W-20", **said)
    made = answer(workspace, 20, "D-1", **said)
    assert made.expires_on is None
    grade, update = update_one(workspace, "yunnan", code(20), T)
    assert update is not None
    assert (update.was, grade, update.decided_by) == ("D", "A", "band")
    page = explain_one(workspace, "yunnan", code(20), T)
    assert (page.grade, page.rules, page.somebody_else) == ("A", (), (made,))
    for lang, answered in ((Language.zh, "不是同一人"), (Language.en, "not the same person")):
        with speaking(lang):
            shown = render_page(page)
        assert "D-1" in shown
        assert "身份证号登记有误" in shown
        assert answered in shown
    later = date(2026, 11, 15)
    score(workspace, "yunnan", later, lambda *_: None)
    assert explain_one(workspace, "yunnan", code(20), later).decided_by == "band"
    answer(workspace, 20, "D-1", **{**said, "grade": "same_person"})
    assert explain_one(workspace, "yunnan", code(20), T).decided_by == "dishonest_post_holder"
