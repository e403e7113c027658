"""Partners under an agreement, and what enterprises let them see."""

import sqlalchemy as sa
from alembic import op

from riskml.database.tables import Moment

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the tables of partners and authorisations."""
    op.create_table(
        "partner",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("name", sa.String(200), nullable=False, unique=True),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("agreement", sa.String(200), nullable=False),
        sa.Column("until", sa.Date, nullable=False),
        sa.Column("account", sa.String(200), nullable=False),
        sa.Column("added_at", Moment, nullable=False),
    )
    op.create_table(
        "partner_account",
        sa.Column("account", sa.String(64), sa.ForeignKey("account.name"), primary_key=True),
        sa.Column("partner", sa.Integer, sa.ForeignKey("partner.id"), nullable=False),
    )
    op.create_table(
        "authorisation",
        sa.Column("id", sa.Integer, primary_key=True),
        sa.Column("scheme", sa.String(100), nullable=False),
        sa.Column("enterprise", sa.String(100), nullable=False),
        sa.Column("division", sa.String(20), nullable=False),
        sa.Column("partner", sa.Integer, sa.ForeignKey("partner.id"), nullable=False),
        sa.Column("purpose", sa.String(20), nullable=False),
        sa.Column("from_day", sa.Date, nullable=False),
        sa.Column("until_day", sa.Date, nullable=False),
        sa.Column("signed_by", sa.String(100), nullable=True),
        sa.Column("proof_sha256", sa.String(64), nullable=False),
        sa.Column("granted_by", sa.String(200), nullable=False),
        sa.Column("granted_at", Moment, nullable=False),
        sa.Column("revoked_by", sa.String(200), nullable=True),
        sa.Column("revoked_at", Moment, nullable=True),
    )
    op.create_index("ix_authorisation_enterprise", "authorisation", ["enterprise"])
    op.create_index("ix_authorisation_partner", "authorisation", ["partner"])
    op.create_table(
        "authorisation_proof",
        sa.Column("authorisation", sa.Integer, sa.ForeignKey("authorisation.id"), primary_key=True),
        sa.Column("type", sa.String(40), nullable=False),
        sa.Column("content", sa.LargeBinary, nullable=False),
    )


def downgrade() -> None:
    """Drop them."""
    for table in ("authorisation_proof", "authorisation", "partner_account", "partner"):
        op.drop_table(table)
