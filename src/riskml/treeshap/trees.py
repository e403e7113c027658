"""Reading LightGBM's model text: the trees as arrays, and what the kernel does not cover."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

MISSING_NONE, MISSING_ZERO, MISSING_NAN = 0, 1, 2
"""How LightGBM treats missing values at a split: NaN as zero, zero (and NaN) as missing, NaN as missing."""

ZERO = float(np.float32(1e-35))
"""LightGBM's kZeroThreshold: what it reads as zero."""

_DEFAULT_LEFT = 2


class NotCoveredError(ValueError):
    """The kernel does not cover this model.

    Parameters
    ----------
    zh, en
        The reason in both languages.
    """

    def __init__(self, zh: str, en: str) -> None:
        super().__init__(en)
        self.zh = zh
        self.en = en


@dataclass(frozen=True)
class Tree:
    """One tree with s splits and s + 1 leaves; children below zero are leaves (``~child``).

    Parameters
    ----------
    feature, threshold, missing, default_left, left, right
        Shape (s,).
    share_left, share_right
        Shape (s,): the share of a split's training rows that went to each side.
    value
        Shape (s + 1,): the leaves' outputs.
    """

    feature: NDArray[np.int64]
    threshold: NDArray[np.float64]
    missing: NDArray[np.int64]
    default_left: NDArray[np.bool_]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    share_left: NDArray[np.float64]
    share_right: NDArray[np.float64]
    value: NDArray[np.float64]

    @property
    def splits(self) -> int:
        """Number of splits."""
        return len(self.feature)

    def expected(self) -> float:
        """The mean output, every leaf weighted with its share of the training rows."""
        if not self.splits:
            return float(self.value[0])
        total, todo = 0.0, [(0, 1.0)]
        while todo:
            node, share = todo.pop()
            if node < 0:
                total += share * float(self.value[~node])
            else:
                todo += [
                    (int(self.left[node]), share * float(self.share_left[node])),
                    (int(self.right[node]), share * float(self.share_right[node])),
                ]
        return total


def read_trees(text: str) -> tuple[tuple[Tree, ...], int]:
    """The trees of a model text, as ``Booster.model_to_string`` gives it, and the number of columns it was trained on.

    Raises
    ------
    NotCoveredError
        For several classes, random forests, linear leaves, categorical splits, and splits without training rows.
    """
    header, *blocks = text.split("\nTree=")
    settings = _fields(header)
    if settings.get("num_tree_per_iteration") != "1":
        raise NotCoveredError("模型有多个类别", "the model has several classes")
    if "average_output" in header.splitlines():
        raise NotCoveredError("模型是随机森林（对各树取平均）", "the model is a random forest (it averages its trees)")
    return tuple(_tree(_fields(block.split("\n\n")[0])) for block in blocks), int(settings["max_feature_idx"]) + 1


def _fields(block: str) -> dict[str, str]:
    return dict(line.split("=", 1) for line in block.splitlines() if "=" in line)


def _tree(fields: dict[str, str]) -> Tree:
    if fields.get("is_linear", "0") != "0":
        raise NotCoveredError("叶子上有线性模型", "its leaves hold linear models")
    if fields.get("num_cat", "0") != "0":
        raise NotCoveredError("模型有类别型分裂", "it has categorical splits")

    def numbers(name: str, kind: Any) -> NDArray[Any]:
        return np.array(fields.get(name, "").split(), dtype=kind)

    value = numbers("leaf_value", np.float64)
    decision = numbers("decision_type", np.int64)
    left, right = numbers("left_child", np.int64), numbers("right_child", np.int64)
    if len(value) == 1:
        left = right = decision = np.empty(0, dtype=np.int64)
    counts = (numbers("internal_count", np.float64), numbers("leaf_count", np.float64))
    below_left, below_right = _rows(left, *counts), _rows(right, *counts)
    if (below_left + below_right <= 0).any():
        raise NotCoveredError("有的分裂没有训练样本数", "a split has no number of training rows")
    return Tree(
        feature=numbers("split_feature", np.int64)[: len(left)],
        threshold=numbers("threshold", np.float64)[: len(left)],
        missing=(decision >> 2) & 3,
        default_left=(decision & _DEFAULT_LEFT) > 0,
        left=left,
        right=right,
        share_left=below_left / (below_left + below_right),
        share_right=below_right / (below_left + below_right),
        value=value,
    )


def _rows(
    children: NDArray[np.int64], internal: NDArray[np.float64], leaves: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The number of training rows in each child."""
    return np.array([leaves[~child] if child < 0 else internal[child] for child in children], dtype=np.float64)
