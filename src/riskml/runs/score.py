"""The monthly run: every enterprise of the province scored, graded and explained, published whole."""

from __future__ import annotations

import hashlib
import json
import resource
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from riskml import __version__
from riskml.engines.duckdb import connect
from riskml.explaining.contributions import Base, score_points
from riskml.explaining.evidence import read_evidence
from riskml.features.matrix import MatrixBuilder
from riskml.files import write_durably
from riskml.grading.decisions import Decision, in_force, read_decisions
from riskml.grading.grade import grade_block
from riskml.grading.rules import fired_rules_sql
from riskml.grading.scheme import Scheme, parse_scheme
from riskml.locks import exclusive
from riskml.records.live import current_enterprise_sql
from riskml.records.store import open_store
from riskml.runs.as_of import refuse_impossible_day
from riskml.runs.industries import models_in_use
from riskml.runs.layout import TABLES, RunFolder
from riskml.runs.report import write_report
from riskml.runs.score_block import EVIDENCE, published_reasons
from riskml.runs.score_industries import count_industries, grade_industries
from riskml.training.model import Model, load_model
from riskml.workspace import Workspace

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class RunResult:
    """What a run published.

    Parameters
    ----------
    grades
        Grade → number of enterprises.
    problem_rates
        The model's out-of-time problem rate by grade, as the bundle's facts have it.
    industries
        Local industry → ``industry_grade`` and ``combined_grade``, each grade → number of enterprises; of those with a model in use.
    simulated
        Whether any of the records were simulated.
    seconds
        Stage → seconds.
    peak_memory_gib
        The largest resident size of the process.
    """

    folder: Path
    enterprises: int
    grades: dict[str, int]
    problem_rates: dict[str, Any]
    industries: dict[str, Any]
    simulated: bool
    seconds: dict[str, float]
    peak_memory_gib: float


def score(workspace: Workspace, scheme_name: str, as_of: date, on_progress: Progress) -> RunResult:
    """Grade everyone registered at `as_of` and publish the run.

    Nothing but the records, the bundle and the officers' decisions goes in; the same inputs give the same bytes in every Parquet file.
    A run that was interrupted goes on from the buckets it had finished.

    Raises
    ------
    ConfigurationError
        Where there are no records or no model yet.
    RunError
        Where another run of the scheme is under way.
    """
    model = load_model(workspace.bundle(scheme_name))
    scheme = parse_scheme("scheme.yaml", model.bundle.scheme_yaml)
    folder = RunFolder(workspace.runs, scheme_name, as_of)
    with exclusive(workspace.runs / scheme_name / "run.lock"):
        return _Run(workspace, model, scheme, folder, on_progress).publish()


class _Run:
    """One run under way."""

    def __init__(self, workspace: Workspace, model: Model, scheme: Scheme, folder: RunFolder, on_progress: Progress) -> None:
        self.workspace, self.model, self.scheme, self.folder, self.on_progress = workspace, model, scheme, folder, on_progress
        self.store = open_store(workspace.records)
        self.connection = connect(workspace.spill)
        self.builder = MatrixBuilder(self.connection, self.store, model.system, model.periods)
        self.decisions: tuple[Decision, ...] = in_force(read_decisions(workspace.decisions), folder.as_of)
        self.industries = models_in_use(workspace, scheme.id)
        self.base = Base.of(model.bundle)
        self.seconds: dict[str, float] = {}

    def publish(self) -> RunResult:
        inputs = self._inputs()
        buckets = self.store.buckets
        self.on_progress("relations", 0, buckets + 2)
        with self._timed("relations"):
            self.store.verify()
            refuse_impossible_day(self.store, self.folder.as_of, self.builder.everyone(self.folder.as_of))
            self.builder.prepare()
        finished = self.folder.begin(inputs)
        with self._timed("rules"):
            unknown = self._fire_rules()
        for bucket in range(buckets):
            self.on_progress("scores", bucket + 1, buckets + 2)
            if bucket not in finished:
                self._score_bucket(bucket)
        if self.industries:
            with self._timed("industries"):
                grade_industries(self.connection, self.store, self.folder, self.industries, finished)
        self.on_progress("report", buckets + 1, buckets + 2)
        with self._timed("report"):
            summary = self._summary(inputs, unknown)
            write_report(self.connection, self.folder, self.model, self.scheme, summary)
        summary["seconds"] = {name: round(value, 3) for name, value in self.seconds.items()}
        summary["peak_memory_gib"] = peak_memory_gib()
        write_durably(self.folder.draft / "manifest.json", json.dumps(summary, ensure_ascii=False, indent=1).encode())
        self.folder.publish()
        return RunResult(
            folder=self.folder.published,
            enterprises=summary["enterprises"],
            grades=summary["grades"],
            problem_rates=self.model.bundle.facts["figures"]["model"]["grades"],
            industries=summary.get("industry_grades", {}),
            simulated=summary["simulated"],
            seconds=summary["seconds"],
            peak_memory_gib=summary["peak_memory_gib"],
        )

    def _inputs(self) -> dict[str, Any]:
        """What decides the result: a draft made of anything else is not continued."""
        return {
            "riskml": __version__,
            "scheme": self.scheme.id,
            "as_of": self.folder.as_of.isoformat(),
            "model": self.model.bundle.digest,
            "records": self.store.digest,
            "decisions": decisions_hash(self.decisions),
            **({"industries": {one.industry.id: one.model.bundle.digest for one in self.industries}} if self.industries else {}),
        }

    def _fire_rules(self) -> dict[str, tuple[str, ...]]:
        """The table ``fired``; returns the rules of which nothing can be known, with the tables never received."""
        self.store.open_views(self.connection)
        rules = fired_rules_sql(self.scheme, "all_moments", self.model.periods, self.store.tables)
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE fired AS {rules.sql}")
        return rules.unknown

    def _score_bucket(self, bucket: int) -> None:
        with self._timed("indicators"):
            block = self.builder.block(bucket)
        ids = block.keys["enterprise_id"].to_pylist()
        bundle = self.model.bundle
        assert block.columns == bundle.columns  # both in the order of the indicator system
        with self._timed("contributions"):
            contributions = bundle.contributions(block.values)
            bundle.check_contributions(block.values, contributions)
            margin = contributions.sum(axis=1)
            scores = bundle.score(margin)
        with self._timed("grades"):
            fired = self.connection.sql(
                "SELECT f.* FROM fired f JOIN moments m USING (enterprise_id, as_of) ORDER BY f.enterprise_id, f.rule"
            ).to_arrow_table()
            graded = grade_block(self.scheme, ids, scores, fired, self.decisions)
            graded = graded.append_column("risk", pa.array(bundle.risk(margin))).append_column("margin", pa.array(margin))
            graded = graded.append_column("division", self._divisions(ids))
        with self._timed("reasons"):
            points = score_points(contributions[:, :-1], margin, scores, self.base)
            reasons, places = published_reasons(ids, block.values, points, bundle.columns)
        with self._timed("evidence"):
            evidence = read_evidence(self.builder, places, EVIDENCE)
            for name in evidence.column_names:
                reasons = reasons.append_column(name, evidence[name])
        with self._timed("writing"):
            named = {name: pa.array(contributions[:, place]) for place, name in enumerate((*bundle.columns, "base"))}
            self.folder.write_part(
                bucket,
                {
                    "grades": graded,
                    "contributions": pa.table({"enterprise_id": ids, **named}),
                    "reasons": reasons,
                    "rules": fired,
                },
            )

    def _divisions(self, ids: list[str]) -> pa.Array:
        known = self.connection.sql(
            f"SELECT m.enterprise_id, e.division FROM moments m LEFT JOIN ({current_enterprise_sql('moments', self.model.periods)}) e "
            "USING (enterprise_id) ORDER BY m.enterprise_id"
        ).to_arrow_table()
        assert known["enterprise_id"].to_pylist() == ids
        return known["division"].combine_chunks()

    def _summary(self, inputs: dict[str, Any], unknown: dict[str, tuple[str, ...]]) -> dict[str, Any]:
        self._open_parts()
        counted = dict(self.connection.execute("SELECT grade, count(*) FROM grades GROUP BY grade").fetchall())
        decided = self.connection.execute(
            "SELECT decided_by, count(*) FROM grades GROUP BY decided_by ORDER BY decided_by"
        ).fetchall()
        ((pending,),) = self.connection.execute("SELECT count(*) FROM grades WHERE pending").fetchall()
        quarantine: Counter[str] = Counter()
        for load in self.store.loads:
            quarantine.update({table: report["refused"] for table, report in load["tables"].items() if report["refused"]})
        return {
            **inputs,
            "decisions_in_force": len(self.decisions),
            "simulated": any(load["source"] == "simulated" for load in self.store.loads),
            "enterprises": sum(counted.values()),
            "grades": {grade: counted.get(grade, 0) for grade in self.scheme.grade_names},
            "decided_by": dict(decided),
            "pending_officer_choice": pending,
            "rules_that_cannot_be_known": {rule: list(tables) for rule, tables in unknown.items()},
            "quarantined_rows": dict(sorted(quarantine.items())),
            **({"industry_grades": count_industries(self.connection, self.folder, self.industries)} if self.industries else {}),
            "files": self.folder.files(),
        }

    def _open_parts(self) -> None:
        for name in TABLES:
            open_part_view(self.connection, name, self.folder.draft)

    @contextmanager
    def _timed(self, stage: str) -> Iterator[None]:
        started = time.perf_counter()
        yield
        self.seconds[stage] = self.seconds.get(stage, 0.0) + time.perf_counter() - started


def decisions_hash(decisions: tuple[Decision, ...]) -> str:
    """What the manifest keeps of the officers' decisions: that they were these, not who took them."""
    return hashlib.sha256("\n".join(decision.model_dump_json() for decision in decisions).encode()).hexdigest()


def open_part_view(connection: duckdb.DuckDBPyConnection, name: str, run: Path, view: str | None = None) -> None:
    """Create a view over one published table of the run in folder `run`."""
    path = str(run / name / "*.parquet").replace("'", "''")
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW {view or name} AS SELECT * FROM read_parquet('{path}', hive_partitioning = false)"
    )


def peak_memory_gib() -> float:
    """The largest resident size this process has had, in GiB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2)
