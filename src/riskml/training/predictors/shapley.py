"""Shapley values of any function of a row against one reference row: what it adds that a column is as in the row and
not as in the reference.

Every row is asked of the function by itself, with all that its own values need and nothing else: what an enterprise is
told does not depend on who else is asked about, to the last bit. Columns in which the row is as the reference add
nothing, exactly, and are not asked about.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Places = NDArray[np.intp]
Function = Callable[[Floats], Floats]
"""From rows of shape (n, k) to values of shape (n,)."""


def exact_of_sum(function: Function, row: Floats, reference: Floats, base: float) -> Floats:
    """Exact values where the function is a sum of functions of one column each; shape (k,).

    Parameters
    ----------
    row, reference
        Shape (k,); NaN in both is the same.
    base
        The function's value of the reference.

    Examples
    --------
    >>> exact_of_sum(lambda rows: rows @ [1.0, 2.0, 0.0] + 5.0, np.array([1.0, 2.0, 3.0]), np.zeros(3), 5.0)
    array([1., 4., 0.])
    """
    result = np.zeros(len(row))
    places = _apart(row, reference)
    if len(places):
        asked = np.tile(reference, (len(places), 1))
        asked[np.arange(len(places)), places] = row[places]
        result[places] = function(asked) - base
    return result


def sampled(function: Function, row: Floats, reference: Floats, base: float, orders: Places) -> Floats:
    """Shapley values estimated by the mean over some orders of the columns; shape (k,).

    In each order the columns are moved from the reference's value to the row's, one after the other; a column is given
    what the function changes by at its step. Each order adds up to the whole difference, and so does the mean.

    Parameters
    ----------
    row, reference, base
        As for `exact_of_sum`.
    orders
        As `antithetic_orders` gives them.

    References
    ----------
    E. Štrumbelj and I. Kononenko, "Explaining prediction models and individual predictions with feature
    contributions", 2014; antithetic orders: R. Mitchell et al., "Sampling permutations for Shapley value estimation",
    2022.

    Examples
    --------
    >>> product = lambda rows: rows[:, 0] * rows[:, 1]
    >>> sampled(product, np.array([2.0, 3.0, 9.0]), np.array([0.0, 0.0, 9.0]), 0.0, antithetic_orders(3, 2, seed=0))
    array([3., 3., 0.])
    """
    result = np.zeros(len(row))
    places = _apart(row, reference)
    count = len(places)
    if not count:
        return result
    # The order of those that differ, in each order of all.
    turn = np.argsort(np.argsort(orders, axis=1)[:, places], axis=1)
    moved = np.argsort(turn, axis=1)[:, np.newaxis] < np.arange(1, count)[:, np.newaxis]
    asked = np.tile(reference, (len(orders) * (count - 1) + 1, 1))
    asked[:-1, places] = np.where(moved.reshape(-1, count), row[places], reference[places])
    asked[-1] = row
    found = function(asked)
    values = np.empty((len(orders), count + 1))
    values[:, 0], values[:, -1] = base, found[-1]
    values[:, 1:-1] = found[:-1].reshape(len(orders), count - 1)
    steps = np.empty((len(orders), count))
    np.put_along_axis(steps, turn, np.diff(values, axis=1), axis=1)
    # Added up order by order: numpy's own sums pair their terms by how many there are.
    result[places] = sum(steps, start=np.zeros(count)) / len(orders)
    return result


def antithetic_orders(columns: int, count: int, seed: int) -> Places:
    """So many orders of the columns, every second one the first of its pair backwards; shape (count, columns)."""
    random = np.random.default_rng(seed)
    forward = [random.permutation(columns) for _ in range(count // 2)]
    return np.array([order for one in forward for order in (one, one[::-1])], dtype=np.intp)


def _apart(row: Floats, reference: Floats) -> Places:
    return np.flatnonzero(~((row == reference) | (np.isnan(row) & np.isnan(reference))))
