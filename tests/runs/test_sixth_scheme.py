"""A scheme made from YAML alone: points, seven grades, better when higher; scored, explained, compared and exported
without any training.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import yaml
from handmade import Province
from rich.console import Console
from small_runs import BEFORE, T, code, records
from typer.testing import CliRunner

from riskml.checks.check import check
from riskml.cli import app
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.init import create_workspace
from riskml.core.language import Language, say, speaking
from riskml.core.workspace import Workspace
from riskml.explaining.page import render_page
from riskml.explaining.text import render_text
from riskml.publication.early_warnings import find_warnings
from riskml.publication.exports import open_export
from riskml.publication.migrate import migrate
from riskml.publication.monitoring import monitor
from riskml.publication.push import make_package
from riskml.runs.explain_one import explain_one
from riskml.runs.immediate import update_one
from riskml.runs.policy_preview import preview_policy
from riskml.runs.published import published_run
from riskml.runs.score import score
from riskml.schemes.methods.points import ItemMethod
from riskml.schemes.policy import load_policy

SIXTH = """
id: sixth
label: {zh: 测试市企业信用等级, en: A test city's credit grades}
authority: {zh: 测试市, en: A test city}
basis:
  - title: {zh: 测试市企业信用等级办法, en: Measures of a test city}
    issued: 2026-01-01
in_force: {from: 2026-01-01}
note: {zh: 测试用的办法。, en: A scheme for tests.}
notice:
  article: {number: "5", zh: 第五条}
  text: {zh: 不向社会公开, en: Not made public}
grades:
  - {id: S, label: {zh: 特优, en: Outstanding}}
  - {id: A+, label: {zh: 优, en: Excellent}}
  - {id: A, label: {zh: 良, en: Good}}
  - {id: B, label: {zh: 中, en: Fair}}
  - {id: C, label: {zh: 较差, en: Poor}}
  - {id: D, label: {zh: 差, en: Bad}}
  - {id: E, label: {zh: 很差, en: Very bad}}
scope:
  article: {number: "2", zh: 第二条}
  text: {zh: 适用于在测试市登记的企业, en: Enterprises registered in the test city.}
  divisions: ["5301", "5304"]
  unknown: out
  conditions:
    - {id: accounts, label: {zh: 财务制度健全, en: sound accounts}, unknown: in}
method: points
start: 70
score:
  from: 0
  to: 100
  direction: better
  bands:
    - {grade: S, from: 95}
    - {grade: A+, from: 85, below: 95}
    - {grade: A, from: 70, below: 85}
    - {grade: B, from: 60, below: 70}
    - {grade: C, from: 50, below: 60}
    - {grade: D, from: 40, below: 50}
    - {grade: E, from: 0, below: 40}
dimensions:
  - id: law
    label: {zh: 遵纪守法, en: Keeping the law}
    floor: -45
    items:
      - id: penalised
        label: {zh: 行政处罚, en: Penalties}
        from: penalty
        once_by: case_id
        each: -10
        severity: [{where: "fine > 5", times: 2}]
        recency: [{within: 1m, times: 1}, {within: 1y, times: 0.5}]
        floor: -40
        basis: ours
      - {id: complained, label: {zh: 已受理投诉, en: Complaints}, from: complaint, where: accepted,
         each: -5, basis: ours}
  - id: honour
    label: {zh: 资质荣誉, en: Honours}
    cap: 20
    items:
      - id: honoured
        label: {zh: 荣誉, en: Honours}
        from: honour
        each: 15
        severity: [{where: "level = 'national'", times: 2}]
        basis: text
      - id: capital
        label: {zh: 注册资本, en: Registered capital}
        unit: {zh: 万元, en: "10,000 yuan"}
        from: enterprise
        measure: latest
        value: registered_capital
        steps: [{from: 0, points: 0}, {from: 50, points: 2}, {from: 1000, points: 5}]
        basis: ours
rules:
  - id: listed
    label: {zh: 严重失信, en: Seriously dishonest}
    article: {number: 三(五), zh: 三（五）}
    text: {zh: 列入名单的为E级, en: Who is listed is E.}
    from: serious_listing
    where: end_date IS NULL
    effect: {fixed: E}
exclusions: []
measures:
  - grades: [S, A+]
    opening: {article: {number: "11", zh: 第十一条}, text: {zh: 可以采取以下措施, en: These measures may be taken}}
    sampling: lower_greatly
    on_site_required: false
    sentences:
      - {article: {number: 11(1), zh: 第十一条第（一）项}, text: {zh: 优先办理, en: Priority}}
  - grades: [C, D, E]
    opening: {article: {number: "13", zh: 第十三条}, text: {zh: 应当采取以下措施, en: These measures are to be taken}}
    sampling: raise
    on_site_required: false
    sentences:
      - article: {number: 13(3), zh: 第十三条第（三）项}
        text: {zh: 限制任职, en: Posts are restricted}
        touches_rights: {zh: 须有法律、法规依据, en: needs a basis in law}
""".replace("三(五)", "3(5)")


def silent(*_: object) -> None:
    """No progress."""


def write(workspace: Workspace, text: str = SIXTH, name: str = "sixth") -> None:
    folder = workspace.models / name
    folder.mkdir(exist_ok=True)
    (folder / "scheme.yaml").write_text(text, encoding="utf-8")


HONOURS = [
    {"record_id": "H-1", "enterprise_id": code(20), "event_date": "2026-03-01", "level": "national"},
    {"record_id": "H-2", "enterprise_id": code(21), "event_date": "2026-03-01", "level": "municipal"},
]


@pytest.fixture(scope="module")
def workspace(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """After ``init`` and ``ingest`` alone: no model, nothing of MLflow."""
    made = create_workspace(tmp_path_factory.mktemp("sixth") / "workspace")
    Province(made.root).receive({**records(), "honour": HONOURS})
    write(made)
    for day in (BEFORE, T):
        score(made, "sixth", day, silent)
    assert not made.bundle("sixth").exists()
    return made


def graded(workspace: Workspace, name: str = "sixth") -> dict[str, dict[str, object]]:
    run = published_run(workspace, name, T)
    rows = pa.concat_tables([pq.read_table(path) for path in run.parts("grades")]).to_pylist()
    return {row["enterprise_id"]: row for row in rows}


def test_points_follow_severity_recency_floors_and_caps(workspace: Workspace) -> None:
    rows = graded(workspace)
    # A penalty of 3 (万元) in February: half of 10. Registered capital of 100: 2.
    assert (rows[code(4)]["score"], rows[code(4)]["grade"]) == (67.0, "B")
    # Two penalties of 8, in September (older than a month) and October: 20 × 0.5 + 20.
    assert (rows[code(1)]["score"], rows[code(1)]["grade"]) == (42.0, "D")
    # Four complaints that were accepted: 4 × 5.
    assert (rows[code(9)]["score"], rows[code(9)]["grade"]) == (52.0, "C")
    # A national honour is worth 30, which the dimension cuts to 20.
    assert (rows[code(20)]["score"], rows[code(20)]["grade"]) == (85.0, "A+")
    assert (rows[code(13)]["grade"], rows[code(13)]["decided_by"]) == ("A", "band")


def test_a_rule_acts_over_points(workspace: Workspace) -> None:
    rows = graded(workspace)
    assert {rows[code(number)]["grade"] for number in (12, 14)} == {"E"}
    assert rows[code(14)]["decided_by"] == "listed"


def test_who_is_not_in_the_scope_has_no_grade_and_is_told_the_condition(workspace: Workspace) -> None:
    rows = graded(workspace)
    outside = code(3)  # registered in 5325
    assert outside not in rows
    assert code(8) not in rows  # whose division is not on record
    with pytest.raises(RunError, match=r"Not in the scope .*Art\. 2.*where it is registered") as raised:
        explain_one(workspace, "sixth", outside, T)
    assert "第二条" in raised.value.zh
    assert "登记地" in raised.value.zh


def test_contributions_points_and_reasons_add_up(workspace: Workspace) -> None:
    found = explain_one(workspace, "sixth", code(20), T)
    assert found.score == found.base_score + sum(one.points for one in found.indicators) == 85.0
    assert {one.id: one.points for one in found.dimensions} == {"law": -5.0, "honour": 20.0}
    assert (found.risk, found.provenance.model) == (None, None)
    assert [one.zh for one in found.not_known] == ["财务制度健全"]
    (honour, *_) = found.raised
    assert honour.sentence.zh == "荣誉：1条记录，折算2次，加18.75分；依据：H-1（2026-03-01）。"
    assert honour.evidence.cited[0].record_id == "H-1"
    for lang in Language:
        with speaking(lang):
            page = render_page(found)
            assert "calibrat" not in page
            assert "风险分" not in page
            console = Console(width=200, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
            console.print(render_text(found))
            assert say("得分：85（", "Score: 85 (") in console.export_text()
    told = found.to_dict()
    assert (told["scheme"]["method"], told["scheme"]["direction"]) == ("points", "better")


@pytest.mark.usefixtures("in_chinese")
def test_the_page_shows_measures_that_need_a_basis_and_none_for_a_grade_without(workspace: Workspace) -> None:
    assert "须有法律、法规依据" in render_page(explain_one(workspace, "sixth", code(14), T))
    ordinary = explain_one(workspace, "sixth", code(13), T)
    assert ordinary.measures is None
    assert "监管措施" not in render_page(ordinary)


def test_it_goes_through_migration_export_push_warnings_and_monitoring(workspace: Workspace) -> None:
    moved = {
        one.enterprise_id: (one.grade_before, one.grade_after)
        for one in migrate(workspace, "sixth", T, None, silent).movements.moved
    }
    assert moved[code(12)] == ("B", "E")
    exported = {row["enterprise_id"]: row for row in open_export(workspace, "sixth", T, None).coded()}
    assert (exported[code(20)]["grade"], exported[code(20)]["score"]) == ("A+", 85.0)
    assert open_export(workspace, "sixth", T, None).notice.zh.startswith("不向社会公开")
    assert make_package(workspace, "sixth", T, None, silent).manifest.grades == ("S", "A+", "A", "B", "C", "D", "E")
    assert find_warnings(workspace, "sixth", T, silent).since == BEFORE
    assert monitor(workspace, "sixth", silent).path.exists()
    for command in (
        "runs",
        "monitor",
        "policy preview",
        "policy log",
        f"explain {code(20)}",
        "migration --as-of 2026-10-31",
    ):
        ran = CliRunner().invoke(app, ["--workspace", str(workspace.root), *command.split(), "--scheme", "sixth"])
        assert ran.exit_code == 0, ran.output
    for command in ("train", "evaluate"):
        ran = CliRunner().invoke(app, ["--workspace", str(workspace.root), *command.split(), "--scheme", "sixth"])
        assert isinstance(ran.exception, ConfigurationError)
        assert "points" in ran.exception.en
    assert not [one for one in check(workspace, "sixth") if one.level == "error"]
    ran = CliRunner().invoke(
        app, ["--workspace", str(workspace.root), "score", "--scheme", "sixth", "--as-of", "2026-10-31", "--json"]
    )
    assert ran.exit_code == 0, ran.output
    assert set(json.loads(ran.stdout)["grades"]) == {"S", "A+", "A", "B", "C", "D", "E"}


@pytest.mark.parametrize(
    ("was", "now", "places"),
    [
        ("each: -5", "each: -10", ["dimensions.law.items.complained.each"]),
        (
            'where: "fine > 5", times: 2',
            'where: "fine > 2", times: 3',
            None,
        ),  # what the records of an item are weighed by
        (
            "      - {id: complained, label: {zh: 已受理投诉, en: Complaints}, from: complaint, where: accepted,\n"
            "         each: -5, basis: ours}\n",
            "",
            None,
        ),
    ],
)
def test_an_edited_weight_acts_with_the_next_run_as_the_preview_said(
    workspace: Workspace, tmp_path: Path, was: str, now: str, places: list[str] | None
) -> None:
    import shutil

    copy = Workspace(tmp_path / "workspace")
    shutil.copytree(workspace.root, copy.root)
    before = {who: row["grade"] for who, row in graded(copy).items()}
    assert was in SIXTH
    write(copy, SIXTH.replace(was, now))
    seen = preview_policy(copy, published_run(copy, "sixth", T), silent)
    assert places in (None, [one.place for one in seen.changes])
    said = {one["enterprise_id"]: (one["grade"], one["new_grade"]) for one in seen.moved.to_pylist()}
    score(copy, "sixth", T, silent)
    after = {who: row["grade"] for who, row in graded(copy).items()}
    assert said == {who: (before[who], after[who]) for who in before if before[who] != after[who]} != {}


def test_a_listing_acts_at_once(workspace: Workspace, tmp_path: Path) -> None:
    import shutil

    copy = Workspace(tmp_path / "workspace")
    shutil.copytree(workspace.root, copy.root)
    province = Province(copy.root)
    province.deliveries = 1
    province.receive(
        {
            "serious_listing": [
                {"record_id": "L-x", "enterprise_id": code(20), "start_date": "2026-11-01", "list_kind": "tax"}
            ]
        }
    )
    assert update_one(copy, "sixth", code(20), date(2026, 11, 1))[0] == "E"


COUNTS = yaml.safe_load(SIXTH)
COUNTS |= {
    "id": "counted", "method": "counts", "start": 0, "score": None,
    "grades": [{"id": one, "label": {"zh": one, "en": one}} for one in "ABCD"],
    "dimensions": [{"id": "records", "label": {"zh": "失信信息", "en": "Records"}, "items": [
        {"id": "penalised", "label": {"zh": "行政处罚", "en": "Penalties"}, "from": "penalty", "where": "fine <= 5",
         "tally": "general", "basis": "text"},
        {"id": "complained", "label": {"zh": "投诉", "en": "Complaints"}, "from": "complaint", "where": "accepted",
         "tally": "general", "basis": "ours"},
        {"id": "fined", "label": {"zh": "重罚", "en": "Large fines"}, "from": "penalty", "where": "fine > 5",
         "tally": "serious", "basis": "text"},
    ]}],
    "classes": [
        {"grade": "A", "when": "general = 0 AND "
                               "serious = 0"}, {"grade": "B", "when": "general BETWEEN 1 AND 3 AND serious = 0"},
        {"grade": "C", "when": "general > 3 AND serious = 0 OR serious = 1"}, {"grade": "D", "when": "serious > 1"},
    ],
    "rules": [], "measures": [],
}  # fmt: skip


def scheme_text(**changed: object) -> str:
    return yaml.safe_dump({**COUNTS, **changed}, allow_unicode=True)


def test_a_scheme_that_counts_has_no_score_and_goes_the_same_way(workspace: Workspace) -> None:
    write(workspace, scheme_text(), "counted")
    for day in (BEFORE, T):
        score(workspace, "counted", day, silent)
    rows = graded(workspace, "counted")
    assert {rows[code(number)]["grade"] for number in (6, 13, 17)} == {"A"}
    assert (rows[code(4)]["grade"], rows[code(9)]["grade"], rows[code(2)]["grade"], rows[code(1)]["grade"]) == (
        "B",
        "C",
        "C",
        "D",
    )
    assert {row["score"] for row in rows.values()} == {None}
    found = explain_one(workspace, "counted", code(9), T)
    assert (found.grade, found.score, found.totals["general"]) == ("C", None, 4.0)
    assert found.raised[0].sentence.zh.startswith("投诉4次；依据：")
    assert len(found.raised[0].evidence.cited) == 4
    for lang in Language:
        with speaking(lang):
            assert "general > 3" in render_page(found).replace("&gt;", ">")
            assert render_text(found) is not None
    assert migrate(workspace, "counted", T, None, silent).movements.moved
    assert list(open_export(workspace, "counted", T, None).coded())
    with pytest.raises(ConfigurationError, match="no score bands"):
        find_warnings(workspace, "counted", T, silent)
    assert monitor(workspace, "counted", silent).path.exists()


def wrong(classes: list[dict[str, str]]) -> str:
    return scheme_text(classes=classes)


def replaced(grade: str, when: str) -> list[dict[str, str]]:
    return [{**one, "when": when} if one["grade"] == grade else one for one in COUNTS["classes"]]


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (lambda: wrong(replaced("C", "general > 4 AND serious = 0 OR "
                                     "serious = 1")), "classes.*no grade for general 4, serious 0"),
        (lambda: wrong(replaced("C", "general >= 3 AND serious = 0 OR "
                                     "serious = 1")), "classes.*more than one grade for general 3, serious 0 → B、C"),
        (lambda: wrong(replaced("C", "general > 3 OR serious = 1")), "classes.*more than one grade"),
        (lambda: wrong(COUNTS["classes"][:3]), "classes.*none for D"),
        (lambda: wrong(replaced("B", "severe = 1")), "there is no column 'severe'"),
        (lambda: SIXTH.replace("from: 60, below: 70", "from: 61, below: 70"),
         "bands.*band B must begin where C ends, at 60"),
        (lambda: SIXTH.replace("from: 60, below: 70", "from: 59, below: 70"), "bands.*band B must begin where C ends"),
        (lambda: SIXTH.replace("each: -5, basis", "basis"), "dimensions.complained.*needs 'each' or 'steps'"),
        (lambda: SIXTH.replace('"fine > 5"', '"fin > 5"'), "penalised.*severity.*fin"),
        (lambda: SIXTH.replace("within: 1m, times: 1", "within: 2y, times: 1"), "penalised.recency.*must ascend"),
        (lambda: SIXTH.replace("method: points", "method: model"), "dimensions.*method model takes none"),
        (lambda: SIXTH.replace("start: 70", "start: 170"), "start.*lies outside"),
        (lambda: SIXTH.replace('["5301", "5304"]', '["云南"]'), "scope.*divisions.*no beginning of a division code"),
        (lambda: SIXTH.replace("in_force: {from: 2026-01-01}\n", ""), "in_force.*says when it takes force"),
        (lambda: SIXTH.replace("grades: [S, A+]\n", "grades: [S, X]\n"), "measures.*not grades of this scheme"),
    ],
)  # fmt: skip
def test_a_scheme_that_leaves_a_gap_an_overlap_or_cannot_be_carried_out_is_refused_where_it_is_written(
    tmp_path: Path, make: Callable[[], str], said: str
) -> None:
    made = create_workspace(tmp_path / "workspace")
    write(made, make())
    with pytest.raises(ConfigurationError, match=f"(?s){said}") as refused:
        load_policy(made, "sixth")
    assert "sixth/scheme.yaml" in refused.value.en


def test_what_is_cut_off_at_the_end_of_the_range_is_taken_from_all_items(workspace: Workspace) -> None:
    import numpy as np

    method = ItemMethod(load_policy(workspace, "sixth").scheme)
    found = method.assess(np.array([[0.0, 0.0, 2.0, 2000.0], [9.0, 9.0, 0.0, np.nan]]))
    assert found.scores.tolist() == [90.0, 25.0]
    np.testing.assert_allclose(found.points.sum(axis=1), found.scores - 70)
    assert found.totals["bad"].tolist() == [0.0, 45.0]
