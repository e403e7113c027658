"""What is searched for a local industry (Yunnan Art. 16): its own tuning section, or its scheme's where that fits."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from handmade import ROOT

from riskml.core.errors import ConfigurationError
from riskml.core.workspace import Workspace
from riskml.lifecycle.search_settings import present_values, with_search
from riskml.training.settings import TrainingSettings, load_training

SCHEME, CATERING = "yunnan", "yunnan-catering_food"


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    """The shipped models."""
    shutil.copytree(ROOT / "models" / "yunnan", tmp_path / "models" / "yunnan", ignore=shutil.ignore_patterns("bundle"))
    return Workspace(tmp_path)


def with_sections(workspace: Workspace, name: str, **sections: Any) -> TrainingSettings:
    """What is searched for a model whose training.yaml has these sections in the place of the shipped ones; None leaves
    one out.
    """
    path = workspace.model(name) / "training.yaml"
    raw = yaml.safe_load(path.read_text(encoding="utf-8")) | sections
    kept = {key: section for key, section in raw.items() if section is not None}
    path.write_text(yaml.safe_dump(kept, allow_unicode=True), encoding="utf-8")
    return with_search(workspace, load_training(path)[0])


@pytest.mark.parametrize("industry", Workspace(ROOT).industries(SCHEME))
def test_every_shipped_industry_can_be_tuned_in_its_schemes_space(industry: str) -> None:
    shipped = Workspace(ROOT)
    own, _ = load_training(shipped.model(f"{SCHEME}-{industry}") / "training.yaml")
    general, _ = load_training(shipped.model(SCHEME) / "training.yaml")
    found = with_search(shipped, own)
    assert found.model_dump() == own.model_copy(update={"tuning": general.tuning}).model_dump()
    assert present_values(found)["model.n_estimators"] == own.model.n_estimators != general.model.n_estimators


def test_a_section_of_its_own_stands(workspace: Workspace) -> None:
    own = {"folds": 2, "fold_months": 6, "space": {"model": {"num_leaves": {"low": 4, "high": 15}}}}
    found = with_sections(workspace, CATERING, tuning=own)
    assert found.tuning is not None
    assert (found.tuning.folds, found.tuning.space.cohort.learn_from) == (2, None)
    assert list(present_values(found)) == ["model.num_leaves"]


def test_a_section_of_its_own_is_not_said_to_be_the_schemes(workspace: Workspace) -> None:
    own = {"space": {"model": {"num_leaves": {"low": 90, "high": 95}}}}
    with pytest.raises(ConfigurationError, match=r"num_leaves.*industries/catering_food/training\.yaml") as raised:
        present_values(with_sections(workspace, CATERING, tuning=own))
    assert "models/yunnan/training.yaml" not in str(raised.value)


def test_visits_the_industry_does_not_learn_from_are_not_searched(workspace: Workspace) -> None:
    cohort = {
        **load_training(workspace.model(CATERING) / "training.yaml")[0].cohort.model_dump(),
        "learn_from": ["random"],
    }
    with pytest.raises(
        ConfigurationError, match=r"industries/catering_food/training\.yaml.*models/yunnan/training\.yaml.*routine"
    ):
        with_sections(workspace, CATERING, cohort=cohort)


def test_a_present_value_outside_of_the_schemes_space_is_named_with_both_files(workspace: Workspace) -> None:
    found = with_sections(workspace, CATERING, model={"n_estimators": 50})
    with pytest.raises(
        ConfigurationError,
        match=r"n_estimators.* 50 of models/yunnan/industries/catering_food/.*uses that of models/yunnan/training",
    ):
        present_values(found)


def test_without_a_section_in_either_the_schemes_file_is_named(workspace: Workspace) -> None:
    with_sections(workspace, SCHEME, tuning=None)
    with pytest.raises(ConfigurationError, match=r"models/yunnan/training\.yaml has no 'tuning' section"):
        with_sections(workspace, CATERING)
