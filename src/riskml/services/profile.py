"""What the record tables hold, month by month."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from riskml.core.principal import Principal
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.mapping.profile import MONTHS, Profile, profile_records
from riskml.mapping.profile_page import write_page
from riskml.services.asking import asked_by


@dataclass(frozen=True)
class Profiled:
    """A profile, and the page it was written to."""

    profile: Profile
    page: Path


def profile_page(
    workspace: Workspace, asker: Principal, table: str | None, months: int, to: Path | None, on_progress: Progress
) -> Profiled:
    """The profile of every record table, or of one, and its page, at ``data/profile.html`` where `to` is None."""
    with asked_by(asker, workspace, None):
        profile, path = profile_records(workspace, table, months, on_progress), to or workspace.data / "profile.html"
        write_page(profile, path)
        return Profiled(profile, path)


def profile(workspace: Workspace, asker: Principal, table: str | None, on_progress: Progress) -> Profile:
    """The same without a page, of the usual number of months."""
    with asked_by(asker, workspace, None):
        return profile_records(workspace, table, MONTHS, on_progress)
