"""What people expected of an enterprise before they saw its grade."""

import sqlalchemy as sa
from alembic import op

from riskml.database.only_added import forbid_changes
from riskml.database.tables import Moment

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "expectation",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("account", sa.String(64), nullable=False),
        sa.Column("enterprise", sa.String(100), nullable=False),
        sa.Column("division", sa.String(20), nullable=False),
        sa.Column("scheme", sa.String(100), nullable=False),
        sa.Column("run", sa.String(200), nullable=False),
        sa.Column("published", sa.String(10), nullable=False),
        sa.Column("expected", sa.String(10), nullable=False),
        sa.Column("why", sa.Text, nullable=False),
        sa.Column("at", Moment, nullable=False),
    )
    op.create_index("ix_expectation_scheme", "expectation", ["scheme"])
    forbid_changes("expectation")


def downgrade() -> None:
    """Drop it."""
    op.drop_table("expectation")
