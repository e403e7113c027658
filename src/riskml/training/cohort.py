"""Who is learnt from: (enterprise, as-of date) pairs with what supervision found afterwards, and how it was
observed.
"""

from __future__ import annotations

from datetime import date

import duckdb
import pandas as pd

from riskml.records.effect_periods import EffectPeriods
from riskml.records.live import current_enterprise_sql, live_sql
from riskml.training.settings import TrainingSettings


def read_cohort(
    connection: duckdb.DuckDBPyConnection,
    settings: TrainingSettings,
    periods: EffectPeriods,
    as_of: date,
    *,
    among: str,
) -> pd.DataFrame:
    """The pairs and their outcomes, from what is known at `as_of`.

    Parameters
    ----------
    connection
        With every record table open as a view.
    as_of
        The day of training: visits, results and amendments that became known later do not exist for it.
    among
        Whom the scheme grades, as a condition on the columns of ``enterprise`` as last known on the pair's own date.

    Returns
    -------
    DataFrame
        One row per pair, ordered by as-of date and enterprise: ``enterprise_id``, ``as_of``, ``outcome`` (0 or 1),
        ``observed`` (the kind of visit), ``visit_date``, ``visit_id`` (its record's id, which two sources may give),
        ``visit`` (its number in the store), ``inspector`` and ``authority`` (null where not on record: a nuisance to
        adjust for, never an indicator) and ``probability`` (with which it was drawn, null where none is on record). A
        visit whose own outcome was revoked or misjudged is not in it, nor one of an
        enterprise that is not `among` those graded.
    """
    visits = _visits_sql(settings, periods, as_of)
    sql = visits if settings.cohort.per == "inspection" else _monthly_sql(visits, settings.cohort.horizon_months, as_of)
    if among != "true":
        connection.execute(f"CREATE OR REPLACE TEMP TABLE visited AS {sql}")
        pairs = "(SELECT DISTINCT enterprise_id, as_of FROM visited)"
        graded = f"SELECT * FROM ({current_enterprise_sql(pairs, periods)}) WHERE {among}"
        sql = f"SELECT * FROM visited SEMI JOIN ({graded}) USING (enterprise_id, as_of)"
    cohort: pd.DataFrame = (
        connection.sql(
            f"SELECT * EXCLUDE (known_date) FROM ({sql}) ORDER BY as_of, enterprise_id, visit_date, known_date, visit"
        )
        .to_arrow_table()
        .to_pandas()
    )
    return cohort


def _visits_sql(settings: TrainingSettings, periods: EffectPeriods, as_of: date) -> str:
    kinds = sorted({*settings.cohort.learn_from, *settings.cohort.judge_on})
    listed = ", ".join(f"'{kind}'" for kind in kinds)
    inspected = f"(SELECT DISTINCT enterprise_id, DATE '{as_of}' AS as_of FROM inspection)"
    # The scoring effect period of an inspection does not limit what may be learnt from it: only amendments do.
    timeless = periods.model_copy(update={"scoring": {}})
    return (
        f"SELECT enterprise_id, CAST(event_date - INTERVAL 1 DAY AS DATE) AS as_of, CAST({settings.outcome.problem} AS "
        "INTEGER) AS outcome, "
        f"kind AS observed, event_date AS visit_date, record_id AS visit_id, arrival AS visit, "
        "known_date, inspector, authority, draw_chance / pow(2, 32) AS probability "
        f"FROM ({live_sql('inspection', inspected, timeless)}) "
        f"WHERE kind IN ({listed}) AND ({settings.cohort.where}) AND ({settings.outcome.problem}) IS NOT NULL"
    )


def _monthly_sql(visits: str, horizon: int, as_of: date) -> str:
    """Month-ends before each visit, as far back as the horizon reaches; of several visits the first is the outcome."""
    months = ", ".join(f"({back})" for back in range(1, horizon + 1))
    ends = "CAST(date_trunc('month', v.visit_date) - INTERVAL (b.back - 1) MONTH - INTERVAL 1 DAY AS DATE)"
    return (
        f"SELECT * EXCLUDE (month_end) REPLACE (month_end AS as_of) FROM ("
        f"SELECT v.*, {ends} AS month_end FROM ({visits}) v CROSS JOIN (VALUES {months}) b (back)) "
        f"WHERE visit_date <= month_end + INTERVAL {horizon} MONTH AND month_end + INTERVAL {horizon} MONTH <= DATE "
        f"'{as_of}' "
        "QUALIFY row_number() OVER (PARTITION BY enterprise_id, month_end ORDER BY visit_date, known_date, visit) = 1"
    )
