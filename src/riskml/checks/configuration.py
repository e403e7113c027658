"""Whether what analysts edit is in order before a run: indicators, effect periods, scheme, training settings, sources,
model, decisions.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path

from riskml.checks.findings import Finding, attempt
from riskml.core.workspace import Workspace
from riskml.features.specs import load_system
from riskml.records.repair import load_repair
from riskml.records.sources import load_source
from riskml.runs.configured import check_configured
from riskml.runs.industries import load_industry, models_in_use
from riskml.schemes.policy import Policy, load_policy
from riskml.training.model import Model, edited_since, load_model
from riskml.training.settings import load_training


def check_configuration(workspace: Workspace, scheme: str) -> list[Finding]:
    """Read every file as the run and the next training would."""
    found: list[Finding] = []
    attempt("configuration", lambda: load_system(workspace.features), found)
    attempt("configuration", lambda: load_repair(workspace.features), found)
    policy = attempt("configuration", lambda: load_policy(workspace, scheme), found)
    if policy is None or policy.scheme.method == "model":
        _check_models(workspace, scheme, policy, found)
    if not any(finding.level == "error" for finding in found):
        found.append(
            Finding("configuration", "ok", f"指标、影响期、办法 {scheme} 和模型都可读取。",
                    f"Indicators, effect periods, scheme {scheme} and model can be read.")
            if policy is None or policy.scheme.method == "model"
            else Finding("configuration", "ok", f"指标、影响期和办法 {scheme} 都可读取；它不用模型。",
                         f"Indicators, effect periods and scheme {scheme} can be read; it needs no model.")
        )  # fmt: skip
    return found


def _check_models(workspace: Workspace, scheme: str, policy: Policy | None, found: list[Finding]) -> None:
    """Read what trainings read, and the models in use."""
    attempt("configuration", lambda: load_training(workspace.models / scheme / "training.yaml"), found)
    for name in workspace.industries(scheme):
        attempt("configuration", lambda one=name: load_industry(workspace, scheme, one), found)  # type: ignore[misc]
    for one in (
        (None, *workspace.industries(scheme)) if not found else ()
    ):  # what is wrong by itself was said above, once
        attempt("configuration", lambda industry=one: check_configured(workspace, scheme, industry), found)  # type: ignore[misc]
    if policy is not None:
        attempt("configuration", lambda: models_in_use(workspace, policy), found)
    model = attempt("configuration", lambda: load_model(workspace, scheme), found)
    if model is not None:
        found += _check_model(model, workspace, scheme)


def _check_model(model: Model, workspace: Workspace, scheme: str) -> list[Finding]:
    found: list[Finding] = []
    attempt("configuration", lambda: (model.system, model.trained_periods), found)
    found += [
        Finding("configuration", "warning", f"{path} 在训练后改过，重新训练（riskml train --scheme {scheme}）"
                                            "后才生效。",
                f"{path} was edited since the training; it takes effect with the next 'riskml train --scheme "
                f"{scheme}'.")
        for path in edited_since(model, workspace.features, workspace.models / scheme)
    ]  # fmt: skip
    return found


def check_sources(workspace: Workspace) -> list[Finding]:
    """Read every source folder: its files as declared, its statements against its files and the record tables."""
    found: list[Finding] = []
    folders: list[Path] = sorted(path.parent for path in workspace.sources.glob("*/source.yaml"))
    good = [folder.name for folder in folders if attempt("sources", partial(load_source, folder), found) is not None]
    if good:
        found.append(
            Finding("sources", "ok", f"来源 {'、'.join(good)} 可用。", f"Sources {', '.join(good)} can be used.")
        )
    return found
