"""Statements that are planned once and run many times, over small tables in memory.

For one enterprise planning a statement takes many times as long as running it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pyarrow as pa

from riskml.engines.duckdb import connect


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
        self._plans: dict[str, str] = {}
        self._filled: set[str] = set()
        for name, schema in self.schemas.items():
            self.connection.register("incoming", schema.empty_table())
            self.connection.execute(f"CREATE TABLE {name} AS FROM incoming")
            self.connection.unregister("incoming")

    def fill(self, tables: Mapping[str, pa.Table]) -> None:
        """Replace the rows of some tables; those that are not named stay."""
        for name, rows in tables.items():
            if name in self._filled:
                self.connection.execute(f"DELETE FROM {name}")
                self._filled.discard(name)
            if len(rows):
                self.connection.register("incoming", rows)
                self.connection.execute(f"INSERT INTO {name} FROM incoming")
                self.connection.unregister("incoming")
                self._filled.add(name)

    def run(self, sql: str) -> pa.Table:
        """The rows of a SELECT, whose plan is kept."""
        plan = self._plans.get(sql)
        if plan is None:
            plan = f"plan_{len(self._plans)}"
            self.connection.execute(f"PREPARE {plan} AS {sql}")
            self._plans[sql] = plan
        return self.connection.sql(f"EXECUTE {plan}").to_arrow_table()
