"""Tables that are only ever added to: the database itself refuses to change or remove a row of them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from alembic import op
from sqlalchemy import Connection, text

_EVENTS = ("UPDATE", "DELETE")

_FUNCTION = """
CREATE OR REPLACE FUNCTION riskml_only_added() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION '% is only added to', TG_TABLE_NAME; END $$
"""


def forbid_changes(table: str) -> None:
    """In a migration: refuse every later change and removal of rows of a table; dropping the table drops this too."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(_FUNCTION)
        op.execute(
            f"CREATE TRIGGER {table}_only_added BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
            "FOR EACH STATEMENT EXECUTE FUNCTION riskml_only_added()"
        )
        return
    for change in _EVENTS:
        op.execute(
            f"CREATE TRIGGER {table}_no_{change.lower()} BEFORE {change} ON {table} "
            f"BEGIN SELECT RAISE(ABORT, '{table} is only added to'); END"
        )


@contextmanager
def personal_data_removed(connection: Connection, table: str) -> Iterator[None]:
    """Within a block, let columns of a table's rows be blanked whose time is over; for nothing else, and the block's
    transaction is the writer's own.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"ALTER TABLE {table} DISABLE TRIGGER {table}_only_added"))
        yield
        connection.execute(text(f"ALTER TABLE {table} ENABLE TRIGGER {table}_only_added"))
        return
    named = f"{table}_no_update"
    written = connection.execute(
        text("SELECT sql FROM sqlite_master WHERE type = 'trigger' AND name = :name"), {"name": named}
    ).scalar_one()
    connection.execute(text(f"DROP TRIGGER {named}"))
    yield
    connection.exec_driver_sql(written)
