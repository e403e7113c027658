"""The time left: from the last run's stages, corrected by how this one goes."""

from __future__ import annotations

import pytest

from riskml.core.eta import Eta, Stage

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
    eta = Eta(clock=clock)
    eta.step("relations")
    assert eta.seconds_left() is None


def test_stages_count_by_their_seconds_not_their_steps(clock: Clock) -> None:
    eta = Eta(LAST, clock)
    eta.step("relations")
    clock.now = 15
    assert eta.seconds_left() == pytest.approx(45 + 200 + 10)


def test_a_run_that_is_twice_as_slow_is_seen_after_its_first_stage(clock: Clock) -> None:
    eta = Eta(LAST, clock)
    eta.step("relations")
    clock.now = 120
    eta.step("scores")
    assert eta.seconds_left() == pytest.approx(2 * 210)


def test_within_a_stage_its_own_steps_tell(clock: Clock) -> None:
    eta = Eta(LAST, clock)
    eta.step("relations")
    clock.now = 60
    for _ in range(5):
        eta.step("scores")
        clock.now += 30  # three times as slow as the last time, in the fifth of twenty steps
    assert eta.seconds_left() == pytest.approx(20 * 30 - 150 + 3 * 10, rel=0.3)
    assert eta.seconds_left() > 400


def test_other_stages_than_the_last_time_promise_nothing(clock: Clock) -> None:
    eta = Eta(LAST, clock)
    eta.step("model")
    assert eta.seconds_left() is None


def test_a_stage_longer_than_the_last_time_is_not_less_than_over(clock: Clock) -> None:
    eta = Eta(LAST[:1], clock)
    eta.step("relations")
    clock.now = 500
    assert eta.seconds_left() == 0


def test_what_was_taken_is_kept_for_the_next_run(clock: Clock) -> None:
    eta = Eta(clock=clock)
    eta.step("scores")
    clock.now = 4
    eta.step("scores")
    clock.now = 9
    assert eta.end_stage() == Stage("scores", 9, 2)
    assert eta.end_stage() is None
