"""Simulated provinces that take long to make. The first worker that needs one makes it; whoever writes to it takes a
copy.
"""

from __future__ import annotations

import fcntl
import os
import shutil
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest

from riskml.core.init import create_workspace
from riskml.core.workspace import Workspace
from riskml.lab.simulation import simulate
from riskml.records.ingest import ingest
from riskml.records.sources import load_source

T = date(2026, 10, 31)


def silent(*_: object) -> None:
    """No progress."""


def made_once(factory: pytest.TempPathFactory, name: str, make: Callable[[Path], object]) -> Path:
    """A folder that is made once in a run of the tests, whichever worker asks first."""
    base = factory.getbasetemp()
    shared = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "made-once"
    shared.mkdir(exist_ok=True)
    folder, done = shared / name, shared / f"{name}.done"
    with (shared / f"{name}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(folder, ignore_errors=True)  # of a worker that failed
            make(folder)
            done.touch()
    return folder


def copied(made: Path, to: Path) -> Workspace:
    """A copy of a workspace that was made once; also shows that a workspace may be moved."""
    return Workspace(shutil.copytree(made, to))


def loaded_province(root: Path, enterprises: int, seed: int, months: int, received: date) -> Workspace:
    """A simulated province with its records loaded."""
    made = create_workspace(root)
    simulate(enterprises, seed, months, T, made.data / "simulated", made.data / "truth")
    ingest(made, load_source(made.sources / "simulated"), made.data / "simulated", received, silent)
    return made


def trained_province(loaded: Path, root: Path) -> None:
    """The province `loaded` with a model by the shipped settings in use."""
    from riskml.lifecycle.retrain import retrain  # only here: what it loads takes seconds

    retrain(copied(loaded, root), "yunnan", T, silent)
