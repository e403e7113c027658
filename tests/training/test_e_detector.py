"""The evidence is the sum of bets begun in every month; where nothing changed false notices stay within the bound."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskml.training.e_detector import (
    FALSE_ALARMS_A_YEAR,
    JUMPS,
    TOLERATED,
    bound,
    evidence,
    false_alarms_a_year,
    monthly_bets,
    onset,
)


def factor(risk: float, jump: float, found: int) -> float:
    """What one bet becomes by one draw, by its definition."""
    odds = risk / (1 - risk)
    tolerated, bet = (times * odds / (1 + times * odds) for times in (TOLERATED, jump))
    return bet / tolerated if found else (1 - bet) / (1 - tolerated)


def test_by_hand_two_months_of_a_few_draws() -> None:
    bets = monthly_bets([0.2, 0.5, 0.3], [1, 0, 1], [0, 0, 1], 2, raised=True)
    first = [factor(0.2, jump, 1) * factor(0.5, jump, 0) for jump in JUMPS]
    second = [factor(0.3, jump, 1) for jump in JUMPS]
    np.testing.assert_allclose(np.exp(bets), [[one, other] for one, other in zip(first, second, strict=True)])
    # After two months there are those who began in the first, and those who began in the second.
    total = np.mean([(one + 1) * other for one, other in zip(first, second, strict=True)])
    np.testing.assert_allclose(np.exp(evidence(bets)), [np.mean(first), total])


def test_a_month_without_draws_leaves_all_money_as_it_is_and_one_more_begins() -> None:
    bets = monthly_bets([0.2], [1], [0], 3, raised=True)
    first = np.mean([factor(0.2, jump, 1) for jump in JUMPS])
    np.testing.assert_allclose(np.exp(evidence(bets)), [first, first + 1, first + 2])


def test_fewer_problems_is_more_visits_without_any() -> None:
    risk, found, month = np.array([0.2, 0.7, 0.4]), np.array([0, 1, 0]), np.array([0, 1, 1])
    np.testing.assert_array_equal(
        monthly_bets(risk, found, month, 2, raised=False), monthly_bets(1 - risk, 1 - found, month, 2, raised=True)
    )


@given(st.floats(0.001, 0.999), st.floats(0, 1), st.sampled_from(JUMPS))
def test_no_bet_grows_on_average_whatever_the_probability_up_to_what_is_tolerated(
    risk: float, part: float, jump: float
) -> None:
    odds = TOLERATED * risk / (1 - risk)
    true = part * odds / (1 + odds)
    assert true * factor(risk, jump, 1) + (1 - true) * factor(risk, jump, 0) <= 1 + 1e-12


def test_the_onset_is_where_the_change_began() -> None:
    month = np.repeat(np.arange(12), 30)
    found = np.where(month < 7, np.arange(360) % 5 == 0, np.arange(360) % 5 < 3)
    bets = monthly_bets(np.full(360, 0.2), found, month, 12, raised=True)
    assert onset(bets) == 7
    assert evidence(bets)[6] < bound(1) < evidence(bets)[-1]


def test_the_bound_of_everything_is_five_per_cent_a_year() -> None:
    assert math.exp(bound(1.0)) * FALSE_ALARMS_A_YEAR == pytest.approx(12)
    assert false_alarms_a_year(bound(0.01), 0.01) == pytest.approx(FALSE_ALARMS_A_YEAR)
    assert false_alarms_a_year(0.0, 0.01) == 1.0


@pytest.mark.parametrize("true_odds", [1.0, TOLERATED])
def test_where_nothing_changed_false_notices_in_a_year_stay_within_the_bound(true_odds: float) -> None:
    """A thousand years of ten groups in both directions, also where all odds are as high as is just tolerated."""
    random, groups, months, draws = np.random.default_rng(5), 10, 12, 40
    month = np.repeat(np.arange(months), draws)
    limit, noticed = bound(1 / (2 * groups)), 0
    for _ in range(1000):
        alarm = False
        for _ in range(groups):
            risk = random.beta(2, 5, len(month))
            odds = true_odds * risk / (1 - risk)
            found = random.random(len(month)) < odds / (1 + odds)
            alarm |= any(
                evidence(monthly_bets(risk, found, month, months, raised=raised)).max() >= limit
                for raised in (True, False)
            )
        noticed += alarm
    # Beyond the bound by chance alone once in some thousand runs of this test.
    assert noticed <= 1000 * FALSE_ALARMS_A_YEAR + 3 * math.sqrt(1000 * FALSE_ALARMS_A_YEAR)
