"""What it costs to keep the rates of trades and counties out: how much better the score ranks with them."""

from __future__ import annotations

import numpy as np

from riskml.evaluation.evaluated_model import Subject
from riskml.training.conduct import Apart
from riskml.training.evaluation import Difference, paired_difference
from riskml.training.model import Model


def price_of_peer_rates(subject: Subject) -> Difference:
    """The AUC of the score minus that of the score without what the rates of trades and counties added, on the same visits.

    It is the price of a scheme that lets no such rate move a band (``score.peer_rates_move_bands: false``): its bands are cut from the
    second of the two.
    """
    values = subject.indicators.to_numpy(dtype=np.float64)
    contributions = subject.bundle.contributions(values)
    without = Apart.of(subject.bundle, Model(subject.bundle).system.about, contributions, values).without_peers
    return paired_difference(subject.outcome, subject.score, without, enterprise=subject.enterprise)["auc"]
