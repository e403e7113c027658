"""Plans on paper: what they find is counted by hand on few rows, and known on many."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from riskml.sampling.worth import GREEDY, PLAN, UNIFORM, Outcomes, Policy, compare, first_of, with_least


def policies(score: np.ndarray, everyone: np.ndarray, share: float, least: float) -> dict[str, Policy]:
    return {
        UNIFORM: Policy(np.full(len(score), share)),
        GREEDY: Policy(first_of(score, everyone, share)),
        PLAN: Policy(with_least(score, everyone, share, least)),
    }


def test_chances_add_up_to_the_visits_and_leave_nobody_out() -> None:
    score = np.random.default_rng(0).integers(0, 50, 1_000).astype(float)
    for share in (0.01, 0.1, 0.999):
        assert first_of(score, score, share).sum() == pytest.approx(1_000 * share)
        chance = with_least(score, score, share, 0.005)
        assert chance.sum() == pytest.approx(1_000 * share)
        assert chance.min() >= 0.005
    with pytest.raises(ValueError, match=r"chance of 0\.2"):
        with_least(score, score, 0.1, 0.2)


def test_a_replay_counts_what_each_plan_would_have_found() -> None:
    problem, score = np.array([1.0, 1, 0, 0]), np.array([4.0, 2, 3, 1])
    found = compare(Outcomes(problem, np.arange(4).astype(object)), policies(score, score, 0.25, 0.125))
    assert [found[name].rate.value for name in (UNIFORM, GREEDY, PLAN)] == [0.5, 1.0, pytest.approx(0.75)]
    assert found[PLAN].times_uniform.value == pytest.approx(1.5)
    assert found[PLAN].below_greedy.value == pytest.approx(0.25)


def test_random_visits_say_what_another_plan_would_find_with_and_without_a_model() -> None:
    random = np.random.default_rng(1)
    score = random.normal(size=60_000)
    risk = expit(score - 1)
    problem = (random.random(len(risk)) < risk) * 1.0
    drawn = random.choice(len(risk), 4_000, replace=False)
    truth = compare(Outcomes(problem, np.arange(len(risk))), policies(score, score, 0.1, 0.005))
    by = policies(score[drawn], score, 0.1, 0.005)
    everyone = policies(score, score, 0.1, 0.005)
    for model in (None, risk, 1 - risk):  # a wrong model costs width, not truth
        modelled = {
            name: Policy(one.chance, None if model is None else float(np.average(model, weights=everyone[name].chance)))
            for name, one in by.items()
        }
        found = compare(
            Outcomes(problem[drawn], drawn.astype(object), risk=None if model is None else model[drawn]), modelled
        )
        for name in (GREEDY, PLAN):
            assert found[name].times_uniform.low < truth[name].times_uniform.value < found[name].times_uniform.high
    assert found[GREEDY].effective == pytest.approx(400, rel=0.15)
    assert found[PLAN].heaviest < 0.01
