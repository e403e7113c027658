"""How much scores and grades move from one month to the next where the model stays the same."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from riskml.evaluation.evaluated_model import EvaluatedModel
from riskml.training.evaluation import wilson
from riskml.training.ranking import Figure
from riskml.training.stability import MonthPair, month_to_month


@dataclass(frozen=True)
class Stability:
    """Two consecutive month-ends over the enterprises registered at the first.

    Parameters
    ----------
    flipped
        The share whose grade changed, with its 95 % interval.
    far
        The share whose grade moved by two steps or more.
    """

    pair: MonthPair
    flipped: Figure
    far: float


def stability(evaluated: EvaluatedModel) -> tuple[Stability, ...]:
    """Rank correlation and grade changes between the month-ends that were followed."""
    table = evaluated.followed
    place = {grade: rank for rank, grade in enumerate(evaluated.scheme.grade_names)}
    ranks = table.assign(rank=table["grade"].map(place)).pivot(index="enterprise_id", columns="as_of", values="rank")
    pairs = month_to_month(table["enterprise_id"], table["as_of"].astype(str), table["score"])
    result = []
    for pair, (earlier, later) in zip(pairs, zip(ranks.columns[:-1], ranks.columns[1:], strict=True), strict=True):
        moved = (ranks[later] - ranks[earlier]).abs().dropna().to_numpy()
        flips = int((moved > 0).sum())
        result.append(
            Stability(pair, Figure(flips / len(moved), *wilson(flips, len(moved))), float(np.mean(moved > 1)))
        )
    return tuple(result)


def grade_shares(evaluated: EvaluatedModel) -> dict[str, float]:
    """The share of each grade at the last month-end that was followed."""
    last = evaluated.followed[evaluated.followed["as_of"] == evaluated.followed["as_of"].max()]["grade"]
    return {grade: float((last == grade).mean()) for grade in evaluated.scheme.grade_names}
