"""The database's tables: which version they are of, and that changed."""

from __future__ import annotations

from riskml.core.principal import Principal
from riskml.core.workspace import Workspace
from riskml.database.database import database_of
from riskml.database.migrating import Version, downgrade, upgrade, version_of
from riskml.services.asking import asked_by


def database_version(workspace: Workspace, asker: Principal) -> Version:
    """Which version the tables of the workspace's database are of."""
    with asked_by(asker, workspace, None):
        return version_of(database_of(workspace))


def upgrade_database(workspace: Workspace, asker: Principal) -> Version:
    """Bring the tables to the newest version."""
    with asked_by(asker, workspace, None):
        return upgrade(database_of(workspace))


def downgrade_database(workspace: Workspace, asker: Principal, version: str) -> Version:
    """Take the tables back to an earlier version; what only later ones hold is lost."""
    with asked_by(asker, workspace, None):
        return downgrade(database_of(workspace), version)
