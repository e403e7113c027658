"""What else could be in the model's place, trained on the same visits: baselines, challengers, parts of it, less of the
data.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskml.core.errors import RunError
from riskml.core.progress import Progress
from riskml.evaluation.evaluated_model import EvaluatedModel
from riskml.lifecycle.training_data import new_classifier, visit_offset
from riskml.records.tables import DIMENSIONS, Label
from riskml.training.baselines import baseline_scores
from riskml.training.classifier import RiskClassifier
from riskml.training.evaluation import Difference, Evaluation, evaluate, paired_difference
from riskml.training.rivals import LABELS
from riskml.training.selection import Visits, fit_selected

Floats = NDArray[np.float64]

RIVALS = {
    "model": LABELS["model"],
    "unconstrained": Label("LightGBM（无单调约束）", "LightGBM without constraints"),
    "explainable_boosting": Label("可解释提升机（EBM）", "explainable boosting machine"),
    "monotone_scorecard": Label("单调评分卡", "monotone points scorecard"),
    **{name: LABELS[name] for name in ("points_scorecard", "past_penalties", "random")},
}

CURVE_SHARES = (0.1, 0.25, 0.5)
"""Shares of the enterprises that the learning curve learns from, beside all of them."""


@dataclass(frozen=True)
class Rival:
    """A score beside the model's, on the same visits.

    Parameters
    ----------
    model_above
        The model's figures minus its own, paired; None for the model itself.
    """

    evaluation: Evaluation
    model_above: dict[str, Difference] | None


@dataclass(frozen=True)
class Part:
    """The model without a dimension, or with fewer visits to learn from.

    Parameters
    ----------
    visits
        How many it learnt from.
    lost
        The model's AUC minus this one's, paired.
    """

    name: str
    visits: int
    evaluation: Evaluation
    lost: Difference


def compare(evaluated: EvaluatedModel, monotone: RiskClassifier, on_progress: Progress) -> dict[str, Rival]:
    """The model, its challengers (the `monotone` points scorecard is fitted already) and its baselines."""
    data = evaluated.data
    learn = data.matrix[data.learn], data.outcome[data.learn]
    scores: dict[str, Floats] = {"model": evaluated.score}
    on_progress("challengers", 0, 3)
    free = new_classifier(data).set_params(monotone_constraints=None)
    visits = data.visits(data.learn, visit_offset(data))
    scores["unconstrained"] = fit_selected(data.settings.cohort.selection, free, visits, data.population).margin(
        evaluated.indicators
    )
    on_progress("challengers", 1, 3)
    scores["explainable_boosting"] = _explainable_boosting(*learn, evaluated.indicators)
    on_progress("challengers", 2, 3)
    scores["monotone_scorecard"] = monotone.margin(evaluated.indicators)
    scores |= baseline_scores(*learn, evaluated.indicators, penalty_column=data.settings.past_penalties)
    return {name: _rival(evaluated, name, values) for name, values in scores.items()}


def _rival(evaluated: EvaluatedModel, name: str, values: Floats) -> Rival:
    model = name == "model"
    evaluation = evaluate(
        evaluated.outcome,
        values,
        probability=evaluated.risk if model else None,
        grade=evaluated.grade if model else None,
        grades=evaluated.scheme.grade_names,
        date=evaluated.visits["visit_date"].to_numpy(),
        enterprise=evaluated.enterprise,
    )
    above = (
        None
        if model
        else paired_difference(evaluated.outcome, evaluated.score, values, enterprise=evaluated.enterprise)
    )
    return Rival(evaluation, above)


def _explainable_boosting(train: pd.DataFrame, outcome: NDArray[np.int64], test: pd.DataFrame) -> Floats:
    from interpret.glassbox import ExplainableBoostingClassifier  # takes seconds to import

    machine = ExplainableBoostingClassifier(outer_bags=4, interactions=10, n_jobs=1, random_state=0)
    known = train.columns[train.notna().any()]  # of a column without a value it cannot tell the range
    train, test = train[known], test[known]
    with warnings.catch_warnings():
        # It says that its own plots leave out missing values; none of them is drawn here.
        warnings.filterwarnings("ignore", message="Missing values detected")
        machine.fit(train, outcome)
    return np.asarray(machine.predict_proba(test)[:, 1], dtype=np.float64)


def ablations(evaluated: EvaluatedModel, on_progress: Progress) -> tuple[Part, ...]:
    """The model fitted again without each dimension in turn; none where it cannot be fitted again."""
    if not evaluated.refits.possible:
        return ()
    system = evaluated.data.builder.system
    dimensions = [name for name in DIMENSIONS if any(column.dimension == name for column in system.columns)]
    parts = []
    for number, dimension in enumerate(dimensions):
        on_progress("ablations", number, len(dimensions))
        kept = [column.name for column in system.columns if column.dimension != dimension]
        if kept and (part := _part(evaluated, dimension, kept, _visits(evaluated))):
            parts.append(part)
    return tuple(parts)


def learning_curve(evaluated: EvaluatedModel, on_progress: Progress) -> tuple[Part, ...]:
    """The model fitted on the visits of a tenth, a quarter and half of the enterprises, and of all; none where it
    cannot be fitted again.
    """
    if not evaluated.refits.possible:
        return ()
    visits = _visits(evaluated)
    numbers = np.unique(visits.enterprise.astype(str), return_inverse=True)[1]
    place = np.random.default_rng(0).permutation(numbers.max() + 1)[numbers] / (numbers.max() + 1)
    parts = []
    for number, share in enumerate((*CURVE_SHARES, 1.0)):
        on_progress("learning curve", number, len(CURVE_SHARES) + 1)
        some = visits.only(place < share)
        if len(set(some.outcome.tolist())) != 2:
            continue
        if part := _part(evaluated, f"{share:.0%}", list(evaluated.bundle.columns), some):
            parts.append(part)
    return tuple(parts)


def _visits(evaluated: EvaluatedModel) -> Visits:
    return evaluated.data.visits(evaluated.data.learn, visit_offset(evaluated.data))


def _part(evaluated: EvaluatedModel, name: str, columns: list[str], visits: Visits) -> Part | None:
    """None where an analyst's own estimator cannot be fitted on these."""
    fewer = Visits(visits.indicators[columns], visits.outcome, visits.enterprise, visits.judged, visits.offset)
    try:
        margin = evaluated.refits.margin(evaluated.data, fewer, evaluated.indicators)
    except RunError:
        return None
    lost = paired_difference(evaluated.outcome, evaluated.score, margin, enterprise=evaluated.enterprise)["auc"]
    return Part(name, len(visits.outcome), evaluate(evaluated.outcome, margin, enterprise=evaluated.enterprise), lost)
