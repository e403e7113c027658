"""What is timed at an inspector's desk, each in a process of its own.

``python -m riskml.lab.benchmarks.desk_sides STEP WORKSPACE AS_OF`` prints one JSON object.
"""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable, Collection, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq

from riskml.core.context_pool import ContextPool
from riskml.core.memory import peak_memory
from riskml.core.workspace import Workspace
from riskml.lab.benchmarks.speed_province import SCHEME, SpeedProvince
from riskml.records.repair import load_repair
from riskml.runs.explain_one import explain_one
from riskml.runs.published import published_run
from riskml.runs.rescoring import Rescorer, open_rescorer
from riskml.runs.way_back import Way

ASKED = 300
"""Enterprises that are asked about one after another, evenly spread over the run's."""

WARM = 40
"""Others asked about before the clock starts: a page's process has run for some time."""

READERS, EACH = 20, 10
"""Readers at once, and how many enterprises each asks about."""

STARTED = 5
"""How often the command is started; the median counts."""


def publish(province: SpeedProvince) -> dict[str, Any]:
    """The run that is read."""
    from riskml.runs.score import score  # only here: readers load none of it

    started = time.perf_counter()
    result = score(province.workspace, SCHEME, province.as_of, lambda *_: None)
    return {"enterprises": result.enterprises, "seconds": time.perf_counter() - started}


def explain(province: SpeedProvince) -> dict[str, Any]:
    """Whole explanations, one after another in a process that has answered before; the pages are not rendered."""
    asked = _asked(province, ASKED + WARM)
    for one in asked[:WARM]:
        _explain(province, one)
    return {"asked": ASKED, **_milliseconds([_explain(province, one) for one in asked[WARM:]])}


def shell(province: SpeedProvince) -> dict[str, Any]:
    """The command from its start to its end, as text, one process for each enterprise."""
    seconds = []
    for one in _asked(province, STARTED):
        command = [sys.executable, "-m", "riskml.cli", "--workspace", str(province.workspace.root), "explain", one]
        started = time.perf_counter()
        subprocess.run([*command, "--as-of", province.as_of.isoformat()], check=True, capture_output=True)
        seconds.append(time.perf_counter() - started)
    return {"started": STARTED, "seconds": float(np.median(seconds))}


def readers(province: SpeedProvince) -> dict[str, Any]:
    """As many readers at once, as threads of one process; the largest resident size is that of all together."""
    asked = _asked(province, READERS * EACH + WARM)
    for one in asked[:WARM]:
        _explain(province, one)
    left = asked[WARM:]
    with ContextPool(READERS) as pool:
        taken = [pool.submit(_ask, province, left[number::READERS]) for number in range(READERS)]
        seconds = [one for each in taken for one in each.result()]
    return {"readers": READERS, "each": EACH, **_milliseconds(seconds), "rss_mib": peak_memory() / 2**20}


def rescore(province: SpeedProvince) -> dict[str, Any]:
    """Grading again: with the records as they are, and with the first step that the law allows taken (of those who have
    one), each from reading the records on.
    """
    rescorer, law = _rescorer(province), load_repair(province.workspace.features)
    plain, supposed = list[float](), list[float]()
    for number, one in enumerate(_asked(province, ASKED + WARM)):
        started = time.perf_counter()
        rescorer.rescore(rescorer.around(one), [province.as_of])
        seconds = time.perf_counter() - started
        way = Way(rescorer, law, rescorer.around(one), province.as_of)
        if number >= WARM:
            plain.append(seconds)
        if not way.allowed_today:
            continue
        started = time.perf_counter()
        around = rescorer.around(one)
        rescorer.rescore(around, [province.as_of])
        rescorer.rescore(rescorer.supposing(around, [way.steps[0].edit], province.as_of), [province.as_of])
        if number >= WARM:
            supposed.append(time.perf_counter() - started)
    return {"asked": ASKED, "rescore": _milliseconds(plain), "what_if": _milliseconds(supposed)}


def repair(province: SpeedProvince) -> dict[str, Any]:
    """All smallest sets of repairable records that lead those of the two worst grades to a better one, with the proof
    that there are no others, from reading the records on.
    """
    rescorer, law = _rescorer(province), load_repair(province.workspace.features)
    worst = rescorer.policy.scheme.grade_names[-2:]
    seconds, processor, solved = list[float](), list[float](), list[bool]()
    for number, one in enumerate(_asked(province, ASKED + WARM, worst)):
        started, used = time.perf_counter(), time.process_time()
        way = Way(rescorer, law, rescorer.around(one), province.as_of)
        proved = all(certificate.proved for certificate in way.certificates)
        if number >= WARM:
            seconds.append(time.perf_counter() - started)
            processor.append(time.process_time() - used)
            solved.append(proved)
    return {
        "asked": len(solved),
        "solved_share": float(np.mean(solved)),
        "within_a_second": float(np.mean(np.array(seconds) < 1)),
        "processor": _milliseconds(processor),
        **_milliseconds(seconds),
    }


def usual(province: SpeedProvince) -> dict[str, Any]:
    """One enterprise explained as an analyst would today: the province's indicators in pandas, shap for its row."""
    import pandas as pd

    from riskml.lab.naive.pipeline import run_naive  # only here: what shap loads is no memory of the other side's

    folder = province.workspace.root / "naive"
    started = time.perf_counter()
    run_naive(province.store, province.model.bundle, pd.Timestamp(province.as_of), folder, sample=1)
    return {"seconds": time.perf_counter() - started}


STEPS: dict[str, Callable[[SpeedProvince], dict[str, Any]]] = {
    step.__name__: step for step in (publish, explain, shell, readers, rescore, repair, usual)
}
"""Every step by name, in the order they are run: all others read what `publish` published."""


def _rescorer(province: SpeedProvince) -> Rescorer:
    """What grades by what the run was made by."""
    return open_rescorer(province.workspace, SCHEME, province.as_of, lambda *_: None)


def _asked(province: SpeedProvince, count: int, among: Collection[str] | None = None) -> list[str]:
    """Enterprises spread evenly over the run's, or over those of some grades, in an order drawn by chance, the same
    every time.
    """
    run = published_run(province.workspace, SCHEME, province.as_of)
    read = [pq.read_table(path, columns=["enterprise_id", "grade"]) for path in run.parts("grades")]
    graded = [
        row["enterprise_id"] for part in read for row in part.to_pylist() if among is None or row["grade"] in among
    ]
    chosen = np.linspace(0, len(graded) - 1, min(count, len(graded))).astype(int)
    return [graded[place] for place in np.random.default_rng(0).permutation(chosen)]


def _ask(province: SpeedProvince, asked: Sequence[str]) -> list[float]:
    return [_explain(province, one) for one in asked]


def _explain(province: SpeedProvince, enterprise: str) -> float:
    """The seconds that one explanation takes."""
    started = time.perf_counter()
    explain_one(province.workspace, SCHEME, enterprise, province.as_of)
    return time.perf_counter() - started


def _milliseconds(seconds: Sequence[float]) -> dict[str, float]:
    median, slow = np.quantile(seconds, (0.5, 0.99)) * 1000
    return {"median": float(median), "p99": float(slow)}


def main(step: str, root: str, as_of: str) -> None:
    """Run one step and print what it measured."""
    province = SpeedProvince(Workspace(Path(root)), date.fromisoformat(as_of))
    print(json.dumps(STEPS[step](province)))


if __name__ == "__main__":
    main(*sys.argv[1:])
