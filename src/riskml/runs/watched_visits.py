"""Visits to enterprises of published runs, each with the risk of the last run whose as-of date lies before its month,
by what was known on that date, and the groups of its enterprise as known then.

Only as-of dates are compared: a run may have been published, and its model trained, after the visit. Neither knows of
it then, unless somebody who does chose the model.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import duckdb
import pandas as pd

from riskml.engines.duckdb import literal, parquet
from riskml.records.effect_periods import EffectPeriods
from riskml.records.live import current_columns_sql, live_sql
from riskml.runs.published import PublishedRun
from riskml.sampling.verifier import WHOLE
from riskml.training.settings import TrainingSettings

GROUPS = ("section", "trade", "region", "kind", "size")
"""Columns of groups: section and division of the trade (GB/T 4754), prefecture, kind of enterprise, and its registered
capital in 10,000 yuan.
"""

_REGISTERED = ("industry_section", "industry", "kind", "registered_capital")

_GROUPED = """
  h.industry_section AS section,
  CASE WHEN regexp_matches(h.industry, '^[A-T][0-9]{2}') THEN left(h.industry, 3) END AS trade,
  left(g.division, 4) AS region,
  h.kind,
  CASE
    WHEN h.registered_capital < 10 THEN '0–10'
    WHEN h.registered_capital < 100 THEN '10–100'
    WHEN h.registered_capital < 1000 THEN '100–1000'
    WHEN h.registered_capital IS NOT NULL THEN '≥1000'
  END AS size"""


def judging_runs(runs: Sequence[PublishedRun]) -> tuple[PublishedRun, ...]:
    """Of some runs, oldest first, the one with the last as-of date of each calendar month: it says what was expected of
    the visits of the months after it, until the next.
    """
    return tuple({(run.as_of.year, run.as_of.month): run for run in runs}.values())


def watched_visits(
    connection: duckdb.DuckDBPyConnection,
    runs: Sequence[PublishedRun],
    until: date,
    settings: TrainingSettings,
    periods: EffectPeriods,
) -> pd.DataFrame:
    """The visits of whole calendar months after the first run, with what was expected of each.

    Of an enterprise's visits in a month the first of each kind counts: what the second finds hangs together with it.

    Parameters
    ----------
    connection
        With the record tables open.
    runs
        `judging_runs` with risks, oldest first; a visit is judged by the last one before its month.
    until
        The last day of visits, and what was known then.
    settings
        Of the model: what counts as a problem, and which kinds of visit are drawn.

    Returns
    -------
    DataFrame
        ``day``, ``month`` (its first day), ``drawn`` (drawn at random: with a stated probability below 1, or by
        its kind where none is stated), ``problem`` (0 or 1), ``risk``, and the columns `GROUPS` as known on the run's
        as-of date; missing where not known.
    """
    grades = " UNION ALL ".join(
        f"SELECT enterprise_id, division, risk, DATE '{run.as_of}' AS run_day FROM {parquet(run.parts('grades'))}"
        for run in runs
    )
    days = ", ".join(f"(DATE '{run.as_of}')" for run in runs)
    connection.execute(f"CREATE OR REPLACE TEMP TABLE visited_then AS {_visits_sql(days, until, settings, periods)}")
    pairs = "(SELECT DISTINCT enterprise_id, run_day AS as_of FROM visited_then)"
    found: pd.DataFrame = (
        connection.sql(f"""
SELECT v.event_date AS day, v.month, v.drawn, v.problem, g.risk, {_GROUPED}
FROM visited_then v
JOIN ({grades}) g USING (enterprise_id, run_day)
LEFT JOIN ({current_columns_sql(_REGISTERED, pairs, periods)}) h
  ON h.enterprise_id = v.enterprise_id AND h.as_of = v.run_day
WHERE g.risk IS NOT NULL
ORDER BY v.month, v.enterprise_id, v.drawn""")
        .to_arrow_table()
        .to_pandas()
    )
    return found


def population(connection: duckdb.DuckDBPyConnection, run: PublishedRun, periods: EffectPeriods) -> pd.DataFrame:
    """How many enterprises of a run belong to each combination of groups: the columns `GROUPS` and ``enterprises``."""
    grades = parquet(run.parts("grades"))
    pairs = f"(SELECT enterprise_id, DATE '{run.as_of}' AS as_of FROM {grades})"
    found: pd.DataFrame = (
        connection.sql(f"""
SELECT {_GROUPED}, count(*) AS enterprises
FROM {grades} g
LEFT JOIN ({current_columns_sql(_REGISTERED, pairs, periods)}) h ON h.enterprise_id = g.enterprise_id
GROUP BY ALL""")
        .to_arrow_table()
        .to_pandas()
    )
    return found


def _visits_sql(days: str, until: date, settings: TrainingSettings, periods: EffectPeriods) -> str:
    """Each visit with the as-of date of the run that it is judged by."""
    cohort, problem = settings.cohort, settings.outcome.problem
    kinds = ", ".join(map(literal, cohort.judge_on))
    inspected = f"(SELECT DISTINCT enterprise_id, DATE '{until}' AS as_of FROM inspection)"
    # As in learning, no effect period: a visit leaves by amendments alone.
    timeless = periods.model_copy(update={"scoring": {}})
    return f"""
WITH visits AS (
  SELECT
    enterprise_id,
    event_date,
    CAST(date_trunc('month', event_date) AS DATE) AS month,
    coalesce(draw_chance > 0 AND draw_chance < {WHOLE}, false)
      OR (draw_chance IS NULL AND kind IN ({kinds})) AS drawn,
    CAST({problem} AS INTEGER) AS problem
  FROM ({live_sql("inspection", inspected, timeless)})
  WHERE ({cohort.where}) AND ({problem}) IS NOT NULL),
of_days AS (
  SELECT enterprise_id, event_date, month, drawn, max(problem) AS problem
  FROM visits GROUP BY ALL),
firsts AS (
  SELECT * FROM of_days
  QUALIFY row_number() OVER (PARTITION BY enterprise_id, month, drawn ORDER BY event_date) = 1)
SELECT f.*, r.run_day
FROM firsts f
ASOF JOIN (VALUES {days}) r (run_day) ON f.month > r.run_day"""
