"""The open database: transactions that read, and transactions that write one at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, NullPool, create_engine, event, func, select
from sqlalchemy.exc import OperationalError

from riskml.core.errors import ConfigurationError, RunError
from riskml.core.workspace import Workspace
from riskml.database.address import database_url

_PATIENCE = 15
"""Seconds that a writer waits for another one."""

_NAMED_AT_ONCE = 1_000
"""Values that one statement names: SQLite has a limit of them."""

Value = TypeVar("Value")

_WRITES = "riskml_writes"
"""The execution option of a connection that begins to write at once."""


@dataclass(frozen=True)
class Database:
    """A workspace's database, whatever state its tables are in; see `riskml.database.migrating.open_database`."""

    engine: Engine

    @property
    def is_file(self) -> bool:
        """Whether it is a SQLite file of the workspace."""
        return self.engine.dialect.name == "sqlite"

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A transaction that reads: what it sees is of one moment, and it waits for no writer."""
        with _in_words(), self.engine.connect() as connection:
            # PostgreSQL sees each statement's own moment by default
            if not self.is_file:
                connection = connection.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
            with connection.begin():
                yield connection

    @contextmanager
    def writing(self) -> Iterator[Connection]:
        """A transaction that writes: all of it is there when the block ends, or nothing of it.

        SQLite has one writer at a time, which the next waits for at its beginning. On PostgreSQL whoever changes
        something by what it read locks the row first (``with_for_update``, or `hold`).
        """
        with _in_words(), self.engine.connect() as connection:
            connection = connection.execution_options(**{_WRITES: True})
            with connection.begin():
                yield connection

    def hold(self, connection: Connection, what: str) -> None:
        """Let whoever holds the same wait until a transaction that writes ends: where there is no row to lock yet."""
        if not self.is_file:
            connection.execute(select(func.pg_advisory_xact_lock(func.hashtext(what))))


def in_parts(values: Collection[Value]) -> Iterator[tuple[Value, ...]]:
    """Values in parts of as many as one statement may name."""
    kept = tuple(values)
    for start in range(0, len(kept), _NAMED_AT_ONCE):
        yield kept[start : start + _NAMED_AT_ONCE]


def database_of(workspace: Workspace) -> Database:
    """The workspace's database, at whichever version it is.

    Raises
    ------
    ConfigurationError
        As `riskml.database.address.database_url`, or where psycopg is needed and not installed.
    """
    url = database_url(workspace)
    if url.get_backend_name() == "sqlite":
        workspace.data.mkdir(parents=True, exist_ok=True)
    return Database(_engine(url))


@lru_cache(maxsize=8)
def _engine(url: URL) -> Engine:
    if url.get_backend_name() == "postgresql":
        try:
            return create_engine(url, pool_pre_ping=True, hide_parameters=True)
        except ImportError as error:
            raise ConfigurationError(
                zh="没有安装 psycopg：pip install 'riskml[postgresql]'。",
                en="psycopg is not installed: pip install 'riskml[postgresql]'.",
            ) from error
    # No connection is kept: the file may be replaced by one from a backup.
    engine = create_engine(url, poolclass=NullPool, connect_args={"timeout": _PATIENCE}, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: sqlite3.Connection, _: Any) -> None:
    connection.isolation_level = None  # `_begin_sqlite` begins, so that changes of tables are in the transaction too
    for setting in ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON"):
        connection.execute(f"PRAGMA {setting}")


def _begin_sqlite(connection: Connection) -> None:
    # A transaction that read first and then writes could not be put in order with another: it begins as a writer.
    writes = connection.get_execution_options().get(_WRITES)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


@contextmanager
def _in_words() -> Iterator[None]:
    """Put into words that the database cannot be reached or kept somebody waiting."""
    try:
        yield
    except OperationalError as error:
        said = str(error.orig).strip().split("\n")[0]
        raise RunError(
            zh=f"数据库没有完成这一步，没有改动：{said}；请核对数据库是否在运行、磁盘是否已满，稍后再试。",
            en=f"The database did not do this step and nothing was changed: {said}. See that it runs and that its disk "
            "is not full, and try again.",
        ) from error
