"""A workspace's own settings: how long things are kept, and what a load may take."""

from __future__ import annotations

from pydantic import Field

from riskml.core.configuration import Entry, parse_yaml, read_text
from riskml.core.workspace import Workspace

SETTINGS = "settings.yaml"


class Retention(Entry):
    """How many days are kept: logs, refused rows (from the day of the load), and temporary files, which a command may
    still be using.
    """

    logs_days: int = Field(365, ge=1)
    quarantine_days: int = Field(1095, ge=1)
    spill_days: int = Field(2, ge=1)


class Loading(Entry):
    """How long the SQL of one record table may run: a million enterprises' largest table takes two or three minutes."""

    sql_minutes: float = Field(60, gt=0)


class Settings(Entry):
    """The content of settings.yaml, which a workspace may have."""

    retention: Retention = Retention()
    loading: Loading = Loading()


def load_settings(workspace: Workspace) -> Settings:
    """The workspace's settings; the defaults where it has no settings.yaml.

    Raises
    ------
    ConfigurationError
        Naming the file and the field that is wrong.
    """
    path = workspace.root / SETTINGS
    return parse_yaml(Settings, read_text(path), str(path)) if path.exists() else Settings()
