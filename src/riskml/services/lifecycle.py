"""The life of a model: trained, promoted, and looked up again."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from riskml.core.principal import Principal
from riskml.core.progress import Progress
from riskml.core.remarks import remark
from riskml.core.workspace import Workspace, model_name
from riskml.lifecycle.model_history import Graded, graded_in
from riskml.lifecycle.promote import Promotion, promote
from riskml.lifecycle.promotion_log import Entry, promotions
from riskml.lifecycle.retrain import Training, retrain
from riskml.runs.method_in_use import require_model
from riskml.services.asking import asked_by
from riskml.training.registry import Registry, Version
from riskml.training.tuning import Trial


@dataclass(frozen=True)
class Registered:
    """A registered version, and the figures of its test part: name → value, low, high."""

    version: Version
    figures: Mapping[str, Any]


@dataclass(frozen=True)
class Models:
    """The versions of a model, oldest first, and every promotion."""

    name: str
    versions: tuple[Registered, ...]
    promotions: tuple[Entry, ...]


def train(
    workspace: Workspace,
    asker: Principal,
    scheme: str,
    industry: str | None,
    as_of: date,
    on_progress: Progress,
    *,
    trials: int = 0,
    on_trial: Callable[[Trial], None] = lambda _: None,
    estimator: Any = None,
) -> Training:
    """Train a model of a scheme, or of a local industry of it; a ConfigurationError where the scheme needs none, or as
    `retrain`.
    """
    with asked_by(asker, workspace, None):
        require_model(workspace, scheme)
        name = model_name(scheme, industry)
        return retrain(workspace, name, as_of, on_progress, trials=trials, on_trial=on_trial, estimator=estimator)


def promote_version(
    workspace: Workspace,
    asker: Principal,
    scheme: str,
    industry: str | None,
    version: int | None,
    on_progress: Progress,
    *,
    reason: str,
    by: str | None,
) -> Promotion:
    """Compare a version, the challenger where None, with the one in use, and put it in its place; as
    `riskml.lifecycle.promote.promote`.
    """
    with asked_by(asker, workspace, None):
        return promote(workspace, model_name(scheme, industry), version, reason.strip(), by, on_progress)


def models(workspace: Workspace, asker: Principal, scheme: str, industry: str | None) -> Models:
    """What is registered of a model, and what was put to use when."""
    with asked_by(asker, workspace, None):
        name = model_name(scheme, industry)
        registry = Registry(workspace.root, name)
        if (astray := registry.astray()) is not None:
            remark(astray)
        versions = tuple(
            Registered(one, registry.load(one).facts["figures"]["model"]["figures"]) for one in registry.versions()
        )
        return Models(name, versions, tuple(promotions(workspace.ledger, name)))


def graded_by(workspace: Workspace, asker: Principal, scheme: str, month: str) -> tuple[Graded, ...]:
    """Which version graded in a month, YYYY-MM, and on what evidence it was put to use."""
    with asked_by(asker, workspace, None):
        return graded_in(workspace, scheme, month)
