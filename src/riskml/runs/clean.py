"""What a workspace no longer needs: files that loads, undone or killed commands left, and what is older than it has to
be kept.

Nothing that a manifest names is ever among it: not the store's, nor that of a load that can still be undone, nor a
published run's.
"""

from __future__ import annotations

import re
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

from riskml.core.china_day import china_today
from riskml.core.errors import RunError
from riskml.core.locks import exclusive, holder
from riskml.core.settings import Retention, load_settings
from riskml.core.workspace import Workspace
from riskml.records.ingest import DRY_RUN
from riskml.records.store import RecordStore, before_load, read_store
from riskml.records.store_manifest import MANIFEST, parse_manifest
from riskml.runs.rates_on_file import other_rates
from riskml.runs.undo import runs_on

_DAY = 86_400
_LOAD = re.compile(r"load-(\d+)")


@dataclass(frozen=True)
class Unneeded:
    """A file or folder that can go, and why: ``superseded``, ``unfinished``, ``temporary`` or ``retention``."""

    path: Path
    why: str
    bytes: int


def clean(workspace: Workspace, *, remove: bool) -> tuple[Unneeded, ...]:
    """What is not needed; with `remove` it is gone afterwards.

    Raises
    ------
    RunError
        Where a load, a run or a training is under way: its files are not named yet, or no more. Or where the store's
        manifest is damaged.
    """
    kept = load_settings(workspace).retention
    if not workspace.data.is_dir():
        return ()
    with exclusive(workspace.data / "load.lock"):
        _refuse_while_read(workspace)
        store = read_store(workspace.records)
        found = [
            *_of_the_store(workspace, store),
            *_left_behind(workspace, store, kept),
            *_too_old(workspace, store, kept),
        ]
        if remove:
            for one in found:
                if one.path.is_dir():
                    shutil.rmtree(one.path)
                else:
                    one.path.unlink(missing_ok=True)
    return tuple(found)


def _refuse_while_read(workspace: Workspace) -> None:
    """A run or a training under way may still read files of the store that it began with."""
    for path in (*sorted(workspace.runs.glob("*/run.lock")), workspace.mlruns / "train.lock"):
        if who := holder(path):
            raise RunError(
                zh=f"另一个 riskml 进程（{who}）正在使用 {path.parent}；请等它结束后再清理。",
                en=f"Another riskml process ({who}) is working in {path.parent}; clean up when it has ended.",
            )


def _of_the_store(workspace: Workspace, store: RecordStore | None) -> Iterator[Unneeded]:
    """Files that no manifest names: neither the store's nor one that an undo can go back to."""
    folder = workspace.records
    named = {folder / MANIFEST}
    if store:
        named |= {folder / name for name in store.hashes}
        for load in store.loads:
            earlier = before_load(folder, load["number"])
            if earlier.is_file() and not runs_on(workspace, load["number"]):
                before = parse_manifest(earlier.read_bytes(), earlier)
                named |= {earlier, *(folder / name for name in before.hashes)}
    for path in sorted(folder.rglob("*")):
        if path.is_file() and path not in named:
            yield _unneeded(path, "superseded")


def _left_behind(workspace: Workspace, store: RecordStore | None, kept: Retention) -> Iterator[Unneeded]:
    """What killed commands left, and rates of earlier stores. No load is under way, so that its scratch is nobody's."""
    scratch = workspace.data / "scratch"
    if scratch.exists():
        yield _unneeded(scratch, "unfinished")
    for path in sorted(workspace.data.glob(f"{DRY_RUN}*")):
        if _is_nobodys(path):
            yield _unneeded(path, "unfinished")
    for path in (*sorted(workspace.spill.glob("*")), *other_rates(workspace, store)):
        if _age(path) > kept.spill_days:
            yield _unneeded(path, "temporary")


def _too_old(workspace: Workspace, store: RecordStore | None, kept: Retention) -> Iterator[Unneeded]:
    """Logs and refused rows of longer ago than they have to be kept, and refused rows of loads that are not in the
    store.
    """
    for path in sorted(workspace.logs.glob("*.jsonl")):
        if _age(path) > kept.logs_days:
            yield _unneeded(path, "retention")
    received = {load["number"]: date.fromisoformat(load["received"]) for load in store.loads} if store else {}
    earliest = china_today() - timedelta(kept.quarantine_days)
    for path in sorted(workspace.quarantine.glob("load-*")):
        number = _LOAD.match(path.name)
        day = received.get(int(number[1])) if number else None
        if day is None:
            yield _unneeded(path, "unfinished")
        elif day < earliest:
            yield _unneeded(path, "retention")


def _unneeded(path: Path, why: str) -> Unneeded:
    files = [one for one in path.rglob("*") if one.is_file()] if path.is_dir() else [path]
    return Unneeded(path, why, sum(one.stat().st_size for one in files))


def _age(path: Path) -> float:
    """In days, from the last change."""
    return (time.time() - path.stat().st_mtime) / _DAY


def _is_nobodys(folder: Path) -> bool:
    try:
        with exclusive(folder):
            return True
    except RunError:
        return False
