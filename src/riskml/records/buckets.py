"""Which part of the store a record is in: a bucket of enterprises, the same number in every version of the engine."""

from __future__ import annotations

import hashlib

ENTERPRISES_PER_BUCKET = 62_500
"""A small store's: with fewer, what is asked of a bucket takes longer to plan than to answer."""

SMALL_STORE_BUCKETS = 4
"""With so many there is work for all threads of a run: a larger store has buckets of twice the size, eight for a
million enterprises, and one bucket's records fit in about 4 GiB.
"""


def buckets_for(enterprises: int) -> int:
    """How many buckets a new store gets.

    >>> [buckets_for(enterprises) for enterprises in (0, 62_501, 250_000, 500_000, 1_000_500)]
    [1, 2, 4, 4, 8]
    """
    small = -(-enterprises // ENTERPRISES_PER_BUCKET)
    return max(1, min(small, SMALL_STORE_BUCKETS), round(enterprises / (2 * ENTERPRISES_PER_BUCKET)))


def bucket_sql(subject: str, buckets: int) -> str:
    """The bucket of a subject, as SQL that gives the same number in every version of the engine."""
    return f"CAST(CAST('0x' || left(md5({subject}), 8) AS UINTEGER) % {buckets:d} AS INTEGER)"


def bucket_of(subject: str, buckets: int) -> int:
    """The same for one subject.

    >>> bucket_of("91530111MA01", 16) == int(hashlib.md5(b"91530111MA01").hexdigest()[:8], 16) % 16
    True
    """
    return int(hashlib.md5(subject.encode(), usedforsecurity=False).hexdigest()[:8], 16) % buckets
