"""How good the model is expected to be before outcomes arrive, by its own probabilities, and what later came true.

Where the probabilities are calibrated, they tell how many of those ranked high will be problems; so the AUC, the Brier
score and the problem rate can be computed without outcomes. They hold as long as the calibration does: the quarters
whose outcomes are known say how well that worked.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskml.evaluation.evaluated_model import EvaluatedModel
from riskml.evaluation.true_risk import expected_auc
from riskml.training.evaluation import evaluate, wilson
from riskml.training.ranking import Figure
from riskml.training.splits import MIN_POSITIVES

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Expected:
    """What the probabilities promise: problem rate, AUC and Brier score."""

    rate: float
    auc: float
    brier: float


@dataclass(frozen=True)
class Quarter:
    """Random draws of one quarter: what was expected of them, and what came true with its 95 % interval."""

    quarter: str
    visits: int
    expected: Expected
    rate: Figure
    auc: Figure
    brier: Figure

    @property
    def missed(self) -> tuple[str, ...]:
        """The figures whose expectation lies outside the interval of what came true."""
        pairs = {name: (getattr(self.expected, name), getattr(self, name)) for name in ("rate", "auc", "brier")}
        return tuple(name for name, (promised, found) in pairs.items() if not found.low <= promised <= found.high)


def past_quarters(evaluated: EvaluatedModel) -> tuple[Quarter, ...]:
    """The quarters of the test part with enough problems found to say something."""
    quarter = pd.PeriodIndex(pd.to_datetime(evaluated.visits["visit_date"]), freq="Q").astype(str)
    result = []
    for name in sorted(set(quarter)):
        rows = quarter == name
        found, risk = evaluated.outcome[rows], evaluated.risk[rows]
        problems = int(found.sum())
        if problems < MIN_POSITIVES or problems == len(found):
            continue
        figures = evaluate(
            found, evaluated.score[rows], probability=risk, enterprise=evaluated.enterprise[rows]
        ).figures
        rate = Figure(problems / len(found), *wilson(problems, len(found)))
        result.append(Quarter(name, len(found), expected(risk), rate, figures["auc"], figures["brier"]))
    return tuple(result)


def outlook(evaluated: EvaluatedModel) -> Expected:
    """What is expected of random draws from the province in the months to come."""
    last = evaluated.followed[evaluated.followed["as_of"] == evaluated.followed["as_of"].max()]
    return expected(evaluated.bundle.risk(evaluated.bundle.margin(last[list(evaluated.bundle.columns)])))


def expected(risk: Floats) -> Expected:
    """The figures that calibrated probabilities promise; the score is a monotone map of them."""
    return Expected(float(risk.mean()), expected_auc(risk, risk), float((risk * (1 - risk)).mean()))
