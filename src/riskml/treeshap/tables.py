"""A model laid out for the kernel: flat arrays, with a table of contributions for every group of leaves."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from riskml.treeshap.groups import Leaf, Step, divide
from riskml.treeshap.kernel import leaf_table
from riskml.treeshap.quadrature import points
from riskml.treeshap.trees import Tree


class Layout(NamedTuple):
    """What the kernel reads: arrays over columns (c), splits (s), trees (t), groups (g) and deep leaves (d).

    A *column* is an indicator with one way of treating its missing values. Starts have one entry more than what they
    index.
    """

    column_feature: NDArray[np.int64]  # (c,)
    column_missing: NDArray[np.int64]  # (c,)
    split_column: NDArray[np.int64]  # (s,)
    split_threshold: NDArray[np.float64]  # (s,)
    split_missing_left: NDArray[np.bool_]  # (s,)
    tree_split: NDArray[np.int64]  # (t + 1,) first split of each tree
    tree_group: NDArray[np.int64]  # (t + 1,) first group
    tree_deep: NDArray[np.int64]  # (t + 1,) first deep leaf
    group_bit: NDArray[np.int64]  # (g + 1,) first bit
    bit_step: NDArray[np.int64]  # (b + 1,) first entry in `step_split`; a bit is set where a row takes all its steps
    step_split: NDArray[np.int64]  # splits of the bits, counted within their tree
    step_left: NDArray[np.bool_]  # the side that a step takes
    group_feature: NDArray[np.int64]  # (g + 1,) first entry in `features`
    features: NDArray[np.int64]  # indicators of the groups
    group_table: NDArray[np.int64]  # (g,) first entry in `table`
    table: NDArray[np.float64]  # indicator by indicator, 2^bits entries each
    deep_step: NDArray[np.int64]  # (d + 1,) first entry in `deep_split`
    deep_split: NDArray[np.int64]  # splits above the deep leaves, counted within their tree
    deep_left: NDArray[np.bool_]  # the side that leads to the leaf
    deep_place: NDArray[np.int64]  # which of the leaf's indicators the split is on
    deep_feature: NDArray[np.int64]  # (d + 1,) first entry in `deep_features`
    deep_features: NDArray[np.int64]  # indicators above the deep leaves
    deep_share: NDArray[np.float64]  # the share of training rows that follow the path at each of them
    deep_value: NDArray[np.float64]  # (d,)


def lay_out(trees: tuple[Tree, ...]) -> Layout:
    """Lay out the trees that have splits."""
    columns: dict[tuple[int, int], int] = {}
    parts: dict[str, list[Any]] = {name: [] for name in Layout._fields}
    for name in (
        "tree_split",
        "tree_group",
        "tree_deep",
        "group_bit",
        "bit_step",
        "group_feature",
        "deep_step",
        "deep_feature",
    ):
        parts[name].append(0)
    size = 0
    for tree in trees:
        if not tree.splits:
            continue
        for feature, missing in zip(tree.feature.tolist(), tree.missing.tolist(), strict=True):
            parts["split_column"].append(columns.setdefault((feature, missing), len(columns)))
        parts["split_threshold"] += tree.threshold.tolist()
        parts["split_missing_left"] += tree.default_left.tolist()
        groups, deep = divide(tree)
        for group in groups:
            features = list(dict.fromkeys(int(tree.feature[step.split]) for steps in group.bits for step in steps))
            table = np.zeros((len(features), 1 << len(group.bits)))
            for leaf in group.leaves:
                _add_leaf(table, tree, leaf, group.bits, features)
            for steps in group.bits:
                parts["step_split"] += [step.split for step in steps]
                parts["step_left"] += [step.left for step in steps]
                parts["bit_step"].append(len(parts["step_split"]))
            parts["group_bit"].append(len(parts["bit_step"]) - 1)
            parts["features"] += features
            parts["group_feature"].append(len(parts["features"]))
            parts["group_table"].append(size)
            parts["table"].append(table.ravel())
            size += table.size
        for leaf in deep:
            places, shares, features = _indicators(tree, leaf)
            parts["deep_split"] += [step.split for step in leaf.path]
            parts["deep_left"] += [step.left for step in leaf.path]
            parts["deep_place"] += places
            parts["deep_step"].append(len(parts["deep_split"]))
            parts["deep_features"] += features
            parts["deep_share"] += shares
            parts["deep_feature"].append(len(parts["deep_features"]))
            parts["deep_value"].append(float(tree.value[leaf.number]))
        parts["tree_split"].append(len(parts["split_column"]))
        parts["tree_group"].append(len(parts["group_table"]))
        parts["tree_deep"].append(len(parts["deep_value"]))
    parts["column_feature"] = [feature for feature, _ in columns]
    parts["column_missing"] = [missing for _, missing in columns]
    tables = np.concatenate([np.empty(0), *parts.pop("table")])
    kinds = {name: _DTYPES.get(name, np.int64) for name in Layout._fields}
    return Layout(table=tables, **{name: np.array(part, dtype=kinds[name]) for name, part in parts.items()})


_DTYPES: dict[str, Any] = {
    "split_threshold": np.float64, "split_missing_left": np.bool_, "table": np.float64, "step_left": np.bool_,
    "deep_left": np.bool_, "deep_share": np.float64, "deep_value": np.float64,
}  # fmt: skip


def _indicators(tree: Tree, leaf: Leaf) -> tuple[list[int], list[float], list[int]]:
    """For the splits above a leaf which of its indicators each is on; the indicators' shares; the indicators."""
    features = list(dict.fromkeys(int(tree.feature[step.split]) for step in leaf.path))
    shares = [1.0] * len(features)
    places = []
    for step in leaf.path:
        place = features.index(int(tree.feature[step.split]))
        places.append(place)
        shares[place] *= float((tree.share_left if step.left else tree.share_right)[step.split])
    return places, shares, features


def _add_leaf(
    table: NDArray[np.float64], tree: Tree, leaf: Leaf, bits: tuple[tuple[Step, ...], ...], features: list[int]
) -> None:
    _, shares, own = _indicators(tree, leaf)
    # The patterns of the rows that follow the path, indicator by indicator.
    asked, followed = np.zeros(len(own), dtype=np.int64), np.zeros(len(own), dtype=np.int64)
    sides = {step.split: step.left for step in leaf.path}
    for bit, steps in enumerate(bits):
        first = steps[0]  # of several steps all are on the way to every leaf of the group
        if first.split in sides:
            place = own.index(int(tree.feature[first.split]))
            asked[place] |= 1 << bit
            followed[place] |= (1 << bit) if sides[first.split] == first.left else 0
    rows = np.array([features.index(feature) for feature in own], dtype=np.int64)
    leaf_table(table, float(tree.value[leaf.number]), np.array(shares), asked, followed, rows, *points(len(own)))
