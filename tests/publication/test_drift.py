"""How far a distribution moved, and what is usual."""

from __future__ import annotations

import hypothesis.strategies as st
import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra.numpy import arrays

from riskml.publication.drift import (
    FEWEST_RUNS,
    MUCH_DRIFT,
    SOME_DRIFT,
    Drift,
    chance,
    drift_of,
    stability_index,
    usual_range,
)

values = arrays(np.float64, st.integers(1, 60), elements=st.floats(-1e6, 1e6).map(lambda value: round(value, 3)))


@given(values)
def test_a_distribution_has_not_moved_from_itself(reference: np.ndarray) -> None:
    assert stability_index(reference, np.random.default_rng(0).permutation(reference)) == pytest.approx(0, abs=1e-12)


@given(reference=values, current=values)
def test_the_index_is_never_negative(reference: np.ndarray, current: np.ndarray) -> None:
    assert stability_index(reference, current) >= 0


def test_the_index_is_the_sum_over_tenths() -> None:
    """Against the formula, written out for two groups of an evenly spread reference and a current that has only the
    lower half.
    """
    reference, current = np.arange(100.0), np.tile(np.arange(50.0), 2)
    groups = np.array([[0, *[10] * 10, 0], [0, *[20] * 5, *[0] * 5, 0]]) + 0.5
    q, p = groups / groups.sum(axis=1, keepdims=True)
    assert stability_index(reference, current) == pytest.approx(((p - q) * np.log(p / q)).sum())


@pytest.mark.parametrize("shift", [-1e-3, 1e-3, 5.0])
def test_a_constant_that_moved_is_seen_in_either_direction(shift: float) -> None:
    same = np.full(1000, 2.0)
    assert stability_index(same, same + shift) > MUCH_DRIFT


def test_rounding_noise_is_no_movement() -> None:
    reference = np.zeros(1000)
    noise = np.random.default_rng(0).normal(0, 1e-15, 1000)
    assert stability_index(reference, noise) == 0


COUNTIES = np.repeat([0.7, 0.9, 1.0, 1.1, 1.4], [300, 200, 250, 150, 100])


@given(st.lists(st.floats(-0.015, 0.015), min_size=5, max_size=5))
def test_rates_of_few_values_that_move_by_a_hair_have_not_drifted(moves: list[float]) -> None:
    """What a county's enterprises share moves for all of them at once, over the edge of a group or not; the spread is
    0.21.
    """
    assert stability_index(COUNTIES, COUNTIES + np.repeat(moves, [300, 200, 250, 150, 100])) == pytest.approx(
        0, abs=1e-12
    )


@pytest.mark.parametrize("county", range(5))
def test_a_county_whose_rate_moved_far_is_seen(county: int) -> None:
    moves = np.zeros(5)
    moves[county] = 0.8
    assert stability_index(COUNTIES, COUNTIES + np.repeat(moves, [300, 200, 250, 150, 100])) > MUCH_DRIFT


def test_chance_is_what_two_draws_of_one_distribution_come_to() -> None:
    random = np.random.default_rng(3)
    found = [stability_index(random.normal(size=2000), random.normal(size=3000)) for _ in range(200)]
    assert np.mean(found) == pytest.approx(chance(2000, 3000), rel=0.3)  # the groups beyond the reference add a little
    assert max(found) < SOME_DRIFT


def index_of(before: list[int], now: list[int]) -> float:
    """The index by its formula, of counts by group."""
    q, p = ((np.array(counts) + 0.5) / (np.array(counts) + 0.5).sum() for counts in (before, now))
    return float(((p - q) * np.log(p / q)).sum())


def test_a_rare_flag_that_triples_is_seen_by_its_share_though_the_index_is_blind_to_it() -> None:
    before, now = (np.repeat([0.0, 1.0], [4000 - ones, ones]) for ones in (20, 60))
    found = drift_of(before, now)
    assert found.index == pytest.approx(index_of([0, 3980, 20, 0], [0, 3940, 60, 0]))
    assert found.index < SOME_DRIFT
    assert found.chance == pytest.approx(1 / 4000 + 1 / 4000)  # of two groups, not of ten
    assert found.chance_at_most == pytest.approx(3.841459 / 2000)
    assert found.unknown is None
    shift = found.present
    assert shift is not None
    odds = (60.5 / 3940.5) / (20.5 / 3980.5)
    width = 1.959964 * np.sqrt(1 / 60.5 + 1 / 3940.5 + 1 / 20.5 + 1 / 3980.5)
    assert (shift.before, shift.now) == (0.005, 0.015)
    assert [shift.ratio, shift.low, shift.high] == pytest.approx([odds, odds * np.exp(-width), odds * np.exp(width)])
    assert shift.changed
    assert drift_of(now, before).present.changed  # type: ignore[union-attr]
    assert not drift_of(before[::10], np.repeat([0.0, 1.0], [394, 6])).present.changed  # type: ignore[union-attr]  # 2 → 6 of 400 may be chance


def test_a_count_that_is_nearly_always_zero_is_seen_to_triple_and_its_larger_values_to_be_new() -> None:
    before = np.repeat([0.0, 1.0, 2.0], [3980, 15, 5])
    tripled = drift_of(before, np.repeat([0.0, 1.0, 2.0], [3940, 45, 15]))
    assert tripled.index < SOME_DRIFT
    assert tripled.present is not None
    assert tripled.present.changed
    larger = drift_of(before, np.repeat([0.0, 9.0], [3980, 20]))
    assert larger.present is not None
    assert not larger.present.changed
    assert larger.index > larger.chance_at_most


def test_what_goes_missing_is_a_group_of_its_own_and_is_told_as_a_share() -> None:
    values = np.arange(1000.0)
    gone = np.where(np.arange(1000) % 5 == 0, np.nan, values)  # a fifth, evenly
    for before, now in ((values, gone), (gone, values)):
        found = drift_of(before, now)
        assert found.index > MUCH_DRIFT
        assert found.unknown is not None
        assert found.unknown.changed
        assert {found.unknown.before, found.unknown.now} == {0, 0.2}
    few = drift_of(np.repeat([1.0, np.nan], [990, 10]), np.repeat([1.0, np.nan], [940, 60]))
    assert few.index == pytest.approx(index_of([0, 990, 0, 10], [0, 940, 0, 60]))
    assert few.index < SOME_DRIFT
    assert few.unknown is not None
    assert few.unknown.changed
    middle = drift_of(np.repeat([1.0, np.nan], [600, 400]), np.repeat([1.0, np.nan], [400, 600]))
    assert middle.unknown is not None
    assert middle.unknown.changed


def test_each_text_of_a_category_is_a_group_whatever_its_number() -> None:
    before, now = np.repeat([7.0, 8.0, 9000.0], [500, 300, 200]), np.repeat([7.0, 8.0, 9000.0], [500, 200, 300])
    found = drift_of(before, now, texts=True)
    assert found.index == pytest.approx(index_of([500, 300, 200, 0], [500, 200, 300, 0]))
    assert found.present is None
    new = drift_of(before, np.repeat([7.0, 8.0, 8.1], [500, 300, 200]), texts=True)
    assert new.index == pytest.approx(index_of([500, 300, 200, 0], [500, 300, 0, 200]))
    assert new.index > MUCH_DRIFT


@given(values, values)
def test_a_share_that_moved_forth_moves_back_by_as_much(one: np.ndarray, other: np.ndarray) -> None:
    forth, back = drift_of(one, other).present, drift_of(other, one).present
    assert forth is not None
    assert back is not None
    assert forth.ratio * back.ratio == pytest.approx(1)
    assert (forth.before, forth.now) == (back.now, back.before)
    assert forth.low <= forth.ratio <= forth.high


def test_one_odd_run_does_not_make_the_next_odd_one_usual() -> None:
    low, high = usual_range([100.0, 101.0, 99.0, 100.0, 1000.0], least=1.0) or (0.0, 0.0)
    assert low == 80
    assert high == 120


@given(st.lists(st.floats(0, 1e6), min_size=FEWEST_RUNS), st.floats(0, 10))
def test_the_usual_range_holds_the_median(earlier: list[float], least: float) -> None:
    low, high = usual_range(earlier, least) or (np.inf, -np.inf)
    assert low <= np.median(earlier) <= high
    assert high - low >= 2 * least - 1e-6


def test_nothing_is_usual_after_too_few_runs() -> None:
    assert usual_range([1.0] * (FEWEST_RUNS - 1), least=1.0) is None


@pytest.mark.parametrize(
    ("index", "at_most", "much"),
    [(0.25, 0.2, True), (0.2499, 0.0, False), (0.3, 0.3, False), (0.36, 0.35, True)],
    ids=["at the limit", "below the limit", "as chance may", "few, and beyond chance"],
)
def test_much_is_from_the_limit_on_and_beyond_chance(index: float, at_most: float, much: bool) -> None:
    assert Drift(index, chance=0.18, chance_at_most=at_most, unknown=None, present=None).much is much


def test_of_many_the_limit_alone_counts_and_of_few_chance_does() -> None:
    """A column of two values of which one came in three of ten, and now in 55 of 100: an index of 0.26; and six
    of ten instead of three, which may be chance.
    """
    before, now = np.repeat([0.0, 1.0], [700, 300]), np.repeat([0.0, 1.0], [450, 550])
    many = drift_of(before, now)
    assert many.index == pytest.approx(0.25 * np.log(0.55 / 0.30 * 0.70 / 0.45), abs=0.001)
    assert many.much
    few = drift_of(np.repeat([0.0, 1.0], [7, 3]), np.repeat([0.0, 1.0], [4, 6]))
    assert few.index > MUCH_DRIFT
    assert not few.much
