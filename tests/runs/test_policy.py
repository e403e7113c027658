"""A regulation is not a model: what is edited in it acts with the next run, is seen beforehand, and is logged; a run
keeps its own.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from small_runs import BEFORE, T, code, make_bundle, make_workspace, put_in_use
from typer.testing import CliRunner

from riskml.checks.check import check
from riskml.cli import app
from riskml.core.errors import RunError
from riskml.core.workspace import Workspace
from riskml.publication.early_warnings import find_warnings
from riskml.publication.exports import open_export
from riskml.publication.migrate import migrate
from riskml.publication.monitoring import monitor
from riskml.runs.explain_one import explain_one
from riskml.runs.immediate import update_one
from riskml.runs.policy_log import policy_log
from riskml.runs.policy_preview import PolicyPreview, preview_policy
from riskml.runs.published import published_run
from riskml.runs.score import score
from riskml.schemes.policy import load_policy
from riskml.schemes.policy_changes import policy_changes


def silent(*_: object) -> None:
    """No progress."""


@pytest.fixture(scope="module")
def origin(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Two months published."""
    made = make_workspace(tmp_path_factory.mktemp("policy") / "workspace")
    for day in (BEFORE, T):
        score(made, "yunnan", day, silent)
    return made


@pytest.fixture
def workspace(origin: Workspace, tmp_path: Path) -> Workspace:
    copy = Workspace(tmp_path / "workspace")
    shutil.copytree(origin.root, copy.root)
    return copy


def edit(path: Path, *changes: tuple[str, str]) -> None:
    text = path.read_text(encoding="utf-8")
    for before, after in changes:
        assert before in text
        text = text.replace(before, after, 1)
    path.write_text(text, encoding="utf-8")


def edit_scheme(workspace: Workspace, *changes: tuple[str, str]) -> None:
    edit(workspace.models / "yunnan" / "scheme.yaml", *changes)


DAY_1, DAY_2 = date(2026, 11, 29), date(2026, 11, 30)

LOWER_C = (
    ("grade: B, from: 200, below: 500", "grade: B, from: 200, below: 300"),
    ("grade: C, from: 500", "grade: C, from: 300"),
)


def grades(workspace: Workspace, day: date = T) -> dict[str, str]:
    found = pa.concat_tables(
        [
            pq.read_table(path, columns=["enterprise_id", "grade"])
            for path in published_run(workspace, "yunnan", day).parts("grades")
        ]
    )
    return dict(zip(*(found[name].to_pylist() for name in found.column_names), strict=True))


def preview(workspace: Workspace) -> PolicyPreview:
    return preview_policy(workspace, published_run(workspace, "yunnan", T), silent)


def no_effect_for_fines(workspace: Workspace) -> None:
    """Penalties count for a month only."""
    periods = (
        "{label: {zh: 短, en: short}, publicity: {}, scoring: {penalty: [{where: 'true', clock: event_date, versions: "
        "[{in_force: 2020-01-01, length: 1m, basis: x}]}]}}"
    )
    (workspace.features / "effect_periods.yaml").write_text(periods, encoding="utf-8")


def relax_a_listing(workspace: Workspace) -> None:
    edit_scheme(
        workspace,
        ("“黑名单”的，直接判定为信用风险高（D类）", "“黑名单”的，直接判定为信用风险较高（C类）"),
        (
            "is directly determined to be of high credit risk (D).",
            "is directly determined to be of elevated credit risk (C).",
        ),
        ("effect: {fixed: D}", "effect: {fixed: C}"),
    )


def lower_c(workspace: Workspace) -> None:
    edit_scheme(workspace, *LOWER_C)


def disable_a_rule(workspace: Workspace) -> None:
    edit_scheme(workspace, ("    effect: {fixed: D}\n", "    effect: {fixed: D}\n    enabled: false\n"))


@pytest.mark.parametrize("change", [lower_c, relax_a_listing, disable_a_rule, no_effect_for_fines])
def test_an_edit_acts_with_the_next_run_as_the_preview_said_without_any_training(
    workspace: Workspace, change: Callable[[Workspace], None]
) -> None:
    before, model = grades(workspace), published_run(workspace, "yunnan", T).model
    change(workspace)
    seen = preview(workspace)
    said = {one["enterprise_id"]: (one["grade"], one["new_grade"]) for one in seen.moved.to_pylist()}
    assert said
    assert grades(workspace) == before  # nothing was published by looking
    score(workspace, "yunnan", T, silent)
    after = grades(workspace)
    assert {who: (before[who], after[who]) for who in before if after[who] != before[who]} == said
    assert sum(count for _, _, count in seen.movements) == len(said)
    run = published_run(workspace, "yunnan", T)
    assert (run.model, run.policy.digest) == (model, load_policy(workspace, "yunnan").digest)
    assert run.manifest.revision is not None
    assert run.manifest.revision.changed == ("policy",)


def test_the_log_says_who_when_which_document_what_changed_and_how_many_grades_it_moves(workspace: Workspace) -> None:
    lower_c(workspace)
    moved = len(preview(workspace).moved)
    score(workspace, "yunnan", DAY_1, silent)
    score(workspace, "yunnan", DAY_2, silent)  # by the same policy: nothing more to say
    (_, first), (line, use) = policy_log(workspace.ledger, "yunnan")
    assert (first.since, first.changed, first.grades_moved) == (None, (), None)
    assert (use.since, use.as_of, use.grades_moved, use.enterprises) == (T, DAY_1, moved, 60)
    assert use.changed == (
        "scheme.yaml score.bands.B.below: 500.0 → 300.0",
        "scheme.yaml score.bands.C.from: 500.0 → 300.0",
    )
    assert use.document == "云南省市场监督管理系统企业信用风险分类管理办法（试行） 2022-05-07"
    assert line.account
    ran = CliRunner().invoke(app, ["--workspace", str(workspace.root), "policy", "log", "--json"])
    assert [one["grades_moved"] for one in json.loads(ran.stdout)["policies"]] == [None, moved]
    wide = {"COLUMNS": "400", "RISKML_LANG": "en"}
    ran = CliRunner().invoke(app, ["--workspace", str(workspace.root), "policy", "log"], env=wide)
    assert ran.stdout.count("Measures for the classified management of enterprise credit risk in Yunnan") == 2


def test_whatever_compares_two_runs_says_that_the_policy_changed_between_them(workspace: Workspace) -> None:
    lower_c(workspace)
    folder = score(workspace, "yunnan", DAY_1, silent).folder
    between = migrate(workspace, "yunnan", DAY_1, None, silent).movements.policy
    assert between is not None
    ((_, _), (line, _)) = policy_log(workspace.ledger, "yunnan")
    assert (between.since, between.first_used, between.account) == (T, line.at.date(), line.account)
    for said in (
        "scheme.yaml score.bands.B.below: 500.0 → 300.0; scheme.yaml score.bands.C.from: 500.0 → 300.0",
        f"first used on {line.at.date()} by {line.account}",
    ):
        assert said in between.said.en
    written = json.loads(
        (workspace.runs / "yunnan" / "migration" / f"{T}_{DAY_1}" / "migration.json").read_text(encoding="utf-8")
    )
    assert written["policy_changed"]["changes"][0]["place"] == "score.bands.B.below"
    assert written["notice"]["en"].endswith(between.said.en)
    assert between.said.en in (folder / "report.en.html").read_text(encoding="utf-8")
    assert between.said in monitor(workspace, "yunnan", silent).alerts
    score(workspace, "yunnan", DAY_2, silent)
    assert migrate(workspace, "yunnan", DAY_2, None, silent).movements.policy is None
    assert migrate(workspace, "yunnan", DAY_2, T, silent).movements.policy is not None


def test_a_comment_is_no_change_of_the_policy(workspace: Workspace) -> None:
    before = load_policy(workspace, "yunnan")
    edit_scheme(workspace, ("id: yunnan", "id:   yunnan   # as before"))
    after = load_policy(workspace, "yunnan")
    assert after.texts != before.texts
    assert (after.digest, after.digests) == (before.digest, before.digests)
    assert score(workspace, "yunnan", T, silent).revision is None
    assert len(policy_log(workspace.ledger, "yunnan")) == 1
    assert published_run(workspace, "yunnan", T).policy.texts == after.texts


def test_going_back_to_an_earlier_policy_is_logged_too(workspace: Workspace) -> None:
    path = workspace.models / "yunnan" / "scheme.yaml"
    kept = path.read_bytes()
    lower_c(workspace)
    score(workspace, "yunnan", T, silent)
    path.write_bytes(kept)
    score(workspace, "yunnan", T, silent)
    uses = [use for _, use in policy_log(workspace.ledger, "yunnan")]
    assert [use.policy for use in uses] == [uses[0].policy, uses[1].policy, uses[0].policy]
    assert uses[1].grades_moved == uses[2].grades_moved


def test_records_that_came_since_are_on_both_sides_of_a_preview(workspace: Workspace) -> None:
    """A listing that arrived after the run moves nobody in the preview of a rule about something else."""
    from handmade import Province

    province = Province(workspace.root)
    province.deliveries = 1
    province.receive(
        {
            "serious_listing": [
                {"record_id": "L-late", "enterprise_id": code(21), "start_date": "2026-10-01", "list_kind": "tax"}
            ]
        }
    )
    edit_scheme(workspace, ("at_least: 10", "at_least: 9"))
    seen = preview(workspace)
    assert (len(seen.changes), len(seen.moved)) == (1, 0)


def test_a_comment_or_another_way_of_writing_is_no_change(workspace: Workspace) -> None:
    edit_scheme(workspace, ("id: yunnan\n", "# 注\nid:   'yunnan'\n"))
    assert policy_changes(published_run(workspace, "yunnan", T).policy, load_policy(workspace, "yunnan")) == ()


def test_a_rule_acts_at_once_on_one_enterprise_and_needs_no_model(workspace: Workspace) -> None:
    shutil.rmtree(workspace.bundle("yunnan"))
    disable_a_rule(workspace)
    grade, update = update_one(workspace, "yunnan", code(14), date(2026, 11, 1))
    assert update is not None
    assert (update.was, update.grade) == ("D", grade) != ("D", "D")


def test_check_says_how_far_a_new_effect_period_is_from_what_the_model_was_calibrated_on(workspace: Workspace) -> None:
    assert not [one for one in check(workspace, "yunnan") if one.about == "policy"]
    no_effect_for_fines(workspace)
    (found,) = [one for one in check(workspace, "yunnan") if one.about == "policy"]
    assert found.level == "warning"
    assert "effect periods of penalty" in found.en
    assert "21 → 3 records count, 2 of its indicators" in found.en


def test_a_run_made_before_a_promotion_and_an_edit_is_read_explained_exported_warned_from_and_compared_after_them(
    workspace: Workspace,
) -> None:
    held = {
        row["enterprise_id"]: row
        for row in pq.read_table(published_run(workspace, "yunnan", T).folder / "grades").to_pylist()
    }
    exported = list(open_export(workspace, "yunnan", T, None).coded())
    compared = migrate(workspace, "yunnan", T, None, silent)
    lists = {path.name: path.read_bytes() for path in compared.folder.rglob("*") if path.is_file()}
    warned = find_warnings(workspace, "yunnan", T, silent).warned
    before = explain_one(workspace, "yunnan", code(3), T)

    other = make_bundle()
    put_in_use(
        workspace,
        replace(
            other,
            system_yaml={**other.system_yaml, "features/more.yaml": MORE},
            facts={**other.facts, "note": "another"},
        ),
    )
    edit_scheme(
        workspace,
        *LOWER_C,
        ("zh: 信用风险低,", "zh: 低,"),
        ("zh: 当前被列入“黑名单”", "zh: 黑名单"),
        ("不向社会公开\n    en: Grades", "另一句\n    en: Grades"),
    )

    after = explain_one(workspace, "yunnan", code(3), T)
    assert after.to_dict() == before.to_dict()
    assert (after.grade, after.score) == (held[code(3)]["grade"], pytest.approx(held[code(3)]["score"]))
    assert list(open_export(workspace, "yunnan", T, None).coded()) == exported
    again = migrate(workspace, "yunnan", T, None, silent)
    assert {path.name: path.read_bytes() for path in again.folder.rglob("*") if path.is_file()} == lists
    assert find_warnings(workspace, "yunnan", T, silent).warned == warned
    score(workspace, "yunnan", DAY_1, silent)
    assert migrate(workspace, "yunnan", DAY_1, T, silent).movements.moved is not None
    assert explain_one(workspace, "yunnan", code(3), DAY_1).provenance.model != before.provenance.model


MORE = """
dimension: social
label: {zh: 社会信息, en: Social}
groups:
  - id: honours
    label: {zh: 荣誉, en: Honours}
    indicators:
      - {id: honour_count, label: {zh: 荣誉次数, en: Honours}, from: honour, measure: count, direction: none,
         basis: test}
"""


@pytest.mark.parametrize("name", ["policy/scheme.yaml", "policy/effect_periods.yaml", "model/booster.txt"])
def test_what_a_run_carries_is_refused_where_it_was_altered(workspace: Workspace, name: str) -> None:
    run = published_run(workspace, "yunnan", T)
    path = run.folder / name
    path.write_text(path.read_text(encoding="utf-8") + "\n# altered\n", encoding="utf-8")
    with pytest.raises(RunError, match=r"differs from its hash|does not match"):
        explain_one(workspace, "yunnan", code(3), T)
    assert path in run.altered()


def test_the_preview_command_names_who_moves_and_in_sum(workspace: Workspace) -> None:
    relax_a_listing(workspace)
    ran = CliRunner().invoke(app, ["--workspace", str(workspace.root), "policy", "preview", "--json"])
    assert ran.exit_code == 0, ran.output
    told = json.loads(ran.stdout)
    assert {"file": "scheme.yaml", "place": "rules.blacklisted.effect.fixed", "before": "D", "after": "C"} in told[
        "changes"
    ]
    assert told["movements"] == [{"from": "D", "to": "C", "enterprises": 2}]
    assert [one["enterprise_id"] for one in told["moved_enterprises"]] == [code(12), code(14)]
    ran = CliRunner().invoke(app, ["--workspace", str(workspace.root), "policy", "preview"], env={"COLUMNS": "200"})
    assert code(12) in ran.output
