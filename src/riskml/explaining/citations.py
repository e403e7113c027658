"""Citing records: the rows behind an indicator or a rule of one enterprise, each with its table, date and facts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from riskml.explaining.profile import region_name
from riskml.explaining.values import column_value
from riskml.records.table_checks import OWN
from riskml.records.tables import TABLES, Column, Label, Table
from riskml.relations.catalogue import DERIVED

MAX_CITED = 6
"""Records listed with a reason; how many more there are is said."""

MAX_FACTS = 5

# Identifiers of persons say nothing to an inspector that the record's number does not; the rest is provenance or has
# its own place.
_NOT_FACTS = {
    "record_id",
    "enterprise_id",
    "person_id",
    "holder_id",
    "subject_id",
    "known_date",
    "authority",
    "source",
    "arrival",
}


@dataclass(frozen=True)
class Fact:
    """One column of a record in words."""

    label: Label
    value: Label


_LASTS = Label("（仍有效）", " (still in effect)")
_STILL_IN_EFFECT = Fact(Label("终止日期", "end date"), Label("尚无，仍有效", "none, still in effect"))


@dataclass(frozen=True)
class Citation:
    """A record that a reason or a rule rests on.

    Parameters
    ----------
    table
        The label of the record's table.
    dated
        The day the record happened or began; for an annual report that is missing, that of the registration that asks
        for it.
    authority
        Whose record it is. To be read, never an indicator. Of a register that gives a division code, the registrar
        there.
    """

    record_id: str
    table: Label
    dated: date | None
    authority: Label | None
    facts: tuple[Fact, ...]


@dataclass(frozen=True)
class Evidence:
    """The records behind something: the newest `MAX_CITED`, and how many there are in all.

    Parameters
    ----------
    acts
        How many acts they are, where the records of one case count once; else None.
    """

    cited: tuple[Citation, ...]
    count: int
    acts: int | None = None


@dataclass(frozen=True)
class FoundRow:
    """A row of a relation that something rests on.

    Parameters
    ----------
    relation
        The record table, or the derived relation.
    row
        Its columns.
    table, record
        Of a derived relation's row the record that it names: its table and columns, empty where none has it; None of a
        record table's row.
    """

    relation: str
    row: Mapping[str, Any]
    table: str | None = None
    record: Mapping[str, Any] | None = None

    @property
    def record_id(self) -> str:
        """The id of the record."""
        return str(self.row["record_id"])

    @property
    def happened(self) -> date | None:
        """The day that it is of: of what is missing the day it was due, whose registration is of another day."""
        if self.table is None or self.record is None:
            happened: date | None = self.row[TABLES[self.relation].date_column]
            return happened
        missing = DERIVED[self.relation].cited.missing(self.row)
        return self.row[missing.date] if missing else self.record.get(TABLES[self.table].date_column)

    @property
    def newness(self) -> tuple[Any, ...]:
        """The newest has the greatest, as the records behind a published reason are ordered
        (`riskml.records.newest`).
        """
        known, arrival = self.row.get("known_date"), self.row.get("arrival")
        return self.happened or date.min, known or date.min, arrival or 0, self.record_id


@dataclass(frozen=True)
class RestsOn:
    """The rows that something rests on.

    Parameters
    ----------
    rows
        The newest `MAX_CITED`, the newest first.
    count
        How many there are in all.
    acts
        How many acts they are, where the records of one case count once; else None.
    """

    rows: tuple[FoundRow, ...]
    count: int
    acts: int | None = None

    def cited(self, as_of: date, named: Mapping[str, frozenset[str]]) -> Evidence:
        """The same in words; `named` as `cite` has it, by relation."""
        cited = tuple(cite(one, as_of, named.get(one.relation, frozenset())) for one in self.rows)
        return Evidence(cited, self.count, self.acts)


def cite(found: FoundRow, as_of: date, named: frozenset[str]) -> Citation:
    """A row in words.

    Parameters
    ----------
    as_of
        The as-of date: what ends later still lasts.
    named
        The columns that are asked about, which are told first.
    """
    if found.table is None or found.record is None:
        table = TABLES[found.relation]
        facts = _facts(table, table.columns, found.row, named, as_of)
        return Citation(found.record_id, table.label, found.row[table.date_column], _authority(found.row), facts)
    table, record = TABLES[found.table], found.record
    facts = _facts(None, DERIVED[found.relation].facts(TABLES), found.row, named, as_of)
    own = () if found.table == "enterprise" else _facts(table, table.columns, record, frozenset(), as_of)
    labels = {fact.label for fact in facts}
    more = tuple(fact for fact in own if fact.label not in labels)[: max(0, MAX_FACTS - len(facts))]
    if record.get("verifier") is not None:  # whose word it rests on belongs to the record; it is never an indicator
        by = table.column("verifier")
        more = (*more, Fact(by.label, column_value(by, record["verifier"])))
    return Citation(found.record_id, table.label, record.get(table.date_column), _authority(record), (*facts, *more))


def _facts(
    table: Table | None, columns: tuple[Column, ...], row: Mapping[str, Any], named: frozenset[str], as_of: date
) -> tuple[Fact, ...]:
    """The columns that say something: those that the indicator itself uses, that it still lasts, those that the
    workspace added.
    """
    dates = {"event_date", "start_date", "valid_from", "end_known_date"}
    told = [
        column
        for column in columns
        if row.get(column.name) is not None and column.name not in _NOT_FACTS | dates and not column.identity
    ]
    lasting = {column.name for column in told if column.planned and row[column.name] > as_of}
    told.sort(
        key=lambda column: (column.name not in named, column.name not in lasting, not column.name.startswith(OWN))
    )
    facts = []
    for column in told[:MAX_FACTS]:
        value = column_value(column, row[column.name])
        if column.name in lasting:
            value = Label(value.zh + _LASTS.zh, value.en + _LASTS.en)
        facts.append(Fact(column.label, value))
    if table is not None and table.kind == "state" and "end_date" in row and row["end_date"] is None:
        facts.insert(sum(column.name in named for column in told), _STILL_IN_EFFECT)
    return tuple(facts[:MAX_FACTS])


def _authority(record: Mapping[str, Any]) -> Label | None:
    """Whose record it is; registers give the registrar's division code."""
    named = record.get("authority")
    if not named:
        return None
    place = region_name(named)
    return Label(place, place) if place == named else Label(f"{place}登记机关", f"registrar of {place}")


def newest(found: Iterable[FoundRow], acts: int | None = None) -> RestsOn:
    """What rests on all of these."""
    rows = sorted(found, key=lambda one: one.newness, reverse=True)
    return RestsOn(tuple(rows[:MAX_CITED]), len(rows), acts)
