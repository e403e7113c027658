"""Lingyuan's draft, clause by clause: whom it grades, good and bad information apart, what the public may see, measures
and terms.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import yaml
from handmade import ROOT, Province
from one_act import acts_told, report_twice
from rich.console import Console
from small_runs import BEFORE, T, code, make_bundle, put_in_use, records

from riskml.core.errors import ConfigurationError, RunError
from riskml.core.init import create_workspace
from riskml.core.language import Language, speaking
from riskml.core.workspace import Workspace
from riskml.explaining.page import render_page
from riskml.explaining.text import render_text
from riskml.publication.exports import open_export
from riskml.publication.public_view import Graded, public_view, public_view_of
from riskml.runs.explain_one import explain_one
from riskml.runs.immediate import update_one
from riskml.runs.score import score
from riskml.schemes.measures import measures_for
from riskml.schemes.methods.classes import class_held
from riskml.schemes.methods.points import ItemMethod
from riskml.schemes.notices import notice_of, status_of
from riskml.schemes.scheme import Scheme, load_scheme, parse_scheme

SHIPPED = ROOT / "models" / "lingyuan" / "scheme.yaml"
NOBODY, BUSINESS, LISTED, GOOD, EVEN, GONE, REVOKED, PENALISED = 1, 2, 12, 20, 21, 22, 23, 4
"""Enterprises of the test: nothing on record, an individual business, on a blacklist, with honours, with as much good
as bad, …
"""


def silent(*_: object) -> None:
    """No progress."""


@pytest.fixture(scope="module")
def lingyuan() -> Scheme:
    return load_scheme(SHIPPED)


def make(root: Path, until: str | None = None) -> Workspace:
    """Two months by Lingyuan's draft, after ``init`` and ``ingest`` alone; its last day another one where `until` says
    so.
    """
    made = create_workspace(root)
    if until is not None:
        path = made.models / "lingyuan" / "scheme.yaml"
        path.write_text(
            SHIPPED.read_text(encoding="utf-8").replace("until: 2023-09-30", f"until: {until}"), encoding="utf-8"
        )
    rows = records()
    rows["penalty"] = [one for one in rows["penalty"] if one["enterprise_id"] == code(PENALISED)]
    report_twice(rows)
    listed = {"enterprise_id": code(BUSINESS), "start_date": "2026-05-01", "cause": "other", "case_id": "异案-1"}
    rows["abnormal_listing"] = [{"record_id": name, **listed} for name in ("Y-1", "Y-2")]
    for number, one in enumerate(rows["enterprise"]):
        one["division"] = "530102" if number == 3 else "211382"
        one["kind"] = {BUSINESS: "individual_business", 8: "branch", 16: "cooperative"}.get(number, "limited_company")
        one["status"] = {REVOKED: "revoked"}.get(number, one["status"])
    rows["enterprise"][BUSINESS]["name"] = "凌源市张三丰小吃店"
    rows["enterprise"].append(
        {**rows["enterprise"][GONE], "record_id": "DJ-gone", "valid_from": "2026-09-15", "status": "deregistered"}
    )
    rows["position"] = [
        {"record_id": "P-1", "enterprise_id": code(BUSINESS), "start_date": "2020-01-01", "person_id": "Q1",
         "person_name": "张三丰",
         "role": "operator"}
    ]  # fmt: skip
    rows["honour"] = [
        {"record_id": "H-1", "enterprise_id": code(GOOD), "event_date": "2026-03-01", "level": "national"}
    ]
    claim = {"enterprise_id": code(EVEN), "claim_id": "C-1", "kind": "standard"}
    rows["honour_claim"] = [
        {"record_id": "HC-1", "event_date": "2025-03-01", "stage": "submitted", **claim},
        {"record_id": "HC-2", "event_date": "2025-04-01", "stage": "verified", **claim},
    ]
    rows["commitment"] = [
        {"record_id": f"CN-{day}", "enterprise_id": code(EVEN), "event_date": f"2026-05-0{day}", "outcome": "kept"}
        for day in (1, 2)
    ]
    rows["contract_breach"] = [{"record_id": "B-1", "enterprise_id": code(EVEN), "event_date": "2025-03-01"}]
    rows["amendment"] = [
        {"record_id": "A-1", "of_table": "penalty", "of_record": "P-4", "event_date": "2026-10-02", "kind": "repaired"}
    ]
    Province(made.root, "handmade" if until is None else "simulated").receive(rows)
    for day in (BEFORE, T):
        score(made, "lingyuan", day, silent)
    return made


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return make(tmp_path_factory.mktemp("lingyuan") / "workspace")


def told(workspace: Workspace, number: int, lang: Language = Language.zh) -> str:
    """What the terminal says of an enterprise."""
    console = Console(width=220, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    with speaking(lang):
        console.print(render_text(explain_one(workspace, "lingyuan", code(number), T)))
    return console.export_text()


def test_art2_and_5_every_market_entity_of_the_city_is_graded(workspace: Workspace) -> None:
    kinds = {row["enterprise_id"]: row["kind"] for row in open_export(workspace, "lingyuan", T, None).coded()}
    assert {kinds[code(number)] for number in (BUSINESS, 8, 16)} == {"individual_business", "branch", "cooperative"}
    assert not {code(3), code(GONE)} & set(kinds)
    assert (
        len(kinds) == len({one["enterprise_id"] for one in records()["enterprise"]}) - 3
    )  # elsewhere; two are deregistered
    with pytest.raises(RunError, match=r"Art\. 2.*where it is registered") as raised:
        explain_one(workspace, "lingyuan", code(3), T)
    assert "第二条" in raised.value.zh
    assert "登记地" in raised.value.zh


def test_art3_third_parties_are_good_information_only(lingyuan: Scheme) -> None:
    items = {item.id: item for dimension in lingyuan.dimensions for item in dimension.items}
    assert items["third_party"].where == "field = 'third_party' AND risk_level = 'low'"
    assert items["third_party"].article is not None
    assert items["third_party"].article.number == "3"
    assert not [item.id for item in items.values() if item.from_ == "external_grade" and (item.each or 0) < 0]


def test_art4_the_results_are_public_and_the_status_goes_with_every_grade(
    workspace: Workspace, lingyuan: Scheme
) -> None:
    notice = open_export(workspace, "lingyuan", T, None).notice
    assert "向全社会公开" in notice.zh
    assert "征求意见稿" in notice.zh
    assert "有效期至2023-09-30" in notice.zh
    assert "得分" not in notice.zh
    assert status_of(lingyuan, T).zh == "征求意见稿；有效期至2023-09-30，已过"
    assert status_of(lingyuan, date(2022, 1, 1)).zh == "征求意见稿；自2021-10-01起施行，有效期至2023-09-30"
    assert status_of(lingyuan, date(2021, 9, 1)).en == "draft for comment; takes force on 2021-10-01"
    assert "该办法为征求意见稿。该办法的有效期至2023-09-30，此后不再公示。" in told(workspace, GOOD)
    page = render_page(explain_one(workspace, "lingyuan", code(GOOD), T))
    assert 'These Measures ran until <span class="nb">2023-09-30</span>' in page
    assert "2023-09-30" in explain_one(workspace, "lingyuan", code(GOOD), T).to_dict()["scheme"]["status"]["zh"]


def test_art6_three_classes_and_six_grades_in_the_text_s_order(lingyuan: Scheme) -> None:
    assert lingyuan.grade_names == ("A+", "A", "A-", "B", "C", "D")
    assert lingyuan.score is None
    assert lingyuan.direction == "better"


@pytest.mark.parametrize(
    ("good", "bad", "grade", "said"),
    [
        (0, 0, "B", "无记录"), (0.5, 0, "B", "少量良好信息"), (2.5, 0, "B", "少量良好信息"), (3, 0, "A-", "有良好信息"),
        (9.5, 0, "A-", "有良好信息"),
        (10, 0, "A", "较多"), (19.5, 0, "A", "较多"), (20, 0, "A+", "很多"), (80, 0, "A+", "很多"),
        (20, 0.5, "B", "轻微"), (4, 4, "B", "大于等于"), (29.5, 29.5, "B", "大于等于"), (3.5, 4, "C", "大于良好"),
        (0, 0.5, "C", "大于良好"),
        (0, 29.5, "C", "大于良好"), (0, 30, "D", "大量"), (80, 30, "D", "大量"), (80, 60, "D", "大量"),
    ],
)  # fmt: skip
def test_art6_the_order_of_the_readings(lingyuan: Scheme, good: float, bad: float, grade: str, said: str) -> None:
    held = class_held(lingyuan.classes, {"good": good, "bad": bad})
    assert held.grade == grade
    assert held.label is not None
    assert said in held.label.zh
    assert held.reading is not None, "every condition is ours, and says so"


def test_art6_equal_points_are_equal_in_whatever_parts_they_come(lingyuan: Scheme) -> None:
    shares = {"honours": 0.3, "commitments_kept": 0.6, "penalties": 0.225}  # 1.5 + 0.3 + … in binary
    method = ItemMethod(lingyuan)
    values = np.array([[shares.get(item.id, 0.0) for item in method.items]])
    values[0, [item.id for item in method.items].index("contracts_broken")] = 0.3
    found = method.assess(values)
    assert found.totals["good"].tolist() == found.totals["bad"].tolist() == [1.8]
    assert lingyuan.grade_names[found.bands[0]] == "B"


@pytest.mark.usefixtures("in_chinese")
def test_art6_good_and_bad_information_each_with_its_sum_and_no_score(workspace: Workspace) -> None:
    found = explain_one(workspace, "lingyuan", code(EVEN), T)
    assert (found.grade, found.score, found.totals["good"], found.totals["bad"]) == ("B", None, 3.0, 3.0)
    assert found.to_dict()["score"] is None
    text, page = told(workspace, EVEN), render_page(found)
    assert "加分合计：3   减分合计：3" in text
    assert "加3分，减3分：有轻微失信信息，良好信息分值大于等于失信信息分值，评为B级（正常）。" in text
    assert "轻微失信信息，但良好信息分值大于等于失信信息分值" in text  # the text's own sentence
    for shown in (text, page):
        assert "得分" not in shown
        assert "风险分" not in shown
        assert shown.index("主要加分项") < shown.index("HC-2")
        assert shown.index("主要减分项") < shown.rindex("B-1")
    assert "score" not in told(workspace, EVEN, Language.en).lower().replace("there is no score", "")


@pytest.mark.usefixtures("in_chinese")
def test_art6_one_act_counts_once_whoever_reported_it(workspace: Workspace) -> None:
    assert acts_told(workspace, "lingyuan") == (
        (-4.0, 2, "行政处罚：1件（2条记录），减4分"),
        (-20.0, 2, "行政处罚：1件（2条记录），折算5次，减20分"),
        (-8.0, 2, "行政处罚：2条记录，减8分"),
    )
    (listed,) = [one for one in explain_one(workspace, "lingyuan", code(BUSINESS), T).lowered if one.points]
    assert (listed.indicator, listed.points, listed.said.zh) == ("abnormal_lists", -5.0, "1项（2条记录）")


@pytest.mark.usefixtures("in_chinese")
def test_art6_no_record_is_stated_on_the_page(workspace: Workspace) -> None:
    found = explain_one(workspace, "lingyuan", code(NOBODY), T)
    assert (found.grade, found.totals["good"], found.totals["bad"]) == ("B", 0.0, 0.0)
    assert "没有良好信息，也没有失信信息（无记录）" in render_page(found)
    assert "neither good nor bad information (no record)" in told(workspace, NOBODY, Language.en)


@pytest.mark.usefixtures("in_chinese")
def test_simulated_records_are_called_simulated(workspace: Workspace, in_force: Workspace) -> None:
    assert "记录是模拟的" in render_page(explain_one(in_force, "lingyuan", code(GOOD), T))
    assert "模拟" not in render_page(explain_one(workspace, "lingyuan", code(GOOD), T))


def test_art6_blacklisted_is_d_with_the_listing_and_at_once(workspace: Workspace, tmp_path: Path) -> None:
    found = explain_one(workspace, "lingyuan", code(LISTED), T)
    assert (found.grade, found.decided_by, found.totals["bad"]) == ("D", "blacklisted", 60.0)
    assert found.rules[0].evidence.cited[0].record_id == "L-12"
    assert update_one(workspace, "lingyuan", code(LISTED), date(2026, 11, 1)) == ("D", None)


def test_a_revoked_licence_is_read_from_the_registration(workspace: Workspace) -> None:
    found = explain_one(workspace, "lingyuan", code(REVOKED), T)
    assert (found.grade, found.totals["bad"]) == ("C", 25.0)
    assert found.lowered[0].evidence.cited[0].record_id == f"DJ-{REVOKED}"


def test_arts7_to_9_what_is_posted_and_who_sees_to_it(lingyuan: Scheme) -> None:
    assert [one.article.number for one in lingyuan.procedures if one.kind == "posting"] == ["7", "8", "9"]
    (sanction,) = [one for one in lingyuan.procedures if one.kind == "posting" and one.article.number == "9"]
    assert sanction.reading is not None
    assert "不影响等级" in sanction.reading.zh


ON = date(2026, 11, 5)
SHOWN = ["name", "enterprise_id", "grade", "as_of", "scheme", "status", "objection"]


@pytest.fixture(scope="module")
def in_force(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The same where the Measures still run."""
    return make(tmp_path_factory.mktemp("lingyuan") / "workspace", until="2026-11-30")


def test_art7_the_public_sees_exactly_what_the_scheme_lists(in_force: Workspace) -> None:
    put_in_use(in_force, make_bundle())  # another scheme's model and grades change nothing
    score(in_force, "yunnan", T, silent)
    seen = public_view_of(in_force, "lingyuan", code(GOOD), ON)
    assert seen is not None
    assert list(seen) == SHOWN
    assert (seen["enterprise_id"], seen["grade"], seen["as_of"]) == (code(GOOD), "A", "2026-10-31")
    assert seen["scheme"]["zh"] == "凌源市信用分级分类监管办法（征求意见稿）"
    assert seen["status"]["zh"] == "征求意见稿；自2021-10-01起施行，有效期至2026-11-30"
    assert "提交异议申请和证明材料" in seen["objection"][0]["zh"]
    said = str(seen)
    for never in ("H-1", "分值", "yunnan", "云南省", "score"):
        assert never not in said


def test_art7_nothing_is_public_after_the_last_day_or_deregistration_or_elsewhere(
    in_force: Workspace, workspace: Workspace
) -> None:
    assert public_view_of(in_force, "lingyuan", code(GOOD), date(2026, 11, 30)) is not None
    assert public_view_of(in_force, "lingyuan", code(GOOD), date(2026, 12, 1)) is None
    assert public_view_of(workspace, "lingyuan", code(GOOD), ON) is None  # as the text itself has it: until 2023-09-30
    assert public_view_of(in_force, "lingyuan", code(GONE), ON) is None
    assert public_view_of(in_force, "lingyuan", code(3), ON) is None
    assert public_view_of(in_force, "lingyuan", "no code", ON) is None
    assert public_view_of(in_force, "lingyuan", code(GOOD), date(2026, 9, 1)) is None  # before the first run


def test_art7_of_a_scheme_that_is_not_public_nothing_is_shown(lingyuan: Scheme) -> None:
    graded = Graded(code(1), "凌源测试有限公司", "active", "B", T)
    assert public_view(lingyuan, graded, date(2023, 9, 30)) is not None
    assert public_view(lingyuan, graded, date(2023, 10, 1)) is None
    assert public_view(lingyuan, graded, date(2021, 9, 30)) is None
    assert public_view(lingyuan.model_copy(update={"public": None}), graded, date(2023, 9, 30)) is None
    gone = Graded(code(1), "凌源测试有限公司", "deregistered", "B", T)
    assert public_view(lingyuan, gone, date(2023, 9, 30)) is None


@pytest.mark.usefixtures("in_chinese")
def test_operators_names_are_masked_on_pages_exports_and_for_the_public(in_force: Workspace) -> None:
    seen = public_view_of(in_force, "lingyuan", code(BUSINESS), ON)
    assert seen is not None
    assert seen["name"] == "凌源市张**小吃店"
    exported = {row["enterprise_id"]: row["name"] for row in open_export(in_force, "lingyuan", T, None).coded()}
    assert exported[code(BUSINESS)] == "凌源市张**小吃店"
    found = explain_one(in_force, "lingyuan", code(BUSINESS), T)
    for shown in (render_page(found), told(in_force, BUSINESS), str(found.to_dict())):
        assert "张三丰" not in shown


def test_arts10_to_13_measures_of_each_grade(lingyuan: Scheme) -> None:
    found = {grade: measures_for(lingyuan, grade, new_economy=False) for grade in lingyuan.grade_names}
    assert {grade: one and one.opening.article.number for grade, one in found.items()} == {
        "A+": "11", "A": "11", "A-": "11", "B": "12", "C": "13", "D": "13",
    }  # fmt: skip
    assert {grade: one and one.sampling for grade, one in found.items()} == {
        "A+": "lower_greatly", "A": "lower_greatly", "A-": "lower_greatly", "B": "normal", "C": "raise_moderately",
        "D": "raise_moderately",
    }  # fmt: skip
    for grade in ("A+", "C"):
        assert "应当采取" in opening(lingyuan, grade)
    assert "可" not in "".join(opening(lingyuan, grade) for grade in lingyuan.grade_names)


def opening(scheme: Scheme, grade: str) -> str:
    measures = measures_for(scheme, grade, new_economy=False)
    assert measures is not None
    return measures.opening.text.zh


@pytest.mark.usefixtures("in_chinese")
def test_art13_3_to_5_are_shown_with_the_basis_they_need_and_never_carried_out(
    lingyuan: Scheme, workspace: Workspace
) -> None:
    measures = measures_for(lingyuan, "D", new_economy=False)
    assert measures is not None
    restricting = [one.article.number for one in measures.sentences if getattr(one, "touches_rights", None)]
    assert restricting == ["13(3)", "13(4)", "13(5)"]
    page = render_page(explain_one(workspace, "lingyuan", code(LISTED), T))
    assert page.count("须另有依据，程序不执行") == 3


def test_art16_an_objection_has_no_term_and_none_is_invented(lingyuan: Scheme) -> None:
    (objection,) = [one for one in lingyuan.procedures if one.kind == "objection"]
    assert (objection.article.number, objection.working_days, objection.extension_days) == ("16", None, None)
    assert objection.reading is not None
    assert "不自拟期限" in objection.reading.zh


def test_art17_what_is_repaired_leaves_the_basis(workspace: Workspace) -> None:
    before, after = (explain_one(workspace, "lingyuan", code(PENALISED), day) for day in (date(2026, 9, 30), T))
    assert (before.totals["bad"], after.totals["bad"]) == (4.0, 0.0)
    assert (before.grade, after.grade) == ("C", "B")
    assert [one.record_id for one in after.excluded] == ["P-4"]
    assert after.excluded[0].provision is not None
    assert after.excluded[0].provision.article.number == "17"


def test_art19_the_days_it_names_are_data(lingyuan: Scheme) -> None:
    assert lingyuan.in_force is not None
    assert (lingyuan.in_force.from_, lingyuan.in_force.until) == (date(2021, 10, 1), date(2023, 9, 30))
    assert lingyuan.draft


def broken(conditions: Iterable[tuple[str, str]]) -> str:
    """The shipped scheme with other conditions, (grade, condition) in order."""
    content = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    content["classes"] = [{"grade": grade, "when": when} for grade, when in conditions]
    return yaml.safe_dump(content, allow_unicode=True)


LITERALLY = [
    ("A+", "good >= 20"), ("A", "good >= 10 AND good < 20"), ("A-", "bad = 0 AND good > 0"),
    ("B", "bad = 0 AND good > 0 AND good < 3 OR bad > 0 AND bad "
          "< 10 AND good >= bad"), ("C", "bad >= 10 AND bad < 30"), ("D", "bad >= 30"),
]  # fmt: skip
"""Art. 6 as it is written: nothing of those without any record, nor of slight bad information that is more than the
good; grades that meet.
"""


def shipped() -> list[tuple[str, str]]:
    return [(one.grade, one.when) for one in load_scheme(SHIPPED).classes]


def changed(number: int, when: str) -> list[tuple[str, str]]:
    return [(grade, when if place == number else old) for place, (grade, old) in enumerate(shipped())]


@pytest.mark.parametrize(
    ("conditions", "zh", "en"),
    [
        (LITERALLY, r"classes.*没有等级.*good 0, bad 0", r"classes.*no grade for good 0, bad 0; good 0, bad 0\.5"),
        # With the gaps filled, the text still has two grades for much good information without bad, and for much good
        # beside much bad.
        (
            [*LITERALLY[:3], ("B", f"{LITERALLY[3][1]} OR good = 0 AND bad = 0 OR bad > 0 AND bad < "
                                   "10 AND good < bad"), *LITERALLY[4:]],
            r"classes.*不止一个等级.*→ A-、B",
            r"classes.*more than one grade for good 0\.5, bad 0 → A-、B",
        ),
        (changed(3, "bad = 0 AND good < 0"), r"没有等级：good 0, bad 0。", r"no grade for good 0, bad 0\."),
        (changed(5, "bad > 0 AND bad < 30 AND good > bad"), r"没有等级.*good 1, bad 1", r"no grade.*good 1, bad 1"),
        (changed(6, "bad >= good AND bad "
                    "> 0 AND bad < 30"), r"不止一个.*good 1, bad 1 → B、C", r"more than one.*good 1, bad 1 → B、C"),
        (changed(7, "bad > 30"), r"没有等级.*good 0, bad 30", r"no grade.*good 0, bad 30"),
        (changed(7, "bad >= 29"), r"不止一个.*good 0, bad 29 → C、D", r"more than one.*good 0, bad 29 → C、D"),
        (changed(0, "good >= 20"), r"不止一个.*good 20, bad 0\.5 → "
                                   r"A\+、B", r"more than one.*good 20, bad 0\.5 → A\+、B"),
    ],
    ids=["literal gaps", "literal overlaps", "no record", "equal points: gap", "equal points: both", "at 30: gap",
        "29: both", "A+ with bad"],
)  # fmt: skip
def test_a_gap_or_an_overlap_is_refused_with_the_values(conditions: list[tuple[str, str]], zh: str, en: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse_scheme("models/lingyuan/scheme.yaml", broken(conditions))
    assert re.search(zh, caught.value.zh), caught.value.zh
    assert re.search(en, caught.value.en), caught.value.en


def test_the_shipped_conditions_leave_neither(lingyuan: Scheme) -> None:
    assert parse_scheme("models/lingyuan/scheme.yaml", broken(shipped())).grade_names == lingyuan.grade_names


def test_art19_what_leaves_says_like_the_page_that_nothing_is_public_any_more(lingyuan: Scheme) -> None:
    assert notice_of(lingyuan, date(2026, 10, 31)).en.endswith(
        "ran until 2023-09-30, and nothing is made public after that."
    )
    assert "nothing is made public" not in notice_of(lingyuan, date(2023, 9, 30)).en
