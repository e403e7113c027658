"""Groups of enterprises for parity: capital is kept in 10,000 yuan, as the records have it."""

from __future__ import annotations

import duckdb

from riskml.lifecycle.compare_models import GROUPS_SQL


def test_enterprises_of_a_million_and_of_ten_million_yuan_begin_a_larger_size() -> None:
    capital = "(NULL), (99.9), (100), (999.9), (1000)"
    enterprises = (
        f"SELECT '530111' AS division, 'company' AS kind, c AS registered_capital FROM (VALUES {capital}) t(c)"
    )
    found = duckdb.sql(f"SELECT size FROM (SELECT {GROUPS_SQL} FROM ({enterprises}))").fetchall()
    assert [row[0] for row in found] == ["?", "<100", "100–1000", "100–1000", "≥1000"]
