"""Accounts, sessions, and tokens of programs."""

import sqlalchemy as sa
from alembic import op

from riskml.database.tables import Moment

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables of accounts."""
    op.create_table(
        "account",
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("roles", sa.String(200), nullable=False),
        sa.Column("region", sa.String(6), nullable=True),
        sa.Column("enterprise_id", sa.String(18), nullable=True),
        sa.Column("password", sa.String(200), nullable=False),
        sa.Column("one_time", sa.Boolean, nullable=False),
        sa.Column("created_on", Moment, nullable=False),
        sa.Column("disabled_on", Moment, nullable=True),
        sa.Column("failures", sa.Integer, nullable=False),
        sa.Column("locked_until", Moment, nullable=True),
    )
    op.create_table(
        "session",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("account", sa.String(64), sa.ForeignKey("account.name"), nullable=False),
        sa.Column("form_token", sa.String(64), nullable=False),
        sa.Column("opened_on", Moment, nullable=False),
        sa.Column("seen_on", Moment, nullable=False),
    )
    op.create_index("ix_session_account", "session", ["account"])
    op.create_table(
        "api_token",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("account", sa.String(64), sa.ForeignKey("account.name"), nullable=False),
        sa.Column("label", sa.String(80), nullable=False),
        sa.Column("scope", sa.String(200), nullable=False),
        sa.Column("created_on", Moment, nullable=False),
        sa.Column("expires_on", Moment, nullable=False),
        sa.Column("revoked_on", Moment, nullable=True),
    )
    op.create_index("ix_api_token_account", "api_token", ["account"])


def downgrade() -> None:
    """Drop them."""
    for table in ("api_token", "session", "account"):
        op.drop_table(table)
