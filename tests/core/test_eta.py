"""The time left: from the last run's stages, corrected by how this one goes."""

from __future__ import annotations

import pytest

from riskml.core.eta import Pace, Stage

LAST = (Stage("relations", 60, 1), Stage("scores", 200, 20), Stage("report", 10, 1))


class Clock:
    """A clock that a test sets."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_without_an_earlier_run_nothing_is_promised(clock: Clock) -> None:
    pace = Pace(clock=clock)
    pace.step("relations")
    assert pace.left() is None


def test_stages_count_by_their_seconds_not_their_steps(clock: Clock) -> None:
    pace = Pace(LAST, clock)
    pace.step("relations")
    clock.now = 15
    assert pace.left() == pytest.approx(45 + 200 + 10)


def test_a_run_that_is_twice_as_slow_is_seen_after_its_first_stage(clock: Clock) -> None:
    pace = Pace(LAST, clock)
    pace.step("relations")
    clock.now = 120
    pace.step("scores")
    assert pace.left() == pytest.approx(2 * 210)


def test_within_a_stage_its_own_steps_tell(clock: Clock) -> None:
    pace = Pace(LAST, clock)
    pace.step("relations")
    clock.now = 60
    for _ in range(5):
        pace.step("scores")
        clock.now += 30  # three times as slow as the last time, in the fifth of twenty steps
    assert pace.left() == pytest.approx(20 * 30 - 150 + 3 * 10, rel=0.3)
    assert pace.left() > 400


def test_other_stages_than_the_last_time_promise_nothing(clock: Clock) -> None:
    pace = Pace(LAST, clock)
    pace.step("model")
    assert pace.left() is None


def test_a_stage_longer_than_the_last_time_is_not_less_than_over(clock: Clock) -> None:
    pace = Pace(LAST[:1], clock)
    pace.step("relations")
    clock.now = 500
    assert pace.left() == 0


def test_what_was_taken_is_kept_for_the_next_run(clock: Clock) -> None:
    pace = Pace(clock=clock)
    pace.step("scores")
    clock.now = 4
    pace.step("scores")
    clock.now = 9
    assert pace.leave() == Stage("scores", 9, 2)
    assert pace.leave() is None
