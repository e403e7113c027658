"""How much memory this process has taken."""

from __future__ import annotations

import resource
import sys
from pathlib import Path

_STATUS = Path("/proc/self/status")


def peak_memory() -> int:
    """The largest resident size this process has had, in bytes.

    Linux hands `ru_maxrss` on to the program that a process becomes: one started by a large process would be told of
    with its parent's memory. ``VmHWM`` begins anew with the program.
    """
    if not _STATUS.exists():  # not Linux
        largest = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return largest if sys.platform == "darwin" else largest * 1024
    (told,) = (line for line in _STATUS.read_text(encoding="utf-8").splitlines() if line.startswith("VmHWM:"))
    return int(told.split()[1]) * 1024
