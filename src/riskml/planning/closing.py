"""Cases of visits that a grade demanded, closed by the inspection records of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from riskml.casework.desk import Desk
from riskml.casework.store import Wanted
from riskml.planning.plan_files import PlanFolder, told_outcomes_of


def close_visits(desk: Desk, folder: PlanFolder, scheme: str) -> int:
    """Take every open case of a visit that a plan made to its end, and return how many there were.

    A case that was closed half-way is gone on with.

    Raises
    ------
    RunError
        Where no results were taken, or their records are not loaded.
    """
    rows = told_outcomes_of(folder)
    made = {row["enterprise_id"]: row for row in rows if row["outcome"] not in ("", "unvisited")}
    closed = 0
    for shown in desk.listed(Wanted(kind="visit", scheme=scheme)):
        if (row := made.get(shown.case.enterprise)) is not None and "directed" in row["arms"].split("+"):
            _close(desk, shown.case.id, folder.name, row)
            closed += 1
    return closed


def _close(desk: Desk, case_id: int, plan: str, row: Mapping[str, Any]) -> None:
    why = f"检查计划 {plan} 的结果"
    told = {
        "assign": {"to": row["inspectors"]},
        "report": {"done_on": row["date"], "result": row["result"]},
        "on_record": {"record": f"{plan}/{row['visit']}"},
    }
    begun = {"open": 0, "assigned": 1, "visited": 2}[desk.show(case_id).case.state]
    for action in list(told)[begun:]:
        desk.take(case_id, action, why, told[action], None)
