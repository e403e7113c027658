"""Points are whole numbers and follow the direction of each indicator, even where the data say otherwise."""

from __future__ import annotations

import numpy as np
import pandas as pd

from riskml.evaluation.monotone_scorecard import MonotoneScorecard


def test_points_never_fall_against_the_direction() -> None:
    generator = np.random.default_rng(4)
    X = pd.DataFrame({"penalties": generator.uniform(0, 10, 3000), "years": generator.uniform(0, 10, 3000)})
    y = generator.random(3000) < np.where(X["penalties"] > 8, 0.1, 0.2 + 0.05 * X["penalties"])  # falls at the end
    card = MonotoneScorecard.fit(X, y, {"penalties": 1})
    grid = pd.DataFrame({"penalties": np.linspace(0, 10, 50), "years": 5.0})
    score = card.score(grid)
    assert (np.diff(score) >= 0).all()
    assert score[-1] > score[0]
    assert (score == np.round(score)).all()
    free = MonotoneScorecard.fit(X, y, {}).score(grid)
    assert (np.diff(free) < 0).any()
