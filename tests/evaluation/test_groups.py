"""A warning needs a difference that chance does not explain, however small the group."""

from __future__ import annotations

import numpy as np

from riskml.evaluation.groups import _group, difference_interval


def test_a_small_group_raises_no_alarm_and_a_large_one_does() -> None:
    low, high = difference_interval(3, 3, 120, 400, z=3.3)
    assert low < 0 < high
    assert difference_interval(200, 300, 120, 400, z=3.3)[0] > 0


def rates(problem_share: float) -> dict[str, bool]:
    """A group of 400 selected far more often than 1,600 others, with this share of problems against their 20 %."""
    member = np.arange(2000) < 400
    selected = np.where(member, np.arange(2000) % 2 == 0, np.arange(2000) % 10 == 0)
    problem = np.where(member, (np.arange(2000) * 7 % 100) < 100 * problem_share, (np.arange(2000) * 7 % 100) < 20)
    return {name: rate.warned for name, rate in _group("region", "one", member, selected, problem, z=3.0).rates.items()}


def test_selected_more_often_without_more_problems_is_warned_of() -> None:
    assert rates(0.2)["selection"]


def test_selected_more_often_where_more_is_found_is_not() -> None:
    assert not rates(0.6)["selection"]
