"""Derived relations that compare what a visit found with what its inspector usually finds.

Who inspects decides much of what is found: in Chicago (2011-2014) the strictest group of inspectors found a critical violation
at 43 % of its visits, the mildest at 2.5 %. The bare findings of past visits therefore carry who came, and, as inspectors have
their territories, who will come. Here each visit counts as what it found minus what was usual for its inspector, so that an
enterprise is judged by itself. Who the inspector was is used inside and is no column.
"""

from __future__ import annotations

from riskml.features.common import Common
from riskml.features.known_inspections import FINDINGS
from riskml.records.effect_periods import EffectPeriods
from riskml.records.live import live_sql

MAX_ALIKE = 1000
"""A holder, name or address shared by more enterprises than this is an agent or a mistake: it is not followed."""

ADJUSTED_COLUMNS = ("event_date", "kind", "domain", "inspector_known", *FINDINGS, *(f"usual_{name}" for name in FINDINGS))


def _adjusted(visits: str, usual: str) -> str:
    """The visits in the relation `visits`, with what they found and what was usual; a visit without a result tells nothing."""
    findings = ", ".join(f"{finding} AS {name}" for name, finding in FINDINGS.items())
    # A visit with nothing to compare with counts as usual.
    expected = ", ".join(f"coalesce(u.usual_{name}, {finding}) AS usual_{name}" for name, finding in FINDINGS.items())
    return (
        f"SELECT enterprise_id, as_of, record_id, event_date, known_date, arrival, kind, domain, u.inspector_known, {findings}, {expected} "
        f"FROM ({visits}) JOIN {usual} u USING (arrival) WHERE result IS NOT NULL"
    )


def adjusted_inspection(moments: str, periods: EffectPeriods, common: Common) -> str:
    """The enterprise's own visits."""
    return _adjusted(live_sql("inspection", moments, periods), common.usual_visits)


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
WITH own AS (SELECT * FROM {common.registered}),
names AS (SELECT DISTINCT name, as_of FROM own),
addresses AS (SELECT DISTINCT address, as_of FROM own WHERE address IS NOT NULL),
held AS (SELECT * FROM ({live_sql("shareholding", moments, periods)}) WHERE end_date IS NULL),
holders AS (SELECT DISTINCT holder_id, as_of FROM held),
alike AS ({" UNION ".join(same.values())}),
link AS (SELECT * FROM alike WHERE linked_id <> enterprise_id QUALIFY count(*) OVER (PARTITION BY enterprise_id, as_of, via) <= {MAX_ALIKE}),
reached AS (SELECT DISTINCT linked_id AS enterprise_id, as_of FROM link),
seen AS ({_adjusted(live_sql("inspection", "reached", periods), common.usual_visits)})
SELECT l.enterprise_id, l.as_of, s.* EXCLUDE (enterprise_id, as_of), l.via, l.linked_id
FROM link l JOIN seen s ON s.enterprise_id = l.linked_id AND s.as_of = l.as_of"""
