"""What a model learns from and is judged on: the cohort, its as-of matrix, and the split in time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date

import numpy as np
import pandas as pd

from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.engines.duckdb import connect
from riskml.features.matrix import MatrixBuilder, read_matrix
from riskml.features.specs import IndicatorSystem
from riskml.records.effect_periods import EffectPeriods
from riskml.records.store import open_store
from riskml.runs.as_of import refuse_future_day
from riskml.runs.configured import configured_indicators
from riskml.training.classifier import RiskClassifier
from riskml.training.cohort import read_cohort
from riskml.training.inspector_effect import strictness
from riskml.training.population import population_sample
from riskml.training.propensity import stated_weights
from riskml.training.selection import Visits, fit_selected
from riskml.training.settings import TrainingSettings
from riskml.training.splits import TimeSplit, split_in_time


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
    population
        A random sample of enterprises and month-ends of the learning part (``enterprise_id``, ``as_of`` and the
        indicators), inspected or not; None where the way of learning asks for none.
    """

    builder: MatrixBuilder
    settings: TrainingSettings
    cohort: pd.DataFrame
    matrix: pd.DataFrame
    split: TimeSplit
    learn: np.ndarray
    population: pd.DataFrame | None = None

    @property
    def outcome(self) -> np.ndarray:
        """0 or 1 for each row of the cohort."""
        return self.cohort["outcome"].to_numpy()

    def only(self, names: tuple[str, ...] | None) -> TrainingData:
        """The same with these indicators alone; all where None."""
        if names is None:
            return self
        system = self.builder.system.select(names)
        columns = [column.name for column in system.columns]
        population = self.population
        if population is not None:
            population = population[["enterprise_id", "as_of", *columns]]
        return replace(
            self, builder=replace(self.builder, system=system), matrix=self.matrix[columns], population=population
        )

    def visits(self, mask: np.ndarray, offset: np.ndarray | None) -> Visits:
        """Some rows of the cohort as visits to learn from; `offset` as in `fit_classifier`."""
        rows = self.cohort[mask]
        return Visits(
            indicators=self.matrix[mask],
            outcome=self.outcome[mask],
            enterprise=rows["enterprise_id"].to_numpy(dtype=object),
            judged=rows["observed"].isin(self.settings.cohort.judge_on).to_numpy(),
            offset=None if offset is None else offset[mask],
        )


def read_training_data(
    workspace: Workspace,
    settings: TrainingSettings,
    as_of: date,
    on_progress: Progress,
    *,
    among: str,
    with_population: bool = False,
    indicators: tuple[IndicatorSystem, EffectPeriods] | None = None,
) -> TrainingData:
    """Read the cohort known at `as_of` and compute its indicators, each as of its own date.

    Parameters
    ----------
    among
        Whom the model grades, as a condition on the columns of ``enterprise``.
    with_population
        Whether to sample the population too, even where the settings' way of learning does not ask for it.
    indicators
        What to compute, with the effect periods: those that a model was trained with. None takes the workspace's.
    """
    system, periods = indicators or configured_indicators(workspace, settings)
    store = open_store(workspace.records)
    refuse_future_day(store, as_of)
    connection = connect(workspace.spill)
    store.open_views(connection)
    cohort = read_cohort(connection, settings, periods, as_of, among=among)
    split = split_in_time(
        cohort,
        settings.splits,
        horizon_months=settings.cohort.outcome_months,
        as_of=as_of,
        judge_on=settings.cohort.judge_on,
        file=settings.file,
    )
    learn = split.learn & cohort["observed"].isin(settings.cohort.learn_from).to_numpy()
    builder = MatrixBuilder(connection, store, system, periods)
    keys = ["enterprise_id", "as_of"]
    pairs, sample = cohort.loc[learn | split.calibrate | split.test, keys], None
    if with_population or settings.cohort.selection in ("inverse_propensity", "with_uninspected"):
        sample = population_sample(
            connection,
            periods,
            split.learn_from,
            split.learn_until,
            visits=int(learn.sum()),
            among=among,
        )
        pairs = pd.concat([pairs, sample])
    builder.pairs(pairs)
    computed = read_matrix(builder, on_progress)
    matrix = cohort[keys].merge(computed, on=keys, how="left")
    population = None if sample is None else sample.merge(computed, on=keys, how="left")
    columns = [column.name for column in system.columns]
    return TrainingData(builder, settings, cohort, matrix[columns], split, learn, population)


def visit_offset(data: TrainingData) -> np.ndarray | None:
    """The inspectors' and offices' strictness for each row of the cohort, where the settings ask to adjust for it."""
    if not data.settings.cohort.adjust_strictness:
        return None
    return strictness(data.cohort, data.cohort["observed"].isin(data.settings.cohort.judge_on).to_numpy())


def new_classifier(data: TrainingData) -> RiskClassifier:
    """An unfitted classifier with the settings' parameters and the indicators' constraints and steps."""
    constraints = {column.name: column.constraint for column in data.builder.system.columns}
    system = data.builder.system
    return RiskClassifier(
        **data.settings.model.model_dump(),
        monotone_constraints=constraints,
        steps=system.steps,
        categories=system.categories,
    )


def fit_classifier(data: TrainingData, offset: np.ndarray | None = None) -> RiskClassifier:
    """Fit on the learning part; calibrate on the later calibration part where there is one.

    Draws with a stated probability are calibrated on as what they stand for: they are likelier where the risk is
    higher. They are learnt from alike; to weigh them there was measured, and did not help (docs/en/evaluation.md).

    Parameters
    ----------
    offset
        Log-odds for each row of the cohort that shift its outcome without being the enterprise's doing (see
        `strictness`): adjusted for in fitting, absent from all predictions. None adjusts for nothing.
    """
    visits = data.visits(data.learn, offset)
    classifier = fit_selected(data.settings.cohort.selection, new_classifier(data), visits, data.population)
    if not data.settings.splits.calibrate_months:
        return classifier
    later = data.split.calibrate
    weight = stated_weights(data.cohort.loc[later, "probability"])
    return classifier.calibrate(data.matrix[later], data.outcome[later], weight)


def fit_until(data: TrainingData, settings: TrainingSettings, until: date, offset: np.ndarray | None) -> RiskClassifier:
    """Fit on what is dated up to a day, without calibration: it would change no order; `offset` as in
    `fit_classifier`.
    """
    plain = settings.model_copy(update={"splits": settings.splits.model_copy(update={"calibrate_months": 0})})
    return fit_classifier(replace(_until(data, settings, until), settings=plain), offset)


def learning_rows(data: TrainingData, settings: TrainingSettings, until: date) -> np.ndarray:
    """Mask of the visits that are learnt from where the last as-of date to learn from is `until`."""
    days = pd.to_datetime(data.cohort["as_of"])
    inside = days.between(_since(settings, until), pd.Timestamp(until)).to_numpy()
    mask: np.ndarray = data.learn & inside & data.cohort["observed"].isin(settings.cohort.learn_from).to_numpy()
    return mask


def _until(data: TrainingData, settings: TrainingSettings, until: date) -> TrainingData:
    """The visits to learn from, and the sample of everyone, up to a day and as far back as the settings say."""
    population = data.population
    if population is not None:
        dated = pd.to_datetime(population["as_of"])
        population = population[dated.between(_since(settings, until), pd.Timestamp(until))].reset_index(drop=True)
    return replace(data, learn=learning_rows(data, settings, until), population=population)


def _since(settings: TrainingSettings, until: date) -> pd.Timestamp:
    return pd.Timestamp(until) - pd.DateOffset(months=settings.splits.learn_months) + pd.Timedelta(days=1)
