"""What a plan by the model's scores would have found among the visits of the test part, which the model has not seen.

Twice. From random draws: what they found stands for everyone, and no assumption is needed. Draws of plans weigh as the
inverse of their stated chances, and as soon as there are any they alone count; before, all draws weigh alike. From all
visits, weighed by how likely each was, which is itself estimated: more visits, and right only as far as what led to
them is among the indicators.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskml.core.progress import Progress
from riskml.evaluation.evaluated_model import EvaluatedModel
from riskml.features.matrix import read_matrix
from riskml.sampling.worth import (
    GREEDY,
    PENALTIES,
    PLAN,
    PREVIOUS,
    UNIFORM,
    Outcomes,
    Policy,
    Worth,
    compare,
    with_least,
)
from riskml.training.propensity import inspection_log_odds, inverse_weights

Floats = NDArray[np.float64]

MONTH = timedelta(days=31)
"""How much older what the plan before knew is."""

FEWEST = 200
"""Enterprises of a month whose scores say where the month's plan ends."""


@dataclass(frozen=True)
class PlanWorth:
    """What plans would have found in the test period.

    Parameters
    ----------
    since, until
        The days of the visits.
    share, least
        Which share of everyone is visited, and the least chance of the plan.
    draws, visits
        How many visits each rests on.
    by_draws, by_visits
        Policy → its worth, from random draws and from all visits.
    simulated
        Whether the records are generated.
    """

    since: date
    until: date
    share: float
    least: float
    draws: int
    visits: int
    by_draws: dict[str, Worth]
    by_visits: dict[str, Worth]
    simulated: bool


def plan_worth(evaluated: EvaluatedModel, share: float, least: float, on_progress: Progress) -> PlanWorth:
    """Compare drawing alike, past penalties, the score of a month before, the score, and the score with a least chance.

    Raises
    ------
    ValueError
        Where the least chance is more than the share visited.
    """
    split, cohort = evaluated.data.split, evaluated.data.cohort
    dated = pd.to_datetime(cohort["as_of"])
    within = dated.between(pd.Timestamp(split.test_from), pd.Timestamp(split.test_until)).to_numpy()
    visits = cohort[within].reset_index(drop=True)
    now, before, everyone_before = _rows(evaluated, visits, on_progress)
    random, stated = _draws(split.test[within], visits["probability"].to_numpy(np.float64))
    outcome, enterprise = visits["outcome"].to_numpy(np.float64), visits["enterprise_id"].to_numpy(dtype=object)
    by_column = _columns(evaluated, now, before)
    everyone = _columns(evaluated, evaluated.registered, everyone_before)
    risk = evaluated.bundle.risk(evaluated.bundle.margin(now))
    columns = list(evaluated.bundle.columns)
    weight = inverse_weights(
        inspection_log_odds(now[columns], evaluated.registered[columns], enterprise, _ids(evaluated.registered))
    )

    months = _months(visits["as_of"])

    def compared(rows: NDArray[np.bool_], weights: Floats) -> dict[str, Worth]:
        own = {name: values[rows] for name, values in by_column.items()}
        policies = _policies(own, months[rows], everyone, evaluated, share, least)
        return compare(Outcomes(outcome[rows], enterprise[rows], weights, risk[rows]), policies)

    return PlanWorth(
        since=split.test_from + timedelta(days=1),
        until=split.test_until + timedelta(days=1),
        share=share,
        least=least,
        draws=int(random.sum()),
        visits=len(visits),
        by_draws=compared(random, stated),
        by_visits=compared(np.ones(len(visits), dtype=bool), weight),
        simulated=bool(evaluated.bundle.facts["simulated"]),
    )


def _draws(random: NDArray[np.bool_], probability: Floats) -> tuple[NDArray[np.bool_], Floats]:
    """Which visits are draws that stand for everyone, and how many each of these stands for.

    Parameters
    ----------
    random
        Which visits are random draws out of time; shape (visits,).
    probability
        With which they were drawn by a plan; not a number where none is on record.

    Examples
    --------
    >>> [one.tolist() for one in _draws(np.array([True, True, False]), np.array([np.nan, 0.1, 0.2]))]
    [[False, True, False], [10.0]]
    >>> [one.tolist() for one in _draws(np.array([True, False]), np.array([np.nan, 0.2]))]
    [[True, False], [1.0]]
    """
    stated = random & (probability > 0)
    if stated.any():
        return stated, 1 / probability[stated]
    return random, np.ones(int(random.sum()))


def _rows(
    evaluated: EvaluatedModel, visits: pd.DataFrame, on_progress: Progress
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """The indicators of the day before each visit, of a month before that, and of everyone a month before."""
    builder, keys = evaluated.data.builder, ["enterprise_id", "as_of"]
    builder.store.open_views(builder.connection)
    now, everyone = (
        rows[keys].assign(as_of=pd.to_datetime(rows["as_of"]).dt.date) for rows in (visits, evaluated.registered)
    )
    before, everyone_before = (
        rows.assign(as_of=rows["as_of"].map(lambda day: day - MONTH)) for rows in (now, everyone)
    )
    builder.pairs(pd.concat([now, before, everyone_before]).drop_duplicates())
    computed = read_matrix(builder, on_progress)
    computed["as_of"] = pd.to_datetime(computed["as_of"]).dt.date
    now, before, everyone_before = (
        rows.merge(computed, on=keys, how="left") for rows in (now, before, everyone_before)
    )
    return now, before, everyone_before


def _columns(evaluated: EvaluatedModel, now: pd.DataFrame, before: pd.DataFrame) -> dict[str, Floats]:
    """What each policy goes by."""
    bundle, penalties = evaluated.bundle, evaluated.data.settings.past_penalties
    return {
        PENALTIES: now[penalties].fillna(0).to_numpy(np.float64),
        PREVIOUS: bundle.score(bundle.margin(before[list(bundle.columns)])),
        GREEDY: bundle.score(bundle.margin(now[list(bundle.columns)])),
    }


def _policies(
    own: dict[str, Floats],
    months: NDArray[np.str_],
    everyone: dict[str, Floats],
    evaluated: EvaluatedModel,
    share: float,
    least: float,
) -> dict[str, Policy]:
    """The chances of the visits, and the risk of everyone whom each policy would visit; each month has its plan."""
    registered = evaluated.registered
    risk = evaluated.bundle.risk(evaluated.bundle.margin(registered[list(evaluated.bundle.columns)]))
    of_everyone = _months(registered["as_of"])

    def policy(name: str, floor: float) -> Policy:
        chance, theirs = np.full(len(months), share), np.full(len(risk), share)
        for month in np.unique(of_everyone):
            there = of_everyone == month
            theirs[there] = with_least(everyone[name][there], everyone[name][there], share, floor)
        for month in np.unique(months):
            # Of a month at the edge of the period there may be no sample of everyone.
            there = of_everyone == month if (of_everyone == month).sum() >= FEWEST else np.ones(len(risk), dtype=bool)
            chance[months == month] = with_least(own[name][months == month], everyone[name][there], share, floor)
        return Policy(chance, float(np.average(risk, weights=theirs)))

    return {
        UNIFORM: Policy(np.full(len(months), share), float(risk.mean())),
        **{name: policy(name, 0.0) for name in own},
        PLAN: policy(GREEDY, least),
    }


def _months(days: pd.Series) -> NDArray[np.str_]:
    return pd.to_datetime(days).dt.to_period("M").astype(str).to_numpy(dtype=str)


def _ids(rows: pd.DataFrame) -> NDArray[np.object_]:
    return rows["enterprise_id"].to_numpy(dtype=object)
