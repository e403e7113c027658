"""What the policy as it now stands would do to the last run: which enterprises would have another grade, and how many.

Records, decisions and the model are the same on both sides; only the policy differs. Nothing is published.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, replace
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.engines.duckdb import connect, parquet
from riskml.features.matrix import MatrixBuilder
from riskml.records.store import open_store
from riskml.runs.method_in_use import model_of
from riskml.runs.published import PublishedRun
from riskml.runs.score_block import BlockScorer
from riskml.schemes.decisions import Decision, decisions_hash, in_force, read_decisions, somebody_elses
from riskml.schemes.grade import grade_block, held_ranks
from riskml.schemes.methods.method import Method
from riskml.schemes.methods.points import ItemMethod
from riskml.schemes.policy import Policy, load_policy
from riskml.schemes.policy_changes import PolicyChange, policy_changes
from riskml.schemes.rules import fired_rules_sql
from riskml.training.model_method import ModelMethod

_GRADED = ("enterprise_id", "grade", "decided_by")


@dataclass(frozen=True)
class PolicyPreview:
    """What a policy would change.

    Parameters
    ----------
    run
        The run it is seen on.
    changes
        How the policy differs from the one that the run was made by.
    moved
        Those whose grade would be another one, by code: enterprise_id, grade, decided_by, new_grade, new_decided_by;
        null where it is, or would be, out of the scope.
    enterprises
        How many were looked at.
    """

    run: PublishedRun
    policy: Policy
    changes: tuple[PolicyChange, ...]
    moved: pa.Table
    enterprises: int

    @cached_property
    def movements(self) -> list[tuple[str | None, str | None, int]]:
        """From which grade to which how many would move, in the order of the grades."""
        counted = self.moved.group_by(["grade", "new_grade"]).aggregate([([], "count_all")]).to_pylist()
        place = {grade: rank for rank, grade in enumerate((*self.policy.scheme.grade_names, *self.run.grades, None))}
        found = [(one["grade"], one["new_grade"], one["count_all"]) for one in counted]
        return sorted(found, key=lambda one: (place[one[0]], place[one[1]]))

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "scheme": self.run.scheme, "as_of": self.run.as_of.isoformat(), "policy": self.policy.digest,
            "policy_of_run": self.run.manifest.policy, "changes": [vars(one) for one in self.changes],
            "enterprises": self.enterprises, "moved": len(self.moved),
            "movements": [{"from": one, "to": other, "enterprises": count} for one, other, count in self.movements],
            "moved_enterprises": self.moved.to_pylist(),
        }  # fmt: skip


def preview_policy(workspace: Workspace, run: PublishedRun, on_progress: Progress) -> PolicyPreview:
    """Grade the enterprises of a run by the policy in the workspace.

    Scores are the run's. They are computed anew, by the run's own model, where effect periods or the records differ.

    Raises
    ------
    ConfigurationError
        Where the policy is wrong.
    RunError
        Where the run, or what it carries, is damaged.
    """
    policy = load_policy(workspace, run.scheme)
    changes = policy_changes(run.policy, policy)
    decisions = in_force(read_decisions(workspace.ledger), run.as_of)
    store = open_store(workspace.records)
    connection = connect(workspace.spill)
    run.open_view(connection, "grades", "run_grades")
    ((enterprises,),) = connection.execute("SELECT count(*) FROM run_grades").fetchall()
    if not changes:
        nobody = connection.sql(f"SELECT {', '.join(_GRADED)} FROM run_grades WHERE false").to_arrow_table()
        return PolicyPreview(run, policy, (), _moved(connection, nobody, nobody), int(enterprises))
    same = store.digest == run.manifest.records and decisions_hash(decisions) == run.manifest.decisions
    others = somebody_elses(decisions, run.scheme)
    seen = _Seen(
        run, MatrixBuilder(connection, store, run.method.system, policy.periods, others), decisions, on_progress
    )
    rescored = run.model is None or (policy.periods, policy.scheme.scope) != (
        run.policy.periods,
        run.policy.scheme.scope,
    )
    before = (
        connection.sql(f"SELECT {', '.join(_GRADED)} FROM run_grades").to_arrow_table()
        if same
        else seen.by(run.policy, rescored)
    )
    return PolicyPreview(run, policy, changes, _moved(connection, before, seen.by(policy, rescored)), int(enterprises))


@dataclass(frozen=True)
class _Seen:
    """A run's enterprises with the records as they now are."""

    run: PublishedRun
    builder: MatrixBuilder
    decisions: tuple[Decision, ...]
    on_progress: Progress

    def by(self, policy: Policy, rescored: bool) -> pa.Table:
        """Their grades by a policy: `_GRADED`."""
        method, connection = self._method(policy), self.builder.connection
        builder = replace(self.builder, periods=policy.periods, system=method.system)  # items are the policy's own
        builder.ask_registered(self.run.as_of, policy.scheme.in_scope_sql)
        rules = fired_rules_sql(policy.scheme, "all_entity_dates", policy.periods, builder.store.tables, self.decisions)
        connection.execute(f"CREATE OR REPLACE TABLE fired AS {rules.sql}")
        if rescored:
            builder.prepare()
            graded = builder.each_bucket(partial(self._scored, policy, method), range(builder.store.buckets))
            parts = [part for _, part in graded]
        else:
            parts = [self._kept(policy, path) for path in self.run.parts("grades")]
        self.on_progress("grades", 1, 1)
        return pa.concat_tables(parts)

    def _method(self, policy: Policy) -> Method:
        """What scores by a policy: its own items, or the model of the run."""
        model = model_of(self.run.method)
        return ItemMethod(policy.scheme) if model is None else ModelMethod(model, policy.scheme)

    def _kept(self, policy: Policy, path: Path) -> pa.Table:
        """The grades of one part of the run, by the scores that it published."""
        held = pq.ParquetFile(path).read(columns=["enterprise_id", "band", "score", "score_without_peer_rates"])
        fired = _fired(self.builder.connection, f"SELECT enterprise_id FROM {parquet([path])}")
        ids, ranks = held["enterprise_id"].to_pylist(), held_ranks(policy.scheme, held)
        return grade_block(policy.scheme, ids, held["score"].to_numpy(), fired, self.decisions, bands=ranks).select(
            _GRADED
        )

    def _scored(self, policy: Policy, method: Method, builder: MatrixBuilder, bucket: int) -> pa.Table:
        """The grades of one bucket, scored anew; called in several threads."""
        scorer = BlockScorer(method, policy.scheme, self.decisions)
        block = builder.block(bucket)
        ids = block.keys["enterprise_id"].to_pylist()
        nowhere = pa.nulls(len(ids), pa.string())
        fired = _fired(builder.connection, "SELECT enterprise_id FROM entity_dates")
        return scorer.score(ids, block.values, nowhere, fired, lambda _stage: nullcontext())["grades"].select(_GRADED)


def _fired(connection: duckdb.DuckDBPyConnection, among: str) -> pa.Table:
    return connection.sql(
        f"SELECT f.* FROM fired f WHERE f.enterprise_id IN ({among}) ORDER BY f.enterprise_id, f.rule"
    ).to_arrow_table()


def _moved(connection: duckdb.DuckDBPyConnection, before: pa.Table, after: pa.Table) -> pa.Table:
    """Those whose grades differ, null where somebody is not in the scope."""
    connection.register("before_policy", before)
    connection.register("after_policy", after)
    return connection.sql(
        "SELECT enterprise_id, b.grade, b.decided_by, a.grade AS new_grade, a.decided_by AS new_decided_by "
        "FROM before_policy b FULL JOIN after_policy a USING (enterprise_id) WHERE a.grade IS DISTINCT FROM b.grade "
        "ORDER BY enterprise_id"
    ).to_arrow_table()
