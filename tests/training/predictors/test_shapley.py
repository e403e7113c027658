"""Sampled Shapley values: right where they can be counted out, and additive always."""

from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from numpy.typing import NDArray

from riskml.training.predictors.shapley import antithetic_orders, exact_of_sum, sampled

Floats = NDArray[np.float64]


def tangled(rows: Floats) -> Floats:
    known = np.nan_to_num(rows, nan=7.0)
    return known[:, 0] * known[:, 1] + np.sin(known[:, 2] + known[:, 3]) * known[:, 0] - known[:, 4] ** 2


ROW = np.array([2.0, -1.0, 0.5, np.nan, 3.0, np.nan])
REFERENCE = np.array([1.0, 1.0, 0.0, 0.25, 3.0, np.nan])
BASE = float(tangled(REFERENCE[np.newaxis])[0])


def test_over_all_orders_they_are_the_shapley_values_by_their_definition() -> None:
    every = np.array(list(permutations(range(6))))
    expected = np.zeros(6)
    for order in every:
        row, before = REFERENCE.copy(), BASE
        for place in order:
            row[place] = ROW[place]
            after = tangled(row[np.newaxis])[0]
            expected[place] += (after - before) / len(every)
            before = after
    found = sampled(tangled, ROW, REFERENCE, BASE, every)
    np.testing.assert_allclose(found, expected, atol=1e-12)
    assert found[4] == found[5] == 0  # as in the reference, missing in both among them


@pytest.mark.parametrize("orders", [2, 16])
def test_they_add_up_to_the_whole_difference(orders: int) -> None:
    found = sampled(tangled, ROW, REFERENCE, BASE, antithetic_orders(6, orders, seed=0))
    assert found.sum() == pytest.approx(tangled(ROW[np.newaxis])[0] - BASE, abs=1e-12)


def test_more_orders_come_nearer() -> None:
    every = sampled(tangled, ROW, REFERENCE, BASE, np.array(list(permutations(range(6)))))

    def off(orders: int) -> float:
        tries = [sampled(tangled, ROW, REFERENCE, BASE, antithetic_orders(6, orders, seed)) for seed in range(40)]
        return float(np.mean([np.abs(one - every).max() for one in tries]))

    assert off(64) < off(8) / 2


def test_a_row_that_is_the_reference_is_not_asked_about() -> None:
    def never(_: Floats) -> Floats:
        raise AssertionError

    orders = antithetic_orders(6, 4, seed=0)
    assert (sampled(never, REFERENCE, REFERENCE, BASE, orders) == 0).all()
    assert (exact_of_sum(never, REFERENCE, REFERENCE, BASE) == 0).all()
