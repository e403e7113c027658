"""Reading the records of a few enterprises, persons or addresses, and nothing else.

A stored file is in the order of its key and keeps `riskml.records.stored_columns.ROW_GROUP` rows together; its footer
says the least and the greatest key of each such group. Whoever knows the footers reads one or two groups of a file.
Footers are read once; a lookup may be shared by many threads.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

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
class _Footer:
    """What the end of a file says: its columns, and the least and the greatest key of each group of rows."""

    metadata: pq.FileMetaData
    least: NDArray[np.object_]
    greatest: NDArray[np.object_]

    def groups_of(self, keys: NDArray[np.object_]) -> list[int]:
        """The groups that may have rows of `keys`, which are sorted."""
        first = np.searchsorted(keys, self.least, side="left")
        last = np.searchsorted(keys, self.greatest, side="right")
        return [int(group) for group in np.flatnonzero(first < last)]


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
            asked = np.array(sorted(own), dtype=object)
            footer = _footer(path, self.store.hashes[str(path.relative_to(self.store.folder))], key)
            groups = footer.groups_of(asked)
            if groups:
                found.append(_read(path, footer.metadata, key, groups, asked, schema))
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


@lru_cache(maxsize=1024)
def _footer(path: Path, sha256: str, key: str) -> _Footer:
    """The footer of a file with this hash: after a load was undone another file may have its name."""
    metadata = pq.read_metadata(path)
    place = metadata.schema.to_arrow_schema().get_field_index(key)
    least, greatest = [], []
    for group in range(metadata.num_row_groups):
        known = metadata.row_group(group).column(place).statistics
        bounded = known is not None and known.has_min_max
        least.append(known.min if bounded else "")
        greatest.append(known.max if bounded else "\U0010ffff")
    return _Footer(metadata, np.array(least, dtype=object), np.array(greatest, dtype=object))


def _read(
    path: Path,
    metadata: pq.FileMetaData,
    key: str,
    groups: list[int],
    asked: NDArray[np.object_],
    schema: pa.Schema,
) -> pa.Table:
    """The rows of some groups of a file with one of the keys asked for; what the file has no column for is null."""
    file = pq.ParquetFile(path, metadata=metadata, memory_map=True)
    keys = file.read_row_groups(groups, columns=[key], use_threads=False)[key]
    chosen = pc.is_in(keys, value_set=pa.array(asked, pa.string()))
    if not pc.any(chosen).as_py():  # most enterprises have no record in most tables
        return schema.empty_table()
    there = set(file.schema_arrow.names)
    read = file.read_row_groups(groups, columns=[name for name in schema.names if name in there], use_threads=False)
    rows = read.filter(chosen)
    return pa.table(
        [
            rows[field.name].cast(field.type) if field.name in there else pa.nulls(len(rows), field.type)
            for field in schema
        ],
        schema=schema,
    )
