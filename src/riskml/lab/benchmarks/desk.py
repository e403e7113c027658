"""One enterprise at an inspector's desk: how long an answer takes, beside what an analyst would do today."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from riskml.core.language import SIMULATED, say
from riskml.core.progress import Progress
from riskml.lab.benchmarks.dataset import ShownTable
from riskml.lab.benchmarks.desk_sides import STEPS
from riskml.lab.benchmarks.speed_province import SpeedProvince, open_speed_province, run_python


@dataclass(frozen=True)
class DeskResult:
    """What was measured.

    Parameters
    ----------
    measured
        Step of `desk_sides` → what it printed.
    simulated
        Whether the records are.
    """

    simulated: bool
    measured: dict[str, dict[str, Any]]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON (``riskml benchmark desk --json``), by wall clock."""
        explain, readers, usual = (self.measured[step] for step in ("explain", "readers", "usual"))
        rescore, repair = self.measured["rescore"], self.measured["repair"]
        return {
            "enterprises": self.measured["publish"]["enterprises"],
            "cores": os.cpu_count(),
            "simulated": self.simulated,
            "explain_ms": {name: explain[name] for name in ("median", "p99")},
            "shell_s": self.measured["shell"]["seconds"],
            "readers_20": {
                "median_ms": readers["median"],
                "p99_ms": readers["p99"],
                "rss_mib": readers["rss_mib"],
            },
            "rescore_ms": rescore["rescore"],
            "what_if_ms": rescore["what_if"],
            "repair": {
                "solved_share": repair["solved_share"],
                "median_ms": repair["median"],
                "p99_ms": repair["p99"],
                "within_a_second": repair["within_a_second"],
                "processor_ms": repair["processor"],
            },
            "usual_s": usual["seconds"],
        }

    def tables(self) -> tuple[ShownTable, ...]:
        """One row for each thing asked."""
        found = self.to_dict()
        explain, readers, repair = found["explain_ms"], found["readers_20"], found["repair"]
        size = f"{found['enterprises']:,} {say('家企业', 'enterprises')}{SIMULATED.said if self.simulated else ''}"
        milliseconds = say("毫秒", "ms")
        rows = (
            (
                say("说明一家企业", "one enterprise explained"),
                _ms(explain["median"]),
                _ms(explain["p99"]),
                milliseconds,
            ),
            (
                say("同时 20 人，各自说明", "20 readers at once, each explanation"),
                _ms(readers["median_ms"]),
                _ms(readers["p99_ms"]),
                milliseconds,
            ),
            (say("命令行，含启动", "from the shell, start included"), f"{found['shell_s']:.2f}", "–", say("秒", "s")),
            *(
                (said, _ms(found[name]["median"]), _ms(found[name]["p99"]), milliseconds)
                for name, said in (
                    ("rescore_ms", say("重新评分", "graded again")),
                    ("what_if_ms", say("重新评分，并假设一步", "graded again, and with one step supposed")),
                )
            ),
            (
                say(
                    f"C、D 类的改善途径（{repair['solved_share']:.1%} 求得全部并证明）",
                    f"the way back of a C or D ({repair['solved_share']:.1%} found whole and proved)",
                ),
                _ms(repair["median_ms"]),
                _ms(repair["p99_ms"]),
                milliseconds,
            ),
            (
                say("通常写法：pandas + shap，一家企业", "usual way: pandas + shap, one enterprise"),
                f"{found['usual_s']:.1f}",
                "–",
                say("秒", "s"),
            ),
        )
        heads = ("", say("中位数", "median"), say("第 99 百分位", "99th percentile"), "")
        return (ShownTable(say(f"一家企业：{size}", f"One enterprise: {size}"), heads, rows),)

    def notes(self) -> tuple[str, ...]:
        """On what, and in how much memory."""
        explain, readers = self.measured["explain"], self.measured["readers"]
        return (
            say(
                f"{os.cpu_count()} 核；一个进程中先后说明 {explain['asked']} 家企业；命令行启动 "
                f"{self.measured['shell']['started']} 次",
                f"{os.cpu_count()} cores; {explain['asked']} enterprises one after another in one process; the command "
                f"started {self.measured['shell']['started']} times",
            ),
            say(
                f"{readers['readers']} 人同时：一个进程的 {readers['readers']} 个线程，各问 {readers['each']} 家，"
                f"进程内存峰值 {readers['rss_mib']:,.0f} MiB",
                f"{readers['readers']} at once: as many threads of one process, each asks about {readers['each']}; the "
                f"process's largest resident size is {readers['rss_mib']:,.0f} MiB",
            ),
        )


def run_desk(enterprises: int, data: Path | None, on_progress: Progress) -> DeskResult:
    """Measure answers about one enterprise.

    Parameters
    ----------
    enterprises, data
        As `open_speed_province` has them.

    Raises
    ------
    RunError
        Where a step fails.
    """
    with open_speed_province(enterprises, "6", data, on_progress) as province:
        measured = {}
        for number, step in enumerate(STEPS):
            on_progress(step, number, len(STEPS))
            measured[step] = _measure(step, province)
        return DeskResult(province.store.simulated, measured)


def _measure(step: str, province: SpeedProvince) -> dict[str, Any]:
    """Run one step of `desk_sides` in a process of its own."""
    root, day = str(province.workspace.root), province.as_of.isoformat()
    found: dict[str, Any] = json.loads(run_python("riskml.lab.benchmarks.desk_sides", step, root, day).splitlines()[-1])
    return found


def _ms(value: float) -> str:
    return f"{value:,.0f}"
