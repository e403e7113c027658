"""What an amendment changes at once: it is loaded, and the enterprise's grade brought up to date by the rules, without
waiting for whoever loads deliveries.

The score stays that of the run (`riskml.runs.immediate`): grades that a model's score gives follow with the next one.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from riskml.core.errors import RiskmlError
from riskml.core.language import Label
from riskml.core.workspace import Workspace
from riskml.records.ingest import ingest
from riskml.records.received import last_received
from riskml.records.sources import find_source, load_source
from riskml.records.store import open_store
from riskml.runs.immediate import update_one


def load_and_update(workspace: Workspace, source: str, folder: str, content: Mapping[str, Any]) -> dict[str, Any]:
    """Load amendments that were offered, and bring the grade of the enterprise up to date as of the day of the step.

    Parameters
    ----------
    content
        ``scheme``, ``enterprise`` and ``day`` of the step, and ``after``, how many lines the ledger had before it.

    Returns
    -------
    result
        ``was`` and ``grade`` where they were found, and ``told``: what came of it, or why it is left to an operator.
    """
    day, load = date.fromisoformat(content["day"]), f"riskml ingest {source} --from {workspace.data / folder}"
    try:
        received = max(day, last_received(open_store(workspace.records)))
        ingest(workspace, load_source(find_source(workspace.sources, source)), workspace.data / folder, received,
               lambda *_: None)  # fmt: skip
    except RiskmlError as error:
        told = Label(f"未能导入（{error.zh}）；请运行 {load}", f"It could not be loaded ({error.en}): run '{load}'")
        return {"told": [told.zh, told.en]}
    try:
        grade, _ = update_one(workspace, content["scheme"], content["enterprise"], day)
    except RiskmlError as error:
        told = Label(
            f"已导入；等级未能即时更新（{error.zh}），下一次评分起生效",
            f"It was loaded; the grade could not be brought up to date at once ({error.en}): it follows with the next "
            "run",
        )
        return {"told": [told.zh, told.en]}
    was = _was(workspace, content, grade)
    told = Label(
        f"已导入；按规则即时更新：{was} → {grade}（{day}）；得分自下一次评分起变动",
        f"It was loaded; brought up to date at once by the rules: {was} → {grade} ({day}); the score follows with the "
        "next run",
    )
    return {"was": was, "grade": grade, "told": [told.zh, told.en]}


def _was(workspace: Workspace, content: Mapping[str, Any], grade: str) -> str:
    """The grade before: what the first update since the step says; killed in between, there may be one already."""
    for line in workspace.ledger.lines("update"):
        told = line.content.get("updates", [line.content])
        for one in told if line.number > content["after"] else ():
            if (one["scheme"], one["enterprise_id"]) == (content["scheme"], content["enterprise"]):
                return str(one["was"])
    return grade
