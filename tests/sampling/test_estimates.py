"""Estimates from drawn samples, held against every sample there is of a frame small enough to write them all down."""

from __future__ import annotations

import math
from collections.abc import Iterator
from fractions import Fraction

import numpy as np
import pytest

from riskml.sampling.estimates import Drawn, odds_times, rate, rates
from riskml.training.evaluation import wilson

PROBABILITIES = tuple(map(Fraction, ("1/4", "3/4", "1/2", "1/8", "3/8", "1", "1/2", "1/2")))
PROBLEM = (1, 0, 1, 1, 0, 1, 0, 1)
RISK = np.array([0.7, 0.2, 0.4, 0.5, 0.1, 0.9, 0.3, 0.6])
GRADE = np.array(["A", "A", "B", "B", "A", "B", "A", "B"])


def pivotal_samples(left: tuple[Fraction, ...]) -> Iterator[tuple[frozenset[int], Fraction]]:
    """Every sample that the ordered pivotal method can draw, with its probability."""
    open_ = [place for place, chance in enumerate(left) if 0 < chance < 1]
    if len(open_) < 2:
        # The probabilities add up to a whole number, so that nothing is left to decide.
        assert not open_
        yield frozenset(place for place, chance in enumerate(left) if chance == 1), Fraction(1)
        return
    one, other = open_[:2]
    a, b = left[one], left[other]
    ends = ((a + b, Fraction(0)), (Fraction(0), a + b)) if a + b <= 1 else ((Fraction(1), a + b - 1), (a + b - 1, 1))
    first = a / (a + b) if a + b <= 1 else (1 - b) / (2 - a - b)
    for (of_one, of_other), chance in zip(ends, (first, 1 - first), strict=True):
        decided = tuple(
            Fraction(of_one) if place == one else Fraction(of_other) if place == other else value
            for place, value in enumerate(left)
        )
        for sample, probability in pivotal_samples(decided):
            yield sample, chance * probability


def drawn(sample: frozenset[int], risk: np.ndarray | None = None) -> Drawn:
    mask = np.isin(np.arange(len(PROBLEM)), list(sample))
    return Drawn(np.array([float(p) for p in PROBABILITIES]), mask, np.where(mask, PROBLEM, np.nan), risk)


def test_all_samples_together_give_each_probability_and_the_true_rates() -> None:
    samples = list(pivotal_samples(PROBABILITIES))
    assert sum(probability for _, probability in samples) == 1
    assert {len(sample) for sample, _ in samples} == {4}
    for place, stated in enumerate(PROBABILITIES):
        assert sum(p for sample, p in samples if place in sample) == stated
    for grade, true in (("A", 1 / 4), ("B", 1.0)):
        found = sum(float(p) * (rates(drawn(s), GRADE)[grade].expansion or 0.0) for s, p in samples)
        assert found == pytest.approx(true, abs=1e-12)


def test_a_model_that_is_right_leaves_nothing_to_chance_and_one_that_is_wrong_little_bias() -> None:
    samples = list(pivotal_samples(PROBABILITIES))
    known = [rate(drawn(sample, np.array(PROBLEM, dtype=float))) for sample, _ in samples]
    assert {round(one.value or 0.0, 12) for one in known} == {5 / 8}
    values = [
        sum(float(p) * (rate(drawn(s, risk)).value or 0.0) for s, p in samples) for risk in (None, RISK, 1 - RISK)
    ]
    assert values == pytest.approx([5 / 8] * 3, abs=0.06)
    spread = [sum(float(p) * ((rate(drawn(s, risk)).value or 0.0) - 5 / 8) ** 2 for s, p in samples)
              for risk in (RISK, None, 1 - RISK)]  # fmt: skip
    assert spread[0] < spread[1] < spread[2]


def test_equal_chances_are_wilsons_interval_but_for_those_not_drawn() -> None:
    everyone, some = 10_000, 40
    sample = np.arange(everyone) % (everyone // some) == 0
    problem = np.where(sample, (np.arange(everyone) % 4_000 == 0) * 1.0, np.nan)
    found = rate(Drawn(np.full(everyone, some / everyone), sample, problem))
    assert (found.value, found.expansion, found.problems) == (3 / 40, pytest.approx(3 / 40), 3)
    assert (found.low, found.high) == pytest.approx(wilson(3, 40), abs=0.01)


def test_few_finds_say_little_and_none_are_not_certainty() -> None:
    sample = np.arange(1_000) % 50 == 0
    found = rate(Drawn(np.full(1_000, 0.02), sample, np.where(sample, 0.0, np.nan)))
    assert (found.value, found.low) == (0.0, 0.0)
    assert found.high == pytest.approx(wilson(0, 20)[1], abs=0.01)


def test_whoever_is_visited_for_certain_stands_for_itself_alone() -> None:
    probability = np.array([1.0, 1.0, 0.5, 0.5])
    problem = np.array([1.0, 1.0, 0.0, np.nan])
    found = rate(Drawn(probability, np.array([True, True, True, False]), problem))
    assert found.value == found.low == 0.5
    assert found.high < 1
    census = rate(Drawn(np.ones(4), np.ones(4, bool), np.array([1.0, 0, 0, 0])))
    assert (census.low, census.value, census.high) == (0.25, 0.25, 0.25)


def test_the_unseen_are_neither_clean_nor_problems_but_bounds() -> None:
    sample = np.ones(100, bool)
    problem = np.where(np.arange(100) < 20, np.nan, (np.arange(100) < 60) * 1.0)
    found = rate(Drawn(np.full(100, 1.0), sample, problem))
    assert (found.seen, found.value, found.unseen) == (80, 0.5, pytest.approx(0.2))
    assert found.if_unseen_differ(1) == pytest.approx((found.low, found.high))
    worst = found.if_unseen_differ(math.inf)
    assert worst == pytest.approx((0.8 * found.low, 0.8 * found.high + 0.2))
    twice = found.if_unseen_differ(2)
    assert worst[0] < twice[0] < found.low
    assert found.high < twice[1] < worst[1]
    nobody = rate(Drawn(np.full(3, 0.5), np.array([True, True, False]), np.full(3, np.nan)))
    assert (nobody.value, nobody.low, nobody.high) == (None, 0.0, 1.0)


def test_another_plans_rate_is_that_of_the_enterprises_it_would_visit() -> None:
    found = rate(Drawn(np.ones(4), np.ones(4, bool), np.array([1.0, 1.0, 0.0, 0.0])), [3.0, 0.0, 1.0, 0.0])
    assert found.value == 0.75
    assert odds_times(0.5, 3) == 0.75


def test_strata_take_out_what_differs_between_them() -> None:
    sample = np.arange(400) % 4 == 0
    stratum = np.arange(400) // 200
    problem = np.where(sample, stratum * (np.arange(400) % 8 == 0) * 1.0, np.nan)
    plain = rate(Drawn(np.full(400, 0.25), sample, problem))
    by_stratum = rate(Drawn(np.full(400, 0.25), sample, problem, stratum=stratum))
    assert by_stratum.value == plain.value
    assert by_stratum.high - by_stratum.low < plain.high - plain.low
