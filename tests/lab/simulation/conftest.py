"""One small province for all tests of the simulation."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

import duckdb
import pytest

from riskml.lab.simulation import SimulationSummary, simulate
from riskml.lab.simulation.province import FIELDS

SOURCES = Path(__file__).parents[3] / "sources" / "simulated"
UNTIL = date(2026, 10, 31)


@dataclass(frozen=True)
class Simulated:
    out: Path
    truth: Path
    summary: SimulationSummary

    def bad(self, table: str, kind: str) -> int:
        return self.summary.bad_rows[table].get(kind, 0)

    def connect(self) -> duckdb.DuckDBPyConnection:
        """Raw extracts as ``<table>_raw``, their good rows mapped to records as ``<table>``, and the truth."""
        connection = duckdb.connect()
        connection.execute("SET threads = 2")
        for table in FIELDS:
            path = self.out / f"{table}.parquet"
            connection.execute(
                f"CREATE VIEW {table}_raw AS SELECT *, file_row_number AS source_row "
                f"FROM read_parquet('{path}', file_row_number = true)"
            )
            good = self.summary.rows[table] - sum(self.summary.bad_rows[table].values())
            mapping = (SOURCES / f"{table}.sql").read_text(encoding="utf-8")
            connection.execute(f"CREATE VIEW {table} AS SELECT * FROM ({mapping}) WHERE source_row < {good}")
        connection.execute(f"CREATE VIEW truth AS SELECT * FROM '{self.truth / 'hidden_risk.parquet'}'")
        return connection


@pytest.fixture(scope="session")
def simulated(tmp_path_factory: pytest.TempPathFactory) -> Simulated:
    folder = tmp_path_factory.mktemp("province")
    summary = simulate(12_000, 11, 30, UNTIL, folder / "raw", folder / "truth")
    return Simulated(folder / "raw", folder / "truth", summary)
