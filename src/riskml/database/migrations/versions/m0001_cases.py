"""Cases, what happened in them, and what is still to be done outside the database for it."""

import sqlalchemy as sa
from alembic import op

from riskml.database.only_added import forbid_changes
from riskml.database.tables import Moment

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make the tables of cases."""
    op.create_table(
        "case_file",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("scheme", sa.String(100), nullable=False),
        sa.Column("enterprise", sa.String(100), nullable=False),
        sa.Column("division", sa.String(20), nullable=False),
        sa.Column("origin", sa.String(200), nullable=True, unique=True),
        sa.Column("opened_by", sa.String(200), nullable=False),
        sa.Column("account", sa.String(200), nullable=False),
        sa.Column("opened_at", Moment, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
    )
    op.create_index("ix_case_file_enterprise", "case_file", ["enterprise"])
    op.create_index("ix_case_file_kind_scheme", "case_file", ["kind", "scheme"])
    op.create_table(
        "case_event",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("case_id", sa.Integer, sa.ForeignKey("case_file.id"), nullable=False),
        sa.Column("number", sa.Integer, nullable=False),
        sa.Column("action", sa.String(40), nullable=False),
        sa.Column("state", sa.String(40), nullable=False),
        sa.Column("who", sa.String(200), nullable=False),
        sa.Column("account", sa.String(200), nullable=False),
        sa.Column("at", Moment, nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.UniqueConstraint("case_id", "number"),
    )
    op.create_table(
        "case_effect",
        sa.Column("event_id", sa.Integer, sa.ForeignKey("case_event.id"), primary_key=True),
        sa.Column("kind", sa.String(40), nullable=False),
        sa.Column("content", sa.JSON, nullable=False),
        sa.Column("done_at", Moment, nullable=True),
        sa.Column("result", sa.JSON, nullable=True),
    )
    op.create_index("ix_case_effect_done_at", "case_effect", ["done_at"])
    for table in ("case_file", "case_event"):
        forbid_changes(table)


def downgrade() -> None:
    """Drop them."""
    for table in ("case_effect", "case_event", "case_file"):
        op.drop_table(table)
