"""Figures against scikit-learn and against plain loops, and their bootstrap intervals."""

import json

import numpy as np
import pytest
from scipy.stats import spearmanr
from sklearn.metrics import average_precision_score, brier_score_loss, roc_auc_score, roc_curve

from riskml.core.errors import RunError
from riskml.training.calibration import expected_calibration_error
from riskml.training.evaluation import evaluate, paired_difference, wilson
from riskml.training.ranking import Ranking, resample_count, resample_weights
from riskml.training.stability import month_to_month


def visits(rows=600, seed=0, digits=None):
    generator = np.random.default_rng(seed)
    score = generator.beta(1, 5, rows)
    if digits is not None:
        score = np.round(score, digits)
    y = (generator.random(rows) < np.clip(score * 1.2, 0, 1)).astype(int)
    date = np.datetime64("2014-09-02") + generator.integers(0, 60, rows).astype("timedelta64[D]")
    return y, score, date


def values(evaluation):
    return {name: figure.value for name, figure in evaluation.figures.items()}


@pytest.mark.parametrize("digits", [None, 2, 1])
def test_figures_equal_scikit_learns_ties_included(digits):
    y, score, _ = visits(digits=digits)
    result = values(evaluate(y, score, probability=score, resamples=10))
    false_rate, true_rate, _ = roc_curve(y, score)
    assert result["auc"] == pytest.approx(roc_auc_score(y, score))
    assert result["average_precision"] == pytest.approx(average_precision_score(y, score))
    assert result["ks"] == pytest.approx(np.abs(true_rate - false_rate).max())
    assert result["brier"] == pytest.approx(brier_score_loss(y, score))
    assert result["calibration_error"] == pytest.approx(expected_calibration_error(y, score))


def chicago_protocol(y, score, date):
    """The published protocol, step by step, for scores without ties."""
    order = np.argsort(-score)
    simulated = np.empty_like(date)
    simulated[order] = np.sort(date)
    days_earlier = (date - simulated)[y == 1].astype(int).mean()
    days, counts = np.unique(date, return_counts=True)
    first_half = days[np.cumsum(counts) < len(date) / 2]
    return days_earlier, np.isin(simulated, first_half)[y == 1].mean(), np.isin(date, first_half)[y == 1].mean()


def test_days_earlier_and_first_half_follow_the_chicago_protocol():
    y, score, date = visits()
    result = values(evaluate(y, score, date=date, resamples=10))
    published = result["days_earlier"], result["first_half_share"], result["first_half_share_as_usual"]
    assert published == pytest.approx(chicago_protocol(y, score, date))


def test_tied_scores_count_as_a_random_order():
    y, score, date = visits(digits=1)
    generator = np.random.default_rng(0)
    shuffled = [chicago_protocol(y, score + generator.random(len(y)) * 1e-6, date) for _ in range(300)]
    result = values(evaluate(y, score, date=date, resamples=10))
    assert result["days_earlier"] == pytest.approx(np.mean([days for days, _, _ in shuffled]), abs=0.15)
    assert result["first_half_share"] == pytest.approx(np.mean([half for _, half, _ in shuffled]), abs=0.01)


def test_score_equal_for_all_finds_what_chance_finds():
    y, _, date = visits()
    result = values(evaluate(y, np.zeros(len(y)), date=date, resamples=10))
    assert result["auc"] == 0.5
    assert result["top_decile_lift"] == pytest.approx(1.0)
    assert result["found_first_20"] == pytest.approx(0.2)
    assert result["first_half_share"] == pytest.approx(0.5, abs=0.02)


def test_problems_found_first_and_lift():
    y = np.array([1] * 5 + [0] * 5 + [1] * 5 + [0] * 85)
    result = values(evaluate(y, np.arange(100, 0, -1), resamples=10))
    assert [result[f"found_first_{percent}"] for percent in (1, 5, 10, 20)] == pytest.approx([0.1, 0.5, 0.5, 1.0])
    assert result["top_decile_lift"] == pytest.approx(5.0)


def test_a_weighting_equals_repeated_rows():
    y, score, date = visits(digits=2)
    weight = np.random.default_rng(5).integers(0, 4, len(y))
    day = date.astype(float)
    weighted = Ranking(y.astype(float), score, None, day).figures(weight[None].astype(float))
    again = np.repeat(np.arange(len(y)), weight)
    repeated = Ranking(y[again].astype(float), score[again], None, day[again]).figures(np.ones((1, len(again))))
    for name, figure in repeated.items():
        assert weighted[name] == pytest.approx(figure), name


def test_intervals_are_seeded_hold_the_figure_and_cover_the_truth():
    y, score, _ = visits()
    assert evaluate(y, score, resamples=300, seed=1) == evaluate(y, score, resamples=300, seed=1)
    assert evaluate(y, score, resamples=300, seed=1) != evaluate(y, score, resamples=300, seed=2)
    truth = values(evaluate(*visits(200_000, seed=99)[:2], resamples=1))["auc"]
    covered = 0
    for seed in range(60):
        auc = evaluate(*visits(500, seed=seed)[:2], resamples=200).figures["auc"]
        assert auc.low < auc.value < auc.high
        covered += auc.low < truth < auc.high
    assert covered >= 50


def test_enterprises_are_resampled_whole():
    y, score, _ = visits(300)
    once = evaluate(y, score, resamples=500).figures["auc"]
    enterprise = np.tile(np.arange(300), 9)
    nine_times = evaluate(np.tile(y, 9), np.tile(score, 9), enterprise=enterprise, resamples=500)
    assert nine_times.enterprises == 300
    copied = nine_times.figures["auc"]
    assert copied.high - copied.low == pytest.approx(once.high - once.low, rel=0.1)
    clusters = np.array([0, 1, 0, 2])
    for weights in resample_weights(clusters, 50, seed=0):
        assert (weights[:, 0] == weights[:, 2]).all()
        assert (weights[:, [0, 1, 3]].sum(axis=1) == 3).all()


def test_fewer_resamples_on_larger_data():
    assert evaluate(*visits(200)[:2], resamples=70).resamples == 70
    assert resample_count(2000, 1000) == 1000
    assert resample_count(100_000, 1000) == 200


def test_problem_rate_by_grade():
    grade = np.repeat(["A", "B", "C", "D"], [400, 200, 100, 50])
    y = np.concatenate([np.arange(n) < k for n, k in [(400, 0), (200, 20), (100, 30), (50, 30)]]).astype(int)
    table = evaluate(y, np.arange(750), grade=grade, resamples=200).grades
    assert [(row.grade, row.rows, row.problems) for row in table.rates] == [
        ("A", 400, 0),
        ("B", 200, 20),
        ("C", 100, 30),
        ("D", 50, 30),
    ]
    assert table.rising
    assert table.rising_share > 0.95
    assert table.worst_to_second.value == pytest.approx(6.0)
    assert table.worst_to_second.low < 6 < table.worst_to_second.high
    assert all(row.low <= row.rate <= row.high for row in table.rates)
    swapped = np.array(["D", "C", "B", "A"])[np.searchsorted(["A", "B", "C", "D"], grade)]
    falling = evaluate(y, np.arange(750), grade=swapped, resamples=200).grades
    assert not falling.rising
    assert falling.rising_share < 0.05


def test_grade_without_rows_and_unknown_grade():
    y, score, _ = visits()
    result = evaluate(y, score, grade=np.where(score > 0.3, "D", "C"), resamples=20)
    table = result.to_dict()["grades"]
    assert table["rates"][0] == {"grade": "A", "rows": 0, "problems": 0, "rate": None, "low": None, "high": None}
    assert table["worst_to_second"] == {"value": None, "low": None, "high": None}
    assert result.grades.rising
    with pytest.raises(ValueError, match="E"):
        evaluate(y, score, grade=np.full(len(y), "E"))


def test_wilson_interval():
    assert wilson(10, 100) == pytest.approx((0.0552, 0.1744), abs=1e-4)
    assert wilson(0, 10)[0] == 0
    assert wilson(10, 10)[1] == 1
    assert all(np.isnan(wilson(0, 0)))


def test_json_has_every_figure_and_no_nan():
    y, score, date = visits()
    result = evaluate(y, score, probability=score, date=date, grade=np.where(score > 0.2, "D", "A"), resamples=20)
    plain = json.loads(json.dumps(result.to_dict(), allow_nan=False))
    assert plain["rows"] == 600
    assert plain["problems"] == y.sum()
    assert set(plain["figures"]["auc"]) == {"value", "low", "high"}
    assert len(plain["reliability"]) == 10


def test_one_outcome_only_is_refused_in_both_languages():
    with pytest.raises(RunError, match="same outcome") as raised:
        evaluate(np.zeros(5), np.arange(5))
    assert "结果全部相同" in raised.value.zh


def test_paired_difference_is_sharper_than_two_intervals():
    y, score, date = visits()
    worse = score + np.random.default_rng(1).normal(0, 0.03, len(y))
    difference = paired_difference(y, score, worse, date=date, resamples=400)
    ours, theirs = (evaluate(y, s, date=date, resamples=400).figures["auc"] for s in (score, worse))
    assert difference["auc"].value == pytest.approx(ours.value - theirs.value)
    assert difference["auc"].high - difference["auc"].low < (ours.high - ours.low) / 2
    assert "days_earlier" in difference
    same = paired_difference(y, score, score, resamples=50)["auc"]
    assert (same.value, same.low, same.high, same.better_share) == (0, 0, 0, 0)


def test_rank_correlation_of_consecutive_months():
    generator = np.random.default_rng(0)
    first, second = generator.normal(size=(2, 400))
    months = {"2026-08-31": first, "2026-09-30": first + second, "2026-10-31": (first + second)[:300]}
    enterprise = np.concatenate([np.arange(len(scores)) for scores in months.values()])
    month = np.repeat(list(months), [len(scores) for scores in months.values()])
    pairs = month_to_month(enterprise, month, np.concatenate(list(months.values())))
    assert [(pair.earlier, pair.later, pair.enterprises) for pair in pairs] == [
        ("2026-08-31", "2026-09-30", 400),
        ("2026-09-30", "2026-10-31", 300),
    ]
    correlation = pairs[0].rank_correlation
    assert correlation.value == pytest.approx(spearmanr(first, first + second).statistic)
    assert correlation.low < correlation.value < correlation.high
    assert pairs[1].rank_correlation.value == pytest.approx(1.0)
