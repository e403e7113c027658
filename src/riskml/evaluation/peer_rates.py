"""What it costs to keep the rates of trades and counties out: how much better the score ranks with them."""

from __future__ import annotations

import numpy as np

from riskml.evaluation.evaluated_model import EvaluatedModel
from riskml.training.conduct import Apart
from riskml.training.evaluation import Difference, paired_difference
from riskml.training.model import Model


def price_of_peer_rates(evaluated: EvaluatedModel) -> Difference:
    """The AUC of the score minus that of the score without what the rates of trades and counties added, on the same
    visits.

    It is the price of a scheme that lets no such rate move a band (``score.peer_rates_move_bands: false``): its bands
    are cut from the second of the two.
    """
    values = evaluated.indicators.to_numpy(dtype=np.float64)
    contributions = evaluated.bundle.contributions(values)
    without = Apart.of(evaluated.bundle, Model(evaluated.bundle).system.about, contributions, values).without_peers
    return paired_difference(evaluated.outcome, evaluated.score, without, enterprise=evaluated.enterprise)["auc"]
