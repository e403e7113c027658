"""Warnings that become tasks with a result and feedback (Yunnan Arts. 23 and 16), and visits that a grade demands
(Art. 21(2)): by whom, until when, with which result.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, timedelta
from typing import Any

from riskml.casework.amendments import source_of
from riskml.casework.case import Actor, Case
from riskml.casework.office import Deadline, Handling, Office, Prepared, Proposal
from riskml.core.language import Label
from riskml.engines.duckdb import connect_reader
from riskml.publication.early_warnings import find_warnings
from riskml.runs.published import published_run

_TASK = Label("办结任务", "do the task")

_VISIT = Label("现场检查", "visit on site")

VISIT_WITHIN = timedelta(days=90)
"""From the run on; that a visit is due once a quarter and within this time is ours, the text says neither."""


def demanded_from(case: Case) -> date:
    """The first day on which a visit does what a case of a visit demands: that of the run that proposed it, or the day
    somebody opened it.
    """
    if case.origin is None:
        return case.opened_at.date()
    return date.fromisoformat(case.facts["due_on"]) - VISIT_WITHIN


class Warnings(Handling):
    """What is particular to warnings."""

    def deadlines(self, office: Office, case: Case) -> tuple[Deadline, ...]:
        """The day that the task was given."""
        if case.state != "assigned":
            return ()
        return (Deadline(_TASK, date.fromisoformat(case.told("assign").content["due_on"])),)

    def proposals(self, office: Office, scheme: str, as_of: date) -> Iterable[Proposal]:
        """Everyone whom the early warnings of a run name."""
        for one in find_warnings(office.workspace, scheme, as_of, lambda *_: None).warned:
            about = f"{one.grade} → {one.next_grade}, {one.score_before:.1f} → {one.score:.1f}"
            why = Label(f"{as_of} 的早期预警：{about}", f"Early warning of {as_of}: {about}")
            origin = f"{scheme}:{as_of}:{one.enterprise_id}"
            yield Proposal(one.enterprise_id, one.division or "", origin, why, {"about": about})


class Visits(Handling):
    """What is particular to visits."""

    def step(
        self, office: Office, case: Case, action: str, actor: Actor, content: dict[str, Any], why: str
    ) -> Prepared:
        """See that the inspection record is there."""
        if action == "on_record":
            source = source_of(office, "inspection", content["record"], case.enterprise)
            return Prepared({**content, "source": source})
        return Prepared(content)

    def deadlines(self, office: Office, case: Case) -> tuple[Deadline, ...]:
        """The day it is due, until it is made."""
        if case.state not in ("open", "assigned"):
            return ()
        return (Deadline(_VISIT, date.fromisoformat(case.facts["due_on"])),)

    def proposals(self, office: Office, scheme: str, as_of: date) -> Iterable[Proposal]:
        """Everyone in a run whose grade demands a visit, once a quarter."""
        run = published_run(office.workspace, scheme, as_of)
        demanding = [grade for one in run.policy.scheme.measures if one.on_site_required for grade in one.grades]
        connection = connect_reader(office.workspace.spill)
        run.open_view(connection, "grades", "run_grades")
        asked = (
            "SELECT enterprise_id, coalesce(division, ''), grade FROM run_grades WHERE list_contains(?, grade) "
            "ORDER BY enterprise_id"
        )
        period = f"{as_of.year}-{(as_of.month + 2) // 3}"
        due = (as_of + VISIT_WITHIN).isoformat()
        for enterprise, division, grade in connection.execute(asked, [demanding]).fetchall():
            why = Label(f"{as_of} 的结果为 {grade} 类，须现场检查", f"{grade} in the run of {as_of}: to be visited")
            yield Proposal(enterprise, division, f"{scheme}:{period}:{enterprise}", why, {"due_on": due})
