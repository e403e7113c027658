"""The tables of accounts, sessions and tokens."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, ForeignKey, Integer, String, Table

from riskml.database.tables import METADATA, Moment

ACCOUNTS = Table(
    "account",
    METADATA,
    Column("name", String(64), primary_key=True),
    Column("roles", String(200), nullable=False),
    Column("region", String(6)),
    Column("enterprise_id", String(18)),
    Column("password", String(200), nullable=False),
    Column("one_time", Boolean, nullable=False),
    Column("created_on", Moment, nullable=False),
    Column("disabled_on", Moment),
    Column("failures", Integer, nullable=False),
    Column("locked_until", Moment),
)
"""Who may sign in; `password` is an Argon2 hash, and `one_time` says that it has to be changed first."""

SESSIONS = Table(
    "session",
    METADATA,
    Column("digest", String(64), primary_key=True),
    Column("account", String(64), ForeignKey("account.name"), nullable=False, index=True),
    Column("form_token", String(64), nullable=False),
    Column("opened_on", Moment, nullable=False),
    Column("seen_on", Moment, nullable=False),
    Column("method", String(20)),
    Column("proved", Boolean),
    Column("browser", String(60)),
)
"""Who is signed in: of the secret in the browser's cookie only the SHA-256 is kept. `proved` says that the second
factor was given.
"""

SECOND_FACTORS = Table(
    "second_factor",
    METADATA,
    Column("account", String(64), ForeignKey("account.name"), primary_key=True),
    Column("secret", String(200), nullable=False),
    Column("begun_on", Moment, nullable=False),
    Column("confirmed_on", Moment),
    Column("last_step", Integer, nullable=False),
)
"""What codes for one time are reckoned from, encrypted; `last_step` is the half minute of the last that was used."""

RECOVERY_CODES = Table(
    "recovery_code",
    METADATA,
    Column("digest", String(64), primary_key=True),
    Column("account", String(64), ForeignKey("account.name"), nullable=False, index=True),
    Column("used_on", Moment),
)
"""What opens an account once where its second factor is lost: the SHA-256 of each."""

TOKENS = Table(
    "api_token",
    METADATA,
    Column("digest", String(64), primary_key=True),
    Column("account", String(64), ForeignKey("account.name"), nullable=False, index=True),
    Column("label", String(80), nullable=False),
    Column("scope", String(200), nullable=False),
    Column("created_on", Moment, nullable=False),
    Column("expires_on", Moment, nullable=False),
    Column("revoked_on", Moment),
)
"""What programs ask with, in the name of an account and for no more than `scope`."""
