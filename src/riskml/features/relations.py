"""Derived relations: what indicators may read besides the record tables.

Each is one SELECT over live records, for the moments (enterprise_id, as_of) asked for: who else is at the address, what
else a post-holder runs, which enterprises are one or two hops away, what supervision found among peers, which annual
reports were due. They run inside the SQL engine; no graph of the province is held in memory.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass

from riskml.features.about import About
from riskml.features.common import Common
from riskml.features.inspection_relations import ADJUSTED_COLUMNS, adjusted_inspection, linked_inspection
from riskml.features.known_inspections import COUNTED, peer_changes_sql, running_sql
from riskml.features.links import at, firm_of, links, neighbour_ctes, neighbours_of
from riskml.records.effect_periods import EffectPeriods
from riskml.records.live import current_columns_sql, live_columns, live_sql
from riskml.records.newest import newest_first_sql
from riskml.records.tables import TABLES, Label

WHOLE_PRIOR = 50
"""Visits, one of them with a finding, that are added to all visits of a window: the rate of the whole is never nought."""

INDUSTRY_DIVISION = "CASE WHEN regexp_matches(industry, '^[A-T][0-9]') THEN left(industry, 3) ELSE industry END"
"""The division of a GB/T 4754 code (C13); a source with words of its own in the place of codes is taken by its words."""

DUE_REPORTS = 3
"""How many of the last annual reports due are looked at."""

FIRST_REPORT_YEAR = 2014
"""Reports are due for this year and later ones: the regulation on disclosure took force on 2014-10-01."""


Build = Callable[[str, EffectPeriods, Common], str]


@dataclass(frozen=True)
class Relation:
    """A derived relation.

    Parameters
    ----------
    columns
        Its columns besides ``enterprise_id``, ``as_of`` and ``record_id`` (the evidence). One with a date has the ``known_date`` and the
        ``arrival`` of that record too.
    inputs
        The record tables it reads. Where a store has not all of them, nothing can be known of it; but see `one_of`.
    about
        Whose conduct it tells of; an indicator may say otherwise of itself.
    date
        The column that windows and ``days_since`` refer to, if any.
    build
        (moments, effect periods, what several relations have in common) → SELECT.
    whole
        Whether it needs records of other enterprises than those asked for.
    by_days
        Whether it is found a few as-of dates at a time: what it holds at once would be too much, and the dates have nothing in common.
    one_of
        Groups of its inputs of each of which one will do: it is then found from the tables that are there, and says less.
    """

    name: str
    label: Label
    columns: tuple[str, ...]
    inputs: tuple[str, ...]
    about: About
    date: str | None
    build: Build
    whole: bool
    by_days: bool = False
    one_of: tuple[tuple[str, ...], ...] = ()


def _address_firms(moments: str, periods: EffectPeriods, common: Common) -> str:
    return f"""
WITH own AS (SELECT enterprise_id, as_of, record_id, address, status FROM {common.registered}),
shared AS (SELECT address FROM enterprise GROUP BY address HAVING min(enterprise_id) <> max(enterprise_id)),
addresses AS (SELECT DISTINCT address, as_of FROM own WHERE address IN (SELECT address FROM shared)),
candidates AS (SELECT DISTINCT enterprise_id, as_of FROM ({live_sql("enterprise", "addresses", periods, key="address")})),
others AS (SELECT c.* FROM candidates c ANTI JOIN {moments} m ON m.enterprise_id = c.enterprise_id AND m.as_of = c.as_of),
there AS (
  SELECT enterprise_id, as_of, address FROM own WHERE status = 'active'
  UNION ALL SELECT enterprise_id, as_of, address FROM ({current_columns_sql(("address", "status"), "others", periods)}) WHERE status = 'active'),
sites AS (SELECT enterprise_id, as_of FROM there),
listed AS (SELECT DISTINCT enterprise_id, as_of FROM ({live_sql("abnormal_listing", "sites", periods)}) WHERE end_date IS NULL),
counted AS (
  SELECT t.address, t.as_of, count(*) AS firms, count(l.enterprise_id) AS abnormal_firms
  FROM there t LEFT JOIN listed l ON l.enterprise_id = t.enterprise_id AND l.as_of = t.as_of GROUP BY t.address, t.as_of)
SELECT o.enterprise_id, o.as_of, o.record_id, coalesce(c.firms, 0) AS firms, coalesce(c.abnormal_firms, 0) AS abnormal_firms
FROM own o LEFT JOIN counted c ON c.address = o.address AND c.as_of = o.as_of WHERE o.address IS NOT NULL"""


def _post_holder(moments: str, periods: EffectPeriods, common: Common) -> str:
    """Most persons never hold a post in another enterprise: only the others' posts are looked for."""
    reach, width = neighbours_of("person", common.tying)
    firm = firm_of(reach, common.tying)
    return f"""
WITH own AS (
  SELECT enterprise_id, as_of, record_id, start_date, known_date, arrival, person_id, person_name, role
  FROM ({live_sql("position", moments, periods)}) WHERE end_date IS NULL),
{neighbour_ctes("person", "own", periods, tying=common.tying)}
revoked_ever AS (SELECT DISTINCT enterprise_id FROM enterprise WHERE status = 'revoked'),
revoked_firm AS (SELECT f.* FROM {firm} f SEMI JOIN revoked_ever e ON e.enterprise_id = f.enterprise_id),
elsewhere AS (SELECT r.person_id, r.day, f.enterprise_id FROM {reach} r JOIN revoked_firm f ON f.number = r.enterprise_id WHERE r.post = 1),
once_revoked AS (
  SELECT o.person_id, o.as_of, e.enterprise_id FROM own o JOIN {width} w ON {at("w", "o")}
  JOIN elsewhere e ON e.person_id = w.person_id AND e.day = w.day
  UNION SELECT o.person_id, o.as_of, o.enterprise_id FROM own o SEMI JOIN revoked_ever e ON e.enterprise_id = o.enterprise_id),
firms AS (SELECT DISTINCT enterprise_id, as_of FROM once_revoked),
revoked AS (
  SELECT e.person_id, e.as_of, count(*) AS firms FROM once_revoked e
  JOIN ({current_columns_sql(("status",), "firms", periods)}) s ON s.enterprise_id = e.enterprise_id AND s.as_of = e.as_of
  WHERE s.status = 'revoked' GROUP BY e.person_id, e.as_of)
SELECT o.enterprise_id, o.as_of, o.record_id, o.start_date, o.known_date, o.arrival, o.person_id, o.person_name, o.role,
  coalesce(w.posts, 1) AS firms, coalesce(v.firms, 0) AS revoked_firms
FROM own o LEFT JOIN {width} w ON {at("w", "o")}
LEFT JOIN revoked v ON v.person_id = o.person_id AND v.as_of = o.as_of"""


def _dishonest_post_holder(moments: str, periods: EffectPeriods, common: Common) -> str:
    """The listing is the record, not the post: it is what the person, and so the enterprise, is held to.

    A listing of an enterprise is no person's, whatever its number; one of somebody else is held against nobody.
    """
    listed = "(SELECT * FROM position WHERE person_id IN (SELECT subject_id FROM dishonest_debtor WHERE subject_kind = 'person'))"
    posts = live_sql("position", moments, periods, rows=listed)
    debtors = live_sql("dishonest_debtor", "subjects", periods)
    answered = ", ".join(f"({_quoted(enterprise)}, {_quoted(record)})" for enterprise, record in common.somebody_elses)
    others = (
        f"ANTI JOIN (VALUES {answered}) o (enterprise_id, record_id) "
        "ON o.enterprise_id = h.enterprise_id AND o.record_id = l.record_id"
    )
    return f"""
WITH held AS (SELECT enterprise_id, as_of, person_id, person_name, role FROM ({posts}) WHERE end_date IS NULL),
subjects AS (SELECT DISTINCT person_id AS subject_id, as_of FROM held),
listed AS (
  SELECT subject_id, as_of, record_id, start_date, known_date, arrival FROM ({debtors}) WHERE end_date IS NULL AND subject_kind = 'person'),
firms AS (SELECT DISTINCT h.enterprise_id, h.as_of FROM held h JOIN listed l ON l.subject_id = h.person_id AND l.as_of = h.as_of)
SELECT h.enterprise_id, h.as_of, l.record_id, l.start_date, l.known_date, l.arrival, h.person_id, h.person_name, h.role, e.kind AS enterprise_kind
FROM held h JOIN listed l ON l.subject_id = h.person_id AND l.as_of = h.as_of
{others if answered else ""}
LEFT JOIN ({current_columns_sql(("kind",), "firms", periods)}) e ON e.enterprise_id = h.enterprise_id AND e.as_of = h.as_of"""


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _registration(moments: str, periods: EffectPeriods, common: Common) -> str:
    """The registration as last known: a version that was superseded says nothing of today."""
    return f"SELECT enterprise_id, as_of, record_id, valid_from, known_date, arrival, status, kind AS enterprise_kind FROM {common.registered}"


def _linked_enterprise(moments: str, periods: EffectPeriods, common: Common) -> str:
    """Everyone one hop away, and those two hops away that have an adverse record.

    Two hops reach dozens of enterprises each; those with nothing against them would be most of the rows and say nothing.
    """
    numbered = (
        f"(SELECT f.number AS enterprise_id, m.as_of FROM {moments} m JOIN tying_firm f ON f.enterprise_id = m.enterprise_id)"
    )
    return f"""
WITH asked AS (SELECT enterprise_id, as_of FROM {numbered if common.tying else moments}),
{links("near", "asked", periods, tying=common.tying)},
near_end AS (SELECT DISTINCT linked_id AS enterprise_id, as_of FROM near_link),
beyond AS (SELECT n.* FROM near_end n ANTI JOIN asked m ON m.enterprise_id = n.enterprise_id AND m.as_of = n.as_of),
{links("beyond", "beyond", periods, tying=common.tying, onward=True)},
tied AS (SELECT * FROM near_link UNION ALL SELECT * FROM beyond_link),
firm AS (SELECT * FROM {firm_of("(SELECT enterprise_id FROM asked UNION ALL SELECT linked_id FROM tied)", common.tying)}),
reached AS (
  SELECT f.enterprise_id, r.as_of, f.number FROM (SELECT DISTINCT linked_id, as_of FROM tied) r JOIN firm f ON f.number = r.linked_id),
onward AS (
  SELECT n.* FROM near_link n JOIN near_joint j ON j.enterprise_id = n.enterprise_id AND j.as_of = n.as_of
  UNION ALL SELECT * FROM beyond_link),
subjects AS (SELECT enterprise_id AS subject_id, as_of, number FROM reached),
adverse AS (
  SELECT number AS enterprise_id, as_of, sum(serious) AS serious_listings, sum(abnormal) AS abnormal_listings, sum(penalty) AS penalties,
    sum(dishonest) AS dishonest_listings, min(record_id) AS record_id
  FROM (
    SELECT number, as_of, record_id, 1 AS serious, 0 AS abnormal, 0 AS penalty, 0 AS dishonest
    FROM ({live_sql("serious_listing", "reached", periods, carried="number")}) WHERE end_date IS NULL
    UNION ALL SELECT number, as_of, record_id, 0, 1, 0, 0
    FROM ({live_sql("abnormal_listing", "reached", periods, carried="number")}) WHERE end_date IS NULL
    UNION ALL SELECT number, as_of, record_id, 0, 0, 1, 0
    FROM ({live_sql("penalty", "reached", periods, carried="number")}) WHERE severity <> 'warning'
    UNION ALL SELECT number, as_of, record_id, 0, 0, 0, 1
    FROM ({live_sql("dishonest_debtor", "subjects", periods, carried="number")}) WHERE end_date IS NULL AND subject_kind = 'enterprise')
  GROUP BY number, as_of),
far_adverse AS MATERIALIZED (SELECT f.* FROM onward f JOIN adverse a ON a.enterprise_id = f.linked_id AND a.as_of = f.as_of),
linked AS (
  SELECT enterprise_id, as_of, linked_id, 1 AS hops, weight FROM near_link
  UNION ALL
  SELECT n.enterprise_id, n.as_of, f.linked_id, 2 AS hops, max(CAST(n.weight * f.weight AS DECIMAL(9, 6))) AS weight
  FROM near_link n JOIN far_adverse f ON f.enterprise_id = n.linked_id AND f.as_of = n.as_of
  LEFT JOIN near_link d ON d.enterprise_id = n.enterprise_id AND d.as_of = n.as_of AND d.linked_id = f.linked_id
  WHERE f.linked_id <> n.enterprise_id AND d.linked_id IS NULL GROUP BY n.enterprise_id, n.as_of, f.linked_id)
SELECT e.enterprise_id, k.as_of, a.record_id, f.enterprise_id AS linked_id, k.hops, k.weight,
  coalesce(a.serious_listings, 0) AS serious_listings, coalesce(a.abnormal_listings, 0) AS abnormal_listings,
  coalesce(a.penalties, 0) AS penalties, coalesce(a.dishonest_listings, 0) AS dishonest_listings, a.enterprise_id IS NOT NULL AS adverse
FROM linked k JOIN firm e ON e.number = k.enterprise_id JOIN firm f ON f.number = k.linked_id
LEFT JOIN adverse a ON a.enterprise_id = k.linked_id AND a.as_of = k.as_of"""


def _peer(peer: str) -> Build:
    """What visits found among enterprises with the same `peer` value as known on the as-of date, a row for each look-back window and kinds of visits.

    Where the inspectors of most visits are on record only those visits count, and what is expected of a group is what is usual for the inspectors
    who went there, brought to the level of the whole in the same window: a territory does not stand for its inspector. Where they are not, the
    rate of the whole is expected.
    """

    def build(moments: str, periods: EffectPeriods, common: Common) -> str:
        groups, whole = ("window_days", "undirected", "peer"), ("window_days", "undirected")
        return f"""
WITH own AS (SELECT enterprise_id, as_of, record_id, {peer} AS peer FROM {common.registered}),
looked_back AS (SELECT * FROM (VALUES {", ".join(f"({days})" for days in common.windows)}) w (window_days)),
peer_visit AS (SELECT * FROM {common.peer_visits} v),
change AS ({peer_changes_sql("peer_visit", peer, moments, "looked_back")}),
asked AS (
  SELECT DISTINCT o.as_of, o.peer, w.window_days, k.undirected
  FROM own o CROSS JOIN looked_back w CROSS JOIN (VALUES (true), (false)) k (undirected)),
asked_of_whole AS (SELECT DISTINCT as_of, window_days, undirected FROM asked),
grouped AS ({running_sql("change", "asked", groups, COUNTED)}),
summed AS ({running_sql("change", "asked_of_whole", whole, COUNTED)}),
found AS ({_by_kinds("grouped", "peer, ")}),
whole_found AS ({_by_kinds("summed", "")}),
level AS (
  SELECT as_of, window_days, undirected, by_inspector, (problems + 1) / (visits + {WHOLE_PRIOR}) AS problems_rate,
    (serious + 1) / (visits + {WHOLE_PRIOR}) AS serious_rate, problems / nullif(usual_problems, 0) AS problems_level,
    serious / nullif(usual_serious, 0) AS serious_level
  FROM (
    SELECT as_of, window_days, undirected, 2 * compared > visits AS by_inspector, usual_problems, usual_serious,
      CASE WHEN 2 * compared > visits THEN compared ELSE visits END AS visits,
      CASE WHEN 2 * compared > visits THEN compared_problems ELSE problems END AS problems,
      CASE WHEN 2 * compared > visits THEN compared_serious ELSE serious END AS serious
    FROM whole_found)),
rated AS (
  SELECT f.peer, f.as_of, f.window_days, f.undirected, CASE WHEN l.by_inspector THEN f.compared ELSE f.visits END AS visits,
    CASE WHEN l.by_inspector THEN f.compared_problems ELSE f.problems END AS problems,
    CASE WHEN l.by_inspector THEN f.usual_problems * l.problems_level ELSE f.visits * l.problems_rate END AS expected_problems,
    CASE WHEN l.by_inspector THEN f.compared_serious ELSE f.serious END AS serious,
    CASE WHEN l.by_inspector THEN f.usual_serious * l.serious_level ELSE f.visits * l.serious_rate END AS expected_serious
  FROM found f JOIN level l ON l.as_of = f.as_of AND l.window_days = f.window_days AND l.undirected = f.undirected)
SELECT o.enterprise_id, o.as_of, o.record_id, l.window_days, l.undirected, coalesce(r.visits, 0) AS visits,
  coalesce(r.problems, 0) AS problems, coalesce(r.expected_problems, 0) AS expected_problems, l.problems_rate,
  coalesce(r.serious, 0) AS serious, coalesce(r.expected_serious, 0) AS expected_serious, l.serious_rate
FROM own o JOIN level l ON l.as_of = o.as_of
LEFT JOIN rated r ON r.peer = o.peer AND r.as_of = o.as_of AND r.window_days = l.window_days AND r.undirected = l.undirected"""

    return build


def _by_kinds(counts: str, group: str) -> str:
    """The counts of undirected visits alone, and (not ``undirected``) those of visits of any kind."""
    whole = ", ".join(f"CAST({name} AS DOUBLE) AS {name}" for name in COUNTED)
    added = ", ".join(f"CAST(sum({name}) AS DOUBLE) AS {name}" for name in COUNTED)
    return (
        f"SELECT {group}as_of, window_days, true AS undirected, {whole} FROM {counts} WHERE undirected "
        f"UNION ALL SELECT {group}as_of, window_days, false AS undirected, {added} FROM {counts} GROUP BY {group}as_of, window_days"
    )


def _report_due(moments: str, periods: EffectPeriods, common: Common) -> str:
    back = ", ".join(f"({years})" for years in range(DUE_REPORTS + 2))
    return f"""
WITH own AS (
  SELECT enterprise_id, as_of, record_id, known_date, arrival, registered_capital, established_date FROM {common.registered}),
due AS (
  SELECT o.*, year(o.as_of) - b.back AS year, make_date(year(o.as_of) - b.back + 1, 6, 30) AS due_date
  FROM own o CROSS JOIN (VALUES {back}) b (back)
  WHERE make_date(year(o.as_of) - b.back + 1, 6, 30) < o.as_of
    AND year(o.as_of) - b.back >= year(o.established_date) AND year(o.as_of) - b.back >= {FIRST_REPORT_YEAR}
    AND year(o.as_of) - b.back > year(o.as_of - INTERVAL 6 MONTH) - {DUE_REPORTS + 1}),
filed AS (SELECT enterprise_id, as_of, year, event_date, known_date, arrival, record_id, assets, revenue, tax, employees,
    row_number() OVER (PARTITION BY enterprise_id, as_of, year ORDER BY event_date, known_date, arrival) AS nth
  FROM ({live_sql("annual_report", moments, periods)}) WHERE year > year(as_of - INTERVAL 6 MONTH) - {DUE_REPORTS + 1})
SELECT d.enterprise_id, d.as_of, coalesce(f.record_id, d.record_id) AS record_id,
  coalesce(f.known_date, d.known_date) AS known_date, coalesce(f.arrival, d.arrival) AS arrival, d.year, d.due_date,
  f.event_date AS filed_date, f.event_date IS NULL AS missing, coalesce(f.event_date > d.due_date, false) AS late,
  coalesce(f.assets = 0 AND f.revenue = 0 AND f.tax = 0, false) AS all_zero,
  coalesce(d.registered_capital >= 10000 AND (f.tax = 0 OR f.revenue < 100 OR f.employees = 0), false) AS implausible
FROM due d LEFT JOIN filed f ON f.enterprise_id = d.enterprise_id AND f.as_of = d.as_of AND f.year = d.year AND f.nth = 1"""


def _dishonest_listing(moments: str, periods: EffectPeriods, common: Common) -> str:
    subjects = f"(SELECT enterprise_id AS subject_id, as_of FROM {moments})"
    return (
        "SELECT subject_id AS enterprise_id, as_of, record_id, start_date, known_date, arrival, end_date, case_number "
        f"FROM ({live_sql('dishonest_debtor', subjects, periods)}) WHERE subject_kind = 'enterprise'"
    )


def _self_reported_honour(moments: str, periods: EffectPeriods, common: Common) -> str:
    """Of every claim the newest answer; and, where none has come since, that it was submitted and waits."""
    return f"""
WITH step AS (
  SELECT *, stage = 'submitted' AS waits,
    max(event_date) FILTER (stage <> 'submitted') OVER (PARTITION BY enterprise_id, as_of, claim_id) AS answered
  FROM ({live_sql("honour_claim", moments, periods)})
  WHERE stage IN ('submitted', 'verified', 'rejected', 'withdrawn'))
SELECT enterprise_id, as_of, record_id, event_date, known_date, arrival, claim_id, stage, kind AS claim_kind, method, expiry_date
FROM step
WHERE NOT waits OR answered IS NULL OR event_date > answered
QUALIFY row_number() OVER (
  PARTITION BY enterprise_id, as_of, claim_id, waits ORDER BY {newest_first_sql("event_date")}) = 1"""


def _investment(moments: str, periods: EffectPeriods, common: Common) -> str:
    """The enterprise's own shares in other enterprises, ended ones too."""
    holders = f"(SELECT enterprise_id AS holder_id, as_of FROM {moments})"
    return (
        "SELECT holder_id AS enterprise_id, as_of, record_id, start_date, known_date, arrival, end_date, share "
        f"FROM ({live_sql('shareholding', holders, periods, key='holder_id')}) WHERE holder_kind = 'enterprise'"
    )


PEER_COLUMNS = (
    "window_days", "undirected", "visits", "problems", "expected_problems", "problems_rate", "serious", "expected_serious", "serious_rate",
)  # fmt: skip
"""Of a group: visits, those with a problem (with a serious one), how many that would be as elsewhere, and the rate of the whole."""

_DERIVED = (
    Relation("address_firms", Label("同一住所的企业", "enterprises at the same address"), ("firms", "abnormal_firms"),
             ("enterprise", "abnormal_listing"), "others", None, _address_firms, whole=True),
    Relation("post_holder", Label("任职人员", "post-holders"),
             ("start_date", "person_id", "person_name", "role", "firms", "revoked_firms"), ("position", "enterprise"), "others", "start_date",
             _post_holder, whole=True),
    Relation("dishonest_post_holder", Label("现为失信被执行人的任职人员", "post-holders now listed as dishonest judgment debtors"),
             ("start_date", "person_id", "person_name", "role", "enterprise_kind"), ("position", "dishonest_debtor"), "others", "start_date",
             _dishonest_post_holder, whole=False),
    Relation("registration", Label("现登记情况", "the registration as it stands"), ("valid_from", "status", "enterprise_kind"), ("enterprise",), "own",
             "valid_from", _registration, whole=False),
    Relation("linked_enterprise", Label("关联企业", "linked enterprises"),
             ("linked_id", "hops", "weight", "serious_listings", "abnormal_listings", "penalties", "dishonest_listings", "adverse"),
             ("position", "shareholding", "serious_listing", "abnormal_listing", "penalty", "dishonest_debtor"), "others", None, _linked_enterprise, whole=True, by_days=True,
             one_of=(("position", "shareholding"), ("serious_listing", "abnormal_listing", "penalty", "dishonest_debtor"))),
    Relation("industry_peer", Label("同行业", "industry peers"), PEER_COLUMNS, ("enterprise", "inspection"), "peers", None,
             _peer(INDUSTRY_DIVISION), whole=True),
    Relation("region_peer", Label("同区域", "regional peers"), PEER_COLUMNS, ("enterprise", "inspection"), "peers", None,
             _peer("division"), whole=True),
    Relation("report_due", Label("应报年报", "annual reports due"),
             ("year", "due_date", "filed_date", "missing", "late", "all_zero", "implausible"), ("enterprise", "annual_report"), "own", "due_date",
             _report_due, whole=False),
    Relation("dishonest_listing", Label("企业失信被执行信息", "the enterprise's own dishonest-debtor listing"),
             ("start_date", "end_date", "case_number"), ("dishonest_debtor",), "own", "start_date", _dishonest_listing, whole=False),
    Relation("self_reported_honour", Label("自主上报的增信信息", "honours that the enterprise reported itself"),
             ("event_date", "claim_id", "stage", "claim_kind", "method", "expiry_date"), ("honour_claim",), "own", "event_date",
             _self_reported_honour, whole=False),
    Relation("investment", Label("对外投资", "shares the enterprise holds in others"), ("start_date", "end_date", "share"), ("shareholding",),
             "own", "start_date", _investment, whole=True),
    Relation("adjusted_inspection", Label("检查结果与检查人员通常结果之差", "inspections against what their inspectors usually find"),
             ADJUSTED_COLUMNS, ("inspection",), "own", "event_date", adjusted_inspection, whole=True),
    Relation("linked_inspection", Label("同一股东、同名或同址企业的检查", "inspections of enterprises with the same holder, name or address"),
             (*ADJUSTED_COLUMNS, "via", "linked_id"), ("inspection", "enterprise", "shareholding"), "others", "event_date", linked_inspection, whole=True),
)  # fmt: skip

PEERS = ("industry_peer", "region_peer")
"""Relations whose figures are those of groups of enterprises and may be others every day (`Common.peer_visits`)."""

VISIT_COUNTS = frozenset({*PEERS, "adjusted_inspection", "linked_inspection"})
"""Relations that read the tables about all visits (`riskml.features.common.visit_statements`)."""

DERIVED: dict[str, Relation] = {relation.name: relation for relation in _DERIVED}
"""Every derived relation by name."""


def relation_names() -> tuple[str, ...]:
    """The record tables about one enterprise, and the derived relations."""
    return (*(name for name, table in TABLES.items() if table.subject == "enterprise_id"), *DERIVED)


def relation_columns(name: str) -> tuple[str, ...]:
    """The columns an indicator may use: never who looked, nor when the regulator learnt of it."""
    if name in DERIVED:
        return DERIVED[name].columns
    hidden = {"enterprise_id", "known_date", "source", "arrival"}
    return tuple(column.name for column in live_columns(name).values() if not column.identity and column.name not in hidden)


def relation_date(name: str) -> str | None:
    """The column that windows refer to."""
    return DERIVED[name].date if name in DERIVED else TABLES[name].date_column


def newest_first(name: str) -> str:
    """The terms of an ORDER BY that puts the relation's newest row first; rows without a date go by the id of their record."""
    date = relation_date(name)
    return newest_first_sql(date) if date else "record_id DESC"


def order_columns(name: str) -> tuple[str, ...]:
    """The columns that `newest_first` reads."""
    date = relation_date(name)
    return (date, "known_date", "arrival") if date else ()


def is_received(name: str, received: Collection[str]) -> bool:
    """Whether enough of what the relation reads was ever received for anything to be known of it."""
    groups = DERIVED[name].one_of if name in DERIVED else ()
    free = {table for group in groups for table in group}
    return all(table in received for table in relation_inputs(name) if table not in free) and all(
        any(table in received for table in group) for group in groups
    )


def missing_inputs(names: Iterable[str], received: Collection[str]) -> dict[str, tuple[str, ...]]:
    """Relation → the record tables that it would read and that were never received, where it is found without them."""
    found = {name: tuple(table for table in relation_inputs(name) if table not in received) for name in names}
    return {name: tables for name, tables in found.items() if tables and is_received(name, received)}


def relation_inputs(name: str) -> tuple[str, ...]:
    """The record tables that must have been received for anything to be known of `name`."""
    return DERIVED[name].inputs if name in DERIVED else (name,)


def window_date(name: str) -> str:
    """The column or expression that windows compare: of a record table when the information began to be in effect, ``as_of`` while it runs on."""
    if name not in DERIVED:
        return "effective_date"
    day = DERIVED[name].date or ""
    return f"CASE WHEN end_date IS NULL THEN as_of ELSE {day} END" if "end_date" in DERIVED[name].columns else day


def relation_about(name: str) -> About:
    """Whose conduct it tells of; a record table holds what is on record about the enterprise itself."""
    return DERIVED[name].about if name in DERIVED else "own"


def is_whole(name: str) -> bool:
    """Whether the relation reads records of enterprises beyond those asked for."""
    return name in DERIVED and DERIVED[name].whole


def is_by_days(name: str) -> bool:
    """Whether the relation is found a few as-of dates at a time."""
    return name in DERIVED and DERIVED[name].by_days


def relation_sql(name: str, moments: str, periods: EffectPeriods, common: Common | None = None) -> str:
    """The rows of a record table or derived relation for the moments asked for.

    Parameters
    ----------
    common
        Tables of what several relations have in common, where they were made before.
    """
    if name not in DERIVED:
        return live_sql(name, moments, periods)
    return DERIVED[name].build(moments, periods, common or Common.of(moments, periods))
