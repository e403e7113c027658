"""Which of an enterprise's reasons do more, or less, together than each by itself.

What a pair does is a part of the points that its two reasons have already, half of it in each of them: it never comes
on top.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from riskml.core.language import say
from riskml.explaining.found import Found
from riskml.explaining.reasons import Reason
from riskml.explaining.values import points
from riskml.records.tables import Label
from riskml.schemes.methods.method import Method
from riskml.training.contributions import score_points
from riskml.training.model_method import ModelMethod
from riskml.treeshap.trees import NotCoveredError

SMALLEST_POINTS = 5.0
"""A pair that moved the score by less is not worth a sentence. (Ours.)"""

MOST = 3
"""Pairs told of at most, those with most points first. (Ours.)"""


@dataclass(frozen=True)
class Together:
    """Two reasons that act on each other.

    Parameters
    ----------
    indicators
        The columns' names in the matrix.
    labels, said
        What they are called, and their values in words.
    points
        By how much the score is higher than if each had only what it adds by itself: the whole interaction
        (`riskml.treeshap.interactions`), of which half is in each reason's points. Negative where the two overlap.
    """

    indicators: tuple[str, str]
    labels: tuple[Label, Label]
    said: tuple[Label, Label]
    points: float

    @property
    def sentence(self) -> Label:
        """The pair as a sentence in both languages."""
        amount = points(self.points)
        more, unit = self.points > 0, "point" if amount == "1" else "points"
        first, second = zip(self.labels, self.said, strict=True)
        return Label(
            f"“{first[0].zh}：{first[1].zh}”与“{second[0].zh}：{second[1].zh}”同时存在，"
            f"两者合在一起，风险分比分别作用时{'多' if more else '少'}{amount}分。",
            f"“{first[0].en}: {first[1].en}” and “{second[0].en}: {second[1].en}” together: {amount} {unit} "
            f"{'more' if more else 'less'} than what each adds by itself.",
        )


def find_together(found: Found, method: Method, reasons: Sequence[Reason]) -> tuple[Together, ...]:
    """The pairs among an enterprise's reasons that are worth telling of, most points first.

    There are none of methods of points and counts: an item is worth the same whatever else is on record. Nor are there
    of a predictor that does not tell of pairs.

    Parameters
    ----------
    found
        Its indicators, margin and score, computed anew or read from a run.
    reasons
        Of columns of `method`, those that raised the score and those that lowered it.
    """
    if not isinstance(method, ModelMethod) or found.score is None or len(reasons) < 2:
        return ()
    places = [method.bundle.columns.index(one.indicator) for one in reasons]
    try:
        interactions = method.bundle.together(found.values[np.newaxis], np.array([places]))
    except NotCoveredError as error:
        warnings.warn(
            say(f"没有计算两条原因的共同作用：{error.zh}。", f"What reasons do together was not computed: {error.en}."),
            stacklevel=2,
        )
        return ()
    if interactions is None:
        return ()
    moved = score_points(
        interactions.reshape(1, -1), np.array([found.margin]), np.array([found.score]), method.base
    ).reshape(interactions.shape[1:])
    pairs = [
        Together((one.indicator, other.indicator), (one.label, other.label), (one.said, other.said), float(moved[a, b]))
        for b, other in enumerate(reasons)
        for a, one in enumerate(reasons[:b])
        if abs(moved[a, b]) >= SMALLEST_POINTS
    ]
    return tuple(sorted(pairs, key=lambda pair: -abs(pair.points))[:MOST])
