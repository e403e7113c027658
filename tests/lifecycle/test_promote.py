"""Promotion end to end on a small simulated province: the first model, refusal, promotion, rollback, and what graded
when.
"""

from __future__ import annotations

import doctest
import pickle
import shutil
from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd
import pytest
from provinces import copied, silent
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.pipeline import make_pipeline

import riskml
from riskml.checks.integrity import check_integrity
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.language import Language
from riskml.core.principal import Principal
from riskml.core.workspace import Workspace
from riskml.evaluation.refits import refits_of
from riskml.lifecycle.compare_models import compare
from riskml.lifecycle.model_history import graded_in
from riskml.lifecycle.promote import promote
from riskml.lifecycle.promotion_log import promotions
from riskml.lifecycle.retrain import retrain
from riskml.runs.score import score
from riskml.services.lifecycle import models
from riskml.training.bundle import ModelBundle
from riskml.training.registry import Registry
from riskml.training.settings import load_training
from riskml.training.tracking import logged_bundle, mlflow_client

pytestmark = pytest.mark.long

NO_LIMITS = {
    "least_gain: 0.0": "least_gain: -1",
    "least_gain_low: -0.02": "least_gain_low: -1",
    "most_flips: 0.25": "most_flips: 1",
    "most_wide_flips: 0.03": "most_wide_flips: 1",
    "rising: true": "rising: false",
    "selection_ratio: [0.5, 2.0]": "selection_ratio: [0, 100]",
    "most_false_discovery_ratio: 1.5": "most_false_discovery_ratio: 100",
}


def limits(workspace: Workspace, changes: dict[str, str]) -> None:
    path = workspace.models / "yunnan" / "training.yaml"
    text = path.read_text(encoding="utf-8")
    for old, new in changes.items():
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")


@pytest.fixture(scope="module")
def twice_trained(loaded: Path, tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """Trained on two days, with fewer trees and origins than are shipped: no test here judges the models."""
    made = copied(loaded, tmp_path_factory.mktemp("province") / "workspace")
    limits(made, {"n_estimators: 300": "n_estimators: 60", "origins: 4": "origins: 1"})
    retrain(made, "yunnan", date(2026, 7, 31), silent)
    retrain(made, "yunnan", date(2026, 10, 31), silent)
    return made


@pytest.fixture
def workspace(twice_trained: Workspace, tmp_path: Path) -> Workspace:
    return copied(twice_trained.root, tmp_path / "moved")


def test_the_first_model_is_champion_and_the_next_a_challenger(twice_trained: Workspace) -> None:
    registry = Registry(twice_trained.root, "yunnan")
    assert [one.aliases for one in registry.versions()] == [("champion",), ("challenger",)]
    (first,) = promotions(twice_trained.ledger, "yunnan")
    assert (first.outcome.action, first.outcome.version) == ("first", 1)
    assert first.outcome.reason == ""
    assert ModelBundle.load(twice_trained.bundle("yunnan")).digest == registry.version(1).bundle


def test_a_version_holds_its_card_and_loads_without_unpickling(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("unpickled")

    for name in ("load", "loads", "Unpickler"):
        monkeypatch.setattr(pickle, name, refuse)
    registry = Registry(workspace.root, "yunnan")
    bundle = registry.load(registry.version(2))
    assert bundle.cards[Language.zh].startswith("# 模型卡：")
    assert "模拟数据" in bundle.cards[Language.zh]
    assert bundle.cards[Language.en].startswith("# Model card: ")
    assert "Simulated data" in bundle.cards[Language.en]
    assert (workspace.bundle("yunnan") / "model_card.md").exists()
    binary = {".pkl", ".pickle", ".joblib", ".skops", ".cloudpickle"}
    assert not [path for path in (workspace.mlruns).rglob("*") if path.suffix in binary]


def test_the_examples_of_the_library_page_run(workspace: Workspace) -> None:
    pages = [Path(__file__).parents[2] / "docs" / one / "library.md" for one in ("en", "zh")]
    code = [[line.partition("#")[0] for line in page.read_text().splitlines() if line[:3] == ">>>"] for page in pages]
    assert code[0] == code[1]
    score(workspace, "yunnan", date(2026, 10, 31), silent)
    given = {"riskml": riskml, "ws": riskml.Workspace(workspace.root)}
    tried = doctest.testfile(str(pages[0]), module_relative=False, globs=given)
    assert tried.attempted == len(code[0])
    assert tried.failed == 0


def test_a_registered_bundle_that_was_exchanged_is_refused(workspace: Workspace) -> None:
    registry = Registry(workspace.root, "yunnan")
    first, second = registry.versions()
    places = [logged_bundle(workspace.root, one.run_id) for one in (first, second)]
    shutil.rmtree(places[1])
    shutil.copytree(*places)
    with pytest.raises(RunError, match="regist"):
        registry.load(second)


def test_a_classifier_of_ones_own_is_a_challenger_without_pickle_and_says_so(workspace: Workspace) -> None:
    own = riskml.Workspace(workspace.root)
    with pytest.raises(ConfigurationError, match="can be judged"):
        own.train("2026-10-31", make_pipeline(HistGradientBoostingClassifier(max_iter=2)))
    number = own.train("2026-10-31", HistGradientBoostingClassifier(max_iter=20))
    registry = Registry(workspace.root, "yunnan")
    version = registry.version(number)
    assert (number, version.aliases) == (3, ("challenger",))
    bundle = registry.load(version)
    assert bundle.facts["estimator"]["name"] == "HistGradientBoostingClassifier"
    assert "HistGradientBoostingClassifier, kept as trees" in bundle.cards[Language.en]
    assert bundle.facts["figures"]["model"]["figures"]["auc"]["value"] > 0.55
    with mlflow_client(workspace.root) as client:
        assert client.get_run(version.run_id).info.run_name == "yunnan 2026-10-31 HistGradientBoostingClassifier"
    again = refits_of(bundle)
    assert again.estimator.get_params() == HistGradientBoostingClassifier(max_iter=20).get_params()
    assert "of it, fitted again" in str(again.said)
    at_zero = own.bundle(number).predict(pd.DataFrame(0.0, index=[0], columns=list(bundle.columns))).iloc[0]
    assert 0 <= at_zero["risk_low"] <= at_zero["risk_high"] <= 1


def test_an_alias_that_was_moved_by_hand_is_noticed(workspace: Workspace) -> None:
    registry = Registry(workspace.root, "yunnan")
    assert registry.astray() is None
    with mlflow_client(workspace.root) as client:
        client.set_registered_model_alias("yunnan", "champion", "2")
    told = registry.astray()
    assert told is not None
    assert "at version 2, but version 1" in told.en
    assert ("warning", told.zh) in [(one.level, one.zh) for one in check_integrity(workspace)]
    with pytest.warns(UserWarning, match="moved without riskml promote"):
        models(workspace, Principal("clerk"), "yunnan", None)


def test_a_worse_model_is_refused_and_a_reason_overrides(workspace: Workspace) -> None:
    limits(workspace, {"least_gain: 0.0": "least_gain: 0.9"})
    before = ModelBundle.load(workspace.bundle("yunnan")).digest
    finding = {"id": "rates_fall", "zh": "没有逐级上升", "en": "rates do not rise"}
    challenger = Registry(workspace.root, "yunnan").version(2).bundle
    workspace.ledger.append(
        "dossier", {"scheme": "yunnan", "bundle": challenger, "digest": "0" * 64, "blocking": [finding]}
    )
    refused = promote(workspace, "yunnan", None, "", "李某", silent)
    assert refused.entry.outcome.action == "refused"
    assert {"least_gain", "open_findings"} <= {one.limit for one in refused.broken}
    assert ModelBundle.load(workspace.bundle("yunnan")).digest == before
    nameless = promote(workspace, "yunnan", None, "", "  ", silent)
    assert nameless.entry.outcome.by == nameless.entry.account
    forced = promote(workspace, "yunnan", None, "试点", "李某", silent)
    assert (forced.entry.outcome.action, forced.entry.outcome.reason) == ("overridden", "试点")
    assert forced.entry.outcome.evidence["broken"]
    assert ModelBundle.load(workspace.bundle("yunnan")).digest == forced.entry.outcome.bundle != before


def test_open_findings_are_named_where_nothing_can_be_compared(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    def incomparable(*_: object) -> None:
        raise RunError(zh="没有共同的检查", en="no visits in common")

    monkeypatch.setattr("riskml.lifecycle.promote.compare", incomparable)
    finding = {"id": "rates_fall", "zh": "没有逐级上升", "en": "rates do not rise"}
    challenger = Registry(workspace.root, "yunnan").version(2).bundle
    workspace.ledger.append(
        "dossier", {"scheme": "yunnan", "bundle": challenger, "digest": "0" * 64, "blocking": [finding]}
    )
    forced = promote(workspace, "yunnan", None, "试点", "李某", silent)
    assert [one.limit for one in forced.broken] == ["open_findings"]
    assert "no visits in common" in forced.entry.outcome.evidence["impossible"]
    assert "rates do not rise" in forced.entry.outcome.evidence["broken"][0]["en"]


def test_a_better_model_takes_the_place_and_the_earlier_one_can_come_back(workspace: Workspace) -> None:
    limits(workspace, NO_LIMITS)
    score(workspace, "yunnan", date(2026, 8, 31), silent)
    done = promote(workspace, "yunnan", None, "", "李某", silent)
    assert (done.entry.outcome.action, done.entry.outcome.replaced, done.entry.outcome.version) == ("promoted", 1, 2)
    assert done.comparison is not None
    assert done.comparison.same_rows
    registry = Registry(workspace.root, "yunnan")
    assert [one.aliases for one in registry.versions()] == [(), ("champion",)]
    score(workspace, "yunnan", date(2026, 10, 31), silent)

    (august,) = graded_in(workspace, "yunnan", "2026-08")
    (october,) = graded_in(workspace, "yunnan", "2026-10")
    assert august.version is not None
    assert october.version is not None
    assert october.promoted is not None
    assert (august.version.number, october.version.number) == (1, 2)
    assert october.promoted.outcome.by == "李某"
    assert october.promoted.outcome.evidence["comparison"]["visits"] == done.comparison.visits
    with pytest.raises(ConfigurationError, match="2026-08"):
        graded_in(workspace, "yunnan", "2025-03")

    with pytest.raises(ConfigurationError, match="--reason"):
        promote(workspace, "yunnan", 1, "", None, silent)
    back = promote(workspace, "yunnan", 1, "新版误判增多", "王某", silent)
    assert back.entry.outcome.action == "rolled_back"
    assert ModelBundle.load(workspace.bundle("yunnan")).digest == registry.version(1).bundle


def test_a_promotion_killed_after_its_log_line_is_completed(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits(workspace, NO_LIMITS)

    def killed(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("riskml.lifecycle.promote._put_in_use", killed)
    with pytest.raises(KeyboardInterrupt):
        promote(workspace, "yunnan", 2, "", None, silent)
    monkeypatch.undo()
    promote(workspace, "yunnan", 2, "", None, silent)
    registry = Registry(workspace.root, "yunnan")
    assert registry.version(2).aliases == ("champion",)
    assert ModelBundle.load(workspace.bundle("yunnan")).digest == registry.version(2).bundle
    assert len(promotions(workspace.ledger, "yunnan")) == 2


def test_a_champion_that_has_seen_the_visits_is_compared_by_its_own_figures(workspace: Workspace) -> None:
    registry = Registry(workspace.root, "yunnan")
    old, new = (registry.load(one) for one in registry.versions())
    settings, _ = load_training(workspace.models / "yunnan" / "training.yaml")
    parts = {**old.facts["parts"], "calibrate": {**old.facts["parts"]["calibrate"], "until": "2026-10-30"}}
    found = compare(workspace, settings, replace(old, facts={**old.facts, "parts": parts}), new, silent)
    assert not found.same_rows
    figure = settings.promotion.figure
    assert found.champion == old.facts["figures"]["model"]["figures"]
    assert found.difference.value == pytest.approx(found.challenger[figure]["value"] - found.champion[figure]["value"])
    assert found.difference.low < found.difference.value < found.difference.high


def test_without_a_challenger_or_with_an_unknown_version_the_message_says_what_to_do(workspace: Workspace) -> None:
    with pytest.raises(ConfigurationError, match="riskml models"):
        promote(workspace, "yunnan", 9, "", None, silent)
    with pytest.raises(ConfigurationError, match="there is nothing to promote"):
        promote(workspace, "yunnan", 1, "", None, silent)
