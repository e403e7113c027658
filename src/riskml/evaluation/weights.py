"""How much each indicator weighs (Art. 12), in this version of the model and the earlier ones, and whether its values
drift.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from riskml.core.workspace import Workspace
from riskml.evaluation.evaluated_model import EvaluatedModel
from riskml.publication.drift import Drift, drift_of
from riskml.training.bundle import ModelBundle
from riskml.training.registry import Registry
from riskml.training.settings import parse_training

ROWS = 5_000
"""Enterprises whose contributions are averaged."""

VERSIONS = 8
"""Of the model's versions the last so many are looked at."""

LITTLE = 0.001
"""An indicator with less than a thousandth of all weight moves nobody's grade."""


@dataclass(frozen=True)
class Version:
    """One version of the model.

    Parameters
    ----------
    indicators, dimensions
        Share of the mean absolute contributions, adding up to 1.
    """

    digest: str
    as_of: str
    indicators: dict[str, float]
    dimensions: dict[str, float]


@dataclass(frozen=True)
class IndicatorWeight:
    """One indicator over the versions.

    Parameters
    ----------
    history
        Its weight in each version, None where it was not in it.
    lasting
        False where it weighed little in every version that has it, of two at least; None where only one version has it.
    drift
        How far its values moved from the learning period to the test period; None where it is known in none of the
        two.
    """

    name: str
    dimension: str
    history: tuple[float | None, ...]
    lasting: bool | None
    drift: Drift | None


@dataclass(frozen=True)
class Weights:
    """Versions, oldest first, the model in use last; indicators by weight in it."""

    versions: tuple[Version, ...]
    indicators: tuple[IndicatorWeight, ...]


def weigh(evaluated: EvaluatedModel, workspace: Workspace) -> Weights:
    """Weights of the model in use and of its versions that are logged in the workspace, on the same enterprises."""
    rows = evaluated.registered.head(ROWS)
    dimension = {column.name: column.dimension for column in evaluated.data.builder.system.columns}
    bundles = _earlier(workspace, evaluated)
    versions = [_version(bundle, rows, dimension) for bundle in (*bundles, evaluated.bundle)]
    now = versions[-1].indicators
    weights = [
        _indicator(name, dimension[name], tuple(one.indicators.get(name) for one in versions), evaluated)
        for name in sorted(now, key=lambda name: -now[name])
    ]
    return Weights(tuple(versions), tuple(weights))


def _earlier(workspace: Workspace, evaluated: EvaluatedModel) -> list[ModelBundle]:
    """Registered versions of the same model, of no local industry of its scheme, whose indicators are all known here,
    oldest first.
    """
    registry = Registry(workspace.root, parse_training(evaluated.bundle.training_yaml, "training.yaml").name)
    earlier = [
        registry.bundle(run, digest)
        for digest, run in registry.registered().items()
        if digest != evaluated.bundle.digest
    ]
    return [one for one in earlier if set(one.columns) <= set(evaluated.bundle.columns)][-(VERSIONS - 1) :]


def _version(bundle: ModelBundle, rows: pd.DataFrame, dimension: dict[str, str]) -> Version:
    size = np.abs(bundle.contributions(rows[list(bundle.columns)])[:, :-1]).mean(axis=0)
    share = size / size.sum()
    indicators = {name: float(value) for name, value in zip(bundle.columns, share, strict=True)}
    dimensions: dict[str, float] = {}
    for name, value in indicators.items():
        dimensions[dimension[name]] = dimensions.get(dimension[name], 0.0) + value
    return Version(bundle.digest, str(bundle.facts["as_of"]), indicators, dimensions)


def _indicator(
    name: str, dimension: str, history: tuple[float | None, ...], evaluated: EvaluatedModel
) -> IndicatorWeight:
    known = [value for value in history if value is not None]
    lasting = None if len(known) < 2 else max(known) >= LITTLE
    population = evaluated.data.population
    before = np.empty(0) if population is None else population[name].to_numpy(dtype=np.float64)
    after = evaluated.registered[name].to_numpy(dtype=np.float64)
    comparable = len(before) > 0 and len(after) > 0 and not (np.isnan(before).all() and np.isnan(after).all())
    texts = evaluated.data.builder.system.categories
    return IndicatorWeight(
        name=name,
        dimension=dimension,
        history=history,
        lasting=lasting,
        drift=drift_of(before, after, texts=name in texts) if comparable else None,
    )
