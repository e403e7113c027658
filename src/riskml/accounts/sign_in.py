"""Signing in and out: passwords, locks after repeated failures, sessions."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from riskml.accounts.accounts import FAILURES, Account, count_failure
from riskml.accounts.passwords import is_of, nobodys
from riskml.accounts.second_factor import has_factor
from riskml.accounts.secrets import digest_of
from riskml.accounts.tables import ACCOUNTS, SESSIONS
from riskml.core.china_day import china_now
from riskml.core.errors import RiskmlError
from riskml.database.database import Database

IDLE, LONGEST = timedelta(minutes=30), timedelta(hours=12)
"""After how long a session ends that nobody uses, and at the latest (OWASP ASVS 5.0, 7.3)."""

_NOTED_EVERY = timedelta(minutes=1)
"""How often it is noted that a session is in use."""


_BROWSER = 60
"""Characters that are kept of what a browser calls itself."""


class Method(StrEnum):
    """How a session was opened: by a password, or by an identity provider."""

    password = "password"
    provider = "provider"


class NotSignedInError(RiskmlError):
    """Nobody is signed in, or the name or password is wrong."""


@dataclass(frozen=True)
class Opened:
    """A session that was opened: the secret for the browser's cookie, which is kept nowhere."""

    secret: str
    account: Account


@dataclass(frozen=True)
class Session:
    """Somebody who is signed in.

    Parameters
    ----------
    digest
        What is kept of its secret.
    form_token
        What stands in every form that changes something.
    method
        How it was opened.
    has_factor, proved
        Whether the account has a second factor, and whether it was given.
    """

    digest: str
    account: Account
    form_token: str
    method: Method
    has_factor: bool
    proved: bool
    opened_on: datetime
    seen_on: datetime
    browser: str


def sign_in(database: Database, name: str, password: str, browser: str = "") -> Opened:
    """Open a session by a password.

    Parameters
    ----------
    browser
        What the browser calls itself, for whoever looks through their own sessions.

    Raises
    ------
    NotSignedInError
        Where name or password is wrong, or the account is locked or disabled: always in the same words.
    """
    with database.writing() as connection:  # a writer: who tries at the same time waits, and is counted
        account = _proved(connection, name, password)
        if account is not None:
            return _opened(connection, account, Method.password, browser, proved=False)
    raise _wrong()


def prove_password(database: Database, name: str, password: str) -> None:
    """See that a password is an account's, where somebody who is signed in has to say it again; raises as `sign_in`."""
    with database.writing() as connection:
        account = _proved(connection, name, password)
    if account is None:
        raise _wrong()


def open_session(database: Database, name: str, browser: str, *, proved: bool) -> Opened:
    """Open a session of an account whose identity provider says who it is.

    Parameters
    ----------
    proved
        Whether the provider asked for a second factor.

    Raises
    ------
    NotSignedInError
        Where there is no such account, or it is locked or disabled.
    """
    with database.writing() as connection:
        row = connection.execute(select(ACCOUNTS).where(ACCOUNTS.c.name == name)).mappings().first()
        if row is not None and _is_open(row):
            return _opened(connection, Account.of_row(row), Method.provider, browser, proved=proved)
    raise NotSignedInError(
        zh="身份提供方认出的账号在这里没有，或已停用、被锁定；请联系管理员。",
        en="The account that the identity provider names is not here, or is disabled or locked: ask the administrator.",
    )


def _proved(connection: Connection, name: str, password: str) -> Account | None:
    """The account of a name and a password; None where they are wrong, which is counted, or it is not open."""
    row = connection.execute(select(ACCOUNTS).where(ACCOUNTS.c.name == name).with_for_update()).mappings().first()
    right = is_of(password, row["password"] if row else nobodys())
    if row is not None and right and _is_open(row):
        # Where a second factor follows, wrong codes go on being counted until it is given.
        if not has_factor(connection, name):
            connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.name == name).values(failures=0))
        return Account.of_row(row)
    if row is not None and not right:
        count_failure(connection, name)
    return None


def _wrong() -> NotSignedInError:
    return NotSignedInError(
        zh=f"账号或密码不对，或账号已停用、被锁定（连续 {FAILURES} 次密码错误锁定 15 分钟）。",
        en=f"The name or the password is wrong, or the account is disabled or locked (for 15 minutes after {FAILURES} "
        "wrong passwords).",
    )


def session_of(database: Database, secret: str) -> Session | None:
    """Who is signed in by a cookie's secret; None where nobody is, or the session is over."""
    digest, moment = digest_of(secret), china_now()
    asked = select(SESSIONS, ACCOUNTS).join(ACCOUNTS).where(SESSIONS.c.digest == digest)
    with database.reading() as connection:
        row = connection.execute(asked).mappings().first()
        with_factor = row is not None and has_factor(connection, row["account"])
    if row is None or row["disabled_on"] is not None:
        return None
    if moment - row["seen_on"] > IDLE or moment - row["opened_on"] > LONGEST:
        sign_out(database, secret)
        return None
    if moment - row["seen_on"] > _NOTED_EVERY:
        with database.writing() as connection:
            connection.execute(update(SESSIONS).where(SESSIONS.c.digest == digest).values(seen_on=moment))
    return _session(row, with_factor)


def sessions_of(database: Database, name: str) -> tuple[Session, ...]:
    """Who is signed in to an account, the last first."""
    moment = china_now()
    alive = SESSIONS.c.seen_on >= moment - IDLE, SESSIONS.c.opened_on >= moment - LONGEST
    asked = select(SESSIONS, ACCOUNTS).join(ACCOUNTS).where(SESSIONS.c.account == name, *alive)
    with database.reading() as connection:
        rows = connection.execute(asked.order_by(SESSIONS.c.seen_on.desc())).mappings().all()
        with_factor = has_factor(connection, name)
    return tuple(_session(row, with_factor) for row in rows)


def renewed(database: Database, secret: str) -> str:
    """Another secret of a session, from which the old one leads nowhere any more: more was proved."""
    new = secrets.token_urlsafe(32)
    with database.writing() as connection:
        held = SESSIONS.c.digest == digest_of(secret)
        connection.execute(update(SESSIONS).where(held).values(digest=digest_of(new)))
    return new


def end_sessions(database: Database, name: str, digests: Collection[str]) -> int:
    """End those sessions of an account; how many there were."""
    held = SESSIONS.c.account == name, SESSIONS.c.digest.in_(digests)
    with database.writing() as connection:
        return connection.execute(delete(SESSIONS).where(*held)).rowcount


def _session(row: Mapping[Any, Any], with_factor: bool) -> Session:
    return Session(
        row["digest"],
        Account.of_row(row),
        row["form_token"],
        Method(row["method"] or Method.password),
        with_factor,
        bool(row["proved"]),
        row["opened_on"],
        row["seen_on"],
        row["browser"] or "",
    )


def sign_out(database: Database, secret: str) -> None:
    """End a session."""
    with database.writing() as connection:
        connection.execute(delete(SESSIONS).where(SESSIONS.c.digest == digest_of(secret)))


def _opened(connection: Connection, account: Account, method: Method, browser: str, *, proved: bool) -> Opened:
    secret, moment = secrets.token_urlsafe(32), china_now()
    connection.execute(delete(SESSIONS).where(SESSIONS.c.opened_on < moment - LONGEST))
    connection.execute(
        insert(SESSIONS).values(
            digest=digest_of(secret),
            account=account.name,
            form_token=secrets.token_urlsafe(32),
            opened_on=moment,
            seen_on=moment,
            method=method.value,
            proved=proved,
            browser=browser[:_BROWSER],
        )
    )
    return Opened(secret, account)


def _is_open(row: Mapping[Any, Any]) -> bool:
    until: datetime | None = row["locked_until"]
    return row["disabled_on"] is None and (until is None or until <= china_now())
