"""Explaining one enterprise: from what its run was made by, and the records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from math import isnan

import duckdb

from riskml.core.china_day import china_today
from riskml.core.workspace import Workspace
from riskml.engines.duckdb import connect_reader
from riskml.explaining.citations import Evidence
from riskml.explaining.computed import explain_anew
from riskml.explaining.evidence_reader import EvidenceReader
from riskml.explaining.explain import named_by_rule
from riskml.explaining.explanation import Change, Explanation, LocalIndustry, PublishedInstead, Updated
from riskml.features.matrix import MatrixBuilder
from riskml.records.buckets import bucket_of
from riskml.records.industry_codes import covered_sql
from riskml.records.live import current_enterprise_sql
from riskml.records.store import RecordStore, open_store
from riskml.runs.absence import why_absent
from riskml.runs.immediate import Update, read_updates
from riskml.runs.indicators import indicators_of
from riskml.runs.industries import models_in_use
from riskml.runs.method_in_use import method_in_use
from riskml.runs.published import PublishedRun, latest_day, published_days, published_run
from riskml.schemes.decisions import decisions_by_enterprise, in_force, read_decisions, somebody_elses
from riskml.schemes.policy import Policy, load_policy
from riskml.training.model_method import ModelMethod


def explain_one(workspace: Workspace, scheme_name: str, enterprise_id: str, as_of: date | None) -> Explanation:
    """Explain the grade of one enterprise, by the policy and the model of the run as of that date; by those in use
    where there is none.

    Parameters
    ----------
    as_of
        The as-of date; that of the newest published run where None.

    Raises
    ------
    RunError
        Where the enterprise is not among the records at that date.
    """
    day = as_of or latest_day(workspace, scheme_name)
    published = _published(workspace, scheme_name, day)
    policy = load_policy(workspace, scheme_name) if published is None else published.policy
    method = method_in_use(workspace, policy) if published is None else published.method
    industries = models_in_use(workspace, policy) if published is None else published.industries
    store = open_store(workspace.records)
    decisions = read_decisions(workspace.ledger)
    connection = connect_reader(workspace.spill)
    own = tuple(one for one in in_force(decisions, day) if one.enterprise_id == enterprise_id)
    others = somebody_elses(own, scheme_name)
    row = indicators_of(MatrixBuilder(connection, store, method.system, policy.periods, others), enterprise_id, day)
    store.open_views(connection)
    bucket = bucket_of(enterprise_id, store.buckets)
    row_held = published.graded(enterprise_id, bucket) if published else None
    held = None if row_held is None else row_held.to_pylist()[0]
    absent = why_absent(connection, policy, enterprise_id, day) if published and held is None else None
    found = explain_anew(
        method, policy, connection, row, received=store.tables, decisions=decisions, simulated=store.simulated
    )
    changed = _changed(published, store, found, bucket, decisions_by_enterprise(own).get(enterprise_id))
    run = None if published is None or held is None or changed else published.named
    found = replace(found, provenance=replace(found.provenance, run=run))
    for one in industries:
        builder = MatrixBuilder(connection, store, one.model.system, one.periods, others)
        row = indicators_of(builder, enterprise_id, day)
        store.open_views(connection)
        registered = current_enterprise_sql("all_entity_dates", one.periods)
        if connection.execute(f"SELECT 1 FROM ({registered}) WHERE {covered_sql(one.codes)}").fetchall():
            own_policy = replace(policy, scheme=one.scheme)
            industry = explain_anew(
                ModelMethod(one.model, one.scheme),
                own_policy,
                connection,
                row,
                received=store.tables,
                decisions=decisions,
                run=run,
            )
            local = LocalIndustry(one.industry, industry, one.industry.cell(found.grade, industry.grade))
            found = replace(found, local_industry=local)
            break
    if published is None:
        return replace(found, published_instead=PublishedInstead(None, None, None, ()))
    update = read_updates(workspace.ledger, scheme_name, day).get(enterprise_id)
    updated = None if update is None else _updated(update, load_policy(workspace, scheme_name), connection)
    # A run that came later has them: beside an earlier one only those of its update are told.
    until = max(day, china_today()) if day == latest_day(workspace, scheme_name) else (update.as_of if update else day)
    since = tuple(
        one
        for one in in_force(decisions, until)
        if (one.scheme, one.enterprise_id) == (scheme_name, enterprise_id) and one not in own
    )
    found = replace(found, revision=published.revision, updated=updated, decided_since=since)
    if changed or absent:
        graded = held or {}
        instead = PublishedInstead(published.named, graded.get("grade"), graded.get("score"), changed, absent)
        return replace(found, published_instead=instead)
    return found


def _updated(update: Update, policy: Policy, connection: duckdb.DuckDBPyConnection) -> Updated:
    """The last update since the newest run, with the records that its rule rests on."""
    rule = {one.id: one for one in policy.scheme.rules}.get(update.decided_by)
    evidence: Evidence | None = None
    if rule is not None:
        reader = EvidenceReader(connection, policy.periods, update.enterprise_id, update.as_of)
        evidence = reader.of_rule(rule, list(update.evidence)).cited(update.as_of, named_by_rule(rule))
    return Updated(update.as_of, update.was, update.grade, rule, evidence)


def _published(workspace: Workspace, scheme_name: str, day: date) -> PublishedRun | None:
    """The run as of a date, if there is one."""
    return published_run(workspace, scheme_name, day) if day in published_days(workspace, scheme_name) else None


def _changed(
    published: PublishedRun | None, store: RecordStore, found: Explanation, bucket: int, decided: str | None
) -> tuple[Change, ...]:
    """What is not as it was when the run was made.

    Parameters
    ----------
    found
        The explanation from the records as they are now.
    decided
        The digest of the decisions about the enterprise that are in force now; a decision about another one changes
        nothing here.
    """
    if published is None:
        return ()
    then, changed = published.manifest, list[Change]()
    if then.records != store.digest and not _as_published(published, found, bucket):
        changed.append("records")
    if then.decisions_by_enterprise.get(found.subject.enterprise_id) != decided:
        changed.append("decisions")
    return tuple(changed)


def _as_published(published: PublishedRun, found: Explanation, bucket: int) -> bool:
    """Whether the run has the same of an enterprise: indicators, rules and the records that rules and reasons rest on.

    Records that came since then are others', or bear on nothing here; its own and those of related enterprises all
    reach these.
    """
    enterprise_id = found.subject.enterprise_id
    indicators = published.rows("indicators", enterprise_id, bucket)
    if not indicators or any(_value(indicators[0].get(one.name)) != one.value for one in found.indicators):
        return False
    rules = {row["rule"]: row["evidence"] for row in published.rows("rules", enterprise_id, bucket)}
    if {one.rule.id for one in found.rules} != set(rules) or not all(
        _rests_on(one.evidence, rules[one.rule.id], len(rules[one.rule.id])) for one in found.rules
    ):
        return False
    reasons = {row["indicator"]: row for row in published.rows("reasons", enterprise_id, bucket)}
    return all(
        _rests_on(one.evidence, reasons[one.indicator]["evidence"], reasons[one.indicator]["evidence_count"])
        for one in (*found.raised, *found.lowered)
        if one.indicator in reasons
    )


def _value(published: float | None) -> float | None:
    return None if published is None or isnan(published) else published


def _rests_on(evidence: Evidence, records: Sequence[str], count: int) -> bool:
    """Whether evidence is so many records, and among them these; both list the newest, of which one lists more."""
    cited = {one.record_id for one in evidence.cited}
    return evidence.count == count and (cited <= set(records) or cited >= set(records))
