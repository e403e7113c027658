"""Exports into PostgreSQL: over TLS, loaded beside the table by COPY, and put into it in one transaction.

Readers see the earlier rows until the transaction ends and then the new ones; nothing is dropped, so rights and views
on the table stay. Where the address and the password are is the environment's business: neither is an argument, in a
file or in a log.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from riskml.core.errors import ConfigurationError, RunError
from riskml.core.language import SIMULATED
from riskml.core.validation import Words
from riskml.database.postgresql_tls import answer_in_time, encryption
from riskml.publication.columns import FieldType
from riskml.publication.exports import FIELDS, Export

if TYPE_CHECKING:
    import psycopg
    from psycopg import Cursor

URL = "RISKML_POSTGRESQL_URL"

_TYPES: dict[FieldType, str] = {
    "text": "text", "list": "text[]", "integer": "bigint", "number": "double precision", "flag": "boolean",
    "date": "date",
}  # fmt: skip


def table_name(export: Export, asked: str | None) -> str:
    """The table to write to: the one that was asked for, or one that scheme and region name.

    Raises
    ------
    ConfigurationError
        Where the name is no plain identifier of at most 63 characters, perhaps with its schema before a dot.
    """
    name = asked or f"riskml_{export.run.scheme}" + (f"_{export.region}" if export.region else "")
    if re.fullmatch(r"([a-z_][a-z0-9_]{0,62}\.)?[a-z_][a-z0-9_]{0,62}", name) is None:
        raise ConfigurationError(
            zh=f"--table 由小写字母、数字和下划线组成，可带模式名（如 credit.riskml_yunnan），不是 {name!r}。",
            en="--table is made of lower-case letters, digits and underscores, perhaps with a schema "
            f"(credit.riskml_yunnan), not {name!r}.",
        )
    return name


def load_postgresql(
    export: Export, table: str, on_progress: Callable[[str, int, int], None], *, tls: bool = True
) -> int:
    """Make `table` hold exactly the rows of the export.

    Parameters
    ----------
    table
        As `table_name` gives it; created where there is none.
    tls
        Whether a connection that leaves the machine must be encrypted: see
        `riskml.database.postgresql_tls.encryption`.

    Returns
    -------
    int
        How many NUL characters were taken out of texts: PostgreSQL has none, and one would stop the whole load.

    Raises
    ------
    ConfigurationError
        Where the environment names no database or one without TLS, or psycopg is not installed.
    RunError
        Where the database cannot be reached, or refuses; the table is then as it was. Also where a table of that name
        has other columns: it is not ours to replace.
    """
    url = os.environ.get(URL)
    if not url:
        raise ConfigurationError(
            zh=f"请在环境变量 {URL} 中给出数据库地址，如 postgresql://用户:密码@主机/库；"
            "密码不写在命令行和配置文件中。",
            en=f"Set the environment variable {URL} to the database, such as postgresql://user:password@host/database; "
            "a password is "
            "written in no command and no file.",
        )
    try:
        import psycopg
    except ImportError as error:
        raise ConfigurationError(
            zh="没有安装 psycopg：pip install 'riskml[postgresql]'。",
            en="psycopg is not installed: pip install 'riskml[postgresql]'.",
        ) from error
    address = re.sub(r"^postgresql\+\w+://", "postgresql://", url)  # as SQLAlchemy writes it
    try:
        told = psycopg.conninfo.conninfo_to_dict(address)
    except psycopg.ProgrammingError:
        # Its message would quote the address.
        raise ConfigurationError(
            zh=f"环境变量 {URL} 不是有效的 PostgreSQL 地址。",
            en=f"The environment variable {URL} is no valid PostgreSQL address.",
        ) from None
    try:
        with psycopg.connect(address, **_asked(told, tls=tls)) as connection, connection.cursor() as cursor:
            return _load(cursor, export, table, on_progress)
    except psycopg.Error as error:
        said = str(error).strip().split("\n")[0]
        for password in filter(None, (told.get("password"), os.environ.get("PGPASSWORD"))):
            said = said.replace(str(password), "…")
        zh, en = _advice(error)
        raise RunError(
            zh=f"没有写入数据库，{table} 没有改动：{zh}。数据库说“{said}”。",
            en=f"Nothing was written to the database and {table} is unchanged: {en}. The database says {said!r}.",
        ) from error


def _advice(error: psycopg.Error) -> Words:
    """What to look at, by the kind of failure."""
    import psycopg

    if isinstance(error, psycopg.errors.ConnectionTimeout):
        return "主机没有回应，请核对主机、端口和防火墙", "the host does not answer; check host, port and firewall"
    if isinstance(error, psycopg.errors.InsufficientPrivilege):
        return "该用户没有权限", "the user lacks the permission"
    if isinstance(error, psycopg.OperationalError):
        return (
            "连接不上，请核对主机、端口、用户名、密码（地址、PGPASSWORD 或 ~/.pgpass）和证书（sslrootcert），"
            "以及数据库是否启用了 TLS",
            "there is no connection; check host, port, user, password (in the address, PGPASSWORD or ~/.pgpass) and "
            "certificate "
            "(sslrootcert), and that the database has TLS",
        )
    return "写入出错", "the writing failed"


def _asked(address: dict[str, Any], *, tls: bool) -> dict[str, str]:
    """What is asked of a connection besides what its address says."""
    return encryption(address) if tls else answer_in_time(address)


def _load(cursor: Cursor, export: Export, table: str, on_progress: Callable[[str, int, int], None]) -> int:
    from psycopg import sql

    name = sql.Identifier(*table.split("."))
    columns = sql.SQL(", ").join(
        sql.SQL(f"{{}} {_TYPES[field.type]}").format(sql.Identifier(field.name)) for field in FIELDS
    )
    cursor.execute(sql.SQL("CREATE TABLE IF NOT EXISTS {} ({}, PRIMARY KEY (enterprise_id))").format(name, columns))
    # Two loads at once wait for each other; readers do not.
    cursor.execute(sql.SQL("LOCK TABLE {} IN SHARE ROW EXCLUSIVE MODE").format(name))
    cursor.execute(
        "SELECT attname, format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = to_regclass(%s) AND "
        "attnum > 0 "
        "AND NOT attisdropped",
        [table],
    )
    if sorted(cursor.fetchall()) != sorted((field.name, _TYPES[field.type]) for field in FIELDS):
        raise RunError(
            zh=f"数据库中已有的表 {table} 字段不同，没有改动；请用 --table 另取名，或由管理员改名。",
            en=f"The table {table} in the database has other columns and was not touched: choose another --table, or "
            "have it renamed.",
        )
    cursor.execute(sql.SQL("CREATE TEMP TABLE riskml_staging ({}) ON COMMIT DROP").format(columns))
    listed = sql.SQL(", ").join(sql.Identifier(field.name) for field in FIELDS)
    removed = 0
    with cursor.copy(sql.SQL("COPY riskml_staging ({}) FROM STDIN").format(listed)) as copy:
        for number, row in enumerate(export.coded()):
            if number % 10_000 == 0:
                on_progress("rows", number, export.rows)
            values = [row[field.name] for field in FIELDS]
            if nuls := sum(map(_nuls, values)):
                removed, values = removed + nuls, [_without_nul(value) for value in values]
            copy.write_row(values)
    cursor.execute(sql.SQL("DELETE FROM {}").format(name))
    cursor.execute(sql.SQL("INSERT INTO {} ({}) SELECT {} FROM riskml_staging").format(name, listed, listed))
    note = SIMULATED.said if export.simulated else ""
    told = f"riskml {export.run.scheme} {export.run.as_of}{note}\n{export.notice.said}"
    cursor.execute(sql.SQL("COMMENT ON TABLE {} IS {}").format(name, sql.Literal(told)))
    for field in FIELDS:
        cursor.execute(
            sql.SQL("COMMENT ON COLUMN {}.{} IS {}").format(name, sql.Identifier(field.name), sql.Literal(field.header))
        )
    return removed


def _nuls(value: object) -> int:
    if isinstance(value, list):
        return sum(map(_nuls, value))
    return value.count("\0") if isinstance(value, str) else 0


def _without_nul(value: Any) -> Any:
    if isinstance(value, list):
        return [_without_nul(one) for one in value]
    return value.replace("\0", "") if isinstance(value, str) else value
