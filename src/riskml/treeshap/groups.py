"""Dividing a tree into groups of leaves whose joint contributions fit a table.

A leaf's contributions to a row depend on the row only through the decisions at the splits above the leaf. All leaves below
one node depend on the splits above the node and below it: m decisions, so 2^m different rows of a table, looked up once for
every indicator among those splits. Larger groups mean fewer look-ups and larger tables.
"""

from __future__ import annotations

from dataclasses import dataclass

from riskml.treeshap.trees import Tree

MAX_BITS = 12
"""Decisions in one group at most; a leaf with more splits above it is deep, and integrated row by row."""

_TABLE_WEIGHT = 1 / 4096
"""What a table row costs, in look-ups: tables have to come through the cache once for every block of rows."""


@dataclass(frozen=True)
class Step:
    """One split on the way to a leaf, and the side that leads there."""

    split: int
    left: bool


@dataclass(frozen=True)
class Leaf:
    """A leaf and the way to it from the root."""

    number: int
    path: tuple[Step, ...]


@dataclass(frozen=True)
class Group:
    """All leaves below one node, with every split that decides among them, those above the node included."""

    splits: tuple[int, ...]
    leaves: tuple[Leaf, ...]


def divide(tree: Tree) -> tuple[tuple[Group, ...], tuple[Leaf, ...]]:
    """The cheapest groups of a tree with splits, and the leaves too deep for a table."""
    _, groups, deep = _divide(tree, 0, ())
    return groups, deep


def _divide(tree: Tree, node: int, path: tuple[Step, ...]) -> tuple[float, tuple[Group, ...], tuple[Leaf, ...]]:
    """The cost, groups and deep leaves of everything below `node`."""
    if node < 0:
        leaf = Leaf(~node, path)
        if len(path) > MAX_BITS:
            return 8.0 * len(path), (), (leaf,)
        return _cost(tree, path, ()), (Group(tuple(step.split for step in path), (leaf,)),), ()
    left = _divide(tree, int(tree.left[node]), (*path, Step(node, True)))
    right = _divide(tree, int(tree.right[node]), (*path, Step(node, False)))
    apart = (left[0] + right[0], left[1] + right[1], left[2] + right[2])
    leaves = tuple(leaf for group in apart[1] for leaf in group.leaves) + apart[2]
    below = tuple(dict.fromkeys(step.split for leaf in leaves for step in leaf.path[len(path) :]))
    if len(path) + len(below) > MAX_BITS:
        return apart
    together = _cost(tree, path, below)
    if together > apart[0]:
        return apart
    return together, (Group((*(step.split for step in path), *below), leaves),), ()


def _cost(tree: Tree, path: tuple[Step, ...], below: tuple[int, ...]) -> float:
    splits = (*(step.split for step in path), *below)
    indicators = len({int(tree.feature[split]) for split in splits})
    return indicators * (1.0 + _TABLE_WEIGHT * 2.0 ** len(splits)) + 0.1 * len(splits)
