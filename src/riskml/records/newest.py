"""Which of several records is the newest, stated once: the later date; of the same date the one that became known
later; of those the one that arrived later.

The order of arrival is the column ``arrival``: load by load, within a load file by file (by path), within a file row by
row. It never depends on how a source numbers its records.
"""

from __future__ import annotations

LOAD_SPAN, FILE_SPAN = 10**13, 10**9
"""``arrival`` = load · `LOAD_SPAN` + file · `FILE_SPAN` + row: load and file of a record can be read off it."""

UNKNOWN_FILE = LOAD_SPAN // FILE_SPAN - 1
"""The file number of rows whose mapping does not name their file. Those of files are smaller."""

_SAME_LENGTH = 10**18
"""Added to ``arrival``, so that it sorts as text as it does as a number."""


def newest_first_sql(date: str) -> str:
    """The terms of an ORDER BY that puts the newest record first.

    >>> newest_first_sql("event_date")
    'event_date DESC, known_date DESC, arrival DESC'
    """
    return f"{date} DESC, known_date DESC, arrival DESC"


def newness_sql(date: str) -> str:
    """An expression that is greatest for the newest record, for ``arg_max_null``."""
    return f"CAST({date} AS VARCHAR) || CAST(known_date AS VARCHAR) || CAST({_SAME_LENGTH} + arrival AS VARCHAR)"
