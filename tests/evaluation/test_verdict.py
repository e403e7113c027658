"""What an evaluation opens with: shown better only where the whole interval says so, else the scorecard."""

from __future__ import annotations

import pytest

from riskml.evaluation.verdict import verdict_of
from riskml.training.evaluation import Difference

ABOVE, UNSURE = Difference(0.03, 0.01, 0.05, 0.99), Difference(0.02, -0.01, 0.05, 0.8)


def facts(rolling: Difference | None) -> dict[str, object]:
    """Of a bundle whose training compared candidates at four rolling origins, or not."""
    if rolling is None:
        return {"candidates": None}
    return {
        "candidates": {"candidate": "blend", "origins": [{}] * 4, "paired": {"blend_minus_scorecard": vars(rolling)}}
    }


@pytest.mark.parametrize(
    ("rolling", "tested", "better"),
    [(ABOVE, UNSURE, True), (UNSURE, ABOVE, False), (None, ABOVE, True), (None, UNSURE, False)],
)
def test_rolling_origins_decide_and_the_test_part_where_there_are_none(
    rolling: Difference | None, tested: Difference, better: bool
) -> None:
    verdict = verdict_of(facts(rolling), tested)
    assert verdict.shown_better is better
    assert ("model.form: scorecard" in verdict.sentence.en) is not better
    assert ("4 rolling origins" in verdict.sentence.en) is (rolling is not None)
    assert verdict.to_dict()["sentence"] == verdict.sentence.en


def test_a_scorecard_is_not_told_to_become_one() -> None:
    settings = {"model_settings": {"form": "scorecard"}}
    assert "which stays" in verdict_of(facts(UNSURE) | settings, UNSURE).sentence.en
    assert "which stays" not in verdict_of(facts(ABOVE) | settings, UNSURE).sentence.en
    own = settings | {"estimator": {"name": "LogisticRegression"}}
    assert "model.form: scorecard" in verdict_of(facts(None) | own, UNSURE).sentence.en
