"""All schemes from one reading of the records: the rows of every relation are found once for everyone whom any scheme
grades.

Each scheme is then measured, graded, explained and published by itself, with the same bytes in every Parquet file as
alone. What fails in one does not lose the others.
"""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from datetime import date
from functools import partial
from threading import Lock

import duckdb

from riskml.core.errors import RiskmlError, RunError
from riskml.core.locks import exclusive
from riskml.core.progress import Progress
from riskml.core.system_errors import explain_failure
from riskml.core.workspace import Workspace
from riskml.features.matrix import MatrixBlock, MatrixBuilder
from riskml.records.live import current_enterprise_sql
from riskml.runs.as_of import refuse_impossible_day
from riskml.runs.layout import RunFolder
from riskml.runs.method_in_use import method_in_use
from riskml.runs.result import RunResult
from riskml.runs.run import Begun, Reading, Run
from riskml.schemes.methods.method import Method
from riskml.schemes.policy import Policy, load_policy

_SCOPES = "scopes"
"""The table of whom the schemes grade: ``enterprise_id`` and a flag ``in_<number>`` for each."""


def score_all(
    workspace: Workspace,
    schemes: Iterable[str],
    as_of: date,
    on_progress: Progress,
    *,
    revision_reason: str | None = None,
) -> dict[str, RunResult | RiskmlError]:
    """Grade everyone under several schemes and publish the run of each.

    Parameters
    ----------
    revision_reason
        As `riskml.runs.score.score` has it.

    Returns
    -------
    dict
        Scheme → its run, or what it failed with, in the order given.

    Raises
    ------
    RunError
        Where the record store is not as it was loaded: then no scheme can be graded.
    """
    names = tuple(schemes)
    failed: dict[str, RiskmlError] = {}
    with ExitStack() as locks:
        reading = Reading.of(workspace)
        reading.store.verify()
        runs: dict[str, _SchemeRun] = {}
        for number, name in enumerate(names):
            with _collecting(failed, name):
                policy = load_policy(workspace, name)
                method = method_in_use(workspace, policy)
                locks.enter_context(exclusive(workspace.runs / name / "run.lock"))
                folder = RunFolder(workspace, name, as_of)
                runs[name] = _SchemeRun(number, workspace, policy, method, folder, on_progress, reading)
        done = _RunsTogether(reading, as_of, on_progress, runs, failed).publish(revision_reason)
    return {name: done[name] if name in done else failed[name] for name in names}


class _SchemeRun(Run):
    """A run of one scheme that reads rows found for several schemes at once."""

    def __init__(
        self,
        number: int,
        workspace: Workspace,
        policy: Policy,
        method: Method,
        folder: RunFolder,
        on_progress: Progress,
        reading: Reading,
    ) -> None:
        super().__init__(workspace, policy, method, folder, on_progress, reading)
        self.number, self.entity_dates, self.fired = number, f"entity_dates_{number}", f"fired_{number}"

    def ask(self) -> None:
        """Pick whom the scheme grades from everyone asked for."""
        self.connection.execute(
            f"CREATE OR REPLACE TABLE {self.entity_dates} AS "
            f"SELECT m.* FROM all_entity_dates m JOIN {_SCOPES} USING (enterprise_id) WHERE in_{self.number}"
        )
        ((count,),) = self.connection.execute(f"SELECT count(*) FROM {self.entity_dates}").fetchall()
        refuse_impossible_day(self.store, self.folder.as_of, count)

    def block_of(self, builder: MatrixBuilder, bucket: int) -> MatrixBlock:
        """Compute the indicators of the scheme's enterprises from the rows of a bucket that were found for all
        schemes.
        """
        builder.connection.execute(
            f"CREATE OR REPLACE TEMP TABLE entity_dates AS "
            f"SELECT enterprise_id, as_of, place FROM {self.entity_dates} WHERE bucket = {bucket} ORDER BY place"
        )
        return builder.measured()


class _RunsTogether:
    """Runs of one as-of date under way, from one record store and engine.

    Parameters
    ----------
    runs
        Scheme → its run; one that fails is put into `failed` and left out from then on.
    """

    def __init__(
        self,
        reading: Reading,
        as_of: date,
        on_progress: Progress,
        runs: dict[str, _SchemeRun],
        failed: dict[str, RiskmlError],
    ) -> None:
        self.reading, self.as_of, self.on_progress, self.runs, self.failed = reading, as_of, on_progress, runs, failed
        self.adding = Lock()

    def publish(self, revision_reason: str | None) -> dict[str, RunResult]:
        """Make all runs and put each in its place."""
        done: dict[str, RunResult] = {}
        # An officer's answer that a listed person is somebody else is of one scheme, and takes rows away: such a scheme
        # reads for itself.
        answers = {name: run.builder.somebody_elses for name, run in self.runs.items()}
        apart = [name for name, own in answers.items() if own != next(iter(answers.values()))]
        begun: dict[str, Begun] = {}
        try:
            begun = self._make_parts({name: run for name, run in self.runs.items() if name not in apart})
        except (RiskmlError, duckdb.Error):
            apart = list(self.runs)  # what one scheme asks for cannot be found: which one it is, each says by itself
        for name, one in begun.items():
            if name not in self.failed:
                with _collecting(self.failed, name):
                    done[name] = self.runs[name].finish(one, revision_reason)
        for name in apart:
            run = self.runs[name]
            with _collecting(self.failed, name):
                alone = Run(run.workspace, run.policy, run.method, run.folder, self.on_progress, self.reading)
                done[name] = alone.publish(revision_reason)
        return done

    def _make_parts(self, runs: dict[str, _SchemeRun]) -> dict[str, Begun]:
        """Find the rows of each bucket once, and make every run's part of it."""
        if not runs:
            return {}
        buckets = self.reading.store.buckets
        self.on_progress("relations", 0, buckets + 1)
        with self._shared("relations"):
            builder = self._lay_out_relations(list(runs.values()))
        begun: dict[str, Begun] = {}
        for name, run in runs.items():
            with _collecting(self.failed, name):
                begun[name] = run.begin()
        left = [bucket for bucket in range(buckets) if any(bucket not in one.finished for one in begun.values())]
        parts = builder.each_bucket(partial(self._make_part, begun), left)
        for done, _ in enumerate(parts, 1 + buckets - len(left)):
            self.on_progress("scores", done, buckets + 1)
        return begun

    def _lay_out_relations(self, runs: list[_SchemeRun]) -> MatrixBuilder:
        """Ask for everyone whom any of the schemes grades, and find the rows of relations that look beyond one
        enterprise.
        """
        first, *others = runs
        connection, periods = self.reading.connection, first.policy.periods
        builder = MatrixBuilder(
            connection,
            self.reading.store,
            first.method.system,
            periods,
            first.builder.somebody_elses,
            tuple(one.method.system for one in others),
        )
        builder.ask_registered(self.as_of, " OR ".join(f"({one.scheme.in_scope_sql})" for one in runs))
        flags = ", ".join(f"({one.scheme.in_scope_sql}) AS in_{one.number}" for one in runs)
        connection.execute(
            f"CREATE OR REPLACE TABLE {_SCOPES} AS "
            f"SELECT enterprise_id, {flags} FROM ({current_enterprise_sql('all_entity_dates', periods)})"
        )
        builder.prepare()
        return builder

    def _make_part(self, begun: dict[str, Begun], builder: MatrixBuilder, bucket: int) -> None:
        """Find a bucket's rows and make the part of every run that has not got it; called in several threads."""
        with self._shared("indicators", builder.workers):
            builder.lay_out(bucket, keep_rows=True)
        for name, one in begun.items():
            if bucket not in one.finished and name not in self.failed:
                with _collecting(self.failed, name):
                    run = self.runs[name]
                    run.make_part(replace(builder, system=run.method.system), bucket)

    @contextmanager
    def _shared(self, stage: str, workers: int = 1) -> Iterator[None]:
        """Add the seconds of a ``with`` block to a stage of every run, to each its share."""
        started = time.perf_counter()
        yield
        taken = (time.perf_counter() - started) / workers / len(self.runs)
        with self.adding:
            for run in self.runs.values():
                run.seconds[stage] = run.seconds.get(stage, 0.0) + taken


@contextmanager
def _collecting(failed: dict[str, RiskmlError], name: str) -> Iterator[None]:
    """Put what a scheme fails with in a ``with`` block into `failed`, in words for the user, and go on after it."""
    try:
        yield
    except (RiskmlError, OSError, duckdb.Error) as error:
        said = " ".join(str(error).split())
        failed[name] = explain_failure(error) or RunError(
            zh=f"办法 {name} 没有算成，引擎说：{said}。",
            en=f"Scheme {name} could not be computed; the engine says: {said}.",
        )
