"""Cases of visits that a grade demanded, closed by the inspection records of a plan."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from riskml.casework.desk import Desk
from riskml.casework.store import Wanted
from riskml.casework.tasks import demanded_from
from riskml.planning.plan_files import PlanFolder, told_outcomes_of


def close_visits(desk: Desk, folder: PlanFolder, scheme: str) -> int:
    """Take every open case of a visit that a plan made to its end, and return how many there were.

    A case that was closed half-way is gone on with. A visit before the day that a case demands one from does nothing
    for it.

    Raises
    ------
    RunError
        Where no results were taken, or their records are not loaded.
    """
    rows = told_outcomes_of(folder)
    made = {row["enterprise_id"]: row for row in rows if row["outcome"] not in ("", "unvisited")}
    closed = 0
    for shown in desk.listed(Wanted(kind="visit", scheme=scheme)):
        row = made.get(shown.case.enterprise)
        if row is None or "directed" not in row["arms"].split("+"):
            continue
        if date.fromisoformat(row["date"]) >= demanded_from(shown.case):
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
