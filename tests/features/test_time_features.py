"""What moves by itself: the value a day later, and whether a model sees a difference."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import hypothesis.strategies as st
import lightgbm
import numpy as np
import pytest
from hypothesis import given, settings

from riskml.features.changed import not_covered, reports_due
from riskml.features.specs import IndicatorSystem, load_system
from riskml.features.time_features import find_time_features, threshold_crossed
from riskml.treeshap.trees import read_trees

FEATURES = Path(__file__).parents[2] / "features"

TRICKY = (0.0, -0.0, 1e-36, -1e-36, np.nan, 1.0, -3.0)


@pytest.fixture(scope="module")
def shipped() -> IndicatorSystem:
    return load_system(FEATURES)


def test_the_shipped_indicators_that_move_by_themselves_are_recognised_from_their_definition(
    shipped: IndicatorSystem,
) -> None:
    found = {clock.column.name: (clock.divisor, clock.growing) for clock in find_time_features(shipped)}
    assert found == {
        "age_years": (365.25, False),
        "licence_overdue_days": (1.0, False),
        "suspension_overdue_days": (1.0, False),
        "legal_representative_tenure_days": (1.0, False),
        "complaint_days_since": (1.0, False),
        "penalty_days_since": (1.0, False),
        "inspection_days_since": (1.0, False),
        "inspection_problem_days_since": (1.0, False),
        "abnormal_duration_days": (1.0, True),
        "tax_arrears_duration_days": (1.0, True),
    }


def test_a_shifted_number_of_years_is_the_one_that_the_later_day_gives(shipped: IndicatorSystem) -> None:
    age = next(clock for clock in find_time_features(shipped) if clock.column.name == "age_years")
    days = np.arange(0.0, 40_000.0)
    for passed in (1, 13, 366):
        assert (age.shifted(days / 365.25, passed) == (days + passed) / 365.25).all()


@pytest.mark.parametrize(
    "options", [{}, {"zero_as_missing": True}, {"use_missing": False}], ids=["nan", "zero", "none"]
)
def test_what_has_not_crossed_reaches_the_same_leaves(options: dict[str, bool]) -> None:
    """Against the model itself, for every pair of values that it could tell apart and some that it could not."""
    random = np.random.default_rng(5)
    X = random.integers(-20, 20, (3000, 2)).astype(float)
    X[random.random(X.shape) < 0.1] = np.nan
    y = (np.nan_to_num(X[:, 0]) * 0.2 + random.normal(size=3000) > 0).astype(float)
    data = lightgbm.Dataset(X, y, params={"verbose": -1, **options})
    booster = lightgbm.train({"objective": "binary", "verbose": -1, "min_data_in_leaf": 5, **options}, data, 20)
    trees, _ = read_trees(booster.model_to_string())
    thresholds = np.unique(np.concatenate([tree.threshold[tree.feature == 0] for tree in trees]))
    values = np.unique(np.concatenate([thresholds, np.nextafter(thresholds, np.inf), np.arange(-25.0, 25.0), TRICKY]))
    before, after = (grid.ravel() for grid in np.meshgrid(values, values))
    leaves = [
        booster.predict(np.column_stack([side, np.full(len(side), 3.0)]), pred_leaf=True) for side in (before, after)
    ]
    differs = (np.asarray(leaves[0]) != np.asarray(leaves[1])).any(axis=1)
    told = threshold_crossed(before, after, thresholds)
    assert not (differs & ~told).any()
    assert differs.any()
    same_side = np.searchsorted(thresholds, before) == np.searchsorted(thresholds, after)
    plain = ~np.isnan(before) & ~np.isnan(after) & (np.abs(before) > 1e-30) & (np.abs(after) > 1e-30)
    assert not told[same_side & plain].any()


def report_due_years(day: date) -> set[int]:
    """As the relation's SQL has it."""
    half_a_year_ago = day.year if day.month > 6 else day.year - 1
    return {
        year for year in range(day.year - 4, day.year + 1) if date(year + 1, 6, 30) < day and year > half_a_year_ago - 4
    }  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(st.dates(date(2015, 1, 1), date(2040, 12, 31)))
def test_reports_due_change_only_on_the_first_of_july(day: date) -> None:
    assert reports_due(day) == report_due_years(day)
    tomorrow = day + timedelta(days=1)
    assert (reports_due(day) != reports_due(tomorrow)) == ((tomorrow.month, tomorrow.day) == (7, 1))


def test_every_day_can_follow_a_month_end(shipped: IndicatorSystem) -> None:
    for day in range(1, 31):
        assert not_covered(shipped, (), date(2026, 10, 31), date(2026, 11, day)) is None
