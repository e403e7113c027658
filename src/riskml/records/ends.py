"""When a state has ended, as far as was known on a day."""

from __future__ import annotations


def known_end_sql(as_of: str) -> str:
    """The end of a state (a row of alias r) that had come and was known on the day `as_of`; null where it still lasts.

    The end that was recorded decides once it is known. Until then a planned end counts once it has passed: a listing
    until 2028 does not go on in 2029 because nobody wrote down that it was over.
    """
    return (
        f"CASE WHEN r.end_date <= {as_of} AND r.end_known_date <= {as_of} THEN r.end_date "
        f"WHEN r.planned_end_date <= {as_of} THEN r.planned_end_date END"
    )
