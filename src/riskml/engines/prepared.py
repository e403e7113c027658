"""Statements that are planned once and run many times, over small tables in memory.

For one enterprise planning a statement takes many times as long as running it. A plan is made again where anything was
created or dropped since: so tables are Arrow tables read where they are, and other rows are put into their place.
"""

from __future__ import annotations

from collections.abc import Mapping
from itertools import count
from pathlib import Path
from typing import Any

import pyarrow as pa

from riskml.engines.duckdb import connect

MOST_PLANS = 256
"""Plans that are kept, the last used: several times what the questions about one enterprise need. A statement that
names an officer's decisions is another for each enterprise that has one.
"""


class _Held:
    """The rows that a table has now: a plan asks for them each time it runs."""

    def __init__(self, rows: pa.Table) -> None:
        self.rows = rows

    def __arrow_c_stream__(self, requested_schema: Any = None) -> Any:
        return self.rows.__arrow_c_stream__(requested_schema)


class PreparedEngine:
    """A database in memory whose tables are filled anew for every question; its plans stay. For one thread at a time.

    Parameters
    ----------
    tables
        Name → columns with types, of every table that statements read. They are empty to begin with.
    """

    def __init__(self, spill: Path, tables: Mapping[str, pa.Schema]) -> None:
        # More threads than one would wait for each other longer than they work.
        self.connection = connect(spill, memory_gib=1.0, threads=1)
        self.schemas = dict(tables)
        self._plans: dict[str, str] = {}  # the least lately used first
        self._numbers = count()
        self._held = {name: _Held(schema.empty_table()) for name, schema in self.schemas.items()}
        for name, held in self._held.items():
            self.connection.register(name, held)

    def fill(self, tables: Mapping[str, pa.Table]) -> None:
        """Replace the rows of some tables; those that are not named stay."""
        for name, rows in tables.items():
            self._held[name].rows = rows if rows.schema.equals(self.schemas[name]) else rows.cast(self.schemas[name])

    def run(self, sql: str) -> pa.Table:
        """The rows of a SELECT, whose plan is kept."""
        plan = self._plans.pop(sql, None)
        if plan is None:
            plan = f"plan_{next(self._numbers)}"
            self.connection.execute(f"PREPARE {plan} AS {sql}")
            if len(self._plans) == MOST_PLANS:
                self.connection.execute(f"DEALLOCATE {self._plans.pop(next(iter(self._plans)))}")
        self._plans[sql] = plan
        return self.connection.sql(f"EXECUTE {plan}").to_arrow_table()
