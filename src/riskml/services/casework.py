"""Cases: opened, taken further step by step, listed, and what is due in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from riskml.accounts.access import Action, Subject, require
from riskml.audit.entries import Event
from riskml.casework.attachments import Attached, Given
from riskml.casework.desk import Desk
from riskml.casework.importing import Imported, import_decisions
from riskml.casework.shown import Due, Shown
from riskml.casework.store import Wanted
from riskml.core.language import say
from riskml.core.principal import Principal
from riskml.core.workspace import Workspace
from riskml.records.enterprise_ids import enterprise_meant
from riskml.records.uscc import is_valid
from riskml.runs.published import latest_day
from riskml.services.asking import asked_by


@dataclass(frozen=True)
class Opening:
    """A case to be opened.

    Parameters
    ----------
    given
        What the opening of its kind needs: field → text, or several.
    by
        Who opens it, where an administrator types for another; the asker where None.
    files
        What comes with it.
    """

    kind: str
    scheme: str
    enterprise: str
    why: str
    given: Mapping[str, Any]
    by: str | None = None
    files: tuple[Given, ...] = ()


@dataclass(frozen=True)
class Move:
    """A step to be taken; fields as `Opening` has them.

    Parameters
    ----------
    after
        How many steps the case had when it was looked at, so that nothing is done twice; None where nobody looked.
    """

    case_id: int
    action: str
    why: str
    given: Mapping[str, Any]
    by: str | None = None
    files: tuple[Given, ...] = ()
    after: int | None = None


@dataclass(frozen=True)
class DueCase:
    """One thing that is due, and the case it is due in."""

    shown: Shown
    due: Due

    @property
    def said(self) -> str:
        """What is due, by when and in which case, in words."""
        deadline, case, left = self.due.deadline, self.shown.case, self.due.working_days
        late = (
            say("，已过期", ", overdue") if left < 0 else say(f"，还有 {left} 个工作日", f", {left} working days left")
        )
        open_day = say("（暂定）", " (provisional)") if deadline.provisional else ""
        return say(
            f"{deadline.day}{open_day} 前：{deadline.what.zh}（{case.kind.label.zh}，案件 {case.id}{late}）",
            f"By {deadline.day}{open_day}: {deadline.what.en} ({case.kind.label.en}, case {case.id}{late})",
        )


_WATCHED = Wanted(with_lasting=True)
"""The cases in which something may be due."""


def open_case(workspace: Workspace, asker: Principal, opening: Opening) -> Shown:
    """Open a case; errors as `riskml.casework.desk.Desk.open`."""
    enterprise = enterprise_meant(opening.enterprise)
    with asked_by(asker, workspace, Event("read", "case opened", enterprise, opening.scheme)):
        desk = Desk.of(workspace, asker)
        return desk.open(
            opening.kind, opening.scheme, enterprise, opening.why, opening.given, opening.by, opening.files
        )


def open_proposed_cases(
    workspace: Workspace, asker: Principal, kind: str, scheme: str, as_of: date | None
) -> tuple[Shown, ...]:
    """Open every case of a kind that is proposed as of a run, the newest where `as_of` is None, and was not before."""
    with asked_by(asker, workspace, Event("list", "cases proposed", scheme=scheme)):
        return Desk.of(workspace, asker).open_proposed(kind, scheme, as_of or latest_day(workspace, scheme))


def take_step(workspace: Workspace, asker: Principal, move: Move) -> Shown:
    """Take a step of a case; errors as `riskml.casework.desk.Desk.take`."""
    with _about(workspace, asker, move.case_id, "case step") as desk:
        return desk.take(move.case_id, move.action, move.why, move.given, move.by, move.files, move.after)


def show_case(workspace: Workspace, asker: Principal, case_id: int) -> Shown:
    """One case with all its steps."""
    with _about(workspace, asker, case_id, "case") as desk:
        return desk.show(case_id)


def read_file(workspace: Workspace, asker: Principal, case_id: int, event: int, number: int) -> tuple[Attached, bytes]:
    """A file that came with a step of a case, the event and the file by their numbers, and what is in it."""
    with _about(workspace, asker, case_id, "case file") as desk:
        return desk.file(case_id, event, number)


def subject_of_case(workspace: Workspace, asker: Principal, case_id: int) -> tuple[str, str, Subject]:
    """Kind, scheme and enterprise of a case: what decides who may see it, and nothing that is in it."""
    with asked_by(asker, workspace, None):
        return Desk.of(workspace, asker).subject_of(case_id)


def list_cases(workspace: Workspace, asker: Principal, wanted: Wanted) -> tuple[Shown, ...]:
    """The cases that are wanted, oldest first."""
    meant = wanted if wanted.enterprise is None else replace(wanted, enterprise=enterprise_meant(wanted.enterprise))
    # What was typed may be somebody's name: the entry has it where it is a code.
    code = meant.enterprise if meant.enterprise and is_valid(meant.enterprise) else None
    scheme = meant.scheme if meant.scheme in workspace.schemes else None
    with asked_by(asker, workspace, Event("list", "cases", code, scheme)):
        return Desk.of(workspace, asker).listed(meant)


def cases_of(workspace: Workspace, asker: Principal, enterprise_id: str) -> tuple[Shown, ...]:
    """The cases of one enterprise, open and closed, the newest first."""
    with asked_by(asker, workspace, Event("read", "cases", enterprise_id)):
        return Desk.of(workspace, asker).listed(Wanted(enterprise=enterprise_id, with_closed=True))[::-1]


def due_cases(workspace: Workspace, asker: Principal, until: date | None) -> tuple[DueCase, ...]:
    """What is due up to a day (all that has a day where None), the first first."""
    with asked_by(asker, workspace, Event("list", "cases due")):
        found = [DueCase(one, due) for one in Desk.of(workspace, asker).listed(_WATCHED) for due in one.due]
        due = [one for one in found if until is None or one.due.deadline.day <= until]
        return tuple(sorted(due, key=lambda one: (one.due.deadline.day, one.shown.case.id)))


def due_of(workspace: Workspace, asker: Principal, enterprise_id: str) -> tuple[DueCase, ...]:
    """What is due in the cases of one enterprise, the first first: visits, answers, ends of observation."""
    watched = replace(_WATCHED, enterprise=enterprise_id)
    with asked_by(asker, workspace, Event("read", "due", enterprise_id)):
        found = [DueCase(one, due) for one in Desk.of(workspace, asker).listed(watched) for due in one.due]
        return tuple(sorted(found, key=lambda one: (one.due.deadline.day, one.shown.case.id)))


def import_cases(workspace: Workspace, asker: Principal) -> Imported:
    """Make cases of the decisions on the ledger that are in none, wherever their enterprises are; a RefusedError for
    whoever is not of the whole province.
    """
    with asked_by(asker, workspace, None):
        require(asker, Action.act, Subject("", ""))
        desk = Desk.of(workspace, asker)
        return import_decisions(desk.office, desk.database)


@contextmanager
def _about(workspace: Workspace, asker: Principal, case_id: int, what: str) -> Iterator[Desk]:
    """The desk, for what is asked of one case: the entry of it names the enterprise."""
    with asked_by(asker, workspace, None):
        desk = Desk.of(workspace, asker)
        _, scheme, subject = desk.subject_of(case_id)
    with asked_by(asker, workspace, Event("read", what, subject.enterprise_id, scheme)):
        yield desk
