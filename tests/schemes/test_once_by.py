"""Records of one case count once: as the one of them that counts most."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import duckdb
import numpy as np
import pytest

from riskml.features.compile import aggregate_sql
from riskml.features.specs import Dimension, Group, IndicatorSystem
from riskml.schemes.methods.items import Item

WRITTEN = {"id": "fined", "label": {"zh": "处罚", "en": "Penalties"}, "from": "penalty", "basis": "ours", "each": -5}
SEVERITY = [{"where": "severity = 'serious'", "times": 3}, {"where": "severity = 'minor'", "times": 0.4}]
RECENCY = [{"within": "1y", "times": 1}, {"within": "3y", "times": 0.5}]
TIMES = {"serious": 3.0, "minor": 0.4}


def item(**more: Any) -> Item:
    return Item.model_validate(WRITTEN | more)


def values(one: Item, records: list[Mapping[str, Any]]) -> dict[str, float]:
    """Enterprise → the item's value."""
    group = Group(id="g", label=one.label, indicators=(one.indicator,))
    system = IndicatorSystem(files=(Dimension(dimension="d", label=one.label, groups=(group,)),), texts={})
    rows = ", ".join(
        f"('{r['who']}', {r['arrival']}, {r['case']}, '{r['severity']}', DATE '2026-10-31' - {r['age']})"
        for r in records
    )
    sql = aggregate_sql(
        system.columns, "(SELECT *, DATE '2026-10-31' AS as_of, effective_date AS event_date FROM rows)", "who"
    )
    found = duckdb.execute(f"WITH rows (who, arrival, case_id, severity, effective_date) AS (VALUES {rows}) {sql}")
    return {who: float(value) for who, value in found.fetchall()}


@pytest.mark.parametrize(
    "weighed", [{"severity": SEVERITY, "recency": RECENCY}, {"severity": SEVERITY}, {"recency": RECENCY}]
)
def test_of_the_records_of_a_case_the_one_that_weighs_most_counts(weighed: dict[str, Any]) -> None:
    random, records, expected = np.random.default_rng(1), [], {}
    for arrival in range(400):
        who, case = f"E{random.integers(20)}", random.choice(["NULL", "'a'", "'b'", "'c'"])
        severity, age = random.choice(["serious", "moderate", "minor"]), int(random.choice([100, 500, 2000]))
        records.append({"who": who, "arrival": arrival, "case": case, "severity": severity, "age": age})
        weight = (TIMES.get(severity, 1.0) if "severity" in weighed else 1.0) * (
            {100: 1.0, 500: 0.5, 2000: 0.0}[age] if "recency" in weighed else 1.0
        )
        acts = expected.setdefault(who, {})
        act = arrival if case == "NULL" else case
        acts[act] = max(acts.get(act, 0.0), weight)
    found = values(item(once_by="case_id", **weighed), records)
    assert found == pytest.approx({who: sum(acts.values()) for who, acts in expected.items()}, abs=1e-9)


def test_records_that_weigh_nothing_are_no_act() -> None:
    record = {"who": "E", "arrival": 1, "case": "'a'", "severity": "minor", "age": 10}
    assert values(item(once_by="case_id", severity=[{"where": "severity = 'minor'", "times": 0}]), [record]) == {"E": 0}
    assert values(item(once_by="case_id", recency=[{"within": "1y", "times": 0}]), [record]) == {"E": 0}


def test_what_is_neither_counted_nor_open_has_no_cases() -> None:
    with pytest.raises(ValueError, match="count or open of a record table, not for sum of penalty"):
        item(once_by="case_id", measure="sum", value="fine")
