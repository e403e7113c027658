"""The kernel against LightGBM's own contributions, on every kind of tree it covers."""

from __future__ import annotations

from typing import Any

import lightgbm
import numpy as np
import pytest

from riskml.training.classifier import booster_contributions
from riskml.treeshap.explainer import TreeShap
from riskml.treeshap.trees import NotCoveredError

ROWS = 3000


def data(seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(seed)
    values = random.normal(size=(ROWS, 12))
    values[:, 6:] = random.poisson(0.6, size=(ROWS, 6))
    values[random.random(values.shape) < 0.08] = np.nan
    known = np.nan_to_num(values)
    outcome = known[:, 0] + known[:, 1] * known[:, 7] + np.sin(3 * known[:, 2]) + random.normal(size=ROWS) > 0.5
    return values, outcome


def train(rounds: int = 25, **settings: Any) -> tuple[lightgbm.Booster, np.ndarray]:
    values, outcome = data()
    chosen = {"objective": "binary", "verbosity": -1, "num_threads": 1, **settings}
    return lightgbm.train(chosen, lightgbm.Dataset(values, outcome), rounds), values


@pytest.mark.parametrize(
    "settings",
    [
        {"num_leaves": 31},
        {"num_leaves": 31, "max_depth": 6},
        {"num_leaves": 2},
        {"num_leaves": 200, "min_data_in_leaf": 3},
        {"num_leaves": 40, "zero_as_missing": True},
        {"num_leaves": 31, "use_missing": False},
        {"num_leaves": 31, "monotone_constraints": [1] * 3 + [0] * 9, "bagging_fraction": 0.6, "bagging_freq": 1},
        {"num_leaves": 31, "min_data_in_leaf": ROWS},
    ],
    ids=str,
)
def test_equal_to_lightgbm(settings: dict[str, Any]) -> None:
    booster, values = train(**settings)
    odd = values[:400].copy()
    odd[:50, 0], odd[50:90, 7], odd[90:120, 8], odd[120:140, 1] = np.inf, 1e-36, -1e-35, -np.inf
    found = TreeShap.of(booster.model_to_string()).contributions(odd)
    assert np.abs(found - booster.predict(odd, pred_contrib=True)).max() < 1e-9
    assert np.abs(found.sum(axis=1) - booster.predict(odd, raw_score=True)).max() < 1e-9


def test_values_exactly_at_a_threshold_go_where_lightgbm_sends_them() -> None:
    booster, values = train(num_leaves=31)
    frame = booster.trees_to_dataframe()
    cuts = frame.dropna(subset=["threshold"])
    rows = np.tile(values[:1], (len(cuts), 1))
    columns = cuts["split_feature"].str.removeprefix("Column_").astype(int).to_numpy()
    rows[np.arange(len(cuts)), columns] = cuts["threshold"].to_numpy(dtype=float)
    found = TreeShap.of(booster.model_to_string()).contributions(rows)
    assert np.abs(found - booster.predict(rows, pred_contrib=True)).max() < 1e-9


def test_leaves_too_deep_for_a_table() -> None:
    """A chain: each split takes a few rows off, so that the last leaves have dozens of splits above them."""
    random = np.random.default_rng(1)
    values = random.permuted(np.tile(np.arange(600.0)[:, np.newaxis], (1, 30)), axis=0)
    target = 1.7 ** (values >= 590).sum(axis=1) + values[:, 0] / 600
    settings = {"objective": "regression", "num_leaves": 60, "min_data_in_leaf": 1, "verbosity": -1, "num_threads": 1}
    booster = lightgbm.train(settings, lightgbm.Dataset(values, target), 10)
    explainer = TreeShap.of(booster.model_to_string())
    assert len(explainer.layout.deep_value)  # integrated row by row
    assert (np.diff(explainer.layout.bit_step) > 1).any()  # bits of several splits on one indicator
    assert np.abs(explainer.contributions(values) - booster.predict(values, pred_contrib=True)).max() < 1e-9


def test_neither_threads_nor_neighbours_change_a_byte() -> None:
    booster, values = train(num_leaves=31)
    explainer = TreeShap.of(booster.model_to_string())
    whole = explainer.contributions(np.tile(values, (4, 1)))
    assert whole.tobytes() == explainer.contributions(np.tile(values, (4, 1)), threads=2).tobytes()
    assert whole[17:60].tobytes() == explainer.contributions(values[17:60]).tobytes()


def test_a_model_that_is_not_covered_is_explained_by_lightgbm_with_a_warning() -> None:
    booster, values = train(num_leaves=8, linear_tree=True)
    with pytest.raises(NotCoveredError, match="linear"):
        TreeShap.of(booster.model_to_string())
    booster, values = train(boosting="rf", bagging_fraction=0.5, bagging_freq=1, num_leaves=8)
    with pytest.warns(UserWarning, match="random forest"):
        found = booster_contributions(booster, booster.model_to_string(), values[:20])
    assert np.array_equal(found, booster.predict(values[:20], pred_contrib=True))
