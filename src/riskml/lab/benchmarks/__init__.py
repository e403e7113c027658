"""Benchmarks on real inspections: from raw extracts through records and indicators to figures, by the product's own
path.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from riskml.core.errors import ConfigurationError
from riskml.core.language import say
from riskml.core.progress import Progress
from riskml.lab.benchmarks.beijing import run_beijing
from riskml.lab.benchmarks.ccf2017 import run_ccf2017
from riskml.lab.benchmarks.chicago import run_chicago
from riskml.lab.benchmarks.dataset import (
    BenchmarkResult,
    ComparedResult,
    ShownTable,
    compared_heads,
    compared_notes,
    compared_rows,
)

BENCHMARKS: dict[str, Callable[[Path, Progress], ComparedResult]] = {
    "beijing": run_beijing,
    "chicago": run_chicago,
    "ccf2017": run_ccf2017,
}
"""Name of the data set → what runs its benchmark."""


@dataclass(frozen=True)
class AllResults:
    """Every benchmark on real data, by name."""

    results: dict[str, ComparedResult]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON (``riskml benchmark all --json``)."""
        rows = {name: [asdict(row) for row in one.comparison()] for name, one in self.results.items()}
        return {"comparison": rows, **{name: one.to_dict() for name, one in self.results.items()}}

    def tables(self) -> tuple[ShownTable, ...]:
        """One table: the published figure, plain LightGBM's and ours."""
        rows = tuple(row for one in self.results.values() for row in compared_rows(one.comparison()))
        return (
            ShownTable(
                say(
                    "AUC 和 95 % 区间；每行各列是同一批检验",
                    "AUC with 95 % intervals; all columns of a row judge the same rows",
                ),
                compared_heads(),
                rows,
            ),
        )

    def notes(self) -> tuple[str, ...]:
        """Of the published figures and each benchmark's own, which may say the same: that is said once."""
        return tuple(
            f"{name}: {note}"
            for name, one in self.results.items()
            for note in dict.fromkeys((*compared_notes(one.comparison()), *one.notes()))
        )


def run_benchmark(name: str, data: Path, on_progress: Progress) -> BenchmarkResult:
    """Run the benchmark on the data set `name`, whose files lie in `data`; ``all``: every one, each in its folder below
    `data`.

    Raises
    ------
    ConfigurationError
        Where there is no such benchmark.
    RunError
        Where a file is missing or cannot be read.
    """
    if name == "all":
        return AllResults({one: run(data / one, on_progress) for one, run in BENCHMARKS.items()})
    if name not in BENCHMARKS:
        known = ", ".join((*BENCHMARKS, "all"))
        raise ConfigurationError(
            zh=f"没有名为 {name} 的检验；可用：{known}。", en=f"There is no benchmark {name!r}; there are {known}."
        )
    return BENCHMARKS[name](data, on_progress)
