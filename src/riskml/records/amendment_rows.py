"""Amendments as they are delivered: tables and parts by name or by Chinese label, and what makes one that could never
act (Yunnan Art. 14).
"""

from __future__ import annotations

import difflib
from functools import lru_cache

from riskml.engines.duckdb import literal, literals
from riskml.records.amendments import EXCLUDING, REDUCING
from riskml.records.checks import Check
from riskml.records.normalising import typed_sql
from riskml.records.table_files import Tables
from riskml.records.tables import TABLES, Column, ColumnType, tables_in_use


def amendment_values() -> dict[str, str]:
    """Column → SQL over the raw texts, for the columns of an amendment that are read by what it amends."""
    # Maps: the engine would work a CASE over hundreds of words out anew for each of them.
    tables = ", ".join(f"{literal(table.label.zh)}: '{table.name}'" for table in TABLES.values())
    of_table = f"coalesce(MAP {{{tables}}}[raw_of_table], raw_of_table)"
    words = {f"{table.name}.{column.label.zh}": column.name for table in TABLES.values() for column in table.columns}
    labels = ", ".join(f"{literal(word)}: '{name}'" for word, name in words.items())
    part = f"coalesce(MAP {{{labels}}}[({of_table}) || '.' || raw_part], raw_part)"
    values = " ".join(
        f"WHEN ({of_table}) || '.' || ({part}) IN ({literals(_parts_of(kind))}) "
        f"THEN CAST({typed_sql(Column('value', kind, TABLES['amendment'].label), 'raw_value', identifier='free')} AS "
        "VARCHAR)"
        for kind in _REDUCIBLE
    )
    return {"of_table": of_table, "part": part, "value": f"CASE {values} END"}


def amendment_checks() -> tuple[Check, ...]:
    """What makes an amendment one that cannot act, whatever records there are: it is refused."""
    parts = [f"{table.name}.{column.name}" for table in TABLES.values() for column in table.parts]
    columns = [f"{table.name}.{name}" for table in TABLES.values() for name in table.column_names]
    named, reducing = "of_table || '.' || part", f"kind IN ({literals(REDUCING)})"
    return (
        Check("of_table", "unknown_table", f"of_table NOT IN ({literals(TABLES)})"),
        Check("of_record", "amends_itself", "of_table = 'amendment' AND of_record = record_id"),
        Check("replaced_by", "amends_itself", "replaced_by = of_record"),
        Check("part", "missing", f"{reducing} AND raw_part IS NULL"),
        Check("part", "unknown_part", f"of_table IN ({literals(TABLES)}) AND {named} NOT IN ({literals(columns)})"),
        Check("part", "inseparable_part", f"{named} IN ({literals(columns)}) AND {named} NOT IN ({literals(parts)})"),
        Check("part", "whole_record", f"kind IN ({literals(EXCLUDING)}) AND part IS NOT NULL"),
        Check("value", "whole_record", f"kind IN ({literals(EXCLUDING)}) AND raw_value IS NOT NULL"),
        Check("value", "missing", "kind = 'reduced' AND raw_value IS NULL"),
        Check(
            "value",
            "wrong_type",
            f"{reducing} AND {named} IN ({literals(parts)}) AND raw_value IS NOT NULL AND value IS NULL",
        ),
        Check("value", "out_of_range", "TRY_CAST(value AS DOUBLE) < 0"),
        Check("law", "missing", "kind = 'barred' AND raw_law IS NULL"),
    )


def nearest_name(reason: str, word: str) -> str | None:
    """The table (`unknown_table`) or column whose name or Chinese label is nearest to a word, as ``name（标签）``; None
    where none is near.

    >>> asked = [("unknown_table", "serious_listings"), ("unknown_part", "罚款"), ("unknown_table", "qq")]
    >>> tuple(nearest_name(*one) for one in asked)
    ('serious_listing（严重失信主体名单（黑名单））', 'fine（罚款金额）', None)
    """
    known = _known_names(reason, tables_in_use())
    close = difflib.get_close_matches(word, known, n=1)
    return known[close[0]] if close else None


_REDUCIBLE: tuple[ColumnType, ...] = ("amount", "share", "number", "integer", "date")
"""Types of which something can be left."""


def _parts_of(kind: ColumnType) -> list[str]:
    return [f"{table.name}.{column.name}" for table in TABLES.values() for column in table.parts if column.type == kind]


@lru_cache(maxsize=8)
def _known_names(reason: str, tables: Tables) -> dict[str, str]:
    """Name or label → both."""
    if reason == "unknown_table":
        named = [(table.name, table.label.zh) for table in tables.values()]
    else:
        named = [(column.name, column.label.zh) for table in tables.values() for column in table.parts]
    return {word: f"{name}（{label}）" for name, label in named for word in (name, label)}
