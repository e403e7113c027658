"""The province that speed is measured on: simulated, loaded and trained on by the product's own commands."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Literal

from riskml.core.errors import RunError
from riskml.core.init import create_workspace
from riskml.core.language import VARIABLE, language
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.records.store import RecordStore, open_store
from riskml.training.model import Model, edited_since, load_model
from riskml.training.predictors.trees import Trees

Depth = Literal["any", "6"]

SCHEME = "yunnan"

_UNTIL, _RECEIVED = date(2026, 10, 31), date(2026, 11, 1)
_SEED = 7


@dataclass(frozen=True)
class SpeedProvince:
    """A workspace made for the measurement, with the shipped indicators, a model of the depth asked for, and the
    province's records.

    Parameters
    ----------
    workspace
        Temporary; its records are the province's own folder.
    as_of
        The last month-end that the records cover.
    """

    workspace: Workspace
    as_of: date

    @property
    def store(self) -> RecordStore:
        """The records."""
        return open_store(self.workspace.records)

    @cached_property
    def model(self) -> Model:
        """The model."""
        return load_model(self.workspace, SCHEME)

    @cached_property
    def trees(self) -> Trees:
        """The model's trees."""
        return Trees.of(self.model.bundle.predictor.files)


@contextmanager
def open_speed_province(
    enterprises: int, depth: Depth, data: Path | None, on_progress: Progress
) -> Iterator[SpeedProvince]:
    """Make or reuse a province and train a model on it.

    Parameters
    ----------
    enterprises
        How many to simulate; a province that is there keeps its own.
    depth
        The deepest the model's trees may be. A model that was trained just so on the shipped indicators is reused.
    data
        A workspace with records: nothing is written to it. Where there is none yet, one is made there and kept. A
        temporary one where None.

    Raises
    ------
    RunError
        Where a command fails.
    """
    with TemporaryDirectory(prefix="riskml-speed-") as root:
        source = Workspace(data or Path(root) / "province")
        if not source.features.is_dir():
            on_progress("simulate", 0, 3)
            _simulate(source, enterprises)
        workspace = create_workspace(Path(root) / "workspace")
        workspace.records.symlink_to(source.records.resolve(), target_is_directory=True)
        for path in source.data.glob("ledger.*"):
            shutil.copy(path, workspace.data)
        store = open_store(workspace.records)
        training = workspace.models / SCHEME / "training.yaml"
        text = re.sub(
            r"max_depth: .*",
            f"max_depth: {-1 if depth == 'any' else depth}",
            training.read_text(encoding="utf-8"),
            count=1,
        )
        training.write_text(text, encoding="utf-8")
        as_of = last_month_end(date.fromisoformat(store.loads[-1]["received"]))
        on_progress("train", 1, 3)
        if _is_trained_so(source, workspace):
            shutil.copytree(source.bundle(SCHEME), workspace.bundle(SCHEME))
        else:
            _command(workspace, "train", "--scheme", SCHEME, "--as-of", as_of.isoformat())
        on_progress("warm", 2, 3)
        _warm(store)
        yield SpeedProvince(workspace, as_of)


def _simulate(workspace: Workspace, enterprises: int) -> None:
    create_workspace(workspace.root)
    extracts = workspace.data / "simulated"
    _command(
        workspace, "simulate", "--enterprises", str(enterprises), "--seed", str(_SEED), "--until", _UNTIL.isoformat()
    )
    _command(workspace, "ingest", "simulated", "--from", str(extracts), "--received", _RECEIVED.isoformat())


def _is_trained_so(source: Workspace, workspace: Workspace) -> bool:
    """Whether the province's model was trained on what stands in `workspace`: indicators, scheme and settings."""
    if not source.bundle(SCHEME).exists():
        return False
    return not edited_since(load_model(source, SCHEME), workspace.features, workspace.models / SCHEME)


def last_month_end(received: date) -> date:
    """The last month-end that is over on the day of a delivery.

    >>> last_month_end(date(2026, 11, 1))
    datetime.date(2026, 10, 31)
    """
    return received.replace(day=1) - timedelta(days=1)


def _command(workspace: Workspace, *arguments: str) -> None:
    """Run a command as a user would: in a process of its own, whose memory is gone afterwards."""
    run_python("riskml.cli", "--workspace", str(workspace.root), *arguments)


def run_python(module: str, *arguments: str) -> str:
    """Run a module in a process of its own; returns what it printed.

    Raises
    ------
    RunError
        With the end of what it printed to standard error.
    """
    spoken = {**os.environ, VARIABLE: language().value}
    done = subprocess.run(
        [sys.executable, "-m", module, *arguments], env=spoken, capture_output=True, text=True, check=False
    )
    if done.returncode:
        command, last = " ".join([module, *arguments]), done.stderr.strip()[-2000:]
        raise RunError(zh=f"{command} 失败：{last}", en=f"{command} failed: {last}")
    return done.stdout


def _warm(store: RecordStore) -> None:
    """Read every file once, so that neither side waits for the disk where the other does not."""
    for table in sorted(store.tables):
        for path in store.paths(table):
            with path.open("rb") as file:
                while file.read(1 << 24):
                    pass
