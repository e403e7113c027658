"""Intervals of a risk are those of isotonic fits with the enterprise's own draw added, and hold what is found."""

from __future__ import annotations

import numpy as np
from sklearn.isotonic import IsotonicRegression

from riskml.training.venn_abers import VennAbers


def draws(size: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    margin = np.round(random.normal(size=size), 1)  # with ties
    return margin, (random.random(size) < 1 / (1 + np.exp(-1.5 * margin))).astype(int)


def test_each_end_is_the_isotonic_rate_with_that_outcome_added() -> None:
    margin, found = draws(60, 0)
    asked = np.concatenate([np.unique(margin), np.unique(margin) + 0.05, [-9.0, 9.0]])
    expected = [
        [IsotonicRegression().fit(np.append(margin, one), np.append(found, label)).predict([one])[0] for one in asked]
        for label in (0, 1)
    ]
    np.testing.assert_allclose(VennAbers.fit(margin, found).interval(asked), expected, atol=1e-9)


def test_it_is_kept_as_numbers_and_short() -> None:
    fitted = VennAbers.fit(*draws(1000, 1))
    again = VennAbers.from_dict(fitted.to_dict())
    asked = np.linspace(-4, 4, 501)
    np.testing.assert_array_equal(again.interval(asked), fitted.interval(asked))
    assert len(fitted.margins) < 60


def test_more_draws_make_it_narrower_and_the_true_rate_lies_near() -> None:
    widths = []
    for size in (50, 400, 3000):
        low, high = VennAbers.fit(*draws(size, 2)).interval([0.0])
        widths.append(float(high[0] - low[0]))
    assert widths[0] > widths[1] > widths[2]
    assert low[0] - 0.1 < 0.5 < high[0] + 0.1
