"""The largest resident size of a process is its own, whoever started it."""

from __future__ import annotations

import subprocess
import sys

import numpy as np

from riskml.core.memory import peak_memory

TOLD = "from riskml.core.memory import peak_memory; print(peak_memory())"


def test_a_process_that_a_large_one_starts_does_not_tell_of_the_large_ones_memory() -> None:
    size = 2**28
    np.ones(size // 8)  # taken and given back: the largest size is asked for
    child = int(subprocess.run([sys.executable, "-c", TOLD], capture_output=True, text=True, check=True).stdout)
    assert child < size < peak_memory()
