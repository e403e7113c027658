"""The columns of every relation that indicators and rules may read, with their types and codes."""

from __future__ import annotations

from functools import lru_cache

from riskml.records.table_files import Tables
from riskml.records.tables import Column, Label, tables_in_use
from riskml.relations.catalogue import DERIVED, relation_columns

AS_OF = Column("as_of", "date", Label("基准日", "as of"), required=True)


def relation_schema(name: str) -> dict[str, Column]:
    """What an expression over a relation may use: `relation_columns` and ``as_of``, each with its type."""
    return _schema(name, tables_in_use())


@lru_cache(maxsize=256)
def _schema(name: str, tables: Tables) -> dict[str, Column]:
    columns = relation_columns(name)
    if name not in DERIVED:
        return {column: tables[name].column(column) for column in columns} | {"as_of": AS_OF}
    return {column: DERIVED[name].column(column, tables) for column in columns} | {"as_of": AS_OF}
