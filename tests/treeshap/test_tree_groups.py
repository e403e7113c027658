"""Dividing trees: every leaf has its place once, and a row's pattern tells all that its leaves need."""

from __future__ import annotations

import lightgbm
import numpy as np
import pytest

from riskml.treeshap.groups import MAX_BITS, Step, divide
from riskml.treeshap.trees import Tree, read_trees


def trees(leaves: int) -> tuple[Tree, ...]:
    random = np.random.default_rng(leaves)
    values = random.normal(size=(2000, 25))
    outcome = values[:, 0] * values[:, 1] + np.exp(values[:, 2]) + random.normal(size=2000)
    settings = {
        "objective": "regression",
        "num_leaves": leaves,
        "min_data_in_leaf": 2,
        "verbosity": -1,
        "num_threads": 1,
    }
    return read_trees(lightgbm.train(settings, lightgbm.Dataset(values, outcome), 8).model_to_string())[0]


@pytest.mark.parametrize("leaves", [2, 9, 31, 120])
def test_every_leaf_is_in_one_group_or_deep(leaves: int) -> None:
    for tree in trees(leaves):
        groups, deep = divide(tree)
        found = [leaf.number for group in groups for leaf in group.leaves] + [leaf.number for leaf in deep]
        assert sorted(found) == list(range(tree.splits + 1))
        assert all(len(group.bits) <= MAX_BITS for group in groups)
        assert all(len({tree.feature[step.split] for step in leaf.path}) > MAX_BITS for leaf in deep)


@pytest.mark.parametrize("leaves", [31, 120])
def test_a_pattern_tells_every_split_above_the_leaves_of_its_group(leaves: int) -> None:
    several = 0
    for group in (group for tree in trees(leaves) for group in divide(tree)[0]):
        told = [step for steps in group.bits for step in steps]
        assert len({step.split for step in told}) == len(told)
        for leaf in group.leaves:
            assert {step.split for step in leaf.path} <= {step.split for step in told}
            for steps in group.bits:
                several += len(steps) > 1
                # A bit of several splits is of the way that all leaves of the group have in common.
                assert len(steps) == 1 or set(steps) <= set(leaf.path)
    assert several


def test_a_group_of_a_small_tree_is_the_whole_tree() -> None:
    (group,), deep = divide(trees(2)[0])
    assert group.bits == ((Step(0, True),),)
    assert len(group.leaves) == 2
    assert deep == ()
