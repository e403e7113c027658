"""A workspace's own settings: how long things are kept, what a load may take, how much one account may read."""

from __future__ import annotations

from collections.abc import Collection

from pydantic import Field, field_validator

from riskml.core.configuration import Entry, parse_yaml, read_text
from riskml.core.principal import ROLES
from riskml.core.validation import ContentError, nearest
from riskml.core.workspace import Workspace

SETTINGS = "settings.yaml"


class Retention(Entry):
    """How many days are kept: logs, refused rows (from the day of the load), and temporary files, which a command may
    still be using.
    """

    logs_days: int = Field(365, ge=1)
    quarantine_days: int = Field(1095, ge=1)
    spill_days: int = Field(2, ge=1)


class Persons(Entry):
    """How many days what is known of natural persons is kept in the database: of an account after it was disabled, of
    an authorisation after it was over or withdrawn, of whoever took part in a case after it was closed.
    """

    accounts_days: int = Field(365, ge=1)
    authorisations_days: int = Field(1095, ge=1)
    cases_days: int = Field(1825, ge=1)


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
    address, and in all. Beyond that it answers "later" (HTTP 429). One answer takes a third of a second of a core in a
    province of a million.
    """

    address: str = Field("", pattern=r"^(https?://[A-Za-z0-9.:\[\]/_-]{1,100})?$")
    each_per_minute: int = Field(20, ge=1)
    all_per_minute: int = Field(120, ge=1)


class Provider(Entry):
    """An identity provider by OpenID Connect: where it is, as which client riskml asks it, where browsers reach the
    desk, and which of its claims is the account's name here. The client's secret is in the file that RISKML_OIDC_SECRET
    names. Roles and regions stay riskml's own.
    """

    issuer: str = Field(pattern=r"^(https://|http://127\.0\.0\.1:)[A-Za-z0-9.:/_-]{1,200}$")
    client_id: str = Field(min_length=1, max_length=200)
    desk: str = Field(pattern=r"^https?://[A-Za-z0-9.:\[\]_-]{1,200}$")
    claim: str = "sub"
    label: str = Field("OpenID Connect", max_length=60)


class SigningIn(Entry):
    """Who needs a second factor (by role; None: everybody, where browsers come by the network), which words of the
    office no password rests on, and the identity provider if there is one.
    """

    second_factor: tuple[str, ...] | None = None
    words: tuple[str, ...] = ()
    provider: Provider | None = None

    @field_validator("second_factor")
    @classmethod
    def _known_roles(cls, roles: tuple[str, ...] | None) -> tuple[str, ...] | None:
        for role in roles or ():
            if role not in ROLES:
                zh, en = nearest(role, ROLES)
                raise ContentError(f"没有角色 {role}{zh}", f"there is no role {role!r}{en}")
        return roles

    def needs_factor(self, roles: Collection[str], *, by_network: bool) -> bool:
        """Whether somebody with these roles gives a second factor."""
        if self.second_factor is None:
            return by_network
        return not set(roles).isdisjoint(self.second_factor)


class Settings(Entry):
    """The content of settings.yaml, which a workspace may have."""

    retention: Retention = Retention()
    loading: Loading = Loading()
    reading: Reading = Reading()
    audit: Audit = Audit()
    public: Public = Public()
    signing_in: SigningIn = SigningIn()
    persons: Persons = Persons()


def load_settings(workspace: Workspace) -> Settings:
    """The workspace's settings; the defaults where it has no settings.yaml.

    Raises
    ------
    ConfigurationError
        Naming the file and the field that is wrong.
    """
    path = workspace.root / SETTINGS
    return parse_yaml(Settings, read_text(path), str(path)) if path.exists() else Settings()
