"""What a run's manifest says of it: what decides its result, how many grades it gave, what was refused, and how much
memory it took.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from riskml import __version__
from riskml.core.memory import peak_memory
from riskml.features.compile import relations_used
from riskml.records.references import Unmet
from riskml.records.store import RecordStore
from riskml.relations.catalogue import missing_inputs
from riskml.runs.freshness import freshness_notes
from riskml.runs.method_in_use import model_of
from riskml.schemes.decisions import Decision, decisions_by_enterprise, decisions_hash
from riskml.schemes.methods.method import Method
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


def run_summary(
    inputs: dict[str, Any],
    policy: Policy,
    method: Method,
    as_of: date,
    store: RecordStore,
    decisions: tuple[Decision, ...],
    unknown: Mapping[str, Sequence[str]],
    unmet: Iterable[Unmet],
    rows: Callable[[str], list[tuple[Any, ...]]],
) -> dict[str, Any]:
    """What the manifest says of a run, whichever engine made it.

    Parameters
    ----------
    inputs
        What decided its result, as `run_inputs` has it.
    decisions
        Those in force.
    unknown
        The rules of which nothing can be known, with the tables never received.
    unmet
        What the store has that meets nothing.
    rows
        Gives the rows of a SELECT over the run's published table ``grades``.
    """
    model = model_of(method)
    facts = dict(model.bundle.facts) if model else {}
    counted = dict(rows("SELECT grade, count(*) FROM grades GROUP BY grade"))
    decided = rows("SELECT decided_by, count(*) FROM grades GROUP BY decided_by")
    ((pending,),) = rows("SELECT count(*) FROM grades WHERE pending")
    return {
        **inputs,
        "decisions_in_force": len(decisions),
        "decisions_by_enterprise": decisions_by_enterprise(decisions),
        "simulated": store.simulated,
        "enterprises": sum(counted.values()),
        "grades": {grade: counted.get(grade, 0) for grade in policy.scheme.grade_names},
        "decided_by": dict(sorted(decided)),
        "pending_officer_choice": pending,
        "rules_that_cannot_be_known": {rule: list(tables) for rule, tables in unknown.items()},
        "notes": [vars(note) for note in freshness_notes(facts, store, as_of)],
        "relations_without_tables": missing_inputs(relations_used(method.system), store.tables),
        "references": [{"level": one.level, "zh": one.told.zh, "en": one.told.en} for one in unmet],
        "quarantined_rows": _quarantined_rows(store),
    }


def _quarantined_rows(store: RecordStore) -> dict[str, int]:
    """Record table → number of rows refused in all loads."""
    refused: Counter[str] = Counter()
    for load in store.loads:
        refused.update({table: report["refused"] for table, report in load["tables"].items() if report["refused"]})
    return dict(sorted(refused.items()))


def peak_memory_gib() -> float:
    """The largest resident size this process has had, in GiB."""
    return round(peak_memory() / 2**30, 2)
