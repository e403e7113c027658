"""Pairs against the interaction values of shap, on random trees."""

from __future__ import annotations

import subprocess
import sys
from typing import Any

import lightgbm
import numpy as np
import pytest
import shap
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskml.treeshap.explainer import TreeShap
from riskml.treeshap.interactions import Interactions

COLUMNS, ROWS = 7, 400


def train(seed: int, missing: float, **chosen: Any) -> tuple[lightgbm.Booster, np.ndarray]:
    """A booster over amounts, counts and numbers that stand for categories, with what it learnt from."""
    random = np.random.default_rng(seed)
    values = random.normal(size=(ROWS, COLUMNS))
    values[:, 3:5] = random.poisson(0.7, size=(ROWS, 2))
    values[:, 5] = random.permutation(8)[random.integers(8, size=ROWS)]
    values[random.random(values.shape) < missing] = np.nan
    known = np.nan_to_num(values)
    target = known[:, 0] * known[:, 1] + np.sin(4 * known[:, 2]) * known[:, 3] + (known[:, 5] % 3 == 1) * known[:, 4]
    chosen = {"objective": "regression", "verbosity": -1, "num_threads": 1, "min_data_in_leaf": 3, **chosen}
    return lightgbm.train(chosen, lightgbm.Dataset(values, target + random.normal(size=ROWS)), 4), values


def everyone(rows: int, columns: int = COLUMNS) -> np.ndarray:
    """Asking for every column of every row."""
    return np.tile(np.arange(columns), (rows, 1))


def check(booster: lightgbm.Booster, values: np.ndarray, for_shap: np.ndarray) -> np.ndarray:
    """Compare with shap; `for_shap` are the values as it reads them."""
    text, columns = booster.model_to_string(), values.shape[1]
    found = Interactions.of(text).together(values, everyone(len(values), columns))
    expected = shap.TreeExplainer(booster).shap_interaction_values(for_shap)
    apart = ~np.eye(columns, dtype=bool)
    assert np.abs(found - 2 * expected)[:, apart].max() < 1e-9
    assert not found[:, ~apart].any()
    # What shap has on the diagonal and in its row add up to the contribution.
    contributions = TreeShap.of(text).contributions(values)[:, :-1]
    diagonal = expected[:, ~apart]
    assert np.abs(diagonal + found.sum(axis=2) / 2 - contributions).max() < 1e-9
    return found


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.too_slow])
@given(
    seed=st.integers(0, 2**20),
    missing=st.sampled_from([0.0, 0.1, 0.5]),
    leaves=st.integers(2, 60),
    least=st.sampled_from([1, 3, ROWS // 3, ROWS]),
)
def test_equal_to_shap(seed: int, missing: float, leaves: int, least: int) -> None:
    booster, values = train(seed, missing, num_leaves=leaves, min_data_in_leaf=least)
    check(booster, values[:8], values[:8])


def test_columns_are_repeated_on_a_path_and_pairs_do_something() -> None:
    booster, values = train(0, 0.1, num_leaves=60)
    layout = Interactions.of(booster.model_to_string()).layout
    assert len(layout.more_step)
    assert np.abs(check(booster, values[:20], values[:20])).max() > 0.01


def test_zero_as_missing_and_missing_as_zero() -> None:
    booster, values = train(1, 0.1, num_leaves=31, zero_as_missing=True)
    check(booster, values[:20], np.where(np.abs(values[:20]) < 1e-35, np.nan, values[:20]))
    booster, values = train(1, 0.1, num_leaves=31, use_missing=False)
    check(booster, values[:20], np.nan_to_num(values[:20]))


def test_paths_of_many_columns() -> None:
    """A chain: each split takes a few rows off, so that the last leaves have dozens of columns above them."""
    random = np.random.default_rng(1)
    values = random.permuted(np.tile(np.arange(600.0)[:, np.newaxis], (1, 30)), axis=0)
    target = 1.7 ** (values >= 590).sum(axis=1) + values[:, 0] / 600
    chosen = {"objective": "regression", "num_leaves": 60, "min_data_in_leaf": 1, "verbosity": -1, "num_threads": 1}
    booster = lightgbm.train(chosen, lightgbm.Dataset(values, target), 2)
    assert np.diff(Interactions.of(booster.model_to_string()).layout.leaf_entry).max() > 16
    check(booster, values[:4], values[:4])


def test_only_pairs_asked_for_in_the_order_asked() -> None:
    booster, values = train(2, 0.1, num_leaves=31)
    interactions = Interactions.of(booster.model_to_string())
    whole = interactions.together(values[:30], everyone(30))
    asked = np.array([[4, -1, 0, 2], [1, 5, 3, -1], [-1, -1, -1, -1]] * 10)
    found = interactions.together(values[:30], asked)
    for row, columns in enumerate(asked):
        for a, one in enumerate(columns):
            for b, other in enumerate(columns):
                expected = whole[row, one, other] if one >= 0 and other >= 0 else 0.0
                assert found[row, a, b] == pytest.approx(expected, abs=1e-12)


def test_a_leaf_that_no_training_row_reached() -> None:
    """Its share is zero: a row that goes there finds it, one that does not gets nothing by it."""
    booster, values = train(3, 0.0, num_leaves=4)
    text = booster.model_to_string()
    counts = next(line for line in text.splitlines() if line.startswith("leaf_count="))
    first, *rest = counts.removeprefix("leaf_count=").split()
    emptied = text.replace(counts, f"leaf_count=0 {' '.join(rest)}")
    assert first != "0"
    found = Interactions.of(emptied).together(values[:200], everyone(200))
    assert np.isfinite(found).all()
    assert not np.array_equal(found, Interactions.of(text).together(values[:200], everyone(200)))


def test_the_loop_gives_the_same_bytes_compiled_and_as_it_stands(monkeypatch: pytest.MonkeyPatch) -> None:
    booster, values = train(4, 0.2, num_leaves=31)
    interactions = Interactions.of(booster.model_to_string())
    compiled = interactions.together(values[:10], everyone(10))
    monkeypatch.delitem(sys.modules, "numba")
    assert interactions.together(values[:10], everyone(10)).tobytes() == compiled.tobytes()


def test_one_row_is_found_without_loading_numba() -> None:
    booster, _ = train(5, 0.0, num_leaves=8)
    script = (
        "import sys, numpy as np; from riskml.treeshap.interactions import Interactions; "
        "found = Interactions.of(sys.stdin.read()).together(np.ones((1, 7)), np.arange(7)[np.newaxis]); "
        "assert np.abs(found).max() > 0; assert not {'numba', 'lightgbm', 'shap'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], input=booster.model_to_string(), text=True, check=True)
