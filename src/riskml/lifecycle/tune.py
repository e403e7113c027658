"""Tuning a scheme's model: rolling origins inside its learning part, and the settings that predict their random draws
best.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from sklearn.metrics import average_precision_score

from riskml import __version__
from riskml.core.errors import RunError
from riskml.core.workspace import Workspace
from riskml.lifecycle.search_settings import (
    KINDS,
    MONTHS,
    inherited_note,
    present_values,
    searched,
    wanted_tuning,
    with_values,
)
from riskml.lifecycle.training_data import TrainingData, fit_until, learning_rows, visit_offset
from riskml.training.search_space import KindChoices, Parameter, joined
from riskml.training.settings import TrainingSettings
from riskml.training.study_log import StudyLog
from riskml.training.tuning import Search, Trial, search

if TYPE_CHECKING:
    import optuna

Mask = NDArray[np.bool_]

FEWEST_PROBLEMS = 10
"""Fewer problems found than this in a fold, or among the visits it learns from, and its figure would say nothing."""


@dataclass(frozen=True)
class Fold:
    """One rolling origin.

    Parameters
    ----------
    first, last
        As-of dates of the visits that are predicted.
    judged
        Mask of those visits.
    until
        Last as-of date that may be learnt from.
    """

    first: date
    last: date
    judged: Mask
    until: date


@dataclass(frozen=True)
class Tuned:
    """What tuning found.

    Parameters
    ----------
    settings
        The training settings with the best trial's values.
    """

    study: str
    found: Search
    folds: tuple[Fold, ...]
    settings: TrainingSettings

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON: how it was searched and what was found."""
        return {
            "study": self.study,
            "objective": "average_precision",
            "trials": len(self.found.trials),
            "pruned": sum(trial.pruned for trial in self.found.trials),
            "untuned_value": self.found.trials[0].value,
            "best_value": self.found.best.value,
            "best_trial": self.found.best.number,
            "best_settings": dict(self.found.best.parameters),
            "folds": [
                {"from": fold.first.isoformat(), "until": fold.last.isoformat(), "visits": int(fold.judged.sum())}
                for fold in self.folds
            ],
        }


def widest(settings: TrainingSettings) -> TrainingSettings:
    """The same settings, learning from as far back as any trial's folds reach: indicators are computed for those visits
    once.
    """
    tuning = wanted_tuning(settings)
    months = tuning.space.cohort.learn_months
    longest = int(max(months.choices)) if months else settings.splits.learn_months
    reach = max(longest, settings.splits.learn_months) + tuning.folds * tuning.fold_months
    return settings.model_copy(update={"splits": settings.splits.model_copy(update={"learn_months": reach})})


def tune(
    workspace: Workspace,
    data: TrainingData,
    settings: TrainingSettings,
    as_of: date,
    trials: int,
    on_trial: Callable[[Trial], None],
) -> Tuned:
    """Search the settings of training.yaml; a search that was killed goes on where it was.

    Parameters
    ----------
    data
        Read with the `widest` settings. Neither its calibration part nor its test part is used.
    settings
        As training.yaml has them, with what is searched (see `with_search`).
    trials
        How many in all, those of an earlier, interrupted command included.

    Raises
    ------
    ConfigurationError
        Where the settings have no ``tuning``, or their present values lie outside of what is searched.
    RunError
        Where a fold has too few visits that found a problem.
    """
    tuning = wanted_tuning(settings)
    present = present_values(settings)
    folds = rolling_folds(data, settings)
    study = f"{settings.name}-{as_of.isoformat()}-{_identity(data, settings)[:12]}"
    tags = {"as_of": as_of.isoformat(), "seed": str(tuning.seed)}
    offset = visit_offset(data)  # of strictly earlier visits only: it looks past no fold
    log = StudyLog(workspace.root, settings.name, study, tags, on_trial)

    def objective(parameters: Mapping[str, Parameter], number: int) -> float:
        fold = folds[number]
        chosen = with_values(settings, parameters)
        classifier = fit_until(data, chosen, fold.until, offset)
        return float(average_precision_score(data.outcome[fold.judged], classifier.margin(data.matrix[fold.judged])))

    def suggest(trial: optuna.Trial) -> dict[str, Parameter]:
        return {
            name: values.suggest(trial, name)
            if isinstance(values, KindChoices)
            else values.suggest(trial, name, whole=isinstance(present[name], int))
            for name, values in searched(tuning).items()
        }

    found = search(
        workspace.mlruns / "studies.db",
        study,
        suggest=suggest,
        present=present,
        objective=objective,
        folds=len(folds),
        trials=trials,
        seed=tuning.seed,
        observer=log,
    )
    log.close(found)
    return Tuned(study, found, folds, with_values(settings, found.best.parameters))


def rolling_folds(data: TrainingData, settings: TrainingSettings) -> tuple[Fold, ...]:
    """The folds, earliest first, all inside the learning part."""
    tuning = wanted_tuning(settings)
    days = pd.to_datetime(data.cohort["as_of"])
    judged = data.learn & data.cohort["observed"].isin(settings.cohort.judge_on).to_numpy()
    end = pd.Timestamp(data.split.learn_until)
    folds = []
    for back in range(tuning.folds - 1, -1, -1):
        last = end - pd.DateOffset(months=back * tuning.fold_months)
        first = end - pd.DateOffset(months=(back + 1) * tuning.fold_months) + pd.Timedelta(days=1)
        until = first - pd.DateOffset(months=settings.cohort.outcome_months) - pd.Timedelta(days=1)
        mask = judged & days.between(first, last).to_numpy()
        folds.append(Fold(first.date(), last.date(), mask, until.date()))
    for fold in folds:
        _check_fold(data, settings, fold)
    return tuple(folds)


def _check_fold(data: TrainingData, settings: TrainingSettings, fold: Fold) -> None:
    """A RunError where the fold, or what the narrowest trial would learn from before it, holds too few problems."""
    space = wanted_tuning(settings).space.cohort
    months = space.learn_months.choices if space.learn_months else (settings.splits.learn_months,)
    kinds = space.learn_from.choices if space.learn_from else (settings.cohort.learn_from,)
    parts = {("检验", "predicted visits"): fold.judged}
    for chosen in kinds:
        narrow = with_values(settings, {MONTHS: int(min(months)), KINDS: joined(chosen)})
        name = joined(chosen)
        parts[f"学习（{name}）", f"visits learnt from ({name})"] = learning_rows(data, narrow, fold.until)
    for (zh, en), mask in parts.items():
        problems, rows = int(data.outcome[mask].sum()), int(mask.sum())
        if problems < FEWEST_PROBLEMS or problems == rows:
            note = inherited_note(settings)
            raise RunError(
                zh=f"调参时段 {fold.first} 至 {fold.last} 的{zh}部分只有 {rows} 次检查、{problems} 次发现问题，"
                f"至少需要 {FEWEST_PROBLEMS} 次发现问题和一次未发现；"
                f"请在 {settings.file} 的 tuning 中减少 folds，或加长 fold_months，或从 space.cohort "
                f"去掉这一选择{note[0]}。",
                en=f"Of the fold {fold.first} to {fold.last} the {en} are {rows}, of which {problems} found a problem; "
                f"{FEWEST_PROBLEMS} are needed, and "
                f"one that found none. Under tuning in {settings.file} have fewer folds, more fold_months, or leave "
                f"that choice out of space.cohort{note[1]}.",
            )


def _identity(data: TrainingData, settings: TrainingSettings) -> str:
    """Hash of all that decides the trials: a study is only continued on the same."""
    content = {
        "riskml": __version__,
        "settings": settings.model_dump(mode="json", exclude={"promotion", "anchors"}),
        "indicators": dict(data.builder.system.texts),
        "periods": data.builder.periods.model_dump(mode="json"),
        "records": data.builder.store.digest,
    }
    return hashlib.sha256(json.dumps(content, sort_keys=True, ensure_ascii=False, default=str).encode()).hexdigest()
