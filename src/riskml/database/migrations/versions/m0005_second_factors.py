"""Second factors and recovery codes; of a session how it was opened, and by which browser."""

import sqlalchemy as sa
from alembic import op

from riskml.database.tables import Moment

revision = "0005"
down_revision = "0004"

_OF_SESSIONS = (
    sa.Column("method", sa.String(20), nullable=True),
    sa.Column("proved", sa.Boolean, nullable=True),
    sa.Column("browser", sa.String(60), nullable=True),
)


def upgrade() -> None:
    """Make the tables of second factors, and widen sessions."""
    op.create_table(
        "second_factor",
        sa.Column("account", sa.String(64), sa.ForeignKey("account.name"), primary_key=True),
        sa.Column("secret", sa.String(200), nullable=False),
        sa.Column("begun_on", Moment, nullable=False),
        sa.Column("confirmed_on", Moment, nullable=True),
        sa.Column("last_step", sa.Integer, nullable=False),
    )
    op.create_table(
        "recovery_code",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("account", sa.String(64), sa.ForeignKey("account.name"), nullable=False),
        sa.Column("used_on", Moment, nullable=True),
    )
    op.create_index("ix_recovery_code_account", "recovery_code", ["account"])
    for column in _OF_SESSIONS:
        op.add_column("session", column.copy())


def downgrade() -> None:
    """Drop them, and the sessions: whoever is signed in signs in again."""
    op.execute("DELETE FROM session")
    for column in reversed(_OF_SESSIONS):
        op.drop_column("session", column.name)
    for table in ("recovery_code", "second_factor"):
        op.drop_table(table)
