"""One enterprise from now on, if nothing new arrives: graded at each of the next month-ends as a run would grade it,
and the records that leave on the way.
"""

from __future__ import annotations

from calendar import monthrange
from collections import defaultdict
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.explaining.future import Future, Leaves, Month, WhyLeft
from riskml.features.matrix_of_one import ENTITY_DATES
from riskml.records.effect_periods import EffectPeriods
from riskml.records.live import live_sql
from riskml.records.tables import TABLES, Label
from riskml.relations.neighbourhood import Neighbourhood
from riskml.runs.rescoring import Rescorer, open_rescorer
from riskml.runs.what_if import moved_between, reasons_by, state_of, subject_of
from riskml.schemes.rules import condition_sql

MONTHS = 36


def future(workspace: Workspace, scheme: str, enterprise_id: str, as_of: date, on_progress: Progress) -> Future:
    """Grade an enterprise as of a date and at the next `MONTHS` month-ends, as long as it is graded then, by the
    records that are known.

    By the policy and the method of the run as of that date, by those in use where there is none.

    Raises
    ------
    RunError
        Where it is not among the records, or not graded on that day.
    """
    rescorer = open_rescorer(workspace, scheme, as_of, on_progress)
    around = rescorer.around(enterprise_id)
    subject = subject_of(rescorer, around, as_of)
    ends = month_ends(as_of)
    gone = rescorer.first_ungraded(around, as_of + timedelta(days=1), ends[-1])
    found = rescorer.rescore(around, [as_of, *(day for day in ends if gone is None or day < gone)])
    months = tuple(
        Month(state_of(rescorer, later), moved_between(rescorer, earlier, later)) for earlier, later in pairwise(found)
    )
    leaving = leaving_records(rescorer, around, as_of, gone - timedelta(days=1) if gone else ends[-1])
    now = state_of(rescorer, found[0])
    simulated = rescorer.store.simulated
    return Future(subject, rescorer.policy.scheme, now, months, gone, leaving, simulated, reasons_by(rescorer))


def month_ends(day: date, months: int = MONTHS) -> tuple[date, ...]:
    """The month-ends after a day.

    >>> [str(one) for one in month_ends(date(2026, 10, 30), 3)], str(month_ends(date(2026, 10, 31), 1)[0])
    (['2026-10-31', '2026-11-30', '2026-12-31'], '2026-11-30')
    """
    first = day.year * 12 + day.month - 1 + (day.day == monthrange(day.year, day.month)[1])
    ends = [divmod(first + later, 12) for later in range(months)]
    return tuple(date(year, month + 1, monthrange(year, month + 1)[1]) for year, month in ends)


def leaving_records(rescorer: Rescorer, around: Neighbourhood, first: date, last: date) -> tuple[Leaves, ...]:
    """The enterprise's own records that count on the day `first` and stop, for something, on a day no later than
    `last`: found by looking at every day between.
    """
    days = [first + timedelta(days=later) for later in range((last - first).days + 1)]
    rescorer.matrix.ask(around, [(around.enterprise_id, day) for day in days])
    found = list[Leaves]()
    for table in sorted(set(around.tables) & set(TABLES)):
        if len(around.own(table)) and (conditions := _counted_by(rescorer, table)):
            rows = rescorer.matrix.engine.run(_last_days_sql(table, tuple(conditions), first, rescorer.policy.periods))
            for row in rows.to_pylist():
                found += _left(table, row, list(conditions.values()), last)
    return tuple(sorted(found, key=lambda one: (one.day, one.dated, one.record_id)))


def _counted_by(rescorer: Rescorer, table: str) -> dict[str, tuple[Label, ...]]:
    """Condition on a row of a table → the indicators, items and rules that count it."""
    found: dict[str, list[Label]] = defaultdict(list)
    for column in rescorer.method.system.computed:
        if column.indicator.from_ == table:
            still = ["end_date IS NULL"] if column.indicator.measure == "open" else []
            parts = [f"({column.indicator.where})", *([column.within] if column.within else []), *still]
            found[" AND ".join(parts)].append(column.label)
    for rule in rescorer.policy.scheme.applied:
        for one in rule.circumstances:
            if one.from_ == table:
                found[condition_sql(one)].append(rule.label)
    return {condition: tuple(dict.fromkeys(labels)) for condition, labels in found.items()}


def _last_days_sql(table: str, conditions: tuple[str, ...], first: date, periods: EffectPeriods) -> str:
    """One row for each record that counts on the day `first`: the last day on which it counts at all, the day since
    which it has ended, and for each condition the last day on which it holds, where it holds on the first.
    """
    subject, dated = TABLES[table].subject, TABLES[table].date_column
    asked = f"(SELECT enterprise_id AS {subject}, as_of FROM {ENTITY_DATES})"
    ended = "min(as_of) FILTER (WHERE end_date IS NOT NULL)" if TABLES[table].kind == "state" else "CAST(NULL AS DATE)"
    now = f"as_of = DATE '{first}'"
    held = ", ".join(
        f"CASE WHEN bool_or({one}) FILTER (WHERE {now}) THEN max(as_of) FILTER (WHERE {one}) END AS held_{place}"
        for place, one in enumerate(conditions)
    )
    return (
        f"SELECT record_id, source, {dated} AS dated, max(as_of) AS counted, {ended} AS ended, {held} "
        f"FROM ({live_sql(table, asked, periods)}) r GROUP BY ALL HAVING bool_or({now}) ORDER BY record_id, source"
    )


def _left(table: str, row: dict[str, Any], labels: list[tuple[Label, ...]], last: date) -> list[Leaves]:
    """What stops counting a record, day by day."""
    by_day: dict[date, list[Label]] = defaultdict(list)
    for place, told in enumerate(labels):
        held = row[f"held_{place}"]
        if held is not None and held < last:
            by_day[held + timedelta(days=1)] += told
    found = list[Leaves]()
    for day, told_then in by_day.items():
        gone = row["counted"] + timedelta(days=1) == day
        why: WhyLeft = "effect_period" if gone else "planned_end" if row["ended"] == day else "window"
        no_longer = tuple(dict.fromkeys(told_then))
        found.append(Leaves(day, TABLES[table].label, row["record_id"], row["dated"], why, no_longer))
    return found
