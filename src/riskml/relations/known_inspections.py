"""What was known of visits on any day: from when to when each counts, what was usual for its inspector, and running
counts.

Peer rates are computed for the as-of date itself. Counting every group's visits anew for every as-of date would cost
the product of both, so a visit is written as two changes: one more on the day it becomes known, one less on the day it
leaves the window, or an amendment takes it out. The running sum of a group's changes is then its count on every day
there is. All of it rests on `riskml.records.live`, asked on the days on which the answer for a visit may change;
nothing here decides what was known when.
"""

from __future__ import annotations

from riskml.records.effect_periods import EffectPeriods, change_points_within
from riskml.records.live import current_columns_sql, live_sql, same_record

PEER_WINDOWS = (30, 90, 365, 1095)
"""Look-back windows of peer rates, in days."""

USUAL_DAYS = 365
"""How far back an inspector's visits tell what is usual for that inspector."""

USUAL_WEIGHT = 30
"""Visits' worth of everyone's figure that an inspector's figure is shrunk towards."""

WHOLE_PRIOR = 50
"""Visits, one of them with a finding, that are added to all visits of a window: the rate of the whole is never
nought.
"""

FINDINGS = {
    "problem": "CAST(result <> 'no_problem' AS INTEGER)",
    "serious": "CAST(serious_problems > 0 AS INTEGER)",
    "problems": "problems",
    "serious_problems": "serious_problems",
}
"""What is compared with the usual, as expressions over the columns of ``inspection``."""

MONTH_END = (
    "CASE WHEN as_of = last_day(as_of) THEN as_of ELSE CAST(date_trunc('month', as_of) - INTERVAL 1 DAY AS DATE) END"
)
"""The month-end up to which an inspector's usual findings are computed: the day itself, or the last one before it."""

_EXACT = "DECIMAL(28, 6)"
"""Sums are exact: they must not depend on the order in which threads add up."""


def known_visits_sql(periods: EffectPeriods) -> str:
    """Every visit with a result, from the day ``since`` on which it counts as it is, to the day before ``until`` (null:
    to this day).

    Returns
    -------
    str
        A SELECT of ``arrival``, ``enterprise_id``, ``event_date``, ``since``, ``until``, ``inspector``, ``undirected``
        and the columns of `FINDINGS`. A visit that was amended is several rows, or ends.
    """
    change_points = [
        f"SELECT r.arrival, a.{edge} AS day FROM inspection r JOIN amended_span a ON {same_record('inspection')} WHERE "
        "a.of_table = 'inspection'"
        for edge in ("acts_from", "acts_until")
    ]
    change_points += [
        f"SELECT arrival, CAST({day} AS DATE) AS day FROM inspection WHERE {day} IS NOT NULL"
        for day in change_points_within("inspection", periods, max(PEER_WINDOWS))
    ]
    findings = ", ".join(f"{finding} AS {name}" for name, finding in FINDINGS.items())
    return f"""
WITH change_point AS ({" UNION ALL ".join(change_points)}),
span AS (
  SELECT arrival, day AS as_of, lead(day) OVER (PARTITION BY arrival ORDER BY day) AS until
  FROM (SELECT i.arrival, greatest(i.event_date, i.known_date) AS day FROM inspection i SEMI JOIN change_point t
    ON t.arrival = i.arrival
        UNION ALL SELECT arrival, day FROM change_point)),
asked AS (
  SELECT arrival, as_of, until FROM span WHERE until IS NULL OR until > as_of
  UNION ALL
  SELECT i.arrival, greatest(i.event_date, i.known_date), CAST(NULL AS DATE) FROM inspection i
  ANTI JOIN change_point t ON t.arrival = i.arrival)
SELECT arrival, enterprise_id, event_date, as_of AS since, until, inspector, coalesce(kind IN ('random', 'routine'),
  false) AS undirected, {findings}
FROM ({live_sql("inspection", "asked", periods, key="arrival", carried="until")}) WHERE result IS NOT NULL"""


def usual_visits_sql(visits: str) -> str:
    """For every visit, what was usual for its inspector before it.

    An inspector's figure is the mean of the `USUAL_DAYS` before the month-end before the visit, shrunk towards the
    province's. A visit whose inspector is not on record is compared with the province; one that nothing came before,
    with nothing (``usual_…`` is null).

    Parameters
    ----------
    visits
        What `known_visits_sql` gives: a table, or a SELECT in brackets.

    Returns
    -------
    str
        A SELECT of ``arrival``, ``inspector_known`` and ``usual_<finding>``, one row for each stored visit.
    """
    measures = {name: f"CAST({name} AS {_EXACT})" for name in FINDINGS}
    measures |= {f"{name}_visits": f"CAST({name} IS NOT NULL AS INTEGER)" for name in FINDINGS}
    shrunk = ", ".join(
        f"(coalesce(p.{name}, 0) + {USUAL_WEIGHT} * e.{name} / nullif(e.{name}_visits, 0)) "
        f"/ (coalesce(p.{name}_visits, 0) + {USUAL_WEIGHT}) AS usual_{name}"
        for name in FINDINGS
    )
    # Counted by month: what an inspector usually finds is told at month-ends.
    changes = (
        f"SELECT inspector, last_day(day) AS day, {', '.join(measures)} FROM "
        f"({_changes('every_visit', measures, f'{USUAL_DAYS}')})"
    )
    province = running_sql(
        "(SELECT 0 AS whole, * FROM change)",
        "(SELECT DISTINCT 0 AS whole, as_of FROM asked)",
        ("whole",),
        tuple(measures),
    )
    return f"""
WITH every_visit AS (SELECT * FROM {visits} v),
visited AS (SELECT arrival, inspector, CAST(event_date - INTERVAL 1 DAY AS DATE) AS as_of FROM inspection
  WHERE result IS NOT NULL),
month_end_inspections AS (SELECT arrival, inspector, {MONTH_END} AS as_of FROM visited),
change AS ({changes}),
asked AS (SELECT DISTINCT inspector, as_of FROM month_end_inspections),
past AS ({running_sql("change", "asked", ("inspector",), tuple(measures))}),
province AS (
  {province})
SELECT s.arrival, s.inspector IS NOT NULL AS inspector_known, {shrunk}
FROM month_end_inspections s LEFT JOIN province e ON e.as_of = s.as_of LEFT JOIN past p ON p.inspector = s.inspector
  AND p.as_of = s.as_of"""


def peer_visits_sql(visits: str, usual: str, periods: EffectPeriods) -> str:
    """What peer rates count: the visits to one enterprise on one day as one, undirected ones and others apart.

    A thorough visit written down in ten rows does not count tenfold. Industry and division are those that the
    enterprise had on that day.

    Parameters
    ----------
    visits, usual
        What `known_visits_sql` and `usual_visits_sql` give: tables, or SELECTs in brackets.

    Returns
    -------
    str
        A SELECT of ``event_date``, ``since``, ``until``, ``undirected``, ``industry``, ``division``, ``visits`` (1),
        ``problems`` and ``serious`` (1 where any of them found one), and of visits whose inspector is on record
        ``compared`` (1), ``compared_problems``, ``compared_serious``, ``usual_problems`` and ``usual_serious``.
    """
    summed = ("rows_known", "problem", "serious", "compared", "usual_problem", "usual_serious")
    sums = ", ".join(f"sum({name}) AS {name}" for name in summed)
    day_by_day = "OVER (PARTITION BY enterprise_id, event_date, undirected ORDER BY day)"
    running = ", ".join(f"sum({name}) {day_by_day} AS {name}" for name in summed)
    negated = ", ".join(f"-{name} AS {name}" for name in summed)
    compared = "CASE WHEN u.inspector_known AND u.usual_problem IS NOT NULL THEN"
    return f"""
WITH known AS (
  SELECT v.enterprise_id, v.event_date, v.undirected, v.since, v.until, 1 AS rows_known, v.problem, coalesce(v.serious,
    0) AS serious,
    {compared} 1 ELSE 0 END AS compared,
    CAST({compared} u.usual_problem ELSE 0 END AS {_EXACT}) AS usual_problem,
    CAST({compared} coalesce(u.usual_serious, 0) ELSE 0 END AS {_EXACT}) AS usual_serious
  FROM {visits} v JOIN {usual} u ON u.arrival = v.arrival),
repeated AS (SELECT enterprise_id, event_date, undirected FROM known GROUP BY enterprise_id, event_date, undirected
  HAVING count(*) > 1),
several AS (
  SELECT k.* FROM known k SEMI JOIN repeated r
  ON r.enterprise_id = k.enterprise_id AND r.event_date = k.event_date AND r.undirected = k.undirected),
day_change AS (
  SELECT enterprise_id, event_date, undirected, day, {sums}
  FROM (
    SELECT enterprise_id, event_date, undirected, since AS day, {", ".join(summed)} FROM several
    UNION ALL
    SELECT enterprise_id, event_date, undirected, until AS day, {negated} FROM several WHERE until IS NOT NULL)
  GROUP BY enterprise_id, event_date, undirected, day),
together AS (
  SELECT enterprise_id, event_date, undirected, day AS since, {running}, lead(day) {day_by_day} AS until
    FROM day_change),
one_a_day AS (
  SELECT enterprise_id, event_date, undirected, since, until, problem, serious, compared, usual_problem, usual_serious
  FROM known k ANTI JOIN repeated r
  ON r.enterprise_id = k.enterprise_id AND r.event_date = k.event_date AND r.undirected = k.undirected
  UNION ALL
  SELECT enterprise_id, event_date, undirected, since, until, least(problem, 1), least(serious, 1), least(compared, 1),
    CAST(usual_problem / greatest(compared, 1) AS {_EXACT}), CAST(usual_serious / greatest(compared, 1) AS {_EXACT})
  FROM together WHERE rows_known > 0),
places AS (SELECT DISTINCT enterprise_id, event_date AS as_of FROM one_a_day),
home AS ({current_columns_sql(("industry", "division"), "places", periods)})
SELECT o.event_date, o.since, o.until, o.undirected, h.industry, h.division, 1 AS visits, o.problem AS problems,
  o.serious, o.compared,
  o.compared * o.problem AS compared_problems, o.compared * o.serious AS compared_serious,
    o.usual_problem AS usual_problems, o.usual_serious
FROM one_a_day o JOIN home h ON h.enterprise_id = o.enterprise_id AND h.as_of = o.event_date"""


COUNTED = (
    "visits",
    "problems",
    "serious",
    "compared",
    "compared_problems",
    "compared_serious",
    "usual_problems",
    "usual_serious",
)
"""The measures of `peer_visits_sql`."""


def peer_changes_sql(visits: str, peer: str, entity_dates: str, windows: str) -> str:
    """The changes of every peer group's counts, from the first as-of date of `entity_dates` to the last.

    Parameters
    ----------
    visits
        What `peer_visits_sql` gives.
    peer
        The group, as an expression over its columns.
    windows
        The look-back windows, as a relation of ``window_days``.

    Returns
    -------
    str
        A SELECT of ``window_days``, ``undirected``, ``peer``, ``day`` and the measures `COUNTED`, to be summed up.
    """
    read = (
        f"(SELECT *, {peer} AS peer FROM {visits} v CROSS JOIN {windows} w {_BOUNDS.format(entity_dates=entity_dates)})"
    )
    measures = {name: name for name in COUNTED}
    return _changes(read, measures, "window_days", "window_days, undirected, peer, ", bounded=True)


_BOUNDS = "CROSS JOIN (SELECT min(as_of) AS first_day, max(as_of) AS last_day FROM {entity_dates}) d"


def running_sql(changes: str, asked: str, group: tuple[str, ...], measures: tuple[str, ...]) -> str:
    """The sums of `measures` up to and with the days asked about.

    Parameters
    ----------
    changes
        A relation of the columns `group`, ``day`` and `measures`.
    asked
        A relation of the columns `group` and ``as_of``, each pair once.

    Returns
    -------
    str
        A SELECT of `group`, ``as_of`` and `measures`, a row for each pair that was asked about.
    """
    by, names = ", ".join(group), ", ".join(measures)
    sums = ", ".join(f"sum({name}) AS {name}" for name in measures)
    running = ", ".join(f"sum({name}) OVER (PARTITION BY {by} ORDER BY day) AS {name}" for name in measures)
    nothing = ", ".join("0" for _ in measures)
    return f"""SELECT {by}, day AS as_of, {names} FROM (
    SELECT {by}, day, asked, {running} FROM (
      SELECT {by}, day, max(asked) AS asked, {sums} FROM (
        SELECT {by}, day, {names}, 0 AS asked FROM {changes} c UNION ALL SELECT {by}, as_of AS day, {nothing}, 1
          FROM {asked} a)
      GROUP BY {by}, day)) WHERE asked = 1"""


def _changes(
    visits: str, measures: dict[str, str], days: str, carried: str = "inspector, ", *, bounded: bool = False
) -> str:
    """One row for the day a visit begins to count within a window of `days`, one with the opposite signs for the day it
    no longer does.
    """
    names = ", ".join(f"{text} AS {name}" for name, text in measures.items())
    opposite = ", ".join(f"-{text} AS {name}" for name, text in measures.items())
    gone = f"least(coalesce(until, DATE '9999-12-31'), CAST(event_date + {days} * INTERVAL 1 DAY AS DATE))"
    begin, within, past = "since", f"since < {gone}", ""
    if bounded:
        begin = "greatest(since, first_day)"
        within, past = f"{within} AND since <= last_day AND {gone} > first_day", f" AND {gone} <= last_day"
    return (
        f"SELECT {carried}{begin} AS day, {names} FROM {visits} known WHERE {within} "
        f"UNION ALL SELECT {carried}{gone} AS day, {opposite} FROM {visits} known WHERE {within}{past}"
    )
