"""Which enterprise is meant by a code as a person typed it."""

from __future__ import annotations

import re

import duckdb

from riskml.records.normalising import identifier_sql, text_sql

_AS_STORED = re.compile("[0-9A-Z]{18}")
"""A unified social credit code as records have it, which the rule leaves as it is: the engine need not be asked."""


def enterprise_meant(typed: str) -> str:
    """The id in the form in which records have it: what is typed passes the same rule as what is loaded.

    Capitals and half width for a unified social credit code, which has capitals only (GB 32100-2015); an id of another
    kind keeps its case, because sources that name enterprises in their own way may tell them apart by it.

    >>> enterprise_meant(" 9134 0000-711771143ｊ"), enterprise_meant("e2")
    ('91340000711771143J', 'e2')
    """
    if _AS_STORED.fullmatch(typed):
        return typed
    with duckdb.connect() as connection:
        ((code,),) = connection.execute(
            f"SELECT {identifier_sql('text', free=True)} FROM (SELECT {text_sql('typed')} AS text FROM (SELECT ? AS "
            "typed))",
            [typed],
        ).fetchall()
    return str(code) if code is not None else typed
