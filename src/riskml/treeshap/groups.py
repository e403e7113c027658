"""Dividing a tree into groups of leaves whose joint contributions fit a table.

A leaf's contributions to a row depend on the row only through which indicators follow the path to the leaf. All leaves
below one node share the splits above it, so for them a row is known by one bit for every indicator above the node (do
all splits on it go the way of the path?) and one bit for every split below that decides among the leaves: m bits, so
2^m different rows of a table, looked up once for every indicator. Larger groups mean fewer look-ups and larger tables;
a group need not hold all that is below its node, what it leaves out has groups of its own.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from riskml.treeshap.trees import Tree

MAX_BITS = 15
"""Bits of one group at most; a leaf with more indicators above it is deep, and integrated row by row."""

_TABLE_WEIGHT = 1 / 4096
"""What a table row costs, in look-ups: tables have to come through the cache once for every block of rows."""

_BIT_WEIGHT = 0.12
"""What a bit of the pattern costs, in look-ups."""

_DEEP_WEIGHT = 12.0
"""What an indicator above a deep leaf costs, in look-ups."""


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
    """Leaves below one node, and what a row's pattern says of them.

    Parameters
    ----------
    bits
        Each the steps that a row takes, all of them, where the bit is set.
    leaves
        At least one.
    """

    bits: tuple[tuple[Step, ...], ...]
    leaves: tuple[Leaf, ...]


def divide(tree: Tree) -> tuple[tuple[Group, ...], tuple[Leaf, ...]]:
    """The cheapest groups of a tree with splits, and the leaves too deep for a table."""
    plan = _Plan(tree)
    plan.weigh(0, ())
    plan.cut(0, ())
    return tuple(plan.groups), tuple(plan.deep)


@dataclass
class _Plan:
    """How to divide a tree: first weighed from the leaves up, then cut from the root down.

    Parameters
    ----------
    cheapest
        Node → the least cost of all below it where a group begins at it or below it, and the splits of the group at it
        (0: none does).
    joined
        Node → number of its splits that belong to a group from above → the least cost of what the group leaves out, and
        the number of those splits that are on the left.
    """

    tree: Tree
    cheapest: dict[int, tuple[float, int]] = field(default_factory=dict)
    joined: dict[int, dict[int, tuple[float, int]]] = field(default_factory=dict)
    groups: list[Group] = field(default_factory=list)
    deep: list[Leaf] = field(default_factory=list)

    def weigh(self, node: int, path: tuple[Step, ...]) -> None:
        """Find the costs of everything below `node`, to which `path` leads."""
        indicators = len({int(self.tree.feature[step.split]) for step in path})
        if node < 0:
            self.cheapest[node] = (_cost(indicators, 0) if indicators <= MAX_BITS else _DEEP_WEIGHT * indicators, 0)
            self.joined[node] = {0: (0.0, 0)}
            return
        left, right = int(self.tree.left[node]), int(self.tree.right[node])
        self.weigh(left, (*path, Step(node, True)))
        self.weigh(right, (*path, Step(node, False)))
        joined: dict[int, tuple[float, int]] = {}
        for on_left, (left_cost, _) in self.joined[left].items():
            for on_right, (right_cost, _) in self.joined[right].items():
                splits, cost = on_left + on_right + 1, left_cost + right_cost
                if splits <= MAX_BITS and (splits not in joined or cost < joined[splits][0]):
                    joined[splits] = (cost, on_left)
        apart = self.cheapest[left][0] + self.cheapest[right][0]
        together = (
            (_cost(indicators, splits) + cost, splits)
            for splits, (cost, _) in joined.items()
            if indicators + splits <= MAX_BITS
        )
        self.cheapest[node] = min(((apart, 0), *together))
        self.joined[node] = joined | {0: (self.cheapest[node][0], 0)}

    def cut(self, node: int, path: tuple[Step, ...]) -> None:
        """Divide everything below `node`, to which `path` leads, in the cheapest way."""
        above: dict[int, list[Step]] = {}
        for step in path:
            above.setdefault(int(self.tree.feature[step.split]), []).append(step)
        bits = tuple(tuple(steps) for steps in above.values())
        if node < 0:
            leaf = Leaf(~node, path)
            if len(bits) <= MAX_BITS:
                self.groups.append(Group(bits, (leaf,)))
            else:
                self.deep.append(leaf)
            return
        _, splits = self.cheapest[node]
        if splits:
            inside, leaves = self._inside(node, path, splits)
            self.groups.append(Group((*bits, *((Step(split, True),) for split in inside)), leaves))
        else:
            self.cut(int(self.tree.left[node]), (*path, Step(node, True)))
            self.cut(int(self.tree.right[node]), (*path, Step(node, False)))

    def _inside(self, node: int, path: tuple[Step, ...], splits: int) -> tuple[tuple[int, ...], tuple[Leaf, ...]]:
        """The splits and leaves that belong to a group which takes `splits` of the splits from `node` down; what it
        leaves out is cut.
        """
        if node < 0:
            return (), (Leaf(~node, path),)
        if not splits:
            self.cut(node, path)
            return (), ()
        _, on_left = self.joined[node][splits]
        left = self._inside(int(self.tree.left[node]), (*path, Step(node, True)), on_left)
        right = self._inside(int(self.tree.right[node]), (*path, Step(node, False)), splits - on_left - 1)
        return (node, *left[0], *right[0]), left[1] + right[1]


def _cost(indicators: int, splits: int) -> float:
    """Of a group with so many indicators above its node and so many splits, in look-ups; splits may be on the same
    indicator.
    """
    bits = indicators + splits
    return bits * (1.0 + _TABLE_WEIGHT * 2.0**bits + _BIT_WEIGHT)
