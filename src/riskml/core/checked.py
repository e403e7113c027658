"""What was checked when it was put in place, and is as it was then, is not checked again by every reader.

Files that people edit are checked field by field, which takes longer than to read them. A run carries copies of them,
made after that: where their digests are those of the manifest, they are only read.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

_CHECKED: ContextVar[bool] = ContextVar("checked", default=False)


@contextmanager
def checked_before() -> Iterator[None]:
    """Within it what is read was checked before; the caller has compared its digest."""
    token = _CHECKED.set(True)
    try:
        yield
    finally:
        _CHECKED.reset(token)


def was_checked() -> bool:
    """Whether what is being read was checked before."""
    return _CHECKED.get()
