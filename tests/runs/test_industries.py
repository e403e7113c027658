"""Local industries on a small simulated province (Yunnan Art. 16): trained on their own, graded beside the general
grade, explained.
"""

from __future__ import annotations

import json
import shutil
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from provinces import T, silent
from small_runs import put_in_use

from riskml.core.errors import ConfigurationError, RunError
from riskml.core.init import create_workspace
from riskml.core.language import Language
from riskml.core.workspace import Workspace
from riskml.engines.duckdb import connect
from riskml.explaining.page import render_page
from riskml.explaining.text import render_text
from riskml.lifecycle.promote import promote
from riskml.lifecycle.promotion_log import promotions
from riskml.lifecycle.retrain import retrain
from riskml.records.ingest import ingest
from riskml.records.sources import load_source
from riskml.records.store import open_store
from riskml.runs.explain_one import explain_one
from riskml.runs.industries import load_industry, models_in_use
from riskml.runs.layout import TABLES, RunFolder
from riskml.runs.result import RunResult
from riskml.runs.score import score
from riskml.runs.spark.score import score_on_spark
from riskml.schemes.grade import band_ranks
from riskml.schemes.policy import load_policy
from riskml.training.bundle import ModelBundle
from riskml.training.model import load_model
from riskml.training.registry import Registry

pytestmark = pytest.mark.long

CODES = "[C, F, H]"
"""A wide industry: four thousand enterprises have too few inspections for the shipped ones."""


def parts(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in sorted(folder.rglob("*.parquet"))}


@pytest.fixture(scope="module")
def workspace(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    made = create_workspace(tmp_path_factory.mktemp("industries") / "workspace")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("riskml.records.buckets.ENTERPRISES_PER_BUCKET", 1500)  # several parts, as a large province has
        extracts = trained / "data" / "simulated"
        ingest(made, load_source(made.sources / "simulated"), extracts, date(2026, 11, 1), silent)
    assert open_store(made.records).buckets > 2
    put_in_use(made, load_model(Workspace(trained), "yunnan").bundle)
    return made


@pytest.fixture(scope="module")
def before(workspace: Workspace) -> dict[str, bytes]:
    """What is published while no industry has a model."""
    return parts(score(workspace, "yunnan", T, silent).folder)


@pytest.fixture(scope="module")
def run(workspace: Workspace, before: dict[str, bytes]) -> RunResult:
    """The same run with a model of a wide industry in use."""
    for name in ("catering_food", "tourism"):
        path = workspace.model(f"yunnan-{name}") / "training.yaml"
        wide = path.read_text(encoding="utf-8").replace("industries: [C13, C14, C15, H62]", f"industries: {CODES}")
        path.write_text(wide.replace("industries: [H61, L7291, N786]", "industries: [L7291, N786]"), encoding="utf-8")
    retrain(workspace, "yunnan-catering_food", T, silent)
    return score(workspace, "yunnan", T, silent)


def test_an_industry_with_too_few_inspections_is_refused_with_how_many_there_are(
    workspace: Workspace, before: dict[str, bytes]
) -> None:
    with pytest.raises(
        RunError, match=r"has \d+ visits of which \d+ found a problem; at least 20 are needed"
    ) as refused:
        retrain(workspace, "yunnan-tourism", T, silent)
    assert "至少需要 20 次发现问题" in refused.value.zh
    assert not workspace.bundle("yunnan-tourism").exists()


def test_progress_tells_the_share_done_of_the_industry_too_also_where_a_run_goes_on(
    workspace: Workspace, run: RunResult, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(
        workspace.root, tmp_path / "copy", ignore=shutil.ignore_patterns("simulated", "truth", "runs", "mlruns")
    )
    copy, told = Workspace(tmp_path / "copy"), []
    buckets = open_store(copy.records).buckets
    written = RunFolder.write_part

    def killed(folder: RunFolder, part: int, tables: dict[str, pa.Table]) -> None:
        if part == buckets + 1:
            raise KeyboardInterrupt
        written(folder, part, tables)

    monkeypatch.setattr(RunFolder, "write_part", killed)
    with pytest.raises(KeyboardInterrupt):
        score(copy, "yunnan", T, lambda *step: told.append(step))
    whole = 1 + 2 * buckets + 1
    assert told == [
        ("relations", 0, whole),
        *(("scores", done, whole) for done in range(1, buckets + 2)),
        *(("industries", done, whole) for done in (buckets + 1, buckets + 2)),
    ]
    monkeypatch.undo()
    told.clear()
    score(copy, "yunnan", T, lambda *step: told.append(step))
    assert told == [
        ("relations", 0, whole),
        ("scores", buckets + 1, whole),
        *(("industries", done, whole) for done in range(buckets + 2, whole)),
        ("report", whole - 1, whole),
    ]


def test_without_an_industry_model_nothing_of_industries_is_published(before: dict[str, bytes]) -> None:
    assert {name.split("/")[0] for name in before} == set(TABLES)


def test_general_grades_are_the_same_bytes_beside_the_industry_s(before: dict[str, bytes], run: RunResult) -> None:
    after = parts(run.folder)
    assert {name: after[name] for name in before} == before
    assert {name.split("/")[0] for name in set(after) - set(before)} == {"industry_grades", "industry_reasons"}


def test_the_enterprises_graded_are_those_of_its_codes(workspace: Workspace, run: RunResult) -> None:
    connection = connect(workspace.spill)
    open_store(workspace.records).open_views(connection)
    everyone = pq.read_table(run.folder / "grades")["enterprise_id"].to_pylist()
    latest = dict(
        connection.execute(
            "SELECT enterprise_id, arg_max(industry, (valid_from, record_id)) FROM enterprise WHERE valid_from <= ? "
            "AND known_date <= ? "
            "GROUP BY enterprise_id", [T, T],
        ).fetchall()
    )  # fmt: skip
    covered = {one for one in everyone if latest[one][0] in "CFH"}
    assert 0 < len(covered) < len(everyone)
    assert set(pq.read_table(run.folder / "industry_grades")["enterprise_id"].to_pylist()) == covered


def test_the_model_has_seen_its_own_industry_only(workspace: Workspace, run: RunResult) -> None:
    (model,) = models_in_use(workspace, load_policy(workspace, "yunnan"))
    general = json.loads((workspace.bundle("yunnan") / "bundle.json").read_text())["facts"]["parts"]
    own = model.model.bundle.facts["parts"]
    assert 0 < own["learn"]["visits"] < general["learn"]["visits"]
    assert "food_safety_complaint_count_365d" in model.model.bundle.columns
    assert Registry(workspace.root, "yunnan-catering_food").version(1).bundle == model.model.bundle.digest


def test_grades_follow_the_industry_s_bands_and_the_matrix(workspace: Workspace, run: RunResult) -> None:
    (model,) = models_in_use(workspace, load_policy(workspace, "yunnan"))
    published = pq.read_table(run.folder / "industry_grades").to_pandas()
    general = pq.read_table(run.folder / "grades").to_pandas().set_index("enterprise_id")["grade"]
    assert (published["grade"].to_numpy() == general.loc[published["enterprise_id"]].to_numpy()).all()
    ranks = band_ranks(model.scheme, published["industry_score"].to_numpy())
    assert published["industry_grade"].tolist() == [model.industry.grade_names[rank] for rank in ranks]
    cells = {(cell.general, cell.industry): cell.combined for cell in model.industry.matrix}
    for row in published.itertuples():
        assert row.combined_grade == cells[row.grade, row.industry_grade] >= row.industry_grade  # a key field, Art. 4
    assert published["industry_grade"].nunique() > 1
    assert (published["combined_grade"] != published["grade"]).any()
    assert set(published["key_field"]) == {"food"}
    assert sum(run.industries["catering_food"]["combined_grade"].values()) == len(published)


def test_every_enterprise_of_the_industry_has_reasons(run: RunResult) -> None:
    graded = set(pq.read_table(run.folder / "industry_grades")["enterprise_id"].to_pylist())
    reasons = pq.read_table(run.folder / "industry_reasons").to_pandas()
    assert set(reasons["enterprise_id"]) == graded
    assert reasons["evidence_count"].gt(0).any()


@pytest.mark.usefixtures("in_chinese")
def test_the_explanation_shows_the_industry_grade_with_its_reasons(workspace: Workspace, run: RunResult) -> None:
    published = pq.read_table(run.folder / "industry_grades").to_pandas().sort_values("industry_score")
    one = published.iloc[-1]
    found = explain_one(workspace, "yunnan", one["enterprise_id"], T)
    assert found.local_industry is not None
    own = found.local_industry.explanation
    assert (own.grade, own.score) == (one["industry_grade"], pytest.approx(one["industry_score"]))
    cell = found.local_industry.cell
    assert (found.grade, cell.combined, cell.basis) == (one["grade"], one["combined_grade"], one["combined_basis"])
    assert found.local_industry.basis.zh.startswith("原文：" if cell.basis == "text" else "自定：")
    assert own.provenance.run == f"yunnan/{T} r1"  # scored before the industry had a model, and then again
    assert own.raised
    assert found.to_dict()["local_industry"]["combined"] == one["combined_grade"]
    from rich.console import Console

    console = Console(width=200, record=True, file=open("/dev/null", "w"))  # noqa: SIM115
    console.print(render_text(found))
    shown = console.export_text()
    assert "餐饮与食品生产" in shown
    assert "合成等级只供参考" in shown
    assert "合成等级只供参考" in render_page(found)
    assert own.raised[0].label.zh in shown


def test_an_enterprise_outside_has_no_industry_grade(workspace: Workspace, run: RunResult) -> None:
    inside = set(pq.read_table(run.folder / "industry_grades")["enterprise_id"].to_pylist())
    other = next(one for one in pq.read_table(run.folder / "grades")["enterprise_id"].to_pylist() if one not in inside)
    assert explain_one(workspace, "yunnan", other, T).local_industry is None


def test_the_manifest_names_the_industry_s_model(workspace: Workspace, run: RunResult) -> None:
    (model,) = models_in_use(workspace, load_policy(workspace, "yunnan"))
    manifest = json.loads((run.folder / "manifest.json").read_text(encoding="utf-8"))
    assert manifest["industries"] == {"catering_food": model.model.bundle.digest}
    assert set(manifest["files"]) == set(parts(run.folder))


def test_spark_refuses_a_run_that_would_lack_the_industry_s_grades(workspace: Workspace, run: RunResult) -> None:
    with pytest.raises(ConfigurationError, match="--engine duckdb"):
        score_on_spark(workspace, "yunnan", T, None, None, silent)


def test_a_tuned_challenger_is_promoted_on_the_industry_s_own_visits_and_the_general_grades_stay(
    workspace: Workspace, run: RunResult, tmp_path: Path
) -> None:
    shutil.copytree(workspace.root, tmp_path / "copy", ignore=shutil.ignore_patterns("simulated", "truth"))
    copy, name = Workspace(tmp_path / "copy"), "yunnan-catering_food"
    general = ModelBundle.load(copy.bundle("yunnan")).digest
    settings = copy.model("yunnan") / "training.yaml"  # a small province has few problems in four months
    settings.write_text(
        settings.read_text(encoding="utf-8").replace("fold_months: 4", "fold_months: 8"), encoding="utf-8"
    )
    trained = retrain(copy, name, T, silent, trials=2)
    assert trained.tuning is not None
    assert trained.tuning["trials"] == 2
    assert "餐饮与食品生产" in trained.bundle.cards[Language.zh]
    assert "第十六条" in trained.bundle.cards[Language.zh]
    done = promote(copy, name, None, "试点", "李某", silent)
    registry = Registry(copy.root, name)
    assert [one.aliases for one in registry.versions()] == [(), ("champion",)]
    assert [entry.outcome.version for entry in promotions(copy.ledger, name)] == [1, 2]
    assert done.comparison is not None
    assert done.comparison.visits == trained.bundle.facts["parts"]["test"]["visits"]
    graded = pq.read_table(run.folder / "industry_grades")["enterprise_id"].to_pylist()
    assert done.comparison.flips_of == len(graded)
    assert ModelBundle.load(copy.bundle(name)).digest == trained.bundle.digest
    assert ModelBundle.load(copy.bundle("yunnan")).digest == general
    again = score(copy, "yunnan", T, silent)
    assert json.loads((again.folder / "manifest.json").read_text(encoding="utf-8"))["industries"] == {
        "catering_food": trained.bundle.digest
    }
    after, before = parts(again.folder), parts(run.folder)
    assert {part for part in before if before[part] != after[part]} <= {
        part for part in before if part.split("/")[0] in ("industry_grades", "industry_reasons")
    }


def test_without_a_model_promotion_names_the_training_that_is_needed(workspace: Workspace) -> None:
    with pytest.raises(ConfigurationError, match="riskml train --scheme yunnan --industry tourism"):
        promote(workspace, "yunnan-tourism", None, "", None, silent)


def test_overlapping_industries_are_refused(workspace: Workspace, run: RunResult) -> None:
    path = workspace.model("yunnan-tourism") / "training.yaml"
    kept = path.read_text(encoding="utf-8")
    path.write_text(kept.replace("industries: [L7291, N786]", "industries: [H61]"), encoding="utf-8")
    try:
        with pytest.raises(ConfigurationError, match=r"catering_food \(H\) and tourism \(H61\) overlap"):
            load_industry(workspace, "yunnan", "catering_food")
    finally:
        path.write_text(kept, encoding="utf-8")
