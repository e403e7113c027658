"""The map from risk to score: frozen, strictly increasing, inside 0–1000."""

import json

import numpy as np
import pandas as pd
import pytest
import yaml
from handmade import ROOT
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from scipy.special import expit

from riskml.lifecycle.reference import anchor_score
from riskml.schemes.grade import band_ranks
from riskml.schemes.scheme import Scheme
from riskml.training.anchors import DEFAULT_CUTS, ScoreMap
from riskml.training.classifier import RiskClassifier
from riskml.training.settings import Anchors, load_training

SHARES = (0.55, 0.33, 0.08, 0.04)
REFERENCE = np.random.default_rng(0).normal(-3, 1.2, 50_000)
MAP = ScoreMap.from_shares(REFERENCE, SHARES)


def test_bands_hold_the_wanted_shares():
    bands = np.searchsorted(DEFAULT_CUTS, MAP.score(REFERENCE), side="right")
    np.testing.assert_allclose(np.bincount(bands) / len(REFERENCE), SHARES, atol=1e-4)


def test_median_of_the_outer_bands_lies_half_way_to_the_ends():
    score = MAP.score(REFERENCE)
    assert np.median(score[score < 200]) == pytest.approx(100, abs=0.5)
    assert np.median(score[score >= 750]) == pytest.approx(875, abs=0.5)


@given(st.lists(st.floats(-15, 12), min_size=2, max_size=50))
def test_score_rises_strictly_and_never_touches_the_ends(log_odds):
    values = np.unique(np.round(log_odds, 6))
    score = MAP.score(values)
    assert (np.diff(score) > 0).all()
    assert (score > 0).all()
    assert (score < 1000).all()


def test_nobodys_score_depends_on_who_else_is_scored():
    together = MAP.score(REFERENCE[:100])
    alone = np.array([float(MAP.score(value)) for value in REFERENCE[:100]])
    np.testing.assert_array_equal(together, alone)


def test_json_round_trip_gives_the_same_scores():
    again = ScoreMap.from_dict(json.loads(json.dumps(MAP.to_dict())))
    assert again == MAP
    np.testing.assert_array_equal(again.score(REFERENCE), MAP.score(REFERENCE))


def test_ties_in_the_reference_population_give_the_nearest_shares():
    tied = np.repeat([-4.0, -3.0, -2.0, -1.0, 0.0], [50, 20, 20, 6, 4])
    scores = ScoreMap.from_shares(tied, SHARES).score([-4.0, -3.0, -2.0, -1.0, 0.0])
    assert np.searchsorted(DEFAULT_CUTS, scores, side="right").tolist() == [0, 1, 1, 2, 3]


def test_an_outlier_does_not_reach_the_end():
    crowded = np.concatenate([np.linspace(-3.001, -3, 500), np.linspace(-2, 0, 499), [40.0], [-90.0]])
    score = ScoreMap.from_shares(crowded, SHARES).score(crowded)
    assert (score > 0).all()
    assert (score < 1000).all()
    assert len(np.unique(score)) == len(crowded)


def test_weights_count_rows():
    weight = np.arange(1000) % 5
    weighted = ScoreMap.from_shares(REFERENCE[:1000], SHARES, sample_weight=weight)
    assert weighted == ScoreMap.from_shares(REFERENCE[:1000].repeat(weight), SHARES)


def test_multiples_of_the_base_rate():
    score_map = ScoreMap.from_base_rate(0.05, (1, 3, 8))
    risks = np.array([0.05, 0.15, 0.4])
    np.testing.assert_allclose(score_map.score(np.log(risks / (1 - risks))), DEFAULT_CUTS)
    # No kink at the outer anchors.
    for anchor in (score_map.log_odds[0], score_map.log_odds[-1]):
        left, middle, right = score_map.score([anchor - 1e-5, anchor, anchor + 1e-5])
        assert right - middle == pytest.approx(middle - left, rel=1e-3)


@pytest.mark.parametrize(
    ("build", "reason"),
    [
        (lambda: ScoreMap.from_shares(REFERENCE, (0.5, 0.5)), "4 positive shares"),
        (lambda: ScoreMap.from_shares(REFERENCE, (0.5, 0.3, 0.1, 0.0)), "4 positive shares"),
        (lambda: ScoreMap.from_shares([1.0, 2.0, 3.0], SHARES), "different values"),
        (lambda: ScoreMap.from_base_rate(0.3, (1, 2, 4)), "3 multiples"),
        (lambda: ScoreMap.from_base_rate(0.3, (2, 1, 3)), "strictly rising"),
        (lambda: ScoreMap((0.0,), (200.0,), 1.0, 1.0), "two anchors"),
        (lambda: ScoreMap((0.0, 1.0), (200.0, 1000.0), 1.0, 1.0), "between 0 and 1000"),
        (lambda: ScoreMap((0.0, 1.0), (200.0, 500.0), 0.0, 1.0), "low_half"),
    ],
)
def test_what_cannot_be_a_score_map_is_refused(build, reason):
    with pytest.raises(ValueError, match=reason):
        build()


FOUR = {"A": 0.58, "B": 0.30, "C": 0.08, "D": 0.04}


def test_a_band_that_is_moved_moves_grades_and_the_shares_do_not_move_it_back() -> None:
    content = yaml.safe_load((ROOT / "models" / "yunnan" / "scheme.yaml").read_text(encoding="utf-8"))
    before = Scheme.model_validate(content)
    content["score"]["bands"][1]["below"] = content["score"]["bands"][2]["from"] = 400
    after = Scheme.model_validate(content)
    rows = pd.DataFrame(
        {"x": np.random.default_rng(0).normal(size=800), "y": np.random.default_rng(1).normal(size=800)}
    )
    outcome = np.random.default_rng(2).random(800) < expit(rows["x"] - 1)
    classifier = (
        RiskClassifier(n_estimators=20, n_jobs=1).fit(rows[:500], outcome[:500]).calibrate(rows[500:], outcome[500:])
    )
    settings, _ = load_training(ROOT / "models" / "yunnan" / "training.yaml")
    maps = [anchor_score(classifier, rows, scheme, settings) for scheme in (before, after)]
    assert maps[0] == maps[1]
    scores = maps[0].score(classifier.calibration_.log_odds(classifier.margin(rows)))
    graded = [band_ranks(scheme, scores) for scheme in (before, after)]
    assert (graded[0] != graded[1]).sum() == ((scores >= 400) & (scores < 500)).sum() > 0


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"shares": {"A": 0.5, "B": 0.5}}, "2 grades need the 1 scores"),
        ({"shares": FOUR, "scores": [200, 500]}, "must be 3 rising scores"),
        ({"shares": FOUR, "scores": [200, 750, 500]}, "must be 3 rising scores"),
        ({"shares": FOUR, "scores": [200, 500, 1000]}, "must be 3 rising scores"),
    ],
)
def test_scores_that_do_not_divide_the_shares_are_refused(content: dict[str, object], says: str) -> None:
    with pytest.raises(ValidationError, match=says):
        Anchors.model_validate(content)
