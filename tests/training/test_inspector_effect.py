"""The inspector's strictness: strictly earlier visits only, everyone's rate where nothing is known, and absent from
scores.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit

from riskml.training.classifier import RiskClassifier
from riskml.training.inspector_effect import EVERYONE_WEIGHT, INSPECTOR_WEIGHT, OFFICE_WEIGHT, strictness


def cohort(rows: list[tuple[str, str | None, int]]) -> pd.DataFrame:
    """(date, inspector, outcome) rows as a cohort."""
    table = pd.DataFrame(rows, columns=["visit_date", "inspector", "outcome"])
    table["authority"] = None
    table["visit_date"] = pd.to_datetime(table["visit_date"])
    return table.assign(visit=[f"v{number}" for number in range(len(table))])


def test_rate_is_that_of_the_year_before_shrunk_to_everyones() -> None:
    visits = cohort([("2024-01-01", "a", 1), ("2025-01-05", "a", 1), ("2025-01-06", "b", 0), ("2025-02-01", "a", 0)])
    everyone = (1 + 1) / (2 + EVERYONE_WEIGHT)  # the visit of 2024 is more than a year ago
    assert expit(strictness(visits)[3]) == pytest.approx((1 + INSPECTOR_WEIGHT * everyone) / (1 + INSPECTOR_WEIGHT))


def test_without_an_inspector_on_record_it_is_everyones_rate() -> None:
    visits = cohort([("2025-01-05", "a", 1), ("2025-02-01", None, 0), ("2025-03-01", "new", 0)])
    assert strictness(visits)[1] == pytest.approx(logit(2 / (1 + EVERYONE_WEIGHT)))
    assert strictness(visits)[2] == pytest.approx(logit(2 / (2 + EVERYONE_WEIGHT)))


def test_an_inspector_is_compared_with_the_own_office() -> None:
    """A new inspector is taken to be as strict as the office, an office without visits as everyone."""
    visits = cohort(
        [("2025-01-05", "a", 1), ("2025-01-06", "a", 1), ("2025-02-01", "new", 0), ("2025-02-01", "other", 0)]
    )
    visits["authority"] = ["strict", "strict", "strict", "elsewhere"]
    everyone = 3 / (2 + EVERYONE_WEIGHT)
    assert expit(strictness(visits)[2]) == pytest.approx((2 + OFFICE_WEIGHT * everyone) / (2 + OFFICE_WEIGHT))
    assert expit(strictness(visits)[3]) == pytest.approx(everyone)


def test_visits_directed_at_suspects_tell_nothing_of_strictness() -> None:
    visits = cohort([("2025-01-05", "a", 1), ("2025-01-06", "a", 1), ("2025-02-01", "a", 0)])
    undirected = np.array([False, True, True])
    everyone = 2 / (1 + EVERYONE_WEIGHT)
    assert expit(strictness(visits, undirected)[2]) == pytest.approx(
        (1 + INSPECTOR_WEIGHT * everyone) / (1 + INSPECTOR_WEIGHT)
    )


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 10_000), day=st.integers(1, 59))
def test_outcomes_of_the_same_day_and_later_change_nothing(seed: int, day: int) -> None:
    draw = np.random.default_rng(seed)
    days = draw.integers(0, 60, 120)
    rows = [
        (str(np.datetime64("2025-01-01") + int(d)), ["a", "b", None][draw.integers(3)], int(draw.integers(2)))
        for d in days
    ]
    visits = cohort(rows)
    later = visits.assign(outcome=np.where(days >= day, 1 - visits["outcome"], visits["outcome"]))
    known = days <= day
    np.testing.assert_array_equal(strictness(visits)[known], strictness(later)[known])


def test_names_of_inspectors_and_order_of_rows_do_not_matter() -> None:
    draw = np.random.default_rng(1)
    rows = [
        (f"2025-{m:02}-{d:02}", "ab"[draw.integers(2)], int(draw.integers(2)))
        for m in range(1, 7)
        for d in range(1, 20)
    ]
    visits = cohort(rows)
    renamed = visits.assign(inspector=visits["inspector"].map({"a": "x", "b": "a"}))
    np.testing.assert_array_equal(strictness(visits), strictness(renamed))
    shuffled = visits.sample(frac=1, random_state=0)
    np.testing.assert_allclose(strictness(shuffled), strictness(visits)[shuffled.index])


def test_a_visit_that_is_the_outcome_of_several_months_counts_once() -> None:
    visits = cohort([("2025-01-05", "a", 1), ("2025-02-01", "a", 0)])
    monthly = pd.concat([visits.iloc[[0, 0, 0]], visits.iloc[[1, 1]]])
    np.testing.assert_array_equal(strictness(monthly)[[0, 3]], strictness(visits))


def test_adjusting_leaves_the_inspectors_part_out_of_the_score() -> None:
    """The strict inspector goes where the indicator is high: adjusted, the indicator keeps only its own effect."""
    draw = np.random.default_rng(0)
    number = 6000
    indicator = draw.normal(size=number)
    strict = draw.random(number) < expit(2 * indicator)
    outcome = draw.random(number) < expit(-2 + 0.3 * indicator + 2.5 * strict)
    days = np.datetime64("2025-01-01") + np.sort(draw.integers(0, 300, number))
    visits = pd.DataFrame(
        {
            "visit": range(number),
            "visit_date": days,
            "inspector": np.where(strict, "s", "m"),
            "authority": None,
            "outcome": outcome.astype(int),
        }
    )
    X = indicator.reshape(-1, 1)
    model = RiskClassifier(n_estimators=60, num_leaves=4)
    ends = np.array([[-1.5], [1.5]])
    plain = np.ptp(model.fit(X, outcome).margin(ends))
    adjusted = np.ptp(model.fit(X, outcome, init_score=strictness(visits)).margin(ends))
    assert adjusted < 0.6 * plain
