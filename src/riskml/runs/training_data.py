"""What a model learns from and is judged on: the cohort, its as-of matrix, and the split in time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

import numpy as np
import pandas as pd

from riskml.engines.duckdb import connect
from riskml.features.matrix import MatrixBuilder, read_matrix
from riskml.features.specs import load_system
from riskml.records.effect_periods import load_effect_periods
from riskml.records.store import open_store
from riskml.training.classifier import RiskClassifier
from riskml.training.cohort import read_cohort
from riskml.training.model import EFFECT_PERIODS
from riskml.training.settings import TrainingSettings
from riskml.training.splits import TimeSplit, split_in_time
from riskml.workspace import Workspace

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class TrainingData:
    """A cohort with its indicators.

    Parameters
    ----------
    cohort
        What `read_cohort` gives, n rows.
    matrix
        Indicator columns, n rows in the cohort's order; rows outside all parts are missing throughout.
    learn
        Mask of the rows the trees are fitted on: the learning part, kinds of visit in ``learn_from``.
    """

    builder: MatrixBuilder
    settings: TrainingSettings
    cohort: pd.DataFrame
    matrix: pd.DataFrame
    split: TimeSplit
    learn: np.ndarray

    @property
    def outcome(self) -> np.ndarray:
        """0 or 1 for each row of the cohort."""
        return self.cohort["outcome"].to_numpy()


def read_training_data(workspace: Workspace, settings: TrainingSettings, as_of: date, on_progress: Progress) -> TrainingData:
    """Read the cohort known at `as_of` and compute its indicators, each as of its own date."""
    system = load_system(workspace.features, *(workspace.features / "overlays" / name for name in settings.overlays))
    if settings.indicators is not None:
        system = system.select(settings.indicators)
    periods = load_effect_periods(workspace.features / EFFECT_PERIODS)
    store = open_store(workspace.records)
    connection = connect(workspace.spill)
    store.open_views(connection)
    cohort = read_cohort(connection, settings, periods, as_of)
    horizon = settings.cohort.horizon_months if settings.cohort.per == "month" else 0
    split = split_in_time(cohort, settings.splits, horizon_months=horizon, as_of=as_of, judge_on=settings.cohort.judge_on)
    learn = split.learn & cohort["observed"].isin(settings.cohort.learn_from).to_numpy()
    builder = MatrixBuilder(connection, store, system, periods)
    keys = ["enterprise_id", "as_of"]
    builder.pairs(cohort.loc[learn | split.calibrate | split.test, keys])
    matrix = cohort[keys].merge(read_matrix(builder, on_progress), on=keys, how="left")
    return TrainingData(builder, settings, cohort, matrix[[column.name for column in system.columns]], split, learn)


def fit_classifier(data: TrainingData, offset: np.ndarray | None = None) -> RiskClassifier:
    """Fit on the learning part; calibrate on the later calibration part where there is one.

    Parameters
    ----------
    offset
        Log-odds for each row of the cohort that shift its outcome without being the enterprise's doing (see `strictness`):
        adjusted for in fitting, absent from all predictions. None adjusts for nothing.
    """
    constraints = {column.name: column.constraint for column in data.builder.system.columns}
    classifier = RiskClassifier(**data.settings.model.model_dump(), monotone_constraints=constraints)
    start = None if offset is None else offset[data.learn]
    classifier.fit(data.matrix[data.learn], data.outcome[data.learn], init_score=start)
    if not data.settings.splits.calibrate_months:
        return classifier
    return classifier.calibrate(data.matrix[data.split.calibrate], data.outcome[data.split.calibrate])
