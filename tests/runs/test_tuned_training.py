"""A tuned training ends in the model that a plain one with the same settings gives."""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

from riskml.core.workspace import Workspace
from riskml.lifecycle.retrain import Training, retrain

T = date(2026, 10, 31)


def silent(*_: object) -> None:
    """No progress."""


def test_where_the_present_settings_are_best_the_model_is_that_of_a_plain_training(
    workspace: Workspace, training: Training, tmp_path: Path
) -> None:
    again = Workspace(tmp_path / "workspace")
    shutil.copytree(workspace.root, again.root)
    settings = again.models / "yunnan" / "training.yaml"
    text = settings.read_text(encoding="utf-8")
    assert "folds: 3" in text
    settings.write_text(text.replace("folds: 3", "folds: 2"), encoding="utf-8")  # of a province as small as this
    tuned = retrain(again, "yunnan", T, silent, trials=1)
    assert tuned.tuning is not None
    assert tuned.tuning["best_trial"] == 1
    assert tuned.bundle.booster_text == training.bundle.booster_text
    assert tuned.bundle.score_map == training.bundle.score_map
