"""The whole workspace as one file, and back."""

from __future__ import annotations

from pathlib import Path

from riskml.audit.entries import Event
from riskml.backup.restore import restore
from riskml.backup.write import BackupManifest, back_up
from riskml.core.files import sha256
from riskml.core.principal import Principal, acting
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.services.asking import asked_by


def back_up_workspace(workspace: Workspace, asker: Principal, to: Path, on_progress: Progress) -> BackupManifest:
    """Write a backup, and a line of the ledger that says so; errors as `riskml.backup.write.back_up`."""
    with asked_by(asker, workspace, Event("export", "backup")):
        made = back_up(workspace, to, on_progress)
        workspace.ledger.append("backup", {"file": to.name, "files": len(made.files), "sha256": sha256(to)})
        return made


def restore_workspace(asker: Principal, backup: Path, root: Path, on_progress: Progress) -> BackupManifest:
    """Make a workspace of a backup; errors as `riskml.backup.restore.restore`."""
    with acting(asker):
        return restore(backup, root, on_progress)
