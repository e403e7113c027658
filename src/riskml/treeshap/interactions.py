"""How much two indicators do together: exact interactions of the pairs asked for, row by row."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache, lru_cache
from itertools import count
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from riskml.treeshap.pairs import LANES, PairLayout, Room, add_pairs
from riskml.treeshap.quadrature import points
from riskml.treeshap.trees import MISSING_NAN, MISSING_ZERO, ZERO, Tree, read_trees

BLOCK = 64
"""Rows whose steps are found together."""

WORTH_COMPILING = 20
"""Rows from which on the loop is compiled even where numba, which takes a second to load, is not loaded yet; also those
that a process asks for one after another.
"""

_ASKED_BEFORE = count()
"""How often this process has asked."""


@dataclass(frozen=True)
class Interactions:
    """A LightGBM model made ready for exact interactions.

    A leaf of value v with d indicators on its path is a game among these: a coalition S is worth v times the o_k of its
    members times the z_k of all others, where o_k is 1 if the row follows the path at k and else 0, and z_k is the
    share of training rows that do (path-dependent TreeSHAP). Its Shapley interaction index of the pair (i, j) is::

        I_ij = sum over S without i and j of |S|! (d - |S| - 2)! / (d - 1)! x
               (worth(S + i + j) - worth(S + i) - worth(S + j) + worth(S))
             = v (o_i - z_i) (o_j - z_j) x the integral over t from 0 to 1 of the product over k != i, j of
               ((1 - t) z_k + t o_k)

    The integral is of a polynomial of degree d - 2, so that Gauss-Legendre points make it exact. A model's index is the
    sum over its leaves.

    **I_ij is what the pair does together, the whole of it.** The interaction values of ``shap`` put one half of it at
    (i, j) and the other at (j, i), and at (i, i) what is left of i's contribution: phi_i less half of every I_ij. So a
    contribution holds half of each of its interactions.

    Parameters
    ----------
    layout
        The leaves as the loop reads them.
    column_feature, column_missing
        Shape (c,): the indicators, each with one way of treating its missing values.
    split_column, split_threshold, split_missing_left
        Shape (s,): the splits of all trees.
    indicators
        Number of columns the model was trained on.

    References
    ----------
    M. Grabisch, M. Roubens, "An axiomatic approach to the concept of interaction among players in cooperative games",
    1999, and K. Fujimoto, I. Kojadinovic, J.-L. Marichal, "Axiomatic characterizations of probabilistic and
    cardinal-probabilistic interaction indices", 2006 (the index); G. Owen, "Multilinear extensions of games", 1972 (the
    integral); S. Lundberg et al., "From local explanations to global understanding with explainable AI for trees", 2020
    (interaction values of trees).
    """

    layout: PairLayout
    column_feature: NDArray[np.int64]
    column_missing: NDArray[np.int64]
    split_column: NDArray[np.int64]
    split_threshold: NDArray[np.float64]
    split_missing_left: NDArray[np.bool_]
    indicators: int

    @classmethod
    def of(cls, text: str) -> Self:
        """Lay out a model text, as ``Booster.model_to_string`` gives it.

        Raises
        ------
        NotCoveredError
            As of `riskml.treeshap.trees.read_trees`.
        """
        trees, indicators = read_trees(text)
        trees = tuple(tree for tree in trees if tree.splits)
        columns: dict[tuple[int, int], int] = {}
        split_column = [
            columns.setdefault(column, len(columns))
            for tree in trees
            for column in zip(tree.feature.tolist(), tree.missing.tolist(), strict=True)
        ]
        return cls(
            layout=_lay_out(trees),
            column_feature=np.array([feature for feature, _ in columns], dtype=np.int64),
            column_missing=np.array([missing for _, missing in columns], dtype=np.int64),
            split_column=np.array(split_column, dtype=np.int64),
            split_threshold=np.array([one for tree in trees for one in tree.threshold], dtype=np.float64),
            split_missing_left=np.array([one for tree in trees for one in tree.default_left], dtype=np.bool_),
            indicators=indicators,
        )

    def together(self, values: NDArray[Any], asked: NDArray[np.int64]) -> NDArray[np.float64]:
        """What every two of the indicators asked for do together, in log-odds.

        Parameters
        ----------
        values
            Shape (n, k), float64 or float32; NaN: missing.
        asked
            Shape (n, m): for each row columns that differ; -1: none.

        Returns
        -------
        array of shape (n, m, m)
            I_ij for every pair, symmetric; zero on the diagonal and where nothing is asked for.
        """
        places = asked.shape[1]
        out = np.zeros((len(values), places * places))
        bare = "numba" not in sys.modules and next(_ASKED_BEFORE) + len(values) < WORTH_COMPILING
        loop, like = (add_pairs, _listed) if bare else (_compiled(), np.asarray)
        layout = PairLayout._make((*map(like, self.layout[:-1]), self.layout.stride))
        longest = int(np.diff(self.layout.leaf_entry).max(initial=0)) + 1
        whole, real = np.zeros(longest, dtype=np.int64), np.zeros(longest)
        room = Room(like(whole), like(whole.copy()), like(real), like(np.zeros(longest * LANES)))
        for start in range(0, len(values), BLOCK):
            takes = self._takes(np.asarray(values[start : start + BLOCK], dtype=np.float64))
            for row, taken in enumerate(takes, start):
                place_of = np.full(self.indicators, -1)
                for place, column in enumerate(asked[row].tolist()):
                    if column >= 0:
                        place_of[column] = place
                found = like(out[row])
                loop(found, places, like(place_of), like(taken), layout, room)
                out[row] = found
        pairs = out.reshape(-1, places, places)
        return pairs + pairs.transpose(0, 2, 1)

    def _takes(self, values: NDArray[np.float64]) -> NDArray[np.bool_]:
        """Whether each row takes each step; shape (n, 2 s)."""
        known, kind = values[:, self.column_feature], self.column_missing
        known = np.where((np.abs(known) <= ZERO) | (np.isnan(known) & (kind != MISSING_NAN)), 0.0, known)
        known = np.where((known == 0.0) & (kind == MISSING_ZERO), np.nan, known)
        left = known[:, self.split_column] <= self.split_threshold
        left |= np.isnan(known)[:, self.split_column] & self.split_missing_left
        return np.concatenate([left, ~left], axis=1)


@lru_cache(maxsize=2)
def interactions_of(text: str) -> Interactions:
    """`Interactions.of`, for a process that asks for the same model again and again."""
    return Interactions.of(text)


def _lay_out(trees: tuple[Tree, ...]) -> PairLayout:
    """The leaves with two indicators or more above them; those with as many follow each other, so that the processor
    foresees where the loop goes on.
    """
    splits, first = sum(tree.splits for tree in trees), 0
    found: list[tuple[float, _Above]] = []
    for tree in trees:
        found += [leaf for leaf in _leaves(tree, first, splits) if len(leaf[1]) > 1]
        first += tree.splits
    found.sort(key=lambda leaf: len(leaf[1]))
    parts: dict[str, list[Any]] = {name: [] for name in PairLayout._fields}
    parts["leaf_entry"].append(0)
    parts["leaf_more"].append(0)
    for value, above in found:
        parts["value"].append(value)
        for place, (column, (share, steps)) in enumerate(above.items()):
            parts["column"].append(column)
            parts["share"].append(share)
            parts["step"].append(steps[0])
            parts["more_step"] += steps[1:]
            parts["more_place"] += [place] * (len(steps) - 1)
        parts["leaf_entry"].append(len(parts["column"]))
        parts["leaf_more"].append(len(parts["more_step"]))
    longest = len(found[-1][1]) if found else 0
    stride = -(-(longest // 2) // LANES) * LANES
    where, weight = np.full((longest + 1, stride), 0.5), np.zeros((longest + 1, stride))
    for size in range(2, longest + 1):
        known = points(size - 1)  # of degree size - 2
        where[size, : len(known[0])], weight[size, : len(known[1])] = known
    return PairLayout(
        **{name: np.array(parts[name], dtype=_DTYPES.get(name, np.int64)) for name in PairLayout._fields[:-3]},
        where=where.ravel(),
        weight=weight.ravel(),
        stride=stride,
    )


_Above = dict[int, tuple[float, tuple[int, ...]]]
"""Indicator on a path → the share of training rows that follow the path at it, and the steps on it."""


def _leaves(tree: Tree, first: int, splits: int) -> Iterator[tuple[float, _Above]]:
    """The value of every leaf and what is above it; the tree's first split is number `first` of all `splits`."""
    feature, value = tree.feature.tolist(), tree.value.tolist()
    sides = (
        (tree.left.tolist(), tree.share_left.tolist(), first),
        (tree.right.tolist(), tree.share_right.tolist(), first + splits),
    )
    todo: list[tuple[int, _Above]] = [(0, {})]
    while todo:
        node, above = todo.pop()
        if node < 0:
            yield value[~node], above
            continue
        share, steps = above.get(feature[node], (1.0, ()))
        for child, shares, step in sides:
            todo.append((child[node], {**above, feature[node]: (share * shares[node], (*steps, step + node))}))


_DTYPES: dict[str, Any] = {"value": np.float64, "share": np.float64}


def _listed(part: NDArray[Any]) -> list[Any]:
    """As a list: read entry by entry, it is several times as fast as an array."""
    listed: list[Any] = part.tolist()
    return listed


@cache
def _compiled() -> Callable[..., None]:
    from riskml.treeshap.kernel import compiled  # only here: it loads numba

    return compiled(add_pairs)
