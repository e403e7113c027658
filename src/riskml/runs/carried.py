"""What a run carries, so that it can be read for ever: the policy and the models that made it, whatever is in use
later.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from riskml.core.errors import RunError
from riskml.core.files import sha256
from riskml.runs.industries import IndustryModel
from riskml.runs.run_manifest import RunManifest
from riskml.schemes.methods.method import Method
from riskml.schemes.methods.points import ItemMethod
from riskml.schemes.policy import Policy
from riskml.training.bundle import ModelBundle
from riskml.training.model import Model
from riskml.training.model_method import ModelMethod

POLICY, MODEL, INDUSTRY_MODELS = "policy", "model", "industry_models"
"""The folders in a run's own."""


def carry(
    folder: Path, policy: Policy, bundle: ModelBundle | None, industries: Iterable[IndustryModel]
) -> dict[str, str]:
    """Copy them into the folder of a run under way; every file, relative to it → SHA-256."""
    places = (POLICY, MODEL, INDUSTRY_MODELS)
    for name in places:
        shutil.rmtree(folder / name, ignore_errors=True)
    policy.save(folder / POLICY)
    if bundle is not None:
        bundle.save(folder / MODEL)
    for one in industries:
        one.model.bundle.save(folder / INDUSTRY_MODELS / one.industry.id)
    files = sorted(path for name in places for path in (folder / name).rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): sha256(path) for path in files}


def carried_method(folder: Path, policy: Policy, model: str | None) -> Method:
    """The method that graded the run in a folder, with the model of this digest where it has one; a RunError where what
    it carries is damaged.
    """
    if model is None:
        return ItemMethod(policy.scheme)
    return ModelMethod(Model(_bundle(folder / MODEL, model)), policy.scheme)


def carried_industries(folder: Path, policy: Policy, manifest: RunManifest) -> tuple[IndustryModel, ...]:
    """The local industries that the run graded; a RunError where what it carries is damaged."""
    places = {name: folder / INDUSTRY_MODELS / name for name in manifest.industries}
    return tuple(
        IndustryModel.of(policy, name, Model(_bundle(place, manifest.industries[name])))
        for name, place in places.items()
    )


def _bundle(folder: Path, digest: str) -> ModelBundle:
    bundle = ModelBundle.load(folder)
    if bundle.digest != digest:
        raise RunError(
            zh=f"{folder} 不是作出这次结果的模型（校验值应为 {digest[:12]}）；请从备份恢复，或重新运行 riskml score。",
            en=f"{folder} is not the model that made the run (digest {digest[:12]}); restore it, or run 'riskml score' "
            "again.",
        )
    return bundle
