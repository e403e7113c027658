"""Plans are kept, and no more of them than so many."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pytest

from riskml.engines import prepared
from riskml.engines.prepared import PreparedEngine

COUNTED = "SELECT count(*) FROM duckdb_prepared_statements()"


def test_the_plans_last_used_are_kept_and_no_more(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(prepared, "MOST_PLANS", 3)
    engine = PreparedEngine(tmp_path, {"numbers": pa.schema([("n", pa.int64())])})
    engine.fill({"numbers": pa.table({"n": [1, 2, 3]})})
    for factor in (1, 2, 3, 1, 4, 1, 5):
        found = engine.run(f"SELECT n * {factor} AS n FROM numbers")
        assert found["n"].to_pylist() == [factor, 2 * factor, 3 * factor]
        ((plans,),) = engine.connection.execute(COUNTED).fetchall()
        assert plans <= 3
    engine.fill({"numbers": pa.table({"n": [7]})})
    assert [engine.run(f"SELECT n * {factor} AS n FROM numbers")["n"].to_pylist() for factor in (1, 2)] == [[7], [14]]
