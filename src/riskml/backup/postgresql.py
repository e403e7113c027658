"""The rows of a PostgreSQL database, by PostgreSQL's own programs; no password is an argument."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from sqlalchemy import URL

from riskml.core.errors import ConfigurationError, RunError

DUMP = "postgresql.dump"
"""The member of a backup, in pg_dump's custom format."""


def dump_database(url: URL, to: Path) -> None:
    """Write all of a database into a file.

    Raises
    ------
    ConfigurationError
        Where pg_dump is not installed.
    RunError
        With what it said, where it failed.
    """
    _run("pg_dump", url, "--format=custom", "--no-owner", f"--file={to}", f"--dbname={url.database}")


def restore_database(url: URL, dump: Path) -> None:
    """Fill an empty database from such a file, in one transaction; errors as `dump_database`."""
    _run(
        "pg_restore",
        url,
        "--single-transaction",
        "--exit-on-error",
        "--no-owner",
        f"--dbname={url.database}",
        str(dump),
    )


def _run(program: str, url: URL, *arguments: str) -> None:
    if shutil.which(program) is None:
        raise ConfigurationError(
            zh=f"没有找到 {program}；请安装 PostgreSQL 客户端程序（Debian：postgresql-client）。",
            en=f"{program} is not there; install PostgreSQL's client programs (Debian: postgresql-client).",
        )
    given = {
        "PGHOST": url.host or url.query.get("host"),
        "PGPORT": str(url.port) if url.port else None,
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGSSLMODE": url.query.get("sslmode"),
        "PGSSLROOTCERT": url.query.get("sslrootcert"),
    }
    environment = {**os.environ, **{name: str(value) for name, value in given.items() if value}}
    ended = subprocess.run([program, *arguments], env=environment, capture_output=True, text=True, check=False)
    if ended.returncode:
        said = ended.stderr.strip().splitlines()[0] if ended.stderr.strip() else f"exit code {ended.returncode}"
        raise RunError(zh=f"{program} 没有完成：{said}", en=f"{program} failed: {said}")
