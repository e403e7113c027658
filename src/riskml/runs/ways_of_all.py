"""The next better grade of everyone in the worse grades: repaired to now, reached by waiting, or out of reach for three
years. The same answers as `riskml.runs.way_back.Way` gives one by one, found in a few passes of the province.

Whoever is not led there by all steps that are allowed today is graded with every set of them, as by itself: that
nothing less leads there is seen and not supposed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from functools import cached_property
from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from riskml.core.errors import RunError
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.engines.duckdb import connect
from riskml.features.matrix_of_one import ENTITY_DATES
from riskml.records.copies import MOST_STEPS
from riskml.records.copies_of_many import STEPS_SCHEMA
from riskml.records.repair import RepairLaw, load_repair
from riskml.records.tables import TABLES
from riskml.runs.future import month_ends
from riskml.runs.immediate import read_updates
from riskml.runs.many_graded import ManyGraded
from riskml.runs.published import PublishedRun, published_run
from riskml.runs.repair_sets import choices_tried
from riskml.runs.rescoring import Rescorer, open_rescorer
from riskml.runs.way_back import BESIDE, Way, day_of, steps_taken
from riskml.schemes.grade import BAND
from riskml.schemes.legal_steps import LegalStep, steps_of_many

Standing = Literal["repair_now", "wait_until", "never", "not_graded"]

By = Literal["time", "steps"]

MILDEST = 2
"""Of so many of the mildest grades nobody is asked about."""

ROWS_AT_ONCE = 60_000
"""Rows of a bucket that are graded in one pass: some 500 MiB with two buckets at once and 150 indicators."""

Integers = NDArray[np.int64]

Days = Sequence[date] | NDArray[np.datetime64]


@dataclass(frozen=True)
class WayOfOne:
    """What there is for one enterprise on its way to the next better grade.

    Parameters
    ----------
    grade, better
        The one it has, and the next better.
    standing
        ``repair_now``: some set of steps that the law allows today leads there. ``wait_until``: none does, and on `day`
        time does. ``never``: not within three years. ``not_graded``: not before a day, `day` where it is known, on
        which the scheme does not grade it by what is on record (deregistered, out of its scope).
    by
        Of `wait_until`: time alone; or time with every step made as soon as it is allowed.
    proved
        Whether every set of steps that are allowed today was graded.
    decided_by
        The rule that still decides once all is done that is allowed today; None where none does, or where repairing
        leads there.
    steps_today, steps
        How many steps are allowed today, and today or within three years.
    """

    enterprise_id: str
    grade: str
    better: str
    standing: Standing
    day: date | None = None
    by: By | None = None
    proved: bool = True
    decided_by: str | None = None
    steps_today: int = 0
    steps: int = 0


@dataclass(frozen=True)
class WaysOfAll:
    """The ways of everyone in the worse grades of a run.

    Parameters
    ----------
    ways
        By enterprise.
    asked
        Of how many: who is, by the records and decisions on file now, graded best or not at all is not among `ways`.
    one_by_one
        How many were asked about one by one, with nothing supposed either.
    """

    run: PublishedRun
    ways: tuple[WayOfOne, ...]
    asked: int
    one_by_one: int
    simulated: bool


def ways_of_all(workspace: Workspace, scheme: str, as_of: date, on_progress: Progress) -> WaysOfAll:
    """What leads everyone in the worse grades of the run as of a date to the next better grade.

    Raises
    ------
    ConfigurationError
        Where that run is not published.
    """
    run = published_run(workspace, scheme, as_of)
    rescorer = open_rescorer(workspace, scheme, as_of, on_progress)
    who = _in_worse_grades(workspace, run)
    search = Search(rescorer, load_repair(workspace.features), as_of, who, on_progress)
    ways = sorted(search.ways(), key=lambda one: one.enterprise_id)
    return WaysOfAll(run, tuple(ways), len(who), search.one_by_one, rescorer.store.simulated)


def _in_worse_grades(workspace: Workspace, run: PublishedRun) -> list[str]:
    """Who has one of the worse grades of a run, as it stands now."""
    worse = run.grades[MILDEST:]
    updated = read_updates(workspace.ledger, run.scheme, run.as_of)
    with connect(workspace.spill) as connection:
        run.open_view(connection, "grades", "run_grades")
        found = connection.sql("SELECT enterprise_id, grade FROM run_grades").to_arrow_table()
    found = found.filter(pc.is_in(found["grade"], value_set=pa.array(worse, pa.string())))
    who = set(found["enterprise_id"].to_pylist()) - set(updated)
    return sorted(who | {one.enterprise_id for one in updated.values() if one.grade in worse})


def way_of_one(way: Way) -> WayOfOne | None:
    """The same of one enterprise by itself; None where it is graded best."""
    if not way.certificates:
        return None
    names, (present,) = way.rescorer.policy.scheme.grade_names, way.today.outcomes([0], way.as_of)
    rank = present.rank - 1
    found = WayOfOne(
        way.around.enterprise_id,
        names[present.rank],
        names[rank],
        "never",
        steps_today=way.allowed_today,
        steps=len(way.steps),
    )
    if way.certificates[0].sufficient:
        return replace(found, standing="repair_now")
    (best,) = way.today.outcomes([(1 << way.allowed_today) - 1], way.as_of)
    found = replace(found, proved=way.certificates[0].proved, decided_by=_rule(best.decided_by))
    try:
        days = [way.first_day(choice, rank) for choice in dict.fromkeys((0, (1 << len(way.steps)) - 1))]
    except RunError:  # on one of the days ahead it is not graded
        return replace(found, standing="not_graded")
    return _waiting(found, *days)


def _rule(decided_by: str) -> str | None:
    return None if decided_by == BAND else decided_by


def _waiting(found: WayOfOne, by_time: date | None, by_steps: date | None = None) -> WayOfOne:
    """The same with the first days on which time alone, and time with all steps, lead there."""
    days: list[tuple[date, By]] = []
    if by_time is not None:
        days.append((by_time, "time"))
    if by_steps is not None:
        days.append((by_steps, "steps"))
    if not days:
        return found
    day, by = min(days, key=lambda one: one[0])
    return replace(found, standing="wait_until", day=day, by=by)


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
        rules = [_rule(one) for one in decided[len(full) :]]
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
        yield from self._by_waiting([found[place] for place in left], who[left], wanted[left])

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

    def _by_waiting(self, found: list[WayOfOne], who: Integers, wanted: Integers) -> Iterator[WayOfOne]:
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
        yield from (_waiting(found[place], *both) for place, both in zip(reached.tolist(), days, strict=True))

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
        every = (1 << self._all[who]) - 1
        rows = [
            (place, day, version)
            for place, at in enumerate(month.tolist())
            for day in self._days_of(at)
            for version in (0, 1)
            if holds[place, version]
        ]
        places, versions = (np.array([row[at] for row in rows], dtype=np.int64) for at in (0, 2))
        days = [row[1] for row in rows]
        ranks, _ = self._graded("days", who[places], days, np.where(versions, every[places], 0))
        found: list[list[date | None]] = [[None, None] for _ in month]
        for (place, day, version), rank in zip(rows, ranks.tolist(), strict=True):
            if found[place][version] is None and 0 <= rank <= wanted[place]:
                found[place][version] = day
        return [(one[0], one[1]) for one in found]

    def _days_of(self, month: int) -> Iterable[date]:
        """The days of a month, up to its end."""
        before, end = (self.as_of, *self.months)[month : month + 2]
        return (before + timedelta(days=later) for later in range(1, (end - before).days + 1))
