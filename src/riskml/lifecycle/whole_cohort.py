"""Every visit that may be learnt from, with its indicators: what analysts work on, and other models are judged on."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import pandas as pd

from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.lifecycle.training_data import TrainingData, read_training_data
from riskml.runs.configured import check_configured, configured_indicators
from riskml.schemes.policy import load_policy
from riskml.training.origins import RollingOrigins, windows
from riskml.training.settings import load_training


def read_whole_cohort(
    workspace: Workspace, name: str, as_of: date, on_progress: Progress, *, trial: Path | None = None
) -> TrainingData:
    """The cohort of a model as it was known at `as_of`, over all the months of its learning, calibration and test
    parts, and of all kinds of visits that are learnt from; errors as `read_training_data`.

    The settings that it comes with are those of training.yaml; who fits a model on it says up to which day.

    Parameters
    ----------
    trial
        As for `configured_indicators`.
    """
    settings, _ = load_training(workspace.model(name) / "training.yaml")
    check_configured(workspace, settings.scheme, settings.industry)
    among = load_policy(workspace, settings.scheme).graded_by(settings.industry).graded_sql(settings.cohort.industries)
    own = settings.splits
    until = (pd.Timestamp(as_of) - pd.DateOffset(months=settings.cohort.outcome_months)).date()
    whole = own.model_copy(
        update={
            "learn_months": own.learn_months + own.calibrate_months + own.test_months,
            "calibrate_months": 0,
            "learn_until": until,
            "test_from": None,
        }
    )
    asked = settings.model_copy(update={"splits": whole})
    indicators = configured_indicators(workspace, asked, trial)
    data = read_training_data(workspace, asked, as_of, on_progress, among=among, indicators=indicators)
    return replace(data, settings=settings)


def rolling_origins(data: TrainingData, origins: int, months: int) -> RollingOrigins:
    """The last `origins` windows of `months` months of a whole cohort; random draws alone are judged on."""
    cohort, settings = data.cohort, data.settings.cohort
    judged = data.learn & cohort["observed"].isin(settings.judge_on).to_numpy()
    found = windows(data.split.learn_until, origins, months, settings.outcome_months)
    return RollingOrigins(found, pd.to_datetime(cohort["as_of"]), judged)
