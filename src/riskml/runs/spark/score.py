"""The monthly run on Spark: the same records, SQL and model, from and to Parquet on any Hadoop-style path.

The rows stay on the cluster; what comes to the machine that starts the run is counts and the names and hashes of files.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from riskml.core.errors import ConfigurationError
from riskml.core.language import Label
from riskml.core.locks import exclusive
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.engines.hadoop import FileSystem
from riskml.engines.spark import SparkEngine, failures_explained
from riskml.features.province_matrix import (
    ENTITY_DATES,
    REGISTERED,
    common_statements,
    matrix_sql,
    registered_sql,
    rows_statements,
)
from riskml.records.references import REFERENCES, Unmet, parse_references
from riskml.records.resolved import RESOLVED, empty_resolved
from riskml.records.store import RecordStore, parse_store
from riskml.records.store_manifest import MANIFEST
from riskml.records.stored_columns import empty_relation
from riskml.records.tables import TABLES as RECORD_TABLES
from riskml.records.tables import tables_in_use
from riskml.runs.as_of import refuse_impossible_day
from riskml.runs.carried import carry
from riskml.runs.industries import models_in_use
from riskml.runs.layout import TABLES, run_place
from riskml.runs.method_in_use import method_in_use, model_of
from riskml.runs.policy_log import note_use
from riskml.runs.result import RunResult
from riskml.runs.run_summary import peak_memory_gib, run_inputs, run_summary
from riskml.runs.score_block import EVIDENCE
from riskml.runs.spark.arrow import DIVISION, FIRED, FIRED_FIELDS, bundle_texts, score_batches, scored_schema
from riskml.runs.spark.evidence import REASONS, keep_evidence, with_evidence
from riskml.runs.spark.remote_folder import RemoteFolder
from riskml.schemes.decisions import in_force, read_decisions, somebody_elses
from riskml.schemes.policy import Policy, load_policy
from riskml.schemes.rules import fired_rules_sql
from riskml.schemes.scheme import SCHEME

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

ENTERPRISES_PER_PART = 62_500
"""What one task scores, and one Parquet file holds: some 70 MB of contributions."""


def score_on_spark(
    workspace: Workspace, scheme_name: str, as_of: date, records: str | None, out: str | None, on_progress: Progress
) -> RunResult:
    """Grade everyone registered at `as_of` on Spark and publish the run.

    What is published has the same tables and rows as `riskml.runs.score.score` publishes, in other files.
    A run that was interrupted begins anew: Spark itself repeats what a lost worker had done.

    Parameters
    ----------
    workspace
        Where the model and the officers' decisions are, and the lock.
    records, out
        The URIs of the record store and of the folder of runs; those of the workspace where None.

    Raises
    ------
    ConfigurationError
        Where there are no records or no model yet, pyspark or Java is missing, the SQL has what Spark cannot do,
        or a local industry has a model in use: what is published would lack its grades.
    RunError
        Where another run of the scheme is under way on this machine, or Spark fails.
    """
    policy = load_policy(workspace, scheme_name)
    if models_in_use(workspace, policy):
        raise ConfigurationError(
            zh="地方特色产业的模型还不能在 Spark 上评分；请用 --engine duckdb。",
            en="Local industries' models cannot grade on Spark yet; use --engine duckdb.",
        )
    runs = (out or f"file://{workspace.runs.resolve()}").rstrip("/")
    store = (records or f"file://{workspace.records.resolve()}").rstrip("/")
    with exclusive(workspace.runs / scheme_name / "run.lock"):
        run = _Run(workspace, scheme_name, policy, as_of, store, runs, on_progress)
        try:
            with failures_explained():
                return run.publish()
        finally:
            run.engine.session.stop()


class _Run:
    """One run under way."""

    def __init__(
        self,
        workspace: Workspace,
        scheme_name: str,
        policy: Policy,
        as_of: date,
        records: str,
        runs: str,
        on_progress: Progress,
    ) -> None:
        self.policy, self.scheme = policy, policy.scheme
        self.workspace, self.ledger, self.bundle_folder = workspace, workspace.ledger, workspace.bundle(scheme_name)
        self.method = method_in_use(workspace, policy)
        self.model = model_of(self.method)
        self.decisions = in_force(read_decisions(workspace.ledger), as_of)
        self.as_of, self.records, self.on_progress = as_of, records, on_progress
        self.engine = SparkEngine.connect(f"{runs}/{scheme_name}/.{as_of.isoformat()}.work")
        self.folder = RemoteFolder(FileSystem(self.engine.session, runs), runs, scheme_name, as_of)
        own = runs == f"file://{workspace.runs.resolve()}"
        self.place = run_place(scheme_name, as_of.isoformat()) if own else f"run {self.folder.published}"
        self.seconds: dict[str, float] = {}
        self.unmet: tuple[Unmet, ...] = ()

    def publish(self) -> RunResult:
        self.folder.begin()
        try:
            store = self._open_records()
            unknown = self._compute(store)
            self.on_progress("scores", 0, 1)
            with self._timed("scores"):
                self._write_tables()
            with self._timed("evidence"):
                keep_evidence(self.engine, self.method.system, store.tables, self.on_progress)
                self._write("reasons", with_evidence(self.engine, EVIDENCE))
            with self._timed("manifest"):
                inputs = run_inputs(self.model, self.policy, self.as_of, store.digest, self.decisions)
                summary = run_summary(
                    inputs,
                    self.policy,
                    self.method,
                    self.as_of,
                    store,
                    self.decisions,
                    unknown,
                    self.unmet,
                    self.engine.rows,
                )
                summary |= {"files": self._hashes(), "carried": self._carry()}
            summary |= {"seconds": self.seconds, "peak_memory_gib": peak_memory_gib()}
            manifest = json.dumps(summary, ensure_ascii=False, indent=1).encode()
            note_use(self.workspace, self.policy, self.as_of, self.on_progress)
            with self.ledger.putting("run", self.place, hashlib.sha256(manifest).hexdigest(), loads=len(store.loads)):
                self.folder.publish(manifest)
        finally:
            self.folder.files.delete(self.folder.work)
        return RunResult(
            scheme=self.scheme.id,
            as_of=self.as_of,
            folder=self.folder.published,
            enterprises=summary["enterprises"],
            grades=summary["grades"],
            simulated=summary["simulated"],
            industries={},
            seconds=self.seconds,
            peak_memory_gib=summary["peak_memory_gib"],
            notes=tuple(Label(**note) for note in summary["notes"]),
        )

    def _open_records(self) -> RecordStore:
        """The record store, its tables open."""
        files, path = FileSystem(self.engine.session, self.records), f"{self.records}/{MANIFEST}"
        if not files.exists(path):
            raise ConfigurationError(
                zh=f"{self.records} 中没有记录库（{MANIFEST}）；请先运行 riskml ingest，或用 --records 指明。",
                en=f"There is no record store in {self.records} ({MANIFEST}); run 'riskml ingest' first, or name one "
                "with --records.",
            )
        root = Path("/")
        store = parse_store(root, files.read(path), self.ledger)
        for table in RECORD_TABLES.values():
            parts = [f"{self.records}/{part.relative_to(root)}" for part in store.paths(table.name)]
            self.engine.open_parquet(table.name, parts, empty_relation(table))
        for name in RESOLVED:
            own = [f"{self.records}/{store.resolved[name]}"] if name in store.resolved else []
            self.engine.open_parquet(name, own, empty_resolved(name))
        if REFERENCES in store.resolved:
            place = f"{self.records}/{store.resolved[REFERENCES]}"
            self.unmet = parse_references(files.read(place), place)
        return store

    def _compute(self, store: RecordStore) -> dict[str, tuple[str, ...]]:
        """The relations ``fired`` and ``asked`` (what is scored); returns the rules of which nothing can be known."""
        system, periods = self.method.system, self.policy.periods
        with self._timed("indicators"):
            self.engine.keep(ENTITY_DATES, registered_sql(self.as_of, periods, self.scheme.in_scope_sql))
            refuse_impossible_day(store, self.as_of, self._count(ENTITY_DATES))
            for name, sql in common_statements(periods).items():
                self.engine.keep(name, sql)
            rows = rows_statements(system, periods, store.tables, somebody_elses(self.decisions, self.scheme.id))
            for done in self.engine.each(lambda name: self.engine.keep(name, rows[name]), rows):
                self.on_progress("indicators", done, len(rows))
        with self._timed("rules"):
            rules = fired_rules_sql(self.scheme, ENTITY_DATES, periods, store.tables, self.decisions)
            self.engine.keep("fired", rules.sql)
        fields = ", ".join(f"'{name}': {name}" for name in FIRED_FIELDS)
        asked = (
            f"SELECT x.*, e.division AS {DIVISION}, f.fired AS {FIRED} FROM ({matrix_sql(system, store.tables)}) "
            "x "
            f"LEFT JOIN {REGISTERED} e ON e.enterprise_id = x.enterprise_id "
            f"LEFT JOIN (SELECT enterprise_id, list({{{fields}}}) AS fired FROM fired GROUP BY enterprise_id) f ON "
            "f.enterprise_id = x.enterprise_id"
        )
        self.engine.query(asked).createOrReplaceTempView("asked")
        return rules.unknown

    def _write_tables(self) -> None:
        from pyspark import StorageLevel
        from pyspark.sql import functions

        session = self.engine.session
        parts = max(session.sparkContext.defaultParallelism, -(-self._count(ENTITY_DATES) // ENTERPRISES_PER_PART))
        decisions = tuple(decision.model_dump_json() for decision in self.decisions)
        sent = session.sparkContext.broadcast(
            (
                bundle_texts(self.bundle_folder) if self.model else (),
                self.policy.texts[SCHEME],
                decisions,
                tables_in_use().own,
            )
        )
        ordered = session.table("asked").repartition(parts, "enterprise_id").sortWithinPartitions("enterprise_id")
        scored = ordered.mapInArrow(partial(score_batches, sent), scored_schema(self.method)).persist(
            StorageLevel.DISK_ONLY
        )
        scored.select("grades.*").createOrReplaceTempView("grades")
        self._write("contributions", scored.select("contributions.*"))
        self._write("indicators", scored.select("indicators.*"))
        self._write("grades", session.table("grades"))
        each = scored.select("grades.enterprise_id", functions.explode("reasons").alias("reason"))
        self.engine.keep_frame(REASONS, each.select("enterprise_id", "reason.*"))
        fired = scored.select("grades.enterprise_id", functions.explode("rules").alias("rule"))
        fired = fired.select("enterprise_id", "rule.*")
        self._write("rules", fired.sortWithinPartitions("enterprise_id", "rule"))

    def _write(self, name: str, frame: DataFrame) -> None:
        writer = frame.write.option("compression", "zstd").option(
            "mapreduce.fileoutputcommitter.marksuccessfuljobs", "false"
        )
        writer.parquet(f"{self.folder.draft}/{name}")

    def _carry(self) -> dict[str, str]:
        """Copy what the run is read by into its folder."""
        with TemporaryDirectory(prefix="riskml-run-") as made:
            files = carry(Path(made), self.policy, self.model.bundle if self.model else None, ())
            for name in files:
                self.folder.files.write(f"{self.folder.draft}/{name}", (Path(made) / name).read_bytes())
        return files

    def _count(self, relation: str) -> int:
        ((count,),) = self.engine.rows(f"SELECT count(*) FROM {relation}")
        return int(count)

    def _hashes(self) -> dict[str, str]:
        """The SHA-256 of every published file, computed where the files are."""
        from pyspark.sql import functions

        folders = [f"{self.folder.draft}/{name}" for name in TABLES]
        files = self.engine.session.read.format("binaryFile").option("pathGlobFilter", "*.parquet").load(folders)
        hashed = files.select("path", functions.sha2("content", 256)).collect()
        return {"/".join(path.split("/")[-2:]): digest for path, digest in sorted(map(tuple, hashed))}

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[stage] = round(time.perf_counter() - started, 3)
