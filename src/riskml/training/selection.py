"""Learning from visits that were not chosen at random: the ways there are, and one place that fits by each of them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import expit

from riskml.training.classifier import RiskClassifier
from riskml.training.propensity import inspection_log_odds, inverse_weights
from riskml.training.pu_learning import with_uninspected
from riskml.training.ways import Selection

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Visits:
    """The visits that are learnt from.

    Parameters
    ----------
    indicators
        Shape (n, k), each as of the day before the visit.
    outcome
        Shape (n,): 1 where the visit found a problem.
    enterprise
        Shape (n,).
    judged
        Shape (n,): whether the regulator's suspicion did not choose it (a random draw).
    offset
        Shape (n,), log-odds that shift the outcome without being the enterprise's doing; None for nothing.
    """

    indicators: pd.DataFrame
    outcome: NDArray[np.int64]
    enterprise: NDArray[np.object_]
    judged: NDArray[np.bool_]
    offset: Floats | None = None

    def only(self, mask: NDArray[np.bool_]) -> Visits:
        """Some of the visits."""
        offset = None if self.offset is None else self.offset[mask]
        return Visits(self.indicators[mask], self.outcome[mask], self.enterprise[mask], self.judged[mask], offset)


def fit_selected(
    selection: Selection, classifier: RiskClassifier, visits: Visits, population: pd.DataFrame | None
) -> RiskClassifier:
    """Fit a classifier on selected labels.

    Parameters
    ----------
    selection
        ``as_inspected``: every visit counts alike. ``judged_only``: random draws alone. ``inverse_propensity``: every
        visit, weighted by the inverse of its propensity. ``with_uninspected``: every visit, and those that nobody
        inspected by the risk that a first fit expects of them.
    classifier
        With its parameters; it is fitted (twice for ``with_uninspected``).
    population
        A random sample of enterprises and dates: ``enterprise_id`` and the visits' indicators. The first two ways need
        none.
    """
    if selection == "judged_only":
        visits = visits.only(visits.judged)
    weight = None
    if selection == "inverse_propensity" and population is not None:
        weight = inverse_weights(visit_log_odds(visits, population))
    whose = visits.enterprise
    classifier.fit(visits.indicators, visits.outcome, sample_weight=weight, init_score=visits.offset, groups=whose)
    if selection != "with_uninspected" or population is None:
        return classifier
    others = population[~population["enterprise_id"].isin(whose)]
    if others.empty:
        return classifier
    uninspected = others[list(visits.indicators)]
    # Nobody looked, so nobody's strictness: what a typical inspector would have found.
    usual = 0.0 if visits.offset is None else float(visits.offset.mean())
    risk = expit(classifier.margin(uninspected) + usual)
    indicators, outcome, weights = with_uninspected(visits.indicators, visits.outcome, uninspected, risk)
    offset = (
        None if visits.offset is None else np.append(visits.offset, np.full(len(outcome) - len(visits.offset), usual))
    )
    twice = others["enterprise_id"].to_numpy(dtype=object)
    return classifier.fit(
        indicators, outcome, sample_weight=weights, init_score=offset, groups=np.concatenate([whose, twice, twice])
    )


def visit_log_odds(visits: Visits, population: pd.DataFrame) -> Floats:
    """`inspection_log_odds` of the visits against a sample of everyone; shape (n,)."""
    sample = population[list(visits.indicators)]
    return inspection_log_odds(visits.indicators, sample, visits.enterprise, population["enterprise_id"])
