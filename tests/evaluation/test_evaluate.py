"""The whole evaluation on a small simulated province: out of time, complete, on one page without scripts."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from in_a_browser import found_wrong, needs_chromium
from one_language import foreign
from provinces import T, copied, silent

from riskml.core.language import Language, speaking
from riskml.core.workspace import Workspace
from riskml.evaluation import plan_worth as plan_worth_module
from riskml.evaluation.days_alone import AGES
from riskml.evaluation.evaluate import Report, evaluate_model
from riskml.evaluation.page import write_page
from riskml.evaluation.plan_worth import plan_worth
from riskml.evaluation.selective_labels import TRUTH, WAYS
from riskml.evaluation.true_risk import read_true_risk
from riskml.sampling.worth import GREEDY, PLAN, PREVIOUS, UNIFORM

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def workspace(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    return copied(trained, tmp_path_factory.mktemp("province") / "workspace")


@pytest.fixture(scope="module")
def report(workspace: Workspace) -> Report:
    return evaluate_model(workspace, "yunnan", silent)


def test_nothing_judged_was_learnt_from(report: Report) -> None:
    data = report.evaluated.data
    assert data.population is not None
    last = max(
        pd.to_datetime(data.cohort.loc[data.learn, "as_of"]).max(), pd.to_datetime(data.population["as_of"]).max()
    )
    assert last < pd.to_datetime(report.evaluated.visits["as_of"]).min()
    assert last < pd.to_datetime(report.evaluated.registered["as_of"]).min()
    assert set(report.evaluated.visits["observed"]) == {"random"}


def test_the_figures_are_those_of_the_training(report: Report) -> None:
    assert report.evaluated.bundle.facts["figures"]["model"]["figures"]["auc"]["value"] == pytest.approx(
        report.rivals["model"].evaluation.figures["auc"].value
    )


def test_the_freshest_news_is_what_the_model_was_judged_with_and_older_news_is_paired_with_it(report: Report) -> None:
    assert [one.days for one in report.freshness] == list(AGES)
    fresh = report.freshness[0]
    assert fresh.auc.value == pytest.approx(report.rivals["model"].evaluation.figures["auc"].value)
    assert fresh.lost.value == 0
    for one in report.freshness[1:]:
        assert one.lost.value == pytest.approx(fresh.auc.value - one.auc.value)


def test_in_a_month_without_news_few_grades_move(report: Report) -> None:
    still = report.without_news
    assert (still.last - still.first).days == 31
    assert still.enterprises == report.evaluated.followed["enterprise_id"].nunique()
    assert still.moved.value < 0.1  # of few enterprises
    assert still.moved.value < still.scores_moved.value < 0.6  # without steps four scores in five move


def test_every_way_is_compared_and_the_truth_is_the_ceiling(report: Report) -> None:
    ways = {one.name: one for one in report.ways}
    assert list(ways) == list(WAYS)
    best = max(one.true_auc.value for one in report.ways if one.true_auc is not None)
    assert ways[TRUTH].true_auc is not None
    assert ways[TRUTH].true_auc.value == best
    assert ways["inverse_propensity"].effective < ways["inverse_propensity"].rows


def test_weights_add_up_and_cover_every_indicator(report: Report) -> None:
    (version,) = report.weights.versions
    assert sum(version.indicators.values()) == pytest.approx(1)
    assert sum(version.dimensions.values()) == pytest.approx(1)
    assert {one.name for one in report.weights.indicators} == set(report.evaluated.bundle.columns)
    assert all(one.lasting is None for one in report.weights.indicators)


def test_the_points_tables_are_of_the_learning_part_and_of_the_cards_that_are_compared(report: Report) -> None:
    data = report.evaluated.data
    for table in report.points:
        assert (table.visits, table.problems) == (data.learn.sum(), data.outcome[data.learn].sum())
        assert {one.name for one in table.indicators} == set(data.matrix)
    assert [table.card for table in report.points] == ["scorecard", "points"]


@pytest.mark.parametrize("spoken", Language)
def test_the_page_stands_alone_in_one_language(report: Report, tmp_path: Path, spoken: Language) -> None:
    with speaking(spoken):
        page = write_page(report, tmp_path / "page.html").read_text(encoding="utf-8")
    assert foreign(page, spoken, {one.group.zh for one in report.groups if one.attribute == "region"}) == []
    assert ("模拟数据" if spoken is Language.zh else "Simulated data") in page
    assert "<script" not in page
    assert 'src="http' not in page
    assert page.count("<svg") >= 20
    assert page.count('class="told"') == page.count('type="radio"') == len(report.first_visits)


def test_a_real_province_is_compared_without_the_truth(workspace: Workspace) -> None:
    assert read_true_risk(Workspace(workspace.root / "elsewhere")) is None
    truth = read_true_risk(workspace)
    assert truth is not None
    unknown = truth.of(pd.DataFrame({"enterprise_id": ["nobody"], "as_of": [T]}))
    assert np.isnan(unknown).all()


def test_a_plan_by_the_score_finds_more_than_drawing_alike_in_visits_nobody_learnt_from(
    report: Report, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []
    policies = plan_worth_module._policies
    monkeypatch.setattr(plan_worth_module, "_policies", lambda *given: asked.append(given) or policies(*given))
    found = plan_worth(report.evaluated, 0.1, 0.005, silent)
    # The score of a month before is one of a month before for everyone too, whom the plan is made of.
    for own, _, everyone, *_ in asked:
        for by in (own, everyone):
            assert (by[PREVIOUS] != by[GREEDY]).mean() > 0.1
    assert found.draws == len(report.evaluated.visits) < found.visits
    assert found.since > report.evaluated.data.split.calibrate_until
    for by in (found.by_draws, found.by_visits):
        assert by[UNIFORM].rate.value < by[PLAN].rate.value <= by[GREEDY].rate.value
        assert by[PLAN].effective < by[UNIFORM].effective <= found.visits
    whole = report.evaluated.outcome.mean()
    assert found.by_draws[UNIFORM].rate.low < whole < found.by_draws[UNIFORM].rate.high


@needs_chromium
def test_the_page_reads_on_a_telephone_and_on_paper(report: Report, tmp_path: Path) -> None:
    assert found_wrong([write_page(report, tmp_path / "page.html")]) == []
