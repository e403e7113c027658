"""Explaining one enterprise: from what its run was made by, and the records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from functools import cached_property
from math import isnan
from typing import Any

import duckdb

from riskml.core.china_day import china_today
from riskml.core.workspace import Workspace
from riskml.engines.duckdb import connect_reader
from riskml.explaining.citations import Evidence
from riskml.explaining.computed import compute, explain_anew
from riskml.explaining.evidence_reader import MOMENT, StoreReader
from riskml.explaining.explain import explain, named_by_rule
from riskml.explaining.explanation import Change, Explanation, LocalIndustry, PublishedInstead, Updated
from riskml.explaining.own_records import OwnRecords, relations_told
from riskml.records.buckets import bucket_of
from riskml.records.industry_codes import covered_sql
from riskml.records.live import current_enterprise_sql
from riskml.records.lookup import Lookup
from riskml.records.store import RecordStore, open_store
from riskml.relations.common import Listing
from riskml.relations.neighbourhood import is_within_reach
from riskml.runs.absence import why_absent
from riskml.runs.found_published import HeldRows
from riskml.runs.immediate import Update, read_updates
from riskml.runs.industries import IndustryModel, models_in_use
from riskml.runs.method_in_use import method_in_use
from riskml.runs.published import PublishedRun, latest_day, published_days, published_run
from riskml.runs.records_around import Around, relations_read
from riskml.schemes.decisions import Decision, decisions_by_enterprise, in_force, read_decisions, somebody_elses
from riskml.schemes.methods.method import Method
from riskml.schemes.policy import Policy, load_policy
from riskml.training.model_method import ModelMethod


def explain_one(workspace: Workspace, scheme_name: str, enterprise_id: str, as_of: date | None) -> Explanation:
    """Explain the grade of one enterprise, by the policy and the model of the run as of that date; by those in use
    where there is none.

    What a run published is read from it where the records and the decisions are those that it was made of; otherwise it
    is computed anew, and compared with what was published.

    Parameters
    ----------
    as_of
        The as-of date; that of the newest published run where None.

    Raises
    ------
    RunError
        Where the enterprise is not among the records at that date.
    """
    asked = _Asked.of(workspace, scheme_name, enterprise_id, as_of or latest_day(workspace, scheme_name))
    published, held = asked.published, asked.held
    changed: tuple[Change, ...] = ()
    if published is not None and held is not None and asked.is_as_read_by(published):
        found = asked.read(published, held)
    else:
        found = asked.computed(asked.method, asked.policy)
        changed = asked.changed(found)
    run = None if published is None or held is None or changed else published.named
    found = replace(found, provenance=replace(found.provenance, run=run))
    found = replace(found, local_industry=asked.local_industry(found, run))
    if published is None:
        return replace(found, published_instead=PublishedInstead(None, None, None, ()))
    found = replace(found, revision=published.revision, updated=asked.updated(), decided_since=asked.decided_since())
    if held is not None and not changed:
        return found
    graded: dict[str, Any] = held or {}
    absent = None if held is not None else why_absent(asked.connection, asked.policy, enterprise_id, asked.day)
    instead = PublishedInstead(published.named, graded.get("grade"), graded.get("score"), changed, absent)
    return replace(found, published_instead=instead)


@dataclass(frozen=True)
class _Asked:
    """One enterprise at one date, with what it is answered from.

    Parameters
    ----------
    published
        The run as of the date, if there is one.
    policy, method, industries
        Those of the run, or those in use.
    decisions
        Every officer's decision on file.
    """

    workspace: Workspace
    scheme: str
    enterprise_id: str
    day: date
    published: PublishedRun | None
    policy: Policy
    method: Method
    industries: tuple[IndustryModel, ...]
    store: RecordStore
    decisions: tuple[Decision, ...]

    @classmethod
    def of(cls, workspace: Workspace, scheme: str, enterprise_id: str, day: date) -> _Asked:
        """What is asked about; by what graded it, if anything did."""
        there = day in published_days(workspace, scheme)
        published = published_run(workspace, scheme, day) if there else None
        policy = published.policy if published else load_policy(workspace, scheme)
        method = published.method if published else method_in_use(workspace, policy)
        industries = published.industries if published else models_in_use(workspace, policy)
        return cls(
            workspace,
            scheme,
            enterprise_id,
            day,
            published,
            policy,
            method,
            industries,
            open_store(workspace.records),
            read_decisions(workspace.ledger),
        )

    @cached_property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The whole store, with the enterprise and the date as `MOMENT`; opened only where something is computed."""
        connection = connect_reader(self.workspace.spill)
        self.store.open_views(connection)
        StoreReader(connection, self.policy.periods, self.enterprise_id, self.day)
        return connection

    @cached_property
    def applying(self) -> tuple[Decision, ...]:
        """The decisions in force at the date."""
        return in_force(self.decisions, self.day)

    @cached_property
    def own(self) -> tuple[Decision, ...]:
        """Those of them that are about the enterprise."""
        return tuple(one for one in self.applying if one.enterprise_id == self.enterprise_id)

    @cached_property
    def others(self) -> tuple[Listing, ...]:
        """Listings of persons that are not its post-holders."""
        return somebody_elses(self.own, self.scheme)

    @cached_property
    def bucket(self) -> int:
        """Its bucket in the store."""
        return bucket_of(self.enterprise_id, self.store.buckets)

    @cached_property
    def held(self) -> dict[str, Any] | None:
        """What the run grades it, if it does."""
        rows = self.published.rows("grades", self.enterprise_id, self.bucket) if self.published else []
        return rows[0] if rows else None

    @property
    def around(self) -> Around:
        """Where its records are."""
        return Around(self.enterprise_id, self.day, self.others, self.policy.periods, self.store, self.workspace)

    @property
    def decided(self) -> str | None:
        """The digest of the decisions about the enterprise that are in force; a decision about another one changes
        nothing here.
        """
        return decisions_by_enterprise(self.own).get(self.enterprise_id)

    def is_as_read_by(self, published: PublishedRun) -> bool:
        """Whether records and decisions are those that the run was made of."""
        then = published.manifest
        return then.records == self.store.digest and self.decided == then.decisions_by_enterprise.get(
            self.enterprise_id
        )

    def read(self, published: PublishedRun, graded: dict[str, Any]) -> Explanation:
        """The explanation of what was published, from the run and the enterprise's records."""
        received, scheme = self.store.tables, self.policy.scheme
        held = HeldRows.of(published, graded, self.enterprise_id, self.bucket)
        relations = held.relations(scheme, self.applying) | relations_told(scheme)
        with self.around.opened(relations) as (reader, statements):
            own = OwnRecords.read(statements, MOMENT, self.policy, self.enterprise_id, self.day, received)
            found = held.found(reader, scheme, self.applying)
        return explain(
            found, self.method, self.policy, own, received, self.applying, run=None, simulated=self.store.simulated
        )

    def computed(self, method: Method, policy: Policy, run: str | None = None) -> Explanation:
        """The explanation computed anew from the records as they are now, by a method and a policy."""
        # Only here: whoever reads what was published waits for no library that computes.
        from riskml.features.matrix import MatrixBuilder
        from riskml.runs.as_of import refuse_future_day
        from riskml.runs.indicators import indicators_of, refuse_unregistered

        received, simulated = self.store.tables, self.store.simulated
        relations = relations_read(method.system, policy.scheme, self.applying) | relations_told(policy.scheme)
        if not is_within_reach(relations):
            builder = MatrixBuilder(self.connection, self.store, method.system, policy.periods, self.others)
            row = indicators_of(builder, self.enterprise_id, self.day)
            self.store.open_views(self.connection)
            return explain_anew(
                method, policy, self.connection, row,
                received=received, decisions=self.decisions, run=run, simulated=simulated,
            )  # fmt: skip
        refuse_future_day(self.store, self.day)
        registrations = Lookup(self.store).rows("enterprise", [self.enterprise_id])
        refuse_unregistered(registrations, self.enterprise_id, self.day)
        with self.around.opened_near(relations) as (reader, statements):
            own = OwnRecords.read(statements, MOMENT, policy, self.enterprise_id, self.day, received)
            found = compute(method, policy, reader, reader.indicators(method.system, received), received, self.applying)
        return explain(found, method, policy, own, received, self.applying, run=run, simulated=simulated)

    def local_industry(self, general: Explanation, run: str | None) -> LocalIndustry | None:
        """The grade of the local industry that covers the enterprise, beside the general one; None where none does."""
        for one in self.industries:
            if self._is_covered(one):
                own_policy = replace(self.policy, scheme=one.scheme)
                found = self.computed(ModelMethod(one.model, one.scheme), own_policy, run)
                return LocalIndustry(one.industry, found, one.industry.cell(general.grade, found.grade))
        return None

    def _is_covered(self, industry: IndustryModel) -> bool:
        registered = current_enterprise_sql(MOMENT, industry.periods)
        covers = f"SELECT 1 FROM ({registered}) WHERE {covered_sql(industry.codes)}"
        with self.around.opened_near(()) as (_, statements):
            return bool(statements.execute(covers).fetchall())

    @cached_property
    def update(self) -> Update | None:
        """Its last immediate update since the run."""
        return read_updates(self.workspace.ledger, self.scheme, self.day).get(self.enterprise_id)

    def updated(self) -> Updated | None:
        """The same with the records that its rule rests on."""
        if self.update is None:
            return None
        return _updated(self.update, load_policy(self.workspace, self.scheme), self.connection)

    def decided_since(self) -> tuple[Decision, ...]:
        """The decisions about it since the run. A run that came later has them: beside an earlier one only those of its
        update are told.
        """
        newest = self.day == latest_day(self.workspace, self.scheme)
        until = max(self.day, china_today()) if newest else self.update.as_of if self.update else self.day
        return tuple(
            one
            for one in in_force(self.decisions, until)
            if (one.scheme, one.enterprise_id) == (self.scheme, self.enterprise_id) and one not in self.own
        )

    def changed(self, found: Explanation) -> tuple[Change, ...]:
        """What is not as it was when the run was made; `found` is computed from the records as they are now."""
        if self.published is None:
            return ()
        then, changed = self.published.manifest, list[Change]()
        if then.records != self.store.digest and not _as_published(self.published, found, self.bucket):
            changed.append("records")
        if then.decisions_by_enterprise.get(self.enterprise_id) != self.decided:
            changed.append("decisions")
        return tuple(changed)


def _updated(update: Update, policy: Policy, connection: duckdb.DuckDBPyConnection) -> Updated:
    """The last update since the newest run, with the records that its rule rests on."""
    rule = {one.id: one for one in policy.scheme.rules}.get(update.decided_by)
    evidence: Evidence | None = None
    if rule is not None:
        reader = StoreReader(connection, policy.periods, update.enterprise_id, update.as_of)
        evidence = reader.of_rule(rule, list(update.evidence)).cited(update.as_of, named_by_rule(rule))
    return Updated(update.as_of, update.was, update.grade, rule, evidence)


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
