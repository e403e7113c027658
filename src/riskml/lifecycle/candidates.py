"""The candidates of a training: fitted at rolling origins inside its learning part, and the one that is chosen
there.
"""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import logit
from sklearn.exceptions import ConvergenceWarning

from riskml.core.progress import Progress
from riskml.lifecycle.training_data import TrainingData, fit_until, visit_offset
from riskml.training.baselines import points_scorecard
from riskml.training.choice import BLEND, FEW, POINTS, REFERENCE, TREES, Choice, Origin, choose
from riskml.training.origins import windows
from riskml.training.settings import Candidates, ModelSettings, TrainingSettings
from riskml.training.ways import Form

Floats = NDArray[np.float64]

FEWEST_PROBLEMS = 10
"""Fewer problems found than this at an origin, or among the visits learnt from before it, and it would say nothing."""

_FORMS: dict[str, Form] = {BLEND: "blend", TREES: "trees", POINTS: "scorecard", FEW: "trees"}

FEW_SETTINGS = ModelSettings(
    form="trees", n_estimators=200, learning_rate=0.03, num_leaves=7, max_depth=-1, min_child_samples=80,
    reg_lambda=10.0, subsample=1.0,
    colsample_bytree=0.6,
)  # fmt: skip
"""Trees for a few counts and rates."""


def widened(settings: TrainingSettings) -> TrainingSettings:
    """The same settings with the indicators of all candidates."""
    if settings.indicators is None or settings.candidates is None:
        return settings
    return settings.model_copy(
        update={"indicators": tuple(dict.fromkeys((*settings.indicators, *settings.candidates.few)))}
    )


def candidate_settings(settings: TrainingSettings, name: str) -> TrainingSettings:
    """The settings that a candidate is trained with."""
    if name != FEW:
        return settings.model_copy(update={"model": settings.model.model_copy(update={"form": _FORMS[name]})})
    few = settings.candidates.few if settings.candidates else ()
    return settings.model_copy(
        update={"model": FEW_SETTINGS, "indicators": tuple(dict.fromkeys((*few, settings.past_penalties)))}
    )


def as_candidate(data: TrainingData, settings: TrainingSettings, name: str) -> TrainingData:
    """The data that a candidate is trained on.

    Parameters
    ----------
    data
        Read with the `widened` settings.
    settings
        As training.yaml has them, or as tuning found them.
    """
    own = candidate_settings(settings, name)
    return replace(data.only(own.indicators), settings=own)


def choose_candidate(data: TrainingData, settings: TrainingSettings, on_progress: Progress) -> Choice:
    """Compare the candidates on the last months of the learning part; nothing after it is looked at.

    Parameters
    ----------
    data, settings
        As for `as_candidate`.
    """
    few = settings.candidates is not None and settings.candidates.few
    names, origins = (TREES, POINTS, *((FEW,) if few else ())), []
    for one in rolling_windows(data, settings, on_progress):
        by = {name: _margin(as_candidate(data, settings, name), one.until, one.judged) for name in names}
        by |= {
            BLEND: (by[TREES] + by[POINTS]) / 2,
            REFERENCE: usual_scorecard(as_candidate(data, settings, TREES), one.learnt, one.judged),
        }
        origins.append(one.origin(data, by))
    return choose(origins)


@dataclass(frozen=True)
class Window:
    """One rolling origin's visits.

    Parameters
    ----------
    until
        The last as-of date to learn from.
    learnt, judged
        Masks of the cohort's rows: those before the origin, and the draws after it.
    """

    first: pd.Timestamp
    last: pd.Timestamp
    until: pd.Timestamp
    learnt: NDArray[np.bool_]
    judged: NDArray[np.bool_]

    def origin(self, data: TrainingData, by: dict[str, Floats]) -> Origin:
        """With the scores that candidates gave the visits judged."""
        who = data.cohort["enterprise_id"].to_numpy(dtype=object)[self.judged]
        return Origin(self.first.date(), self.last.date(), data.outcome[self.judged], who, by)


def rolling_windows(data: TrainingData, settings: TrainingSettings, on_progress: Progress) -> Iterator[Window]:
    """The rolling origins at the end of the learning part, oldest first, without those that would say nothing."""
    asked = settings.candidates or Candidates()
    days = pd.to_datetime(data.cohort["as_of"])
    draws = data.learn & data.cohort["observed"].isin(settings.cohort.judge_on).to_numpy()
    found = windows(data.split.learn_until, asked.origins, asked.months, settings.cohort.outcome_months)
    for number, one in enumerate(found):
        on_progress("candidates", number, asked.origins)
        first, last, until = (pd.Timestamp(day) for day in (one.first, one.last, one.until))
        judged = draws & days.between(first, last).to_numpy()
        learnt = data.learn & (days <= until).to_numpy()
        if min(rarer(data.outcome[judged]), rarer(data.outcome[learnt])) >= FEWEST_PROBLEMS:
            yield Window(first, last, until, learnt, judged)


def usual_scorecard(data: TrainingData, learn: NDArray[np.bool_], judged: NDArray[np.bool_]) -> Floats:
    """Log-odds by the points scorecard that an office would set up today, fitted on some rows and asked of others."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # points that still move a little rank the same
        fitted = points_scorecard().fit(data.matrix[learn], data.outcome[learn])
    return np.asarray(logit(fitted.predict_proba(data.matrix[judged])[:, 1]))


def _margin(data: TrainingData, until: pd.Timestamp, judged: NDArray[np.bool_]) -> Floats:
    classifier = fit_until(data, data.settings, until.date(), visit_offset(data))
    return classifier.margin(data.matrix[judged])


def rarer(outcome: NDArray[np.int64]) -> int:
    """How often the rarer of the two outcomes came."""
    return int(min(outcome.sum(), len(outcome) - outcome.sum()))
