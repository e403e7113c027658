"""What a reader of a run should know of its dates: a model that was trained later than the as-of date, records that
came long before it.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from riskml.explaining.verdict import trained_later
from riskml.records.received import last_received
from riskml.records.store import RecordStore
from riskml.records.tables import Label

OLD_DAYS = 21
"""Days from the last delivery to the as-of date from which on the records are said to be old."""


def freshness_notes(facts: dict[str, Any], store: RecordStore, as_of: date) -> list[Label]:
    """What to say of a run as of `as_of`; nothing where model and records are as they should be.

    Parameters
    ----------
    facts
        The bundle's.
    """
    notes = []
    trained = facts.get("as_of")
    if trained is not None and as_of < date.fromisoformat(trained):
        notes.append(trained_later(trained, as_of))
    return notes + old_records(store, as_of)


def old_records(store: RecordStore, as_of: date) -> list[Label]:
    """What to say where the last delivery came more than `OLD_DAYS` days before `as_of`; else nothing."""
    received = last_received(store)
    days = (as_of - received).days
    if days <= OLD_DAYS:
        return []
    return [
        Label(
            f"最近一次收到数据是 {received}，比基准日 {as_of} 早 {days} 天：此后发生的事不在其中。",
            f"The last delivery came on {received}, {days} days before {as_of}: what happened since is not in it.",
        )
    ]
