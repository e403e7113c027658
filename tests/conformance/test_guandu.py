"""Guandu's draft, clause by clause: whom it grades, by what, into which grades, with which measures and terms."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest
from handmade import ROOT, Province
from one_act import acts_told, report_twice
from small_runs import BEFORE, T, code, make_bundle, put_in_use, records

from riskml.core.errors import RunError
from riskml.core.init import create_workspace
from riskml.core.workspace import Workspace
from riskml.publication.exports import open_export
from riskml.publication.migrate import migrate
from riskml.publication.push import make_package
from riskml.runs.explain_one import explain_one
from riskml.runs.published import published_run
from riskml.runs.score import score
from riskml.schemes.grade import band_ranks
from riskml.schemes.measures import measures_for
from riskml.schemes.scheme import Scheme, load_scheme


def silent(*_: object) -> None:
    """No progress."""


@pytest.fixture(scope="module")
def guandu() -> Scheme:
    return load_scheme(ROOT / "models" / "guandu" / "scheme.yaml")


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Two months by Guandu's draft, after ``init`` and ``ingest`` alone; every fourth enterprise is registered in the
    district.
    """
    made = create_workspace(tmp_path_factory.mktemp("guandu") / "workspace")
    rows = records()
    for number, one in enumerate(rows["enterprise"]):
        one["kind"] = {8: "branch", 16: "individual_business"}.get(number, "limited_company")
        one["street"] = {20: "530111001", 24: "530111009"}.get(
            number
        )  # 530111009 is Dabanqiao, which Art. 2 leaves out
        one["tax_area"], one["statistics_area"] = {28: ("530102", "530111"), 32: ("530111", "530111")}.get(
            number, (None, None)
        )
    report_twice(rows)
    rows["honour"] = [{"record_id": "H-1", "enterprise_id": code(20), "event_date": "2026-03-01", "level": "national"}]
    rows["amendment"] = [
        {"record_id": "A-1", "of_table": "penalty", "of_record": "P-4", "event_date": "2026-10-02", "kind": "repaired"}
    ]
    Province(made.root).receive(rows)
    for day in (BEFORE, T):
        score(made, "guandu", day, silent)
    return made


@pytest.mark.usefixtures("in_chinese")
def test_art2_and_4_who_is_graded(workspace: Workspace) -> None:
    graded = {row["enterprise_id"] for row in open_export(workspace, "guandu", T, None).coded()}
    assert graded == {code(number) for number in range(0, 61, 4)} - {code(number) for number in (8, 16, 24, 28)}
    with pytest.raises(RunError, match=r"第四条.*企业类型"):
        explain_one(workspace, "guandu", code(8), T)  # a branch goes by its parent
    for number, condition in ((1, "登记地"), (16, "企业类型"), (24, "八个街道"), (28, "税务征管关系")):
        with pytest.raises(RunError, match=rf"第四条.*{condition}"):
            explain_one(workspace, "guandu", code(number), T)
    unknown = {number: len(explain_one(workspace, "guandu", code(number), T).not_known) for number in (4, 20, 32)}
    assert unknown == {4: 4, 20: 3, 32: 2}


def test_art3_yunnan_stands_beside_and_neither_moves_the_other(workspace: Workspace) -> None:
    before = explain_one(workspace, "guandu", code(4), T).to_dict()
    put_in_use(workspace, make_bundle())
    score(workspace, "yunnan", T, silent)
    assert explain_one(workspace, "guandu", code(4), T).to_dict() == before
    assert published_run(workspace, "yunnan", T).grades == ("A", "B", "C", "D")


def test_art5_the_notice_leaves_with_every_file(workspace: Workspace) -> None:
    notice = open_export(workspace, "guandu", T, None).notice
    assert "不向社会公开" in notice.zh
    assert "第五条" in notice.zh
    assert "征求意见稿" in notice.zh
    assert "得分越高，信用越好" in notice.zh
    assert make_package(workspace, "guandu", T, None, silent).manifest.notice.zh == notice.zh


def test_art7_every_kind_of_information_has_an_item(guandu: Scheme) -> None:
    read = {item.from_ for dimension in guandu.dimensions for item in dimension.items}
    assert {"honour", "judgment", "penalty", "inspection", "contract_breach", "commitment", "serious_listing"} <= read


@pytest.mark.usefixtures("in_chinese")
def test_art7_one_act_counts_once_whoever_reported_it(workspace: Workspace) -> None:
    assert acts_told(workspace, "guandu") == (
        (-4.0, 2, "行政处罚：1件（2条记录），减4分"),
        (-12.0, 2, "行政处罚：1件（2条记录），折算3次，减12分"),
        (-8.0, 2, "行政处罚：2条记录，减8分"),
    )


def test_art8_six_aspects(guandu: Scheme) -> None:
    assert [one.label.zh for one in guandu.dimensions] == [
        "基本情况",
        "金融财税",
        "管治能力",
        "社会责任",
        "行政司法监管",
        "创新型信用综合评价",
    ]
    assert all(item.basis == "ours" for dimension in guandu.dimensions for item in dimension.items)


def test_art9_and_10_five_grades_by_points_and_rules(guandu: Scheme, workspace: Workspace) -> None:
    assert [(one.id, one.label.zh[4:]) for one in guandu.grades] == [
        ("AAA", "优秀"), ("AA", "良好"), ("A", "一般"), ("B", "差"), ("C", "很差"),
    ]  # fmt: skip
    cuts = np.array([0.0, 39.9, 40.0, 60.0, 77.9, 78.0, 88.0, 100.0])
    assert [guandu.grade_names[rank] for rank in band_ranks(guandu, cuts)] == [
        "C",
        "C",
        "B",
        "A",
        "A",
        "AA",
        "AAA",
        "AAA",
    ]
    listed = explain_one(workspace, "guandu", code(12), T)
    assert listed.together == ()  # an item is worth the same whatever else is on record
    assert (listed.grade, listed.decided_by) == ("C", "blacklisted")
    assert listed.rules[0].evidence.cited[0].record_id == "L-12"


def test_art11_and_12_push_and_downgrades(workspace: Workspace) -> None:
    package = make_package(workspace, "guandu", T, None, silent)
    assert (package.manifest.run.model, package.manifest.grades) == (None, ("AAA", "AA", "A", "B", "C"))
    assert package.manifest.run.policy == published_run(workspace, "guandu", T).policy.digest
    moved = {one.enterprise_id: one for one in migrate(workspace, "guandu", T, None, silent).movements.moved}
    assert moved[code(12)].grade_after == "C"


def test_arts13_to_17_measures_of_each_grade(guandu: Scheme) -> None:
    found = {grade: measures_for(guandu, grade, new_economy=False) for grade in guandu.grade_names}
    assert {grade: one.opening.article.number for grade, one in found.items()} == {
        "AAA": "14", "AA": "15", "A": "13", "B": "16", "C": "17",
    }  # fmt: skip
    assert {grade: len(one.sentences) for grade, one in found.items()} == {"AAA": 6, "AA": 3, "A": 0, "B": 4, "C": 7}
    assert [one.article.number for one in found["C"].sentences if one.touches_rights] == ["17(4)", "17(5)", "17(6)"]
    assert all("可采取" in found[grade].opening.text.zh for grade in ("AAA", "AA", "B", "C"))


def test_arts21_to_23_terms_of_objection_and_repair(guandu: Scheme, workspace: Workspace) -> None:
    (objection,) = [one for one in guandu.procedures if one.kind == "objection"]
    assert (objection.working_days, objection.extension_days, objection.article.number) == (10, 10, "22")
    before, after = (explain_one(workspace, "guandu", code(4), day) for day in (date(2026, 9, 30), T))
    assert before.score is not None
    assert after.score is not None
    assert after.score - before.score == 4.0  # the penalty was repaired on 2026-10-02
    assert [one.record_id for one in after.excluded] == ["P-4"]
    assert after.excluded[0].provision is not None
    assert after.excluded[0].provision.article.number == "23"
