"""Undirected visits at the month-ends that peer rates are struck at."""

from __future__ import annotations

from riskml.records.effect_periods import EffectPeriods
from riskml.records.live import current_columns_sql, live_sql

PEER_WINDOWS = (30, 365, 1095)
"""Look-back windows of peer rates, in days."""

STRUCK = "CASE WHEN as_of = last_day(as_of) THEN as_of ELSE CAST(date_trunc('month', as_of) - INTERVAL 1 DAY AS DATE) END"
"""The month-end that rates of an as-of date are struck at: itself, or the last one before it."""


def struck_visits_sql(moments: str, periods: EffectPeriods) -> str:
    """Undirected visits at the month-ends that peer rates are struck at, by look-back window, industry and division.

    Visits to one enterprise on one day count as one, so that a thorough visit written down in ten rows does not count tenfold. Industry
    and division are those that the enterprise had on the day of the visit.

    Returns
    -------
    str
        A SELECT of ``as_of`` (the month-end), ``window_days``, ``industry``, ``division``, ``visits`` and ``problems``.
    """
    windows = ", ".join(f"({days})" for days in PEER_WINDOWS)
    return f"""
WITH days AS (SELECT DISTINCT {STRUCK} AS as_of FROM {moments}),
places AS (SELECT DISTINCT enterprise_id, event_date AS as_of FROM inspection),
home AS ({current_columns_sql(("industry", "division"), "places", periods)}),
subjects AS (SELECT i.enterprise_id, d.as_of FROM (SELECT DISTINCT enterprise_id FROM inspection) i CROSS JOIN days d),
visits AS (
  SELECT enterprise_id, as_of, event_date, max(CASE WHEN result <> 'no_problem' THEN 1 ELSE 0 END) AS problem
  FROM ({live_sql("inspection", "subjects", periods)})
  WHERE kind IN ('random', 'routine') AND result IS NOT NULL AND event_date > as_of - INTERVAL {max(PEER_WINDOWS)} DAY
  GROUP BY enterprise_id, as_of, event_date)
SELECT v.as_of, w.days AS window_days, h.industry, h.division, count(*) AS visits, sum(v.problem) AS problems
FROM visits v JOIN home h ON h.enterprise_id = v.enterprise_id AND h.as_of = v.event_date
JOIN (VALUES {windows}) w (days) ON v.event_date > v.as_of - w.days * INTERVAL 1 DAY GROUP BY v.as_of, w.days, h.industry, h.division"""
