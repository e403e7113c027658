"""What days alone do: the same visits judged with older news, and the grades that move in a month in which nothing
happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd

from riskml.core.progress import Progress
from riskml.evaluation.evaluated_model import EvaluatedModel
from riskml.features.matrix import read_matrix
from riskml.lifecycle.out_of_time import grade_visits
from riskml.records.received import last_received
from riskml.training.conduct import band_scores
from riskml.training.evaluation import Difference, evaluate, paired_difference, wilson
from riskml.training.model import Model
from riskml.training.ranking import Figure

AGES = (1, 8, 31, 91)
"""How old the newest news is on the day of a visit, in days; the first is what a daily run knows."""

MONTH = timedelta(days=31)


@dataclass(frozen=True)
class Freshness:
    """The test visits, scored with what was known some days before each.

    Parameters
    ----------
    lost
        The AUC with the freshest news minus this one, paired.
    """

    days: int
    auc: Figure
    lost: Difference


@dataclass(frozen=True)
class WithoutNews:
    """Enterprises graded on the last day of the records and again a month later, when nothing had been received since.

    Parameters
    ----------
    moved, scores_moved
        The share whose grade changed, and whose score did.
    """

    first: date
    last: date
    enterprises: int
    moved: Figure
    scores_moved: Figure


def days_alone(evaluated: EvaluatedModel, on_progress: Progress) -> tuple[tuple[Freshness, ...], WithoutNews]:
    """Both, in one pass over the records."""
    builder, keys = evaluated.data.builder, ["enterprise_id", "as_of"]
    builder.store.open_views(builder.connection)
    last_day = last_received(builder.store)
    who = evaluated.followed["enterprise_id"].unique()
    still = pd.DataFrame([(one, day) for day in (last_day, last_day + MONTH) for one in who], columns=keys)
    visits = pd.to_datetime(evaluated.visits["visit_date"])
    aged = {days: _at(evaluated, visits - pd.Timedelta(days=days)) for days in AGES}
    builder.pairs(pd.concat([still, *aged.values()]).drop_duplicates())
    computed = read_matrix(builder, on_progress)
    computed["as_of"] = pd.to_datetime(computed["as_of"]).dt.date
    margins = {
        days: evaluated.bundle.margin(asked.merge(computed, on=keys, how="left")) for days, asked in aged.items()
    }
    fresh = margins[AGES[0]]
    curve = tuple(
        Freshness(
            days,
            evaluate(evaluated.outcome, margin, enterprise=evaluated.enterprise).figures["auc"],
            paired_difference(evaluated.outcome, fresh, margin, enterprise=evaluated.enterprise)["auc"],
        )
        for days, margin in margins.items()
    )
    return curve, _without_news(evaluated, still.merge(computed, on=keys, how="left"), last_day)


def _at(evaluated: EvaluatedModel, days: pd.Series) -> pd.DataFrame:
    return pd.DataFrame({"enterprise_id": evaluated.enterprise, "as_of": days.dt.date.to_numpy()})


def _without_news(evaluated: EvaluatedModel, rows: pd.DataFrame, last_day: date) -> WithoutNews:
    scores = band_scores(Model(evaluated.bundle), evaluated.scheme, rows)
    rows = rows.assign(score=scores, grade=grade_visits(evaluated.data.builder, rows, scores, evaluated.scheme))
    by = rows.pivot(index="enterprise_id", columns="as_of", values=["score", "grade"])
    before, after = last_day, last_day + MONTH
    count = len(by)
    grades = int((by["grade"][before] != by["grade"][after]).sum())
    moved = int((~np.isclose(by["score"][before].astype(float), by["score"][after].astype(float))).sum())
    shares = (Figure(one / count, *wilson(one, count)) for one in (grades, moved))
    return WithoutNews(before, after, count, *shares)
