"""The log-odds that any fitted classifier of scikit-learn's kind gives."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]

SMALLEST_PROBABILITY = 1e-6
"""A probability nearer to 0 or 1 counts as this far from it: a forest's 0 of 100 trees is no certainty. (Ours.)"""


def log_odds_of(classifier: Any, X: pd.DataFrame) -> Floats:
    """Its ``decision_function`` where it has one, else the log-odds of its probability; shape (n,).

    The scale of a decision function may be any: the calibration is a line through it. It is preferred because a
    probability near 0 or 1 has lost the digits that contributions need.
    """
    if hasattr(classifier, "decision_function"):
        return np.asarray(classifier.decision_function(X), dtype=np.float64)
    probability = np.asarray(classifier.predict_proba(X), dtype=np.float64)[:, 1]
    inside = np.clip(probability, SMALLEST_PROBABILITY, 1 - SMALLEST_PROBABILITY)
    return np.asarray(np.log(inside / (1 - inside)), dtype=np.float64)
