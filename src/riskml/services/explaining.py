"""One enterprise: why it has its grade, and what an officer decided about it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from riskml.audit.entries import Event
from riskml.casework.desk import Desk
from riskml.core.china_day import china_today
from riskml.core.principal import Principal
from riskml.core.workspace import Workspace
from riskml.explaining.explanation import Explanation
from riskml.explaining.over_years import GradedOn
from riskml.records.enterprise_ids import enterprise_meant
from riskml.runs.decide import decide
from riskml.runs.explain_one import explain_one
from riskml.runs.grades_over_time import grades_over_time
from riskml.runs.published import published_days
from riskml.schemes.decisions import Decision
from riskml.services.asking import asked_by


@dataclass(frozen=True)
class Answer:
    """What an officer answers where a rule leaves a choice; fields as `riskml.runs.decide.decide` has them."""

    enterprise: str
    rule: str
    evidence: tuple[str, ...]
    grade: str
    officer: str
    reason: str
    decided_on: date
    expires_on: date | None = None
    second: str | None = None
    open_case: bool = False


@dataclass(frozen=True)
class RecordedAnswer:
    """A decision that was recorded.

    Parameters
    ----------
    case_id
        The case that was made of it.
    ended
        Whether its last day is past: it acts no more.
    runs_without
        The as-of dates of published runs that it falls on and that were made without it; a revision would have it.
    """

    decision: Decision
    case_id: int
    ended: bool
    runs_without: tuple[date, ...]


def explain_grade(
    workspace: Workspace, asker: Principal, scheme: str, enterprise: str, as_of: date | None
) -> Explanation:
    """Explain a grade; parameters and errors as `riskml.runs.explain_one.explain_one`."""
    code = enterprise_meant(enterprise)
    with asked_by(asker, workspace, Event("read", "explain", code, scheme)):
        return explain_one(workspace, scheme, code, as_of)


def enterprise_over_years(
    workspace: Workspace, asker: Principal, scheme: str, enterprise: str
) -> tuple[Explanation, tuple[GradedOn, ...]]:
    """An enterprise explained as of the newest run, and what every run up to it graded it."""
    code = enterprise_meant(enterprise)
    with asked_by(asker, workspace, Event("read", "over years", code, scheme)):
        found = explain_one(workspace, scheme, code, None)
        return found, grades_over_time(workspace, scheme, code, found.as_of)


def record_answer(workspace: Workspace, asker: Principal, scheme: str, answer: Answer) -> RecordedAnswer:
    """Record an officer's answer by a case that is made of it; errors as `riskml.runs.decide.decide` and
    `riskml.casework.desk.Desk.decide_whole`.
    """
    with asked_by(asker, workspace, None):
        decision = decide(
            workspace,
            scheme,
            enterprise_id=enterprise_meant(answer.enterprise),
            rule=answer.rule,
            evidence=answer.evidence,
            grade=answer.grade,
            officer=answer.officer,
            reason=answer.reason,
            decided_on=answer.decided_on,
            expires_on=answer.expires_on,
            second=answer.second,
            open_case=answer.open_case,
        )
        case_id = Desk.of(workspace, asker).decide_whole(decision).case.id
        until = decision.expires_on or date.max
        runs = tuple(day for day in published_days(workspace, scheme) if decision.decided_on <= day < until)
        return RecordedAnswer(decision, case_id, until <= china_today(), runs)
