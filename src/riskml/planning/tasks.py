"""The visits of a plan that was drawn, for those who make them: to whom, why, by when, by whom, and what to look at."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa

from riskml.core.language import Label
from riskml.core.workspace import Workspace
from riskml.planning.commitment import committed
from riskml.planning.plan_files import PlanFolder
from riskml.planning.read_back import inspectors_of, people_of, visits_of
from riskml.planning.settings import PlanSettings
from riskml.publication.columns import Field, text
from riskml.publication.csv_export import write_sheet
from riskml.publication.enterprises import connect_to_records, name_enterprises
from riskml.publication.labels import words_of
from riskml.records.tables import TABLES
from riskml.runs.published import PublishedRun
from riskml.sampling.verifier import WHOLE

ITEMS = 5
"""Reasons of a grade that a visit looks at, the heaviest first."""

RANDOM = "random"
"""The arm of those who were drawn; others are directed, or were chosen."""

ARMS = {
    RANDOM: Label("随机抽取", "random draw"),
    "directed": Label("按等级现场检查", "on site by its grade"),
    "officer": Label("检查人员自选", "chosen by inspectors"),
    "special": Label("上级专项", "special from above"),
    "department": Label("部门联合", "joint with a department"),
}
"""Why an enterprise is visited."""

FIELDS = (
    text("visit", "检查码", "visit code"),
    text("enterprise_id", "统一社会信用代码", "enterprise"),
    text("name", "企业名称", "name"),
    text("region", "登记地", "region", required=False),
    text("grade", "等级", "grade"),
    Field("arms", "list", Label("检查事由", "why")),
    Field("due", "date", Label("检查期限", "due by")),
    Field("inspectors", "list", Label("检查人员", "inspectors")),
    text("field", "检查领域", "field", required=False),
    text("probability", "抽取概率", "chance of being drawn", required=False),
    Field("items", "list", Label("检查事项", "what to look at")),
)
"""The columns of a task list."""


@dataclass(frozen=True)
class Task:
    """One visit.

    Parameters
    ----------
    arms
        Why: ``random``, and what else; separated by +.
    probability
        The chance that it had of being drawn; 0 where it could not be.
    items
        What the grade rests on, in words.
    """

    visit: str
    unit: str
    enterprise_id: str
    name: str
    division: str
    region: str
    grade: str
    arms: str
    due: date
    inspectors: tuple[str, ...]
    field: str
    days: float
    probability: float
    items: tuple[Label, ...]

    @property
    def is_random(self) -> bool:
        """Whether it was drawn."""
        return RANDOM in self.arms.split("+")

    @property
    def kind(self) -> str:
        """The kind of its inspection record: what was drawn is random, whatever else it is."""
        return "random" if self.is_random else "targeted"

    @property
    def domain(self) -> str:
        """The field of its inspection record, empty where it is none of the table's."""
        return self.field if self.field in (TABLES["inspection"].column("domain").codes or {}) else ""

    def why(self, settings: PlanSettings) -> tuple[Label, ...]:
        """Why it is visited, in words: a joint visit names every department."""
        listed = (("special", settings.specials), ("department", settings.departments))
        named = {f"{kind}:{one.code}": one.label for kind, several in listed for one in several}
        found = []
        for arm in self.arms.split("+"):
            kind, label = ARMS[arm.partition(":")[0]], named.get(arm)
            found.append(Label(f"{kind.zh}（{label.zh}）", f"{kind.en} ({label.en})") if label is not None else kind)
        return tuple(found)

    def told(self, settings: PlanSettings) -> dict[str, Any]:
        """The columns of `FIELDS`, in words."""
        return {
            "visit": self.visit, "enterprise_id": self.enterprise_id, "name": self.name, "region": self.region,
            "grade": self.grade, "arms": [one.said for one in self.why(settings)], "due": self.due,
            "inspectors": list(self.inspectors), "field": self.field,
            "probability": f"{self.probability:.6f}" if self.is_random else "",
            "items": [one.said for one in self.items],
        }  # fmt: skip


_VISITS = pa.schema(
    [(name, pa.string()) for name in ("unit", "field", "days", "first", "second")] + [("is_random", pa.bool_())]
)


def tasks_of(workspace: Workspace, run: PublishedRun, folder: PlanFolder) -> list[Task]:
    """Every visit of a plan that was drawn, by division and name.

    Raises
    ------
    RunError
        Where it was not drawn, or a file is not what was committed to and drawn.
    """
    visits, people = visits_of(workspace.ledger, folder), people_of(workspace.ledger, folder)
    names, until = inspectors_of(workspace.ledger, folder), committed(workspace.ledger, folder).plan["period"]["until"]
    connection = connect_to_records(workspace)
    connection.register("visits", pa.Table.from_pylist([asdict(one) for one in visits], _VISITS))
    connection.register("people", people)
    connection.execute(f"""
CREATE TEMP TABLE visited AS
SELECT
  p.visit, v.unit, p.enterprise_id, p.division, p.grade, v.field, v.days, v.first, v.second, p.probability,
  concat_ws('+', CASE WHEN v.is_random THEN '{RANDOM}' END, nullif(p.arms, '')) AS arms,
  coalesce(p.last_day, DATE '{until}') AS due
FROM visits v
JOIN people p USING (unit)""")
    name_enterprises(connection, workspace, "visited", run.as_of, "registrations")
    run.open_view(connection, "reasons", "reasons")
    words = words_of(run)
    items: dict[str, list[Label]] = {}
    for enterprise, indicator in connection.execute(
        "SELECT enterprise_id, CAST(indicator AS VARCHAR) FROM reasons SEMI JOIN visited USING (enterprise_id) "
        f"WHERE {run.policy.scheme.against_sql} ORDER BY enterprise_id, rank"
    ).fetchall():
        items.setdefault(enterprise, []).append(words.indicator(indicator))
    found: pa.Table = connection.sql(
        "SELECT v.*, coalesce(r.name, '') AS name, coalesce(r.region, '') AS region FROM visited v "
        "LEFT JOIN registrations r USING (enterprise_id) ORDER BY v.division, v.enterprise_id"
    ).to_arrow_table()
    rows = found.to_pylist()
    return [
        Task(
            visit=one["visit"],
            unit=one["unit"],
            enterprise_id=one["enterprise_id"],
            name=one["name"],
            division=one["division"],
            region=one["region"],
            grade=one["grade"],
            arms=one["arms"],
            due=one["due"],
            inspectors=tuple(names[each] for each in (one["first"], one["second"]) if each),
            field=one["field"],
            days=float(one["days"]),
            probability=one["probability"] / WHOLE,
            items=tuple(items.get(one["enterprise_id"], ()))[:ITEMS],
        )
        for one in rows
    ]


def write_tasks(tasks: list[Task], settings: PlanSettings, notice: Label, path: Path, *, simulated: bool) -> None:
    """Write a task list as a sheet, with the scheme's notice."""
    write_sheet(path, FIELDS, [one.told(settings) for one in tasks], notice=notice, simulated=simulated)
