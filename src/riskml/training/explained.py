"""How the reasons of an analyst's own estimator are computed, and how far off sampled ones are: whoever sees reasons is
told.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from riskml.core.language import Label
from riskml.training.bundle import ModelBundle
from riskml.training.contributions import SMALLEST_POINTS, Base, score_points
from riskml.training.predictors.estimator import ORDERS, Estimator

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]

MEASURED_ROWS = 100
"""Enterprises whose reasons are computed twice, to measure how exact they are. (Ours.)"""


@dataclass(frozen=True)
class Measured:
    """What was measured of the reasons of an estimator.

    Parameters
    ----------
    facts
        For the bundle: ``exact``; of sampled reasons also how they were sampled, and how far off they are.
    rows_per_second
        Enterprises explained on one core of this machine.
    """

    facts: dict[str, Any]
    rows_per_second: float


def measure_explaining(bundle: ModelBundle, population: pd.DataFrame) -> Measured | None:
    """Explain a few enterprises, twice where reasons are sampled; None where the bundle has trees.

    The standard error is that of one set of orders, by two that know nothing of each other: the root of the mean of
    their squared differences, over the square root of two.

    Parameters
    ----------
    population
        Rows to take them from, with the bundle's columns.
    """
    predictor = bundle.predictor
    if not isinstance(predictor, Estimator):
        return None
    places = np.linspace(0, len(population) - 1, min(MEASURED_ROWS, len(population)), dtype=np.int64)
    rows = population.iloc[places][list(bundle.columns)].to_numpy(np.float64, na_value=np.nan)
    started = time.perf_counter()
    once = predictor.contributions(rows)
    speed = len(rows) / (time.perf_counter() - started)
    if predictor.exact:
        return Measured({"exact": True}, speed)
    points, others = (_points(bundle, one) for one in (once, predictor.sampled_again(rows)))
    worth_telling = np.maximum(np.abs(points), np.abs(others)) >= SMALLEST_POINTS
    apart = np.abs(points - others)[worth_telling] / np.sqrt(2)
    facts = {
        "exact": False,
        "orders": ORDERS,
        "enterprises": len(rows),
        "standard_error": float(np.sqrt(np.mean(apart**2))) if len(apart) else 0.0,
        "largest_error": float(apart.max(initial=0.0)),
        "same_first_reason": float(np.mean(points.argmax(axis=1) == others.argmax(axis=1))),
    }
    return Measured(facts, speed)


def _points(bundle: ModelBundle, contributions: Floats) -> Floats:
    margins = sum(contributions.T, start=np.zeros(len(contributions)))
    return score_points(contributions[:, :-1], margins, bundle.score(margins), Base.of(bundle))


def explained_by(bundle: ModelBundle) -> Label | None:
    """How its reasons are computed, in a sentence or two; None where the model has trees, whose reasons are exact."""
    facts = bundle.facts.get("explained")
    if facts is None:
        return None
    name = bundle.facts["estimator"]["name"]
    against = Label(
        "起点是各项指标都取学习数据中间值的一家设想的企业",
        "they start from a supposed enterprise with the middle value of every indicator among the visits learnt from",
    )
    if facts["exact"]:
        return Label(
            f"原因的分值是精确的：所用模型（分析人员自己的 {name}）把各项指标各自的作用相加；{against.zh}。",
            f"The points of reasons are exact: the model in use, an analyst's own {name}, adds up what each indicator "
            f"does by itself; {against.en}.",
        )
    again, typical, most = (facts[key] for key in ("enterprises", "standard_error", "largest_error"))
    same = facts["same_first_reason"]
    return Label(
        f"原因的分值是近似的：所用模型（分析人员自己的 {name}）没有精确的分解，分值是 {facts['orders']} "
        f"种指标次序的平均（抽样的沙普利值）；{against.zh}。基准分加各项分值仍恰为风险分。训练时对 {again} "
        f"家企业换一组次序再算：一项原因的标准误约 {typical:.1f} 分，所见最大的一处折合 {most:.1f} 分；{same:.0%} "
        "的企业第一条原因不变。这是本系统的算法。",
        f"The points of reasons are approximate: the model in use, an analyst's own {name}, cannot be taken apart "
        f"exactly, and they are the mean over {facts['orders']} orders of the indicators (sampled Shapley values); "
        f"{against.en}. With the base score they still add up to the score. Computed again over other orders for "
        f"{again} enterprises at training: the standard error of a reason is about {typical:.1f} points, the "
        f"largest found {most:.1f}, and the first reason stays the same for {same:.0%}. It is our way of computing.",
    )
