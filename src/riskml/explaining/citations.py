"""Citing records: the rows behind an indicator or a rule of one enterprise, each with its table, date and facts."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import duckdb

from riskml.explaining.evidence import columns_behind, evidence_rows_sql
from riskml.explaining.profile import region_name
from riskml.explaining.values import column_value
from riskml.features.specs import IndicatorColumn, IndicatorSystem
from riskml.records.effect_periods import EffectPeriods
from riskml.records.expressions import names_used
from riskml.records.live import live_sql
from riskml.records.table_checks import OWN
from riskml.records.tables import TABLES, Column, Label, Table
from riskml.relations.catalogue import DERIVED, newest_first
from riskml.relations.common import Common, Listing
from riskml.relations.templates import relation_sql
from riskml.schemes.methods.items import ItemIndicator
from riskml.schemes.rule_specs import Rule

MAX_CITED = 6
"""Records listed with a reason; how many more there are is said."""

MAX_FACTS = 5

_MOMENT = "explained_moment"
_CITED = "explained_cited"

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
class _Found:
    """A row that evidence was found in, with the day that it is of."""

    happened: date | None
    row: dict[str, Any]
    citation: Citation


@dataclass(frozen=True)
class EvidenceReader:
    """Reads the evidence of one enterprise at one as-of date.

    Parameters
    ----------
    connection
        With every record table open as a view, of the whole store. Temporary tables named ``explained_…`` are replaced.
    somebody_elses
        As in `riskml.relations.common.Common`.
    """

    connection: duckdb.DuckDBPyConnection
    periods: EffectPeriods
    enterprise_id: str
    as_of: date
    somebody_elses: tuple[Listing, ...] = ()
    _read: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Set the moment that all evidence is of."""
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {_MOMENT} AS SELECT CAST(? AS VARCHAR) AS enterprise_id, CAST(? AS DATE) AS "
            "as_of",
            [self.enterprise_id, self.as_of],
        )

    @property
    def moment(self) -> str:
        """The relation that holds the enterprise and the date."""
        return _MOMENT

    def of_column(self, system: IndicatorSystem, column: IndicatorColumn) -> Evidence:
        """The records behind an indicator column."""
        found: dict[tuple[Any, ...], _Found] = {}
        case = column.indicator.case if isinstance(column.indicator, ItemIndicator) else None
        acts: set[Any] = set()
        for part in columns_behind(system, column):
            relation = part.indicator.from_ or ""
            indicator = part.indicator
            named = frozenset[str]().union(
                *(names_used(text) for text in (indicator.where, indicator.value, indicator.over, case) if text)
            )
            (sql,) = evidence_rows_sql((part,), self._relation(relation), "enterprise_id, as_of")
            for row in self._rows(relation, sql):
                citation = self._citation(relation, row, named)
                one = _Found(_happened(relation, row, citation), row, citation)
                found.setdefault((citation.record_id, one.happened, row.get("arrival")), one)
                if case is not None:
                    acts.add(row["arrival"] if row[case] is None else row[case])
        citations = _newest_first(found.values())
        return Evidence(citations[:MAX_CITED], len(citations), None if case is None else len(acts))

    def of_rule(self, rule: Rule, record_ids: list[str], opened_on: Iterable[str] = ()) -> Evidence:
        """The records a rule fired on.

        Parameters
        ----------
        opened_on
            The record tables of a case that an officer opened.
        """
        found: dict[tuple[Any, ...], _Found] = {}
        for relation, where in [
            *((one.from_, one.where) for one in rule.circumstances),
            *((table, "true") for table in opened_on),
        ]:
            sql = f"SELECT * FROM {self._relation(relation)} WHERE record_id IN (SELECT unnest(?))"
            for row in self._rows(relation, sql, [record_ids]):
                key = (relation, row["record_id"], row.get("arrival"))
                citation = self._citation(relation, row, names_used(where))
                found.setdefault(key, _Found(_happened(relation, row, citation), row, citation))
        citations = _newest_first(found.values())
        return Evidence(citations[:MAX_CITED], len(citations))

    def _relation(self, relation: str) -> str:
        table = f"explained_{relation}"
        if relation not in self._read:
            common = Common.of(_MOMENT, self.periods, self.somebody_elses)
            found = relation_sql(relation, _MOMENT, self.periods, common)
            self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {found}")
            self._read.add(relation)
        return table

    def _rows(self, relation: str, sql: str, parameters: list[Any] | None = None) -> list[dict[str, Any]]:
        found = self.connection.execute(f"SELECT * FROM ({sql}) ORDER BY {newest_first(relation)}", parameters)
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def _citation(self, relation: str, row: dict[str, Any], named: frozenset[str]) -> Citation:
        if relation in TABLES:
            table = TABLES[relation]
            return Citation(
                row["record_id"],
                table.label,
                row[table.date_column],
                _authority(row),
                self._facts(table, table.columns, row, named),
            )
        derived = DERIVED[relation]
        missing = derived.cited.missing(row)
        name, record = self._record((missing.table,) if missing else derived.cited.tables, row)
        table = TABLES[name]
        facts = self._facts(None, derived.facts(TABLES), row, named)
        own = () if name == "enterprise" else self._facts(table, table.columns, record, frozenset())
        labels = {fact.label for fact in facts}
        more = tuple(fact for fact in own if fact.label not in labels)[: max(0, MAX_FACTS - len(facts))]
        if record.get("verifier") is not None:  # whose word it rests on belongs to the record; it is never an indicator
            by = table.column("verifier")
            more = (*more, Fact(by.label, column_value(by, record["verifier"])))
        return Citation(
            row["record_id"], table.label, record.get(table.date_column), _authority(record), (*facts, *more)
        )

    def _facts(
        self, table: Table | None, columns: tuple[Column, ...], row: dict[str, Any], named: frozenset[str]
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
        lasting = {column.name for column in told if column.planned and row[column.name] > self.as_of}
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

    def _record(self, tables: tuple[str, ...], row: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The live record that a derived relation's row names, in the first of `tables` that has it."""
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {_CITED} AS SELECT CAST(? AS VARCHAR) AS record_id, CAST(? AS DATE) AS "
            "as_of",
            [row["record_id"], self.as_of],
        )
        for name in tables:
            subject = TABLES[name].subject
            for record in self._rows(name, live_sql(name, _CITED, self.periods, key="record_id")):
                # Record numbers are unique within a table only: a linked enterprise's record is one of that enterprise.
                if row.get("linked_id") in (None, record[subject]):
                    return name, record
        return tables[0], {}


def _authority(record: dict[str, Any]) -> Label | None:
    """Whose record it is; registers give the registrar's division code."""
    named = record.get("authority")
    if not named:
        return None
    place = region_name(named)
    return Label(place, place) if place == named else Label(f"{place}登记机关", f"registrar of {place}")


def _happened(relation: str, row: dict[str, Any], citation: Citation) -> date | None:
    """The day that evidence is of: of what is missing the day it was due, whose registration is of another day."""
    missing = DERIVED[relation].cited.missing(row) if relation in DERIVED else None
    return row[missing.date] if missing else citation.dated


def _newest_first(found: Iterable[_Found]) -> tuple[Citation, ...]:
    """As the records behind a published reason are ordered (`riskml.records.newest`)."""

    def newness(one: _Found) -> tuple[Any, ...]:
        known, arrival = one.row.get("known_date"), one.row.get("arrival")
        return one.happened or date.min, known or date.min, arrival or 0, one.citation.record_id

    return tuple(one.citation for one in sorted(found, key=newness, reverse=True))
