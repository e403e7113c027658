"""One writer at a time: a lock that the operating system releases when its holder dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from riskml.errors import RunError


@contextmanager
def exclusive(path: Path) -> Iterator[None]:
    """Hold the lock file `path` for the length of a ``with`` block.

    Raises
    ------
    RunError
        At once, where another process holds it; says which one.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+", encoding="utf-8") as handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            who = _written(path)
            raise RunError(
                zh=f"另一个 riskml 进程（{who}）正在使用 {path.parent}；请等它结束后再试。",
                en=f"Another riskml process ({who}) is working in {path.parent}; try again when it has ended.",
            ) from error
        handle.truncate(0)
        handle.write(f"pid {os.getpid()}, {datetime.now():%Y-%m-%d %H:%M:%S}\n")
        handle.flush()
        yield


def holder(path: Path) -> str | None:
    """Who holds the lock file `path` (its process id and since when), or None where nobody does."""
    try:
        with path.open(encoding="utf-8") as handle:
            fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
    except FileNotFoundError:
        return None
    except BlockingIOError:
        return _written(path)
    return None


def _written(path: Path) -> str:
    return path.read_text(encoding="utf-8").strip() or "pid ?"
