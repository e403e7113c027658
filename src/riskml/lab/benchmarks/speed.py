"""Speed: the monthly run and its parts beside what an analyst would write today, on the same records, in one
session.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from riskml.core.language import SIMULATED, say
from riskml.core.progress import Progress
from riskml.lab.benchmarks.dataset import ShownTable
from riskml.lab.benchmarks.speed_commands import measure_commands
from riskml.lab.benchmarks.speed_province import Depth, SpeedProvince, open_speed_province, run_python
from riskml.lab.benchmarks.speed_sides import PAIR_MONTHS, STEPS

_EVIDENCE = ("evidence, finding it", "evidence, listing it")


@dataclass(frozen=True)
class SpeedResult:
    """What was measured.

    Parameters
    ----------
    measured
        Step of `speed_sides` → what it printed.
    simulated
        Whether the records are.
    """

    depth: Depth
    simulated: bool
    measured: dict[str, dict[str, Any]]

    @property
    def naive_stages(self) -> dict[str, float]:
        """The naive side's stages; without the evidence of reasons where the run publishes none, to compare the same
        work.
        """
        stages: dict[str, float] = self.measured["naive"]["stages"]
        return {
            name: value for name, value in stages.items() if self.measured["run"]["evidence"] or name not in _EVIDENCE
        }

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON (``riskml benchmark speed --json``). Times are seconds of wall clock."""
        month_end, pairs, run, naive = (self.measured[step] for step in ("month_end", "pairs", "run", "naive"))
        pandas_seconds, naive_seconds = naive["stages"]["indicators"], sum(self.naive_stages.values())
        contributions, together = (
            {name: value for name, value in self.measured[step].items() if name != "peak_memory_gib"}
            for step in ("contributions", "together")
        )
        return {
            "enterprises": run["enterprises"],
            "depth": self.depth,
            "cores": os.cpu_count(),
            "simulated": self.simulated,
            "contributions": contributions,
            "together": together,
            "features": {
                "ours_seconds": month_end["seconds"],
                "pandas_seconds": pandas_seconds,
                "ratio": pandas_seconds / month_end["seconds"],
                "pairs": pairs["pairs"],
                "pairs_seconds": pairs["seconds"],
                "pairs_over_month_end": pairs["seconds"] / month_end["seconds"],
                "ours_peak_memory_gib": month_end["peak_memory_gib"],
                "pairs_peak_memory_gib": pairs["peak_memory_gib"],
            },
            "run": {
                "ours_seconds": run["seconds"],
                "naive_seconds": naive_seconds,
                "ratio": naive_seconds / run["seconds"],
                "stages": {"ours": run["stages"], "naive": self.naive_stages},
                "naive_rows_measured": dict.fromkeys(naive["extrapolated"], naive["measured"]),
                "naive_peak_memory_gib": naive["peak_memory_gib"],
            },
            "commands": self.measured["commands"],
            "peak_memory_gib": run["peak_memory_gib"],
        }

    def tables(self) -> tuple[ShownTable, ...]:
        """Both sides with their ratios, and the stages of the run."""
        found = self.to_dict()
        contributions, together = found["contributions"], found["together"]
        features, run = found["features"], found["run"]
        size = f"{found['enterprises']:,} {say('家企业', 'enterprises')}{SIMULATED.said if self.simulated else ''}"
        stage_heads = (say("阶段", "stage"), say("秒", "s"))
        shown = (
            (
                say("贡献值，行/秒/核", "contributions, rows/s/core"),
                f"{contributions['ours_rows_per_second_per_core']:,.0f}",
                f"{contributions['lightgbm_rows_per_second_per_core']:,.0f}",
                f"{contributions['ratio']:.1f}×",
            ),
            (
                say("原因两两同时的作用，行/秒/核", "pairs of reasons, rows/s/core"),
                f"{together['ours_rows_per_second_per_core']:,.0f}",
                f"{together['shap_rows_per_second_per_core']:,.1f}",
                f"{together['ratio']:.1f}×",
            ),
            (
                say("指标，一个月末，秒", "indicators, one month-end, s"),
                *_row(features, "ours_seconds", "pandas_seconds"),
            ),
            (
                say(f"训练矩阵，{PAIR_MONTHS} 个月末，秒", f"training matrix over {PAIR_MONTHS} month-ends, s"),
                f"{features['pairs_seconds']:.1f}",
                "–",
                f"÷ {say('月末', 'month-end')} {features['pairs_over_month_end']:.2f}",
            ),
            (say("整个月度评分，秒", "the whole run, s"), *_row(run, "ours_seconds", "naive_seconds")),
            (
                say("内存峰值，GiB", "peak memory, GiB"),
                str(found["peak_memory_gib"]),
                str(run["naive_peak_memory_gib"]),
                "",
            ),
        )
        return (
            ShownTable(
                say(f"速度：{size}，树深 {self.depth}", f"Speed: {size}, depth {self.depth}"),
                ("", "riskml", say("通常写法", "usual way"), say("比", "ratio")),
                shown,
            ),
            ShownTable(
                say("当月其他命令", "The month's other commands"),
                ("", say("秒", "s"), say("处理器秒", "processor s"), "GiB"),
                tuple(
                    (name, f"{one['seconds']:,.1f}", f"{one['processor_seconds']:,.1f}", one["peak_memory_gib"])
                    for name, one in found["commands"].items()
                ),
            ),
            ShownTable(say("riskml 各阶段，秒", "Stages of riskml, s"), stage_heads, _stages(run["stages"]["ours"])),
            ShownTable(
                say("通常写法各阶段，秒", "Stages of the usual way, s"), stage_heads, _stages(run["stages"]["naive"])
            ),
        )

    def notes(self) -> tuple[str, ...]:
        """What was measured and what was scaled up."""
        naive, contributions = self.measured["naive"], self.measured["contributions"]
        scaled = ", ".join(naive["extrapolated"])
        notes = [
            say(
                f"{os.cpu_count()} 核；每一项在自己的进程中，文件都已读过一遍",
                f"{os.cpu_count()} cores; each in a process of its own, all files read once before",
            ),
            say(
                f"贡献值与 LightGBM pred_contrib 的最大差：{contributions['max_abs_diff']:.1e}，"
                f"{contributions['rows']:,} 行、单线程",
                "Largest difference of the contributions to LightGBM's pred_contrib: "
                f"{contributions['max_abs_diff']:.1e}, {contributions['rows']:,} "
                "rows, one thread",
            ),
            say(
                "通常写法：pandas + shap.TreeExplainer + 逐户规则（riskml.lab.naive）",
                "Usual way: pandas + shap.TreeExplainer + rules row by row (riskml.lab.naive)",
            ),
        ]
        if scaled:
            notes.append(
                say(
                    f"由 {naive['enterprises']:,} 家中的 {naive['measured']:,} 家按比例推算：{scaled}；其余全部实测",
                    f"Scaled up linearly from {naive['measured']:,} of {naive['enterprises']:,} enterprises: {scaled}; "
                    "the rest measured whole",
                )
            )
        if not self.measured["run"]["evidence"]:
            notes.append(
                say(
                    "两边都未计收集原因依据的时间：本程序评分时不发布",
                    "Evidence of reasons is left out of both: the run publishes none",
                )
            )
        return tuple(notes)


def run_speed(enterprises: int, depth: Depth, data: Path | None, on_progress: Progress) -> SpeedResult:
    """Measure the product beside the usual way.

    Parameters
    ----------
    enterprises, depth, data
        As `open_speed_province` has them.

    Raises
    ------
    RunError
        Where a step fails.
    """
    with open_speed_province(enterprises, depth, data, on_progress) as province:
        measured = {}
        for number, step in enumerate(STEPS):
            on_progress(step, number, len(STEPS))
            measured[step] = measure(step, province)
        measured["commands"] = measure_commands(province)
        simulated = province.store.simulated
        return SpeedResult(depth, simulated, measured)


def measure(step: str, province: SpeedProvince) -> dict[str, Any]:
    """Run one step of `speed_sides` in a process of its own."""
    printed = run_python(
        "riskml.lab.benchmarks.speed_sides", step, str(province.workspace.root), province.as_of.isoformat()
    )
    found: dict[str, Any] = json.loads(printed.strip().splitlines()[-1])
    return found


def _row(found: dict[str, Any], ours: str, theirs: str) -> tuple[str, str, str]:
    return (f"{found[ours]:,.1f}", f"{found[theirs]:,.1f}", f"{found['ratio']:.1f}×")


def _stages(seconds: dict[str, float]) -> tuple[tuple[object, ...], ...]:
    return tuple((name, f"{value:,.1f}") for name, value in seconds.items())
