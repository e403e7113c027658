"""Where a list that is delivered whole stands among those of its source: lists may arrive in another order than they
were made.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from typing import Any


@dataclass(frozen=True)
class WholeList:
    """One list of one table.

    Parameters
    ----------
    received
        The day it was received: who is on it is on it on that day.
    is_late
        Whether a list received later was loaded before it. Then it adds to the past alone: it ends nothing that the
        newer one holds and begins nothing anew that the newer one ended.
    next_received
        The day of the next list that was loaded before it and read whole: what is on this one and in no stored record
        was not on that one, and had ended by then. None where there is none.
    """

    received: date
    is_late: bool = False
    next_received: date | None = None


def whole_list(received: date, source: str, table: str, loads: Iterable[dict[str, Any]]) -> WholeList:
    """The list of `table` that `source` delivered on the day `received`, after the `loads` of the manifest."""
    own = [
        (load["received"], load["tables"].get(table, {}).get("listed")) for load in loads if load["source"] == source
    ]
    later = [(date.fromisoformat(day), listed) for day, listed in own if listed and date.fromisoformat(day) > received]
    return WholeList(received, bool(later), min((day for day, listed in later if listed == "whole"), default=None))
