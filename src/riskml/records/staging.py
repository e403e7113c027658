"""From opened extracts to typed rows: the mapping of one table, each of its columns read as the table's type."""

from __future__ import annotations

from pathlib import Path

import duckdb

from riskml.engines.duckdb import quote
from riskml.errors import ConfigurationError
from riskml.records.checks import Check, text_sql, typed_sql
from riskml.records.sources import Source
from riskml.records.tables import SQL_TYPES, Table

DUPLICATE = Check("record_id", "duplicate_id", "first_place IS NOT NULL AND first_place <> {f: source_file, r: source_row}")

_NESTED = ("STRUCT", "MAP", "UNION", "VARIANT")
"""Types of the engine that hold several values; a list's ends with a bracket."""


def stage(connection: duckdb.DuckDBPyConnection, source: Source, table: Table, folder: Path) -> None:
    """Create the view ``staged``: the rows that the mapping of `table` makes, each column typed and as raw text (``raw_<column>``).

    Parameters
    ----------
    folder
        Where the extracts are.

    Raises
    ------
    ConfigurationError
        Where the mapping does not fit the extract or the table.
    """
    sql = source.mappings[table.name].strip().rstrip(";")
    path = source.folder / f"{table.name}.sql"
    try:
        connection.execute(f"CREATE OR REPLACE TEMP VIEW mapped AS {sql}")
        given = {row[0]: row[1] for row in connection.execute("DESCRIBE mapped").fetchall()}
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
            en=f"{path} gives {', '.join(nested)} as a list, struct or binary and not as one value; take the value out of it in the SQL.",
        )
    unknown = set(given) - set(table.column_names) - {"source_row", "source_file"}
    if unknown:
        raise ConfigurationError(
            zh=f"{path} 选出了 {table.name} 表没有的字段 {', '.join(sorted(unknown))}；可用字段：{', '.join(table.column_names)}。",
            en=f"{path} selects {', '.join(sorted(unknown))}, which table {table.name} does not have; it has "
            f"{', '.join(table.column_names)}.",
        )
    fallback = {"known_date": table.date_column, "end_known_date": "end_date", "source": None}
    typed = []
    for column in table.columns:
        # A column that no mapping fills has its type all the same: other loads, and other readers, rely on it.
        value = typed_sql(column, column.name) if column.name in given else f"CAST(NULL AS {SQL_TYPES[column.type]})"
        if column.name in fallback:
            other = fallback[column.name]
            spare = (typed_sql(table.column(other), other) if other in given else "NULL") if other else f"'{source.spec.source}'"
            value = f"coalesce({value}, {spare})"
        raw = text_sql(column.name) if column.name in given else "CAST(NULL AS VARCHAR)"
        typed.append(f"{value} AS {column.name}, {raw} AS raw_{column.name}")
    source_file = "source_file" if "source_file" in given else f"'{quote(_files_of(source, table, folder))}'"
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW typed AS SELECT {', '.join(typed)}, {source_file} AS source_file, source_row FROM mapped"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE repeated AS SELECT record_id, min({f: source_file, r: source_row}) AS first_place "
        "FROM typed GROUP BY record_id HAVING count(*) > 1 AND record_id IS NOT NULL"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP VIEW staged AS SELECT typed.*, first_place FROM typed LEFT JOIN repeated USING (record_id)"
    )


def _files_of(source: Source, table: Table, folder: Path) -> str:
    paths = [source.spec.files[view].path for view in sorted(source.views_of(table.name))]
    return ", ".join(str(folder / path) for path in paths)
