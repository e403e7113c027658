"""Tokens: what programs ask with, in the name of an account, for some actions, until a day."""

from __future__ import annotations

import secrets
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import insert, select, update

from riskml.accounts.access import Action
from riskml.accounts.accounts import Account
from riskml.accounts.secrets import digest_of
from riskml.accounts.tables import ACCOUNTS, TOKENS
from riskml.core.china_day import china_now
from riskml.core.errors import ConfigurationError
from riskml.database.database import Database

PREFIX = "riskml_"
"""What every token begins with, so that scanners of secrets find one that lies about."""


@dataclass(frozen=True)
class Bearer:
    """The account of a token, and the actions that it is for."""

    account: Account
    scope: frozenset[Action]


def issue_token(database: Database, name: str, label: str, scope: Collection[Action], days: int) -> str:
    """A new token of an account; it is kept nowhere.

    Raises
    ------
    ConfigurationError
        Where there is no such account.
    """
    token, moment = PREFIX + secrets.token_urlsafe(32), china_now()
    with database.writing() as connection:
        if not connection.execute(select(ACCOUNTS.c.name).where(ACCOUNTS.c.name == name)).first():
            raise ConfigurationError(zh=f"没有账号 {name}。", en=f"There is no account {name}.")
        connection.execute(
            insert(TOKENS).values(
                digest=digest_of(token),
                account=name,
                label=label,
                scope=",".join(sorted(scope)),
                created_on=moment,
                expires_on=moment + timedelta(days=days),
            )
        )
    return token


def bearer_of(database: Database, token: str) -> Bearer | None:
    """Who asks with a token; None where nobody does any more."""
    asked = select(TOKENS, ACCOUNTS).join(ACCOUNTS).where(TOKENS.c.digest == digest_of(token))
    with database.reading() as connection:
        row = connection.execute(asked).mappings().first()
    if row is None or row["revoked_on"] or row["disabled_on"] or row["one_time"] or row["expires_on"] <= china_now():
        return None
    return Bearer(Account.of_row(row), frozenset(Action(one) for one in row["scope"].split(",")))


def revoke_tokens(database: Database, name: str) -> int:
    """End every token of an account; how many there were."""
    with database.writing() as connection:
        held = TOKENS.c.account == name, TOKENS.c.revoked_on.is_(None)
        return connection.execute(update(TOKENS).where(*held).values(revoked_on=china_now())).rowcount
