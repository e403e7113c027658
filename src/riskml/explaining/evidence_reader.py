"""Reading the rows behind an indicator or a rule of one enterprise out of its records."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa

from riskml.explaining.citations import FoundRow, RestsOn, newest
from riskml.explaining.evidence import columns_behind, evidence_rows_sql
from riskml.features.specs import IndicatorColumn, IndicatorSystem
from riskml.records.effect_periods import EffectPeriods
from riskml.records.live import live_sql
from riskml.records.tables import TABLES
from riskml.relations.catalogue import DERIVED, PEERS, newest_first
from riskml.relations.common import Common, Listing
from riskml.relations.templates import relation_sql
from riskml.schemes.methods.items import ItemIndicator
from riskml.schemes.rule_specs import Rule

MOMENT = "explained_moment"
"""The relation that holds the enterprise that is explained, and the date."""

CITED = "explained_cited"
"""The one that holds the id of a record that is looked up, and the date."""


class EvidenceReader(ABC):
    """Reads the evidence of one enterprise at one as-of date, wherever its records are.

    Parameters
    ----------
    somebody_elses
        As in `riskml.relations.common.Common`.
    """

    def __init__(
        self, periods: EffectPeriods, enterprise_id: str, as_of: date, somebody_elses: tuple[Listing, ...] = ()
    ) -> None:
        self.periods, self.enterprise_id, self.as_of = periods, enterprise_id, as_of
        self.somebody_elses = somebody_elses
        self._whole: dict[str, list[dict[str, Any]]] = {}

    @abstractmethod
    def rows(self, sql: str) -> list[dict[str, Any]]:
        """The rows of a SELECT."""

    @abstractmethod
    def fired(self, sql: str) -> pa.Table:
        """What a statement about rules finds, the pairs asked for being those of `MOMENT`."""

    @abstractmethod
    def relation(self, name: str) -> str:
        """Where to read the enterprise's rows of a relation."""

    def may_have(self, relation: str) -> bool:
        """Whether the enterprise may have rows of a relation; what is not asked costs nothing."""
        return True

    @abstractmethod
    def look_up(self, record_id: str) -> None:
        """Make `CITED` hold a record."""

    def as_received(self, table: str, record_ids: Collection[str]) -> list[dict[str, Any]] | None:
        """The rows of a record table with these ids, whose ever they are, if those that count read as they were
        received; None where that is not certain without asking what was known when. Of one id there is one row, which
        need not count.
        """
        return None

    def of_records(
        self, system: IndicatorSystem, column: IndicatorColumn, record_ids: Collection[str], count: int
    ) -> RestsOn | None:
        """The records behind an indicator column, of which the newest are known by their ids, and how many there are;
        None where a relation has several rows of one record: then the ids do not tell which.
        """
        relations = {part.indicator.from_ or "" for part in columns_behind(system, column)}
        by_case = isinstance(column.indicator, ItemIndicator) and column.indicator.case is not None
        if len(relations) != 1 or by_case or not relations.isdisjoint(PEERS):
            return None
        (relation,) = relations
        found = {
            (one.record_id, one.happened, one.row.get("arrival")): one for one in self._among(relation, record_ids)
        }
        return replace(newest(found.values()), count=count) if len(found) == len(record_ids) else None

    def of_column(self, system: IndicatorSystem, column: IndicatorColumn) -> RestsOn:
        """The records behind an indicator column."""
        found: dict[tuple[Any, ...], FoundRow] = {}
        case = column.indicator.case if isinstance(column.indicator, ItemIndicator) else None
        acts: set[Any] = set()
        for part in columns_behind(system, column):
            relation = part.indicator.from_ or ""
            if not self.may_have(relation):
                continue
            (sql,) = evidence_rows_sql((part,), self.relation(relation), "enterprise_id, as_of")
            for row in self.rows(f"SELECT * FROM ({sql}) ORDER BY {newest_first(relation)}"):
                one = self._found(relation, row)
                found.setdefault((one.record_id, one.happened, row.get("arrival")), one)
                if case is not None:
                    acts.add(row["arrival"] if row[case] is None else row[case])
        return newest(found.values(), None if case is None else len(acts))

    def of_rule(self, rule: Rule, record_ids: Collection[str], opened_on: Iterable[str] = ()) -> RestsOn:
        """The records a rule fired on.

        Parameters
        ----------
        opened_on
            The record tables of a case that an officer opened.
        """
        found: dict[tuple[Any, ...], FoundRow] = {}
        for relation in dict.fromkeys((*(one.from_ for one in rule.circumstances), *opened_on)):
            for one in self._among(relation, record_ids):
                found.setdefault((relation, one.record_id, one.row.get("arrival")), one)
        return newest(found.values())

    def _among(self, relation: str, record_ids: Collection[str]) -> list[FoundRow]:
        """The enterprise's rows of a relation that are of these records, the newest first."""
        if not record_ids or not self.may_have(relation):
            return []
        rows = self.as_received(relation, record_ids) if relation in TABLES else None
        if rows is not None:
            rows = [row for row in rows if row[TABLES[relation].subject] == self.enterprise_id]
        elif relation not in self._whole:
            sql = f"SELECT * FROM {self.relation(relation)} ORDER BY {newest_first(relation)}"
            rows = self._whole[relation] = self.rows(sql)
        else:
            rows = self._whole[relation]
        return [self._found(relation, row) for row in rows if row["record_id"] in record_ids]

    def _found(self, relation: str, row: dict[str, Any]) -> FoundRow:
        if relation in TABLES:
            return FoundRow(relation, row)
        cited = DERIVED[relation].cited
        missing = cited.missing(row)
        return FoundRow(relation, row, *self._record((missing.table,) if missing else cited.tables, row))

    def _record(self, tables: tuple[str, ...], row: dict[str, Any]) -> tuple[str, dict[str, Any]]:
        """The live record that a derived relation's row names, in the first of `tables` that has it."""
        received = {name: self.as_received(name, (row["record_id"],)) for name in tables}
        held = [name for name, records in received.items() if records is None or records]
        for name in held:
            subject, records = TABLES[name].subject, received[name]
            if records is None or len(held) > 1:  # where one alone has it, that is the one that counts
                self.look_up(row["record_id"])
                live = live_sql(name, CITED, self.periods, key="record_id")
                records = self.rows(f"SELECT * FROM ({live}) ORDER BY {newest_first(name)}")
            for record in records:
                # Record numbers are unique within a table only: a linked enterprise's record is one of that enterprise.
                if row.get("linked_id") in (None, record[subject]):
                    return name, record
        return tables[0], {}


@dataclass
class StoreReader(EvidenceReader):
    """The same out of a whole store.

    Parameters
    ----------
    connection
        With every record table open as a view, of the whole store. Temporary tables named ``explained_…`` are replaced.
    """

    connection: duckdb.DuckDBPyConnection
    periods: EffectPeriods
    enterprise_id: str
    as_of: date
    somebody_elses: tuple[Listing, ...] = ()
    _read: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Set the moment that all evidence is of."""
        super().__init__(self.periods, self.enterprise_id, self.as_of, self.somebody_elses)
        self._hold(MOMENT, "enterprise_id", self.enterprise_id)

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """As `EvidenceReader` has it."""
        found = self.connection.execute(sql)
        names = [column[0] for column in found.description or ()]
        return [dict(zip(names, row, strict=True)) for row in found.fetchall()]

    def fired(self, sql: str) -> pa.Table:
        """As `EvidenceReader` has it."""
        return self.connection.sql(sql).to_arrow_table()

    def relation(self, name: str) -> str:
        """Its rows are found once and kept in a table."""
        table = f"explained_{name}"
        if name not in self._read:
            common = Common.of(MOMENT, self.periods, self.somebody_elses)
            found = relation_sql(name, MOMENT, self.periods, common)
            self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {table} AS {found}")
            self._read.add(name)
        return table

    def look_up(self, record_id: str) -> None:
        """As `EvidenceReader` has it."""
        self._hold(CITED, "record_id", record_id)

    def _hold(self, table: str, column: str, value: str) -> None:
        self.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT CAST(? AS VARCHAR) AS {column}, CAST(? AS DATE) AS as_of",
            [value, self.as_of],
        )
