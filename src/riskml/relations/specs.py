"""What a ``relation.yaml`` may say, field by field."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from pydantic import Field

from riskml.core.configuration import Entry, Identifier
from riskml.records.schema import Column, ColumnType, Table
from riskml.records.tables import Label
from riskml.relations.about import About

DEFINITION = "relation.yaml"


class CodedColumn(Entry):
    """A column that holds one of a few values."""

    type: ColumnType
    codes: dict[str, Label]


class WhereMissing(Entry):
    """What stands for a record that should be there and is not (the row's flag ``missing``).

    Parameters
    ----------
    table
        Where the record is that says so.
    date
        The column of the relation that has the day it was due, by which it is ordered among others.
    """

    table: Identifier
    date: Identifier


class Cited(Entry):
    """How a row is told as the evidence of a reason.

    Parameters
    ----------
    tables
        Where the record that it names is looked up; the first that has it.
    facts
        Columns that are told, with a label, or as the ``table.column`` of a record table that they are.
    """

    tables: tuple[Identifier, ...] = Field(min_length=1)
    where_missing: WhereMissing | None = None
    facts: dict[Identifier, Label | str] = Field(default_factory=dict)

    def missing(self, row: Mapping[str, Any]) -> WhereMissing | None:
        """What stands for the record of a row that should be there and is not; None where it is there."""
        return self.where_missing if self.where_missing and row["missing"] else None


class Relation(Entry):
    """A derived relation.

    Parameters
    ----------
    about
        Whose conduct it tells of; an indicator may say otherwise of itself.
    inputs
        The record tables it reads. Where a store has not all of them, nothing can be known of it; but see `one_of`.
    one_of
        Groups of its inputs of each of which one will do: it is then found from the tables that are there, and says
        less.
    needs
        Those of its inputs without a row of which it has none.
    of_itself
        Those of its inputs of which it reads the enterprise's own records, where that is not all of them: of the rest
        it reads others' only.
    date
        The column that windows and ``days_since`` refer to, if any.
    whole
        Whether it needs records of other enterprises than those asked for.
    by_days
        Whether it is found a few as-of dates at a time: what it holds at once would be too much, and the dates have
        nothing in common.
    visit_counts
        Whether it reads the tables about all visits (`riskml.relations.common.visit_statements`).
    constants
        Numbers that its templates read by name.
    columns
        Its columns besides ``enterprise_id``, ``as_of`` and ``record_id`` (the evidence), each with its type, its
        codes, or the ``table.column`` of a record table that it is. A relation with a date has the ``known_date`` and
        the ``arrival`` of that record too.
    """

    relation: Identifier
    label: Label
    about: About
    inputs: tuple[Identifier, ...] = Field(min_length=1)
    one_of: tuple[tuple[Identifier, ...], ...] = ()
    needs: tuple[Identifier, ...] = ()
    of_itself: tuple[Identifier, ...] = ()
    date: Identifier | None = None
    whole: bool
    by_days: bool = False
    visit_counts: bool = False
    constants: dict[Identifier, int] = Field(default_factory=dict)
    columns: dict[Identifier, ColumnType | CodedColumn | str] = Field(min_length=1)
    cited: Cited

    def column(self, name: str, tables: Mapping[str, Table]) -> Column:
        """One of its columns, with its type and codes; `tables` are the record tables in use."""
        written = self.columns[name]
        if isinstance(written, CodedColumn):
            return Column(name, written.type, Label(name, name), codes=written.codes)
        if "." in written:
            return _column_of(written, tables)
        return Column(name, written, Label(name, name))  # type: ignore[arg-type]

    def facts(self, tables: Mapping[str, Table]) -> tuple[Column, ...]:
        """The columns that are told of a row, with their labels."""
        return tuple(
            _column_of(told, tables) if isinstance(told, str) else Column(name, self.column(name, tables).type, told)
            for name, told in self.cited.facts.items()
        )


def _column_of(place: str, tables: Mapping[str, Table]) -> Column:
    """The column that stands at ``table.column``."""
    table, _, column = place.partition(".")
    return tables[table].column(column)
