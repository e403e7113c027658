"""The loops: compiled, exact in double precision, without fast-math (it would break the routing of NaN)."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numba
import numpy as np

from riskml.treeshap.trees import ZERO

LANES = 256
"""Rows worked on together at a deep leaf."""

MAX_PATH = 64
"""Indicators above one deep leaf at most."""


def compiled(function: Callable[..., Any]) -> Callable[..., Any]:
    """Compile with numba; the machine code is kept on disk where there is a place for it."""
    try:
        made: Callable[..., Any] = numba.njit(cache=True, nogil=True)(function)
    except RuntimeError:  # neither the package's folder nor the user's cache can be written to
        made = numba.njit(nogil=True)(function)
    return made


@compiled
def leaf_table(table, value, shares, asked, followed, rows, where, weight):  # type: ignore[no-untyped-def]
    """Add one leaf to its group's table.

    For a leaf with value v and indicators j on its path, with z_j the share of training rows that follow the path at j
    and o_j = 1 if a row does: phi_i = v (o_i - z_i) * integral over t of the product over j != i of ((1 - t) z_j + t
    o_j).
    """
    indicators = len(shares)
    small, product = np.zeros((indicators, 1 << indicators)), np.empty(1 << indicators)
    for q in range(len(where)):
        t = where[q]
        for i in range(indicators):
            # The product for every pattern of the first indicators, then for every pattern with the next one off and
            # on.
            product[0] = value * weight[q]
            for j in range(indicators):
                off, on = (-shares[i], 1.0 - shares[i]) if j == i else ((1 - t) * shares[j], (1 - t) * shares[j] + t)
                known = product[: 1 << j]
                product[1 << j : 2 << j] = known * on
                known *= off
            small[i] += product
    size = table.shape[1]
    patterns = np.zeros(size, dtype=np.uint16)
    for j in range(indicators):
        for decisions in range(size):
            patterns[decisions] |= np.uint16(decisions & asked[j] == followed[j]) << np.uint16(j)
    for j in range(indicators):
        own, phi = small[j], table[rows[j]]
        for decisions in range(size):
            phi[decisions] += own[patterns[decisions]]


@compiled
def add_deep_leaf(left, out, splits, sides, places, features, shares, value, where, weight, follows, before, after):  # type: ignore[no-untyped-def]
    """Add one leaf that is too deep for a table, by the same integral, for a few rows at once.

    `left` and `out` are cut to those rows; `follows`, `before` and `after` are room to work in.
    """
    width, indicators = left.shape[1], len(features)
    follows[:indicators] = 1.0
    for s in range(len(splits)):
        decided, follow, side = left[splits[s]], follows[places[s]], np.uint8(sides[s])
        for i in range(width):
            if decided[i] != side:
                follow[i] = 0.0
    for q in range((indicators + 1) // 2):
        t = where[q]
        before[0] = value * weight[q]
        for j in range(indicators):
            least, follow, source, product = (1 - t) * shares[j], follows[j], before[j], before[j + 1]
            for i in range(width):
                product[i] = source[i] * (least + t * follow[i])
        after[:] = 1.0
        for j in range(indicators - 1, -1, -1):
            least, share, follow, source, phi = (1 - t) * shares[j], shares[j], follows[j], before[j], out[features[j]]
            for i in range(width):
                phi[i] += source[i] * after[i] * (follow[i] - share)
                after[i] *= least + t * follow[i]


@compiled
def add_contributions(columns, out, m, points, weights):  # type: ignore[no-untyped-def]
    """Add every tree's contributions to `out`, for as many rows as go through the cache together.

    Parameters
    ----------
    columns
        Shape (c, n): the model's columns; what LightGBM reads as zero or as missing is made so here.
    out
        Shape (k, n): one row per indicator.
    m
        The `Layout`.
    points, weights
        Row d: Gauss-Legendre points for d indicators.
    """
    n = columns.shape[1]
    widest = 0
    for tree in range(len(m.tree_split) - 1):
        widest = max(widest, m.tree_split[tree + 1] - m.tree_split[tree])
    left = np.empty((widest, n), dtype=np.uint8)
    pattern, taken = np.empty(n, dtype=np.uint16), np.empty(n, dtype=np.uint8)
    follows, before, after = np.empty((MAX_PATH, LANES)), np.empty((MAX_PATH + 1, LANES)), np.empty(LANES)
    for c in range(len(columns)):
        column, missing = columns[c], m.column_missing[c]
        for i in range(n):
            x = column[i]
            if -ZERO <= x <= ZERO or (missing != 2 and np.isnan(x)):
                x = 0.0
            if missing == 1 and x == 0.0:
                x = np.nan
            column[i] = x
    for tree in range(len(m.tree_split) - 1):
        first = m.tree_split[tree]
        for s in range(m.tree_split[tree + 1] - first):
            column, threshold = columns[m.split_column[first + s]], m.split_threshold[first + s]
            if m.split_missing_left[first + s]:
                for i in range(n):
                    left[s, i] = not column[i] > threshold
            else:
                for i in range(n):
                    left[s, i] = column[i] <= threshold
        for g in range(m.tree_group[tree], m.tree_group[tree + 1]):
            first_bit = m.group_bit[g]
            bits = m.group_bit[g + 1] - first_bit
            pattern[:] = 0
            for b in range(bits):
                first_step = m.bit_step[first_bit + b]
                decided, side = left[m.step_split[first_step]], np.uint8(m.step_left[first_step])
                for i in range(n):
                    taken[i] = decided[i] == side
                for step in range(first_step + 1, m.bit_step[first_bit + b + 1]):
                    decided, side = left[m.step_split[step]], np.uint8(m.step_left[step])
                    for i in range(n):
                        taken[i] &= decided[i] == side
                for i in range(n):
                    pattern[i] |= np.uint16(taken[i]) << np.uint16(b)
            at = m.group_table[g]
            for f in range(m.group_feature[g], m.group_feature[g + 1]):
                table = m.table[at : at + (1 << bits)]
                phi = out[m.features[f]]
                for i in range(n):
                    phi[i] += table[pattern[i]]
                at += 1 << bits
        for d in range(m.tree_deep[tree], m.tree_deep[tree + 1]):
            steps = slice(m.deep_step[d], m.deep_step[d + 1])
            own = slice(m.deep_feature[d], m.deep_feature[d + 1])
            indicators = m.deep_feature[d + 1] - m.deep_feature[d]
            for lane in range(0, n, LANES):
                width = min(LANES, n - lane)
                add_deep_leaf(
                    left[:, lane : lane + width], out[:, lane : lane + width],
                    m.deep_split[steps], m.deep_left[steps], m.deep_place[steps], m.deep_features[own],
                    m.deep_share[own],
                    m.deep_value[d], points[indicators], weights[indicators], follows, before, after,
                )  # fmt: skip
