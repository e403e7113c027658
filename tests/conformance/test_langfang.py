"""Langfang's opinions, clause by clause: whom they grade, which records count as what, into which class, with which
measures and terms.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
import yaml
from decided import decide
from handmade import ROOT, Province, Rows
from rich.console import Console
from typer.testing import CliRunner

from riskml.cli import app
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.init import create_workspace
from riskml.core.language import Language, speaking
from riskml.core.workspace import Workspace
from riskml.explaining.explanation import Explanation
from riskml.explaining.page import render_page
from riskml.explaining.text import render_text
from riskml.publication.exports import open_export
from riskml.publication.migrate import migrate
from riskml.publication.push import make_package
from riskml.runs.directory import list_directory
from riskml.runs.explain_one import explain_one
from riskml.runs.immediate import update_one
from riskml.runs.published import published_run
from riskml.runs.score import score
from riskml.schemes.measures import measures_for
from riskml.schemes.scheme import Scheme, load_scheme, parse_scheme

SHIPPED = ROOT / "models" / "langfang" / "scheme.yaml"
BEFORE, T = date(2026, 9, 30), date(2026, 10, 31)
SERIOUS = (
    "licence_suspended", "qualification_lowered", "licence_revoked", "business_restricted", "production_stopped",
    "closure",
    "occupation_restricted",
)  # fmt: skip


def silent(*_: object) -> None:
    """No progress."""


def code(name: str) -> str:
    """An enterprise's code, told by what is on record of it."""
    return f"LF-{name}"


class Records:
    """Rows of record tables, each enterprise told by what is on record of it."""

    def __init__(self) -> None:
        self.rows: Rows = {}

    def enterprise(self, name: str, **changed: Any) -> Records:
        self.add("enterprise", name, valid_from="2020-01-02", name=f"廊坊{name}有限公司", status="active",
            kind="limited_company",
                 division="131002", established_date="2020-01-02", **changed)  # fmt: skip
        return self

    def add(self, table: str, who: str, /, **columns: Any) -> Records:
        held = self.rows.setdefault(table, [])
        of = {"of_table": columns.get("of_table")} if table == "amendment" else {"enterprise_id": code(who)}
        held.append({"record_id": f"{table}-{len(held)}", **of, **columns})
        return self

    def penalty(self, name: str, day: str = "2026-03-02", **columns: Any) -> Records:
        return self.add("penalty", name, event_date=day, **{"severity": "serious", "kind": "fine", **columns})

    def general(self, name: str, count: int) -> Records:
        """As many records of general dishonesty, all of different kinds as far as there are."""
        kinds: list[Callable[[], Records]] = [
            lambda: self.penalty(name),
            lambda: self.add("judgment", name, event_date="2026-02-02", kind="enforcement", role="defendant"),
            lambda: self.add("abnormal_listing", name, start_date="2026-07-02", cause="unreachable"),
            lambda: self.add("commitment", name, event_date="2026-02-05", outcome="broken"),
            lambda: self.add("contract_breach", name, event_date="2026-02-06"),
            lambda: self.add("utility_arrears", name, start_date="2026-04-01", utility="water"),
        ]
        for number in range(count):
            kinds[number % len(kinds)]()
        return self


def written() -> Rows:
    """One enterprise for each thing that a clause says."""
    made = Records()
    for name in ("nothing", "five", "six", "one_act", "old", "at_the_edge", "listed", "removed", "running", "run_out",
                 "old_arrears", "settled", "not_theirs", "grave", "grave_and_six", "revoked", "restored", "repaired",
                 "own_debtor", "non_normal", "heating", "warned", "canteen", "graded_by_food",
                 "graded_low", "forced", "grave_old"):  # fmt: skip
        made.enterprise(name)
    made.enterprise("city_owned", owner_level="municipal").enterprise("shop").enterprise("elsewhere").enterprise(
        "no_kind"
    )
    made.rows["enterprise"][-3]["kind"] = "individual_business"
    made.rows["enterprise"][-2]["division"] = "530111"
    made.rows["enterprise"][-1]["kind"] = None
    for name, status, day in (
        ("revoked", "revoked", "2026-05-06"),
        ("restored", "revoked", "2026-05-06"),
        ("restored", "active", "2026-08-07"),
    ):
        made.enterprise(name)
        made.rows["enterprise"][-1].update(status=status, valid_from=day)
    for name, count in (("five", 5), ("six", 6), ("grave_and_six", 6)):
        made.general(name, count)
    made.general("one_act", 5)
    made.rows["penalty"][-1]["case_id"] = "案-1"
    made.penalty("one_act", kind="confiscation", case_id="案-1")
    made.penalty("old", "2025-10-31").penalty("at_the_edge", "2025-11-01")
    made.add("serious_listing", "listed", start_date="2024-05-12", list_kind="tax")
    made.add("serious_listing", "removed", start_date="2026-01-12", end_date="2026-08-20", list_kind="tax")
    made.penalty("running", "2025-03-02", kind="occupation_restricted", restricted_until="2027-03-02")
    made.penalty("run_out", "2025-03-02", kind="occupation_restricted", restricted_until="2026-03-02")
    for kind in SERIOUS:
        made.enterprise(kind).penalty(kind, kind=kind)
    made.enterprise("business_licence").penalty("business_licence", kind="business_licence_revoked")
    made.add("tax_arrears", "old_arrears", start_date="2023-02-01", amount=3)
    made.add("tax_arrears", "settled", start_date="2023-02-01", end_date="2026-04-01", amount=3)
    made.add("tax_arrears", "non_normal", start_date="2025-01-01", non_normal="true")
    made.add("utility_arrears", "heating", start_date="2026-04-01", utility="heating")
    made.add("judgment", "not_theirs", event_date="2026-02-02", kind="judgment", role="plaintiff")
    made.add("commitment", "not_theirs", event_date="2026-02-02", outcome="kept")
    made.add("compulsory_measure", "forced", start_date="2026-02-02", measure="seizure")
    made.penalty(
        "warned",
        "2026-09-15",
        severity="warning",
        kind="warning",
        market_supervision="true",
        publicised_date="2026-09-16",
    )
    for name in ("grave", "grave_and_six"):
        made.add("contract_breach", name, event_date="2025-11-10", consequence="serious")
    made.add("contract_breach", "grave_old", event_date="2025-06-07", consequence="serious")
    made.penalty("repaired")
    repaired = made.rows["penalty"][-1]["record_id"]
    made.add("amendment", "", of_table="penalty", of_record=repaired, event_date="2026-10-02", kind="repaired")
    made.add(
        "dishonest_debtor",
        "own_debtor",
        start_date="2026-01-05",
        subject_id=code("own_debtor"),
        subject_kind="enterprise",
    )
    for one in made.rows["dishonest_debtor"]:
        del one["enterprise_id"]
    made.add("external_grade", "graded_by_food", start_date="2026-04-01", field="food", grade="C", risk_level="higher")
    made.add("external_grade", "graded_by_food", start_date="2026-04-01", field="safety", grade="A", risk_level="low")
    made.add(
        "external_grade",
        "graded_by_food",
        start_date="2026-04-01",
        field="provincial_credit",
        grade="D",
        risk_level="high",
    )
    made.add("licence", "canteen", start_date="2025-04-01", domain="food")
    made.add("licence", "nothing", start_date="2020-04-01", end_date="2024-04-01", domain="drug")
    made.general("graded_low", 2).add(
        "external_grade", "graded_low", start_date="2026-04-01", field="industry", grade="A", risk_level="low"
    )
    return made.rows


@pytest.fixture(scope="module")
def scheme() -> Scheme:
    return load_scheme(SHIPPED)


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Two months by Langfang's scheme, after ``init`` and ``ingest`` alone."""
    made = create_workspace(tmp_path_factory.mktemp("langfang") / "workspace")
    Province(made.root).receive(written())
    for day in (BEFORE, T):
        score(made, "langfang", day, silent)
    return made


def told(workspace: Workspace, name: str, day: date = T) -> Explanation:
    return explain_one(workspace, "langfang", code(name), day)


def counted(workspace: Workspace, name: str) -> tuple[str, float, float, float]:
    """The grade, and how much was counted as general, with a serious consequence, and serious."""
    found = told(workspace, name)
    return found.grade, found.totals["general"], found.totals["grave"], found.totals["serious"]


def test_ii_1_and_ii_3_lists_have_versions_and_changes_are_reported_in_ten_working_days(scheme: Scheme) -> None:
    found = {one.kind: one for one in scheme.procedures}
    assert found["item_list"].article.zh == "二（一）"
    assert found["item_list"].version is not None
    assert "2022年版" in found["item_list"].version.zh
    assert (found["list_change"].article.zh, found["list_change"].working_days) == ("二（三）", 10)
    assert found["publicity"].article.number == "II(3)"


@pytest.mark.usefixtures("in_chinese")
def test_ii_2_whoever_is_registered_in_the_city_and_is_an_enterprise(workspace: Workspace) -> None:
    graded = {row["enterprise_id"] for row in open_export(workspace, "langfang", T, None).coded()}
    assert {code("nothing"), code("no_kind"), code("revoked")} <= graded
    assert graded.isdisjoint({code("shop"), code("elsewhere")})
    with pytest.raises(RunError, match=r"二（二）.*是企业") as refused:
        told(workspace, "shop")
    assert "II(2)" in refused.value.en
    with pytest.raises(RunError, match=r"二（二）.*登记地"):
        told(workspace, "elsewhere")
    assert [one.zh for one in told(workspace, "no_kind").not_known] == ["是企业，不是个体工商户"]


def test_iii_1_every_kind_that_the_text_names_is_in_the_table(scheme: Scheme) -> None:
    found = {
        item.id: (item.from_, item.tally)
        for dimension in scheme.dimensions
        for item in dimension.items
        if not item.of_which
    }
    assert found == {
        "judgments": ("judgment", "general"), "penalties": ("penalty", "general"),
        "compulsory_enforcement": ("compulsory_measure", "general"), "abnormal_list": ("abnormal_listing", "general"),
        "tax_arrears": ("tax_arrears", "general"), "non_normal_taxpayer": ("tax_arrears", "general"),
        "utility_arrears": ("utility_arrears", "general"), "broken_commitments": ("commitment", "general"),
        "contract_breaches": ("contract_breach", "general"), "serious_lists": ("serious_listing", "serious"),
        "own_dishonest_listing": ("dishonest_listing", "serious"), "serious_penalties": ("penalty", "serious"),
        "licence_revoked": ("registration", "revoked"),
    }  # fmt: skip


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("nothing", ("A", 0, 0, 0)), ("not_theirs", ("A", 0, 0, 0)), ("heating", ("A", 0, 0, 0)),
        ("forced", ("B", 1, 0, 0)),
        ("warned", ("B", 1, 0, 0)), ("non_normal", ("B", 1, 0, 0)), ("repaired", ("A", 0, 0, 0)),
    ],
)  # fmt: skip
def test_iii_1_what_counts_as_general_dishonesty(
    workspace: Workspace, name: str, expected: tuple[str, float, float, float]
) -> None:
    assert counted(workspace, name) == expected


def test_iii_1_one_act_counts_once_whoever_sent_it(workspace: Workspace) -> None:
    assert counted(workspace, "one_act") == ("B", 5, 0, 0)
    penalties = next(one for one in told(workspace, "one_act").raised if one.indicator == "penalties")
    assert (penalties.points, penalties.evidence.count) == (1, 2)


def test_iii_3_objection_has_a_term_for_the_comparison_and_no_invented_end(scheme: Scheme) -> None:
    (objection,) = [one for one in scheme.procedures if one.kind == "objection"]
    assert (objection.working_days, objection.extension_days, objection.article.zh) == (5, None, "三（三）")
    assert objection.reading is not None
    assert "没有期限" in objection.reading.zh


def test_iii_3_what_was_repaired_is_out(workspace: Workspace) -> None:
    assert (told(workspace, "repaired", BEFORE).grade, told(workspace, "repaired").grade) == ("B", "A")
    (out,) = told(workspace, "repaired").excluded
    assert out.provision is not None
    assert out.provision.article.zh == "三（三）"


def test_iii_4_one_year_back_by_the_record_s_own_date(workspace: Workspace) -> None:
    assert counted(workspace, "old") == ("A", 0, 0, 0)
    assert counted(workspace, "at_the_edge") == ("B", 1, 0, 0)


@pytest.mark.usefixtures("in_chinese")
def test_iii_4_a_shorter_cycle_is_data(workspace: Workspace, tmp_path: Path) -> None:
    import shutil

    copy = Workspace(tmp_path / "workspace")
    shutil.copytree(workspace.root, copy.root)
    path = copy.model("langfang") / "scheme.yaml"
    path.write_text(
        path.read_text(encoding="utf-8").replace("length: &cycle 1y", "length: &cycle 3m"), encoding="utf-8"
    )
    score(copy, "langfang", T, silent, revision_reason="周期改为三个月")
    assert counted(copy, "six") == ("B", 2, 0, 0)  # the open listing and the open arrears, whenever they began
    assert "评价周期（3个月）" in render_page(told(copy, "six"))


def test_iii_4_results_are_for_the_enterprise_itself_or_whom_it_authorises(
    scheme: Scheme, workspace: Workspace
) -> None:
    notice = open_export(workspace, "langfang", T, None).notice
    assert "以企业自查或授权查询方式" in notice.zh
    assert "三（四）" in notice.zh
    assert make_package(workspace, "langfang", T, None, silent).manifest.notice.zh == notice.zh
    (query,) = [one for one in scheme.procedures if one.kind == "query"]
    assert query.reading is not None
    assert "授权" in query.reading.zh


def test_iii_4_in_force_for_five_years_from_2023_01_19(scheme: Scheme) -> None:
    assert scheme.in_force is not None
    assert (scheme.in_force.from_, scheme.in_force.until) == (date(2023, 1, 19), date(2028, 1, 18))


@pytest.mark.usefixtures("in_chinese")
def test_iii_5_a_is_nobody_with_a_record_and_the_page_says_where_was_looked(workspace: Workspace) -> None:
    found = told(workspace, "nothing")
    assert (found.grade, found.decided_by, found.score) == ("A", "band", None)
    received = {one.table.zh: one.received for one in found.coverage}
    assert all(received.values())
    assert {"司法判决与执行", "行政处罚", "严重失信主体名单（黑名单）", "失信被执行人", "企业登记信息"} <= set(received)
    assert "查过哪些信息" in render_page(found)


@pytest.mark.usefixtures("in_chinese")
def test_iii_5_nothing_on_record_says_little_where_nothing_was_received(tmp_path: Path) -> None:
    made = create_workspace(tmp_path / "workspace")
    Province(made.root).receive(Records().enterprise("nothing").penalty("other").rows)
    score(made, "langfang", T, silent)
    found = told(made, "nothing")
    assert found.grade == "A"
    assert [one.table.zh for one in found.coverage if one.received] == ["行政处罚", "企业登记信息"]
    assert render_page(found).count("从未收到，无从知道有没有") == len(found.coverage) - 2
    assert "从未收到" in printed(found)


def test_iii_5_five_is_b_and_six_is_c(workspace: Workspace) -> None:
    assert counted(workspace, "five") == ("B", 5, 0, 0)
    assert counted(workspace, "six") == ("C", 6, 0, 0)


@pytest.mark.parametrize("kind", SERIOUS)
def test_iii_5_each_serious_penalty_is_c_by_itself(workspace: Workspace, kind: str) -> None:
    assert counted(workspace, kind) == ("C", 0, 0, 1)


def test_iii_5_a_revoked_business_licence_is_no_serious_penalty(workspace: Workspace) -> None:
    assert counted(workspace, "business_licence") == ("B", 1, 0, 0)


def test_iii_5_a_serious_penalty_counts_while_its_restriction_runs(workspace: Workspace) -> None:
    assert counted(workspace, "running") == ("C", 0, 0, 1)
    assert counted(workspace, "run_out") == ("A", 0, 0, 0)


def test_iii_5_listed_and_not_removed_is_c_and_not_d(workspace: Workspace) -> None:
    assert counted(workspace, "listed") == ("C", 0, 0, 1)
    assert counted(workspace, "removed") == ("A", 0, 0, 0)
    assert counted(workspace, "own_debtor") == ("C", 0, 0, 1)  # ours, by the national catalogue of such lists


def test_iii_5_arrears_older_than_the_cycle_count_once_while_open(workspace: Workspace) -> None:
    assert counted(workspace, "old_arrears") == ("B", 1, 0, 0)
    assert counted(workspace, "settled") == ("A", 0, 0, 0)


def test_iii_5_d_is_a_business_licence_that_is_revoked_now(workspace: Workspace) -> None:
    assert [told(workspace, "revoked").grade, told(workspace, "restored").grade] == ["D", "A"]
    assert told(workspace, "restored", date(2026, 6, 30)).grade == "D"


@pytest.mark.usefixtures("in_chinese")
def test_iii_5_a_licence_that_is_revoked_is_told_as_of_the_day_and_not_of_the_cycle(workspace: Workspace) -> None:
    page = re.sub("<[^>]+>", "", render_page(told(workspace, "revoked")))
    assert f"截至{T}，吊销营业执照1次：符合三（五）D类的条件" in page
    assert "仍在持续的，吊销" not in page
    page = re.sub("<[^>]+>", "", render_page(told(workspace, "restored")))
    assert f"至{T}的评价周期（1年）内或仍在持续的，没有计入的记录：符合三（五）A类的条件" in page


def test_iii_5_a_listing_older_than_the_cycle_is_told_as_still_in_effect(workspace: Workspace) -> None:
    (reason,) = told(workspace, "listed").raised
    (citation,) = reason.evidence.cited
    assert citation.dated == date(2024, 5, 12)
    with speaking(Language.en):
        page = re.sub("<[^>]+>", "", render_page(told(workspace, "listed")))
    assert f"In the evaluation cycle of 1 year until {T}, or still in effect: serious dishonesty (1)." in page


@pytest.mark.usefixtures("in_chinese")
def test_iii_5_up_to_five_with_a_serious_consequence_waits_for_an_officer_with_c_proposed(workspace: Workspace) -> None:
    found = told(workspace, "grave")
    assert (found.grade, found.decided_by, found.pending_options) == ("C", "serious_consequence", ("B", "C"))
    (question,) = found.rules
    assert question.waits
    assert [one.record_id for one in question.evidence.cited] == ["contract_breach-4"]
    for name in ("grave_and_six", "grave_old"):  # which are C and A whatever the consequence
        assert (told(workspace, name).pending_options, told(workspace, name).rules) == ((), ())
    assert (told(workspace, "grave_and_six").grade, told(workspace, "grave_old").grade) == ("C", "A")
    assert published_run(workspace, "langfang", T).manifest.pending_officer_choice == 1
    report = (workspace.runs / "langfang" / T.isoformat() / "report.html").read_text(encoding="utf-8")
    assert "待人员决定：1" in report
    page = render_page(found)
    assert "三（五）没有规定这种情形的类别" in page
    assert "认定之前按建议的类别" in page
    assert "待人员认定，认定之前按建议的C类" in page


@pytest.mark.usefixtures("in_chinese")
def test_iii_5_the_officer_s_answer_gives_the_class_and_lapses_with_its_records(
    workspace: Workspace, tmp_path: Path
) -> None:
    import shutil

    copy = Workspace(tmp_path / "workspace")
    shutil.copytree(workspace.root, copy.root)
    asked: dict[str, Any] = {
        "rule": "serious_consequence", "evidence": ["contract_breach-4"], "officer": "李某", "reason": "后果已经消除",
        "decided_on": T, "expires_on": date(2027, 6, 7),
    }  # fmt: skip
    with pytest.raises(ConfigurationError, match="可答 B、C，不能答 'D'"):
        decide(copy, "langfang", enterprise_id=code("grave"), grade="D", **asked)
    with pytest.raises(RunError, match="不在等待认定的情形"):
        decide(
            copy,
            "langfang",
            enterprise_id=code("grave_and_six"),
            grade="B",
            **{**asked, "evidence": ["contract_breach-5"]},
        )
    decide(copy, "langfang", enterprise_id=code("grave"), grade="B", **asked)
    found = told(copy, "grave")
    assert (found.grade, found.decided_by, found.pending_options) == ("B", "serious_consequence", ())
    assert "经李某于2026-10-31决定为B类" in re.sub("<[^>]*>", "", render_page(found))
    grade, update = update_one(copy, "langfang", code("grave"), T)
    assert (grade, update is not None) == ("B", True)
    assert update_one(copy, "langfang", code("grave_and_six"), T) == ("C", None)
    score(copy, "langfang", T, silent, revision_reason="人员认定")
    assert published_run(copy, "langfang", T).manifest.pending_officer_choice == 0
    assert told(copy, "grave").grade == "B"
    later = date(2026, 11, 15)  # the record has left the cycle: nothing is asked any more
    assert (told(copy, "grave", later).grade, told(copy, "grave", later).rules) == ("A", ())


def test_iii_6_results_are_shared_and_pushed(scheme: Scheme, workspace: Workspace) -> None:
    package = make_package(workspace, "langfang", T, None, silent)
    assert (package.manifest.run.model, package.manifest.grades) == (None, ("A", "B", "C", "D"))
    (push,) = [one for one in scheme.procedures if one.kind == "push"]
    assert push.article.zh == "三（六）"
    moved = {
        one.enterprise_id: (one.grade_before, one.grade_after)
        for one in migrate(workspace, "langfang", T, None, silent).movements.moved
    }
    assert moved[code("repaired")] == ("B", "A")


def test_iv_1_and_iv_2_sixteen_cells_and_whose_each_is(scheme: Scheme) -> None:
    assert scheme.fusion is not None
    cells = {(one.general, one.industry): (one.combined, one.basis) for one in scheme.fusion.matrix}
    assert len(cells) == 16
    text = {pair for pair, (_, basis) in cells.items() if basis == "text"}
    levels = ("low", "normal", "higher", "high")
    assert text == {("A", "low"), ("B", "normal"), ("C", "higher"), *(("D", level) for level in levels)}
    assert [cells[pair][0] for pair in (("A", "low"), ("B", "normal"), ("C", "higher"), ("A", "higher"))] == [
        "A",
        "B",
        "C",
        "C",
    ]
    assert {cells["D", level][0] for level in levels} == {"D"}


def test_iv_2_the_grade_stays_and_inspections_are_those_of_the_combined_class(workspace: Workspace) -> None:
    found = told(workspace, "graded_by_food")
    assert found.fused is not None
    assert found.fused.cell is not None
    assert (found.grade, found.fused.cell.combined, found.fused.cell.basis) == ("A", "C", "ours")
    assert found.measures is not None
    assert (found.measures.grade, found.measures.sampling, found.measures.targeted) == ("C", "raise_moderately", True)
    assert len(found.external_grades) == 3  # the province's grade stands beside and is no trade's
    softened = told(workspace, "graded_low")
    assert (softened.grade, softened.measures is not None and softened.measures.grade) == ("B", "B")
    alone = told(workspace, "nothing")
    assert (
        alone.fused is not None and alone.fused.cell is None,
        alone.measures is not None and alone.measures.grade,
    ) == (
        True,
        "A",
    )


def test_iv_2_measures_of_each_class(scheme: Scheme) -> None:
    found = {grade: measures_for(scheme, grade, new_economy=False) for grade in "ABCD"}
    assert {grade: (one.sampling, one.targeted) for grade, one in found.items() if one} == {
        "A": ("lower", False), "B": ("normal", False), "C": ("raise_moderately", True), "D": (None, False),
    }  # fmt: skip
    assert all(one is not None and one.opening.article.zh == "四（二）" for one in found.values())
    rights = [
        grade
        for grade, one in found.items()
        if one and any(getattr(it, "touches_rights", None) for it in one.sentences)
    ]
    assert rights == ["C", "D"]


def test_iv_3_and_iv_4_key_fields_keep_their_rules_and_new_industries_are_named(scheme: Scheme) -> None:
    for grade in "ABCD":
        found = measures_for(scheme, grade, new_economy=True)
        assert found is not None
        assert [one.article.zh for one in found.sentences[-2:]] == ["四（四）", "四（三）"]


@pytest.mark.usefixtures("in_chinese")
def test_ii_2_and_iv_3_directories_follow_from_the_records(workspace: Workspace, tmp_path: Path) -> None:
    found = {
        name: {row["enterprise_id"] for row in list_directory(workspace, "langfang", name, T).rows}
        for name in ("municipal", "county")
    }
    assert found["municipal"] == {code("city_owned")}
    graded = {row["enterprise_id"] for row in open_export(workspace, "langfang", T, None).coded()}
    assert found["county"] == graded - {code("city_owned")}
    key = list_directory(workspace, "langfang", "key_entities", T)
    assert [(row["enterprise_id"], row["records"]) for row in key.rows] == [(code("canteen"), ["licence-0"])]
    assert [one.zh for one in told(workspace, "canteen").directories] == ["区县监管企业名录", "重点监管市场主体名录"]
    with pytest.raises(ConfigurationError, match="有：municipal、county、key_entities"):
        list_directory(workspace, "langfang", "others", T)
    sheet = tmp_path / "key.csv"
    ran = CliRunner().invoke(
        app,
        [
            "--workspace",
            str(workspace.root),
            "directory",
            "key_entities",
            "--scheme",
            "langfang",
            "--as-of",
            "2026-10-31",
            "--to",
            str(sheet),
        ],
    )
    assert ran.exit_code == 0, ran.output
    assert "1 家" in ran.output
    head, row = sheet.read_text(encoding="utf-8-sig").splitlines()
    assert "以企业自查或授权查询方式" in head
    assert row.startswith(code("canteen"))


@pytest.mark.usefixtures("in_chinese")
@pytest.mark.parametrize("name", ["nothing", "five", "grave", "revoked", "graded_by_food"])
def test_a_scheme_that_counts_speaks_of_no_score_and_of_no_points(workspace: Workspace, name: str) -> None:
    found = told(workspace, name)
    for text in (render_page(found), printed(found)):
        plain = re.sub(r"<style.*?</style>|不计分", "", text, flags=re.DOTALL)
        assert not re.search(r"得分|风险分(?![级类])|加分|减分|基准分|\d分|分值", plain), re.findall(
            r".{8}[得加减]分.{8}", plain
        )
    with speaking(Language.en):
        english = (render_page(found), printed(found))
    for text in english:
        plain = re.sub(r"<style.*?</style>|nothing is scored", "", text, flags=re.DOTALL)
        assert not re.search(r"\bscores?\b|\bpoints?\b", plain, re.IGNORECASE)
    assert found.to_dict()["score"] is None


def printed(found: Explanation) -> str:
    console = Console(width=160, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(render_text(found))
    return console.export_text()


def test_the_report_of_counts_speaks_of_no_score(workspace: Workspace) -> None:
    report = (workspace.runs / "langfang" / T.isoformat() / "report.html").read_text(encoding="utf-8")
    plain = re.sub(r"<style.*?</style>", "", report, flags=re.DOTALL)
    assert not re.search(r"得分|风险分(?![级类])|加分|\bscore\b|\bpoints\b", plain), re.findall(
        r".{20}(?:得分|score|points).{20}", plain
    )


def test_commands_work_without_training(workspace: Workspace) -> None:
    for command in ("runs", "monitor", "policy preview", "policy log", f"explain {code('grave')} --format json",
                    "migration --as-of 2026-10-31"):  # fmt: skip
        ran = CliRunner().invoke(app, ["--workspace", str(workspace.root), *command.split(), "--scheme", "langfang"])
        assert ran.exit_code == 0, ran.output
    page = (workspace.runs / "langfang" / "monitoring.html").read_text(encoding="utf-8")
    assert "None" not in page
    assert page.count("没有得分") + page.count("has no score") == 1


def broken(change: Callable[[dict[str, Any]], None]) -> str:
    """The shipped YAML with something in it changed."""
    content = yaml.safe_load(SHIPPED.read_text(encoding="utf-8"))
    change(content)
    return yaml.safe_dump(content, allow_unicode=True)


def literal_five(content: dict[str, Any]) -> None:
    """C as its sentence has it: five or more."""
    (c,) = [one for one in content["classes"] if one["grade"] == "C" and "awaits" not in one]
    c["when"] = "revoked = 0 AND (serious > 0 OR general >= 5)"


def literal_consequence(content: dict[str, Any]) -> None:
    """No class for up to five records with serious consequences, as the text has none."""
    content["classes"] = [one for one in content["classes"] if "awaits" not in one]


def literal_blacklist(content: dict[str, Any]) -> None:
    """D as III(4) has it as well: whoever is on a list of serious dishonesty."""
    content["classes"][-1]["when"] = "revoked > 0 OR serious > 0"


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (literal_five, r"more than one grade for general 5, serious 0, revoked 0, grave 0 → B、C"),
        (literal_consequence, r"no grade for general 1, serious 0, revoked 0, grave 1"),
        (literal_blacklist, r"more than one grade for general 0, serious 1, revoked 0, grave 0 → C、D"),
    ],
)
def test_the_text_taken_literally_is_refused_with_the_numbers_that_have_two_classes_or_none(
    change: Callable[[dict[str, Any]], None], said: str
) -> None:
    with pytest.raises(ConfigurationError, match=said):
        parse_scheme("langfang/scheme.yaml", broken(change))
    assert parse_scheme("langfang/scheme.yaml", broken(lambda _: None)) == load_scheme(SHIPPED)
