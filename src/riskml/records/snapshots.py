"""Lists that are delivered whole: a state of the source that is open and no longer on its list has ended on the day the
list was received.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb

from riskml.engines.duckdb import literal, parquet
from riskml.records.merge import write_rows
from riskml.records.stored_columns import StoredFiles
from riskml.records.tables import Table


def read_list(connection: duckdb.DuckDBPyConnection, table: Table, parts: list[Path]) -> None:
    """Create the table ``listed`` (subject, record_id): everything that is on the list, refused rows too, since they
    are on it.
    """
    connection.execute("CREATE OR REPLACE TEMP TABLE listed (subject VARCHAR, record_id VARCHAR)")
    if parts:
        connection.execute(
            f"INSERT INTO listed SELECT DISTINCT {table.subject}, record_id FROM {parquet(parts)} "
            f"WHERE {table.subject} IS NOT NULL AND record_id IS NOT NULL"
        )


def end_unlisted(
    connection: duckdb.DuckDBPyConnection, stored: StoredFiles, source: str, target: Path, received: date
) -> tuple[int, int]:
    """End the open states of `source` in one bucket that are not ``listed``.

    Parameters
    ----------
    stored
        The bucket's files.
    target
        The file that takes their place, where any state ends.

    Returns
    -------
    (int, int)
        The states that were open, and those that end.
    """
    table = stored.table
    names = ", ".join(table.column_names)
    # What was planned to end before the list was received ended as planned.
    passed = f"planned_end_date <= DATE '{received}'"
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE unlisted AS SELECT {names}, "
        f"({table.subject}, record_id) NOT IN (SELECT (subject, record_id) FROM listed) AS gone FROM {stored.sql} "
        f"WHERE source = {literal(source)} AND end_date IS NULL AND NOT coalesce({passed}, false)"
    )
    ((opened, gone),) = connection.execute("SELECT count(*), count(*) FILTER (WHERE gone) FROM unlisted").fetchall()
    connection.execute("DELETE FROM unlisted WHERE NOT gone")
    if gone:
        ended = f"DATE '{received}' AS end_date, DATE '{received}' AS end_known_date"
        write_rows(
            connection,
            table,
            f"SELECT {names} FROM {stored.sql} WHERE arrival NOT IN (SELECT arrival FROM unlisted) "
            f"UNION ALL SELECT {names} FROM (SELECT * REPLACE ({ended}) FROM unlisted)",
            target,
        )
    return int(opened), int(gone)
