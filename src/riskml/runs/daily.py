"""The daily run: only what changed since the last run is computed anew; what is published equals a full run to the last
byte (where that run was Spark's: but for the last digits of the figures taken over).

An enterprise is *touched* where its records, or those that its relations reach, may have changed: all of it is computed
anew. It has *crossed* where nothing happened but days passed, and one of its values came to the other side of a
threshold of the model: it is scored from the indicators published before. Of all others only the days move on.
"""

from __future__ import annotations

import hashlib
from datetime import date
from functools import cached_property, partial
from typing import Any

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
from numpy.typing import NDArray

from riskml import __version__
from riskml.core.errors import RiskmlError, RunError
from riskml.core.locks import exclusive
from riskml.core.workspace import Workspace
from riskml.features.changed import Changes, Condition, not_covered
from riskml.features.compile import aggregate_sql, relations_used, rows_sql
from riskml.features.matrix import MatrixBuilder
from riskml.features.time_features import find_time_features, threshold_crossed
from riskml.records.buckets import bucket_sql
from riskml.records.live import live_sql
from riskml.records.load_delta import loads_digest, open_load_delta
from riskml.relations.catalogue import PEERS
from riskml.runs.as_of import refuse_impossible_day
from riskml.runs.layout import TABLES, RunFolder
from riskml.runs.method_in_use import method_in_use
from riskml.runs.published import PublishedRun, published_days, published_run
from riskml.runs.result import Daily, RunResult
from riskml.runs.run import Progress, Run
from riskml.runs.run_manifest import MANIFEST
from riskml.runs.table_ops import dated, joined, only, with_evidence, without
from riskml.schemes.policy import Policy, load_policy
from riskml.schemes.rules import time_dependent_expressions
from riskml.training.model import Model
from riskml.training.model_method import ModelMethod
from riskml.treeshap.trees import NotCoveredError, read_trees

Floats = NDArray[np.float64]


def score_daily(
    workspace: Workspace, scheme_name: str, as_of: date, on_progress: Progress, *, revision_reason: str | None = None
) -> RunResult:
    """Grade everyone registered at `as_of`, going on from the last run before it, and publish the run.

    Where a full run cannot be done without, one is made, and the result's `daily` says why. `revision_reason` as
    `riskml.runs.score.score` has it.

    Raises
    ------
    ConfigurationError, RunError
        As `riskml.runs.score.score` does.
    """
    policy = load_policy(workspace, scheme_name)
    method = method_in_use(workspace, policy)
    folder = RunFolder(workspace, scheme_name, as_of)
    with exclusive(workspace.runs / scheme_name / "run.lock"):
        base, why = _base(folder)
        run = (
            DailyRun(workspace, policy, method, folder, on_progress, base)
            if base and isinstance(method, ModelMethod)
            else None
        )
        if base is not None and run is None:
            why = ("计分、计数的办法每次全部重算", "a scheme that adds points or counts is computed whole")
        why = run.why_full() if run else why
        if run is None or why is not None:
            full = Run(workspace, policy, method, folder, on_progress)
            full.daily = Daily(None, why, 0, 0)
            return full.publish(revision_reason)
        return run.publish(revision_reason)


def _base(folder: RunFolder) -> tuple[PublishedRun | None, tuple[str, str] | None]:
    """The last published run before this one's date, or why there is none to go on from."""
    days = [day for day in published_days(folder.workspace, folder.scheme) if day < folder.as_of]
    if not days:
        return None, ("之前没有已发布的结果", "there is no published run before")
    try:
        return published_run(folder.workspace, folder.scheme, days[-1]), None
    except RunError as error:
        return None, (error.zh, error.en)


class DailyRun(Run):
    """A run that goes on from `before`."""

    def __init__(
        self,
        workspace: Workspace,
        policy: Policy,
        method: ModelMethod,
        folder: RunFolder,
        on_progress: Progress,
        before: PublishedRun,
    ) -> None:
        super().__init__(workspace, policy, method, folder, on_progress)
        self.model: Model = method.model
        self.before = before
        self.days = (folder.as_of - before.as_of).days
        self.rules = tuple(
            Condition(one.from_, time_dependent_expressions(one))
            for rule in self.scheme.applied
            for one in rule.circumstances
        )
        self.time_features = find_time_features(method.system)
        self.changes = Changes(
            self.connection, method.system, policy.periods, self.rules, self.store.tables, before.as_of, folder.as_of
        )
        self.crossed: dict[int, dict[str, pa.Table]] = {}

    def why_full(self) -> tuple[str, str] | None:
        """Why the run before cannot be gone on from, in Chinese and in English; None where it can."""
        known, loads = self.before.manifest, self.store.loads
        if known.riskml != __version__ or known.loads is None:
            return "上次结果由另一版本的 riskml 作出", "the run before was made by another version of riskml"
        if known.model != self.model.bundle.digest:
            return "模型已更换", "the model is another one"
        if known.policy != self.policy.digest:
            return "办法或影响期已改", "the policy is another one"
        seen = known.loads
        if loads_digest(loads[: seen.count]) != seen.digest:
            return "记录库不是上次所用的那一个", "the record store is not the one that the run before read"
        if {name for load in loads[: seen.count] for name in load["tables"]} != {
            name for load in loads for name in load["tables"]
        }:
            return "收到了以前没有的记录表", "a record table arrived that there was none of before"
        if not open_load_delta(self.connection, self.store, seen.count):
            return "不清楚上次之后各批数据带来了哪些记录", "what the loads since the run before brought is not known"
        if "own_grade" not in pq.read_schema(self.before.parts("grades")[0]).names:
            return "上次结果由另一版本的 riskml 作出", "the run before was made by another version of riskml"
        try:
            for table in TABLES:
                self.before.parts(table)
            read_trees(self.model.bundle.booster_text)
        except (RiskmlError, NotCoveredError) as error:
            return error.zh, error.en
        return not_covered(self.model.system, self.rules, self.before.as_of, self.folder.as_of)

    def inputs(self) -> dict[str, Any]:
        """What decides the result, and the run gone on from."""
        manifest = (self.before.folder / MANIFEST).read_bytes()
        return {
            **super().inputs(),
            "daily_from": {"as_of": self.before.as_of.isoformat(), "manifest": hashlib.sha256(manifest).hexdigest()},
        }

    def ask(self) -> None:
        """Find the touched and the crossed; ask for the indicators of the touched."""
        with self.timed("changes"):
            self.store.open_views(self.connection)
            self.builder.find_ties(f"(SELECT DATE '{self.folder.as_of}' AS as_of)")
            self.changes.find()
            self._touch_choices()
        with self.timed("clocks"):
            self._find_growing()
            self._find_peer_rates()
            self.connection.execute("CREATE OR REPLACE TABLE unscored (enterprise_id VARCHAR)")
            for bucket, passed in self.builder.each_bucket(self._cross, range(self.store.buckets)):
                self.crossed[bucket] = passed
            self.connection.execute(
                "INSERT INTO touched SELECT DISTINCT enterprise_id FROM unscored WHERE enterprise_id NOT IN (FROM "
                "touched)"
            )
        with self.timed("relations"):
            registered = self.builder.ask_registered(
                self.folder.as_of, f"enterprise_id IN (FROM touched) AND {self.scheme.in_scope_sql}"
            )
            ((kept,),) = self.connection.execute(
                "SELECT count(*) FROM before_grades ANTI JOIN touched USING (enterprise_id)"
            ).fetchall()
            refuse_impossible_day(self.store, self.folder.as_of, registered + kept)
            self.builder.prepare(tied=True)
        self.daily = Daily(
            self.before.as_of, None, registered, sum(len(one["grades"]) for one in self.crossed.values() if one)
        )

    def tables_of(self, builder: MatrixBuilder, bucket: int) -> dict[str, pa.Table]:
        """The bucket's tables: the touched anew, the crossed scored, the days of all others moved on."""
        anew = super().tables_of(builder, bucket)
        with self.timed("merging", builder.workers):
            touched = self._touched(builder.connection, bucket)
            ids, values = self._later(self._before(builder.connection, "indicators", bucket))
            merged = {
                "indicators": joined("indicators", anew["indicators"], without(self._matrix(ids, values), touched))
            }
            passed = self.crossed.pop(bucket, {})
            gone = pa.chunked_array(
                [*touched.chunks, *(passed["grades"]["enterprise_id"].chunks if passed else ())], pa.string()
            )
            for name in ("grades", "contributions", "reasons", "rules"):
                old = without(self._before(builder.connection, name, bucket), gone)
                if name == "reasons":
                    old = self._moved_reasons(old, ids, values)
                if name == "rules":
                    old = dated(old, self.folder.as_of)
                merged[name] = joined(name, anew[name], old, *([passed[name]] if passed else []))
            return merged

    def _touch_choices(self) -> None:
        """Enterprises whose grade an officer may have decided on: the decision may be new or have expired."""
        self.before.open_view(self.connection, "grades", "before_grades")
        choices = [rule.id for rule in self.scheme.all_rules if rule.effect.kind == "officer_choice"]
        self.connection.execute(
            "INSERT INTO touched SELECT enterprise_id FROM before_grades WHERE list_has_any(rules, CAST($1 AS "
            "VARCHAR[])) "
            "AND enterprise_id NOT IN (SELECT enterprise_id FROM touched)",
            [choices],
        )
        decided = [decision.enterprise_id for decision in self.decisions if decision.scheme == self.scheme.id]
        self.connection.execute(
            "INSERT INTO touched SELECT enterprise_id FROM before_grades WHERE list_contains(CAST($1 AS VARCHAR[]), "
            "enterprise_id) "
            "AND enterprise_id NOT IN (SELECT enterprise_id FROM touched)",
            [decided],
        )

    def _find_peer_rates(self) -> None:
        """The rates of peers on the as-of date: they may change for everyone, every day."""
        self.peer_rates: dict[int, pa.Table] = {}
        used = [
            relation
            for relation in relations_used(self.model.system)
            if relation in PEERS and self.builder.received(relation)
        ]
        if not used:
            return
        self.builder.ask_registered(self.folder.as_of)
        self.builder.count_visits()
        common = self.builder.common(tied=False)
        for relation in used:
            columns = tuple(column for column in self.model.system.computed if column.indicator.from_ == relation)
            rows = rows_sql(relation, columns, "all_entity_dates", "enterprise_id", self.policy.periods, common)
            found = self.connection.sql(aggregate_sql(columns, f"({rows})", "enterprise_id")).to_arrow_table()
            for place, column in enumerate(self.model.system.columns):
                if column in columns:
                    self.peer_rates[place] = pa.table(
                        {"enterprise_id": found["enterprise_id"], "value": found[column.name].cast(pa.float64())}
                    )

    def _find_growing(self) -> None:
        """Of every growing column, for how long the record that still lasts has lasted, by enterprise."""
        self.growing: dict[int, pa.Table] = {}
        for feature in self.time_features:
            relation, indicator = feature.column.indicator.from_ or "", feature.column.indicator
            if not feature.growing or not self.builder.received(relation):
                continue
            entity_dates = f"(SELECT DISTINCT enterprise_id, DATE '{self.folder.as_of}' AS as_of FROM {relation})"
            self.growing[feature.place] = self.connection.sql(
                f"SELECT enterprise_id, max(CAST({indicator.value} AS DOUBLE)) AS value "
                f"FROM ({live_sql(relation, entity_dates, self.policy.periods)}) WHERE ({indicator.where}) AND "
                "end_date IS NULL GROUP BY enterprise_id"
            ).to_arrow_table()

    @property
    def moving(self) -> tuple[int, ...]:
        """The columns of the matrix whose values may change though no record of the enterprise did."""
        return (*(feature.place for feature in self.time_features), *self.peer_rates)

    def _later(self, table: pa.Table) -> tuple[pa.Array, Floats]:
        """The enterprises of a bucket's indicators before, and their indicators as they are now; right for all that are
        not touched.
        """
        ids = table["enterprise_id"].combine_chunks()
        values = np.empty((len(ids), len(self.model.bundle.columns)), order="F")
        for place, name in enumerate(self.model.bundle.columns):
            values[:, place] = table[name].to_numpy()
        for feature in self.time_features:
            if not feature.growing:
                values[:, feature.place] = feature.shifted(values[:, feature.place], self.days)
        for place, lasting in self.growing.items():
            rows, found = _placed(lasting, ids)
            values[rows, place] = np.fmax(values[rows, place], found)
        for place, rates in self.peer_rates.items():
            rows, found = _placed(rates, ids)
            values[rows, place] = found
        return ids, values

    def _cross(self, builder: MatrixBuilder, bucket: int) -> dict[str, pa.Table]:
        """Score those whose values moved past a threshold.

        Those with a reason that is new, or rests on other records than before, go into ``unscored``.

        Called in several threads.
        """
        before = self._before(builder.connection, "indicators", bucket)
        ids, after = self._later(before)
        on_other_records = self._on_other_records(builder.connection, bucket, ids, before)
        if len(on_other_records):
            self._leave_to_touched(builder, on_other_records)
        moved = np.zeros(len(ids), dtype=bool)
        for place in self.moving:
            values = before[self.model.bundle.columns[place]].to_numpy()
            moved |= threshold_crossed(values, after[:, place], self.thresholds[place])
        for others in (self._touched(builder.connection, bucket), on_other_records):
            moved &= ~pc.is_in(ids, value_set=others).to_numpy(zero_copy_only=False)
        if not moved.any():
            return {}
        who = ids.filter(pa.array(moved))
        grades, fired, reasons = (
            only(self._before(builder.connection, name, bucket), who) for name in ("grades", "rules", "reasons")
        )
        division = grades["division"].combine_chunks()
        tables = self.scorer.score(
            who.to_pylist(),
            after[moved],
            division,
            dated(fired, self.folder.as_of),
            partial(self.timed, share=builder.workers),
        )
        tables["reasons"], unknown = with_evidence(tables["reasons"], reasons)
        if len(unknown):
            self._leave_to_touched(builder, unknown)
            tables = {name: without(table, unknown) for name, table in tables.items()}
        return tables

    def _leave_to_touched(self, builder: MatrixBuilder, who: pa.Array) -> None:
        """Have enterprises computed anew with the touched."""
        builder.connection.register("left_to_touched", pa.table({"enterprise_id": who}))
        builder.connection.execute("INSERT INTO unscored FROM left_to_touched")
        builder.connection.unregister("left_to_touched")

    def _on_other_records(
        self, connection: duckdb.DuckDBPyConnection, bucket: int, ids: pa.Array, before: pa.Table
    ) -> pa.Array:
        """The enterprises of a bucket whose longest-lasting record is another one than before.

        A record that still lasts has caught up with one that ended, or leaves behind one that was as long.
        """
        reasons = self._before(connection, "reasons", bucket, "enterprise_id", "indicator", "evidence_count")
        several = reasons.filter(pc.greater(reasons["evidence_count"], 1))
        changed = np.zeros(len(ids), dtype=bool)
        for place, lasting in self.growing.items():
            name = self.model.bundle.columns[place]
            tied = several.filter(pc.equal(several["indicator"].cast(pa.string()), name))["enterprise_id"]
            rows, found = _placed(lasting, ids)
            longest = before[name].to_numpy()[rows]
            caught_up = (found >= longest) & (found - self.days < longest)
            left_behind = (found - self.days == longest) & pc.is_in(ids.take(pa.array(rows)), value_set=tied).to_numpy(
                zero_copy_only=False
            )
            changed[rows[caught_up | left_behind]] = True
        return ids.filter(pa.array(changed))

    @cached_property
    def thresholds(self) -> dict[int, Floats]:
        """Of every column that moves the thresholds of the model's trees, ascending."""
        trees, _ = read_trees(self.model.bundle.booster_text)
        return {
            place: np.unique(np.concatenate([np.empty(0), *(tree.threshold[tree.feature == place] for tree in trees)]))
            for place in self.moving
        }

    def _before(self, connection: duckdb.DuckDBPyConnection, name: str, bucket: int, *columns: str) -> pa.Table:
        """One bucket's part of a table of the run before, or some of its columns."""
        return self.before.of_bucket(connection, name, bucket, self.store.buckets, columns)

    def _touched(self, connection: duckdb.DuckDBPyConnection, bucket: int) -> pa.ChunkedArray:
        found = connection.sql(
            f"SELECT enterprise_id FROM touched WHERE {bucket_sql('enterprise_id', self.store.buckets)} = {bucket}"
        ).to_arrow_table()
        return found["enterprise_id"]

    def _matrix(self, ids: pa.Array, values: Floats) -> pa.Table:
        by_name = {name: pa.array(values[:, place]) for place, name in enumerate(self.model.bundle.columns)}
        return pa.table({"enterprise_id": ids, **by_name})

    def _moved_reasons(self, reasons: pa.Table, ids: pa.Array, values: Floats) -> pa.Table:
        """The reasons of the run before with the values of what moved as they are now."""
        shown = reasons["value"].to_numpy().copy()
        rows = pc.index_in(reasons["enterprise_id"], value_set=ids).to_numpy()
        named = reasons["indicator"].cast(pa.string())
        for place in self.moving:
            own = pc.equal(named, self.model.bundle.columns[place]).to_numpy()
            shown[own] = values[rows[own], place]
        return reasons.set_column(reasons.schema.get_field_index("value"), "value", pa.array(shown, from_pandas=True))


def _placed(found: pa.Table, ids: pa.Array) -> tuple[NDArray[np.int64], Floats]:
    """Of the rows of `found` (enterprise_id, value) whose enterprise is among `ids`: where it stands there, and the
    values.
    """
    places = pc.index_in(found["enterprise_id"], value_set=ids)
    here = places.is_valid()
    return places.filter(here).to_numpy().astype(np.int64), found["value"].filter(here).to_numpy()
