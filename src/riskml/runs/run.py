"""How one run is made: asked for, computed bucket by bucket, counted and put in its place."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from threading import Lock
from typing import Any

import duckdb
import pyarrow as pa

from riskml.core.context_pool import ContextPool
from riskml.core.files import sha256
from riskml.core.language import Label
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.engines.duckdb import connect, parquet
from riskml.explaining.evidence import read_evidence
from riskml.features.matrix import MatrixBlock, MatrixBuilder
from riskml.records.references import read_references
from riskml.records.store import RecordStore, open_store
from riskml.relations.catalogue import VISIT_COUNTS
from riskml.runs.as_of import refuse_impossible_day
from riskml.runs.carried import carry
from riskml.runs.immediate import redo_updates
from riskml.runs.industries import models_in_use
from riskml.runs.layout import REPORTS, TABLES, RunFolder
from riskml.runs.method_in_use import model_of
from riskml.runs.policy_log import note_use
from riskml.runs.rates_on_file import keep_rates
from riskml.runs.report import write_report
from riskml.runs.result import RunResult
from riskml.runs.revisions import Revised
from riskml.runs.run_manifest import Revision
from riskml.runs.run_summary import peak_memory_gib, run_inputs, run_summary
from riskml.runs.score_block import EVIDENCE, BlockScorer
from riskml.runs.score_industries import count_industries, grade_industries
from riskml.schemes.decisions import Decision, in_force, read_decisions, somebody_elses
from riskml.schemes.methods.method import Method
from riskml.schemes.policy import Policy
from riskml.schemes.rules import fired_rules_sql
from riskml.training.model_method import ModelMethod


@dataclass(frozen=True)
class Reading:
    """The record store and the engine that reads it; several runs may share them."""

    store: RecordStore
    connection: duckdb.DuckDBPyConnection

    @classmethod
    def of(cls, workspace: Workspace) -> Reading:
        """The store of a workspace, as it now is."""
        return cls(open_store(workspace.records), connect(workspace.spill))


@dataclass(frozen=True)
class Begun:
    """What a run knows of itself before its buckets are made.

    Parameters
    ----------
    inputs
        What decides its result.
    finished
        The parts that an earlier attempt had finished.
    unknown
        The rules of which nothing can be known, with the tables never received.
    """

    inputs: dict[str, Any]
    revised: Revised | None
    finished: set[int]
    unknown: dict[str, tuple[str, ...]]


class Run:
    """One run under way."""

    entity_dates = "all_entity_dates"
    """The table of whom it grades, and when."""
    fired = "fired"
    """The table of the rules that fired for them."""

    def __init__(
        self,
        workspace: Workspace,
        policy: Policy,
        method: Method,
        folder: RunFolder,
        on_progress: Progress,
        reading: Reading | None = None,
    ) -> None:
        self.workspace, self.policy, self.method, self.folder, self.on_progress = (
            workspace,
            policy,
            method,
            folder,
            on_progress,
        )
        self.model = model_of(method)
        reading = reading or Reading.of(workspace)
        self.store, self.connection = reading.store, reading.connection
        self.decisions: tuple[Decision, ...] = in_force(read_decisions(workspace.ledger), folder.as_of)
        others = somebody_elses(self.decisions, policy.scheme.id)
        self.builder = MatrixBuilder(self.connection, self.store, method.system, policy.periods, others)
        self.scheme = policy.scheme
        self.scorer = BlockScorer(method, self.scheme, self.decisions)
        self.industries = models_in_use(workspace, policy)
        self.seconds: dict[str, float] = {}
        self.counting = Lock()

    def publish(self, revision_reason: str | None = None) -> RunResult:
        """Make the run and put it in its place; one of the same date that was made of something else is kept
        beside it.
        """
        self.on_progress("relations", 0, self._steps)
        self.store.verify()
        begun = self.begin()
        buckets = self.store.buckets
        left = [bucket for bucket in range(buckets) if bucket not in begun.finished]
        before = buckets - len(left) + 1
        self.on_progress("scores", before, self._steps)
        for done, _ in enumerate(self.builder.each_bucket(self.make_part, left), before + 1):
            self.on_progress("scores", done, self._steps)
        return self.finish(begun, revision_reason)

    @property
    def _steps(self) -> int:
        """Every part, the relations before them and the report after."""
        return self.store.buckets * (1 + len(self.industries)) + 2

    def begin(self) -> Begun:
        """Ask for everyone's indicators, open the draft and find the rules that fire."""
        inputs = self.inputs()
        revised = Revised.found(self.folder, inputs)
        with ContextPool(1) as aside:
            if isinstance(self.method, ModelMethod):
                aside.submit(self.method.lay_out)  # while the engine reads records, which leaves Python idle
            self.ask()
            finished = self.folder.begin(inputs)
            with self.timed("rules"):
                unknown = self._fire_rules()
        return Begun(inputs, revised, finished, unknown)

    def finish(self, begun: Begun, revision_reason: str | None) -> RunResult:
        """Grade the local industries, write the report and put the run in its place, once all of its buckets
        are made.
        """
        if self.industries:
            self._grade_industries(begun.finished)
        summary, revision = self._report(begun, revision_reason)
        if VISIT_COUNTS & set(self.builder.relations):
            keep_rates(self.workspace, self.store, self.policy.periods, self.folder.as_of, self.connection)
        self._put_in_place(summary, begun.revised, revision)
        redo_updates(self.workspace, self.scheme.id, self.folder.as_of)
        return RunResult(
            scheme=self.scheme.id,
            as_of=self.folder.as_of,
            folder=self.folder.published,
            enterprises=summary["enterprises"],
            grades=summary["grades"],
            industries=summary.get("industry_grades", {}),
            simulated=summary["simulated"],
            seconds=summary["seconds"],
            peak_memory_gib=summary["peak_memory_gib"],
            revision=revision if begun.revised and begun.revised.changed else None,
            notes=tuple(Label(**note) for note in summary["notes"]),
        )

    def _grade_industries(self, finished: set[int]) -> None:
        """Make the parts of the local industries that an earlier attempt had not `finished`."""
        buckets = self.store.buckets
        before = 1 + buckets + sum(part >= buckets for part in finished)
        self.on_progress("industries", before, self._steps)
        with self.timed("industries"):
            parts = grade_industries(self.builder, self.folder, self.industries, finished)
            for done, _ in enumerate(parts, before + 1):
                self.on_progress("industries", done, self._steps)

    def _report(self, begun: Begun, revision_reason: str | None) -> tuple[dict[str, Any], Revision | None]:
        """Write the report, and copy into the draft what the run is read by; returns what the manifest says, and of
        which revision.
        """
        self.on_progress("report", self._steps - 1, self._steps)
        with self.timed("report"):
            summary = self._summary(begun.inputs, begun.unknown)
            revision = begun.revised.revision(self.connection, revision_reason) if begun.revised else None
            if revision is not None:
                summary["revision"] = revision.model_dump(mode="json")
            # Before the report, which says who used the policy first.
            note_use(self.workspace, self.policy, self.folder.as_of, self.on_progress)
            write_report(self.connection, self.folder, self.method, self.policy, summary, self.store.loads)
            summary["reports"] = {name: sha256(self.folder.draft / name) for name in REPORTS.values()}
            summary["carried"] = carry(
                self.folder.draft, self.policy, self.model.bundle if self.model else None, self.industries
            )
        summary["seconds"] = {name: round(value, 3) for name, value in self.seconds.items()}
        summary["peak_memory_gib"] = peak_memory_gib()
        return summary, revision

    def _put_in_place(self, summary: dict[str, Any], revised: Revised | None, revision: Revision | None) -> None:
        """Publish the draft; what stood in its place is kept first, if it was made of something else."""
        if revised is not None:
            revised.keep()
        facts = {} if revision is None else {"revision": revision.number, "reason": revision.reason}
        self.folder.publish(
            json.dumps(summary, ensure_ascii=False, indent=1).encode(), loads=len(self.store.loads), **facts
        )

    def inputs(self) -> dict[str, Any]:
        """What decides the result: a draft made of anything else is not continued."""
        industries = {one.industry.id: one.model.bundle.digest for one in self.industries}
        return {
            **run_inputs(self.model, self.policy, self.folder.as_of, self.store.digest, self.decisions),
            **({"industries": industries} if industries else {}),
        }

    def _fire_rules(self) -> dict[str, tuple[str, ...]]:
        """The table `fired`; returns the rules of which nothing can be known, with the tables never received."""
        self.store.open_views(self.connection)
        rules = fired_rules_sql(self.scheme, self.entity_dates, self.policy.periods, self.store.tables, self.decisions)
        self.connection.execute(f"CREATE OR REPLACE TABLE {self.fired} AS {rules.sql}")
        return rules.unknown

    def ask(self) -> None:
        """Ask for everyone's indicators, and find the rows of the relations that look beyond one enterprise."""
        with self.timed("relations"):
            refuse_impossible_day(
                self.store, self.folder.as_of, self.builder.ask_registered(self.folder.as_of, self.scheme.in_scope_sql)
            )
            self.builder.prepare()

    def make_part(self, builder: MatrixBuilder, bucket: int) -> None:
        """Compute a bucket's tables and write them; called in several threads, so that one computes while another's
        disk is slow.
        """
        tables = self.tables_of(builder, bucket)
        with self.timed("writing", builder.workers):
            self.folder.write_part(bucket, tables)

    def tables_of(self, builder: MatrixBuilder, bucket: int) -> dict[str, pa.Table]:
        """The published tables of a bucket's enterprises, of those that were asked for; called in several threads."""
        timed = partial(self.timed, share=builder.workers)
        with timed("indicators"):
            block = self.block_of(builder, bucket)
        ids = block.keys["enterprise_id"].to_pylist()
        with timed("grades"):
            fired = builder.connection.sql(
                f"SELECT f.* FROM {self.fired} f JOIN entity_dates m USING (enterprise_id, as_of) ORDER BY "
                "f.enterprise_id, f.rule"
            ).to_arrow_table()
            divisions = self._divisions(builder, ids)
        tables = self.scorer.score(ids, block.values, divisions, fired, timed)
        with timed("evidence"):
            evidence = read_evidence(builder, ids, tables["reasons"], EVIDENCE, block.places)
            for name in evidence.column_names:
                tables["reasons"] = tables["reasons"].append_column(name, evidence[name])
        return tables

    def block_of(self, builder: MatrixBuilder, bucket: int) -> MatrixBlock:
        """The indicators of a bucket's enterprises; called in several threads."""
        return builder.block(bucket, keep_rows=True)

    @staticmethod
    def _divisions(builder: MatrixBuilder, ids: list[str]) -> pa.Array:
        known = builder.connection.sql(
            "SELECT m.enterprise_id, e.division FROM entity_dates m LEFT JOIN registered e USING (enterprise_id) ORDER "
            "BY m.enterprise_id"
        ).to_arrow_table()
        assert known["enterprise_id"].to_pylist() == ids
        return known["division"].combine_chunks()

    def _summary(self, inputs: dict[str, Any], unknown: dict[str, tuple[str, ...]]) -> dict[str, Any]:
        """What the manifest says; opens a view over every published table, which the report reads too."""
        for name in TABLES:
            files = parquet(sorted((self.folder.draft / name).glob("*.parquet")))
            self.connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM {files}")
        return {
            **run_summary(
                inputs,
                self.policy,
                self.method,
                self.folder.as_of,
                self.store,
                self.decisions,
                unknown,
                read_references(self.store),
                lambda sql: self.connection.execute(sql).fetchall(),
            ),
            **(
                {"industry_grades": count_industries(self.connection, self.folder, self.industries)}
                if self.industries
                else {}
            ),
            "files": self.folder.files(),
        }

    @contextmanager
    def timed(self, stage: str, share: int = 1) -> Iterator[None]:
        """Add the seconds of a ``with`` block to a stage; where it runs in `share` threads at once, a second in each is
        a share of one second.
        """
        started = time.perf_counter()
        yield
        taken = (time.perf_counter() - started) / share
        with self.counting:
            self.seconds[stage] = self.seconds.get(stage, 0.0) + taken
