"""The day a delivery counts as received where nobody says another: today, if the machine's clock can be right."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from riskml.errors import RunError
from riskml.records.store import RecordStore, read_store


def last_received(store: RecordStore) -> date:
    """The latest day on which a delivery in the store was received."""
    return max(date.fromisoformat(load["received"]) for load in store.loads)


def received_today(records: Path) -> date:
    """Today, for a delivery into the store in `records`.

    Raises
    ------
    RunError
        Where the clock shows a day before the last delivery: records dated later than the day received are refused, so that a
        clock that was set back would send a good delivery to quarantine.
    """
    today, store = date.today(), read_store(records)
    last = today if store is None else last_received(store)
    if today < last:
        raise RunError(
            zh=f"系统日期 {today} 早于上一批数据的接收日 {last}；请校准系统时钟，或用 --received 写明接收日期。",
            en=f"The system's date {today} is before the day of the last delivery, {last}; set the clock, or name the day with --received.",
        )
    return today
