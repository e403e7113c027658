"""Posters with a code, and what happened to each."""

import sqlalchemy as sa
from alembic import op

from riskml.database.only_added import forbid_changes
from riskml.database.tables import Moment

revision = "0003"
down_revision = "0002"


def upgrade() -> None:
    """Make the tables of posters."""
    op.create_table(
        "poster",
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("scheme", sa.String(100), nullable=False),
        sa.Column("enterprise", sa.String(100), nullable=False),
        sa.Column("division", sa.String(20), nullable=False),
        sa.Column("street", sa.String(20), nullable=False),
        sa.Column("grade", sa.String(10), nullable=False),
        sa.Column("as_of", sa.Date, nullable=False),
        sa.Column("account", sa.String(200), nullable=False),
        sa.Column("issued_at", Moment, nullable=False),
    )
    op.create_index("ix_poster_enterprise", "poster", ["enterprise"])
    op.create_table(
        "poster_event",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("poster", sa.Integer, sa.ForeignKey("poster.number"), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("day", sa.Date, nullable=False),
        sa.Column("account", sa.String(200), nullable=False),
        sa.Column("at", Moment, nullable=False),
    )
    op.create_index("ix_poster_event_poster", "poster_event", ["poster"])
    for table in ("poster", "poster_event"):
        forbid_changes(table)


def downgrade() -> None:
    """Drop them."""
    for table in ("poster_event", "poster"):
        op.drop_table(table)
