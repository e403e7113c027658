"""The tables of posters and of what happened to them; both are only added to."""

from __future__ import annotations

from sqlalchemy import Column, Date, ForeignKey, Integer, String, Table

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
