"""Accounts: added, listed, disabled, given another password."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Self

from sqlalchemy import Connection, delete, insert, select, update

from riskml.accounts.passwords import hashed, refuse_weak
from riskml.accounts.tables import ACCOUNTS, SECOND_FACTORS, SESSIONS
from riskml.core.china_day import china_now
from riskml.core.errors import ConfigurationError
from riskml.core.principal import ROLES, Principal
from riskml.core.validation import nearest
from riskml.database.database import Database

FAILURES, LOCKED_FOR = 5, timedelta(minutes=15)
"""After how many wrong passwords in a row an account is locked, and for how long (OWASP ASVS 5.0, 6.3)."""

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}")


@dataclass(frozen=True)
class Account:
    """Somebody who may sign in.

    Parameters
    ----------
    roles, region
        As `riskml.core.principal.Principal` has them.
    enterprise_id
        The enterprise that the account is of, where its role is ``enterprise``.
    one_time
        Whether its password has to be changed before anything else.
    """

    name: str
    roles: frozenset[str]
    region: str | None = None
    enterprise_id: str | None = None
    one_time: bool = True
    disabled_on: datetime | None = None

    @classmethod
    def of_row(cls, row: Mapping[Any, Any]) -> Self:
        """The account that a row of the table is."""
        roles = frozenset(row["roles"].split(","))
        return cls(row["name"], roles, row["region"], row["enterprise_id"], row["one_time"], row["disabled_on"])

    @property
    def principal(self) -> Principal:
        """In whose name it asks."""
        return Principal(self.name, self.roles, self.region, self.enterprise_id)


def add_account(database: Database, account: Account, password: str, words: Collection[str] = ()) -> None:
    """Add an account with its first password; `words` as `riskml.accounts.passwords.refuse_weak` has them.

    Raises
    ------
    ConfigurationError
        Where name, role, region or password will not do, or the name is taken.
    """
    _refuse_wrong(account)
    refuse_weak(password, account.name, words)
    with database.writing() as connection:
        if connection.execute(select(ACCOUNTS.c.name).where(ACCOUNTS.c.name == account.name)).first():
            raise ConfigurationError(
                zh=f"已有账号 {account.name}；改密码用 riskml user password {account.name}。",
                en=f"There is an account {account.name} already; 'riskml user password {account.name}' changes its "
                "password.",
            )
        connection.execute(
            insert(ACCOUNTS).values(
                name=account.name,
                roles=",".join(sorted(account.roles)),
                region=account.region,
                enterprise_id=account.enterprise_id,
                password=hashed(password),
                one_time=account.one_time,
                created_on=china_now(),
                failures=0,
            )
        )


def list_accounts(database: Database) -> tuple[Account, ...]:
    """Every account, by name."""
    with database.reading() as connection:
        rows = connection.execute(select(ACCOUNTS).order_by(ACCOUNTS.c.name)).mappings()
        return tuple(Account.of_row(row) for row in rows)


def disable_account(database: Database, name: str) -> None:
    """Let nobody sign in to an account any more, and end its sessions; a ConfigurationError where there is none."""
    with database.writing() as connection:
        done = connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.name == name).values(disabled_on=china_now()))
        _end_sessions(connection, name)
        _refuse_unknown(name, done.rowcount)


def set_password(database: Database, name: str, password: str, words: Collection[str], *, one_time: bool) -> None:
    """Give an account another password, end its sessions and its lock.

    Parameters
    ----------
    words
        As `riskml.accounts.passwords.refuse_weak` has them.
    one_time
        Whether it has to be changed at the next sign-in.

    Raises
    ------
    ConfigurationError
        Where there is no such account, or the password will not do.
    """
    refuse_weak(password, name, words)
    values = {"password": hashed(password), "one_time": one_time, "failures": 0, "locked_until": None}
    with database.writing() as connection:
        done = connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.name == name).values(values))
        _end_sessions(connection, name)
        _refuse_unknown(name, done.rowcount)


def count_failure(connection: Connection, name: str) -> None:
    """Count a wrong password or code; after `FAILURES` in a row the account is locked."""
    asked = select(ACCOUNTS.c.failures).where(ACCOUNTS.c.name == name)
    failures = connection.execute(asked.with_for_update()).scalar_one() + 1
    values: dict[str, Any] = {"failures": failures}
    if failures >= FAILURES:
        values = {"failures": 0, "locked_until": china_now() + LOCKED_FOR}
    connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.name == name).values(values))


def _end_sessions(connection: Connection, name: str) -> None:
    """End all sessions of an account, and forget a second factor that one of them began and did not confirm."""
    connection.execute(delete(SESSIONS).where(SESSIONS.c.account == name))
    begun = SECOND_FACTORS.c.account == name, SECOND_FACTORS.c.confirmed_on.is_(None)
    connection.execute(delete(SECOND_FACTORS).where(*begun))


def _refuse_unknown(name: str, found: int) -> None:
    if not found:
        raise ConfigurationError(
            zh=f"没有账号 {name}；riskml user list 列出已有的。",
            en=f"There is no account {name}; 'riskml user list' lists those there are.",
        )


def _refuse_wrong(account: Account) -> None:
    if _NAME.fullmatch(account.name) is None:
        raise ConfigurationError(
            zh=f"账号名 {account.name!r} 应为 2 至 64 个小写字母、数字、点、横线或下划线，以字母或数字开头。",
            en=f"The name of an account is 2 to 64 small letters, digits, dots, hyphens or underscores and begins with "
            f"a letter or digit; {account.name!r} is none.",
        )
    for role in sorted(account.roles - set(ROLES)):
        zh, en = nearest(role, ROLES)
        raise ConfigurationError(zh=f"没有角色 {role}{zh}。", en=f"There is no role {role!r}{en}.")
    if not account.roles:
        raise ConfigurationError(zh="账号至少要有一个角色。", en="An account has one role at least.")
    if account.region is not None and re.fullmatch(r"\d{2}(\d{2}){0,2}", account.region) is None:
        raise ConfigurationError(
            zh=f"地区 {account.region!r} 应为行政区划代码的开头：2、4 或 6 位数字。",
            en=f"A region is the beginning of a division code, 2, 4 or 6 digits; {account.region!r} is none.",
        )
    if ("enterprise" in account.roles) != (account.enterprise_id is not None):
        raise ConfigurationError(
            zh="角色 enterprise 要用 --enterprise 写明是哪一家企业，其他角色不写。",
            en="The role enterprise needs --enterprise with the enterprise's code, and no other role has one.",
        )
