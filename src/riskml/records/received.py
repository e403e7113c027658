"""The day a delivery counts as received: a past day that was named, or today, if the machine's clock can be right."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from riskml.core.china_day import china_today
from riskml.core.errors import RunError
from riskml.records.store import RecordStore, read_store

_SIMULATED = date(2026, 11, 1)
"""The day after the last one that ``riskml simulate`` makes by default: simulated records, and they alone, may be so
far ahead of a clock.
"""


def last_received(store: RecordStore) -> date:
    """The latest day on which a delivery in the store was received."""
    return max(date.fromisoformat(load["received"]) for load in store.loads)


def received_on(records: Path, source: str, named: date) -> date:
    """A day that was named, for a delivery of `source` into the store in `records`.

    Raises
    ------
    RunError
        Where it is yet to come: the records would be known on no day until then, and no delivery could be received
        before it.
    """
    today, store = china_today(), read_store(records)
    simulated = source == "simulated" or (store is not None and store.simulated)
    if named > (max(today, _SIMULATED) if simulated else today):
        raise RunError(
            zh=f"--received {named} 晚于今日 {today}；接收日期不能在将来，请核对日期，或校准系统时钟。",
            en=f"--received {named} is later than today, {today}: nothing can have been received on a day to come; "
            "check the date or set the clock.",
        )
    return named


def received_today(records: Path) -> date:
    """Today, for a delivery into the store in `records`.

    Raises
    ------
    RunError
        Where the clock shows a day before the last delivery: records dated later than the day received are refused, so
        that a clock that was set back would send a good delivery to quarantine.
    """
    today, store = china_today(), read_store(records)
    last = today if store is None else last_received(store)
    if today < last:
        raise RunError(
            zh=f"系统日期 {today} 早于上一批数据的接收日 {last}；请校准系统时钟；时钟无误的，是那一批的接收日错了："
            "用 riskml undo 撤销它，或用 --received 写明这一批的接收日期。",
            en=f"The system's date {today} is before the day of the last delivery, {last}; set the clock. "
            "If the clock is right, that delivery's day was wrong: undo it with riskml undo, or name the day of this "
            "one with --received.",
        )
    return today
