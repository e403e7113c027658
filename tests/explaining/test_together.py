"""Pairs of reasons: the points that shap's interaction values come to, told as a part of what the reasons have."""

from __future__ import annotations

import io
from itertools import combinations

import numpy as np
import pytest
import shap
from rich.console import Console

from riskml.core.language import Language, speaking
from riskml.explaining.explanation import Explanation
from riskml.explaining.page import render_page
from riskml.explaining.text import render_text
from riskml.explaining.together import MOST, SMALLEST_POINTS, Together
from riskml.records.tables import Label
from riskml.training.bundle import ModelBundle
from riskml.training.model import Model
from riskml.training.predictors.trees import Trees
from riskml.treeshap.trees import NotCoveredError

from .conftest import Explain
from .test_page import FULL

pytestmark = pytest.mark.usefixtures("in_chinese")

REASONS = "riskml.explaining.computed.REASONS"


def text_of(one: Explanation) -> str:
    console = Console(width=400, file=io.StringIO(), record=True)
    console.print(render_text(one))
    return console.export_text()


def test_the_pairs_are_those_that_do_most_by_shap(explained: Explain, model: Model) -> None:
    one = explained(FULL)
    values = np.array([[np.nan if of.value is None else of.value for of in one.indicators]])
    (expected,) = shap.TreeExplainer(Trees.of(model.bundle.predictor.files).booster).shap_interaction_values(values)
    worth = (one.score - one.base_score) / (one.margin - one.base_margin)
    names = [of.name for of in one.indicators]
    reasons = [reason.indicator for reason in (*one.raised, *one.lowered)]
    by_shap = {
        (first, second): 2 * worth * expected[names.index(first), names.index(second)]
        for first, second in combinations(reasons, 2)
    }
    worth_telling = {pair: points for pair, points in by_shap.items() if abs(points) >= SMALLEST_POINTS}
    most = sorted(worth_telling, key=lambda pair: -abs(worth_telling[pair]))[:MOST]
    assert len(worth_telling) > MOST
    assert [pair.indicators for pair in one.together] == most
    assert [pair.points for pair in one.together] == pytest.approx([by_shap[pair] for pair in most], abs=1e-6)


def test_pairs_of_few_points_are_not_told(explained: Explain, monkeypatch: pytest.MonkeyPatch) -> None:
    assert all(abs(pair.points) >= SMALLEST_POINTS for pair in explained().together)
    monkeypatch.setattr(REASONS, 0)
    assert explained(FULL).together == ()


def test_a_pair_as_a_sentence() -> None:
    labels = (Label("逾期年报", "Overdue reports"), Label("经营异常名录", "Abnormal listings"))
    said = (Label("2次", "2 reports"), Label("是", "yes"))
    assert Together(("a", "b"), labels, said, 31.02).sentence == Label(
        "“逾期年报：2次”与“经营异常名录：是”同时存在，两者合在一起，风险分比分别作用时多31分。",
        "“Overdue reports: 2 reports” and “Abnormal listings: yes” together: 31 points more than what each adds by "
        "itself.",
    )
    fewer = Together(("a", "b"), labels, said, -12.5).sentence
    assert "比分别作用时少12.5分" in fewer.zh
    assert "12.5 points less than" in fewer.en


@pytest.mark.parametrize("spoken", Language)
def test_text_page_and_json_tell_the_pairs_and_that_they_do_not_come_on_top(
    explained: Explain, spoken: Language
) -> None:
    with speaking(spoken):
        one = explained(FULL)
        text, page = text_of(one), render_page(one)
    hint = {Language.zh: "不是另加的分", Language.en: "do not come on top"}[spoken]
    for shown in (text, page):
        assert hint in shown
        assert all(pair.sentence.said_in(spoken).split("，")[0] in shown for pair in one.together)
    told = one.to_dict()["together"]
    assert [(pair["indicators"], pair["points"]) for pair in told] == [
        (list(pair.indicators), pair.points) for pair in one.together
    ]
    assert told[0]["sentence"] == {"zh": one.together[0].sentence.zh, "en": one.together[0].sentence.en}


def test_without_pairs_nothing_is_said_of_them(explained: Explain, monkeypatch: pytest.MonkeyPatch) -> None:
    assert "两条原因合在一起" in text_of(explained(FULL))
    monkeypatch.setattr(REASONS, 0)
    one = explained(FULL)
    assert "两条原因合在一起" not in text_of(one)
    assert "两条原因合在一起" not in render_page(one)


def test_a_model_that_is_not_read_has_no_pairs_and_says_so(explained: Explain, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise NotCoveredError("叶子上有线性模型", "its leaves hold linear models")

    monkeypatch.setattr(ModelBundle, "together", refuse)
    with pytest.warns(UserWarning, match="叶子上有线性模型"):
        assert explained(FULL).together == ()
