"""Guangzhou's text, clause by clause: whom it grades, by what, into which grades, how fast, and what it leaves out."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from handmade import ROOT, Province, Rows
from one_act import acts_told, report_twice
from rich.console import Console
from small_runs import BEFORE, T, code, make_bundle, put_in_use, records
from typer.testing import CliRunner

from riskml.cli import app
from riskml.core.errors import RunError
from riskml.core.init import create_workspace
from riskml.core.language import Language, speaking
from riskml.core.workspace import Workspace
from riskml.explaining.colours import grade_colour
from riskml.explaining.explanation import Explanation
from riskml.explaining.not_in_scope import NotInScopeError
from riskml.explaining.page import render_page
from riskml.explaining.text import render_text
from riskml.publication.exports import open_export
from riskml.publication.push import make_package
from riskml.runs.direct_at_once import update_scheme, update_schemes
from riskml.runs.explain_one import explain_one
from riskml.runs.published import published_run
from riskml.runs.score import score
from riskml.schemes.grade import band_ranks
from riskml.schemes.measures import measures_for
from riskml.schemes.notices import status_of
from riskml.schemes.scheme import Scheme, load_scheme

pytestmark = pytest.mark.usefixtures("in_chinese")

TEXT = ROOT / "models" / "guangzhou" / "scheme.yaml"
NEXT_DAY = date(2026, 11, 1)


def in_language(spoken: Language, page: Callable[[], str]) -> str:
    with speaking(spoken):
        return page()


def silent(*_: object) -> None:
    """No progress."""


def claim(record: str, number: int, day: str, stage: str, **more: str) -> dict[str, str]:
    return {
        "record_id": record, "enterprise_id": code(number), "event_date": day, "stage": stage,
        "claim_id": f"SB-{number}",
        "kind": "trademark", **more,
    }  # fmt: skip


def of_guangzhou() -> Rows:
    """The sixty of `small_runs`, every even one registered in Guangzhou, with honours that some reported themselves."""
    rows = records()
    for number, one in enumerate(rows["enterprise"]):
        one["kind"] = {
            6: "cooperative", 10: "individual_business", 16: "branch", 18: "partnership", 22: "sole_proprietorship",
            24: "non_company_legal_person", 26: None,
        }.get(number, "limited_company")  # fmt: skip
        one["division"] = "440106" if number % 2 == 0 else "530102"
        one["status"] = {28: "revoked"}.get(number, one["status"])
    rows["penalty"].append(
        {
            "record_id": "P-old",
            "enterprise_id": code(16),
            "event_date": "2025-10-15",
            "severity": "moderate",
            "kind": "fine",
        }
    )
    report_twice(rows)
    rows["honour_claim"] = [
        claim("ZX-1", 20, "2026-09-10", "submitted"),
        claim("ZX-2", 20, "2026-10-05", "verified", method="register", verifier="陈核验", expiry_date="2026-12-31"),
        claim("ZX-3", 30, "2026-09-10", "submitted"),
        claim("ZX-4", 32, "2026-08-10", "submitted"),
        claim("ZX-5", 32, "2026-09-10", "verified", method="document", expiry_date="2026-10-15"),
        claim("ZX-6", 34, "2026-08-10", "submitted"),
        claim("ZX-7", 34, "2026-09-10", "rejected"),
        claim("ZX-8", 38, "2026-08-10", "verified"),
        claim("ZX-9", 38, "2026-10-10", "withdrawn"),
    ]
    rows["external_grade"] = [
        {"record_id": "WB-1", "enterprise_id": code(1), "start_date": "2026-04-01", "field": "provincial_credit",
         "grade": "B", "risk_level": "normal"},
        {"record_id": "WB-2", "enterprise_id": code(1), "start_date": "2025-04-01", "end_date": "2026-03-31",
         "field": "provincial_credit", "grade": "D"},
        {"record_id": "WB-3", "enterprise_id": code(1), "start_date": "2026-05-01", "field": "national_credit",
         "grade": "良"},
        {"record_id": "WB-4", "enterprise_id": code(1), "start_date": "2026-05-01", "field": "tax", "grade": "A"},
        {"record_id": "WB-5", "enterprise_id": code(6), "start_date": "2026-05-01", "field": "national_credit",
         "grade": "优"},
    ]  # fmt: skip
    rows["amendment"] = [
        {"record_id": "A-1", "of_table": "penalty", "of_record": "P-4", "event_date": "2026-10-02", "kind": "repaired"},
        {"record_id": "A-2", "of_table": "penalty", "of_record": "P-8", "event_date": "2026-10-02", "kind": "revoked"},
        {"record_id": "A-3", "of_table": "penalty", "of_record": "P-12", "event_date": "2026-10-02", "kind": "barred",
         "law": "未成年人保护法"},
    ]  # fmt: skip
    return rows


@pytest.fixture(scope="module")
def guangzhou() -> Scheme:
    return load_scheme(TEXT)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Two runs by Guangzhou's text, after ``init`` and ``ingest`` alone."""
    made = create_workspace(tmp_path_factory.mktemp("guangzhou") / "workspace")
    Province(made.root).receive(of_guangzhou())
    for day in (BEFORE, T):
        score(made, "guangzhou", day, silent)
    return made


@pytest.fixture
def province(made: Workspace, tmp_path: Path) -> Province:
    """A copy, to which a test sends deliveries."""
    shutil.copytree(made.root, tmp_path / "workspace")
    copy = Province(tmp_path / "workspace")
    copy.deliveries = 1
    return copy


def explained(made: Workspace, number: int, day: date = T) -> Explanation:
    return explain_one(made, "guangzhou", code(number), day)


def points(found: Explanation) -> Mapping[str, float]:
    return {one.name: one.points for one in found.indicators}


def text_of(found: Explanation) -> str:
    console = Console(width=220, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(render_text(found))
    return console.export_text()


def edited(made: Workspace, **changed: Any) -> None:
    path = made.models / "guangzhou" / "scheme.yaml"
    path.write_text(
        yaml.safe_dump({**yaml.safe_load(path.read_text(encoding="utf-8")), **changed}, allow_unicode=True),
        encoding="utf-8",
    )


def test_art3_who_is_evaluated(made: Workspace) -> None:
    graded = {row["enterprise_id"] for row in open_export(made, "guangzhou", T, None).coded()}
    assert graded == {code(number) for number in range(0, 61, 2)} - {code(number) for number in (6, 10, 26, 28)}
    for number, condition in ((6, "企业类型"), (10, "企业类型"), (26, "企业类型"), (28, "登记状态"), (3, "登记地")):
        with pytest.raises(RunError, match=rf"第三条.*{condition}；没有等级"):
            explained(made, number)


def test_arts6_10_and_11_what_the_unpublished_rules_settle_is_called_ours(guangzhou: Scheme, made: Workspace) -> None:
    assert all(item.basis == "ours" for dimension in guangzhou.dimensions for item in dimension.items if item.each != 0)
    assert all(rule.reading and "自定" in rule.reading.zh for rule in guangzhou.rules)
    for lang, ours in ((Language.zh, "均为自定"), (Language.en, "are ours and illustrative")):
        assert ours in in_language(lang, lambda: render_page(explained(made, 20)))


def test_art9_what_was_revoked_is_past_its_period_or_barred_is_not_used(made: Workspace) -> None:
    for number, article, number_of in ((8, "9(1)", "P-8"), (12, "9(3)", "P-12")):
        (one,) = explained(made, number).excluded
        assert one.record_id == number_of
        assert one.provision is not None
        assert one.provision.article.number == article
    before, after = explained(made, 8, date(2026, 9, 30)), explained(made, 8)
    assert (points(before)["penalties"], points(after)["penalties"]) == (-5.0, 0.0)
    # A moderate penalty of 2025-10-15 is past its period, one year, on 2026-10-15; that of February is not.
    assert [points(explained(made, 16, day))["penalties"] for day in (date(2026, 10, 14), date(2026, 10, 15))] == [
        -10.0,
        -5.0,
    ]


def test_art10_one_act_counts_once_whoever_reported_it(made: Workspace) -> None:
    assert acts_told(made, "guangzhou") == (
        (-5.0, 2, "行政处罚：1件（2条记录），减5分"),
        (-15.0, 2, "行政处罚：1件（2条记录），折算3次，减15分"),
        (-10.0, 2, "行政处罚：2条记录，减10分"),
    )


def test_art10_five_dimensions_computed_automatically(guangzhou: Scheme, made: Workspace) -> None:
    assert [one.label.zh for one in guangzhou.dimensions] == [
        "遵纪守法",
        "履约践诺",
        "资质荣誉",
        "社会责任",
        "监管风险",
    ]
    found = explained(made, 20)
    assert found.score == found.base_score + sum(one.points for one in found.dimensions)
    assert [one.label.zh for one in found.dimensions] == ["遵纪守法", "履约践诺", "资质荣誉", "社会责任", "监管风险"]


def test_art11_nine_grades_with_words_and_colours_of_their_own(guangzhou: Scheme) -> None:
    assert guangzhou.grade_names == ("A", "A-", "B+", "B", "B-", "C+", "C", "C-", "D")
    assert len({one.label.zh for one in guangzhou.grades}) == 9
    assert len({grade_colour(rank, 9) for rank in range(9)}) == 9
    cuts = np.array([0, 35.9, 36, 48, 58, 66, 72, 78, 83, 87.9, 88, 100], dtype=float)
    assert [guangzhou.grade_names[rank] for rank in band_ranks(guangzhou, cuts)] == [
        "D", "D", "C-", "C", "C+", "B-", "B", "B+", "A-", "A-", "A", "A",
    ]  # fmt: skip


def test_art12_1_every_day_as_of_the_day_before(guangzhou: Scheme, province: Province) -> None:
    assert guangzhou.cycle is not None
    assert (guangzhou.cycle.every, guangzhou.cycle.days_behind) == ("day", 1)
    late = {"record_id": "P-late", "enterprise_id": code(20), "event_date": "2026-10-31", "known_date": "2026-11-01",
            "severity": "serious", "kind": "fine"}  # fmt: skip
    province.receive({"penalty": [late]})
    assert points(explained(province.workspace, 20, T))["penalties"] == -5.0  # of February: the other was not known yet
    score(province.workspace, "guangzhou", NEXT_DAY, silent)
    assert points(explained(province.workspace, 20, NEXT_DAY))["penalties"] == -20.0


def test_art12_2_a_listing_makes_a_d_with_its_load_and_its_end_or_repair_lifts_it(province: Province) -> None:
    workspace = province.workspace
    before = {number: explained(workspace, number).grade for number in (20, 30, 36)}
    assert "D" not in before.values()
    listed = [
        {"record_id": "L-20", "enterprise_id": code(20), "start_date": "2026-11-01", "list_kind": "tax"},
        {"record_id": "L-30", "enterprise_id": code(30), "start_date": "2026-11-01", "list_kind": "wages"},
        {
            "record_id": "L-1",
            "enterprise_id": code(1),
            "start_date": "2026-11-01",
            "list_kind": "tax",
        },  # registered elsewhere
    ]
    debtor = {"record_id": "SX-36", "subject_id": code(36), "subject_kind": "enterprise", "start_date": "2026-11-01"}
    province.receive({"serious_listing": listed, "dishonest_debtor": [debtor]})
    ((one,), failed) = update_schemes(workspace, NEXT_DAY)
    assert failed == ()
    assert (one.scheme, one.run, one.as_of) == ("guangzhou", T, NEXT_DAY)
    assert {
        update.enterprise_id: (update.was, update.grade, update.decided_by, update.evidence) for update in one.updates
    } == {
        code(20): (before[20], "D", "blacklisted", ("L-20",)),
        code(30): (before[30], "D", "blacklisted", ("L-30",)),
        code(36): (before[36], "D", "own_dishonest_listing", ("SX-36",)),
    }
    assert update_schemes(workspace, NEXT_DAY)[0][0].updates == ()
    found = explained(workspace, 20)
    assert found.updated is not None
    assert found.updated.evidence is not None
    assert [cited.record_id for cited in found.updated.evidence.cited] == ["L-20"]
    for shown in (text_of(found), render_page(found)):
        assert "现在适用的是D级" in shown
        assert "L-20" in shown
        assert "直接判为D级（自定）" in shown
    sent = {row["enterprise_id"]: row for row in open_export(workspace, "guangzhou", T, None).coded()}
    assert (sent[code(20)]["grade"], sent[code(20)]["updated_on"]) == ("D", NEXT_DAY)

    ended = {**listed[0], "end_date": "2026-11-01"}
    repaired = {
        "record_id": "A-9",
        "of_table": "serious_listing",
        "of_record": "L-30",
        "event_date": "2026-11-01",
        "kind": "repaired",
    }
    province.receive({"serious_listing": [ended], "amendment": [repaired]})
    ((lifted,), _) = update_schemes(workspace, NEXT_DAY)
    assert {update.enterprise_id: (update.was, update.grade) for update in lifted.updates} == {
        code(20): ("D", before[20]),
        code(30): ("D", before[30]),
    }
    assert f"现在适用的是{before[20]}级" in render_page(explained(workspace, 20))


def test_art12_2_the_commands_that_load_and_undo_tell_whom_they_moved(province: Province) -> None:
    workspace = province.workspace
    listed = {"record_id": "L-20", "enterprise_id": code(20), "start_date": "2026-11-01", "list_kind": "tax"}
    province.source({"serious_listing": [listed]})
    run = CliRunner().invoke(app, ["--workspace", str(workspace.root), "ingest", "handmade", "--from",
        str(province.inbox),
                                   "--received", "2026-11-01", "--json"])  # fmt: skip
    assert run.exit_code == 0, run.output
    (told,) = json.loads(run.stdout)["updated_at_once"]
    assert [(one["enterprise_id"], one["grade"], one["evidence"]) for one in told["updates"]] == [
        (code(20), "D", ["L-20"])
    ]
    run = CliRunner().invoke(app, ["--workspace", str(workspace.root), "undo", "--json"])
    assert run.exit_code == 0, run.output
    (told,) = json.loads(run.stdout)["updated_at_once"]
    assert [(one["enterprise_id"], one["was"]) for one in told["updates"]] == [(code(20), "D")]


def test_art12_2_which_circumstances_are_direct_is_switched_in_the_scheme(province: Province) -> None:
    workspace = province.workspace
    assert explained(workspace, 14).decided_by == "blacklisted"
    rules = yaml.safe_load(TEXT.read_text(encoding="utf-8"))["rules"]
    assert [one["id"] for one in rules if one.get("enabled", True)] == ["blacklisted", "own_dishonest_listing"]
    edited(workspace, rules=[{**one, "enabled": one["id"] != "blacklisted"} for one in rules])
    moved = {one.enterprise_id: one.grade for one in update_scheme(workspace, "guangzhou", NEXT_DAY).updates}
    assert moved.keys() == {code(12), code(14)}
    assert "D" not in moved.values()


def test_art12_2_a_scheme_that_is_not_valid_is_told_and_holds_up_no_other(province: Province) -> None:
    workspace = province.workspace
    shutil.copytree(workspace.models / "guangzhou", workspace.models / "gz2")
    text = TEXT.read_text(encoding="utf-8")
    (workspace.models / "gz2" / "scheme.yaml").write_text(text.replace("id: guangzhou", "id: gz2"), encoding="utf-8")
    score(workspace, "gz2", T, silent)
    edited(workspace, method="counts")
    updated, failed = update_schemes(workspace, NEXT_DAY)
    assert [one.scheme for one in updated] == ["gz2"]
    assert ["guangzhou" in one.en for one in failed] == [True]


def test_art13_the_notice_and_the_status_leave_with_every_file(made: Workspace) -> None:
    notice = open_export(made, "guangzhou", T, None).notice
    assert "部门内的共享" in notice.zh
    assert "第十三条" in notice.zh
    assert "有效期至2026-01-18" in notice.zh
    assert "得分越高，信用越好" in notice.zh
    assert notice.zh in re.sub("<[^>]+>", "", render_page(explained(made, 20)))
    assert notice.zh in text_of(explained(made, 20))
    package = make_package(made, "guangzhou", T, None, silent)
    assert package.manifest.notice.zh == notice.zh
    assert package.manifest.grades == ("A", "A-", "B+", "B", "B-", "C+", "C", "C-", "D")


def test_art14_2_of_who_is_registered_elsewhere_the_imported_result_is_shown_and_none_is_computed(
    made: Workspace,
) -> None:
    with pytest.raises(NotInScopeError) as refused:
        explained(made, 1)
    outside = refused.value.outside
    assert [(one.record_id, one.grade) for one in outside.imported] == [("WB-3", "良"), ("WB-1", "B")]
    told = outside.to_dict()
    assert (told["in_scope"], told["grade"]) == (False, None)
    for shown in (refused.value.zh, in_language(Language.zh, outside.page)):
        assert "没有等级" in shown
        assert "第十四条第二款" in shown
        assert "良" in shown
    assert "Grade" in in_language(Language.en, outside.page)
    with pytest.raises(NotInScopeError) as refused:
        explained(made, 6)  # a cooperative of Guangzhou: not registered elsewhere
    assert refused.value.outside.imported == ()
    run = CliRunner().invoke(
        app, ["--workspace", str(made.root), "explain", code(1), "--scheme", "guangzhou", "--format", "json"]
    )
    assert run.exit_code == 0, run.output
    assert [one["grade"] for one in json.loads(run.stdout)["imported"]] == ["良", "B"]


def test_arts14_to_16_measures_of_every_grade(guangzhou: Scheme) -> None:
    found = {grade: measures_for(guangzhou, grade, new_economy=False) for grade in guangzhou.grade_names}
    assert all(found.values())
    sampling = {grade: one.sampling for grade, one in found.items() if one}
    assert sampling == {
        "A": "lower", "A-": "lower", "B+": "lower", "B": "normal", "B-": "normal",
        "C+": "raise_moderately", "C": "raise_moderately", "C-": "raise_moderately", "D": "raise_moderately",
    }  # fmt: skip
    for one in found.values():
        assert one is not None
        assert one.opening.article.zh == "第十五条第一款"
        assert one.reading is not None
        assert [sentence.article.number for sentence in one.sentences] == ["14", "16", "17"]
    assert all("可以" in sentence.text.zh for one in found.values() if one for sentence in one.sentences[:2])
    assert all("应当" in one.opening.text.zh for one in found.values() if one)
    new = measures_for(guangzhou, "C", new_economy=True)
    assert new is not None
    assert "第十五条第二款" in [one.article.zh for one in new.sentences]


def test_art17_a_measure_that_another_text_supersedes_is_struck_out_and_says_by_what(province: Province) -> None:
    workspace = province.workspace
    measures = yaml.safe_load(TEXT.read_text(encoding="utf-8"))["measures"]
    by = {
        "title": {"zh": "测试规定", "en": "A test rule"},
        "number": "测〔2026〕1号",
        "since": date(2026, 10, 1),
        "says": {"zh": "不作区分", "en": "no difference"},
    }
    for one in measures:
        one["sentences"][0] = {**one["sentences"][0], "superseded_by": by}
        one["opening"] = {**one["opening"], "superseded_by": by}
    edited(workspace, measures=measures)
    score(workspace, "guangzhou", T, silent)
    page, text = render_page(explained(workspace, 20)), text_of(explained(workspace, 20))
    assert len(re.findall(r"<del>", page)) == 2
    for shown in (page, text):
        assert "测试规定" in shown
        assert "不作区分" in shown
        assert "采取差异化措施" in shown
    score(workspace, "guangzhou", BEFORE, silent)  # before its day the measure stands
    assert "<del>" not in render_page(explained(workspace, 20, BEFORE))


def test_art19_a_reported_honour_counts_once_verified_from_that_day_until_it_expires(made: Workspace) -> None:
    worth = {
        day: points(explained(made, 20, day))["reported_verified"]
        for day in (BEFORE, date(2026, 10, 4), date(2026, 10, 5), T)
    }
    assert list(worth.values()) == [0.0, 0.0, 2.0, 2.0]
    (reason,) = [one for one in explained(made, 20).raised if one.indicator == "reported_verified"]
    facts = {fact.label.zh: fact.value.zh for fact in reason.evidence.cited[0].facts}
    assert (reason.evidence.cited[0].record_id, facts["核验方式"], facts["核验人"]) == (
        "ZX-2",
        "与登记系统比对",
        "陈核验",
    )
    # Number 32's expired on 15 October, 34's was not confirmed, 38's was withdrawn.
    for number, day, worth_then in (
        (32, date(2026, 10, 15), 2.0),
        (32, date(2026, 10, 16), 0.0),
        (34, T, 0.0),
        (38, BEFORE, 2.0),
        (38, T, 0.0),
    ):
        assert points(explained(made, number, day))["reported_verified"] == worth_then, (number, day)


def test_art19_what_waits_for_verification_counts_nothing_and_is_shown(made: Workspace) -> None:
    found = explained(made, 30)
    (waiting,) = found.noted
    assert (waiting.indicator, waiting.value, waiting.points) == ("reported_waiting", 1.0, 0.0)
    assert [one.record_id for one in waiting.evidence.cited] == ["ZX-3"]
    for shown in (text_of(found), render_page(found)):
        assert "已记录、不计分" in shown
        assert "等待验证为1项，不计分；依据：ZX-3" in re.sub(r"<[^>]+>", "", shown)
    assert found.to_dict()["noted"][0]["sentence"]["en"].startswith("Reported itself, waiting for verification")
    assert [one.indicator for number in (20, 32, 34, 38) for one in explained(made, number).noted] == []


def test_art20_a_repair_adjusts_the_result(made: Workspace) -> None:
    before, after = explained(made, 4, BEFORE), explained(made, 4)
    assert before.score is not None
    assert after.score == before.score + 5.0
    (one,) = after.excluded
    assert (one.record_id, one.provision and one.provision.article.number) == ("P-4", "20")


def test_art23_three_years_from_issue_and_the_status_is_shown(guangzhou: Scheme, made: Workspace) -> None:
    assert status_of(guangzhou, date(2026, 1, 18)).zh == "自2023-01-19起施行，有效期至2026-01-18"
    assert status_of(guangzhou, date(2026, 1, 19)).zh == "有效期至2026-01-18，已过"
    found = explained(made, 20)
    assert text_of(found).count("有效期至2026-01-18") == 1
    assert render_page(found).count("该办法的有效期至") == 1
    assert found.to_dict()["scheme"]["status"]["en"] == "ran until 2026-01-18"


def test_every_article_of_the_text_stands_in_the_table() -> None:
    section = (ROOT / "docs" / "zh" / "schemes.md").read_text(encoding="utf-8").split("## 广州市")[1].split("\n## ")[0]
    rows = [[cell.strip() for cell in line.split(" | ")] for line in section.splitlines() if line.startswith("| ")][1:]
    named = {int(number) for row in rows for number in re.findall(r"\d+", row[0])}
    assert named == {*range(1, 22), 23}  # the text goes from 21 to 23
    assert all(all(cell.strip("| ") for cell in row) and len(row) == 5 for row in rows)


def test_the_text_has_no_clause_on_publicity_and_none_on_objections(guangzhou: Scheme) -> None:
    assert {one.kind for one in guangzhou.procedures} == {"push", "repair"}
    assert [one.working_days for one in guangzhou.procedures] == [None, None]
    assert guangzhou.documents == ()


def test_that_higher_is_better_is_said_at_each_number(made: Workspace) -> None:
    found = explained(made, 20)
    text = text_of(found)
    assert "得分：" in text
    assert text.count("越高") >= 3
    assert "（越高越好），在" in text
    page = in_language(Language.en, lambda: render_page(found))
    assert "0–100, higher means better" in page
    assert page.count("higher is better") >= 2


def test_yunnan_beside_it_is_not_moved(made: Workspace, province: Province) -> None:
    before = explained(province.workspace, 20).to_dict()
    put_in_use(province.workspace, make_bundle())
    score(province.workspace, "yunnan", T, silent)
    assert explained(province.workspace, 20).to_dict() == before
    assert published_run(province.workspace, "guangzhou", T).model is None


def test_an_export_names_what_counts_against_an_enterprise_also_where_higher_is_better(made: Workspace) -> None:
    reasons = [reason for row in open_export(made, "guangzhou", T, None).coded() for reason in row["reasons"]]
    assert reasons
    assert all(re.search(r" −[\d.]+分$", reason) for reason in reasons)
