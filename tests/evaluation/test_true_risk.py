"""The expected AUC is the mean of the AUCs of outcomes drawn from the risk."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from riskml.evaluation.true_risk import expected_auc


def test_expected_auc_is_the_mean_over_drawn_outcomes() -> None:
    generator = np.random.default_rng(2)
    risk = generator.uniform(0.05, 0.8, 800)
    score = np.round(risk + generator.normal(0, 0.2, 800), 1)  # with ties
    drawn = [roc_auc_score(generator.random(800) < risk, score) for _ in range(300)]
    assert expected_auc(score, risk) == pytest.approx(np.mean(drawn), abs=0.004)
