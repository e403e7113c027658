"""What the model makes of one indicator: the mean predicted risk with everyone's value of it set to one and the
same.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from riskml.evaluation.evaluated_model import EvaluatedModel

ROWS, POINTS = 800, 12


@dataclass(frozen=True)
class Dependence:
    """Partial dependence (J. Friedman, 2001) of the calibrated risk on an indicator, from its 1st to its 99th
    percentile.
    """

    name: str
    values: tuple[float, ...]
    risks: tuple[float, ...]


def dependence(evaluated: EvaluatedModel, name: str) -> Dependence:
    """The curve of one indicator over a sample of the province."""
    known = evaluated.registered[name].dropna().to_numpy(dtype=np.float64)
    grid = np.unique(np.quantile(known, np.linspace(0.01, 0.99, POINTS))) if len(known) else np.empty(0)
    rows = evaluated.registered[list(evaluated.bundle.columns)].head(ROWS)
    risks = [
        float(evaluated.bundle.risk(evaluated.bundle.margin(rows.assign(**{name: value}))).mean()) for value in grid
    ]
    return Dependence(name, tuple(grid.tolist()), tuple(risks))
