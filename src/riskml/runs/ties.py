"""Whom an enterprise is tied to, by the relation that indicators read, with the names and grades of the others."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa

from riskml.core.workspace import Workspace
from riskml.explaining.evidence_reader import MOMENT
from riskml.explaining.profile import read_subject
from riskml.explaining.ties import Tied, Ties, nearness
from riskml.records.buckets import bucket_of
from riskml.records.store import open_store
from riskml.runs.published import PublishedRun, published_run
from riskml.runs.records_around import Around

MOST = 60
"""So many of those an enterprise is tied to are told; the links themselves stop at persons with too many ties."""

_LINKED = "linked_enterprise"


def ties(workspace: Workspace, scheme: str, enterprise_id: str, as_of: date) -> Ties:
    """Whom an enterprise is tied to at the as-of date of a published run.

    Raises
    ------
    ConfigurationError
        Where no run as of that date is published.
    RunError
        Where the enterprise is not among the records at that date.
    """
    run, store = published_run(workspace, scheme, as_of), open_store(workspace.records)
    around = Around(enterprise_id, as_of, (), run.policy.periods, store, workspace)
    with around.opened_near({_LINKED}) as (reader, statements):
        subject = read_subject(statements, MOMENT, run.policy.periods, enterprise_id)
        rows = reader.rows(f"SELECT * FROM {reader.relation(_LINKED)}") if reader.may_have(_LINKED) else []
    registered = around.registrations({row["linked_id"] for row in rows})
    tied = [_tied(row, registered.get(row["linked_id"], {}), run, store.buckets) for row in rows]
    told, own = sorted(tied, key=nearness)[:MOST], _grade(run, enterprise_id, store.buckets)
    return Ties(subject, run.policy.scheme, as_of, own, tuple(told), len(tied) - len(told), store.simulated)


def _tied(row: dict[str, Any], registered: dict[str, Any], run: PublishedRun, buckets: int) -> Tied:
    counts = ("serious_listings", "abnormal_listings", "penalties", "dishonest_listings")
    return Tied(
        row["linked_id"],
        registered.get("name"),
        registered.get("division"),
        _grade(run, row["linked_id"], buckets),
        row["hops"],
        float(row["weight"]),
        *(int(row[name]) for name in counts),
    )


def _grade(run: PublishedRun, enterprise_id: str, buckets: int) -> str | None:
    found: pa.Table | None = run.graded(enterprise_id, bucket_of(enterprise_id, buckets))
    return None if found is None else str(found["grade"][0].as_py())
