"""Whether anything can be known of an as-of date."""

from __future__ import annotations

from datetime import date

from riskml.core.china_day import china_today
from riskml.core.errors import RunError
from riskml.records.received import last_received
from riskml.records.store import RecordStore


def refuse_future_day(store: RecordStore, as_of: date) -> None:
    """Refuse a day to come: what is computed for it would be taken for what is known on it.

    Raises
    ------
    RunError
        Where `as_of` is later than today and than the day of the last delivery.
    """
    received = last_received(store)
    last = max(received, china_today())
    if as_of > last:
        raise RunError(
            zh=f"基准日 {as_of} 晚于今日，也晚于最近一批数据的接收日 {received}；请改用不晚于 {last} 的日期。",
            en=f"The as-of date {as_of} is later than today and than the last delivery, received on {received}; "
            f"use a date no later than {last}.",
        )


def refuse_impossible_day(store: RecordStore, as_of: date, enterprises: int) -> None:
    """Refuse a day on which there is nobody to grade: readers take the newest run for the truth.

    Raises
    ------
    RunError
        Where nobody was registered at `as_of`, or it is a day to come.
    """
    refuse_future_day(store, as_of)
    if not enterprises:
        raise RunError(
            zh=f"基准日 {as_of} 没有任何在册企业；请检查日期，或导入更早的登记信息。",
            en=f"No enterprise was registered at the as-of date {as_of}; check the date, or load earlier "
            "registrations.",
        )
