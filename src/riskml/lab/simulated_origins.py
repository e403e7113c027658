"""A simulated province at rolling origins, where some visits are random draws: the model beside the usual scorecard,
and whether the intervals of its risks hold what was found.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from riskml.core.init import create_workspace
from riskml.core.language import Label, say
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.lab.benchmarks.dataset import ShownTable
from riskml.lab.benchmarks.rolling import SEEDS, Rolled, rolled_note, rolled_tables
from riskml.lab.simulation import simulate
from riskml.lifecycle.judge import MODEL, judge
from riskml.lifecycle.whole_cohort import read_whole_cohort
from riskml.records.ingest import ingest
from riskml.records.sources import load_source
from riskml.training.choice import REFERENCE
from riskml.training.interval_coverage import coverage_of

ENTERPRISES, PROVINCE_SEED, MONTHS = 30_000, 7, 48

SCHEME = "yunnan"

LAST_DAY = date(2026, 10, 31)

ORIGINS, ORIGIN_MONTHS = 4, 3


@dataclass(frozen=True)
class SimulatedResult:
    """What the benchmark gives."""

    rolled: tuple[Rolled, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON (``riskml benchmark simulated --json``)."""
        made = {"simulated": True, "enterprises": ENTERPRISES, "seed": PROVINCE_SEED}
        return {**made, "rolled": [one.to_dict() for one in self.rolled]}

    def tables(self) -> tuple[ShownTable, ...]:
        """Rolling origins and intervals."""
        return rolled_tables(self.rolled)

    def notes(self) -> tuple[str, ...]:
        """What has to be known to read them."""
        return (
            *map(rolled_note, self.rolled),
            say(
                f"模拟数据：{ENTERPRISES:,} 家企业；数字说明程序，不说明任何地方的企业",
                f"Simulated data of {ENTERPRISES:,} enterprises: figures speak of the program, of no place's "
                "enterprises",
            ),
        )


def run_simulated(on_progress: Progress) -> SimulatedResult:
    """Simulate a province, load it, and judge the shipped settings at rolling origins."""
    with TemporaryDirectory(prefix="riskml-simulated-") as root:
        workspace = create_workspace(Path(root) / "workspace")
        raw = workspace.data / "simulated"
        simulate(ENTERPRISES, PROVINCE_SEED, MONTHS, LAST_DAY, raw, workspace.data / "truth")
        ingest(workspace, load_source(workspace.sources / "simulated"), raw, LAST_DAY, on_progress)
        return SimulatedResult((roll_draws(workspace, ORIGINS, ORIGIN_MONTHS, on_progress),))


def roll_draws(workspace: Workspace, origins: int, months: int, on_progress: Progress) -> Rolled:
    """The last `origins` windows of `months` months of a simulated province's random draws."""
    data = read_whole_cohort(workspace, SCHEME, LAST_DAY, on_progress)
    by_seed = []
    for seed in SEEDS:
        model = data.settings.model.model_copy(update={"random_state": seed})
        seeded = replace(data, settings=data.settings.model_copy(update={"model": model}))
        by_seed.append(judge(seeded, {}, origins, months, on_progress))
    judged = by_seed[0]
    visits = judged.visits
    return Rolled(
        name=Label("模拟省份", "simulated"),
        origins=len(judged.origins),
        days=(judged.origins[0], max(visits["as_of"])),
        visits=len(visits),
        problems=int(visits["outcome"].sum()),
        model=judged.mean_auc(MODEL),
        scorecard=judged.mean_auc(REFERENCE),
        above=judged.above(MODEL, REFERENCE),
        seeds=tuple(one.mean_auc(MODEL).value for one in by_seed),
        groups=coverage_of(visits[MODEL], visits[f"{MODEL}_low"], visits[f"{MODEL}_high"], visits["outcome"]).groups,
        drawn=True,
    )
