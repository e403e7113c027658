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
    RolledResult,
    ShownTable,
    compared_heads,
    compared_notes,
    compared_rows,
)
from riskml.lab.benchmarks.rolling import Rolled, rolled_tables

BENCHMARKS: dict[str, Callable[[Path, Progress], ComparedResult]] = {
    "beijing": run_beijing,
    "chicago": run_chicago,
    "ccf2017": run_ccf2017,
}
"""Name of the data set → what runs its benchmark."""


@dataclass(frozen=True)
class AllResults:
    """Every benchmark on real data, by name, and a simulated province at rolling origins."""

    results: dict[str, ComparedResult]
    simulated: RolledResult

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON (``riskml benchmark all --json``)."""
        rows = {name: [asdict(row) for row in one.comparison()] for name, one in self.results.items()}
        whole = {name: one.to_dict() for name, one in self.results.items()}
        return {
            "comparison": rows,
            "rolling": [one.to_dict() for one in self._rolled()],
            **whole,
            "simulated": self.simulated.to_dict(),
        }

    def tables(self) -> tuple[ShownTable, ...]:
        """The published figure, plain LightGBM's and ours; rolling origins; intervals."""
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
            *rolled_tables(self._rolled()),
        )

    def notes(self) -> tuple[str, ...]:
        """Of the published figures and each benchmark's own, which may say the same: that is said once."""
        said = {
            name: dict.fromkeys((*compared_notes(one.comparison()), *one.notes())) for name, one in self.results.items()
        }
        said["simulated"] = dict.fromkeys(self.simulated.notes())
        return tuple(f"{name}: {note}" for name, notes in said.items() for note in notes)

    def _rolled(self) -> list[Rolled]:
        return [one for result in (*self.results.values(), self.simulated) for one in result.rolled]


def run_benchmark(name: str, data: Path, on_progress: Progress) -> BenchmarkResult:
    """Run the benchmark on the data set `name`, whose files lie in `data`.

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


def run_all(data: Path, simulated: Callable[[Progress], RolledResult], on_progress: Progress) -> AllResults:
    """Run every benchmark on real data, each in its folder below `data`, and `simulated`, which makes a province of its
    own: nothing here may reach what is simulated.

    Raises
    ------
    RunError
        Where a file is missing or cannot be read.
    """
    return AllResults({one: run(data / one, on_progress) for one, run in BENCHMARKS.items()}, simulated(on_progress))
