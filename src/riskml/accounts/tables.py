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
)
"""Who is signed in: of the secret in the browser's cookie only the SHA-256 is kept."""

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
