"""What pages and the API answer: each asks whether the reader may, has it noted, and calls a service. Nothing else of
`riskml.web` calls services that read enterprises.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

from riskml.accounts.access import Action, Field, Subject, allowed, may_see_scheme
from riskml.casework.expectations import Afterwards, Expectation
from riskml.core.china_day import day_meant
from riskml.core.errors import ConfigurationError
from riskml.explaining.explanation import Explanation
from riskml.explaining.future import Future
from riskml.explaining.over_years import OverYears, over_years
from riskml.explaining.peers_told import AmongPeers
from riskml.explaining.persons_masked import without_persons
from riskml.explaining.ties import Ties
from riskml.explaining.way_back import WayBack
from riskml.explaining.what_if import WhatIf
from riskml.runs.supposed_steps import Step, StepName
from riskml.schemes.scheme import Scheme
from riskml.services.casework import DueCase, due_of
from riskml.services.dossier import DocumentForm, dossier
from riskml.services.expectations import list_expectations, newest_run, state_expectation
from riskml.services.explaining import enterprise_over_years, explain_grade
from riskml.services.lists import Overview, list_enterprises, region_overview, worklist_lengths, write_list
from riskml.services.one_enterprise import GradeUnder, grades_of
from riskml.services.peers import among_peers
from riskml.services.persons import Held, posts_of
from riskml.services.registers import FoundList, Register, Wanted, Worklist
from riskml.services.ties import find_ties
from riskml.services.way_back import find_way_back
from riskml.services.what_if import look_ahead, suppose
from riskml.web.desk import Asker, Desk

_CHOSEN: dict[str, StepName] = {"repaired": "repaired", "ended": "ended", "filed": "filed"}
"""The steps that forms and the API ask for."""


def find(desk: Desk, asker: Asker, scheme: str, wanted: Wanted) -> tuple[Register, FoundList]:
    """A page of a list."""
    scheme = desk.scheme(scheme)
    desk.permit(asker, Action.search, scheme)
    return list_enterprises(desk.registers, asker.principal, scheme, wanted)


def worklists(desk: Desk, asker: Asker, scheme: str) -> tuple[Register, tuple[tuple[Worklist, int], ...]]:
    """How many enterprises are on each list of work."""
    scheme = desk.scheme(scheme)
    desk.permit(asker, Action.search, scheme)
    return worklist_lengths(desk.registers, asker.principal, scheme)


def by_person(desk: Desk, asker: Asker, scheme: str, name: str) -> tuple[Register, tuple[Held, ...]]:
    """The posts of persons of a name; of none where no name is asked for yet."""
    scheme = desk.scheme(scheme)
    desk.permit(asker, Action.persons, scheme)
    return posts_of(desk.registers, asker.principal, scheme, name)


def export(desk: Desk, asker: Asker, scheme: str, wanted: Wanted, path: Path) -> Register:
    """All of a list, written to a file."""
    scheme = desk.scheme(scheme)
    desk.permit(asker, Action.export, scheme)
    return write_list(desk.registers, asker.principal, scheme, wanted, path)


def overview(desk: Desk, asker: Asker, scheme: str) -> Overview:
    """Regions by grade, and what moved there."""
    scheme = desk.scheme(scheme)
    desk.permit(asker, Action.overview, scheme)
    return region_overview(desk.registers, asker.principal, scheme)


def explained(
    desk: Desk, asker: Asker, scheme: str, code: str, as_of: date | None
) -> tuple[Explanation, tuple[GradeUnder, ...]]:
    """One enterprise explained, and its grade under every scheme that grades it; names of persons masked where the
    asker's role does not need them.
    """
    scheme, subject = desk.scheme(scheme), desk.subject(asker, code)
    desk.permit(asker, Action.read, scheme, subject)
    found = explain_grade(desk.workspace, asker.principal, scheme, subject.enterprise_id, as_of)
    grades = tuple(
        one
        for one in grades_of(desk.workspace, asker.principal, subject.enterprise_id)
        if may_see_scheme(asker.principal, one.scheme)
    )
    return found if asker.sees(Field.persons) else without_persons(found), grades


def years(desk: Desk, asker: Asker, scheme: str, code: str) -> OverYears:
    """Its records and its published grades over the years."""
    scheme, subject = desk.scheme(scheme), desk.subject(asker, code)
    desk.permit(asker, Action.suppose, scheme, subject)
    return over_years(*enterprise_over_years(desk.workspace, asker.principal, scheme, subject.enterprise_id))


def peers(desk: Desk, asker: Asker, found: Explanation) -> AmongPeers | None:
    """Where an enterprise that was explained to the asker stands among its peers."""
    return among_peers(desk.registers.of(asker.principal, found.scheme.id), found)


def due(desk: Desk, asker: Asker, found: Explanation) -> tuple[DueCase, ...]:
    """What is due in the cases of an enterprise that was explained to the asker; nothing for those who see no cases."""
    if not (allowed(asker.principal, Action.cases) and asker.sees(Field.basis)):
        return ()
    return due_of(desk.workspace, asker.principal, found.subject.enterprise_id)


def document(
    desk: Desk, asker: Asker, scheme: str, code: str, as_of: date | None, form: DocumentForm
) -> tuple[str, bytes]:
    """The dossier of one enterprise, and what the file is called."""
    scheme, subject = desk.scheme(scheme), desk.subject(asker, code)
    desk.permit(asker, Action.export, scheme, subject)
    made = dossier(
        desk.workspace, asker.principal, scheme, subject.enterprise_id, as_of, form, persons=asker.sees(Field.persons)
    )
    return f"{scheme}-{subject.enterprise_id}.{form.value}", made


def may_expect(desk: Desk, asker: Asker, scheme: str) -> None:
    """Whether the asker may state expectations at all; a RefusedError."""
    desk.permit(asker, Action.expect, desk.scheme(scheme))


def expectation_asked(desk: Desk, asker: Asker, scheme: str, code: str) -> tuple[Scheme, Subject]:
    """Of which enterprise an expectation is asked for, and under which scheme: nothing of its grade."""
    scheme, subject = desk.scheme(scheme), desk.subject(asker, code)
    desk.permit(asker, Action.expect, scheme, subject)
    return newest_run(desk.workspace, asker.principal, scheme).policy.scheme, subject


def expect(desk: Desk, asker: Asker, scheme: str, code: str, expected: str, why: str) -> Expectation:
    """Note what the asker expects of an enterprise."""
    scheme, subject = desk.scheme(scheme), desk.subject(asker, code)
    desk.permit(asker, Action.expect, scheme, subject)
    told = (subject.enterprise_id, subject.division, expected, why)
    return state_expectation(desk.workspace, asker.principal, scheme, *told)


def expected(
    desk: Desk, asker: Asker, scheme: str
) -> tuple[Scheme, tuple[tuple[Expectation, tuple[Afterwards, ...]], ...]]:
    """What was expected, with what the same people did later."""
    scheme = desk.scheme(scheme)
    desk.permit(asker, Action.expectations, scheme)
    found = list_expectations(desk.workspace, asker.principal, scheme)
    return newest_run(desk.workspace, asker.principal, scheme).policy.scheme, found


def ahead(desk: Desk, asker: Asker, scheme: str, code: str) -> Future:
    """What it will be graded if nothing new arrives."""
    scheme, subject = desk.scheme(scheme), desk.subject(asker, code)
    desk.permit(asker, Action.suppose, scheme, subject)
    return look_ahead(desk.workspace, asker.principal, scheme, subject.enterprise_id, None, lambda *_: None)


def supposed(desk: Desk, asker: Asker, scheme: str, code: str, steps: Sequence[str], on: date | None) -> WhatIf:
    """What it would be graded with steps taken, each ``kind:table:source:id``."""
    scheme, subject = desk.scheme(scheme), desk.subject(asker, code)
    desk.permit(asker, Action.suppose, scheme, subject)
    taken = [_step(one) for one in steps]
    return suppose(desk.workspace, asker.principal, scheme, subject.enterprise_id, taken, None, on, lambda *_: None)


def back(desk: Desk, asker: Asker, scheme: str, code: str) -> WayBack:
    """How it comes to a better grade."""
    scheme, subject = desk.scheme(scheme), desk.subject(asker, code)
    desk.permit(asker, Action.suppose, scheme, subject)
    return find_way_back(desk.workspace, asker.principal, scheme, subject.enterprise_id, None, lambda *_: None)


def tied(desk: Desk, asker: Asker, scheme: str, code: str) -> Ties:
    """Whom it is tied to; of those outside the asker's region neither code nor name nor grade."""
    scheme, subject = desk.scheme(scheme), desk.subject(asker, code)
    desk.permit(asker, Action.ties, scheme, subject)
    return find_ties(desk.workspace, asker.principal, scheme, subject.enterprise_id, None)


def day_typed(text: str) -> date | None:
    """A day as a form sends it; None where the field was left empty, and a ConfigurationError where it is none."""
    return day_meant(text) if text else None


def _step(asked: str) -> Step:
    """A step as a form asks for it."""
    kind, _, record = asked.partition(":")
    if kind not in _CHOSEN or not record:
        raise ConfigurationError(
            zh=f"步骤 {asked!r} 应形如 repaired:记录、ended:记录 或 filed:年度。",
            en=f"A step is like repaired:RECORD, ended:RECORD or filed:YEAR; {asked!r} is none.",
        )
    return Step(_CHOSEN[kind], record)
