"""Benchmarks on real inspections: from raw extracts through records and indicators to figures, by the product's own path."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from riskml.benchmarks.beijing import run_beijing
from riskml.benchmarks.chicago import run_chicago
from riskml.benchmarks.dataset import BenchmarkResult
from riskml.errors import ConfigurationError
from riskml.records.ingest import Progress

BENCHMARKS: dict[str, Callable[[Path, Progress], BenchmarkResult]] = {"beijing": run_beijing, "chicago": run_chicago}
"""Name of the data set → what runs its benchmark."""


def run_benchmark(name: str, data: Path, on_progress: Progress) -> BenchmarkResult:
    """Run the benchmark on the data set `name`, whose files lie in the folder `data`.

    Raises
    ------
    ConfigurationError
        Where there is no such benchmark.
    RunError
        Where a file is missing or cannot be read.
    """
    if name not in BENCHMARKS:
        known = ", ".join(BENCHMARKS)
        raise ConfigurationError(
            zh=f"没有名为 {name} 的检验；可用：{known}。", en=f"There is no benchmark {name!r}; there are {known}."
        )
    return BENCHMARKS[name](data, on_progress)
