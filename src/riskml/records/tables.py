"""The record tables in use: those that are shipped, and what the workspace adds to them.

The shipped ones are read from ``shipped_tables/*.yaml`` once. A workspace's own (`riskml.records.table_files`) hold
within `using`: in the thread that entered it, and in threads of a `riskml.core.context_pool.ContextPool` that it
starts.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar

from riskml.core.language import Label
from riskml.records.schema import (
    DIMENSIONS,
    FOUNDED,
    LARGEST_AMOUNT,
    OLDEST_ENTERPRISE,
    SQL_TYPES,
    Column,
    ColumnType,
    Table,
    TextForm,
)
from riskml.records.table_files import Tables, shipped_tables

__all__ = [
    "DIMENSIONS",
    "FOUNDED",
    "LARGEST_AMOUNT",
    "OLDEST_ENTERPRISE",
    "SQL_TYPES",
    "TABLES",
    "Column",
    "ColumnType",
    "Label",
    "Table",
    "TextForm",
    "tables_in_use",
    "using",
]

_IN_USE: ContextVar[Tables] = ContextVar("tables in use")


def tables_in_use() -> Tables:
    """The tables that `TABLES` shows now."""
    return _IN_USE.get(None) or shipped_tables()


@contextmanager
def using(tables: Tables) -> Iterator[None]:
    """Have `TABLES` show `tables`."""
    token = _IN_USE.set(tables)
    try:
        yield
    finally:
        _IN_USE.reset(token)


class _InUse(Mapping[str, Table]):
    def __getitem__(self, name: str) -> Table:
        return tables_in_use()[name]

    def __iter__(self) -> Iterator[str]:
        return iter(tables_in_use())

    def __len__(self) -> int:
        return len(tables_in_use())


TABLES: Mapping[str, Table] = _InUse()
"""Every record table in use by name, dimension by dimension."""
