"""Platt scaling and calibration error."""

import json
from itertools import pairwise

import numpy as np
import pytest
from scipy.special import expit
from sklearn.linear_model import LogisticRegression

from riskml.training.calibration import (
    SMALLEST_SLOPE,
    PlattCalibration,
    equal_count_bins,
    expected_calibration_error,
    reliability_table,
)


@pytest.fixture
def later():
    generator = np.random.default_rng(0)
    margin = generator.normal(-2, 1.5, 20_000)
    return margin, generator.random(20_000) < expit(0.6 * margin - 0.4)


def test_finds_the_line(later):
    line = PlattCalibration.fit(*later)
    assert (line.slope, line.intercept) == pytest.approx((0.6, -0.4), abs=0.06)
    reference = LogisticRegression(C=np.inf).fit(later[0][:, None], later[1])
    assert (line.slope, line.intercept) == pytest.approx((reference.coef_[0, 0], reference.intercept_[0]), abs=2e-3)


def test_integer_weights_equal_repeated_rows(later):
    margin, y = later[0][:500], later[1][:500]
    weight = np.arange(500) % 4
    weighted = PlattCalibration.fit(margin, y, weight)
    repeated = PlattCalibration.fit(margin.repeat(weight), y.repeat(weight))
    assert (weighted.slope, weighted.intercept) == pytest.approx((repeated.slope, repeated.intercept), abs=1e-5)


def test_order_is_kept_even_where_later_data_contradict_the_model(later):
    line = PlattCalibration.fit(-later[0], later[1])
    assert line.slope == pytest.approx(SMALLEST_SLOPE)
    assert line.probability(-later[0]).mean() == pytest.approx(later[1].mean(), abs=0.005)


def test_separable_data_stay_finite():
    line = PlattCalibration.fit([-1.0, -2.0, 1.0, 2.0], [0, 0, 1, 1])
    assert 0 < line.slope < 100


def test_constant_margin_gives_the_smoothed_rate():
    line = PlattCalibration.fit(np.full(100, 3.0), np.arange(100) < 25)
    assert float(line.probability(3.0)) == pytest.approx(0.255, abs=0.01)


def test_one_outcome_is_refused():
    with pytest.raises(ValueError, match="both outcomes"):
        PlattCalibration.fit([0.0, 1.0], [1, 1])
    with pytest.raises(ValueError, match="both outcomes"):
        PlattCalibration.fit([0.0, 1.0], [0, 1], [1.0, 0.0])


def test_a_falling_line_is_refused():
    with pytest.raises(ValueError, match="slope"):
        PlattCalibration(slope=-1.0)


def test_json_round_trip(later):
    line = PlattCalibration.fit(*later)
    assert PlattCalibration.from_dict(json.loads(json.dumps(line.to_dict()))) == line


def test_bins_hold_equal_counts_and_keep_ties_together():
    generator = np.random.default_rng(1)
    counts = np.bincount(equal_count_bins(generator.random(1000), bins=10))
    assert counts.tolist() == [100] * 10
    tied = np.round(generator.random(1000), 1)
    number = equal_count_bins(tied, bins=10)
    assert all(len(set(number[tied == value])) == 1 for value in np.unique(tied))
    assert (equal_count_bins(np.full(5, 0.3)) == 0).all()


def test_calibration_error_of_honest_and_of_doubled_probabilities():
    generator = np.random.default_rng(2)
    p = generator.uniform(0, 0.4, 50_000)
    y = generator.random(50_000) < p
    assert expected_calibration_error(y, p) < 0.01
    assert expected_calibration_error(y, 2 * p) == pytest.approx(0.2, abs=0.01)


def test_reliability_table_counts_every_row():
    generator = np.random.default_rng(3)
    p = generator.random(999)
    table = reliability_table(generator.random(999) < p, p)
    assert sum(row.weight for row in table) == 999
    assert all(row.low <= row.predicted <= row.high for row in table)
    assert all(before.high < after.low for before, after in pairwise(table))
