"""The first day on which something is due in each of many cases, kept between questions: it follows from a case's
events, which are only ever added to, and from what is asked anew when it changes: the day, policies, the calendar.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date
from threading import Lock

from riskml.casework.case import Case
from riskml.casework.store import Head


class DueDays:
    """What was found, for one process."""

    def __init__(self) -> None:
        self._basis: object = None
        self._found: dict[int, date | None] = {}
        self._lock = Lock()

    def of(
        self,
        basis: object,
        heads: Sequence[Head],
        read: Callable[[Sequence[int]], Sequence[Case]],
        first_day: Callable[[Case], date | None],
    ) -> dict[int, date | None]:
        """Case → the first day on which something is due in it.

        Parameters
        ----------
        basis
            What the days rest on besides the cases: where it is another than before, nothing that was found holds.
        read
            Reads cases by their numbers.
        """
        with self._lock:
            if basis != self._basis:
                self._basis, self._found = basis, {}
            found = self._found
        new = {one.case_id: one.last_event for one in heads if one.last_event not in found}
        for case in read(list(new)):
            found[case.events[-1].id] = first_day(case)
        return {one.case_id: found.get(one.last_event) for one in heads}
