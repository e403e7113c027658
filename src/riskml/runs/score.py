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
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

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
from riskml.records.arrivals import loads_digest
from riskml.records.live import current_enterprise_sql
from riskml.records.store import open_store
from riskml.runs.as_of import refuse_impossible_day
from riskml.runs.layout import TABLES, RunFolder
from riskml.runs.published_reasons import EVIDENCE, published_reasons
from riskml.runs.report import write_report
from riskml.training.model import Model, load_model
from riskml.workspace import Workspace

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class Daily:
    """How far a daily run could go on from the run before.

    Parameters
    ----------
    base
        The as-of date of the run it went on from; None where it was a full run after all.
    full_because
        Why it was, in Chinese and in English.
    touched, crossed
        How many enterprises were computed anew, and how many were scored anew because days passed.
    """

    base: date | None
    full_because: tuple[str, str] | None
    touched: int
    crossed: int

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        if self.full_because is not None:
            return {"full_because": {"zh": self.full_because[0], "en": self.full_because[1]}}
        return {"base": str(self.base), "touched": self.touched, "crossed": self.crossed}


@dataclass(frozen=True)
class RunResult:
    """What a run published.

    Parameters
    ----------
    grades
        Grade → number of enterprises.
    problem_rates
        The model's out-of-time problem rate by grade, as the bundle's facts have it.
    simulated
        Whether any of the records were simulated.
    seconds
        Stage → seconds.
    peak_memory_gib
        The largest resident size of the process.
    daily
        Of a daily run, what it computed anew.
    """

    folder: Path
    enterprises: int
    grades: dict[str, int]
    problem_rates: dict[str, Any]
    simulated: bool
    seconds: dict[str, float]
    peak_memory_gib: float
    daily: Daily | None


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
        return Run(workspace, model, scheme, folder, on_progress).publish()


class Run:
    """One run under way."""

    def __init__(self, workspace: Workspace, model: Model, scheme: Scheme, folder: RunFolder, on_progress: Progress) -> None:
        self.workspace, self.model, self.scheme, self.folder, self.on_progress = workspace, model, scheme, folder, on_progress
        self.store = open_store(workspace.records)
        self.connection = connect(workspace.spill)
        self.builder = MatrixBuilder(self.connection, self.store, model.system, model.periods)
        self.decisions: tuple[Decision, ...] = in_force(read_decisions(workspace.decisions), folder.as_of)
        self.base = Base.of(model.bundle)
        self.seconds: dict[str, float] = {}
        self.daily: Daily | None = None

    def publish(self) -> RunResult:
        """Make the run and put it in its place."""
        inputs = self.inputs()
        buckets = self.store.buckets
        self.on_progress("relations", 0, buckets + 2)
        self.store.verify()
        self.ask()
        finished = self.folder.begin(inputs)
        with self.timed("rules"):
            unknown = self._fire_rules()
        for bucket in range(buckets):
            self.on_progress("scores", bucket + 1, buckets + 2)
            if bucket not in finished:
                tables = self.tables_of(bucket)
                with self.timed("writing"):
                    self.folder.write_part(bucket, tables)
        self.on_progress("report", buckets + 1, buckets + 2)
        with self.timed("report"):
            summary = self._summary(inputs, unknown)
            write_report(self.connection, self.folder, self.model, self.scheme, summary)
        summary["seconds"] = {name: round(value, 3) for name, value in self.seconds.items()}
        summary["peak_memory_gib"] = peak_memory_gib()
        if self.daily is not None:
            summary["daily"] = self.daily.to_dict()
        write_durably(self.folder.draft / "manifest.json", json.dumps(summary, ensure_ascii=False, indent=1).encode())
        self.folder.publish()
        return RunResult(
            folder=self.folder.published,
            enterprises=summary["enterprises"],
            grades=summary["grades"],
            problem_rates=self.model.bundle.facts["figures"]["model"]["grades"],
            simulated=summary["simulated"],
            seconds=summary["seconds"],
            peak_memory_gib=summary["peak_memory_gib"],
            daily=self.daily,
        )

    def inputs(self) -> dict[str, Any]:
        """What decides the result: a draft made of anything else is not continued."""
        return {
            "riskml": __version__,
            "scheme": self.scheme.id,
            "as_of": self.folder.as_of.isoformat(),
            "model": self.model.bundle.digest,
            "records": self.store.digest,
            "decisions": decisions_hash(self.decisions),
        }

    def _fire_rules(self) -> dict[str, tuple[str, ...]]:
        """The table ``fired``; returns the rules of which nothing can be known, with the tables never received."""
        self.store.open_views(self.connection)
        rules = fired_rules_sql(self.scheme, "all_moments", self.model.periods, self.store.tables)
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE fired AS {rules.sql}")
        return rules.unknown

    def ask(self) -> None:
        """Ask for everyone's indicators, and find the rows of the relations that look beyond one enterprise."""
        with self.timed("relations"):
            refuse_impossible_day(self.store, self.folder.as_of, self.builder.everyone(self.folder.as_of))
            self.builder.prepare()

    def tables_of(self, bucket: int) -> dict[str, pa.Table]:
        """The published tables of a bucket's enterprises, of those that were asked for."""
        with self.timed("indicators"):
            block = self.builder.block(bucket)
        assert block.columns == self.model.bundle.columns  # both in the order of the indicator system
        ids = block.keys["enterprise_id"].to_pylist()
        with self.timed("grades"):
            fired = self.connection.sql(
                "SELECT f.* FROM fired f JOIN moments m USING (enterprise_id, as_of) ORDER BY f.enterprise_id, f.rule"
            ).to_arrow_table()
            divisions = self._divisions(ids)
        tables, places = self.scored(ids, block.values, fired, divisions)
        with self.timed("evidence"):
            evidence = read_evidence(self.builder, places, EVIDENCE)
            for name in evidence.column_names:
                tables["reasons"] = tables["reasons"].append_column(name, evidence[name])
        return tables

    def scored(
        self, ids: list[str], values: NDArray[np.float64], fired: pa.Table, divisions: pa.Array
    ) -> tuple[dict[str, pa.Table], pa.Table]:
        """Score enterprises by their indicators; shape (n, k).

        Returns
        -------
        tables
            Every published table of these enterprises, but for the evidence of the reasons.
        places
            Of each reason its number, row and column, as `read_evidence` asks for them.
        """
        bundle = self.model.bundle
        with self.timed("contributions"):
            contributions = bundle.contributions(values)
            bundle.check_contributions(values, contributions)
            # Column by column: a row's sum must not depend on how many rows there are.
            margin = sum(contributions.T, start=np.zeros(len(ids)))
            scores = bundle.score(margin)
        with self.timed("grades"):
            graded = grade_block(self.scheme, ids, scores, fired, self.decisions)
            graded = graded.append_column("risk", pa.array(bundle.risk(margin))).append_column("margin", pa.array(margin))
            graded = graded.append_column("division", divisions)
        with self.timed("reasons"):
            points = score_points(contributions[:, :-1], margin, scores, self.base)
            reasons, places = published_reasons(ids, values, points, bundle.columns)
        who = pa.array(ids, pa.string())
        by_name = {name: pa.array(contributions[:, place]) for place, name in enumerate((*bundle.columns, "base"))}
        read = {name: pa.array(np.ascontiguousarray(values[:, place])) for place, name in enumerate(bundle.columns)}
        tables = {
            "grades": graded,
            "contributions": pa.table({"enterprise_id": who, **by_name}),
            "reasons": reasons,
            "rules": fired,
            "indicators": pa.table({"enterprise_id": who, **read}),
        }
        return tables, places

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
            "loads": {"count": len(self.store.loads), "digest": loads_digest(self.store.loads)},
            "decisions_in_force": len(self.decisions),
            "simulated": any(load["source"] == "simulated" for load in self.store.loads),
            "enterprises": sum(counted.values()),
            "grades": {grade: counted.get(grade, 0) for grade in self.scheme.grade_names},
            "decided_by": dict(decided),
            "pending_officer_choice": pending,
            "rules_that_cannot_be_known": {rule: list(tables) for rule, tables in unknown.items()},
            "quarantined_rows": dict(sorted(quarantine.items())),
            "files": self.folder.files(),
        }

    def _open_parts(self) -> None:
        for name in TABLES:
            open_part_view(self.connection, name, self.folder.draft)

    @contextmanager
    def timed(self, stage: str) -> Iterator[None]:
        """Add the seconds of a ``with`` block to a stage."""
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
