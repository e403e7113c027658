"""The way back of one enterprise: the sets of steps that lead to each better grade, waiting, and both together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cached_property
from itertools import groupby

import numpy as np

from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.explaining.profile import read_subject
from riskml.explaining.way_back import Later, RepairStep, ShutOut, ToGrade, WayBack
from riskml.features.matrix_of_one import ENTITY_DATES
from riskml.records.copies import MOST_STEPS, Places, Step
from riskml.records.edits import Amend, Edit, End
from riskml.records.repair import RepairLaw, load_repair
from riskml.records.tables import TABLES, Label
from riskml.relations.neighbourhood import Neighbourhood
from riskml.runs.future import MONTHS, month_ends
from riskml.runs.repair_sets import Certificate, Sets, certificates, places, sets_up_to, shrunk, size_within
from riskml.runs.rescoring import RATED_TABLES, Rescorer, open_rescorer
from riskml.runs.scenarios import Outcome, Scenarios
from riskml.schemes.decisions import in_force
from riskml.schemes.grade import BAND, grade_held
from riskml.schemes.legal_steps import LegalStep, legal_steps

BESIDE = RATED_TABLES | {"position", "equity_pledge", "chattel_mortgage", "ip_pledge", "suspension"}
"""Records that are nobody's finding against the enterprise, or bear on everyone's rates: no step of the way back."""

MOST_LATER = 16_384
"""At all month-ends together so many sets are graded at most."""

_KINDS = {"repaired": Label("修复", "repair"), "ended": Label("结束", "bring to an end")}


def way_back(workspace: Workspace, scheme: str, enterprise_id: str, as_of: date, on_progress: Progress) -> WayBack:
    """The way back of an enterprise as of a date, by the policy and the method of the run as of that date, by those in
    use where there is none.

    Raises
    ------
    RunError
        Where it is not among the records, or not graded on that day.
    """
    rescorer = open_rescorer(workspace, scheme, as_of, on_progress)
    return Way(rescorer, load_repair(workspace.features), rescorer.around(enterprise_id), as_of).told()


@dataclass
class Way:
    """The way back of the enterprise of a neighbourhood, found part by part as it is asked for."""

    rescorer: Rescorer
    law: RepairLaw
    around: Neighbourhood
    as_of: date
    _daily: dict[tuple[date, ...], dict[date, Scenarios]] = field(default_factory=dict, init=False, repr=False)

    @cached_property
    def gone(self) -> date | None:
        """The first day of three years on which it is not graded, by what is on record already."""
        return self.rescorer.first_ungraded(self.around, self.as_of + timedelta(days=1), month_ends(self.as_of)[-1])

    @cached_property
    def months(self) -> tuple[date, ...]:
        """The month-ends of three years, as long as it is graded."""
        return tuple(day for day in month_ends(self.as_of) if self.gone is None or day < self.gone)

    @cached_property
    def every_step(self) -> tuple[LegalStep, ...]:
        """What the law allows with its records, today or within three years; what is allowed today first."""
        found = legal_steps(self.rescorer.matrix, self.law, self.around, self.as_of)
        return steps_taken(found, self.as_of, month_ends(self.as_of)[-1])

    @property
    def legal(self) -> tuple[LegalStep, ...]:
        """As many of these as can be graded together."""
        return self.every_step[:MOST_STEPS]

    @property
    def allowed_today(self) -> int:
        """How many of `legal` are allowed today; they are the first."""
        return sum(day_of(one) <= self.as_of for one in self.legal)

    @cached_property
    def steps(self) -> tuple[Step, ...]:
        """The same as edits, each made as soon as it is allowed."""
        return tuple(Step(edit_of(one), max(self.as_of, day_of(one))) for one in self.legal)

    @cached_property
    def today(self) -> Scenarios:
        """Choices among the steps that are allowed today."""
        return Scenarios(self.rescorer, self.around, self.steps[: self.allowed_today], [self.as_of])

    @cached_property
    def certificates(self) -> tuple[Certificate, ...]:
        """What leads to each better grade today."""
        return certificates(self.today, self.as_of)

    @cached_property
    def ahead(self) -> dict[date, Scenarios]:
        """Month-end → choices among all steps."""
        found = _by_day(self.rescorer, self.around, self.steps, self.months)
        for scenarios in set(found.values()):
            scenarios.grade([0, (1 << len(self.steps)) - 1])
        return found

    def told(self) -> WayBack:
        """All of it."""
        (present,) = self.today.outcomes([0], self.as_of)
        ways = tuple(self._to_grade(one) for one in self.certificates)
        names, rescorer = self.rescorer.policy.scheme.grade_names, self.rescorer
        shut_out = self._shut_out() if ways else ()
        rescorer.matrix.ask(self.around, [(self.around.enterprise_id, self.as_of)])
        subject = read_subject(
            rescorer.matrix.engine.connection, ENTITY_DATES, rescorer.policy.periods, self.around.enterprise_id
        )
        return WayBack(
            subject,
            rescorer.policy.scheme,
            self.as_of,
            names[present.rank],
            present.score,
            tuple(self._step(one) for one in self.legal),
            len(self.every_step) - len(self.legal),
            ways,
            shut_out,
            self.gone,
            rescorer.store.simulated,
        )

    def _to_grade(self, one: Certificate) -> ToGrade:
        rank = self.rescorer.policy.scheme.grade_names.index(one.grade)
        return ToGrade(
            one.grade,
            _sorted(one.sufficient),
            _sorted(one.insufficient),
            one.proved,
            one.searched,
            self.first_day(0, rank),
            None if one.sufficient else self.first_day((1 << len(self.steps)) - 1, rank),
            self._later(rank, one),
            self.searched_later,
        )

    def first_day(self, choice: int, rank: int) -> date | None:
        """The first day of three years on which a choice of `steps`, each made as soon as it is allowed, leads to the
        grade of a rank or a better one.
        """
        return self._first_day(lambda scenarios, day: scenarios.outcomes([choice], day)[0].rank <= rank)

    def _first_day(self, holds: Callable[[Scenarios, date], bool]) -> date | None:
        """The first day of three years, among those of the first month at whose end something holds, on which it
        does.
        """
        month = next((day for day in self.months if holds(self.ahead[day], day)), None)
        if month is None:
            return None
        before = max(day for day in (self.as_of, *self.months) if day < month)
        days = [before + timedelta(days=later) for later in range(1, (month - before).days + 1)]
        within = self._within(tuple(days))
        return next(day for day in days if holds(within[day], day))

    def _within(self, days: tuple[date, ...]) -> dict[date, Scenarios]:
        """Day → choices among all steps, of the days of one month."""
        if days not in self._daily:
            self._daily[days] = _by_day(self.rescorer, self.around, self.steps, days)
            for scenarios in set(self._daily[days].values()):
                scenarios.grade([0, (1 << len(self.steps)) - 1])
        return self._daily[days]

    def _later(self, rank: int, today: Certificate) -> tuple[Later, ...]:
        """What is one of the smallest sets at each month-end, where it is another than before."""
        found, last = list[Later](), tuple(sorted(today.sufficient[0])) if today.sufficient else None
        for day, choice in self._smallest[rank].items():
            steps = None if choice is None else tuple(sorted(places(choice)))
            if steps != last:
                found.append(Later(day, steps))
                last = steps
        return tuple(found)

    @cached_property
    def searched_later(self) -> int:
        """At the month-ends every set of so many steps or fewer is graded, and that of all steps."""
        return size_within(len(self.steps), MOST_LATER // MONTHS)

    @cached_property
    def _smallest(self) -> dict[int, dict[date, int | None]]:
        """Rank → month-end → one of the smallest choices that lead there, as far as was searched."""
        choices = [*sets_up_to(len(self.steps), self.searched_later), (1 << len(self.steps)) - 1]
        for scenarios in set(self.ahead.values()):
            scenarios.grade(choices)
        ranks = {day: self.ahead[day].ranks(choices, day) for day in self.months}
        return {
            rank: {day: self._first(choices, found, day, rank) for day, found in ranks.items()}
            for rank in range(len(self.rescorer.policy.scheme.grade_names))
        }

    def _first(self, choices: list[int], ranks: Places, day: date, rank: int) -> int | None:
        """The first of some choices that leads to a grade on a month-end, or a part of it."""
        found = np.flatnonzero(ranks <= rank)
        if not len(found):
            return None
        return shrunk(self.ahead[day], day, choices[int(found[0])], rank, self.searched_later)

    def _shut_out(self) -> tuple[ShutOut, ...]:
        """The rules that hold it to a grade once all is done that is allowed today, where one of them decides."""
        (best,) = self.today.outcomes([(1 << self.allowed_today) - 1], self.as_of)
        if best.decided_by == BAND or best.rank == 0:
            return ()
        scheme, every = self.rescorer.policy.scheme, (1 << len(self.steps)) - 1
        found = list[ShutOut]()
        for rule, grade in self._held(self.today, best).items():

            def is_over(one: Scenarios, day: date, rule: str = rule) -> bool:
                return rule not in self._held(one, one.outcomes([every], day)[0])

            records = dict(best.evidence)[rule]
            found.append(ShutOut(rule, scheme.rule(rule).label, grade, records, self._first_day(is_over)))
        return tuple(found)

    def _held(self, scenarios: Scenarios, outcome: Outcome) -> dict[str, str]:
        """Rule → the grade to which it holds the enterprise."""
        scheme, records = self.rescorer.policy.scheme, dict(outcome.evidence)
        found = {rule: grade_held(scheme, rule, records[rule], scenarios.decisions) for rule in outcome.rules}
        return {rule: grade for rule, grade in found.items() if grade is not None}

    def _step(self, one: LegalStep) -> RepairStep:
        rows = self.around.own(one.table).to_pylist()
        (row,) = [row for row in rows if (row["source"], row["record_id"]) == (one.source, one.record_id)][-1:]
        label, day, kind = TABLES[one.table].label, row[TABLES[one.table].date_column], _KINDS[one.kind]
        said = Label(
            f"{kind.zh}：{label.zh} {one.record_id}（{day}）", f"{kind.en}: {label.en} {one.record_id} ({day})"
        )
        assert one.allowed_from is not None, "only such are taken"
        return RepairStep(
            said, one.table, one.source, one.record_id, one.kind, one.allowed_from, one.law, one.basis, one.reading
        )


def steps_taken(found: Iterable[LegalStep], as_of: date, last: date) -> tuple[LegalStep, ...]:
    """Of an enterprise's steps those that a way back may take from `as_of` to `last`, what is allowed today first."""
    allowed = [one for one in found if one.table not in BESIDE and day_of(one) <= last]
    # Once a record is not used any more, that it is over besides changes nothing.
    stronger = {_record(one): day_of(one) for one in allowed if one.kind == "repaired"}
    kept = [
        one
        for one in allowed
        if one.kind == "repaired" or max(as_of, day_of(one)) < max(as_of, stronger.get(_record(one), date.max))
    ]
    return tuple(sorted(kept, key=lambda one: day_of(one) > as_of))


def day_of(one: LegalStep) -> date:
    """The first day on which a step is allowed; the last of the calendar where it never is."""
    return one.allowed_from or date.max


def edit_of(one: LegalStep) -> Edit:
    """What a step makes of its record."""
    if one.kind == "ended":
        return End(one.table, one.source, one.record_id)
    return Amend(one.table, one.source, one.record_id, "repaired")


def _record(one: LegalStep) -> tuple[str, str, str]:
    return one.table, one.source, one.record_id


def _sorted(sets: Sets) -> tuple[tuple[int, ...], ...]:
    return tuple(tuple(sorted(one)) for one in sets)


def _by_day(
    rescorer: Rescorer, around: Neighbourhood, steps: Sequence[Step], days: Sequence[date]
) -> dict[date, Scenarios]:
    """Day → choices, found together for days on which the same decisions are in force."""
    found = dict[date, Scenarios]()
    for _, together in groupby(days, key=lambda day: in_force(rescorer.decisions, day)):
        same = list(together)
        found |= dict.fromkeys(same, Scenarios(rescorer, around, steps, same))
    return found
