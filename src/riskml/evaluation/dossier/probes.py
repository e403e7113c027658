"""Probes for leakage: a model that learns nothing must know nothing, and indicators of days to come must know more."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from riskml.core.progress import Progress
from riskml.evaluation.evaluated_model import EvaluatedModel
from riskml.features.matrix import read_matrix
from riskml.lifecycle.training_data import new_classifier
from riskml.training.evaluation import Difference, evaluate, paired_difference
from riskml.training.ranking import Figure

PERMUTATIONS = 3
AHEAD = 31
"""Days after the visit until which the second probe's indicators know everything: what the visit found is in them."""


@dataclass(frozen=True)
class Probes:
    """What the probes found on the test part.

    Parameters
    ----------
    permuted
        The AUC of models that learnt from permuted outcomes, each with its interval.
    used, ahead
        The model's AUC with indicators of the day before the visit, and with those of `days` after it.
    gain
        The second minus the first, paired.
    """

    permuted: tuple[Figure, ...]
    days: int
    used: Figure
    ahead: Figure
    gain: Difference

    @property
    def learns_from_nothing(self) -> bool:
        """Whether every permuted model ranks better than chance, its whole interval: something of the outcome is in
        the rows themselves.
        """
        return all(one.low > 0.5 for one in self.permuted)


def probe(evaluated: EvaluatedModel, on_progress: Progress) -> Probes:
    """Run both probes."""
    permuted = []
    for number in range(PERMUTATIONS):
        on_progress("permuted outcomes", number, PERMUTATIONS)
        permuted.append(_permuted(evaluated, number))
    used, ahead = evaluated.bundle.margin(evaluated.indicators), _ahead(evaluated, on_progress)
    outcome, who = evaluated.outcome, evaluated.enterprise
    return Probes(
        tuple(permuted),
        AHEAD,
        evaluate(outcome, used, enterprise=who).figures["auc"],
        evaluate(outcome, ahead, enterprise=who).figures["auc"],
        paired_difference(outcome, ahead, used, enterprise=who)["auc"],
    )


def _permuted(evaluated: EvaluatedModel, seed: int) -> Figure:
    """A model fitted on outcomes that were dealt out anew among the visits.

    Its trees have no direction given: one that may only rise with past problems ranks better than chance whatever it
    learns from.
    """
    data = evaluated.data
    outcome = np.random.default_rng(seed).permutation(data.outcome[data.learn])
    plain = new_classifier(data).set_params(form="trees", monotone_constraints=None, n_seeds=1)
    margin = plain.fit(data.matrix[data.learn], outcome).margin(evaluated.indicators)
    return evaluate(evaluated.outcome, margin, enterprise=evaluated.enterprise).figures["auc"]


def _ahead(evaluated: EvaluatedModel, on_progress: Progress) -> np.ndarray:
    """The model's margins with indicators of some days after each visit."""
    builder, keys = evaluated.data.builder, ["enterprise_id", "as_of"]
    builder.store.open_views(builder.connection)
    days = pd.to_datetime(evaluated.visits["visit_date"]) + pd.Timedelta(days=AHEAD)
    asked = pd.DataFrame({"enterprise_id": evaluated.enterprise, "as_of": days.dt.date.to_numpy()})
    builder.pairs(asked.drop_duplicates())
    computed = read_matrix(builder, on_progress)
    computed["as_of"] = pd.to_datetime(computed["as_of"]).dt.date
    rows = asked.merge(computed, on=keys, how="left")
    return np.asarray(evaluated.bundle.margin(rows[list(evaluated.bundle.columns)]))
