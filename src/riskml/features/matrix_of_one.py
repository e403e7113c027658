"""The as-of matrix of one enterprise, from the records of its neighbourhood alone, by the same SQL as a province's.

Every statement is planned once for a process and run again for every question (`riskml.engines.prepared`).
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path

import numpy as np
import pyarrow as pa

from riskml.engines.prepared import PreparedEngine
from riskml.features.compile import measured_sql, relations_used, rows_sql
from riskml.features.failing import naming_the_indicator
from riskml.features.matrix import ASKED_OF_REGISTRATIONS, MatrixBlock
from riskml.features.specs import IndicatorColumn, IndicatorSystem
from riskml.features.values import MatrixValues, expressions_sql
from riskml.records.effect_periods import EffectPeriods
from riskml.records.live import current_enterprise_sql
from riskml.records.lookup import record_schema
from riskml.records.resolved import SPANS, resolved_schema
from riskml.records.tables import TABLES
from riskml.relations.catalogue import is_received
from riskml.relations.common import PEER_VISITS, USUAL_VISITS, Common, Listing
from riskml.relations.neighbourhood import REGISTER, Neighbourhood

ENTITY_DATES, REGISTERED, STRUCK = "entity_dates", "registered", "struck_rates"

STRUCK_SCHEMA = pa.schema(
    [
        ("relation", pa.string()),
        ("as_of", pa.date32()),
        ("peer", pa.string()),
        ("window_days", pa.int32()),
        ("undirected", pa.bool_()),
        *((name, pa.float64()) for name in ("visits", "problems", "expected_problems", "serious", "expected_serious")),
        *((name, pa.float64()) for name in ("problems_rate", "serious_rate")),
    ]
)
"""What `riskml.relations.templates.struck_sql` gives."""

Pair = tuple[str, date]
"""An enterprise and an as-of date."""


def tables_of_one() -> dict[str, pa.Schema]:
    """Every table that statements about one enterprise read."""
    register = record_schema(TABLES[REGISTER])
    pair = pa.schema([("enterprise_id", pa.string()), ("as_of", pa.date32())])
    asked = [("as_of", pa.date32()), *((name, register.field(name).type) for name in ASKED_OF_REGISTRATIONS)]
    return {
        **{name: record_schema(table) for name, table in TABLES.items()},
        SPANS: resolved_schema(SPANS),
        ENTITY_DATES: pair.append(pa.field("place", pa.int32())),
        REGISTERED: pa.schema([("enterprise_id", pa.string()), *asked]),
        STRUCK: STRUCK_SCHEMA,
    }


def open_engine(spill: Path) -> PreparedEngine:
    """An engine with these tables, all empty."""
    return PreparedEngine(spill, tables_of_one())


class MatrixOfOne:
    """Rows of the as-of matrix for a few pairs, from a few records.

    Parameters
    ----------
    received
        The record tables of which an extract was received (``RecordStore.tables``): of others nothing can be known.
    """

    def __init__(self, engine: PreparedEngine, periods: EffectPeriods, received: Collection[str]) -> None:
        self.engine, self.periods, self.received = engine, periods, received

    def ask(self, around: Neighbourhood, pairs: Sequence[Pair]) -> None:
        """Take records in, in the place of those of the last question, and ask for pairs, each once."""
        empty = {name: self.engine.schemas[name].empty_table() for name in (*TABLES, SPANS)}
        self.engine.fill({**empty, **around.tables})
        self.ask_of_held(around, pairs)

    def ask_of_held(self, around: Neighbourhood, pairs: Sequence[Pair]) -> None:
        """Ask for pairs of records that the engine holds."""
        self.around = around
        self.ask_pairs(pairs)

    def ask_pairs(self, pairs: Sequence[Pair]) -> None:
        """Ask for other pairs, of the same records."""
        ordered = sorted(pairs)
        ids, days = zip(*ordered, strict=True)
        keys = pa.table(
            [pa.array(ids, pa.string()), pa.array(days, pa.date32()), np.arange(len(ids), dtype=np.int32)],
            schema=self.engine.schemas[ENTITY_DATES],
        )
        self.engine.fill({ENTITY_DATES: keys})
        columns = ", ".join(self.engine.schemas[REGISTERED].names)
        current = current_enterprise_sql(ENTITY_DATES, self.periods)
        self.engine.fill({REGISTERED: self.engine.run(f"SELECT {columns} FROM ({current})")})
        self.keys = keys.drop_columns("place")

    def block(self, system: IndicatorSystem, somebody_elses: tuple[Listing, ...] = ()) -> MatrixBlock:
        """The rows of a system's matrix, ordered by enterprise and as-of date.

        Parameters
        ----------
        somebody_elses
            As `Common` has it.
        """
        values = self.values(system, somebody_elses)
        self.express(values)
        names = tuple(column.name for column in system.columns)
        return MatrixBlock(self.keys, names, values.matrix(), np.arange(len(self.keys)))

    def values(self, system: IndicatorSystem, somebody_elses: tuple[Listing, ...] = ()) -> MatrixValues:
        """The same with the columns that are expressions still to be computed (`express`)."""
        values = MatrixValues(system, len(self.keys), self.is_known)
        for relation in filter(self.around.may_have, relations_used(system)):
            self.measure(relation, values, somebody_elses)
        return values

    def measure(self, relation: str, values: MatrixValues, somebody_elses: tuple[Listing, ...] = ()) -> None:
        """Fill in the columns that are made from a relation, of all pairs that are asked for."""
        if self.is_known(relation):
            columns = columns_of(values.system, relation)
            with naming_the_indicator(values.system, columns):
                measured = self.measured(relation, columns, somebody_elses)
                values.fill(columns, measured, np.arange(values.rows))

    def express(self, values: MatrixValues) -> None:
        """Compute the columns that are expressions over others."""
        values.express(lambda others, expressions: self._evaluate(values.system, others, expressions))

    def measured(
        self, relation: str, columns: tuple[IndicatorColumn, ...], somebody_elses: tuple[Listing, ...]
    ) -> pa.Table:
        """The measures of a relation's columns by ``place``, of the pairs that have any of its rows."""
        common = Common(REGISTERED, USUAL_VISITS, PEER_VISITS, somebody_elses=somebody_elses, struck=STRUCK)
        rows = rows_sql(relation, columns, ENTITY_DATES, "place", self.periods, common)
        return self.engine.run(measured_sql(columns, f"({rows})"))

    def is_known(self, relation: str) -> bool:
        """Whether anything can be known of a relation."""
        return is_received(relation, self.received)

    def _evaluate(self, system: IndicatorSystem, others: pa.Table, expressions: list[IndicatorColumn]) -> pa.Table:
        connection = self.engine.connection
        connection.register("others", others)
        with naming_the_indicator(system, expressions):
            found = connection.sql(expressions_sql(expressions)).to_arrow_table()
        connection.unregister("others")
        return found


def columns_of(system: IndicatorSystem, relation: str) -> tuple[IndicatorColumn, ...]:
    """The columns of a system that are made from a relation."""
    return tuple(column for column in system.computed if column.indicator.from_ == relation)
