"""A points scorecard as a booster: points by step of each indicator, which never fall where more of it may only raise
the risk.

Each indicator is one tree that splits on it alone, so that its points are the tree's leaves. What comes out is an
ordinary booster: it is scored, explained, blended and checked as the boosted trees are.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import lightgbm
import numpy as np
from numpy.typing import NDArray
from scipy import sparse
from scipy.optimize import minimize
from scipy.special import expit, logit
from threadpoolctl import threadpool_limits

from riskml.training.boosters import constant_text, tree_text, with_trees

Floats = NDArray[np.float64]

PENALTY = 10.0
"""Weight of the squared differences between neighbouring steps beside the log-loss summed over all rows."""

BINS = 10
"""The most steps of an indicator that declares none: quantiles of the rows learnt from."""

_UNKNOWN_RIGHT, _NONE_UNKNOWN = 8, 2
"""LightGBM's codes of a split: NaN goes right; NaN is read as zero."""


def fit_scorecard(
    values: NDArray[np.floating],
    found: NDArray[np.intp],
    *,
    constraints: Sequence[int],
    steps: Mapping[int, Sequence[float]],
    like: lightgbm.Booster,
    weight: Floats | None = None,
    offset: Floats | None = None,
) -> lightgbm.Booster:
    """Fit by penalised logistic regression with bounds.

    Parameters
    ----------
    values, found
        Shape (n, k), NaN where a value cannot be known; shape (n,), 0 or 1.
    constraints
        -1, 0 or 1 for each column.
    steps
        Column → the values at which its next step begins; columns without are cut at quantiles.
    like
        A booster over the same columns, whose names the scorecard takes.
    offset
        Log-odds that shift the outcome and are no part of the scorecard; shape (n,).
    """
    weights = np.ones(len(values)) if weight is None else weight
    cuts = [_cuts(column, weights, steps.get(place)) for place, column in enumerate(values.T)]
    bins = np.column_stack([_bins(column, own) for column, own in zip(values.T, cuts, strict=True)])
    widths = np.array([len(own) + 2 for own in cuts])
    starts = np.concatenate([[0], np.cumsum(widths)[:-1]])
    rows, columns = bins.shape
    one_hot = sparse.csr_array(
        (np.ones(bins.size), (bins + starts).ravel(), np.arange(0, bins.size + 1, columns)),
        shape=(rows, int(widths.sum())),
    )
    levels, base = _levels(one_hot, found, weights, np.zeros(rows) if offset is None else offset, widths, constraints)
    counts = np.asarray(one_hot.sum(axis=0), dtype=np.int64)
    trees: list[str] = []
    for place, (own, start, width) in enumerate(zip(cuts, starts, widths, strict=True)):
        part = slice(int(start), int(start + width))
        tree = _Tree(place, own, levels[part] + (base if not trees else 0.0), counts[part])
        if tree.leaves > 1:
            trees.append(tree.text())
    return with_trees(like, trees or [constant_text(base)])


def _cuts(column: NDArray[np.floating], weight: Floats, steps: Sequence[float] | None) -> Floats:
    """The values at which a next step begins, of steps that rows were seen in."""
    is_known = ~np.isnan(column)
    known = column[is_known].astype(np.float64)
    if steps is not None:
        begins = np.asarray(steps, dtype=np.float64)
    elif len(known):
        shares = np.arange(1, BINS) / BINS
        begins = np.nextafter(
            np.unique(np.quantile(known, shares, method="inverted_cdf", weights=weight[is_known])), np.inf
        )
    else:
        begins = np.empty(0)
    seen = np.unique(np.searchsorted(begins, known, side="right"))
    kept: Floats = begins[seen[1:] - 1]
    return kept


def _bins(column: NDArray[np.floating], cuts: Floats) -> NDArray[np.int64]:
    """The number of each value's step; one more than the last where it cannot be known."""
    return np.where(np.isnan(column), len(cuts) + 1, np.searchsorted(cuts, column, side="right")).astype(np.int64)


def _levels(
    one_hot: sparse.csr_array,
    found: NDArray[np.intp],
    weight: Floats,
    offset: Floats,
    widths: NDArray[np.int64],
    constraints: Sequence[int],
) -> tuple[Floats, float]:
    """The log-odds of every step (zero for each column's first) and of the unknown, and those of a row that has nothing
    else.

    On one thread: so small sums are done before threads have been waited for, and in what order these add up would
    show in the points.
    """
    bounds: list[tuple[float | None, float | None]] = []
    for width, sign in zip(widths, constraints, strict=True):
        bounds += (
            [(0.0, 0.0)] + [(0.0 if sign > 0 else None, 0.0 if sign < 0 else None)] * (int(width) - 2) + [(None, None)]
        )
    ends = np.cumsum(widths)
    summing = sparse.block_diag([_summing(int(width)) for width in widths], format="csr")

    def loss(differences: Floats) -> tuple[float, Floats]:
        odds = one_hot @ (summing @ differences[:-1]) + differences[-1] + offset
        residual = weight * (expit(odds) - found)
        value = weight @ (np.logaddexp(0, odds) - found * odds) + PENALTY / 2 * differences[:-1] @ differences[:-1]
        gradient = summing.T @ (one_hot.T @ residual) + PENALTY * differences[:-1]
        return float(value), np.append(gradient, residual.sum())

    start = np.append(np.zeros(ends[-1]), logit(np.average(found, weights=weight)) - np.average(offset, weights=weight))
    with threadpool_limits(1, user_api="blas"):
        result = minimize(
            loss,
            start,
            jac=True,
            method="L-BFGS-B",
            bounds=[*bounds, (None, None)],
            options={"maxiter": 2000, "ftol": 1e-15, "gtol": 1e-9},
        ).x
    return np.asarray(summing @ result[:-1]), float(result[-1])


def _summing(width: int) -> Floats:
    """From the differences between neighbouring steps to their levels; the last, of the unknown, stands by itself."""
    matrix = np.tri(width)
    matrix[-1, :-1] = 0.0
    return matrix


@dataclass(frozen=True)
class _Tree:
    """One indicator's points as a tree.

    Parameters
    ----------
    cuts
        Where the next step begins, m values.
    levels, counts
        Of the m + 1 steps and of the unknown: log-odds, and rows that were seen.
    """

    place: int
    cuts: Floats
    levels: Floats
    counts: NDArray[np.int64]

    @property
    def leaves(self) -> int:
        """How many leaves it has: the unknown has one where any was seen."""
        return len(self.cuts) + 1 + int(self.counts[-1] > 0 and self.counts[:-1].any())

    def text(self) -> str:
        """The tree as LightGBM writes it, from its second line on: halved again and again, so that no path is long."""
        thresholds: list[float] = []
        children: list[list[int]] = []
        spans: list[tuple[int, int]] = []

        def split(low: int, high: int) -> int:
            """The node over steps `low` to `high`; below zero the leaf of a single one."""
            if low == high:
                return ~low
            middle = (low + high + 1) // 2
            node = len(thresholds)
            thresholds.append(math.nextafter(float(self.cuts[middle - 1]), -math.inf))
            children.append([])
            spans.append((low, high))
            children[node] = [split(low, middle - 1), split(middle, high)]
            return node

        last = len(self.cuts)
        unknown = self.leaves > last + 1
        if unknown:  # all that is known goes left
            thresholds.append(sys.float_info.max)
            children.append([])
            spans.append((0, last + 1))
            children[0] = [split(0, last), ~(last + 1)]
        else:
            split(0, last)
        inside = [slice(low, high + 1) for low, high in spans]
        counts = self.counts[: self.leaves]
        return tree_text(
            {
                "split_feature": [self.place] * len(thresholds),
                "threshold": thresholds,
                "decision_type": [_UNKNOWN_RIGHT if unknown else _NONE_UNKNOWN] * len(thresholds),
                "left_child": [left for left, _ in children],
                "right_child": [right for _, right in children],
                "leaf_value": self.levels[: self.leaves].tolist(),
                "leaf_count": counts.tolist(),
                "internal_value": [
                    float(self.levels[part] @ self.counts[part] / self.counts[part].sum()) for part in inside
                ],
                "internal_count": [int(self.counts[part].sum()) for part in inside],
            }
        )
