"""What freshness is worth: the same days judged with what was known the day before, a week before, and at the month-end
before.

One row per enterprise and day with a visit; the day fails if any of its visits does. Asked in two ways, in learning and
in judging alike: only the rates of peers are of the earlier date and the enterprise's own history is of the day before;
or everything is, which is what a run of that date could have said.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date

import pandas as pd

from riskml.core.language import Label
from riskml.core.progress import Progress
from riskml.features.matrix import read_matrix
from riskml.lab.benchmarks.candidates import Rows
from riskml.lifecycle.training_data import TrainingData
from riskml.relations.catalogue import PEERS

KNOWN_ON: dict[str, Callable[[pd.Series], pd.Series]] = {
    "day_before": lambda days: days - pd.Timedelta(days=1),
    "week_before": lambda days: days - pd.Timedelta(days=7),
    "month_end": lambda days: days.dt.to_period("M").dt.start_time - pd.Timedelta(days=1),
}
"""How fresh → the last day whose news is known for a visit on a given day."""

LABELS = {
    "day_before": Label("前一日", "the day before"),
    "week_before": Label("前一周", "a week before"),
    "month_end": Label("上月末", "the month-end before"),
}


def first_visits(cohort: pd.DataFrame) -> pd.Series:
    """Whether each row is of the first day with a visit to its enterprise."""
    days = pd.to_datetime(cohort["visit_date"])
    return days == days.groupby(cohort["enterprise_id"]).transform("min")


def rows_of(data: TrainingData, model_columns: tuple[str, ...], plain_columns: tuple[str, ...]) -> Rows:
    """The rows of `data`, whose indicators are those of the model and of the plain model, for candidates."""
    builder = replace(data.builder, system=data.builder.system.select(model_columns))
    ordered = [column.name for column in builder.system.columns]
    return Rows(
        data=replace(
            data,
            builder=builder,
            matrix=data.matrix[ordered],
            settings=data.settings.model_copy(update={"indicators": model_columns}),
        ),
        plain=data.matrix[list(plain_columns)],
        first=first_visits(data.cohort).to_numpy(),
    )


def days_known_on(data: TrainingData, known: Callable[[pd.Series], pd.Series], on_progress: Progress) -> TrainingData:
    """One row per enterprise and day of the visits of `data`, with what was known on the date that `known` gives for
    the day.
    """
    keys = ["enterprise_id", "as_of"]
    cohort = data.cohort.groupby(["enterprise_id", "visit_date"], as_index=False).agg(
        outcome=("outcome", "max"), observed=("observed", "first"), visit_id=("visit_id", "first")
    )
    cohort["as_of"] = known(pd.to_datetime(cohort["visit_date"])).dt.date
    cohort = cohort.sort_values(["visit_date", "enterprise_id"], ignore_index=True)
    data.builder.pairs(cohort[keys])
    computed = read_matrix(data.builder, on_progress)
    computed["as_of"] = pd.to_datetime(computed["as_of"]).dt.date
    matrix = cohort[keys].merge(computed, on=keys, how="left")[list(data.matrix.columns)]
    return replace(data, cohort=cohort, matrix=matrix, learn=cohort["visit_date"].notna().to_numpy())


def with_rates_of(fresh: TrainingData, earlier: TrainingData) -> TrainingData:
    """The rows of `fresh`, with the rates of peers that `earlier` has for them."""
    rates = [column.name for column in fresh.builder.system.columns if column.indicator.from_ in PEERS]
    return replace(fresh, matrix=fresh.matrix.assign(**{name: earlier.matrix[name] for name in rates}))


def quarters(first_day: date, last_day: date) -> tuple[tuple[date, date], ...]:
    """The quarters that begin between two days, each as its first and last day.

    >>> quarters(date(2022, 10, 1), date(2023, 3, 31))
    ((datetime.date(2022, 10, 1), datetime.date(2022, 12, 31)), (datetime.date(2023, 1, 1), datetime.date(2023, 3, 31)))
    """
    periods = pd.period_range(first_day, last_day, freq="Q")
    return tuple((period.start_time.date(), period.end_time.date()) for period in periods)
