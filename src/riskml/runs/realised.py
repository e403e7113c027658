"""Realised problem rates: what random draws found at enterprises of each published grade, as outcomes arrive."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb

from riskml.engines.duckdb import parquet
from riskml.records.effect_periods import EffectPeriods
from riskml.records.live import live_sql
from riskml.runs.published import PublishedRun
from riskml.training.evaluation import wilson

RUNS = 12
"""How many of the last runs are looked at."""


@dataclass(frozen=True)
class Realised:
    """One grade.

    Parameters
    ----------
    visits, problems
        Visits after the runs that gave the grade, and how many of them found a problem; one for each enterprise and
        day.
    rate, low, high
        Their quotient with its 95 % interval; None without visits.
    """

    grade: str
    visits: int
    problems: int
    rate: float | None
    low: float | None
    high: float | None


def realised_rates(
    connection: duckdb.DuckDBPyConnection,
    runs: Sequence[PublishedRun],
    until: date,
    kinds: Collection[str],
    periods: EffectPeriods,
) -> tuple[Realised, ...]:
    """By the grade each enterprise had in the last run before the visit.

    Parameters
    ----------
    connection
        With the record tables open.
    runs
        Published runs, oldest first; the last `RUNS` are looked at.
    until
        The last day of visits, and what was known then.
    kinds
        How visits were chosen: those that count.
    """
    runs = [run for run in runs if run.as_of < until][-RUNS:]
    if not runs:
        return ()
    ends = [*(run.as_of for run in runs[1:]), until]
    chosen = ", ".join(f"'{kind}'" for kind in kinds)
    parts = []
    for run, end in zip(runs, ends, strict=True):
        grades = parquet(run.parts("grades"))
        asked = f"(SELECT enterprise_id, DATE '{until}' AS as_of FROM {grades})"
        parts.append(
            "SELECT g.grade, v.problem FROM (SELECT enterprise_id, event_date, max(CAST(result <> 'no_problem' AS "
            "INTEGER)) AS problem "
            f"FROM ({live_sql('inspection', asked, periods)}) WHERE kind IN ({chosen}) AND result IS NOT NULL "
            f"AND event_date > DATE '{run.as_of}' AND event_date <= DATE '{end}' GROUP BY enterprise_id, event_date) v "
            f"JOIN {grades} g USING (enterprise_id)"
        )
    rows = connection.execute(
        f"SELECT grade, count(*), sum(problem) FROM ({' UNION ALL '.join(parts)}) GROUP BY grade"
    ).fetchall()
    found = {grade: (visits, int(problems)) for grade, visits, problems in rows}
    return tuple(_realised(grade, *found.get(grade, (0, 0))) for grade in runs[-1].grades)


def _realised(grade: str, visits: int, problems: int) -> Realised:
    if not visits:
        return Realised(grade, 0, 0, None, None, None)
    return Realised(grade, visits, problems, problems / visits, *wilson(problems, visits))
