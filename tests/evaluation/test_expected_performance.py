"""What probabilities promise of outcomes to come, and which promises of a quarter were not kept."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from riskml.evaluation.expected_performance import Expected, Quarter, expected, outlook, past_quarters
from riskml.training.ranking import Figure


@pytest.mark.parametrize(
    ("risk", "rate", "auc", "brier"),
    [
        ([0.0, 1.0], 0.5, 1.0, 0.0),  # certain
        ([0.5, 0.5], 0.5, 0.5, 0.25),  # all alike: no order
        # The riskier is the problem and the other not in 0.6 × 0.8 of the cases, the other way round in 0.2 × 0.4.
        ([0.2, 0.6], 0.4, 0.48 / (0.48 + 0.08), (0.2 * 0.8 + 0.6 * 0.4) / 2),
    ],
)
def test_the_figures_promised_by_two_probabilities(risk: list[float], rate: float, auc: float, brier: float) -> None:
    found = expected(np.array(risk))
    assert (found.rate, found.auc, found.brier) == pytest.approx((rate, auc, brier))


def quarter(expected: Expected) -> Quarter:
    """A quarter in which 0.5 of the visits found a problem, give or take 0.1; AUC and Brier score alike."""
    return Quarter("2026Q1", 100, expected, Figure(0.5, 0.4, 0.6), Figure(0.7, 0.6, 0.8), Figure(0.2, 0.1, 0.3))


@pytest.mark.parametrize(
    ("promised", "missed"),
    [
        (Expected(0.5, 0.7, 0.2), ()),
        (Expected(0.4, 0.8, 0.3), ()),  # the ends of the interval belong to it
        (Expected(0.3, 0.7, 0.2), ("rate",)),
        (Expected(0.7, 0.9, 0.05), ("rate", "auc", "brier")),
    ],
)
def test_a_promise_outside_of_the_interval_was_missed(promised: Expected, missed: tuple[str, ...]) -> None:
    assert quarter(promised).missed == missed


def visited(*quarters: tuple[str, list[int], list[float]]) -> SimpleNamespace:
    """A subject whose visits were made on these days, with their outcomes and probabilities."""
    days = [day for day, outcome, _ in quarters for _ in outcome]
    outcome = np.array([one for _, found, _ in quarters for one in found])
    risk = np.array([one for *_, given in quarters for one in given])
    return SimpleNamespace(
        visits=pd.DataFrame({"visit_date": days}), outcome=outcome, risk=risk, score=1000 * risk,
        enterprise=np.array([f"enterprise {number}" for number in range(len(days))], dtype=object),
    )  # fmt: skip


def test_a_quarter_tells_what_was_promised_and_what_came_true() -> None:
    """Twenty at 0.9 that all were problems and twenty at 0.1 of which none was: the rate is kept, the order better than
    promised.
    """
    (found,) = past_quarters(visited(("2026-03-31", [1] * 20 + [0] * 20, [0.9] * 20 + [0.1] * 20)))
    assert (found.quarter, found.visits) == ("2026Q1", 40)
    assert (found.expected.rate, found.rate.value) == pytest.approx((0.5, 0.5))
    assert (found.expected.brier, found.brier.value) == pytest.approx((0.09, 0.01))
    assert (found.auc.value, found.auc.low) == (1, 1)
    assert found.expected.auc < 1
    assert found.missed == ("auc", "brier")


def test_quarters_are_of_the_visit_and_those_with_too_little_to_say_are_left_out() -> None:
    enough, risk = [1] * 20 + [0] * 20, [0.6] * 20 + [0.4] * 20
    found = past_quarters(
        visited(
            ("2026-10-01", enough, risk),
            ("2026-01-31", [1] * 19 + [0] * 61, [0.3] * 80),  # a problem short of twenty
            ("2026-04-30", [1] * 40, [0.9] * 40),  # nothing but problems
            ("2026-09-30", enough, risk),
        )
    )
    assert [(one.quarter, one.visits) for one in found] == [("2026Q3", 40), ("2026Q4", 40)]


def test_the_outlook_is_of_the_enterprises_at_the_last_month_end() -> None:
    days = [pd.Timestamp("2026-09-30"), pd.Timestamp("2026-10-31"), pd.Timestamp("2026-10-31")]
    followed = pd.DataFrame({"as_of": days, "other": 9.0, "risk": [0.9, 0.2, 0.6]})
    bundle = SimpleNamespace(columns=("risk",), margin=lambda rows: rows["risk"].to_numpy(), risk=lambda margin: margin)
    assert outlook(SimpleNamespace(followed=followed, bundle=bundle)) == expected(np.array([0.2, 0.6]))
