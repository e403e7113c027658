"""Coverage of intervals: hand-made draws give the right figures, and a wrong risk does not hold."""

from __future__ import annotations

import numpy as np
import pytest

from riskml.training.evaluation import wilson
from riskml.training.interval_coverage import coverage_of
from riskml.training.venn_abers import VennAbers


def test_groups_are_of_the_lowest_to_the_highest_risk_with_their_own_interval() -> None:
    risk = [0.9, 0.1, 0.2, 0.8, 0.3]
    low, high = [0.7, 0.0, 0.1, 0.6, 0.1], [0.95, 0.2, 0.15, 0.9, 0.5]
    found = coverage_of(risk, low, high, [1, 0, 1, 1, 0], groups=2)
    first, second = found.groups
    assert (first.draws, first.problems, second.draws, second.problems) == (3, 1, 2, 2)
    assert (first.low, first.risk, first.high) == pytest.approx((0.2 / 3, 0.2, 0.85 / 3))
    assert (first.observed, first.observed_low, first.observed_high) == pytest.approx((1 / 3, *wilson(1, 3)))
    assert not first.inside  # a third of three lies above 28 %, and its own interval says that this may be chance
    assert first.agrees
    assert found.mean_width == pytest.approx(np.mean([0.25, 0.2, 0.05, 0.3, 0.4]))
    assert found.risk_outside == pytest.approx(1 / 5)


def test_what_was_said_wrongly_is_not_called_chance() -> None:
    said = np.full(400, 0.1)
    found = coverage_of(said, said - 0.02, said + 0.02, np.arange(400) % 2, groups=1).groups[0]
    assert (found.inside, found.agrees) == (False, False)


def test_fewer_draws_than_groups_leave_no_empty_group() -> None:
    found = coverage_of([0.1, 0.2], [0.0, 0.1], [0.2, 0.3], [0, 1])
    assert [one.draws for one in found.groups] == [1, 1]


def test_intervals_of_other_draws_hold_what_is_found() -> None:
    """Of 200 groups fewer than a tenth disagree: their own intervals miss one in twenty, and calibration errs too."""
    random = np.random.default_rng(7)
    disagree = 0
    for _ in range(40):
        margin = random.normal(size=4000)
        hit = (random.random(4000) < 1 / (1 + np.exp(-margin))).astype(int)
        low, high = VennAbers.fit(margin[:2000], hit[:2000]).interval(margin[2000:])
        found = coverage_of(1 / (1 + np.exp(-margin[2000:])), low, high, hit[2000:])
        disagree += sum(not one.agrees for one in found.groups)
    assert disagree / 200 < 0.1
