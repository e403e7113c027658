"""What pages and the API answer about cases: each asks whether the reader may, has a refusal noted, and calls a
service. Nothing else of `riskml.web` calls services of cases.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from riskml.accounts.access import Action, Subject
from riskml.casework.attachments import Attached
from riskml.casework.importing import Imported
from riskml.casework.kinds import kind_named
from riskml.casework.shown import Shown
from riskml.services import casework
from riskml.services.case_lists import (
    CaseList,
    CasePage,
    CasesAsked,
    lengths_of_case_lists,
    page_of_cases,
    write_cases,
)
from riskml.services.casework import (
    Move,
    Opening,
    import_cases,
    open_case,
    open_proposed_cases,
    read_file,
    show_case,
    subject_of_case,
    take_step,
)
from riskml.web.desk import Asker, Desk


def cases(desk: Desk, asker: Asker, asked: CasesAsked) -> CasePage:
    """A page of a list of cases."""
    _permit_list(desk, asker, Action.cases, asked)
    return page_of_cases(desk.workspace, asker.principal, asked)


def lengths(desk: Desk, asker: Asker) -> Mapping[CaseList, int]:
    """How many cases are on each list of work."""
    _permit_list(desk, asker, Action.cases, CasesAsked())
    return lengths_of_case_lists(desk.workspace, asker.principal)


def export_cases(desk: Desk, asker: Asker, asked: CasesAsked, path: Path) -> None:
    """All of a list, written to a file."""
    _permit_list(desk, asker, Action.cases, asked)
    _permit_list(desk, asker, Action.export, asked)
    write_cases(desk.workspace, asker.principal, asked, path)


def cases_of(desk: Desk, asker: Asker, code: str) -> tuple[Shown, ...]:
    """The cases of one enterprise, open and closed, the newest first, each with its steps."""
    subject = desk.subject(asker, code)
    desk.permit_case(asker, Action.cases, None, None, subject)
    return casework.cases_of(desk.workspace, asker.principal, subject.enterprise_id)


def case(desk: Desk, asker: Asker, case_id: int) -> Shown:
    """One case."""
    _permit_one(desk, asker, Action.cases, case_id)
    return show_case(desk.workspace, asker.principal, case_id)


def may_open(desk: Desk, asker: Asker, kind: str) -> None:
    """Refuse the form that opens a case to whoever may not open one of the kind anywhere; a RefusedError."""
    own = asker.account.enterprise_id
    desk.permit_case(asker, Action.act, kind, None, Subject(own, "") if own else None)


def opened(desk: Desk, asker: Asker, opening: Opening) -> Shown:
    """A case that is opened now."""
    subject = desk.subject(asker, opening.enterprise)
    kind = kind_named(opening.kind)
    desk.permit_case(asker, Action.act, kind.id, opening.scheme, subject)
    return open_case(desk.workspace, asker.principal, replace(opening, enterprise=subject.enterprise_id))


def proposed(desk: Desk, asker: Asker, kind: str, scheme: str) -> tuple[Shown, ...]:
    """Every case that the newest run proposes, opened."""
    scheme = desk.scheme(scheme)
    desk.permit(asker, Action.act, scheme)
    return open_proposed_cases(desk.workspace, asker.principal, kind, scheme, None)


def imported(desk: Desk, asker: Asker) -> Imported:
    """Cases of the decisions on the ledger that were in none."""
    desk.permit_case(asker, Action.act, None, None, Subject("", ""))
    return import_cases(desk.workspace, asker.principal)


def moved(desk: Desk, asker: Asker, move: Move) -> Shown:
    """A case after a step that is taken now."""
    _permit_one(desk, asker, Action.act, move.case_id)
    return take_step(desk.workspace, asker.principal, move)


def file(desk: Desk, asker: Asker, case_id: int, event: int, number: int) -> tuple[Attached, bytes]:
    """A file that came with a step of a case."""
    _permit_one(desk, asker, Action.cases, case_id)
    return read_file(desk.workspace, asker.principal, case_id, event, number)


def _permit_list(desk: Desk, asker: Asker, action: Action, asked: CasesAsked) -> None:
    own = asker.account.enterprise_id
    subject = Subject(asked.wanted.enterprise or own, "") if own else None
    desk.permit_case(asker, action, None, asked.wanted.scheme, subject)


def _permit_one(desk: Desk, asker: Asker, action: Action, case_id: int) -> None:
    kind, scheme, subject = subject_of_case(desk.workspace, asker.principal, case_id)
    desk.permit_case(asker, action, kind, scheme, subject)
