"""One writer at a time: a lock that the operating system releases when its holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from riskml.core.errors import RunError


@contextmanager
def exclusive(path: Path, *, wait: float = 0) -> Iterator[None]:
    """Hold the lock on `path` for the length of a ``with`` block.

    Parameters
    ----------
    path
        A lock file, made where there is none, or a folder that exists.
    wait
        Seconds to wait for a process that holds it.

    Raises
    ------
    RunError
        Where another process holds it and does not let go in time; says which one.
    """
    is_folder = path.is_dir()
    folder = path if is_folder else path.parent
    folder.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDONLY if is_folder else os.O_RDWR | os.O_CREAT, 0o666)
    try:
        try:
            _lock(handle, time.monotonic() + wait)
        except BlockingIOError as error:
            who = _written(path)
            raise RunError(
                zh=f"另一个 riskml 进程（{who}）正在使用 {folder}；请等它结束后再试。",
                en=f"Another riskml process ({who}) is working in {folder}; try again when it has ended.",
            ) from error
        if not is_folder:
            os.ftruncate(handle, 0)
            os.write(handle, f"pid {os.getpid()}, {datetime.now():%Y-%m-%d %H:%M:%S}\n".encode())
        yield
    finally:
        os.close(handle)


def _lock(handle: int, until: float) -> None:
    """Lock an open file; a BlockingIOError where another process holds it at the time `until`."""
    while True:
        try:
            return fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() >= until:
                raise
            time.sleep(0.01)


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
    """What the holder wrote; a folder that is locked itself holds no note."""
    note = "" if path.is_dir() else path.read_text(encoding="utf-8").strip()
    return note or "pid ?"
