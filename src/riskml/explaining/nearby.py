"""Reading the rows behind a reason or a rule out of the records around one enterprise, by statements planned before."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import lru_cache
from pathlib import Path
from queue import LifoQueue
from typing import Any

import pyarrow as pa

from riskml.engines.prepared import PreparedEngine
from riskml.engines.statements import Result
from riskml.explaining.evidence_reader import CITED, MOMENT, EvidenceReader
from riskml.features.matrix_of_one import STRUCK, STRUCK_SCHEMA
from riskml.records.effect_periods import EffectPeriods
from riskml.records.live import current_enterprise_sql
from riskml.records.lookup import record_schema
from riskml.records.resolved import RESOLVED, resolved_schema
from riskml.records.tables import TABLES
from riskml.relations.common import PEER_VISITS, USUAL_VISITS, Common, Listing
from riskml.relations.neighbourhood import Neighbourhood
from riskml.relations.templates import relation_sql

_MOMENTS = {MOMENT: "enterprise_id", CITED: "record_id"}


def open_nearby(spill: Path) -> PreparedEngine:
    """An engine with every table that is read to tell of one enterprise, all empty."""
    return PreparedEngine(
        spill,
        {
            **{name: record_schema(table) for name, table in TABLES.items()},
            **{name: resolved_schema(name) for name in RESOLVED},
            **{name: pa.schema([(key, pa.string()), ("as_of", pa.date32())]) for name, key in _MOMENTS.items()},
            STRUCK: STRUCK_SCHEMA,
        },
    )


@contextmanager
def nearby(spill: Path) -> Iterator[PreparedEngine]:
    """Such an engine for as long as a question is answered: there are as many as cores, and others wait for one."""
    engines = _engines(spill, tuple((name, table.column_names) for name, table in TABLES.items()))
    engine = engines.get()
    try:
        engine = engine or open_nearby(spill)
        yield engine
    finally:
        engines.put(engine)


@lru_cache(maxsize=4)
def _engines(spill: Path, tables: object) -> LifoQueue[PreparedEngine | None]:
    """The engines of a workspace with such tables, None in the place of one that was not asked for yet."""
    engines: LifoQueue[PreparedEngine | None] = LifoQueue()
    for _ in range(os.cpu_count() or 1):
        engines.put(None)
    return engines


class NearbyReader(EvidenceReader):
    """Reads the evidence of one enterprise from an engine that holds the records around it."""

    def __init__(
        self,
        engine: PreparedEngine,
        around: Neighbourhood,
        periods: EffectPeriods,
        enterprise_id: str,
        as_of: date,
        somebody_elses: tuple[Listing, ...] = (),
    ) -> None:
        super().__init__(periods, enterprise_id, as_of, somebody_elses)
        self.engine, self.around = engine, around
        self._hold(MOMENT, enterprise_id)

    def rows(self, sql: str) -> list[dict[str, Any]]:
        """As `EvidenceReader` has it. Whose listings are somebody else's stands in the statement: it is not kept."""
        found = self.engine.connection.sql(sql).to_arrow_table() if self.somebody_elses else self.engine.run(sql)
        rows: list[dict[str, Any]] = found.to_pylist()
        return rows

    def relation(self, name: str) -> str:
        """A SELECT in brackets: of so few records it is found again as fast as it is kept."""
        registered = f"({current_enterprise_sql(MOMENT, self.periods)})"
        common = Common(registered, USUAL_VISITS, PEER_VISITS, somebody_elses=self.somebody_elses, struck=STRUCK)
        return f"({relation_sql(name, MOMENT, self.periods, common)})"

    def may_have(self, relation: str) -> bool:
        """As its neighbourhood says."""
        return self.around.may_have(relation)

    def look_up(self, record_id: str) -> None:
        """As `EvidenceReader` has it."""
        self._hold(CITED, record_id)

    def _hold(self, table: str, value: str) -> None:
        columns = [pa.array([value], pa.string()), pa.array([self.as_of], pa.date32())]
        self.engine.fill({table: pa.table(columns, schema=self.engine.schemas[table])})


class Planned:
    """The engine's tables, as functions that execute statements read them."""

    def __init__(self, engine: PreparedEngine) -> None:
        self.engine = engine

    def execute(self, sql: str, parameters: Sequence[object] | None = None) -> Result:
        """As `Statements` has it; without parameters by a plan that is kept."""
        if parameters is not None:
            return self.engine.connection.execute(sql, parameters)
        return _Fetched(self.engine.run(sql))


class _Fetched:
    """What a statement found."""

    def __init__(self, table: pa.Table) -> None:
        self.description = [(name,) for name in table.column_names]
        self.rows = list(zip(*(column.to_pylist() for column in table.columns), strict=True))

    def fetchall(self) -> list[tuple[Any, ...]]:
        return self.rows
