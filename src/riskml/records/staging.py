"""The rows of one record table as a delivery has them: mapped, normalised, checked, and settled into what is stored."""

from __future__ import annotations

from datetime import date

import duckdb

from riskml.core.errors import ConfigurationError
from riskml.engines.duckdb import literal
from riskml.records.amendment_rows import amendment_checks, amendment_values
from riskml.records.amendment_targets import AMENDMENTS
from riskml.records.checks import (
    any_sql,
    checks_for,
    findings_sql,
    settled_sql,
    suspect_ids_sql,
    value_sql,
    with_suspects_sql,
)
from riskml.records.newest import FILE_SPAN, LOAD_SPAN, UNKNOWN_FILE
from riskml.records.normalising import is_usual_sql, text_sql, usual_sql
from riskml.records.reconciliation import all_of
from riskml.records.sources import Source
from riskml.records.tables import SQL_TYPES, Column, Table

_NESTED = ("STRUCT", "MAP", "UNION", "VARIANT")
"""Types of the engine that hold several values; a list's ends with a bracket."""


def stage(
    connection: duckdb.DuckDBPyConnection,
    source: Source,
    table: Table,
    files: dict[str, int],
    received: date,
    load: int,
) -> dict[str, int]:
    """Create the view ``staged``: the table's columns as they would be stored, ``source_file`` and ``source_row``,
    ``refused`` (true or false) and ``findings`` (what is wrong with the row, `riskml.records.checks.findings_sql`; null
    where nothing is).

    Parameters
    ----------
    files
        The files that the mapping reads, each with its number in the delivery.
    received
        The day they were received.
    load
        The load's number.

    Returns
    -------
    dict of str to int
        File → the rows that the mapping makes of it.

    Raises
    ------
    ConfigurationError
        Where the mapping does not fit the extract or the table.
    """
    given = _map(connection, source, table)
    usual, rows = _normalise(connection, source, table, given, files)
    name, identifier = source.spec.source, source.spec.identifier
    checks = (
        *checks_for(table, source=name, identifier=identifier, received=received, usual=usual),
        *(amendment_checks() if table.name == AMENDMENTS else ()),
    )
    settled = settled_sql(table, checks, source=name, received=received)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE suspect AS {suspect_ids_sql(table, identifier=identifier)}")
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP VIEW staged AS
        WITH identified AS (
            {with_suspects_sql(table)}
        ),
        judged AS (
            SELECT *, {any_sql(checks, "refused")} AS refused, {any_sql(checks, "noted")} AS noted
            FROM identified
        )
        SELECT {", ".join(f"{value} AS {name}" for name, value in settled.items())}, source_file, source_row, refused,
            CAST({load * LOAD_SPAN} + {_arrival_sql(source, table, files)} AS BIGINT) AS arrival,
            CASE WHEN refused THEN {findings_sql(checks, "refused")} WHEN noted
              THEN {findings_sql(checks, "noted")} END AS findings
        FROM judged
        """
    )
    return rows


def _normalise(
    connection: duckdb.DuckDBPyConnection, source: Source, table: Table, given: dict[str, str], files: dict[str, int]
) -> tuple[frozenset[str], dict[str, int]]:
    """Create the views ``normalised`` (texts, as ``raw_<column>``) and ``typed`` (also the columns' own types).

    Returns
    -------
    frozenset of str
        The columns of which every value is in its usual form.
    dict of str to int
        File → rows.
    """
    by_target = amendment_values() if table.name == AMENDMENTS else {}
    delivered = {column.name: _text(column, given[column.name]) for column in table.columns if column.name in given}
    source_file = _file_sql(given, files)
    usual, rows = _survey(connection, table, delivered, source_file, source.spec.identifier)
    texts, values = [], []
    for column in table.columns:
        name, raw = column.name, f"raw_{column.name}"
        if name not in given:
            # A column that no mapping fills has its type all the same: other loads, and other readers, rely on it.
            text, value = "CAST(NULL AS VARCHAR)", f"CAST(NULL AS {SQL_TYPES[column.type]})"
        elif name in usual:
            text, value = delivered[name], by_target.get(name, usual_sql(column, raw))
        else:
            text = text_sql(delivered[name], keep=tuple(column.codes or ()))
            value = by_target.get(name, value_sql(column, raw, identifier=source.spec.identifier))
        texts.append(f"{text} AS {raw}")
        values.append(f"{value} AS {name}")
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW normalised AS SELECT {', '.join(texts)}, {source_file} AS source_file, "
        "source_row FROM mapped"
    )
    connection.execute(f"CREATE OR REPLACE TEMP VIEW typed AS SELECT *, {', '.join(values)} FROM normalised")
    return usual, rows


def _map(connection: duckdb.DuckDBPyConnection, source: Source, table: Table) -> dict[str, str]:
    """Create the view ``mapped``; returns the SQL type of each of its columns."""
    sql = source.mappings[table.name].strip().rstrip(";")
    path = source.mapping_file(table.name)
    try:
        connection.execute(f"CREATE OR REPLACE TEMP VIEW mapped AS {sql}")
        # As a file has them: their case means nothing, here as in SQL.
        given = {row[0].lower(): str(row[1]) for row in connection.execute("DESCRIBE mapped").fetchall()}
    except duckdb.Error as error:
        raise ConfigurationError(
            zh=f"{path} 与文件的字段不符：{error}", en=f"{path} does not fit the columns of the extract: {error}"
        ) from error
    if "source_row" not in given:
        raise ConfigurationError(zh=f"{path} 必须选出 source_row。", en=f"{path} must select source_row.")
    nested = [name for name, kind in given.items() if kind == "BLOB" or kind.endswith("]") or kind.startswith(_NESTED)]
    if nested:
        raise ConfigurationError(
            zh=f"{path} 给出的 {'、'.join(nested)} 是列表、结构或二进制，而不是一个值；请在 SQL 中取出其中的值。",
            en=f"{path} gives {', '.join(nested)} as a list, struct or binary and not as one value; take the value out "
            "of it in the SQL.",
        )
    own = [column.name for column in table.delivered_columns]
    unknown = set(given) - set(own) - {"source_row", "source_file"}
    if unknown:
        raise ConfigurationError(
            zh=f"{path} 选出了 {table.name} 表没有的字段 {', '.join(sorted(unknown))}；可用字段：{', '.join(own)}。",
            en=f"{path} selects {', '.join(sorted(unknown))}, which table {table.name} does not have; it has "
            f"{', '.join(own)}.",
        )
    return given


def _file_sql(given: dict[str, str], files: dict[str, int]) -> str:
    """The file of a row of ``mapped``: the one that the mapping says, or all it reads where that is none of them."""
    everything = literal(all_of(files))
    if "source_file" not in given or len(files) == 1:
        return everything
    return f"CASE WHEN source_file IN ({', '.join(map(literal, files))}) THEN source_file ELSE {everything} END"


def _arrival_sql(source: Source, table: Table, files: dict[str, int]) -> str:
    """The order of a row among those of its load: by the number of its file, and within it by its own number, or, where
    the mapping may make several rows of one, by all that it has.
    """
    if source.is_plain(table.name):
        row = "coalesce(TRY_CAST(source_row AS BIGINT), 0)"
    else:
        order = ", ".join(("source_row", *(f"raw_{column.name}" for column in table.delivered_columns)))
        row = f"row_number() OVER (PARTITION BY source_file ORDER BY {order})"
    if len(files) == 1:
        return f"{next(iter(files.values())) * FILE_SPAN} + {row}"
    numbers = ", ".join(f"{literal(name)}: {number * FILE_SPAN}" for name, number in files.items())
    return f"coalesce(MAP {{{numbers}}}[source_file], {UNKNOWN_FILE * FILE_SPAN}) + {row}"


def _text(column: Column, kind: str) -> str:
    """A column of ``mapped``, of the engine's type `kind`, as text: the day of an instant is China's."""
    if kind.startswith("TIMESTAMP") and column.type == "date":
        return f"CAST(CAST({column.name} AS DATE) AS VARCHAR)"
    return column.name if kind == "VARCHAR" else f"CAST({column.name} AS VARCHAR)"


def _survey(
    connection: duckdb.DuckDBPyConnection, table: Table, delivered: dict[str, str], source_file: str, identifier: str
) -> tuple[frozenset[str], dict[str, int]]:
    """Read ``mapped`` once: the columns of which every value is in its usual form or that the mapping does not give,
    and the rows by file.
    """
    asked = "".join(
        f", coalesce(bool_and({is_usual_sql(table.column(name), text, identifier=identifier)}) FILTER (WHERE {name} IS "
        "NOT NULL), true)"
        for name, text in delivered.items()
    )
    found = connection.execute(
        f"SELECT {source_file} AS source_file, count(*){asked} FROM mapped GROUP BY 1"
    ).fetchall()
    unusual = {name for _, _, *answers in found for name, answer in zip(delivered, answers, strict=True) if not answer}
    return frozenset(table.column_names) - unusual, {file: rows for file, rows, *_ in found}
