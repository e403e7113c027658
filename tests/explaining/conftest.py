"""A small model on the small indicator system, and explanations of the small province's one enterprise."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
import pytest
from handmade import in_memory
from scipy.special import expit

from riskml.explaining.computed import explain_anew
from riskml.explaining.explanation import Explanation
from riskml.features.specs import IndicatorSystem, parse_system
from riskml.records.effect_periods import EFFECT_PERIODS
from riskml.records.tables import TABLES
from riskml.schemes.policy import Policy
from riskml.schemes.scheme import Scheme, load_scheme
from riskml.training.anchors import ScoreMap
from riskml.training.bundle import ModelBundle
from riskml.training.classifier import RiskClassifier
from riskml.training.model import Model
from riskml.training.model_method import ModelMethod
from riskml.training.peers import Peers

from .small_province import BASIC, PERIODS, ROWS, SCHEME, SYSTEM, Rows, T, matrix_row

Explain = Callable[..., Explanation]


@pytest.fixture(scope="session")
def system() -> IndicatorSystem:
    return parse_system({"features/basic.yaml": BASIC, "features/supervision.yaml": SYSTEM})


@pytest.fixture(scope="session")
def scheme() -> Scheme:
    return load_scheme(SCHEME)


@pytest.fixture(scope="session")
def model(system: IndicatorSystem) -> Model:
    """Trained on made-up rows in which penalties, listings and problems found go with the outcome."""
    random = np.random.default_rng(0)
    size = 3000
    counts = random.poisson(0.6, size).astype(float)
    X = pd.DataFrame({column.name: random.random(size) for column in system.columns})
    X["registered_capital"] = random.gamma(2, 100, size)
    X["penalty_count_365d"], X["penalty_days_since"] = counts, np.where(counts > 0, random.integers(1, 365, size), 3650)
    X["fine_amount"] = X["largest_fine"] = counts * random.gamma(2, 2, size)
    X["fields"] = np.minimum(counts, 2)
    X["fine_to_capital"] = X["fine_amount"] / X["registered_capital"]
    X["last_problem"] = (random.random(size) < 0.3).astype(float)
    X.loc[::4, ["last_problem", "problem_share_1095d", "problems_mean"]] = np.nan
    X["listing_open"] = (random.random(size) < 0.2).astype(float)
    odds = counts + X["listing_open"] + X["last_problem"].fillna(0) - 2
    y = random.random(size) < expit(odds)
    classifier = RiskClassifier(
        n_estimators=40, n_jobs=1, monotone_constraints={c.name: c.constraint for c in system.columns}
    )
    classifier.fit(X[:2000], y[:2000]).calibrate(X[2000:], y[2000:])
    bundle = ModelBundle.of(
        classifier,
        ScoreMap.from_shares(classifier.calibration_.log_odds(classifier.margin(X)), (0.5, 0.3, 0.15, 0.05)),
        system={**system.texts, EFFECT_PERIODS: PERIODS},
        training="scheme: yunnan\n",
        peers=Peers.of(X, np.where(np.arange(size) % 2 == 0, "F", "C")),
        facts={
            "as_of": "2026-09-30",
            "outcome": {"zh": "检查发现问题", "en": "the visit finds a problem"},
            "cohort": {"per": "inspection"},
        },
    )
    return Model(bundle)


@pytest.fixture(scope="session")
def explained(model: Model, scheme: Scheme) -> Explain:
    """Explain E1 from `rows`."""

    def run(rows: Rows = ROWS, as_of: date = T, **more: Any) -> Explanation:
        connection = in_memory(rows)
        policy = Policy(scheme, model.trained_periods, {}, {})
        return explain_anew(
            ModelMethod(model, scheme),
            policy,
            connection,
            matrix_row(connection, model, "E1", as_of),
            **{"received": TABLES, **more},
        )

    return run
