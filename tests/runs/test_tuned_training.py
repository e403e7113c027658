"""A tuned training ends in the model that a plain one with the same settings gives."""

from __future__ import annotations

from pathlib import Path

from provinces import T, copied, silent

from riskml.lifecycle.retrain import retrain
from riskml.training.model import load_model


def test_where_the_present_settings_are_best_the_model_is_that_of_a_plain_training(
    trained: Path, tmp_path: Path
) -> None:
    again = copied(trained, tmp_path / "workspace")
    plain = load_model(again, "yunnan").bundle
    settings = again.models / "yunnan" / "training.yaml"
    text = settings.read_text(encoding="utf-8")
    assert "folds: 3" in text
    settings.write_text(text.replace("folds: 3", "folds: 2"), encoding="utf-8")  # of a province as small as this
    tuned = retrain(again, "yunnan", T, silent, trials=1)
    assert tuned.tuning is not None
    assert tuned.tuning["best_trial"] == 1
    assert tuned.bundle.predictor == plain.predictor
    assert tuned.bundle.score_map == plain.score_map
