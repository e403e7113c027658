"""The relations that every load works out anew from all records, stored beside them: what amendments do
(`riskml.records.amendments`).
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from riskml.records.tables import SQL_TYPES, ColumnType

_RECORD: dict[str, ColumnType] = dict.fromkeys(("of_table", "source", "subject", "record_id"), "text")
_DAYS: dict[str, ColumnType] = dict.fromkeys(("acts_from", "acts_until"), "date")

SPANS = "amended_span"
"""How the records that were amended read, and when."""

RESOLVED: dict[str, dict[str, ColumnType]] = {
    SPANS: {**_RECORD, **_DAYS, "part": "text", "value": "text"},
    "amendment_effect": {
        **_RECORD,
        **_DAYS,
        "kind": "text",
        "part": "text",
        "original": "text",
        "value": "text",
        "replaced_by": "text",
        "law": "text",
        "event_date": "date",
        "known_date": "date",
        "amendment_source": "text",
        "amendment_id": "text",
    },
}
"""Relation → its columns.

``amended_span``: how a record reads from ``acts_from`` to before ``acts_until``. Without `part` it is out, else the
column `part` has `value` (null: empty). The spans of one record do not overlap; one that changes several columns has a
row for each.

``amendment_effect``: from when until when an amendment acts on a record, and what the part it reduces was in the
record.
"""


def empty_resolved(name: str) -> str:
    """A SELECT with the relation's columns and no row."""
    return (
        "SELECT "
        f"{', '.join(f'CAST(NULL AS {SQL_TYPES[kind]}) AS {column}' for column, kind in RESOLVED[name].items())} WHERE "
        "false"
    )


def resolved_schema(name: str) -> pa.Schema:
    """The relation's columns with their types."""
    types = {"text": pa.string(), "date": pa.date32()}
    return pa.schema([(column, types[kind]) for column, kind in RESOLVED[name].items()])


def resolved_table(name: str, rows: Iterable[tuple[Any, ...]]) -> pa.Table:
    """The rows of a relation in a fixed order: the same records give the same bytes."""
    schema = resolved_schema(name)
    columns = list(zip(*rows, strict=True)) or [()] * len(schema)
    table = pa.table(
        [pa.array(values, field.type) for field, values in zip(schema, columns, strict=True)], schema=schema
    )
    return table.sort_by([(column, "ascending") for column in RESOLVED[name]])


def write_resolved(table: pa.Table, path: Path) -> None:
    """Write a relation's rows to its file."""
    pq.write_table(table, path, compression="zstd")
