"""Files that came with the steps of cases."""

import sqlalchemy as sa
from alembic import op

from riskml.database.only_added import forbid_changes

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make their table."""
    op.create_table(
        "case_attachment",
        sa.Column("event_id", sa.Integer, sa.ForeignKey("case_event.id"), primary_key=True),
        sa.Column("number", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("type", sa.String(100), nullable=False),
        sa.Column("sha256", sa.String(64), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )
    forbid_changes("case_attachment")


def downgrade() -> None:
    """Drop it."""
    op.drop_table("case_attachment")
