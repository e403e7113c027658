"""Runs: everyone scored, one enterprise brought up to date, and what was published."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from riskml.audit.entries import Event
from riskml.core.china_day import china_today
from riskml.core.errors import ConfigurationError, RiskmlError
from riskml.core.language import Label
from riskml.core.principal import Principal
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace, model_name
from riskml.records.enterprise_ids import enterprise_meant
from riskml.runs.direct_at_once import UpdatedAtOnce, update_scheme
from riskml.runs.immediate import Update, told_by, update_one
from riskml.runs.industries import models_in_use
from riskml.runs.method_in_use import method_in_use, model_of
from riskml.runs.published import published_runs
from riskml.runs.result import RunResult
from riskml.runs.revisions import CHANGES, kept_folder, replaced_by
from riskml.runs.run_manifest import RunManifest
from riskml.runs.score import score, would_revise
from riskml.runs.score_all import score_all
from riskml.schemes.policy import load_policy
from riskml.services.asking import asked_by
from riskml.training.bands_of_rates import other_bands
from riskml.training.model import edited_since


@dataclass(frozen=True)
class Updated:
    """What became of one enterprise's grade; `update` is None where it stays what it was, `by` says what gives
    it now.
    """

    enterprise_id: str
    grade: str
    update: Update | None
    by: Label | None


@dataclass(frozen=True)
class ListedRun:
    """A run that was published; `current` where no revision took its place."""

    folder: Path
    manifest: RunManifest
    current: bool


@dataclass(frozen=True)
class FactsOfModel:
    """The facts of a bundle; `bands` says so where its problem rates are not by the bands in force."""

    facts: Mapping[str, Any]
    bands: Label | None


def edited_since_training(workspace: Workspace, asker: Principal, scheme: str) -> tuple[str, ...]:
    """The files that are not what the models in use were trained on: they act with the next training only. None without
    a model.
    """
    with asked_by(asker, workspace, None):
        policy = load_policy(workspace, scheme)
        model = model_of(method_in_use(workspace, policy))
        edited = set(edited_since(model, workspace.features, workspace.models / scheme)) if model else set()
        for one in models_in_use(workspace, policy):
            folder = workspace.model(model_name(scheme, one.industry.id))
            edited |= set(edited_since(one.model, workspace.features, folder))
        return tuple(sorted(edited))


def facts_of_model(workspace: Workspace, asker: Principal, scheme: str) -> FactsOfModel | None:
    """What the model in use says of itself; None where the scheme needs no model."""
    with asked_by(asker, workspace, None):
        policy = load_policy(workspace, scheme)
        model = model_of(method_in_use(workspace, policy))
        return (
            None if model is None else FactsOfModel(model.bundle.facts, other_bands(model.bundle.facts, policy.scheme))
        )


def score_province(
    workspace: Workspace,
    asker: Principal,
    scheme: str,
    as_of: date,
    on_progress: Progress,
    *,
    revision_reason: str | None = None,
) -> RunResult:
    """Score a province and publish the run; parameters and errors as `riskml.runs.score.score`, and a
    ConfigurationError where it is a revision without a reason.
    """
    with asked_by(asker, workspace, None):
        reason = _stated(workspace, (scheme,), as_of, revision_reason)
        return score(workspace, scheme, as_of, on_progress, revision_reason=reason)


def score_every_scheme(
    workspace: Workspace, asker: Principal, as_of: date, on_progress: Progress, *, revision_reason: str | None = None
) -> Mapping[str, RunResult | RiskmlError]:
    """The same by every scheme of the workspace, from one reading of the records; of a scheme that has no run, why."""
    with asked_by(asker, workspace, None):
        reason = _stated(workspace, workspace.schemes, as_of, revision_reason)
        return score_all(workspace, workspace.schemes, as_of, on_progress, revision_reason=reason)


def score_by_spark(
    workspace: Workspace,
    asker: Principal,
    scheme: str,
    as_of: date,
    records: str | None,
    to: str | None,
    on_progress: Progress,
) -> RunResult:
    """The same on many machines; parameters and errors as `riskml.runs.spark.score.score_on_spark`."""
    from riskml.runs.spark.score import score_on_spark  # needs pyspark, which not every installation has

    with asked_by(asker, workspace, None):
        return score_on_spark(workspace, scheme, as_of, records, to, on_progress)


def update_grade(workspace: Workspace, asker: Principal, scheme: str, enterprise: str, as_of: date) -> Updated:
    """Bring one enterprise's grade up to date by the rules; errors as `riskml.runs.immediate.update_one`."""
    code = enterprise_meant(enterprise)
    with asked_by(asker, workspace, Event("read", "update", code, scheme)):
        grade, update = update_one(workspace, scheme, code, as_of)
        by = told_by(load_policy(workspace, scheme).scheme, update.decided_by) if update else None
        return Updated(code, grade, update, by)


def update_directly(workspace: Workspace, asker: Principal, scheme: str, day: date) -> UpdatedAtOnce:
    """Have direct determinations act for everyone; errors as `riskml.runs.direct_at_once.update_scheme`."""
    with asked_by(asker, workspace, None):
        return update_scheme(workspace, scheme, day)


def usual_day(workspace: Workspace, asker: Principal, scheme: str) -> date | None:
    """The as-of date of a run of today, where the scheme's text says how far behind it is."""
    with asked_by(asker, workspace, None):
        cycle = load_policy(workspace, scheme).scheme.cycle
        behind = None if cycle is None else cycle.days_behind
        return None if behind is None else china_today() - timedelta(days=behind)


def list_runs(workspace: Workspace, asker: Principal, scheme: str) -> tuple[ListedRun, ...]:
    """Every run of a scheme, each date's replaced ones before the one in their place."""
    with asked_by(asker, workspace, None):
        listed = []
        for run in published_runs(workspace, scheme):
            listed += [ListedRun(kept_folder(run, number), one, False) for number, one in enumerate(replaced_by(run))]
            listed.append(ListedRun(run.folder, run.manifest, True))
        return tuple(listed)


def revised_by(workspace: Workspace, asker: Principal, scheme: str, as_of: date) -> tuple[str, ...]:
    """As `riskml.runs.score.would_revise`; nothing where the scheme cannot be scored, which scoring says."""
    with asked_by(asker, workspace, None):
        try:
            return would_revise(workspace, scheme, as_of)
        except RiskmlError:
            return ()


def _stated(workspace: Workspace, schemes: Iterable[str], as_of: date, reason: str | None) -> str | None:
    """The reason that was given; a ConfigurationError where a revision has none."""
    if stated := (reason or "").strip():
        return stated
    for scheme in schemes:
        try:
            changed = would_revise(workspace, scheme, as_of)
        except RiskmlError:
            continue  # scoring says it, of this scheme
        if changed:
            zh, en = ("、".join(CHANGES[one].zh for one in changed), ", ".join(CHANGES[one].en for one in changed))
            raise ConfigurationError(
                zh=f"{scheme}/{as_of} 已发布，此后变了的是{zh}：重算是更正，须写明理由，如 --revision-reason "
                '"补报处罚记录"。',
                en=f"{scheme}/{as_of} was published before, and {en} changed since: scoring it again is a revision and "
                "needs a reason, such as "
                '--revision-reason "penalties that came late".',
            )
    return None
