"""Reading the rows behind an indicator or a rule of one enterprise out of its records."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import duckdb

from riskml.explaining.citations import FoundRow, RestsOn, newest
from riskml.explaining.evidence import columns_behind, evidence_rows_sql
from riskml.features.specs import IndicatorColumn, IndicatorSystem
from riskml.records.effect_periods import EffectPeriods
from riskml.records.live import live_sql
from riskml.records.tables import TABLES
from riskml.relations.catalogue import DERIVED, newest_first
from riskml.relations.common import Common, Listing
from riskml.relations.templates import relation_sql
from riskml.schemes.methods.items import ItemIndicator
from riskml.schemes.rule_specs import Rule

MOMENT = "explained_moment"
"""The relation that holds the enterprise that is explained, and the date."""

_CITED = "explained_cited"


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
            f"CREATE OR REPLACE TEMP TABLE {MOMENT} AS SELECT CAST(? AS VARCHAR) AS enterprise_id, CAST(? AS DATE) AS "
            "as_of",
            [self.enterprise_id, self.as_of],
        )

    def of_column(self, system: IndicatorSystem, column: IndicatorColumn) -> RestsOn:
        """The records behind an indicator column."""
        found: dict[tuple[Any, ...], FoundRow] = {}
        case = column.indicator.case if isinstance(column.indicator, ItemIndicator) else None
        acts: set[Any] = set()
        for part in columns_behind(system, column):
            relation = part.indicator.from_ or ""
            (sql,) = evidence_rows_sql((part,), self._relation(relation), "enterprise_id, as_of")
            for row in self._rows(relation, sql):
                one = self._found(relation, row)
                found.setdefault((one.record_id, one.happened, row.get("arrival")), one)
                if case is not None:
                    acts.add(row["arrival"] if row[case] is None else row[case])
        return newest(found.values(), None if case is None else len(acts))

    def of_rule(self, rule: Rule, record_ids: list[str], opened_on: Iterable[str] = ()) -> RestsOn:
        """The records a rule fired on.

        Parameters
        ----------
        opened_on
            The record tables of a case that an officer opened.
        """
        found: dict[tuple[Any, ...], FoundRow] = {}
        for relation in dict.fromkeys((*(one.from_ for one in rule.circumstances), *opened_on)):
            sql = f"SELECT * FROM {self._relation(relation)} WHERE record_id IN (SELECT unnest(?))"
            for row in self._rows(relation, sql, [record_ids]):
                found.setdefault((relation, row["record_id"], row.get("arrival")), self._found(relation, row))
        return newest(found.values())

    def _relation(self, relation: str) -> str:
        table = f"explained_{relation}"
        if relation not in self._read:
            common = Common.of(MOMENT, self.periods, self.somebody_elses)
            found = relation_sql(relation, MOMENT, self.periods, common)
            self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {found}")
            self._read.add(relation)
        return table

    def _rows(self, relation: str, sql: str, parameters: list[Any] | None = None) -> list[dict[str, Any]]:
        found = self.connection.execute(f"SELECT * FROM ({sql}) ORDER BY {newest_first(relation)}", parameters)
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def _found(self, relation: str, row: dict[str, Any]) -> FoundRow:
        if relation in TABLES:
            return FoundRow(relation, row)
        cited = DERIVED[relation].cited
        missing = cited.missing(row)
        return FoundRow(relation, row, *self._record((missing.table,) if missing else cited.tables, row))

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
