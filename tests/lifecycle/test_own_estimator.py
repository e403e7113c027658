"""An analyst's own estimator from training to the grades and back: every page that shows its reasons says how exact
they are.
"""

from __future__ import annotations

import io
import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from provinces import T, copied, silent
from rich.console import Console
from sklearn.dummy import DummyClassifier
from sklearn.ensemble import RandomForestClassifier

import riskml
from riskml.checks.integrity import check_integrity
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.language import Language, speaking
from riskml.evaluation.challengers import ablations, learning_curve
from riskml.evaluation.evaluated_model import read_evaluated_model
from riskml.explaining.explanation import Explanation
from riskml.explaining.page import render_page
from riskml.explaining.text import render_text
from riskml.explaining.what_if_page import what_if_page
from riskml.lifecycle.promote import promote
from riskml.runs.spark.arrow import _bundle, bundle_texts
from riskml.training.model import load_model
from riskml.training.predictors.estimator import Estimator
from riskml.training.predictors.trees import Trees

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def graded(trained: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[riskml.Workspace]:
    """A forest in the place of the trained model, and a month graded by it."""
    own = riskml.Workspace(copied(trained, tmp_path_factory.mktemp("own") / "workspace").root)
    with speaking(Language.en):
        with pytest.warns(UserWarning, match=r"so the reasons of one run over all 3,\d+ take about"):
            number = own.train(T, RandomForestClassifier(10, max_depth=6, min_samples_leaf=20, random_state=0))
        promotion = promote(own._folders, "yunnan", number, "to try it", None, silent)
        assert promotion.entry.outcome.promotes
        assert promotion.comparison is not None
        own.score(T, reason="another model")
        yield own


def riskiest(own: riskml.Workspace) -> str:
    grades = own.grades()
    code: str = grades[grades["decided_by"] == "band"]["score"].idxmax()
    return code


@pytest.fixture(scope="module")
def explained(graded: riskml.Workspace) -> Explanation:
    return graded.explain(riskiest(graded))


def test_what_is_published_is_what_the_model_says_of_each_to_the_last_bit(graded: riskml.Workspace) -> None:
    grades, values = graded.grades(), graded.explanations().values.head(40)
    alone = [graded.bundle().predict(values.iloc[[place]])["risk"].iloc[0] for place in range(40)]
    assert alone == grades.loc[values.index, "risk"].to_list()
    assert graded.bundle().facts["estimator"]["name"] == "RandomForestClassifier"
    bundle = load_model(graded._folders, "yunnan").bundle
    assert isinstance(bundle.predictor, Estimator)
    assert _bundle(bundle_texts(graded._folders.bundle("yunnan"))) == bundle  # as it travels to workers of Spark


def test_reasons_add_up_and_are_said_to_be_approximate_wherever_they_are_shown(
    graded: riskml.Workspace, explained: Explanation
) -> None:
    assert explained.score is not None
    points = sum(one.points for one in explained.indicators)
    assert points == pytest.approx(explained.score - explained.base_score, abs=1e-6)
    assert not explained.together
    assert not any(one.against_typical for one in (*explained.raised, *explained.lowered))  # bound to no direction
    facts = graded.bundle().facts["explained"]
    assert 0 < facts["standard_error"] < facts["largest_error"]
    assert not facts["exact"]
    what_if = graded.what_if(explained.subject.enterprise_id)
    for spoken, told, wrong in ((Language.zh, "原因的分值是近似的", "写成树"), (Language.en, "approximate", "trees")):
        with speaking(spoken):
            console = Console(width=10_000, file=io.StringIO(), record=True)
            console.print(render_text(explained))
            card = load_model(graded._folders, "yunnan").bundle.cards[spoken]
            for shown in (render_page(explained), console.export_text(), what_if_page(what_if), card):
                assert told in shown
                assert f"{facts['largest_error']:.1f}" in shown
            assert wrong not in card
    assert "approximate" in json.dumps(explained.to_dict())
    assert "approximate" in json.dumps(what_if.to_dict())


def test_an_update_of_one_and_supposed_steps_start_from_what_was_published(
    graded: riskml.Workspace, explained: Explanation
) -> None:
    code = explained.subject.enterprise_id
    steps = [one.asked for one in graded.what_if(code).may_do if one.asked]
    supposed = graded.what_if(code, steps[:1])
    assert supposed.before.score == explained.score
    grades = graded.grades()
    fewer = grades.index[grades["grade"] == "B"][0]  # fewer records, fewer sets of steps
    assert graded.way_back(fewer).subject.enterprise_id == fewer


def test_an_evaluation_fits_the_estimator_itself_again(graded: riskml.Workspace) -> None:
    evaluated = read_evaluated_model(graded._folders, "yunnan", silent)
    *fewer, everyone = learning_curve(evaluated, silent)
    assert everyone.lost.value == 0  # the very model
    assert any(part.lost.value != 0 for part in fewer)
    (without, *_) = ablations(evaluated, silent)
    assert without.lost.value != 0
    assert "RandomForestClassifier: what each dimension adds" in str(evaluated.refits.said)


def test_it_is_compared_with_trees_on_either_side_and_leaves_by_the_same_way(graded: riskml.Workspace) -> None:
    folders = graded._folders
    assert not [one for one in check_integrity(folders) if one.level == "error"]
    assert promote(folders, "yunnan", 1, "back to the trees", None, silent).comparison is not None
    assert isinstance(load_model(folders, "yunnan").bundle.predictor, Trees)
    back = graded.score(T, reason="back to the trees")
    assert graded.explain(back.index[0]).reasons_by is None
    assert np.isfinite(back["score"]).all()


def test_one_that_can_be_no_model_is_refused_before_anything_is_registered(graded: riskml.Workspace) -> None:
    with pytest.raises(RunError, match=r"only 1 different numbers to 3,\d+ enterprises, and 4 grades"):
        graded.train(T, DummyClassifier())
    with pytest.raises(ConfigurationError, match="random_state"):
        graded.train(T, RandomForestClassifier(3))
    with pytest.raises(ConfigurationError, match="no version 3"):
        graded.bundle(3)
