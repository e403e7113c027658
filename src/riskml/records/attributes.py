"""Attributes: what a source's files hold of an enterprise beyond the record tables, declared in source.yaml and mapped
without SQL.

In source.yaml they stand so::

    - file: annual_report_raw
      enterprise: UNISCID
      date: ANCHEDATE
      known: recDate
      columns:
        patents: {column: 专利数, type: number, label: {zh: 专利数, en: patents}}
        report_state: {column: 经营状态, type: text, label: {zh: 经营状态, en: state of business}}

Each column of each row is a record of the table ``attribute``: its name, and its text or its number, from the day of
the row on. An indicator reads it by name (``from: attribute``, ``where: "name = 'patents'"``).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from riskml.core.configuration import Entry, Identifier
from riskml.engines.duckdb import literal
from riskml.records.tables import Label

ATTRIBUTE = "attribute"
"""The table that attributes are records of."""


class AttributeColumn(Entry):
    """One column of a file, and what it is called as an attribute.

    Parameters
    ----------
    type
        ``text`` for categories and other words, ``number`` for counts and amounts, which keep the unit of the file.
    """

    column: str
    type: Literal["text", "number"]
    label: Label


class Attributes(Entry):
    """What one file tells of an enterprise on a day.

    Parameters
    ----------
    enterprise, date, known
        The columns that say of whom, from which day on, and when it became known; `known` may be left out.
    """

    file: str
    enterprise: str
    date: str
    known: str | None = None
    columns: Mapping[Identifier, AttributeColumn]


def attribute_sql(attributes: Attributes, *, several: bool) -> str:
    """The SELECT that maps them to rows of the table ``attribute``; an empty cell is no row.

    Parameters
    ----------
    several
        Whether the file may be several, so that a row is known by its file too.

    >>> column = AttributeColumn(column="PATENTS", type="number", label=Label("专利数", "patents"))
    >>> reports = Attributes(file="reports", enterprise="ID", date="DAY", columns={"patents": column})
    >>> print(attribute_sql(reports, several=False))  # doctest: +NORMALIZE_WHITESPACE
    SELECT source_row, 'patents-' || CAST("DAY" AS VARCHAR) AS record_id, "ID" AS enterprise_id, "DAY" AS event_date,
      'patents' AS name, "PATENTS" AS number FROM reports WHERE "PATENTS" IS NOT NULL
    """
    selects = []
    for name, column in attributes.columns.items():
        given = {
            "record_id": f"{literal(name + '-')} || CAST({_quoted(attributes.date)} AS VARCHAR)",
            "enterprise_id": _quoted(attributes.enterprise),
            "event_date": _quoted(attributes.date),
            **({"known_date": _quoted(attributes.known)} if attributes.known else {}),
            "name": f"{literal(name)}",
        }
        cell = _quoted(column.column)
        listed = ", ".join(f"{value} AS {field}" for field, value in given.items())
        row = "source_row, source_file" if several else "source_row"
        told = "number" if column.type == "number" else "value"
        selects.append(f"SELECT {row}, {listed},\n  {cell} AS {told} FROM {attributes.file} WHERE {cell} IS NOT NULL")
    return "\nUNION ALL BY NAME\n".join(selects)


def _quoted(name: str) -> str:
    """The name of a column of a file, whatever it is made of."""
    return '"' + name.replace('"', '""') + '"'
