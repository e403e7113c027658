"""How long a plan of everyone takes: made, committed to, drawn, and drawn again by the verifier alone."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa

from riskml.core.errors import RunError
from riskml.core.init import shipped_files
from riskml.core.language import SIMULATED, say
from riskml.core.ledger import Ledger
from riskml.core.progress import Progress
from riskml.lab.benchmarks.dataset import ShownTable
from riskml.planning.commitment import commit, draw
from riskml.planning.frame import COLUMNS
from riskml.planning.make import make_plan
from riskml.planning.office_lists import OfficeLists
from riskml.planning.plan_files import PlanFolder
from riskml.planning.settings import PlanSettings
from riskml.planning.write import write_plan
from riskml.sampling import verifier
from riskml.sampling.verifier import Inspector, nonce_hash
from riskml.schemes.scheme import load_scheme

_NONCE, _SECRET = "benchmark", "0" * 64

_DIVISIONS = 129
"""Counties of the province that the frame is made for."""

STEPS = {
    "make": ("制定", "make"),
    "commit": ("承诺", "commit"),
    "draw": ("抽取", "draw"),
    "verify": ("核验程序重新抽取并比对", "draw again and compare, by the verifier alone"),
}


@dataclass(frozen=True)
class PlanResult:
    """Seconds by the wall clock and of processor time, by step of `STEPS`."""

    enterprises: int
    drawn: int
    visits: int
    seconds: dict[str, float]
    processor: dict[str, float]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON (``riskml benchmark plan --json``)."""
        return {
            "enterprises": self.enterprises, "simulated": True, "cores": os.cpu_count(), "drawn": self.drawn,
            "visits": self.visits, "seconds": self.seconds, "processor_seconds": self.processor,
        }  # fmt: skip

    def tables(self) -> tuple[ShownTable, ...]:
        """One row for each step."""
        title = say(
            f"{self.enterprises:,} 户的计划，抽 {self.drawn:,} 户",
            f"A plan of {self.enterprises:,}, {self.drawn:,} drawn",
        )
        heads = ("", say("秒", "seconds"), say("处理器秒", "processor seconds"))
        rows = tuple((say(*STEPS[step]), f"{self.seconds[step]:.1f}", f"{self.processor[step]:.1f}") for step in STEPS)
        return (ShownTable(title + SIMULATED.said, heads, rows),)

    def notes(self) -> tuple[str, ...]:
        """What the frame is."""
        return (say("名单由随机数生成，不读记录和结果。", "The frame is made of random numbers: no records, no run."),)


def run_plan(enterprises: int, on_progress: Progress) -> PlanResult:
    """Make, commit to, draw and verify a plan of so many enterprises."""
    settings, lists, people = _settings(), _lists(), _people(enterprises)
    scheme = load_scheme(shipped_files() / "models" / settings.scheme / "scheme.yaml")
    seconds: dict[str, float] = {}
    processor: dict[str, float] = {}

    @contextmanager
    def timed(step: str) -> Iterator[None]:
        on_progress(step, len(seconds), len(STEPS))
        start, used = time.perf_counter(), _processor()
        yield
        seconds[step], processor[step] = time.perf_counter() - start, _processor() - used

    with TemporaryDirectory() as made_in:
        root = Path(made_in)
        folder, ledger = PlanFolder(root / "plan", f"{settings.scheme}/{settings.plan}"), Ledger(root / "ledger.jsonl")
        with timed("make"):
            made = make_plan(settings, scheme, lists, people, _SECRET)
            write_plan(
                folder, made, lists.inspectors, (), secret=_SECRET, as_of=date(2026, 10, 31), others=(), simulated=True
            )
        with timed("commit"):
            commit(ledger, folder)
        with timed("draw"):
            draw(ledger, folder, "", {"witness": _NONCE})
        with timed("verify"):
            done = subprocess.run(
                [sys.executable, "-I", verifier.__file__, folder.published, "--ledger", ledger.path],
                capture_output=True,
                text=True,
                check=False,
            )
        if done.returncode:
            raise RunError(zh=f"核验不符：{done.stdout}{done.stderr}", en=f"Not verified: {done.stdout}{done.stderr}")
        visits = (folder.published / "visits.csv").read_bytes().count(b"\n") - 1
        return PlanResult(enterprises, made.size, visits, seconds, processor)


def _processor() -> float:
    """Seconds of the processor that this process and those it waited for have used."""
    own, others = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime


def _settings() -> PlanSettings:
    return PlanSettings.model_validate(
        {
            "plan": "benchmark",
            "scheme": "yunnan",
            "period": {"from": date(2026, 12, 1), "until": date(2026, 12, 31)},
            "ratios": [
                {"grade": "A", "ratio": 0.01, "manner": "off_site"},
                {"grade": "B", "ratio": 0.02},
                {"grade": "C", "ratio": 0.10},
                {"grade": "D", "ratio": 0.30},
            ],
            "tilt": {"power": 2},
            "budget": {"inspector_days": 150_000, "short": "scale"},
            "cap": {"visits_a_year": 4},
            "inspectors": {"file": "inspectors.csv"},
            "witnesses": [{"name": "witness", "hash": nonce_hash(_NONCE)}],
        }
    )


def _lists() -> OfficeLists:
    """Twenty inspectors of each county, and more for the whole province."""
    places = [(f"53{number // 9 + 1:02d}{number % 9 + 1:02d}",) for number in range(_DIVISIONS) for _ in range(20)]
    inspectors = [Inspector(f"I{number}", place, frozenset(), 6_000) for number, place in enumerate(places)]
    return OfficeLists((), (*inspectors, *(Inspector(f"P{one}", (), frozenset(), 6_000) for one in range(100))), ())


def _people(enterprises: int) -> pa.Table:
    """A frame of random numbers, with the shares of grades that a province published (Xinjiang, end of 2022)."""
    random = np.random.default_rng(7)
    county = random.integers(0, _DIVISIONS, enterprises)
    false = np.zeros(enterprises, dtype=bool)
    risk = random.beta(2, 6, enterprises)
    grade = np.digitize(risk.argsort().argsort() / enterprises, [0.486, 0.901, 0.965])
    return pa.table(
        {
            "enterprise_id": [f"91530000{number:010d}" for number in range(enterprises)],
            "division": np.array([f"53{one // 9 + 1:02d}{one % 9 + 1:02d}" for one in range(_DIVISIONS)])[county],
            "trade": np.array([f"{letter}0110" for letter in "ABCDEFGHIJKLMNOPQRST"])[
                random.integers(0, 20, enterprises)
            ],
            "kind": np.full(enterprises, "limited_company"),
            "grade": np.array(list("ABCD"))[grade],
            "industry": pa.nulls(enterprises, pa.string()),
            "risk": risk,
            "visits": random.poisson(0.3, enterprises).astype(np.int32),
            "draws": np.zeros(enterprises, dtype=np.int32),
            "visited": false,
            "observed": false,
            "warned": false,
            "due": pa.nulls(enterprises, pa.date32()),
        },
        COLUMNS,
    )
