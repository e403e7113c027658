"""The tables of posters and what happened to them, only added to; of partners, and of what enterprises let them see."""

from __future__ import annotations

from sqlalchemy import Column, Date, ForeignKey, Integer, LargeBinary, String, Table

from riskml.database.tables import METADATA, Moment

POSTERS = Table(
    "poster",
    METADATA,
    Column("number", Integer, primary_key=True),
    Column("scheme", String(100), nullable=False),
    Column("enterprise", String(100), nullable=False, index=True),
    Column("division", String(20), nullable=False),
    Column("street", String(20), nullable=False),
    Column("grade", String(10), nullable=False),
    Column("as_of", Date, nullable=False),
    Column("account", String(200), nullable=False),
    Column("issued_at", Moment, nullable=False),
)
"""A code that was issued, and the grade of that day: the answer says where it is another one by now."""

POSTER_EVENTS = Table(
    "poster_event",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("poster", Integer, ForeignKey("poster.number"), nullable=False, index=True),
    Column("kind", String(20), nullable=False),
    Column("day", Date, nullable=False),
    Column("account", String(200), nullable=False),
    Column("at", Moment, nullable=False),
)
"""What happened to a poster on a day; `kind` as `riskml.disclosure.posters.Happened` has it."""

PARTNERS = Table(
    "partner",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("name", String(200), nullable=False, unique=True),
    Column("kind", String(20), nullable=False),
    Column("agreement", String(200), nullable=False),
    Column("until", Date, nullable=False),
    Column("account", String(200), nullable=False),
    Column("added_at", Moment, nullable=False),
)
"""A bank or an association, and the agreement under which it may ask, until a day."""

PARTNER_ACCOUNTS = Table(
    "partner_account",
    METADATA,
    Column("account", String(64), ForeignKey("account.name"), primary_key=True),
    Column("partner", Integer, ForeignKey("partner.id"), nullable=False),
)
"""Whose account is whose."""

AUTHORISATIONS = Table(
    "authorisation",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("scheme", String(100), nullable=False),
    Column("enterprise", String(100), nullable=False, index=True),
    Column("division", String(20), nullable=False),
    Column("partner", Integer, ForeignKey("partner.id"), nullable=False, index=True),
    Column("purpose", String(20), nullable=False),
    Column("from_day", Date, nullable=False),
    Column("until_day", Date, nullable=False),
    Column("signed_by", String(100)),
    Column("proof_sha256", String(64), nullable=False),
    Column("granted_by", String(200), nullable=False),
    Column("granted_at", Moment, nullable=False),
    Column("revoked_by", String(200)),
    Column("revoked_at", Moment),
)
"""That an enterprise lets a partner look its grade up; `signed_by` is whoever signed for it, None once blanked."""

PROOFS = Table(
    "authorisation_proof",
    METADATA,
    Column("authorisation", Integer, ForeignKey("authorisation.id"), primary_key=True),
    Column("type", String(40), nullable=False),
    Column("content", LargeBinary, nullable=False),
)
"""The paper that shows it; once removed its SHA-256 stays with the authorisation."""
