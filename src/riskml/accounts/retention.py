"""Accounts that were disabled long ago: removed with their sessions, tokens and second factors. Their names stay in the
logs, which nothing can be taken out of.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import Connection, delete, select

from riskml.accounts.tables import ACCOUNTS, RECOVERY_CODES, SECOND_FACTORS, SESSIONS, TOKENS
from riskml.database.database import in_parts


def accounts_past(connection: Connection, before: datetime) -> tuple[str, ...]:
    """The accounts that were disabled before a moment."""
    asked = select(ACCOUNTS.c.name).where(ACCOUNTS.c.disabled_on < before).order_by(ACCOUNTS.c.name)
    return tuple(connection.execute(asked).scalars())


def remove_accounts(connection: Connection, names: Collection[str]) -> None:
    """Remove accounts with all that is theirs in these tables."""
    for part in in_parts(names):
        for table in (SESSIONS, TOKENS, SECOND_FACTORS, RECOVERY_CODES):
            connection.execute(delete(table).where(table.c.account.in_(part)))
        connection.execute(delete(ACCOUNTS).where(ACCOUNTS.c.name.in_(part)))
