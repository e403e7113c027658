"""The exact contributions of every indicator to every row's margin."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from riskml.treeshap.kernel import MAX_PATH, add_contributions
from riskml.treeshap.quadrature import points
from riskml.treeshap.tables import Layout, lay_out
from riskml.treeshap.trees import NotCoveredError, read_trees

BLOCK = 8192
"""Rows worked on together, by one thread: fewer, and the tables come through the cache too often; more, and the columns
leave it.
"""


@dataclass(frozen=True)
class TreeShap:
    """A LightGBM model made ready for exact contributions.

    Parameters
    ----------
    layout
        The model as the kernel reads it.
    base
        The expected margin.
    indicators
        Number of columns the model was trained on.

    References
    ----------
    S. Lundberg et al., "From local explanations to global understanding with explainable AI for trees", 2020 (the
    values); G. Owen, "Multilinear extensions of games", 1972 (the Shapley value as an integral).
    """

    layout: Layout
    base: float
    indicators: int

    @classmethod
    def of(cls, text: str) -> Self:
        """Lay out a model text, as ``Booster.model_to_string`` gives it.

        Raises
        ------
        NotCoveredError
            For several classes, random forests, linear leaves, categorical splits, trees deeper than the kernel goes.
        """
        trees, indicators = read_trees(text)
        layout = lay_out(trees)
        if np.diff(layout.deep_feature).max(initial=0) > MAX_PATH:
            raise NotCoveredError(f"有的路径上指标超过 {MAX_PATH} 个", f"a path has more than {MAX_PATH} indicators")
        return cls(layout, sum(tree.expected() for tree in trees), indicators)

    def contributions(self, values: NDArray[Any], *, threads: int = 1) -> NDArray[np.float64]:
        """Contributions in log-odds; shape (n, k + 1), the last column is the base.

        Every row sums to its margin. A row's values do not depend on the rows beside it nor on the number of threads.

        Parameters
        ----------
        values
            Shape (n, k), float64 or float32; NaN: missing.
        """
        out = np.empty((self.indicators + 1, len(values)))
        out[-1] = self.base
        where, weight = _all_points()
        chunks = [slice(start, start + BLOCK) for start in range(0, len(values), BLOCK)]

        def work(rows: slice) -> None:
            # Arrays of their own, always in one order: the kernel is compiled once.
            columns = np.ascontiguousarray(values[rows].T[self.layout.column_feature], dtype=np.float64)
            found = np.zeros((self.indicators, columns.shape[1]))
            add_contributions(columns, found, self.layout, where, weight)
            out[:-1, rows] = found

        if threads == 1 or len(chunks) == 1:  # threads take longer to begin than one row to explain
            for rows in chunks:
                work(rows)
        else:
            with ThreadPoolExecutor(threads) as pool:
                list(pool.map(work, chunks))
        return out.T


def _all_points() -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Row d: points and weights for a path with d indicators."""
    where, weight = np.zeros((MAX_PATH + 1, MAX_PATH // 2)), np.zeros((MAX_PATH + 1, MAX_PATH // 2))
    for indicators in range(1, MAX_PATH + 1):
        found = points(indicators)
        where[indicators, : len(found[0])], weight[indicators, : len(found[1])] = found
    return where, weight
