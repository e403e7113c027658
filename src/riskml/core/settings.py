"""A workspace's own settings: how long things are kept, what a load may take, how much one account may read."""

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


class Reading(Entry):
    """How many enterprises one account may read within an hour: beyond the first number an entry of the audit log flags
    it, beyond the second it is refused. Whoever looks at one after the other by hand reads a hundred.
    """

    flag_per_hour: int = Field(2000, ge=1)
    refuse_per_hour: int = Field(20000, ge=1)


class Audit(Entry):
    """What the logs are called in checkpoints, ``<origin>/ledger`` and ``<origin>/audit``: an address of the bureau's
    own, such as ``credit.example.gov.cn/riskml``, tells them from those of others.
    """

    origin: str = Field("riskml", pattern=r"^[A-Za-z0-9][A-Za-z0-9./_-]{0,119}$")


class Public(Entry):
    """Where the public reaches the page that a posted code leads to, and how often it may be asked for: from one
    address, and in all. Beyond that it answers "later" (HTTP 429).
    """

    address: str = Field("", pattern=r"^(https?://[A-Za-z0-9.:\[\]/_-]{1,100})?$")
    each_per_minute: int = Field(20, ge=1)
    all_per_minute: int = Field(600, ge=1)


class Settings(Entry):
    """The content of settings.yaml, which a workspace may have."""

    retention: Retention = Retention()
    loading: Loading = Loading()
    reading: Reading = Reading()
    audit: Audit = Audit()
    public: Public = Public()


def load_settings(workspace: Workspace) -> Settings:
    """The workspace's settings; the defaults where it has no settings.yaml.

    Raises
    ------
    ConfigurationError
        Naming the file and the field that is wrong.
    """
    path = workspace.root / SETTINGS
    return parse_yaml(Settings, read_text(path), str(path)) if path.exists() else Settings()
