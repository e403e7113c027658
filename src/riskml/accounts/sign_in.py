"""Signing in and out: passwords, locks after repeated failures, sessions."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from riskml.accounts.accounts import Account, now
from riskml.accounts.passwords import is_of, nobodys
from riskml.accounts.tables import ACCOUNTS, SESSIONS
from riskml.core.errors import RiskmlError
from riskml.database.database import Database

FAILURES, LOCKED_FOR = 5, timedelta(minutes=15)
"""After how many wrong passwords in a row an account is locked, and for how long (OWASP ASVS 5.0, 6.3)."""

IDLE, LONGEST = timedelta(minutes=30), timedelta(hours=12)
"""After how long a session ends that nobody uses, and at the latest (OWASP ASVS 5.0, 7.3)."""

_NOTED_EVERY = timedelta(minutes=1)
"""How often it is noted that a session is in use."""


class NotSignedInError(RiskmlError):
    """Nobody is signed in, or the name or password is wrong."""


@dataclass(frozen=True)
class Opened:
    """A session that was opened: the secret for the browser's cookie, which is kept nowhere."""

    secret: str
    account: Account


@dataclass(frozen=True)
class Session:
    """Somebody who is signed in; `form_token` stands in every form that changes something."""

    account: Account
    form_token: str


def sign_in(database: Database, name: str, password: str) -> Opened:
    """Open a session.

    Raises
    ------
    NotSignedInError
        Where name or password is wrong, or the account is locked or disabled: always in the same words.
    """
    with database.writing() as connection:  # a writer: who tries at the same time waits, and is counted
        row = connection.execute(select(ACCOUNTS).where(ACCOUNTS.c.name == name).with_for_update()).mappings().first()
        right = is_of(password, row["password"] if row else nobodys())
        if row is not None:
            if right and _is_open(row):
                connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.name == name).values(failures=0))
                return _opened(connection, Account.of_row(row))
            if not right:
                _count_failure(connection, row)
    raise NotSignedInError(
        zh=f"账号或密码不对，或账号已停用、被锁定（连续 {FAILURES} 次密码错误锁定 15 分钟）。",
        en=f"The name or the password is wrong, or the account is disabled or locked (for 15 minutes after {FAILURES} "
        "wrong passwords).",
    )


def session_of(database: Database, secret: str) -> Session | None:
    """Who is signed in by a cookie's secret; None where nobody is, or the session is over."""
    digest, moment = digest_of(secret), now()
    asked = select(SESSIONS, ACCOUNTS).join(ACCOUNTS).where(SESSIONS.c.digest == digest)
    with database.reading() as connection:
        row = connection.execute(asked).mappings().first()
    if row is None or row["disabled_on"] is not None:
        return None
    if moment - row["seen_on"] > IDLE or moment - row["opened_on"] > LONGEST:
        sign_out(database, secret)
        return None
    if moment - row["seen_on"] > _NOTED_EVERY:
        with database.writing() as connection:
            connection.execute(update(SESSIONS).where(SESSIONS.c.digest == digest).values(seen_on=moment))
    return Session(Account.of_row(row), row["form_token"])


def sign_out(database: Database, secret: str) -> None:
    """End a session."""
    with database.writing() as connection:
        connection.execute(delete(SESSIONS).where(SESSIONS.c.digest == digest_of(secret)))


def digest_of(secret: str) -> str:
    """What is kept of a secret that was drawn by chance: whoever reads the database cannot use it."""
    return hashlib.sha256(secret.encode()).hexdigest()


def _opened(connection: Connection, account: Account) -> Opened:
    secret, moment = secrets.token_urlsafe(32), now()
    connection.execute(delete(SESSIONS).where(SESSIONS.c.opened_on < moment - LONGEST))
    connection.execute(
        insert(SESSIONS).values(
            digest=digest_of(secret),
            account=account.name,
            form_token=secrets.token_urlsafe(32),
            opened_on=moment,
            seen_on=moment,
        )
    )
    return Opened(secret, account)


def _is_open(row: Mapping[Any, Any]) -> bool:
    until: datetime | None = row["locked_until"]
    return row["disabled_on"] is None and (until is None or until <= now())


def _count_failure(connection: Connection, row: Mapping[Any, Any]) -> None:
    failures = row["failures"] + 1
    values: dict[str, Any] = {"failures": failures}
    if failures >= FAILURES:
        values = {"failures": 0, "locked_until": now() + LOCKED_FOR}
    connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.name == row["name"]).values(values))
