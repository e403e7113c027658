"""The version of the database's tables: brought up to date, looked at, taken back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import text

from riskml.core.errors import ConfigurationError, RunError
from riskml.core.validation import nearest
from riskml.core.workspace import Workspace
from riskml.database.database import Database, database_of
from riskml.database.tables import METADATA

MIGRATIONS = Path(__file__).parent / "migrations"

NOTHING = "base"
"""The version of a database without tables."""

_LOCK = 0x7269736B
"""The number of PostgreSQL's lock that is held while tables are changed."""


@dataclass(frozen=True)
class Version:
    """Which version the tables are of.

    Parameters
    ----------
    present
        Of the database; `NOTHING` where it has no tables.
    newest
        Of this program.
    place
        Where the database is, without its password.
    """

    present: str
    newest: str
    place: str

    @property
    def is_newest(self) -> bool:
        """Whether the database has what this program needs."""
        return self.present == self.newest


def versions() -> tuple[str, ...]:
    """Every version there is, oldest first; they are one line.

    >>> versions()[0]
    '0001'
    """
    return tuple(reversed([one.revision for one in _script().walk_revisions()]))


def version_of(database: Database) -> Version:
    """The version of a database."""
    place = database.engine.url.render_as_string(hide_password=True)
    if database.is_file and not Path(str(database.engine.url.database)).exists():  # reading would make it
        return Version(NOTHING, _newest(), place)
    with database.reading() as connection:
        present = MigrationContext.configure(connection).get_current_revision() or NOTHING
    return Version(present, _newest(), place)


def open_database(workspace: Workspace) -> Database:
    """The workspace's database, with the tables that this program needs.

    A SQLite file that is not there yet is made; whoever keeps a server decides when its tables change.

    Raises
    ------
    ConfigurationError
        As `riskml.database.database.database_of`.
    RunError
        Where its tables are of another version; says what to do.
    """
    database = database_of(workspace)
    found = version_of(database)
    if found.present == NOTHING and database.is_file:
        found = upgrade(database)
    if found.is_newest:
        return database
    if found.present in (NOTHING, *versions()):
        raise RunError(
            zh=f"数据库 {found.place} 的表是 {found.present} 版，本程序需要 {found.newest} 版；请运行 riskml database "
            "upgrade。",
            en=f"The tables of the database {found.place} are of version {found.present}, and this program needs "
            f"{found.newest}: run 'riskml database upgrade'.",
        )
    raise RunError(
        zh=f"数据库 {found.place} 的表是 {found.present} 版，本程序只知道到 {found.newest} 版；请使用更新的程序。",
        en=f"The tables of the database {found.place} are of version {found.present}, and this program knows none "
        f"after {found.newest}: use the newer program.",
    )


def upgrade(database: Database) -> Version:
    """Bring the tables to the newest version, in one transaction."""
    _migrate(database, _newest(), _script()._upgrade_revs)
    return version_of(database)


def downgrade(database: Database, version: str) -> Version:
    """Take the tables back to an earlier version, in one transaction; what only later ones hold is lost.

    Raises
    ------
    ConfigurationError
        Where there is no such version, or it is later than that of the database.
    """
    known = (NOTHING, *versions())
    present = version_of(database).present
    if version not in known:
        zh, en = nearest(version, known)
        raise ConfigurationError(zh=f"没有数据库版本 {version}{zh}。", en=f"There is no version {version!r}{en}.")
    if present in known and known.index(version) > known.index(present):
        raise ConfigurationError(
            zh=f"数据库是 {present} 版，{version} 版在其后；请用 riskml database upgrade。",
            en=f"The database is of version {present}, and {version} is later: use 'riskml database upgrade'.",
        )
    _migrate(database, version, _script()._downgrade_revs)
    return version_of(database)


def _migrate(database: Database, version: str, steps: Callable[[str, Any], Any]) -> None:
    """Run the `steps` that lead to a version, as alembic's own commands do, in one transaction on our connection."""
    with (
        database.writing() as connection,
        EnvironmentContext(Config(), _script(), fn=lambda present, _: steps(version, present)) as environment,
    ):
        if not database.is_file:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
        environment.configure(
            connection=connection,
            target_metadata=METADATA,
            render_as_batch=True,  # SQLite changes a table by copying it
            transactional_ddl=True,
        )
        environment.run_migrations()


def _script() -> ScriptDirectory:
    return ScriptDirectory(str(MIGRATIONS))


@lru_cache(maxsize=1)
def _newest() -> str:
    return versions()[-1]
