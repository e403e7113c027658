"""Names in training.yaml that are not there are refused before anything is read."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from riskml.core.errors import ConfigurationError
from riskml.core.init import create_workspace
from riskml.lifecycle.training_data import read_training_data
from riskml.training.settings import load_training


def test_of_an_industry_its_own_file_is_named(tmp_path: Path) -> None:
    workspace = create_workspace(tmp_path / "workspace")
    settings, _ = load_training(workspace.model("yunnan-tourism") / "training.yaml")
    wrong = settings.model_copy(update={"past_penalties": "penalties"})
    with pytest.raises(ConfigurationError, match=r"in models/yunnan/industries/tourism/training\.yaml") as raised:
        read_training_data(workspace, wrong, date(2026, 10, 31), lambda *_: None, among="true")
    assert raised.value.zh.startswith("models/yunnan/industries/tourism/training.yaml 的 past_penalties")


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        ({"overlays": ("catering_fod",)}, r"overlays in models/yunnan/training\.yaml.*catering_fod.*catering_food"),
        ({"past_penalties": "penalty_count_365"}, r"past_penalties.*penalty_count_365.*penalty_count_365d"),
    ],
    ids=lambda value: str(value),
)
def test_a_name_that_is_not_there_is_refused_with_those_that_are(
    tmp_path: Path, wrong: dict[str, Any], told: str
) -> None:
    workspace = create_workspace(tmp_path / "workspace")
    settings, _ = load_training(workspace.models / "yunnan" / "training.yaml")
    with pytest.raises(ConfigurationError, match=told):
        read_training_data(
            workspace, settings.model_copy(update=wrong), date(2026, 10, 31), lambda *_: None, among="true"
        )
