"""All indicators of one month-end, dimension by dimension."""

from __future__ import annotations

from collections.abc import Callable

import pandas as pd

from riskml.lab.naive.basic import add_basic
from riskml.lab.naive.dynamics import add_dynamics
from riskml.lab.naive.records import Records
from riskml.lab.naive.relations import add_relations
from riskml.lab.naive.sheet import Sheet
from riskml.lab.naive.social import add_social
from riskml.lab.naive.supervision import add_supervision

DIMENSIONS: dict[str, Callable[[Records, Sheet], None]] = {
    "basic": add_basic,
    "dynamics": add_dynamics,
    "supervision": add_supervision,
    "relations": add_relations,
    "social": add_social,
}
"""In this order: some indicators are divided by the registered capital, which is a basic one."""


def all_indicators(records: Records) -> Sheet:
    """The indicators of every registered enterprise."""
    sheet = Sheet(pd.Index(records.registered["enterprise_id"]), records.as_of)
    for add in DIMENSIONS.values():
        add(records, sheet)
    return sheet


def matrix(sheet: Sheet, columns: list[str]) -> pd.DataFrame:
    """The columns asked for as float64, one row per enterprise."""
    return pd.DataFrame({name: sheet.columns[name] for name in columns}, index=sheet.enterprises).astype("float64")
