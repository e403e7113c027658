"""Reading the rows behind a reason or a rule out of the records around one enterprise, by statements planned before."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cached_property, lru_cache
from pathlib import Path
from queue import LifoQueue
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from riskml.engines.prepared import PreparedEngine
from riskml.engines.statements import Result
from riskml.explaining.evidence_reader import CITED, MOMENT, EvidenceReader
from riskml.features.matrix_of_one import STRUCK, MatrixOfOne, tables_of_one
from riskml.features.specs import IndicatorSystem
from riskml.records.effect_periods import EffectPeriods
from riskml.records.live import current_enterprise_sql
from riskml.records.resolved import RESOLVED, SPANS, resolved_schema
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
            **tables_of_one(),
            **{name: resolved_schema(name) for name in RESOLVED},
            **{name: pa.schema([(key, pa.string()), ("as_of", pa.date32())]) for name, key in _MOMENTS.items()},
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

    def fired(self, sql: str) -> pa.Table:
        """As `EvidenceReader` has it."""
        return self.engine.connection.sql(sql).to_arrow_table()

    def indicators(self, system: IndicatorSystem, received: Collection[str]) -> NDArray[np.float64]:
        """Shape (k,): its row of a system's matrix; `received` as `MatrixOfOne` has it."""
        matrix = MatrixOfOne(self.engine, self.periods, received)
        matrix.ask_of_held(self.around, [(self.enterprise_id, self.as_of)])
        (values,) = matrix.block(system, self.somebody_elses).values
        return np.asarray(values, dtype=np.float64)

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

    def as_received(self, table: str, record_ids: Collection[str]) -> list[dict[str, Any]] | None:
        """As `EvidenceReader` has it: nothing of the table was amended or may have ended."""
        rows = self.around.tables.get(table)
        if rows is None:
            return []
        if table in self._amended:
            return None
        of = TABLES[table]
        chosen = pc.is_in(rows["record_id"], value_set=pa.array(list(record_ids), pa.string()))
        found: list[dict[str, Any]] = rows.filter(chosen).to_pylist()
        if len({row["record_id"] for row in found}) < len(found):
            return None
        if of.kind == "state" and any(row["end_date"] or row["planned_end_date"] for row in found):
            return None
        return [row for row in found if row[of.date_column] <= self.as_of and row["known_date"] <= self.as_of]

    @cached_property
    def _amended(self) -> frozenset[str]:
        """The tables of which a record around the enterprise was amended."""
        spans = self.around.tables.get(SPANS)
        return frozenset() if spans is None else frozenset(spans["of_table"].to_pylist())

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
