"""What a run's manifest says of it: what decides its result, how many grades it gave, what was refused, and how much
memory it took.
"""

from __future__ import annotations

import resource
from collections import Counter
from collections.abc import Sequence
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from riskml import __version__
from riskml.engines.duckdb import parquet
from riskml.records.store import RecordStore
from riskml.runs.layout import TABLES
from riskml.schemes.decisions import Decision, decisions_hash
from riskml.schemes.policy import Policy
from riskml.training.model import Model


def run_inputs(
    model: Model | None, policy: Policy, as_of: date, records: str, decisions: tuple[Decision, ...]
) -> dict[str, Any]:
    """What decides a run's result: a draft made of anything else is not continued.

    Parameters
    ----------
    records
        The SHA-256 of the record store's manifest.
    decisions
        Those in force.
    """
    return {
        "riskml": __version__,
        "scheme": policy.scheme.id,
        "as_of": as_of.isoformat(),
        "policy": policy.digest,
        "model": model.bundle.digest if model else None,
        "records": records,
        "decisions": decisions_hash(decisions),
    }


def count_grades(connection: duckdb.DuckDBPyConnection, run: Path, grades: Sequence[str]) -> dict[str, Any]:
    """How many have which of the `grades`, and by what; opens a view over every published table of the run in folder
    `run`.
    """
    for name in TABLES:
        files = parquet(sorted((run / name).glob("*.parquet")))
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS SELECT * FROM {files}")
    counted = dict(connection.execute("SELECT grade, count(*) FROM grades GROUP BY grade").fetchall())
    decided = connection.execute(
        "SELECT decided_by, count(*) FROM grades GROUP BY decided_by ORDER BY decided_by"
    ).fetchall()
    ((pending,),) = connection.execute("SELECT count(*) FROM grades WHERE pending").fetchall()
    return {
        "enterprises": sum(counted.values()),
        "grades": {grade: counted.get(grade, 0) for grade in grades},
        "decided_by": dict(decided),
        "pending_officer_choice": pending,
    }


def quarantined_rows(store: RecordStore) -> dict[str, int]:
    """Record table → number of rows refused in all loads."""
    refused: Counter[str] = Counter()
    for load in store.loads:
        refused.update({table: report["refused"] for table, report in load["tables"].items() if report["refused"]})
    return dict(sorted(refused.items()))


def peak_memory_gib() -> float:
    """The largest resident size this process has had, in GiB."""
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20, 2)
