"""Cases of visits that a grade demanded, closed by the inspection records of a plan."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from typing import Any

from riskml.casework.desk import Desk
from riskml.casework.store import Wanted
from riskml.core.errors import RunError
from riskml.planning.plan_files import OUTCOMES, PlanFolder


def close_visits(desk: Desk, folder: PlanFolder, scheme: str) -> int:
    """Take every open case of a visit that a plan made to its end, and return how many there were.

    A case that was closed half-way is gone on with.

    Raises
    ------
    RunError
        Where no results were taken, or their records are not loaded.
    """
    path = folder.office / OUTCOMES
    if not path.is_file():
        raise RunError(
            zh=f"计划 {folder.name} 还没有结果；先运行 riskml plan results。",
            en=f"The plan {folder.name} has no results; run 'riskml plan results' first.",
        )
    rows = csv.DictReader(io.StringIO(path.read_text(encoding="utf-8")))
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
