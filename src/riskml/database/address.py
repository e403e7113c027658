"""Where the database is: SQLite in the workspace's data folder, or PostgreSQL where the environment names one."""

from __future__ import annotations

import os

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

from riskml.core.errors import ConfigurationError
from riskml.core.workspace import Workspace
from riskml.database.postgresql_tls import encryption

VARIABLE = "RISKML_DATABASE_URL"

FILE = "riskml.sqlite"
"""Its name, in the folder with everything received."""


def database_url(workspace: Workspace) -> URL:
    """The address of the workspace's database.

    Raises
    ------
    ConfigurationError
        Where the environment has something else than an address of PostgreSQL, or one without TLS; the message does
        not quote it, since it may hold a password.
    """
    written = os.environ.get(VARIABLE, "")
    if not written:
        return URL.create("sqlite", database=str(workspace.data / FILE))
    try:
        url = make_url(written)
    except (ArgumentError, ValueError):
        url = None
    if url is None or url.get_backend_name() != "postgresql":
        raise ConfigurationError(
            zh=f"环境变量 {VARIABLE} 不是有效的 PostgreSQL 地址，应形如 postgresql://用户:密码@主机/库；"
            "不设置时使用工作区内的 SQLite。",
            en=f"The environment variable {VARIABLE} is no valid PostgreSQL address like "
            "postgresql://user:password@host/database; without it the workspace's own SQLite file is used.",
        ) from None
    told = {**url.query, **({"host": url.host} if url.host else {})}
    return url.set(drivername="postgresql+psycopg").update_query_dict(encryption(told))
