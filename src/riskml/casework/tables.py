"""The tables of cases, and of expectations. Rows of all but `EFFECTS` are never changed or removed; the database
refuses it.
"""

from __future__ import annotations

from sqlalchemy import JSON, Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from riskml.database.tables import METADATA, Moment

CASES = Table(
    "case_file",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("scheme", String(100), nullable=False),
    Column("enterprise", String(100), nullable=False),
    Column("division", String(20), nullable=False),
    Column("origin", String(200), nullable=True, unique=True),
    Column("opened_by", String(200), nullable=False),
    Column("account", String(200), nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("why", Text, nullable=False),
    Index("ix_case_file_enterprise", "enterprise"),
    Index("ix_case_file_kind_scheme", "kind", "scheme"),
)
"""One row a case. `division` is the enterprise's when the case was opened; `origin` what it was made of, where one
thing makes one case (a warning, a line of the ledger).
"""

EVENTS = Table(
    "case_event",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("case_id", Integer, ForeignKey("case_file.id"), nullable=False),
    Column("number", Integer, nullable=False),
    Column("action", String(40), nullable=False),
    Column("state", String(40), nullable=False),
    Column("who", String(200), nullable=False),
    Column("account", String(200), nullable=False),
    Column("at", Moment, nullable=False),
    Column("why", Text, nullable=False),
    Column("content", JSON, nullable=False),
    UniqueConstraint("case_id", "number"),
)
"""One row a step of a case, numbered from 1. `state` is the state that it led to: what the case's events come to, kept
so that lists need not read them all. `who` did it, `account` typed it.
"""

EFFECTS = Table(
    "case_effect",
    METADATA,
    Column("event_id", Integer, ForeignKey("case_event.id"), primary_key=True),
    Column("kind", String(40), nullable=False),
    Column("content", JSON, nullable=False),
    Column("done_at", Moment, nullable=True),
    Column("result", JSON, nullable=True),
    Index("ix_case_effect_done_at", "done_at"),
)
"""What an event is still to bring about outside the database, written with the event; `done_at` once it is there."""

EXPECTATIONS = Table(
    "expectation",
    METADATA,
    Column("id", Integer, primary_key=True),
    Column("account", String(64), nullable=False),
    Column("enterprise", String(100), nullable=False),
    Column("division", String(20), nullable=False),
    Column("scheme", String(100), nullable=False),
    Column("run", String(200), nullable=False),
    Column("published", String(10), nullable=False),
    Column("expected", String(10), nullable=False),
    Column("why", Text, nullable=False),
    Column("at", Moment, nullable=False),
    Index("ix_expectation_scheme", "scheme"),
)
"""One row for what an account expected of an enterprise before it saw the grade, with the grade that applied."""

ATTACHMENTS = Table(
    "case_attachment",
    METADATA,
    Column("event_id", Integer, ForeignKey("case_event.id"), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("name", String(200), nullable=False),
    Column("type", String(100), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("content", LargeBinary, nullable=False),
)
"""One row a file that came with a step, numbered from 1, whole: so that it is there when the step is, and in the backup
of either database. Never changed or removed either.
"""
