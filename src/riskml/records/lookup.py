"""Reading the records of a few enterprises, persons or addresses, and nothing else.

A stored file is in the order of its key and keeps `riskml.records.stored_columns.ROW_GROUP` rows together; its footer
says the least and the greatest key of each such group, so that one or two groups of a file are read
(`riskml.engines.keyed_parquet`). A lookup may be shared by many threads.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from riskml.engines.keyed_parquet import rows_of_keys
from riskml.records.buckets import bucket_of
from riskml.records.schema import ColumnType, Table
from riskml.records.sorted_copies import SORTED_COPIES
from riskml.records.store import RecordStore
from riskml.records.tables import TABLES

ARROW_TYPES: dict[ColumnType, pa.DataType] = {
    "text": pa.string(),
    "date": pa.date32(),
    "integer": pa.int64(),
    "amount": pa.decimal128(18, 4),
    "share": pa.decimal128(9, 6),
    "number": pa.decimal128(18, 4),
    "flag": pa.bool_(),
}
"""What a column of each type is in a record table read from the store."""

_COPIES = {(copy.table, copy.key): copy.name for copy in SORTED_COPIES}


def record_schema(table: Table) -> pa.Schema:
    """The columns of a record table with their types."""
    return pa.schema([(column.name, ARROW_TYPES[column.type]) for column in table.columns])


@dataclass(frozen=True)
class Lookup:
    """Rows of one store by their keys; its files are seen to be intact before they are read."""

    store: RecordStore

    def rows(self, name: str, keys: Collection[str], *, key: str | None = None) -> pa.Table:
        """The rows of a record table that have one of `keys`, with all columns of the table (`record_schema`).

        Parameters
        ----------
        key
            The column that is looked up: the table's subject where None, or that of a sorted copy
            (`riskml.records.sorted_copies`). By another one the whole table is read.

        Raises
        ------
        RunError
            Where a file is missing or damaged.
        """
        table = TABLES[name]
        key = key or table.subject
        schema, found = record_schema(table), list[pa.Table]()
        for path, own in self._files(table, key, keys):
            digest = self.store.hashes[str(path.relative_to(self.store.folder))]
            rows = rows_of_keys(path, digest, key, own, schema.names)
            if len(rows):
                found.append(_as_table(rows, schema))
        return pa.concat_tables(found) if found else schema.empty_table()

    def _files(self, table: Table, key: str, keys: Collection[str]) -> Iterable[tuple[Path, Collection[str]]]:
        """Where rows with `keys` may be, and which of the keys."""
        copy = _COPIES.get((table.name, key))
        if copy in self.store.resolved:
            self.store.verify(copy)
            yield self.store.folder / self.store.resolved[copy], keys
            return
        buckets: dict[int | None, list[str]] = defaultdict(list)
        for one in keys:
            buckets[bucket_of(one, self.store.buckets) if key == table.subject else None].append(one)
        for bucket, asked in buckets.items():
            self.store.verify(table.name, bucket)
            for path in self.store.paths(table.name, bucket):
                yield path, asked


def _as_table(rows: pa.Table, schema: pa.Schema) -> pa.Table:
    """Rows of a file as those of its record table; what the file has no column for is null."""
    there = set(rows.column_names)
    columns = [
        rows[field.name].cast(field.type) if field.name in there else pa.nulls(len(rows), field.type)
        for field in schema
    ]
    return pa.table(columns, schema=schema)
