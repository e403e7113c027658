"""What is timed, each in a process of its own: so one side's caches do not serve the other, and memory is measured per
side.

``python -m riskml.lab.benchmarks.speed_sides STEP WORKSPACE AS_OF`` prints one JSON object.
"""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from riskml.core.workspace import Workspace
from riskml.engines.duckdb import connect
from riskml.explaining.computed import REASONS
from riskml.features.matrix import MatrixBuilder, read_matrix
from riskml.lab.benchmarks.speed_province import SCHEME, SpeedProvince
from riskml.runs.run_summary import peak_memory_gib
from riskml.runs.score import score
from riskml.schemes.policy import load_policy
from riskml.treeshap.explainer import TreeShap
from riskml.treeshap.interactions import WORTH_COMPILING, Interactions

PAIR_MONTHS = 36
"""Month-ends that the pairs of the training matrix are spread over."""

CONTRIBUTION_ROWS = 8_000
"""Enterprises whose contributions are computed by both kernels."""

_REPEATED = 8
"""How often the product's kernel, a hundred times as fast, gets them: in all about as many rows as one bucket of a run
has.
"""

TOGETHER_ROWS = 2_000
"""Enterprises whose pairs are computed by the product; `SHAP_ROWS` of them by shap as well."""

SHAP_ROWS = 20

NAIVE_ROWS = 20_000
"""Enterprises on which the naive side's row-by-row stages are run; their time is scaled up to all."""

_SAMPLE = "sample.npy"


def _silent(*_: object) -> None:
    """No progress: the parent shows it."""


def month_end(province: SpeedProvince) -> dict[str, Any]:
    """All indicators of everyone graded at the month-end, block by block as a run computes them; keeps a few rows for
    `contributions`.
    """
    builder = _builder(province)
    kept = []
    started = time.perf_counter()
    enterprises = builder.ask_registered(province.as_of, _graded(province))
    every = -(-enterprises // CONTRIBUTION_ROWS)
    builder.prepare()
    for _, block in builder.blocks():
        kept.append(block.values[::every].copy())
    seconds = time.perf_counter() - started
    # Column by column, as the run has them.
    np.save(province.workspace.root / _SAMPLE, np.asfortranarray(np.concatenate(kept)))
    return {"enterprises": enterprises, "seconds": seconds}


def pairs(province: SpeedProvince) -> dict[str, Any]:
    """A training matrix of as many (enterprise, as-of) pairs as there are enterprises."""
    asked = spread_pairs(_builder(province), province.as_of, _graded(province))
    builder = _builder(province)
    started = time.perf_counter()
    builder.pairs(asked)
    matrix = read_matrix(builder, _silent)
    return {"pairs": len(matrix), "seconds": time.perf_counter() - started}


def spread_pairs(builder: MatrixBuilder, as_of: date, among: str) -> pd.DataFrame:
    """Every enterprise registered at `as_of` for which the condition `among` holds, each at one of the last
    `PAIR_MONTHS` month-ends at which it was known.

    Returns
    -------
    DataFrame
        ``enterprise_id`` and ``as_of`` (date), one row per enterprise; the month-ends take turns.
    """
    builder.ask_registered(as_of, among)
    sql = (
        "SELECT enterprise_id, min(valid_from) AS first FROM enterprise SEMI JOIN all_entity_dates USING "
        "(enterprise_id) GROUP BY ALL ORDER BY ALL"
    )
    known = builder.connection.sql(sql).to_arrow_table().to_pandas(date_as_object=False)
    months = pd.date_range(end=pd.Timestamp(as_of), periods=PAIR_MONTHS, freq="ME")
    earliest = np.searchsorted(months, known["first"])
    turn = earliest + np.arange(len(known)) % (PAIR_MONTHS - earliest)
    return pd.DataFrame({"enterprise_id": known["enterprise_id"], "as_of": months.date[turn]})


def contributions(province: SpeedProvince) -> dict[str, Any]:
    """The product's contributions and LightGBM's own, on one thread each, for the same rows; laying out the trees is
    timed apart.
    """
    trees = province.trees
    values = np.load(province.workspace.root / _SAMPLE)
    TreeShap.of(trees.text).contributions(values[:100])  # whatever is compiled or loaded once is not timed
    started = time.perf_counter()
    explainer = TreeShap.of(trees.text)
    layout_seconds = time.perf_counter() - started
    bucket = np.asfortranarray(np.tile(values, (_REPEATED, 1)))
    started = time.perf_counter()
    ours = explainer.contributions(bucket, threads=1)[: len(values)]
    ours_seconds = (time.perf_counter() - started) / _REPEATED
    booster, by_row = trees.booster, np.ascontiguousarray(values)  # as LightGBM reads fastest
    started = time.perf_counter()
    theirs = np.asarray(booster.predict(by_row, pred_contrib=True, num_threads=1))
    lightgbm_seconds = time.perf_counter() - started
    return {
        "rows": len(values),
        "layout_seconds": layout_seconds,
        "ours_rows_per_second_per_core": len(values) / ours_seconds,
        "lightgbm_rows_per_second_per_core": len(values) / lightgbm_seconds,
        "ratio": lightgbm_seconds / ours_seconds,
        "max_abs_diff": float(np.abs(ours - theirs).max()),
    }


def together(province: SpeedProvince) -> dict[str, Any]:
    """The pairs among every enterprise's top reasons, and shap's interaction values, which are of all pairs, on one
    thread each.
    """
    import shap  # only here: it takes seconds to load

    text, values = province.trees.text, np.load(province.workspace.root / _SAMPLE)[:TOGETHER_ROWS]
    order = np.argsort(TreeShap.of(text).contributions(values)[:, :-1], axis=1)
    asked = np.concatenate([order[:, :REASONS], order[:, -REASONS:]], axis=1)
    Interactions.of(text).together(values[:WORTH_COMPILING], asked)  # compiled, and not timed
    started = time.perf_counter()
    interactions = Interactions.of(text)
    layout_seconds = time.perf_counter() - started
    started = time.perf_counter()
    ours = interactions.together(values, asked)
    ours_seconds = (time.perf_counter() - started) / len(values)
    explainer = shap.TreeExplainer(province.trees.booster)
    started = time.perf_counter()
    theirs = explainer.shap_interaction_values(values[:SHAP_ROWS])
    shap_seconds = (time.perf_counter() - started) / SHAP_ROWS
    same = [
        2 * found[np.ix_(columns, columns)] * ~np.eye(len(columns), dtype=bool)
        for found, columns in zip(theirs, asked, strict=False)
    ]
    return {
        "rows": len(values),
        "layout_seconds": layout_seconds,
        "ours_rows_per_second_per_core": 1 / ours_seconds,
        "shap_rows_per_second_per_core": 1 / shap_seconds,
        "ratio": shap_seconds / ours_seconds,
        "max_abs_diff": float(np.abs(ours[:SHAP_ROWS] - same).max()),
    }


def run(province: SpeedProvince) -> dict[str, Any]:
    """The whole monthly run, as ``riskml score`` makes it."""
    started = time.perf_counter()
    result = score(province.workspace, SCHEME, province.as_of, _silent)
    seconds = time.perf_counter() - started
    published = pq.read_schema(next((Path(result.folder) / "reasons").glob("*.parquet"))).names
    return {
        "enterprises": result.enterprises,
        "seconds": seconds,
        "stages": result.seconds,
        "evidence": "evidence" in published,
    }


def naive(province: SpeedProvince) -> dict[str, Any]:
    """The same as an analyst would write it with pandas and shap."""
    from riskml.lab.naive.pipeline import run_naive  # only here: what shap loads is no memory of the other side's

    folder = province.workspace.root / "naive"
    stages = run_naive(province.store, province.model.bundle, pd.Timestamp(province.as_of), folder, NAIVE_ROWS)
    return {
        "enterprises": stages.enterprises,
        "measured": stages.measured,
        "stages": stages.seconds,
        "extrapolated": sorted(stages.extrapolated),
    }


STEPS: dict[str, Callable[[SpeedProvince], dict[str, Any]]] = {
    step.__name__: step for step in (month_end, pairs, contributions, together, run, naive)
}
"""Every step by name, in the order they are run: `contributions` and `together` need rows that `month_end` keeps."""


def _graded(province: SpeedProvince) -> str:
    """Whom a run grades, as a condition on the columns of ``enterprise``."""
    return load_policy(province.workspace, SCHEME).scheme.in_scope_sql


def _builder(province: SpeedProvince) -> MatrixBuilder:
    periods = load_policy(province.workspace, SCHEME).periods
    return MatrixBuilder(connect(province.workspace.spill), province.store, province.model.system, periods)


def main(step: str, root: str, as_of: str) -> None:
    """Run one step and print what it measured, with the largest resident size of this process."""
    import riskml.training.classifier  # noqa: F401  as LightGBM is loaded before any clock starts, so on both sides

    province = SpeedProvince(Workspace(Path(root)), date.fromisoformat(as_of))
    print(json.dumps(STEPS[step](province) | {"peak_memory_gib": peak_memory_gib()}))


if __name__ == "__main__":
    main(*sys.argv[1:])
