"""Jobs in a process of their own that is killed, or finds the disk full, at any chosen step at which it changes the disk.

The steps are not named by hand: Python tells of every file opened for writing, renamed or removed and every folder made, and
every write of a Parquet file and every fsync is counted too. A step is numbered before it is taken.
"""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import sys
from collections.abc import Callable
from datetime import date
from typing import Any, Literal

import pyarrow.parquet as pq
from handmade import RECEIVED
from small_runs import BEFORE, T

import riskml.runs.daily
import riskml.runs.score
from riskml.failures import explain_failure
from riskml.publication.early_warnings import find_warnings
from riskml.publication.export_files import write_csv
from riskml.publication.exports import open_export
from riskml.publication.migrate import migrate
from riskml.publication.push import make_package
from riskml.publication.warning_lists import write_warnings
from riskml.records import ingest as loading
from riskml.records.sources import load_source
from riskml.workspace import Workspace

Fault = Literal["kill", "full"]

TELLS_OF_ROOM = {"os.rename", "os.mkdir"}
CHANGES = TELLS_OF_ROOM | {"os.remove", "os.rmdir", "os.truncate", "shutil.rmtree"}
ENDED_IN_WORDS, FINISHED = 1, 0


def silent(*_: object) -> None:
    """No progress."""


def report(_connection: object, folder: Any, *_: object) -> None:
    """In the place of a run's page, whose charts take most of the time, one line."""
    (folder.draft / "report.html").write_text("report")


def score(workspace: Workspace, as_of: date = T) -> None:
    """Publish a run."""
    riskml.runs.score.write_report = report
    riskml.runs.score.score(workspace, "yunnan", as_of, silent)


def score_daily(workspace: Workspace) -> None:
    """Publish the second month by a daily run that goes on from the first."""
    riskml.runs.score.write_report = report
    result = riskml.runs.daily.score_daily(workspace, "yunnan", T, silent)
    assert result.daily is not None
    assert result.daily.base == BEFORE


def score_month_before(workspace: Workspace) -> None:
    score(workspace, BEFORE)


def ingest(workspace: Workspace) -> None:
    """Load the delivery that waits in the inbox."""
    loading.ingest(workspace, load_source(workspace.sources / "handmade"), workspace.root / "inbox", RECEIVED, silent)


def migration(workspace: Workspace) -> None:
    migrate(workspace, "yunnan", T, BEFORE, silent)


def package(workspace: Workspace) -> None:
    make_package(workspace, "yunnan", T, workspace.root / "outbox", silent)


def export(workspace: Workspace) -> None:
    write_csv(open_export(workspace, "yunnan", T, None), workspace.root / "exported.csv", excel=True, on_progress=silent)


def warnings(workspace: Workspace) -> None:
    write_warnings(workspace.runs / "yunnan" / "warnings" / T.isoformat(), find_warnings(workspace, "yunnan", T, silent))


_PROCESSES = multiprocessing.get_context("forkserver")
# What takes seconds to import; the tests' own folder is not on the path of the process that the others are forked from.
_PROCESSES.set_forkserver_preload(
    ["riskml.runs.score", "riskml.runs.daily", "riskml.records.ingest", "riskml.publication.early_warnings", "riskml.publication.export_files",
     "riskml.publication.migrate", "riskml.publication.push", "riskml.training.classifier"]
)  # fmt: skip


def disturbed(job: Callable[[Workspace], None], workspace: Workspace, *, step: int = 0, fault: Fault = "kill") -> tuple[int, int]:
    """Do a job; at `step`, if it comes so far, the process is killed or the disk is full.

    Returns
    -------
    (int, int)
        The process's exit code (0: it finished, 1: it failed with words for its user, another: with none), and its steps.
    """
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
