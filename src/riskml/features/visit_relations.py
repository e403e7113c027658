"""Derived relations that compare what a visit found with what its inspector usually finds.

Who inspects decides much of what is found: in Chicago (2011-2014) the strictest group of inspectors found a critical violation
at 43 % of its visits, the mildest at 2.5 %. The bare findings of past visits therefore carry who came, and, as inspectors have
their territories, who will come. Here each visit counts as what it found minus what was usual for its inspector, so that an
enterprise is judged by itself. Who the inspector was is used inside and is no column.
"""

from __future__ import annotations

from riskml.features.common import Common
from riskml.features.struck_visits import STRUCK
from riskml.records.effect_periods import EffectPeriods
from riskml.records.live import current_enterprise_sql, live_sql

USUAL_DAYS = 365
"""How far back an inspector's visits tell what is usual for that inspector."""

USUAL_WEIGHT = 30
"""Visits' worth of everyone's figure that an inspector's figure is shrunk towards."""

MAX_ALIKE = 1000
"""A holder, name or address shared by more enterprises than this is an agent or a mistake: it is not followed."""

REGION_DAYS = 1095
"""How far back the visits to a division's enterprises count."""

FINDINGS = {
    "problem": "CAST(result <> 'no_problem' AS INTEGER)",
    "serious": "CAST(serious_problems > 0 AS INTEGER)",
    "problems": "problems",
    "serious_problems": "serious_problems",
}
"""What is compared, as expressions over the columns of ``inspection``."""

ADJUSTED_COLUMNS = ("event_date", "kind", "domain", "inspector_known", *FINDINGS, *(f"usual_{name}" for name in FINDINGS))


def _usual_visits(periods: EffectPeriods) -> str:
    """CTEs ending in ``usual``: for every visit on record, what was usual for its inspector as known the day before it.

    An inspector's figure is the mean of the `USUAL_DAYS` before the visit, shrunk towards everyone's, which is struck at
    month-ends as peer rates are. A visit whose inspector is not on record is compared with everyone; one that nothing came
    before, with nothing (``usual_…`` is null).
    """
    # Exact sums: they must not depend on the order in which threads add up.
    sums = ", ".join(
        f"sum(CAST({finding} AS DECIMAL(28, 6))) AS {name}, count({finding}) AS {name}_visits"
        for name, finding in FINDINGS.items()
    )
    shrunk = ", ".join(
        f"(coalesce(p.{name}, 0) + {USUAL_WEIGHT} * e.{name} / e.{name}_visits) / (coalesce(p.{name}_visits, 0) + {USUAL_WEIGHT}) AS usual_{name}"
        for name in FINDINGS
    )
    recent = f"result IS NOT NULL AND event_date > as_of - INTERVAL {USUAL_DAYS} DAY"
    return f"""
visited AS (SELECT arrival, enterprise_id, inspector, CAST(event_date - INTERVAL 1 DAY AS DATE) AS as_of FROM inspection WHERE result IS NOT NULL),
inspector_days AS (SELECT DISTINCT inspector, as_of FROM visited WHERE inspector IS NOT NULL),
inspector_past AS (
  SELECT inspector, as_of, {sums} FROM ({live_sql("inspection", "inspector_days", periods, key="inspector")})
  WHERE {recent} GROUP BY inspector, as_of),
month_ends AS (SELECT DISTINCT {STRUCK} AS as_of FROM visited),
everyone_moments AS (SELECT v.enterprise_id, m.as_of FROM (SELECT DISTINCT enterprise_id FROM visited) v CROSS JOIN month_ends m),
everyone_past AS (SELECT as_of, {sums} FROM ({live_sql("inspection", "everyone_moments", periods)}) WHERE {recent} GROUP BY as_of),
usual AS (
  SELECT v.arrival, v.inspector IS NOT NULL AS inspector_known, {shrunk}
  FROM (SELECT *, {STRUCK} AS struck_on FROM visited) v LEFT JOIN everyone_past e ON e.as_of = v.struck_on
  LEFT JOIN inspector_past p ON p.inspector = v.inspector AND p.as_of = v.as_of)"""


def _adjusted(visits: str) -> str:
    """The visits in the relation `visits`, with what they found and what was usual; a visit without a result tells nothing."""
    findings = ", ".join(f"{finding} AS {name}" for name, finding in FINDINGS.items())
    # A visit with nothing to compare with counts as usual.
    usual = ", ".join(f"coalesce(u.usual_{name}, {finding}) AS usual_{name}" for name, finding in FINDINGS.items())
    return (
        f"SELECT enterprise_id, as_of, record_id, event_date, known_date, arrival, kind, domain, u.inspector_known, {findings}, {usual} "
        f"FROM ({visits}) JOIN usual u USING (arrival) WHERE result IS NOT NULL"
    )


def adjusted_inspection(moments: str, periods: EffectPeriods, common: Common) -> str:
    """The enterprise's own visits."""
    return f"WITH {_usual_visits(periods)}\n{_adjusted(live_sql('inspection', moments, periods))}"


def linked_inspection(moments: str, periods: EffectPeriods, common: Common) -> str:
    """The visits to other enterprises of the same holder, under the same name, or at the same address; `via` says which."""
    same = {
        "name": f"SELECT o.enterprise_id, o.as_of, 'name' AS via, e.enterprise_id AS linked_id FROM own o "
        f"JOIN ({live_sql('enterprise', 'names', periods, key='name')}) e ON e.name = o.name AND e.as_of = o.as_of",
        "address": f"SELECT o.enterprise_id, o.as_of, 'address', e.enterprise_id FROM own o "
        f"JOIN ({live_sql('enterprise', 'addresses', periods, key='address')}) e ON e.address = o.address AND e.as_of = o.as_of",
        "holder": f"SELECT h.enterprise_id, h.as_of, 'holder', s.enterprise_id FROM held h "
        f"JOIN ({live_sql('shareholding', 'holders', periods, key='holder_id')}) s ON s.holder_id = h.holder_id AND s.as_of = h.as_of "
        "WHERE s.end_date IS NULL",
    }
    return f"""
WITH {_usual_visits(periods)},
own AS (SELECT * FROM {common.registered}),
names AS (SELECT DISTINCT name, as_of FROM own),
addresses AS (SELECT DISTINCT address, as_of FROM own WHERE address IS NOT NULL),
held AS (SELECT * FROM ({live_sql("shareholding", moments, periods)}) WHERE end_date IS NULL),
holders AS (SELECT DISTINCT holder_id, as_of FROM held),
alike AS ({" UNION ".join(same.values())}),
link AS (SELECT * FROM alike WHERE linked_id <> enterprise_id QUALIFY count(*) OVER (PARTITION BY enterprise_id, as_of, via) <= {MAX_ALIKE}),
reached AS (SELECT DISTINCT linked_id AS enterprise_id, as_of FROM link),
seen AS ({_adjusted(live_sql("inspection", "reached", periods))})
SELECT l.enterprise_id, l.as_of, s.* EXCLUDE (enterprise_id, as_of), l.via, l.linked_id
FROM link l JOIN seen s ON s.enterprise_id = l.linked_id AND s.as_of = l.as_of"""


def region_inspection(moments: str, periods: EffectPeriods, common: Common) -> str:
    """What visits to the enterprises of the same division found beyond what was usual, one row per moment.

    Struck at month-ends, as peer rates are. Only visits whose inspector is on record count: compared with everyone's, the findings
    of an unknown inspector would show who works in that division.
    """
    beyond = ", ".join(
        f"CAST(sum(CAST({name} - usual_{name} AS DECIMAL(28, 6))) AS DOUBLE) AS beyond_{name}" for name in FINDINGS
    )
    none = ", ".join(f"coalesce(g.beyond_{name}, 0) AS beyond_{name}" for name in FINDINGS)
    return f"""
WITH {_usual_visits(periods)},
own AS (SELECT enterprise_id, as_of, {STRUCK} AS struck_on, record_id, division FROM {common.registered}),
region_days AS (SELECT DISTINCT struck_on AS as_of FROM own),
region_moments AS (SELECT v.enterprise_id, d.as_of FROM (SELECT DISTINCT enterprise_id FROM visited) v CROSS JOIN region_days d),
home AS (SELECT enterprise_id, as_of, division FROM ({current_enterprise_sql("region_moments", periods)}) WHERE division IS NOT NULL),
seen AS ({_adjusted(live_sql("inspection", "region_moments", periods))}),
region AS (
  SELECT h.division, s.as_of, count(*) AS visits, {beyond} FROM seen s JOIN home h USING (enterprise_id, as_of)
  WHERE s.inspector_known AND s.event_date > s.as_of - INTERVAL {REGION_DAYS} DAY GROUP BY h.division, s.as_of)
SELECT o.enterprise_id, o.as_of, o.record_id, coalesce(g.visits, 0) AS visits, {none}
FROM own o LEFT JOIN region g ON g.division = o.division AND g.as_of = o.struck_on"""


REGION_COLUMNS = ("visits", *(f"beyond_{name}" for name in FINDINGS))
