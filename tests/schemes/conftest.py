"""The Yunnan scheme over records written in a test, straight into tables in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from handmade import in_memory

from riskml.records.effect_periods import EffectPeriods
from riskml.records.tables import TABLES, Label
from riskml.schemes.decisions import Decision
from riskml.schemes.rules import fired_rules_sql
from riskml.schemes.scheme import Scheme, load_scheme

Rows = dict[str, list[dict[str, Any]]]
Fire = Callable[..., pa.Table]

ALWAYS = EffectPeriods(label=Label("始终有效", "always in effect"), scoring={}, publicity={})


@pytest.fixture(scope="session")
def yunnan() -> Scheme:
    return load_scheme(Path(__file__).parents[2] / "models" / "yunnan" / "scheme.yaml")


@pytest.fixture
def fire(yunnan: Scheme) -> Fire:
    """The rules that fire on `rows` for the enterprises they are about, on the day `as_of`."""

    def run(
        rows: Rows,
        as_of: date,
        scheme: Scheme = yunnan,
        periods: EffectPeriods = ALWAYS,
        decisions: Sequence[Decision] = (),
    ) -> pa.Table:
        connection = in_memory(rows)
        who = {row["enterprise_id"] for entries in rows.values() for row in entries if "enterprise_id" in row}
        values = ", ".join(f"('{enterprise}', DATE '{as_of}')" for enterprise in sorted(who))
        connection.execute(f"CREATE TABLE asked AS SELECT * FROM (VALUES {values}) v (enterprise_id, as_of)")
        return connection.sql(fired_rules_sql(scheme, "asked", periods, TABLES, decisions).sql).to_arrow_table()

    return run
