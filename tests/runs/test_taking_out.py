"""What taking a record out does to indicators: every column moves to the less risky side or not at all, but for those
that are named here. No search rests on it: where there are few steps every set is graded.
"""

from __future__ import annotations

from collections import defaultdict
from functools import cache

import numpy as np
import pytest
from choices import T, burdened, rescorer_of
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskml.core.workspace import Workspace
from riskml.records.copies import Step
from riskml.records.edits import Amend, End
from riskml.records.repair import load_repair
from riskml.records.tables import TABLES
from riskml.runs.scenarios import Scenarios
from riskml.runs.way_back import BESIDE

pytestmark = pytest.mark.long

AGAINST: dict[tuple[str, str], set[str]] = {
    # A listing that is over is one that was removed, which is held against an enterprise for as long as it counts.
    ("serious_listing", "ended"): {"serious_listing_removed"},
}
"""Table and kind of step → the columns with a direction that may move to the riskier side."""


@cache
def prepared(workspace: Workspace) -> list[tuple[Scenarios, list[tuple[str, str]]]]:
    """Enterprises with up to four steps for each table and kind of step that the law knows, allowed or not."""
    rescorer, law = rescorer_of(workspace, "yunnan"), load_repair(workspace.features)
    found = []
    for enterprise_id in burdened(workspace, "yunnan", 25):
        around, steps, kinds = rescorer.around(enterprise_id), list[Step](), list[tuple[str, str]]()
        for table, cases in law.steps.items():
            if table in BESIDE:
                continue
            rows = around.own(table).to_pylist()
            for kind in sorted({case.kind for case in cases}):
                for row in rows[:4]:
                    if kind == "ended" and (row["end_date"] is not None or row[TABLES[table].date_column] >= T):
                        continue
                    made = End if kind == "ended" else Amend
                    rest = () if kind == "ended" else ("repaired",)
                    steps.append(Step(made(table, row["source"], row["record_id"], *rest), T))
                    kinds.append((table, kind))
        found.append((Scenarios(rescorer, around, steps, [T]), kinds))
    return found


def moved_against(scenarios: Scenarios, before: int, more: int) -> set[str]:
    """The columns that one more step moves to the riskier side."""
    one, other = scenarios.outcomes([before, before | 1 << more], T)
    columns = scenarios.rescorer.method.system.columns
    return {
        column.name
        for place, column in enumerate(columns)
        if column.constraint and column.constraint * (other.values[place] - one.values[place]) > 0
    }


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_one_step_more_moves_no_column_to_the_riskier_side_but_those_named(
    whole_province: Workspace, data: st.DataObject
) -> None:
    scenarios, kinds = data.draw(st.sampled_from([one for one in prepared(whole_province) if one[1]]))
    more = data.draw(st.integers(0, len(kinds) - 1))
    before = data.draw(st.integers(0, 2 ** len(kinds) - 1)) & ~(1 << more)
    assert moved_against(scenarios, before, more) <= AGAINST.get(kinds[more], set())


def test_every_table_of_the_law_is_tried_and_what_is_named_does_happen(whole_province: Workspace) -> None:
    tried, against = defaultdict[tuple[str, str], int](int), defaultdict[tuple[str, str], set[str]](set)
    for scenarios, kinds in prepared(whole_province):
        for place, kind in enumerate(kinds):
            (one, other) = scenarios.outcomes([0, 1 << place], T)
            tried[kind] += not np.array_equal(one.values, other.values, equal_nan=True)
            against[kind] |= moved_against(scenarios, 0, place)
    law = load_repair(whole_province.features)
    known = {(table, case.kind) for table, cases in law.steps.items() for case in cases if table not in BESIDE}
    assert {kind for kind in known if not tried[kind]} == set()
    assert {kind: found for kind, found in against.items() if found} == AGAINST
