"""Two models enterprise by enterprise: the grades are those that each gives, and indicators add up to what moves."""

from __future__ import annotations

import csv
from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from in_a_browser import found_wrong, needs_chromium
from one_language import foreign
from provinces import T, copied, silent

import riskml
from riskml.audit.logs import reads_chain
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.language import Language, speaking
from riskml.core.principal import Principal
from riskml.core.workspace import Workspace
from riskml.evaluation import model_moves as module
from riskml.evaluation.evaluated_model import load_version
from riskml.evaluation.model_moves import MILDER, RISKIER, ModelMoves, model_moves
from riskml.evaluation.model_moves_page import write_csv, write_page
from riskml.lifecycle.compare_models import compare, last_seen
from riskml.lifecycle.retrain import retrain
from riskml.services.preview import preview_model
from riskml.training.settings import load_training

pytestmark = pytest.mark.long

EARLIER = date(2026, 4, 30)
VERSIONS = ("version 1", "version 2")


@pytest.fixture(scope="module")
def workspace(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """With a challenger that knew a month less."""
    made = copied(trained, tmp_path_factory.mktemp("moves") / "workspace")
    retrain(made, "yunnan", date(2026, 9, 30), silent)
    return made


@pytest.fixture(scope="module")
def moves(workspace: Workspace) -> ModelMoves:
    first, second = (load_version(workspace, "yunnan", number) for number in (1, 2))
    return model_moves(workspace, "yunnan", first, second, EARLIER, silent)


def test_as_many_grades_differ_as_promotion_counts(workspace: Workspace) -> None:
    """By another way: promotion scores a sample, here everyone, and knows no decisions, of which there are none."""
    first, second = (load_version(workspace, "yunnan", number) for number in (1, 2))
    found = model_moves(workspace, "yunnan", first, second, T, silent)
    settings, _ = load_training(workspace.model("yunnan") / "training.yaml")
    compared = compare(workspace, settings, first.bundle, second.bundle, silent)
    assert (found.enterprises, found.share(), found.share(2)) == (
        compared.flips_of, compared.flips, compared.wide_flips,
    )  # fmt: skip
    assert found.share() > 0


def test_the_matrix_counts_everyone_once_and_the_diagonal_stays(moves: ModelMoves) -> None:
    matrix = np.array(moves.matrix)
    rows = moves.rows.to_pandas()
    assert matrix.sum() == moves.enterprises == rows["enterprise_id"].nunique()
    assert matrix.trace() == (rows["move"] == module.SAME).sum()
    assert np.triu(matrix, 1).sum() == (rows["move"] == RISKIER).sum()
    assert np.tril(matrix, -1).sum() == (rows["move"] == MILDER).sum()
    for by in ("region", "kind", "section"):
        groups = moves.groups(by)
        assert sum(one.enterprises for one in groups) == moves.enterprises
        assert sum(one.riskier for one in groups) == (rows["move"] == RISKIER).sum()


def test_the_differences_of_the_indicators_add_up_to_that_of_the_scores(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "NAMED", 1000)
    first, second = (load_version(workspace, "yunnan", number) for number in (1, 2))
    found = model_moves(workspace, "yunnan", first, second, EARLIER, silent)
    rows = found.rows.to_pandas()
    points = rows[[name for name in rows if name.endswith("_points")]]
    assert points.shape[1] == len(found.indicators) == len(first.bundle.columns)
    assert (points.sum(axis=1) + found.start).to_numpy() == pytest.approx(
        (rows["other_score"] - rows["score"]).to_numpy(), abs=1e-6
    )
    assert (np.diff(points.abs(), axis=1) <= 1e-12).all()  # the one that moves most comes first
    total = points.abs().to_numpy().sum(axis=1).mean()
    assert sum(one.everyone for one in found.indicators) == pytest.approx(total)
    up = points[rows["move"] == RISKIER].sum(axis=1).mean()
    assert sum(one.riskier for one in found.indicators) == pytest.approx(up)


def test_only_draws_that_neither_model_has_seen_say_who_was_right(workspace: Workspace, moves: ModelMoves) -> None:
    seen = [last_seen(load_version(workspace, "yunnan", number).bundle) for number in (1, 2)]
    assert moves.since == EARLIER >= max(seen)
    found = moves.found()
    assert sum(one.enterprises for one in found) == moves.enterprises
    assert sum(one.visits for one in found) == moves.rows["visits"].to_numpy().sum() > 0
    for one in found:
        assert one.problems <= one.visits
        assert one.rate is None or one.low <= one.rate <= one.high  # type: ignore[operator]
    long_ago = model_moves(
        workspace,
        "yunnan",
        *(load_version(workspace, "yunnan", number) for number in (1, 2)),
        date(2024, 6, 30),
        silent,
    )
    assert long_ago.since == max(seen)  # what was learnt from says nothing


@pytest.mark.parametrize("spoken", Language)
def test_the_page_stands_alone_in_one_language(moves: ModelMoves, tmp_path: Path, spoken: Language) -> None:
    called = {Language.zh: ("版本 1", "版本 2"), Language.en: VERSIONS}[spoken]
    with speaking(spoken):
        write_page(moves, called, tmp_path / "page.html")
    page = (tmp_path / "page.html").read_text(encoding="utf-8")
    regions = {name for name in page.split(">") if name.startswith("云南省")}
    assert foreign(page, spoken, {one.partition("<")[0] for one in regions}) == []
    assert ("模拟数据" if spoken is Language.zh else "Simulated data") in page
    assert page.count("<svg") == 2
    assert "<script" not in page
    assert "http://" not in page.replace("http://www.w3.org", "")
    assert "https://" not in page


def test_the_sheet_has_everyone_whose_grade_moves_the_furthest_first(moves: ModelMoves, tmp_path: Path) -> None:
    listed = write_csv(moves, VERSIONS, tmp_path / "moves.csv")
    with (tmp_path / "moves.csv").open(encoding="utf-8-sig", newline="") as file:
        head, *lines = list(csv.reader(file))
    rows = moves.rows.to_pandas()
    assert len(lines) == listed == (rows["apart"] > 0).sum()
    assert {line[0].strip() for line in lines} == set(rows.loc[rows["apart"] > 0, "enterprise_id"])
    assert "grade, version 1" in head
    assert lines[0][0].strip() == moves.furthest(1)[0]["enterprise_id"]
    names = {label.en for label in moves.labels.values()}
    assert {line[head.index("indicator 1")] for line in lines} <= names


def test_what_is_given_is_on_the_audit_log_and_the_same_model_or_none_is_refused(
    workspace: Workspace, tmp_path: Path
) -> None:
    me = Principal.of_process()
    asked = {"as_of": EARLIER, "on_progress": silent, "to": tmp_path / "page.html", "sheet": None}
    seen = preview_model(workspace, me, "yunnan", None, None, **asked)  # type: ignore[arg-type]
    assert (seen.first, seen.second, seen.page.exists(), seen.listed) == (1, 2, True, None)
    assert b'"preview model"' in reads_chain(workspace).read()[-1]
    with pytest.raises(ConfigurationError, match="same model"):
        preview_model(workspace, me, "yunnan", 1, None, **asked)  # type: ignore[arg-type]
    with pytest.raises(ConfigurationError, match="version 9"):
        preview_model(workspace, me, "yunnan", 9, None, **asked)  # type: ignore[arg-type]


def test_a_day_on_which_nobody_was_registered_is_refused(workspace: Workspace) -> None:
    models = [load_version(workspace, "yunnan", number) for number in (1, 2)]
    with speaking(Language.en), pytest.raises(RunError, match=r"No enterprise was registered .* 1990-01-01"):
        model_moves(workspace, "yunnan", *models, date(1990, 1, 1), silent)


def test_analysts_have_everyone_with_the_version_first(workspace: Workspace, moves: ModelMoves) -> None:
    table = riskml.Workspace(workspace.root).compare(2, as_of=EARLIER)
    rows = moves.rows.to_pandas().set_index("enterprise_id")
    pd.testing.assert_series_equal(table["grade"], rows["other_grade"], check_names=False)
    pd.testing.assert_series_equal(table["other_score"], rows["score"], check_names=False)
    assert (table["grade"] > table["other_grade"]).sum() == (table["move"] == RISKIER).sum()


@needs_chromium
def test_the_page_reads_on_a_telephone_and_on_paper(moves: ModelMoves, tmp_path: Path) -> None:
    write_page(moves, VERSIONS, tmp_path / "page.html")
    assert found_wrong([tmp_path / "page.html"]) == []
