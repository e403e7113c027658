"""The validation file of a model: built, and verified."""

from __future__ import annotations

from pathlib import Path

from riskml.core.principal import Principal
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.evaluation.dossier.build import Built, build, verify
from riskml.runs.method_in_use import require_model
from riskml.services.asking import asked_by


def build_dossier(
    workspace: Workspace, asker: Principal, scheme: str, version: int | None, to: Path | None, on_progress: Progress
) -> Built:
    """Build the dossier of the model in use, or of a version; parameters as `riskml.evaluation.dossier.build.build`."""
    with asked_by(asker, workspace, None):
        require_model(workspace, scheme)
        return build(workspace, scheme, version, to, on_progress)


def verify_dossier(workspace: Workspace, asker: Principal, folder: Path) -> int:
    """Ask every query of a dossier again; returns and raises as `riskml.evaluation.dossier.build.verify`."""
    with asked_by(asker, workspace, None):
        return verify(workspace, folder)
