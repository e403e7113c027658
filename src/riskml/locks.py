"""One writer at a time: a lock that the operating system releases when its holder dies."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from riskml.errors import RunError


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock file `path` for the length of a ``with`` block.

    Raises
    ------
    RunError
        At once, where another process holds it.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise RunError(
                zh=f"另一个 riskml 进程正在使用 {path.parent}；请等它结束后再试。",
                en=f"Another riskml process is working in {path.parent}; try again when it has ended.",
            ) from error
        yield
