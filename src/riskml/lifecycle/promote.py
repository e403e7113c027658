"""Promotion: a registered version takes the place of the model in use, or is refused, and the ledger says why."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from pathlib import Path

from riskml.core.errors import ConfigurationError, RunError
from riskml.core.files import put_in_place
from riskml.core.json_values import json_values
from riskml.core.ledger import NOTHING
from riskml.core.locks import exclusive
from riskml.core.principal import account
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace, model_options
from riskml.lifecycle.compare_models import compare
from riskml.lifecycle.open_findings import open_findings
from riskml.lifecycle.promotion_log import Action, Entry, Outcome, note_refusal, promotions, putting_in_use
from riskml.training.bundle import ModelBundle
from riskml.training.model import in_use, is_in_use, load_model
from riskml.training.promotion_limits import BrokenLimit, Comparison, broken_limits
from riskml.training.registry import CHALLENGER, Registry, Version
from riskml.training.settings import load_training


@dataclass(frozen=True)
class Promotion:
    """What became of a promotion.

    Parameters
    ----------
    comparison
        None where the two could not be compared and a reason was given, or an interrupted promotion was completed.
    broken
        The limits that the version does not keep.
    """

    entry: Entry
    comparison: Comparison | None
    broken: tuple[BrokenLimit, ...]


def promote(
    workspace: Workspace, scheme: str, number: int | None, reason: str, by: str | None, on_progress: Progress
) -> Promotion:
    """Compare a version with the model in use and, where it keeps every limit or a reason is given, put it in its
    place.

    A version that was in use before is a rollback, which needs a reason. Refusals are on the ledger too.

    Parameters
    ----------
    number
        The version; the challenger where None.
    reason
        Why it is promoted although it breaks limits; empty for none.
    by
        Who decides; the account's name where None.

    Raises
    ------
    ConfigurationError
        Where there is no such version, what it holds is in use already, or a rollback has no reason.
    RunError
        Where the ledger or the model in use was altered, or the two cannot be compared and no reason was given.
    """
    settings, _ = load_training(workspace.model(scheme) / "training.yaml")
    ledger, registry = workspace.ledger, Registry(workspace.root, scheme)
    if not is_in_use(workspace, scheme):
        raise ConfigurationError(
            zh=f"{scheme} 还没有模型；请先运行 riskml train {model_options(scheme)}。",
            en=f"{scheme} has no model yet; run 'riskml train {model_options(scheme)}' first.",
        )
    with exclusive(workspace.data / f"promote-{scheme}.lock"):
        version = challenger_or(registry, number)
        bundle = registry.load(version)
        entries = promotions(ledger, scheme)
        carried_out = [entry for entry in entries if entry.outcome.promotes]
        if (
            carried_out
            and carried_out[-1].outcome.version == version.number
            and _in_place(workspace, scheme) != bundle.digest
        ):
            # Killed after the line was written, or what stands there was put there by hand.
            with ledger.putting("promotion", in_use(scheme), bundle.digest):
                _put_in_use(workspace, scheme, registry, version, bundle)
            return Promotion(carried_out[-1], None, ())
        used = load_model(workspace, scheme).bundle
        if used.digest == bundle.digest:
            ledger.settle(in_use(scheme), used.digest)
            raise ConfigurationError(
                zh=f"版本 {version.number} 就是现用模型，或与它内容相同：无须晋升。",
                en=f"Version {version.number} is the model in use, or has the same content: there is nothing to "
                "promote.",
            )
        was_used = any(entry.outcome.version == version.number for entry in carried_out)
        if was_used and not reason:
            raise ConfigurationError(
                zh=f"版本 {version.number} 曾经使用过，再次启用即为退回，须用 --reason 说明理由。",
                en=f"Version {version.number} was in use before; going back to it needs a reason, --reason.",
            )
        comparison: Comparison | None = None
        broken = open_findings(ledger, bundle.digest)
        impossible = ""
        try:
            comparison = compare(workspace, settings, used, bundle, on_progress)
            broken = broken_limits(comparison, settings.promotion) + broken
        except RunError as error:
            if not reason:
                raise
            impossible = f"{error.zh} {error.en}"
        action: Action = "promoted"
        if was_used:
            action = "rolled_back"
        elif broken or impossible:
            action = "overridden" if reason else "refused"
        outcome = Outcome(
            action=action,
            version=version.number,
            bundle=version.bundle,
            replaced=replaced.number if (replaced := registry.with_bundle(used.digest)) else None,
            replaced_bundle=used.digest,
            by=(by or "").strip() or account(),
            reason=reason,
            evidence={
                "comparison": None if comparison is None else json_values(comparison),
                "impossible": impossible,
                "limits": settings.promotion.model_dump(mode="json"),
                "broken": [one.to_dict() for one in broken],
            },
        )
        if outcome.promotes:
            with putting_in_use(ledger, scheme, outcome):
                _put_in_use(workspace, scheme, registry, version, bundle)
        else:
            note_refusal(ledger, scheme, outcome)
    return Promotion(promotions(ledger, scheme)[-1], comparison, broken)


def promote_first(workspace: Workspace, scheme: str, registry: Registry, version: Version, bundle: ModelBundle) -> None:
    """Put the first model of a scheme to use: there is none to compare it with, and the ledger says so."""
    figures = bundle.facts["figures"]["model"]["figures"]
    outcome = Outcome(
        action="first",
        version=version.number,
        bundle=version.bundle,
        replaced=None,
        replaced_bundle=None,
        by=account(),
        reason="",
        evidence={"figures": json_values({name: figures[name] for name in ("auc", "average_precision")})},
    )
    with exclusive(workspace.data / f"promote-{scheme}.lock"), putting_in_use(workspace.ledger, scheme, outcome):
        _put_in_use(workspace, scheme, registry, version, bundle)


def _in_place(workspace: Workspace, scheme: str) -> str:
    """The digest of the bundle that stands in the place of the model in use; `NOTHING` where it is none, or is
    damaged.
    """
    try:
        return ModelBundle.load(workspace.bundle(scheme)).digest
    except RunError:
        return NOTHING


def challenger_or(registry: Registry, number: int | None) -> Version:
    """A registered version, the challenger where `number` is None; a ConfigurationError where there is none."""
    if number is not None:
        return registry.version(number)
    challenger = registry.with_alias(CHALLENGER)
    if challenger is None:
        options = model_options(registry.scheme)
        raise ConfigurationError(
            zh=f"{registry.scheme} 没有挑战者；请先运行 riskml train {options}，或给出版本号（riskml models {options} "
            "列出全部版本）。",
            en=f"{registry.scheme} has no challenger; run 'riskml train {options}', or name a version ('riskml models "
            f"{options}' lists them).",
        )
    return challenger


def _put_in_use(workspace: Workspace, scheme: str, registry: Registry, version: Version, bundle: ModelBundle) -> None:
    _install(bundle, workspace.bundle(scheme))
    registry.make_champion(version)


def _install(bundle: ModelBundle, folder: Path) -> None:
    """Put the bundle in its place, at no moment of which there is no model; every earlier one stays in the registry."""
    draft = folder.with_name("bundle-draft")
    shutil.rmtree(draft, ignore_errors=True)
    bundle.save(draft)
    put_in_place(draft, folder)
