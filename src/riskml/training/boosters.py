"""Boosters taken apart and put together: thresholds moved to the steps of an indicator, and several boosters averaged
as one.

LightGBM has no call for either, so its model text is rewritten. What comes out is one ordinary booster: contributions,
thresholds and whatever else is read of it need to know nothing of steps or seeds.
"""

from __future__ import annotations

import math
import re
import sys
from collections.abc import Mapping, Sequence

import lightgbm
import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

_VALUES = ("leaf_value", "internal_value")


def snapped(values: NDArray[np.floating], steps: Mapping[int, Sequence[float]]) -> NDArray[np.floating]:
    """A copy in which every value of a column with steps is the number of the step it lies in; what cannot be known
    stays so.

    Parameters
    ----------
    steps
        Column → the values at which a next step begins, ascending.

    >>> snapped(np.array([[29.0], [30.0], [400.0], [np.nan]]), {0: (30.0, 180.0)}).ravel()
    array([ 0.,  1.,  2., nan])
    """
    result = values.copy()
    for place, begins in steps.items():
        column = values[:, place]
        result[:, place] = np.where(np.isnan(column), np.nan, np.searchsorted(np.asarray(begins), column, side="right"))
    return result


def with_steps(booster: lightgbm.Booster, steps: Mapping[int, Sequence[float]]) -> lightgbm.Booster:
    """The booster that gives for values what `booster`, trained on their steps (`snapped`), gives for those.

    A split between steps k and k + 1 becomes one just below the value at which step k + 1 begins.
    """

    def moved(feature: int, threshold: str) -> str:
        if feature not in steps:
            return threshold
        # Beyond the first or last step: a split that tells only the known from what cannot be known.
        if float(threshold) < 0 or float(threshold) >= len(steps[feature]):
            return repr(math.copysign(sys.float_info.max, float(threshold)))
        begins = float(steps[feature][int(float(threshold))])
        return repr(math.nextafter(begins, -math.inf))

    def rewrite(tree: str) -> str:
        features = re.search(r"^split_feature=(.*)$", tree, re.MULTILINE)
        if features is None or not features[1].strip():
            return tree
        numbers = [int(number) for number in features[1].split()]

        def line(found: re.Match[str]) -> str:
            return "threshold=" + " ".join(map(moved, numbers, found[1].split()))

        return re.sub(r"^threshold=(.*)$", line, tree, count=1, flags=re.MULTILINE)

    head, trees, tail = _parts(booster)
    return _booster(head, [rewrite(tree) for tree in trees], tail)


def averaged(boosters: Sequence[lightgbm.Booster]) -> lightgbm.Booster:
    """One booster whose margin is the mean of theirs: all their trees, each with an equal share of its values."""
    if len(boosters) == 1:
        return boosters[0]

    def scale(tree: str) -> str:
        for name in _VALUES:
            tree = re.sub(
                rf"^{name}=(.*)$",
                lambda found: f"{name}=" + " ".join(repr(float(value) / len(boosters)) for value in found[1].split()),  # noqa: B023
                tree,
                flags=re.MULTILINE,
            )
        return tree

    parts = [_parts(booster) for booster in boosters]
    trees = [scale(tree) for _, own, _ in parts for tree in own]
    return _booster(parts[0][0], trees, parts[0][2])


def with_trees(booster: lightgbm.Booster, trees: Sequence[str]) -> lightgbm.Booster:
    """A booster over the same columns with these trees, each written from its second line on."""
    head, _, tail = _parts(booster)
    return _booster(head, trees, tail)


def tree_text(fields: Mapping[str, Sequence[float]]) -> str:
    """A tree as LightGBM writes it, from its second line on.

    Parameters
    ----------
    fields
        LightGBM's own, of the splits (``split_feature``, ``threshold``, ``decision_type``, ``left_child``,
        ``right_child``, ``internal_value``, ``internal_count``) and of the leaves (``leaf_value``, ``leaf_count``).
        Children below zero are leaves: the first is -1.
    """
    if len(fields["leaf_value"]) == 1:
        return constant_text(float(fields["leaf_value"][0]))
    ordered: dict[str, Sequence[object]] = {
        "num_leaves": [len(fields["leaf_value"])],
        "num_cat": [0],
        "split_feature": fields["split_feature"],
        "split_gain": [0] * len(fields["threshold"]),
        **{name: fields[name] for name in ("threshold", "decision_type", "left_child", "right_child", "leaf_value")},
        "leaf_weight": fields["leaf_count"],
        "leaf_count": fields["leaf_count"],
        "internal_value": fields["internal_value"],
        "internal_weight": fields["internal_count"],
        "internal_count": fields["internal_count"],
        "is_linear": [0],
        "shrinkage": [1],
    }
    return "\n".join(f"{name}={' '.join(map(repr, values))}" for name, values in ordered.items()) + "\n\n"


def constant_text(value: float) -> str:
    """A tree that says the same of everyone."""
    alone = ("leaf_weight", "leaf_count", "internal_value", "internal_weight", "internal_count")
    lines = [
        "num_leaves=1",
        "num_cat=0",
        *(
            f"{name}="
            for name in ("split_feature", "split_gain", "threshold", "decision_type", "left_child", "right_child")
        ),
        f"leaf_value={value!r}",
        *(f"{name}=" for name in alone),
        "is_linear=0",
        "shrinkage=1",
    ]
    return "\n".join(lines) + "\n\n"


def _parts(booster: lightgbm.Booster) -> tuple[str, list[str], str]:
    """The model text before its trees, each tree from its second line on, and what follows them."""
    text = booster.model_to_string()
    head, _, rest = text.partition("\nTree=0\n")
    body, _, tail = rest.partition("\nend of trees")
    return head, re.split(r"\nTree=\d+\n", body), "\nend of trees" + tail


def _booster(head: str, trees: Sequence[str], tail: str) -> lightgbm.Booster:
    # Without their sizes LightGBM reads the trees one after the other; those in the head are no longer true.
    head = re.sub(r"\ntree_sizes=.*", "", head)
    tail = re.sub(r"\nfeature_importances:\n.*?\n\n", "\nfeature_importances:\n\n", tail, flags=re.DOTALL)
    body = "".join(f"\nTree={number}\n{tree}" for number, tree in enumerate(trees))
    return lightgbm.Booster(model_str=f"{head}{body}{tail}")
