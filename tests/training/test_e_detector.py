"""The evidence is the sum of bets begun in every month; where risks are right false notices stay within the bound."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from scipy.special import expit

from riskml.training.calibration import PlattCalibration
from riskml.training.e_detector import (
    FALSE_ALARMS_A_YEAR,
    JUMPS,
    TOLERATED,
    bound,
    evidence,
    false_alarms_a_year,
    from_the_start,
    monthly_bets,
    onset,
    tolerance,
)

Floats = NDArray[np.float64]


def factor(risk: float, jump: float, found: int) -> float:
    """What one bet becomes by one draw, by its definition."""
    odds = risk / (1 - risk)
    tolerated, bet = (times * odds / (1 + times * odds) for times in (TOLERATED, jump * TOLERATED))
    return bet / tolerated if found else (1 - bet) / (1 - tolerated)


def test_by_hand_two_months_of_a_few_draws() -> None:
    bets = monthly_bets([0.2, 0.5, 0.3], [1, 0, 1], [0, 0, 1], 2, raised=True, tolerated=TOLERATED)
    first = [factor(0.2, jump, 1) * factor(0.5, jump, 0) for jump in JUMPS]
    second = [factor(0.3, jump, 1) for jump in JUMPS]
    np.testing.assert_allclose(np.exp(bets), [[one, other] for one, other in zip(first, second, strict=True)])
    # After two months there are those who began in the first, and those who began in the second.
    total = np.mean([(one + 1) * other for one, other in zip(first, second, strict=True)])
    np.testing.assert_allclose(np.exp(evidence(bets)), [np.mean(first), total])


def test_a_month_without_draws_leaves_all_money_as_it_is_and_one_more_begins() -> None:
    bets = monthly_bets([0.2], [1], [0], 3, raised=True, tolerated=TOLERATED)
    first = np.mean([factor(0.2, jump, 1) for jump in JUMPS])
    np.testing.assert_allclose(np.exp(evidence(bets)), [first, first + 1, first + 2])


def test_fewer_problems_is_more_visits_without_any() -> None:
    risk, found, month = np.array([0.2, 0.7, 0.4]), np.array([0, 1, 0]), np.array([0, 1, 1])
    np.testing.assert_array_equal(
        monthly_bets(risk, found, month, 2, raised=False, tolerated=2.0),
        monthly_bets(1 - risk, 1 - found, month, 2, raised=True, tolerated=2.0),
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
    bets = monthly_bets(np.full(360, 0.2), found, month, 12, raised=True, tolerated=TOLERATED)
    assert onset(bets) == 7
    assert evidence(bets)[6] < bound(1) < evidence(bets)[-1]


def test_the_bound_of_everything_is_five_per_cent_a_year() -> None:
    assert math.exp(bound(1.0)) * FALSE_ALARMS_A_YEAR == pytest.approx(12)
    assert false_alarms_a_year(bound(0.01), 0.01) == pytest.approx(FALSE_ALARMS_A_YEAR)
    assert false_alarms_a_year(0.0, 0.01) == 1.0


def test_what_is_tolerated_grows_where_the_calibration_had_few_draws() -> None:
    assert tolerance(10_000, 3_000) == TOLERATED
    # 2.58 standard errors of the log-odds of 20 of 80, √(1/20 + 1/60) = 0.258.
    assert tolerance(80, 20) == pytest.approx(math.exp(2.5758 * 0.2582), rel=1e-4)
    assert tolerance(80, 20) == tolerance(80, 60)


def test_wrong_from_the_start_or_changed_is_told_by_the_draws_before() -> None:
    month = np.repeat(np.arange(12), 30)
    changed = np.where(month < 7, np.arange(360) % 5 == 0, np.arange(360) % 5 < 3)
    always = np.arange(360) % 5 < 3
    bets = [monthly_bets(np.full(360, 0.2), found, month, 12, raised=True, tolerated=TOLERATED)
            for found in (changed, always)]  # fmt: skip
    assert [from_the_start(one) for one in bets] == [False, True]
    few = monthly_bets([0.2] * 5, [0, 1, 1, 1, 1], [0, 1, 1, 1, 1], 2, raised=True, tolerated=TOLERATED)
    assert (onset(few), from_the_start(few)) == (1, True), "one draw without a problem says little"


def year_after(random: np.random.Generator, draws: int) -> tuple[Floats, Floats, NDArray[np.intp], float]:
    """A year of 200 draws a month by a model whose margins are right, calibrated on so many draws before."""
    margin = random.normal(-1.1, 0.9, draws)
    problem = (random.random(draws) < expit(margin)).astype(np.int64)
    calibration = PlattCalibration.fit(margin, problem)
    later = random.normal(-1.1, 0.9, 200 * 12)
    found = (random.random(len(later)) < expit(later)).astype(np.float64)
    return calibration.probability(later), found, np.arange(len(later)) // 200, tolerance(draws, int(problem.sum()))


@pytest.mark.parametrize("draws", [80, 150])
def test_risks_calibrated_on_few_draws_are_not_noticed_more_often_than_the_bound_says(draws: int) -> None:
    """Everyone, and quarters by risk, of which the outer ones feel the error of the slope too."""
    random, worlds, counted = np.random.default_rng(1), 200, {"own": 0, "least": 0}
    for _ in range(worlds):
        risk, found, month, own = year_after(random, draws)
        quarter = np.digitize(risk, np.quantile(risk, (0.25, 0.5, 0.75)))
        groups = [(np.full(len(risk), True), 1 / 4), *((quarter == one, 1 / 16) for one in range(4))]
        for name, tolerated in (("own", own), ("least", TOLERATED)):
            counted[name] += any(
                evidence(
                    monthly_bets(risk[who], found[who], month[who], 12, raised=raised, tolerated=tolerated)
                ).max() >= bound(weight)
                for who, weight in groups for raised in (True, False)
            )  # fmt: skip
    assert counted["own"] <= FALSE_ALARMS_A_YEAR * worlds
    assert counted["least"] > FALSE_ALARMS_A_YEAR * worlds, "it would have been noticed too often by the least"


def expected_evidence(odds: float, *, raised: bool) -> NDArray[np.float64]:
    """The expectation of the evidence after each of three months: every outcome of seven draws by its probability."""
    risk, month = np.array([0.05, 0.3, 0.6, 0.2, 0.8, 0.4, 0.1]), np.array([0, 0, 0, 1, 1, 2, 2])
    true = odds * risk / (1 - risk + odds * risk)
    total = np.zeros(3)
    for found in itertools.product((0, 1), repeat=7):
        bets = monthly_bets(risk, found, month, 3, raised=raised, tolerated=TOLERATED)
        total += np.where(found, true, 1 - true).prod() * np.exp(evidence(bets))
    return total


@pytest.mark.parametrize("raised", [True, False])
def test_the_evidence_is_expected_to_be_the_number_of_months_where_odds_are_as_just_tolerated(raised: bool) -> None:
    """Exactly: the bound of false notices follows from it by Doob's maximal inequality."""
    just, beyond = (times if raised else 1 / times for times in (TOLERATED, 1.1 * TOLERATED))
    np.testing.assert_allclose(expected_evidence(just, raised=raised), [1, 2, 3], rtol=1e-12)
    assert (expected_evidence(1.0, raised=raised) < [1, 2, 3]).all()
    assert (expected_evidence(beyond, raised=raised) > [1, 2, 3]).all()


def test_false_notices_stay_within_the_bound_and_would_not_by_one_ten_times_too_low() -> None:
    """Ten years, 200 times, of two groups in both directions; all odds are as high as is just tolerated.

    Found once: 10 % of them have a notice, 50 % may; by a bound a tenth as high it is 80 %. The standard error is 3.5
    percentage points at most.
    """
    random, months, years, worlds = np.random.default_rng(5), 120, 10, 200
    month, highest = np.repeat(np.arange(months), 5), np.empty(worlds)
    for world in range(worlds):
        paths = []
        for _ in range(2):
            risk = random.beta(2, 5, len(month))
            true = TOLERATED * risk / (1 - risk + TOLERATED * risk)
            found = random.random(len(month)) < true
            paths += [evidence(monthly_bets(risk, found, month, months, raised=raised, tolerated=TOLERATED)).max()
                      for raised in (True, False)]  # fmt: skip
        highest[world] = max(paths)
    limit, allowed = bound(1 / 4), FALSE_ALARMS_A_YEAR * years
    assert 0 < (highest >= limit).mean() <= allowed
    assert (highest >= limit - math.log(10)).mean() > allowed + 3 * math.sqrt(allowed * (1 - allowed) / worlds)
