"""The ways of many to the next better grade at once, in a few passes of the province: what
`riskml.runs.way_of_one.way_of_one` finds one by one.

Whoever is not led there by all steps that are allowed today is graded with every set of them, as by itself: that
nothing less leads there is seen and not supposed.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from functools import cached_property

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from riskml.core.progress import Progress
from riskml.engines.duckdb import connect
from riskml.features.matrix_of_one import ENTITY_DATES
from riskml.records.copies import MOST_STEPS
from riskml.records.copies_of_many import STEPS_SCHEMA
from riskml.records.repair import RepairLaw
from riskml.records.tables import TABLES
from riskml.runs.future import month_ends
from riskml.runs.many_graded import ManyGraded
from riskml.runs.repair_sets import choices_tried
from riskml.runs.rescoring import Rescorer
from riskml.runs.way_back import BESIDE, Way, day_of, steps_taken
from riskml.runs.way_of_one import WayOfOne, rule_of, waiting, way_of_one
from riskml.schemes.legal_steps import LegalStep, steps_of_many

ROWS_AT_ONCE = 60_000
"""Rows of a bucket that are graded in one pass: some 500 MiB with two buckets at once and 150 indicators."""

Integers = NDArray[np.int64]

Days = Sequence[date] | NDArray[np.datetime64]


@dataclass
class Search:
    """One search under way: arrays are by the place of an enterprise in `who`."""

    rescorer: Rescorer
    law: RepairLaw
    as_of: date
    who: Sequence[str]
    on_progress: Progress
    one_by_one: int = 0
    _today: Integers = field(init=False)
    _all: Integers = field(init=False)

    @cached_property
    def months(self) -> tuple[date, ...]:
        """The month-ends of three years."""
        return month_ends(self.as_of)

    @cached_property
    def grader(self) -> ManyGraded:
        """What grades many at once."""
        one = self.rescorer
        stepped = frozenset(self.law.steps) - BESIDE
        return ManyGraded(one.store, one.policy, one.method, connect(one.workspace.spill), stepped)

    def ways(self) -> Iterator[WayOfOne]:
        """The way of each who has one, in no order."""
        taken = self._steps()
        self._lay_out(taken)
        everyone = np.arange(len(self.who))
        full = (1 << self._today) - 1
        ranks, decided = self._graded(
            "today",
            np.tile(everyone, 2),
            np.full(2 * len(full), self.as_of),
            np.concatenate([np.zeros_like(full), full]),
        )
        now, best = ranks.reshape(2, -1)
        apart = np.isin(np.array(self.who, dtype=str), sorted(self._apart(taken)))
        together = np.flatnonzero(~apart & (now > 0))
        rules = [rule_of(one) for one in decided[len(full) :]]
        yield from self._together(together, now[together], best[together], [rules[place] for place in together])
        alone = np.flatnonzero(apart & (now >= 0))
        self.one_by_one += len(alone)
        for done, place in enumerate(alone.tolist()):
            self.on_progress("apart", done, len(alone))
            if (found := way_of_one(self._way(self.who[place]))) is not None:
                yield found

    # Steps

    def _steps(self) -> dict[str, tuple[LegalStep, ...]]:
        """Enterprise → the steps of its way, those that are allowed today first."""
        connection, store = self.grader.connection, self.rescorer.store
        store.open_views(connection)
        connection.register("asked", pa.table({"enterprise_id": pa.array(self.who, pa.string())}))
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE {ENTITY_DATES} AS SELECT *, DATE '{self.as_of}' AS as_of FROM asked"
        )
        connection.unregister("asked")
        found = steps_of_many(
            lambda sql: connection.sql(sql).to_arrow_table(),
            self.law,
            self.grader.stepped,
            self.rescorer.policy.periods,
            self.as_of,
        )
        return {one: steps_taken(steps, self.as_of, self.months[-1]) for one, steps in found.items()}

    def _apart(self, taken: Mapping[str, Sequence[LegalStep]]) -> set[str]:
        """Who is asked about one by one: about whom an officer decided, who has two records of one id, very many steps,
        or steps with records that a rule reads together with those of others.
        """
        connection, scheme = self.grader.connection, self.rescorer.policy.scheme
        found = {one.enterprise_id for one in self.rescorer.decisions if one.scheme == scheme.id}
        left = self.grader.left_tables
        found |= {
            one for one, steps in taken.items() if len(steps) > MOST_STEPS or any(step.table in left for step in steps)
        }
        for name in sorted(self.grader.stepped):
            subject = TABLES[name].subject
            twice = connection.sql(
                f"SELECT DISTINCT {subject} FROM {name} WHERE {subject} IN (SELECT enterprise_id FROM {ENTITY_DATES}) "
                f"GROUP BY {subject}, source, record_id HAVING count(*) > 1"
            )
            found |= {who for (who,) in twice.fetchall()}
        return found

    def _lay_out(self, taken: Mapping[str, Sequence[LegalStep]]) -> None:
        """Have the steps in the engine, and the choices of all that are allowed today and of all."""
        rows = [
            (one, step.table, step.source, step.record_id, step.kind, max(self.as_of, day_of(step)), place)
            for one, steps in taken.items()
            for place, step in enumerate(steps[:MOST_STEPS])
        ]
        columns = list(zip(*rows, strict=True)) or [()] * len(STEPS_SCHEMA)
        table = pa.table([pa.array(column, kind.type) for column, kind in zip(columns, STEPS_SCHEMA, strict=True)],
                         schema=STEPS_SCHEMA)  # fmt: skip
        self.grader.connection.register("arrived_steps", table)
        self.grader.connection.execute("CREATE OR REPLACE TABLE steps AS FROM arrived_steps")
        self.grader.connection.unregister("arrived_steps")
        counts = [taken.get(one, ())[:MOST_STEPS] for one in self.who]
        self._today = np.array([sum(day_of(step) <= self.as_of for step in one) for one in counts], dtype=np.int64)
        self._all = np.array([len(one) for one in counts], dtype=np.int64)

    def _way(self, one: str) -> Way:
        return Way(self.rescorer, self.law, self.rescorer.around(one), self.as_of)

    # Grading

    def _graded(self, stage: str, who: Integers, days: Days, choices: Integers) -> tuple[Integers, list[str]]:
        """The rank of each row, and what decides its grade.

        Parameters
        ----------
        who
            Shape (n,): the place of each row's enterprise.
        days, choices
            Of each row; a row that is asked for twice is graded once.
        """
        on = np.array(days, dtype="datetime64[D]")
        rows = np.empty(len(who), dtype=[("day", "datetime64[D]"), ("who", np.int64), ("choice", np.int64)])
        rows["day"], rows["who"], rows["choice"] = on, who, choices
        once, back = np.unique(rows, return_inverse=True)  # by day: each pass has few days
        names, most = pa.array(self.who, pa.string()), ROWS_AT_ONCE * self.rescorer.store.buckets
        ranks, decided = np.empty(len(once), dtype=np.int64), np.empty(len(once), dtype=object)
        buckets = self.rescorer.store.buckets
        total, done = -(-len(once) // most) * buckets, 0

        def on_bucket() -> None:
            nonlocal done
            done += 1
            self.on_progress(stage, done, total)

        for start in range(0, len(once), most):
            part = once[start : start + most]
            self.on_progress(stage, done, total)
            asked = pa.table({
                "row": pa.array(np.arange(start, start + len(part))),
                "enterprise_id": names.take(pa.array(part["who"])),
                "as_of": pa.array(part["day"]),
                "choice": pa.array(part["choice"]),
            })  # fmt: skip
            found = self.grader.graded(asked, on_bucket)
            ranks[start : start + len(part)] = found["rank"].to_numpy()
            decided[start : start + len(part)] = found["decided_by"].to_pylist()
        return ranks[back], decided[back].tolist()

    # The search

    def _together(self, who: Integers, now: Integers, best: Integers, rules: list[str | None]) -> Iterator[WayOfOne]:
        """The ways of those who are graded together.

        Parameters
        ----------
        now, best, rules
            The rank of each, that with all steps of today, and the rule that decides it then.
        """
        wanted = now - 1
        leads = best <= wanted
        proved = np.ones(len(who), dtype=bool)
        self._try_sets(who, wanted, leads, proved)
        found = [
            WayOfOne(
                self.who[place],
                self.names[rank],
                self.names[rank - 1],
                "repair_now" if led else "never",
                steps_today=int(self._today[place]),
                steps=int(self._all[place]),
                proved=bool(sure),
                decided_by=None if led else rule,
            )
            for place, rank, led, sure, rule in zip(who, now, leads, proved, rules, strict=True)
        ]
        yield from (one for one, led in zip(found, leads, strict=True) if led)
        left = np.flatnonzero(~leads)
        yield from self._bywaiting([found[place] for place in left], who[left], wanted[left])

    @property
    def names(self) -> tuple[str, ...]:
        """The grades, the mildest first."""
        return self.rescorer.policy.scheme.grade_names

    def _try_sets(self, who: Integers, wanted: Integers, leads: NDArray[np.bool_], proved: NDArray[np.bool_]) -> None:
        """Look whether less than all steps leads where all do not; notes it in `leads`, and in `proved` where not every
        set could be graded.
        """
        steps = self._today[who]
        several = np.flatnonzero(~leads & (steps > 1))
        tried = {count: choices_tried(count) for count in np.unique(steps[several]).tolist()}
        choices = [tried[count][0][1:] for count in steps[several].tolist()]
        proved[several] = [tried[count][1] == count for count in steps[several].tolist()]
        place = np.repeat(several, list(map(len, choices)))
        if len(place):
            ranks, _ = self._graded("sets", who[place], np.full(len(place), self.as_of), np.concatenate(choices))
            leads[place[(ranks >= 0) & (ranks <= wanted[place])]] = True
        proved |= leads

    def _bywaiting(self, found: list[WayOfOne], who: Integers, wanted: Integers) -> Iterator[WayOfOne]:
        """What time does for those whom no steps of today help: first the month, then the day.

        Each is asked about as it is and with all steps, until at a month-end one of these leads there.
        """
        month = np.full(len(who), -1, dtype=np.int64)
        holds: NDArray[np.bool_] = np.zeros((len(who), 2), dtype=bool)
        gone = np.full(len(who), -1, dtype=np.int64)
        start = 0
        while start < len(self.months) and len(left := np.flatnonzero((month < 0) & (gone < 0))):
            most = ROWS_AT_ONCE * self.rescorer.store.buckets // (2 * len(left))
            several = self.months[start : start + max(1, most)]
            ranks = self._both(who[left], several)
            led = (ranks >= 0) & (ranks <= wanted[left][:, None, None])
            for at in range(len(several)):
                open_ = (month[left] < 0) & (gone[left] < 0)
                gone[left[open_ & (ranks[:, at, 0] < 0)]] = start + at
                then = open_ & led[:, at].any(axis=1) & (ranks[:, at, 0] >= 0)
                month[left[then]] = start + at
                holds[left[then]] = led[then, at]
            start += len(several)
        yield from (
            replace(one, standing="not_graded", day=self.months[at])
            for one, at in zip(found, gone, strict=True) if at >= 0
        )  # fmt: skip
        yield from (one for one, at, out in zip(found, month, gone, strict=True) if at < 0 and out < 0)
        reached = np.flatnonzero(month >= 0)
        days = self._first_days(who[reached], wanted[reached], month[reached], holds[reached])
        yield from (waiting(found[place], *both) for place, both in zip(reached.tolist(), days, strict=True))

    def _both(self, who: Integers, days: Sequence[date]) -> Integers:
        """Shape (n, d, 2): the rank of each on each day, as it is and with all steps."""
        every = (1 << self._all[who]) - 1
        choices = np.stack([np.zeros_like(every), every], axis=1)
        shape = (len(who), len(days), 2)
        of = np.broadcast_to(who[:, None, None], shape).ravel()
        on = np.broadcast_to(np.array(days, dtype="datetime64[D]")[None, :, None], shape).ravel()
        ranks, _ = self._graded("months", of, on, np.broadcast_to(choices[:, None, :], shape).ravel())
        return ranks.reshape(shape)

    def _first_days(
        self, who: Integers, wanted: Integers, month: Integers, holds: NDArray[np.bool_]
    ) -> list[tuple[date | None, date | None]]:
        """The first day of the month on which each leads there, as it is and with all steps; None where it does not at
        the month's end.
        """
        place, version = np.nonzero(holds)
        ends = np.array([self.as_of, *self.months], dtype="datetime64[D]")
        before, end = ends[month[place]], ends[month[place] + 1]
        lengths = (end - before).astype(np.int64)
        of = np.repeat(np.arange(len(place)), lengths)
        days = before[of] + 1 + np.arange(len(of)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
        every = (1 << self._all[who]) - 1
        ranks, _ = self._graded("days", who[place[of]], days, np.where(version[of] == 1, every[place[of]], 0))
        led = np.flatnonzero((ranks >= 0) & (ranks <= wanted[place[of]]))
        which, first = np.unique(of[led], return_index=True)
        found: list[list[date | None]] = [[None, None] for _ in month]
        for one, day in zip(which.tolist(), days[led[first]].tolist(), strict=True):
            found[place[one]][version[one]] = day
        return [(one[0], one[1]) for one in found]
