"""Opening cases, taking steps, and what is due: what every kind shares.

A step is one transaction of the database; what it brings about outside is written with it (`effects`).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from riskml.casework.amendments import AMENDMENT, offer_amendments
from riskml.casework.case import Actor, Case, checked_content, refuse_no_reason, refuse_other_roles, step
from riskml.casework.corrections import Corrections
from riskml.casework.determination import Determinations
from riskml.casework.effects import Perform, add_effect, effect_results, settle
from riskml.casework.identity import Identities
from riskml.casework.kinds import kind_named
from riskml.casework.ledger_lines import DECISION, put_on_ledger
from riskml.casework.objection import Objections
from riskml.casework.observation import Observations
from riskml.casework.office import Handling, Office, Proposal
from riskml.casework.repair import Repairs
from riskml.casework.shown import Due, Shown
from riskml.casework.store import Wanted, add_case, add_event, find_cases, known_origins, read_case, read_cases
from riskml.casework.tasks import Visits, Warnings
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.principal import ADMINISTRATOR, Principal
from riskml.core.workspace import Workspace
from riskml.database.database import Database
from riskml.database.migrating import open_database

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
        self, kind_name: str, scheme: str, enterprise: str, why: str, given: Mapping[str, Any], by: str | None
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
        """
        kind, actor = kind_named(kind_name), self._actor(by)
        refuse_other_roles(actor, kind.opening.roles, kind.label)
        refuse_no_reason(why)
        handling, office = HANDLING[kind.id], self.office
        division = office.division_of(scheme, enterprise)
        self._refuse_region(division)
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
        return self.show(made)

    def open_proposed(self, kind_name: str, scheme: str, as_of: date) -> tuple[Shown, ...]:
        """Open every case that is proposed as of the run of a date and was not opened before."""
        kind, actor = kind_named(kind_name), self._actor(None)
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

    def take(self, case_id: int, action: str, why: str, given: Mapping[str, Any], by: str | None) -> Shown:
        """Take a step of a case; parameters and errors as `open`."""
        actor, office = self._actor(by), self.office
        case = self.show(case_id).case
        spec, handling = step(case, action, actor, why), HANDLING[case.kind.id]
        grades = handling.answers(office, case.scheme, case.facts)
        content = checked_content(spec.needs, given, grades, office.today)
        # It may grade an enterprise again: nobody waits for that, so the case may have gone on meanwhile.
        prepared = handling.step(office, case, action, actor, content, why)
        leads = spec.to_alone if prepared.alone and spec.to_alone else spec.to
        with self.database.writing() as connection:
            now = read_case(connection, case_id, to_write=True)
            if now.events != case.events:
                raise RunError(
                    zh=f"案件 {case_id} 刚由 {now.events[-1].who} 办了 {now.events[-1].action}，这一步没有办；请先看。",
                    en=f"{now.events[-1].who} just did {now.events[-1].action} in case {case_id}, so this step was not "
                    "taken: look at it again.",
                )
            event = add_event(connection, case, action, leads or case.state, actor, why, prepared.content)
            if prepared.effect is not None:
                add_effect(connection, event, prepared.effect)
        self.settle()
        return self.show(case_id)

    def show(self, case_id: int) -> Shown:
        """One case."""
        with self.database.reading() as connection:
            case = read_case(connection, case_id)
            self._refuse_region(case.division)
            results = effect_results(connection, tuple(event.id for event in case.events))
        return self._shown(case, results)

    def listed(self, wanted: Wanted) -> tuple[Shown, ...]:
        """The cases that are wanted, within the asker's region."""
        region = wanted.region if self._within_region(wanted.region or "") else self.asker.region
        wanted = replace(wanted, region=region)
        with self.database.reading() as connection:
            return tuple(self._shown(case, {}) for case in find_cases(connection, wanted))

    def _shown(self, case: Case, results: Mapping[int, Mapping[str, Any]]) -> Shown:
        office = self.office
        due = tuple(
            Due(one, office.calendar.between(office.today, one.day))
            for one in HANDLING[case.kind.id].deadlines(office, case)
        )
        age = (office.today - case.opened_at.date()).days
        return Shown(case, due, case.open_actions(self.asker.roles), results, age)

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

    def _refuse_region(self, division: str) -> None:
        """A RunError where the enterprise is not of the asker's region."""
        if not self._within_region(division):
            raise RunError(
                zh=f"该企业不在 {self.asker.account} 的区域 {self.asker.region} 之内。",
                en=f"The enterprise is not in the region of {self.asker.account}, {self.asker.region}.",
            )
