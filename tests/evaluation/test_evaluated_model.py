"""What is evaluated is the model as it was trained, tuned settings included."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from handmade import ROOT
from small_runs import make_bundle, put_in_use

from riskml.core.workspace import Workspace
from riskml.evaluation import evaluated_model
from riskml.evaluation.evaluated_model import read_evaluated_model, trained_settings
from riskml.training.settings import TrainingSettings, load_training

SETTINGS, TEXT = load_training(ROOT / "models" / "yunnan" / "training.yaml")
BEST = {
    "model.num_leaves": 9,
    "model.learning_rate": 0.011,
    "cohort.learn_months": 18,
    "cohort.learn_from": "random+routine",
}


class Asked(Exception):  # not an error: it ends the reading where its settings are known
    """The settings that the data are read with."""


def stop(_: Workspace, settings: TrainingSettings, *__: Any, **___: Any) -> None:
    raise Asked(settings)


def settings_read_with(
    workspace: Workspace, facts: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> TrainingSettings:
    """The settings that `read_evaluated_model` asks for its data with, for a model with these facts."""
    shutil.copytree(ROOT / "features", workspace.features)
    shutil.copytree(ROOT / "models" / "yunnan", workspace.models / "yunnan", ignore=shutil.ignore_patterns("bundle*"))
    put_in_use(workspace, replace(make_bundle(), training_yaml=TEXT, facts={"as_of": "2026-10-31", **facts}))
    monkeypatch.setattr(evaluated_model, "read_training_data", stop)
    with pytest.raises(Asked) as asked:
        read_evaluated_model(workspace, "yunnan", lambda *_: None)
    found: TrainingSettings = asked.value.args[0]
    return found


def test_a_tuned_model_is_refitted_with_the_settings_tuning_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = settings_read_with(Workspace(tmp_path), {"tuning": {"best_settings": BEST}}, monkeypatch)
    assert (found.model.num_leaves, found.model.learning_rate) == (9, 0.011)
    assert found.model.n_estimators == SETTINGS.model.n_estimators
    assert found.splits == SETTINGS.splits.model_copy(update={"learn_months": 18})
    assert found.cohort == SETTINGS.cohort.model_copy(update={"learn_from": ("random", "routine")})


@pytest.mark.parametrize("facts", [{}, {"tuning": None}])
def test_a_model_that_was_not_tuned_is_refitted_with_its_training_yaml(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, facts: dict[str, Any]
) -> None:
    assert settings_read_with(Workspace(tmp_path), facts, monkeypatch) == SETTINGS


def test_the_settings_are_those_that_training_noted_with_the_model() -> None:
    tuned = SETTINGS.model.model_copy(update={"num_leaves": 9, "learning_rate": 0.011})
    facts = {"model_settings": tuned.model_dump(mode="json"), "tuning": {"best_settings": BEST}}
    bundle = replace(make_bundle(), training_yaml=TEXT, facts=facts)
    assert trained_settings(bundle, "training.yaml").model.model_dump(mode="json") == facts["model_settings"]


def test_the_indicators_are_those_of_the_bundle_whatever_the_workspace_has(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: dict[str, Any] = {}

    def noted(*place: Any, **how: Any) -> None:
        asked.update(how)
        raise Asked(place[1])

    monkeypatch.setattr("test_evaluated_model.stop", noted)
    settings_read_with(Workspace(tmp_path), {}, monkeypatch)
    system, _ = asked["indicators"]
    assert tuple(column.name for column in system.columns) == make_bundle().columns
