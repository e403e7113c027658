"""Jobs in a process of their own that is killed, or finds the disk full, at any chosen step at which it changes the
disk.

The steps are not named by hand: Python tells of every file opened for writing, renamed or removed and every folder
made, and every write of a Parquet file and every fsync is counted too. A step is numbered before it is taken.
"""

from __future__ import annotations

import contextlib
import errno
import json
import multiprocessing
import os
import shutil
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import date
from multiprocessing import forkserver
from pathlib import Path
from typing import Any, Literal

import pyarrow.parquet as pq
import pytest
from decided import decide
from handmade import RECEIVED, Province
from small_runs import BEFORE, T, code, make_bundle, make_workspace, records

import riskml.runs.run
import riskml.runs.score
from riskml.core.errors import ConfigurationError
from riskml.core.files import sha256
from riskml.core.ledger import NOTHING
from riskml.core.system_errors import explain_failure
from riskml.core.workspace import Workspace
from riskml.lifecycle.promote import promote, promote_first
from riskml.publication.early_warnings import find_warnings
from riskml.publication.export_files import write_csv
from riskml.publication.exports import open_export
from riskml.publication.migrate import migrate
from riskml.publication.package_manifest import Manifest
from riskml.publication.push import make_package, packages_folder
from riskml.publication.receipts import record_receipt
from riskml.publication.verify import read_manifest
from riskml.publication.warning_lists import write_warnings
from riskml.records import buckets
from riskml.records import ingest as loading
from riskml.records.sources import load_source
from riskml.records.store import open_store
from riskml.runs.clean import clean as clean_up
from riskml.runs.immediate import update_one
from riskml.runs.layout import REPORTS
from riskml.runs.undo import undo as undo_load
from riskml.training.bundle import ModelBundle
from riskml.training.model import in_use
from riskml.training.registry import Registry
from riskml.training.tracking import logged_bundle

AFTER = date(2026, 11, 1)

Fault = Literal["kill", "full"]

TELLS_OF_ROOM = {"os.rename", "os.mkdir"}
CHANGES = TELLS_OF_ROOM | {"os.remove", "os.rmdir", "os.truncate", "shutil.rmtree"}
ENDED_IN_WORDS, FINISHED = 1, 0


def silent(*_: object) -> None:
    """No progress."""


def report(_connection: object, folder: Any, *_: object) -> None:
    """In the place of a run's pages, whose charts take most of the time, one line each."""
    for name in REPORTS.values():
        (folder.draft / name).write_text("report")


def score(workspace: Workspace, as_of: date = T) -> None:
    """Publish a run."""
    riskml.runs.run.write_report = report
    riskml.runs.score.score(workspace, "yunnan", as_of, silent)


def score_month_before(workspace: Workspace) -> None:
    score(workspace, BEFORE)


def ingest(workspace: Workspace) -> None:
    """Load the delivery that waits in the inbox."""
    loading.ingest(workspace, load_source(workspace.sources / "handmade"), workspace.root / "inbox", RECEIVED, silent)


def undo(workspace: Workspace) -> None:
    """Undo the last load, if it was not undone before."""
    if len(open_store(workspace.records).loads) > 1:
        undo_load(workspace)


def dry_run(workspace: Workspace) -> None:
    """Count what the delivery in the inbox would bring."""
    loading.dry_run(workspace, load_source(workspace.sources / "handmade"), workspace.root / "inbox", RECEIVED, silent)


def clean(workspace: Workspace) -> None:
    """Remove what nothing needs."""
    clean_up(workspace, remove=True)


def migration(workspace: Workspace) -> None:
    migrate(workspace, "yunnan", T, BEFORE, silent)


def package(workspace: Workspace) -> None:
    make_package(workspace, "yunnan", T, workspace.root / "outbox", silent)


def export(workspace: Workspace) -> None:
    write_csv(
        open_export(workspace, "yunnan", T, None), workspace.root / "exported.csv", excel=True, on_progress=silent
    )


def warnings(workspace: Workspace) -> None:
    write_warnings(
        workspace.runs / "yunnan" / "warnings" / T.isoformat(), find_warnings(workspace, "yunnan", T, silent)
    )


def update(workspace: Workspace) -> None:
    """Bring the grade of the enterprise up to date whose listing the second delivery ends."""
    update_one(workspace, "yunnan", code(12), AFTER)


def decision(workspace: Workspace) -> None:
    decide(
        workspace, "yunnan", enterprise_id=code(15), rule="serious_negative_effect", evidence=["O-15"], grade="D",
        officer="李某",
        reason="查实", decided_on=date(2026, 10, 20), expires_on=date(2027, 1, 15),
    )  # fmt: skip


def receipt(workspace: Workspace) -> None:
    """Record the receipt for the one package that was made."""
    (folder,) = packages_folder(workspace, "yunnan").glob("yunnan-*")
    manifest = read_manifest(folder)
    assert isinstance(manifest, Manifest)
    said = {"package": folder.name, "manifest_sha256": sha256(folder / "manifest.json"), "receiver": "省局",
            "received_at": "2026-11-02T09:30:00+08:00", "accepted_rows": manifest.rows()}  # fmt: skip
    path = workspace.root / "receipt.json"
    path.write_text(json.dumps(said), encoding="utf-8")
    record_receipt(workspace.ledger, folder.parent, path)


def another_bundle() -> ModelBundle:
    """A model that differs from the one in use."""
    bundle = make_bundle()
    return replace(bundle, facts={**bundle.facts, "note": "another"})


def register(workspace: Workspace, bundle: ModelBundle, run_id: str) -> None:
    """The end of a training: what it logged is registered, and put to use where there is no model yet."""
    place = logged_bundle(workspace.root, run_id)
    shutil.rmtree(place, ignore_errors=True)
    bundle.save(place)
    registry = Registry(workspace.root, "yunnan")
    version = registry.register(run_id, bundle)
    if workspace.ledger.accepted(in_use("yunnan"))[0] == NOTHING:
        promote_first(workspace, "yunnan", registry, version, bundle)


def train_first(workspace: Workspace) -> None:
    register(workspace, make_bundle(), "first")


def train_another(workspace: Workspace) -> None:
    register(workspace, another_bundle(), "another")


def promotion(workspace: Workspace) -> None:
    """Promote the challenger, unless an attempt that was killed came so far."""
    with contextlib.suppress(ConfigurationError):
        promote(workspace, "yunnan", None, "试点", "李某", silent)


def make_origin(root: Path) -> Workspace:
    """Records in several buckets, a model, one month published, and a second delivery that waits."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(buckets, "ENTERPRISES_PER_BUCKET", 31)
        workspace = make_workspace(root)
    assert open_store(workspace.records).buckets == 2
    second = Province(workspace.root)
    second.deliveries = 1
    rows = {
        name: [{**row, "record_id": row["record_id"] + "-2"} for row in records()[name][:20]]
        for name in ("penalty", "complaint")
    }
    second.source({**rows, "serious_listing": [{**records()["serious_listing"][0], "end_date": "2026-10-30"}]})
    assert disturbed(score_month_before, workspace)[0] == FINISHED
    return workspace


_PROCESSES = multiprocessing.get_context("forkserver")
# What takes long to import or to read.
_PROCESSES.set_forkserver_preload(
    ["riskml.runs.score", "riskml.records.ingest", "riskml.publication.early_warnings",
     "riskml.publication.export_files",
     "riskml.publication.migrate", "riskml.publication.push", "riskml.training.classifier", "policy_read"]
)  # fmt: skip


def disturbed(
    job: Callable[[Workspace], None], workspace: Workspace, *, step: int = 0, fault: Fault = "kill"
) -> tuple[int, int]:
    """Do a job; at `step`, if it comes so far, the process is killed or the disk is full.

    Returns
    -------
    (int, int)
        The process's exit code (0: it finished, 1: it failed with words for its user, another: with none), and its
        steps.
    """
    with pytest.MonkeyPatch.context() as patched:  # the process that others are forked from looks for modules here
        patched.setenv("PYTHONPATH", str(Path(__file__).parent), prepend=os.pathsep)
        forkserver.ensure_running()
    count = _PROCESSES.Value("i", 0)
    process = _PROCESSES.Process(target=_do, args=(job, workspace, step, fault, count))
    process.start()
    process.join()
    assert process.exitcode is not None
    return process.exitcode, count.value


def _do(job: Callable[[Workspace], None], workspace: Workspace, at: int, fault: Fault, count: Any) -> None:
    root = str(workspace.root)

    def step(tells_of_room: bool) -> None:
        if fault == "full" and not tells_of_room:
            return
        with count.get_lock():  # a run writes in several threads
            count.value += 1
            taken = count.value
        if taken != at:
            return
        if fault == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        raise OSError(errno.ENOSPC, "No space left on device", root)

    def told(event: str, facts: tuple[Any, ...]) -> None:
        if event == "open" and facts[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT) and str(facts[0]).startswith(root):
            step(True)
        elif event in CHANGES and str(facts[0]).startswith(root):
            step(event in TELLS_OF_ROOM)
        elif event == "ctypes.dlsym" and facts[1] == "renameat2":
            step(False)

    def counted(original: Callable[..., Any]) -> Callable[..., Any]:
        def write(*arguments: Any, **options: Any) -> Any:
            step(True)
            return original(*arguments, **options)

        return write

    sys.addaudithook(told)
    os.fsync, pq.write_table = counted(os.fsync), counted(pq.write_table)
    try:
        job(workspace)
    except Exception as error:
        sys.exit(2 if explain_failure(error) is None else ENDED_IN_WORDS)
