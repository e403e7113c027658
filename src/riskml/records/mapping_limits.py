"""What the SQL of a source may take: so much time, and so much memory. It may come from elsewhere, and a short one can
ask for anything.

Time is kept by interrupting the engine. Its own bound of memory does not hold for texts that a function makes at once
(``replace(x, 'a', x)``), so the system's bound on the process's addresses stands behind it.
"""

from __future__ import annotations

import os
import resource
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from riskml.core.errors import ConfigurationError
from riskml.engines.duckdb import DEFAULT_MEMORY_GIB

_BESIDE_GIB = 4.0
_BESIDE_PER_CORE_GIB = 0.125
"""Addresses that a process takes beside the engine's memory: those of its files, and of each thread's own heap (64 MiB
a piece).
"""

_AGAIN = 0.2
"""Seconds until the engine is interrupted again: it may just be between two statements."""


@contextmanager
def mapping_limits(connection: duckdb.DuckDBPyConnection, path: Path, minutes: float) -> Iterator[None]:
    """Bound what `connection` does in a ``with`` block for the mapping at `path`.

    Raises
    ------
    ConfigurationError
        Where it takes longer, or more memory.
    """
    ended, late = threading.Event(), threading.Event()

    def watch() -> None:
        if not ended.wait(minutes * 60):
            late.set()
            while not ended.wait(_AGAIN):
                connection.interrupt()

    watching = threading.Thread(target=watch, daemon=True)
    watching.start()
    try:
        with _bounded_addresses():
            yield
    except duckdb.InterruptException as error:
        if not late.is_set():
            raise  # somebody pressed Ctrl-C
        raise ConfigurationError(
            zh=f"{path} 运行超过 {minutes:g} 分钟，已中断，该表未导入；它是否把几个文件逐行相乘（没有条件的连接）？"
            "确需更久的，在 settings.yaml 的 loading 写 sql_minutes。",
            en=f"{path} ran for more than {minutes:g} minutes and was stopped, its table was not loaded. Does it join "
            "files without a "
            "condition, each row with each? If it needs longer, set sql_minutes below 'loading' in settings.yaml.",
        ) from error
    except (duckdb.OutOfMemoryException, MemoryError) as error:
        raise ConfigurationError(
            zh=f"{path} 所需的内存（{DEFAULT_MEMORY_GIB:g} GiB）或临时空间超过上限，已中断，该表未导入；"
            "它是否造出很长的文字，"
            "把很多行并成一个值，或把几个文件逐行相乘？",
            en=f"{path} needs more than the {DEFAULT_MEMORY_GIB:g} GiB of memory or the temporary space that a load "
            "may take, and was stopped; "
            "its table was not loaded. Does it make very long texts, one value of many rows, or join each row with "
            "each?",
        ) from error
    finally:
        ended.set()
        watching.join()


@contextmanager
def _bounded_addresses() -> Iterator[None]:
    """Bound the process's addresses to those it has, the engine's memory and what it needs beside; no more than it may
    have anyway.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_AS)
    statm = Path("/proc/self/statm")
    if not statm.exists():  # not Linux: there the engine's own bound is all there is
        yield
        return
    used = int(statm.read_text().split()[0]) * resource.getpagesize()
    beside = _BESIDE_GIB + _BESIDE_PER_CORE_GIB * (os.cpu_count() or 1)
    most = used + int((DEFAULT_MEMORY_GIB + beside) * 2**30)
    if soft != resource.RLIM_INFINITY:
        most = min(most, soft)
    resource.setrlimit(resource.RLIMIT_AS, (most, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_AS, (soft, hard))
