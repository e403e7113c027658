"""The published runs of a scheme side by side: shares, drift, rules, quarantine, time and memory of each."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from datetime import date

import duckdb
import numpy as np
import pyarrow.parquet as pq
from numpy.typing import NDArray

from riskml.engines.duckdb import parquet
from riskml.publication.drift import Drift, drift_of, shifts_of, stability_index
from riskml.runs.published import PublishedRun

Floats = NDArray[np.float64]

MOST_RUNS = 24
"""The newest that are shown: two years of months."""

_AT_ONCE = 16
"""Columns of everyone in memory at once: of a million enterprises 130 MB for each of two runs."""


@dataclass(frozen=True)
class RunFacts:
    """What is watched of one run.

    Parameters
    ----------
    revision
        Which revision of the date's run it is; 0 for the first that was published.
    policy
        The digest of the policy that it was made by.
    shares
        Grade → share of the enterprises.
    fired
        Rule → enterprises for which it fired.
    quarantined, newly_quarantined
        Rows refused by all loads until then, and since the run before; None for the first.
    seconds
        Stage → seconds. A run that went on from an interrupted one counts its own part only.
    drift_before, drift_first
        Stability index of the scores against the run before, and against the first of all; None for the first, and of a
        scheme without scores.
    """

    as_of: date
    revision: int
    model: str | None
    policy: str
    enterprises: int
    shares: Mapping[str, float]
    fired: Mapping[str, int]
    pending: int
    quarantined: int
    newly_quarantined: int | None
    seconds: Mapping[str, float]
    peak_memory_gib: float
    drift_before: float | None
    drift_first: float | None

    @property
    def total_seconds(self) -> float:
        """Of all stages."""
        return sum(self.seconds.values())


def read_history(runs: tuple[PublishedRun, ...], on_progress: Callable[[str, int, int], None]) -> tuple[RunFacts, ...]:
    """The facts of the newest `MOST_RUNS` runs, oldest first.

    Parameters
    ----------
    runs
        All published runs of a scheme that have enterprises, oldest first.
    """
    scored, first = runs[-1].policy.scheme.score is not None, scores_of(runs[0])
    shown = runs[-MOST_RUNS:]
    before = runs[-len(shown) - 1] if len(runs) > len(shown) else None
    known = None if before is None else scores_of(before)
    facts = []
    for number, run in enumerate(shown):
        on_progress("runs", number, len(shown))
        scores = scores_of(run)
        drift = (
            None if known is None or not scored else (stability_index(known, scores), stability_index(first, scores))
        )
        facts.append(_facts(run, before, drift))
        before, known = run, scores
    return tuple(facts)


def scores_of(run: PublishedRun) -> Floats:
    """Everyone's score, shape (n,); a RunError where the file is not what was published."""
    return _columns(run, "grades", ["score"])["score"]


def indicator_drift(reference: PublishedRun, current: PublishedRun, texts: Collection[str] = ()) -> dict[str, Drift]:
    """How far every indicator moved between two runs of the same model: the stability index of what it contributed to
    the scores, and the shares of its values that are unknown, and that are not zero. Columns are read a few at a time.

    Parameters
    ----------
    texts
        The indicators that hold numbers of texts.
    """
    names = [
        name
        for name in pq.read_schema(current.parts("contributions")[0]).names
        if name not in ("enterprise_id", "base")
    ]
    drifts: dict[str, Drift] = {}
    for start in range(0, len(names), _AT_ONCE):
        columns = names[start : start + _AT_ONCE]
        before, now = (_columns(run, "contributions", columns) for run in (reference, current))
        drifts |= {name: drift_of(before[name], now[name]) for name in columns}
        before, now = (_columns(run, "indicators", columns) for run in (reference, current))
        for name in columns:
            unknown, present = shifts_of(before[name], now[name], texts=name in texts)
            drifts[name] = replace(drifts[name], unknown=unknown, present=present)
    return drifts


def _facts(run: PublishedRun, before: PublishedRun | None, drift: tuple[float, float] | None) -> RunFacts:
    manifest = run.manifest
    quarantined = _quarantined(run)
    fired = duckdb.execute(
        f"SELECT rule, count(DISTINCT enterprise_id) FROM {parquet(run.parts('rules'))} GROUP BY rule ORDER BY rule"
    ).fetchall()
    return RunFacts(
        as_of=run.as_of,
        revision=run.revision,
        model=run.model,
        policy=manifest.policy,
        enterprises=manifest.enterprises,
        shares={grade: count / manifest.enterprises for grade, count in manifest.grades.items()},
        fired=dict(fired),
        pending=manifest.pending_officer_choice,
        quarantined=quarantined,
        newly_quarantined=None if before is None else quarantined - _quarantined(before),
        seconds=manifest.seconds,
        peak_memory_gib=manifest.peak_memory_gib,
        drift_before=None if drift is None else drift[0],
        drift_first=None if drift is None else drift[1],
    )


def _quarantined(run: PublishedRun) -> int:
    return sum(run.manifest.quarantined_rows.values())


def _columns(run: PublishedRun, table: str, names: list[str]) -> dict[str, Floats]:
    """Columns of a published table, each of shape (n,)."""
    # Not pq.read_table: what makes a data set of each part takes longer than the few columns of it.
    parts = [pq.ParquetFile(part).read(columns=names) for part in run.parts(table)]
    return {name: np.concatenate([part[name].to_numpy() for part in parts]).astype(np.float64) for name in names}
