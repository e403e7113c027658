"""Opening cases, taking steps, and what is due: what every kind shares.

A step is one transaction of the database; what it brings about outside is written with it (`effects`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from riskml.accounts.access import OWN_KINDS, Action, Reach, Subject, reach_of, require, require_kind
from riskml.casework.amendments import AMENDMENT, offer_amendments
from riskml.casework.attachments import Attached, Given, add_attachments, attachments_of, content_of, refuse_unfit
from riskml.casework.case import Actor, Case, checked_content, refuse_no_reason, refuse_other_roles, step
from riskml.casework.corrections import Corrections
from riskml.casework.determination import Determinations
from riskml.casework.due_days import DueDays
from riskml.casework.effects import Perform, add_effect, effect_results, settle
from riskml.casework.identity import Identities
from riskml.casework.importing import decided_whole
from riskml.casework.kinds import kind_named
from riskml.casework.ledger_lines import DECISION, put_on_ledger
from riskml.casework.objection import Objections
from riskml.casework.observation import Observations
from riskml.casework.office import Handling, Office, Proposal
from riskml.casework.repair import Repairs
from riskml.casework.seen import as_seen, opens_files
from riskml.casework.shown import Due, Shown
from riskml.casework.store import (
    Head,
    Wanted,
    add_case,
    add_event,
    find_cases,
    find_heads,
    known_origins,
    read_case,
    read_cases,
)
from riskml.casework.tasks import Visits, Warnings
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.principal import ADMINISTRATOR, Principal
from riskml.core.workspace import Workspace
from riskml.database.database import Database
from riskml.database.migrating import open_database
from riskml.schemes.decisions import Decision, same_name

HANDLING: Mapping[str, Handling] = {
    "correction": Corrections(),
    "determination": Determinations(),
    "identity": Identities(),
    "objection": Objections(),
    "observation": Observations(),
    "repair": Repairs(),
    "visit": Visits(),
    "warning": Warnings(),
}
"""Kind → what is particular to it."""

PERFORMERS: Mapping[str, Perform] = {DECISION: put_on_ledger, AMENDMENT: offer_amendments}
"""Kind of effect → what brings one about."""


_DUE_DAYS = DueDays()


@dataclass(frozen=True)
class Desk:
    """The cases of a workspace, for whoever asks."""

    office: Office
    database: Database
    asker: Principal

    @classmethod
    def of(cls, workspace: Workspace, asker: Principal) -> Desk:
        """Open the desk; what a killed step left undone is finished first.

        Raises
        ------
        ConfigurationError, RunError
            As `riskml.database.migrating.open_database` and `riskml.casework.effects.settle`.
        """
        desk = cls(Office.of_today(workspace), open_database(workspace), asker)
        desk.settle()
        return desk

    def settle(self) -> None:
        """Bring about what steps are still to bring about."""
        settle(self.office.workspace, self.database, PERFORMERS)

    def open(
        self,
        kind_name: str,
        scheme: str,
        enterprise: str,
        why: str,
        given: Mapping[str, Any],
        by: str | None,
        files: Sequence[Given] = (),
    ) -> Shown:
        """Open a case.

        Parameters
        ----------
        given
            What the kind's opening needs: field → text, or several.
        by
            Who opens it, where an administrator types for another.

        Raises
        ------
        ConfigurationError, RunError
            Where the kind does not allow it, or something lacks; says what.
        RefusedError
            Where the asker may not open it of this enterprise.
        """
        kind, actor = kind_named(kind_name), self._actor(by)
        self._require(Action.act, kind.id, Subject(enterprise, self.asker.region or ""))  # before anything is looked up
        refuse_other_roles(actor, kind.opening.roles, kind.label)
        refuse_no_reason(why)
        refuse_unfit(files)
        handling, office = HANDLING[kind.id], self.office
        division = office.division_of(scheme, enterprise)
        self._require(Action.act, kind.id, Subject(enterprise, division))
        content = checked_content(kind.opening.needs, given, office.scheme(scheme).grade_names, office.today)
        prepared = handling.opening(office, scheme, enterprise, actor, content, why)
        with self.database.writing() as connection:
            known = known_origins(connection, kind.id)
            if prepared.origin in known:
                number = known[prepared.origin]
                raise RunError(
                    zh=f"这件事已有案件 {number}；请在其中继续。", en=f"There is case {number} of this; go on with it."
                )
            made = add_case(connection, kind, scheme, enterprise, division, actor, why, prepared.content,
                            origin=prepared.origin)  # fmt: skip
            add_attachments(connection, read_case(connection, made).events[0].id, files)
        return self.show(made)

    def open_proposed(self, kind_name: str, scheme: str, as_of: date) -> tuple[Shown, ...]:
        """Open every case that is proposed as of the run of a date and was not opened before."""
        kind, actor = kind_named(kind_name), self._actor(None)
        require(self.asker, Action.act)
        if not kind.opening.proposed:
            raise ConfigurationError(
                zh=f"{kind.label.zh}案件没有自动提出的，只能逐件立案。",
                en=f"Nothing proposes cases of {kind.label.en}: they are opened one by one.",
            )
        refuse_other_roles(actor, kind.opening.roles, kind.label)
        handling = HANDLING[kind.id]
        proposed = [one for one in handling.proposals(self.office, scheme, as_of) if self._within_region(one.division)]
        made = list[int]()
        with self.database.writing() as connection:
            known = known_origins(connection, kind.id)
            for one in proposed:
                if one.origin not in known:
                    known[one.origin] = add_case(
                        connection, kind, scheme, one.enterprise, one.division, actor, one.why.zh, one.content,
                        origin=one.origin,
                    )  # fmt: skip
                    made.append(known[one.origin])
        if handling.answers_again:
            for one in proposed:
                self._again(known[one.origin], one)
        with self.database.reading() as connection:
            return tuple(self._shown(case, {}) for case in read_cases(connection, made))

    def _again(self, case_id: int, proposal: Proposal) -> None:
        """Take the step that a proposal calls for in a case that was opened before, if it calls for any."""
        case = self.show(case_id).case
        if (next_step := HANDLING[case.kind.id].again(case, proposal)) is not None:
            action, given = next_step
            self.take(case_id, action, proposal.why.zh, given, None)

    def take(
        self,
        case_id: int,
        action: str,
        why: str,
        given: Mapping[str, Any],
        by: str | None,
        files: Sequence[Given] = (),
        after: int | None = None,
    ) -> Shown:
        """Take a step of a case; parameters and errors as `open`.

        Parameters
        ----------
        after
            How many steps the case had when it was looked at; None where nobody looked.
        """
        actor, office = self._actor(by), self.office
        case = self._read(case_id, Action.act)
        if after is not None and len(case.events) != after:
            raise _went_on(case)
        spec, handling = step(case, action, actor, why), HANDLING[case.kind.id]
        refuse_unfit(files)
        grades = handling.answers(office, case.scheme, case.facts)
        content = checked_content(spec.needs, given, grades, office.today)
        # It may grade an enterprise again: nobody waits for that, so the case may have gone on meanwhile.
        prepared = handling.step(office, case, action, actor, content, why)
        leads = spec.to_alone if prepared.alone and spec.to_alone else spec.to
        with self.database.writing() as connection:
            now = read_case(connection, case_id, to_write=True)
            if now.events != case.events:
                raise _went_on(now)
            event = add_event(connection, case, action, leads or case.state, actor, why, prepared.content)
            add_attachments(connection, event, files)
            if prepared.effect is not None:
                add_effect(connection, event, prepared.effect)
        self.settle()
        return self.show(case_id)

    def decide_whole(self, made: Decision) -> Shown:
        """Make a case of a decision in one go, with its steps by the persons that it names; errors as `open`."""
        for who in (made.officer, made.second):
            if who is not None and not same_name(who, self.asker.account):
                self._actor(who)
        try:
            division = self.office.division_of(made.scheme, made.enterprise_id)
        except RunError:  # it was graded on the day of the decision and is not any more
            division = ""
        kind = "identity" if made.identifies else "determination"
        self._require(Action.act, kind, Subject(made.enterprise_id, division))
        case_id = decided_whole(self.office, self.database, made, self.asker.account)
        self.settle()
        return self.show(case_id)

    def show(self, case_id: int) -> Shown:
        """One case, as the asker may see it."""
        case = self._read(case_id, Action.cases)
        events = tuple(event.id for event in case.events)
        with self.database.reading() as connection:
            results, files = effect_results(connection, events), attachments_of(connection, events)
        shown = self._shown(case, results)
        steps = [case.kind.actions[name] for name in shown.may]
        asks = any(needed.type == "grade" for one in steps for needed in one.needs.values())
        answers = HANDLING[case.kind.id].answers(self.office, case.scheme, case.facts) if asks else ()
        return as_seen(replace(shown, answers=answers, files=files), self.asker)

    def file(self, case_id: int, event_number: int, number: int) -> tuple[Attached, bytes]:
        """A file that came with a step of a case, and what is in it."""
        shown = self.show(case_id)
        found = [
            one
            for event in shown.case.events
            for one in shown.files_of(event)
            if (event.number, one.number) == (event_number, number)
        ]
        if not found or not opens_files(self.asker):
            raise RunError(
                zh=f"案件 {case_id} 的第 {event_number} 步没有 {self.asker.account} 可以打开的第 {number} 个文件。",
                en=f"Step {event_number} of case {case_id} has no file {number} that {self.asker.account} may open.",
            )
        with self.database.reading() as connection:
            return found[0], content_of(connection, found[0])

    def listed(self, wanted: Wanted) -> tuple[Shown, ...]:
        """The cases that are wanted, as the asker may see them: of their region, or of the own enterprise."""
        with self.database.reading() as connection:
            found = find_cases(connection, self.within_reach(wanted))
        return tuple(as_seen(self._shown(case, {}), self.asker) for case in found)

    def listed_by_day(self, wanted: Wanted) -> tuple[tuple[Head, date | None], ...]:
        """The same without what is in them, each with the first day on which something is due in it."""
        with self.database.reading() as connection:
            heads = find_heads(connection, self.within_reach(wanted))
        basis = (str(self.database.engine.url), self.office.basis)
        days = _DUE_DAYS.of(basis, heads, self._read_all, self._first_day)
        return tuple((one, days[one.case_id]) for one in heads)

    def shown(self, case_ids: Sequence[int]) -> tuple[Shown, ...]:
        """Cases by their numbers, which `listed_by_day` gave, in this order."""
        found = {case.id: as_seen(self._shown(case, {}), self.asker) for case in self._read_all(case_ids)}
        return tuple(found[one] for one in case_ids)

    def _read_all(self, case_ids: Sequence[int]) -> tuple[Case, ...]:
        with self.database.reading() as connection:
            return read_cases(connection, case_ids)

    def _first_day(self, case: Case) -> date | None:
        return min((one.day for one in HANDLING[case.kind.id].deadlines(self.office, case)), default=None)

    def within_reach(self, wanted: Wanted) -> Wanted:
        """What is wanted, within what the asker may see; a RefusedError where that is nothing."""
        if reach_of(self.asker, Action.cases) is Reach.own:
            code = self.asker.enterprise_id or ""
            require(self.asker, Action.cases, Subject(wanted.enterprise or code, ""))
            return replace(wanted, enterprise=code, kinds=OWN_KINDS)
        require(self.asker, Action.cases)
        region = wanted.region if self._within_region(wanted.region or "") else self.asker.region
        return replace(wanted, region=region)

    def subject_of(self, case_id: int) -> tuple[str, str, Subject]:
        """Kind and scheme of a case and the enterprise that it is of: what decides who may see it."""
        with self.database.reading() as connection:
            case = read_case(connection, case_id)
        return case.kind.id, case.scheme, Subject(case.enterprise, case.division)

    def _read(self, case_id: int, action: Action) -> Case:
        """A case whole, for whoever may do this with it."""
        with self.database.reading() as connection:
            case = read_case(connection, case_id)
        self._require(action, case.kind.id, Subject(case.enterprise, case.division))
        return case

    def _shown(self, case: Case, results: Mapping[int, Mapping[str, Any]]) -> Shown:
        office = self.office
        due = tuple(
            Due(one, office.working_days_until(one.day)) for one in HANDLING[case.kind.id].deadlines(office, case)
        )
        may, who = case.open_actions(self.asker.roles), self.asker.account
        same = {} if ADMINISTRATOR in self.asker.roles else {one: case.taken_by_the_same(one, who) for one in may}
        for_another = {name: before for name, before in same.items() if before is not None}
        age = (office.today - case.opened_at.date()).days
        return Shown(case, due, tuple(one for one in may if one not in for_another), for_another, results, age)

    def _actor(self, by: str | None) -> Actor:
        """Who acts: the asker, or the person in whose name an administrator types."""
        if by is None or not by.strip():
            return Actor(self.asker.account, self.asker.account, self.asker.roles)
        if ADMINISTRATOR not in self.asker.roles:
            raise RunError(
                zh=f"{self.asker.account} 只能以自己的名义办案，不能写 {by}。",
                en=f"{self.asker.account} acts in its own name only, not as {by}.",
            )
        return Actor(by.strip(), self.asker.account, self.asker.roles)

    def _within_region(self, division: str) -> bool:
        return division.startswith(self.asker.region or "")

    def _require(self, action: Action, kind: str, subject: Subject) -> None:
        """A RefusedError where the asker may not do this with cases of the kind and of the enterprise."""
        require(self.asker, action, subject)
        require_kind(self.asker, kind)


def _went_on(now: Case) -> RunError:
    last = now.events[-1]
    return RunError(
        zh=f"案件 {now.id} 刚由 {last.who} 办了 {last.action}，这一步没有办；请先看。",
        en=f"{last.who} just did {last.action} in case {now.id}, so this step was not taken: look at it again.",
    )
