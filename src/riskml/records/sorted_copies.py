"""Copies of a few tables in the order of another column than their subject, so that the rows of one person or one
address are read and nothing else.

A record table is in the order of its enterprises. Who else has posts with a person, holds shares with a holder or
stands at an address cannot be read from it without reading all of it. These copies are written by every load that
changes their table.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import duckdb

from riskml.engines.duckdb import literal
from riskml.records.stored_columns import ROW_GROUP
from riskml.records.tables import TABLES


@dataclass(frozen=True)
class SortedCopy:
    """A copy of a table, in the order of one of its columns.

    Parameters
    ----------
    key
        The column; rows without it are left out.
    """

    table: str
    key: str

    @property
    def name(self) -> str:
        """What the store's manifest calls it (`riskml.records.store.RecordStore.resolved`)."""
        return f"{self.table}_by_{self.key}"


SORTED_COPIES = (
    SortedCopy("position", "person_id"),
    SortedCopy("shareholding", "holder_id"),
    SortedCopy("enterprise", "address"),
)


def write_sorted_copy(connection: duckdb.DuckDBPyConnection, copy: SortedCopy, path: Path) -> None:
    """Write a copy of the table that is open on `connection`; the same records give the same bytes."""
    columns = ", ".join(TABLES[copy.table].column_names)
    connection.execute(
        f"COPY (SELECT {columns} FROM {copy.table} WHERE {copy.key} IS NOT NULL ORDER BY {copy.key}, arrival) "
        f"TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {ROW_GROUP})"
    )
