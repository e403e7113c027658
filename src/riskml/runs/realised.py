"""Realised problem rates: what visits found at enterprises of each published grade, as outcomes arrive.

Where there are visits of plans with their probability of being drawn on record, they alone are counted, each for as
many enterprises as it stands for. Otherwise random draws are, each alike.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date

import duckdb
import pandas as pd

from riskml.core.language import Label
from riskml.engines.duckdb import parquet
from riskml.records.effect_periods import EffectPeriods
from riskml.records.live import current_columns_sql, live_sql
from riskml.runs.published import PublishedRun
from riskml.sampling.estimates import Rate, rates_of_visits
from riskml.sampling.verifier import WHOLE
from riskml.training.evaluation import wilson

RUNS = 12
"""How many of the last runs are looked at."""

GAMMA = 2.0
"""How many times as high or low the odds of a problem may be at those drawn whom nobody saw, for the bounds shown."""


HOW = {
    True: Label(
        "比率由计划抽取的检查推算，每次检查按其入样概率代表同类企业，括号内为 95 % 区间；"
        f"最后一列为抽中而未见到的企业，其问题可能性是见到的 1/{GAMMA:g} 至 {GAMMA:g} 倍时的界限。",
        "Rates are estimated from the draws of plans: each visit stands for one over its probability of being drawn; "
        "in brackets the 95 % interval. The last column: bounds where the odds of a problem at those drawn whom "
        f"nobody saw are {1 / GAMMA:g} to {GAMMA:g} times those of the others.",
    ),
    False: Label(
        "没有带入样概率的抽查记录；这里按双随机抽查一次算一次，不是按概率推算的全体比率。",
        "No visit is on record with its probability of being drawn: random draws are counted alike, and the rates are "
        "no estimates of everyone by stated chances.",
    ),
}
"""How the rates come about, where there are drawn visits and where there are none."""


def counted_how(realised: Sequence[Realised]) -> Label:
    """The sentence that belongs to some rates."""
    return HOW[any(one.drawn for one in realised)]


@dataclass(frozen=True)
class Realised:
    """One grade.

    Parameters
    ----------
    visits, problems
        Visits after the runs that gave the grade, and how many of them found a problem; one for each enterprise and
        day.
    rate, low, high
        Their quotient with its 95 % interval; None without visits. Of drawn visits the rate of all enterprises of the
        grade, which is another than the quotient.
    drawn
        How many visits of plans were drawn with a stated probability, seen or not; 0 where there are none, and every
        random draw counts alike.
    least, most
        Of drawn visits, the interval where the odds at those not seen are up to `GAMMA` times as high or low.
    """

    grade: str
    visits: int
    problems: int
    rate: float | None
    low: float | None
    high: float | None
    drawn: int = 0
    least: float | None = None
    most: float | None = None


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
        How visits were chosen: those that count where none has a probability of being drawn.
    """
    runs = _looked_at(runs, until)
    if not runs:
        return ()
    visits = _visits(connection, runs, until, kinds, periods)
    drawn = visits[visits["probability"] > 0]
    grades = runs[-1].grades
    if len(drawn):
        found = rates_of_visits(drawn["probability"], drawn["problem"], drawn["grade"])
        return tuple(_estimated(grade, found.get(grade)) for grade in grades)
    counted = visits.dropna(subset="problem").groupby("grade")["problem"].agg(["size", "sum"])
    known = {str(grade): (int(size), int(problems)) for grade, size, problems in counted.itertuples()}
    return tuple(_realised(grade, *known.get(grade, (0, 0))) for grade in grades)


def drawn_rates(
    connection: duckdb.DuckDBPyConnection,
    runs: Sequence[PublishedRun],
    until: date,
    periods: EffectPeriods,
) -> dict[str, tuple[Realised, ...]]:
    """What visits drawn with stated probabilities say: by ``grade``, by ``region`` (the first four digits of the
    division) and by ``trade`` (the section); empty where there are none. Arguments as for `realised_rates`; visits of
    every kind count that have such a probability, those visited for certain among them.
    """
    runs = _looked_at(runs, until)
    visits = _visits(connection, runs, until, (), periods) if runs else pd.DataFrame({"probability": []})
    drawn = visits[visits["probability"] > 0]
    if drawn.empty:
        return {}
    by = {
        name: rates_of_visits(drawn["probability"], drawn["problem"], drawn[name].fillna(""))
        for name in ("grade", "region", "trade")
    }
    return {name: tuple(_estimated(group, one) for group, one in found.items()) for name, found in by.items()}


def _looked_at(runs: Sequence[PublishedRun], until: date) -> list[PublishedRun]:
    return [run for run in runs if run.as_of < until][-RUNS:]


def _visits(
    connection: duckdb.DuckDBPyConnection,
    runs: Sequence[PublishedRun],
    until: date,
    kinds: Collection[str],
    periods: EffectPeriods,
) -> pd.DataFrame:
    """The visits since each run and before the next, one for each enterprise and day: ``grade``, ``region``, ``trade``,
    ``problem`` (1, 0, or missing where nobody was seen) and ``probability`` (missing where none is on record).
    """
    ends = [*(run.as_of for run in runs[1:]), until]
    parts = [_visits_sql(run, end, until, kinds, periods) for run, end in zip(runs, ends, strict=True)]
    table: pd.DataFrame = connection.sql(" UNION ALL ".join(parts)).to_arrow_table().to_pandas()
    return table


def _visits_sql(run: PublishedRun, end: date, until: date, kinds: Collection[str], periods: EffectPeriods) -> str:
    grades = parquet(run.parts("grades"))
    asked = f"(SELECT enterprise_id, DATE '{until}' AS as_of FROM {grades})"
    visited = f"(SELECT DISTINCT enterprise_id, DATE '{until}' AS as_of FROM visited)"
    chosen = " OR ".join(["draw_chance > 0", *(f"kind = '{kind}'" for kind in kinds)])
    return f"""(
WITH visited AS (
  SELECT
    enterprise_id,
    event_date,
    max(CAST(result <> 'no_problem' AS DOUBLE)) AS problem,
    max(CAST(draw_chance AS DOUBLE)) / {WHOLE} AS probability
  FROM ({live_sql("inspection", asked, periods)})
  WHERE ({chosen}) AND event_date > DATE '{run.as_of}' AND event_date <= DATE '{end}'
  GROUP BY enterprise_id, event_date)
SELECT g.grade, left(g.division, 4) AS region, h.industry_section AS trade, v.problem, v.probability
FROM visited v
JOIN {grades} g USING (enterprise_id)
LEFT JOIN ({current_columns_sql(("industry_section",), visited, periods)}) h USING (enterprise_id)
ORDER BY enterprise_id, event_date)"""


def _estimated(grade: str, found: Rate | None) -> Realised:
    if found is None:
        return Realised(grade, 0, 0, None, None, None)
    if found.value is None:
        return Realised(grade, found.seen, found.problems, None, None, None, found.drawn)
    bounds = found.if_unseen_differ(GAMMA)
    return Realised(grade, found.seen, found.problems, found.value, found.low, found.high, found.drawn, *bounds)


def _realised(grade: str, visits: int, problems: int) -> Realised:
    if not visits:
        return Realised(grade, 0, 0, None, None, None)
    return Realised(grade, visits, problems, problems / visits, *wilson(problems, visits))
