"""From a source's extracts to the record store: map, check, quarantine, merge.

Nothing is dropped silently: of every row received the report says whether it was taken, was
already there, closed a state that was open, or went to quarantine and why.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from dataclasses import replace
from datetime import date
from pathlib import Path

from riskml.core.locks import exclusive
from riskml.core.progress import Progress
from riskml.core.settings import SETTINGS
from riskml.core.workspace import Workspace
from riskml.records.load import run_load
from riskml.records.load_report import IngestReport
from riskml.records.sources import Source

DRY_RUN = "dry-run-"
"""How the folders of dry runs begin, in the folder with everything received; one that is there without its dry run was
left by a kill.
"""


def ingest(
    workspace: Workspace,
    source: Source,
    folder: Path,
    received: date,
    on_progress: Progress,
    *,
    confirmed: bool = False,
) -> IngestReport:
    """Load one delivery of `source` from `folder` into the workspace's record store.

    Parameters
    ----------
    folder
        Where the extracts are.
    received
        The day they were received; a record dated later is refused.
    on_progress
        Called with (table, number done, number in all) before each table.
    confirmed
        Whether a person has seen that almost everything would be refused, or would end.

    Returns
    -------
    IngestReport
        Faulty rows and unreadable extracts are in it; they do not stop the others.

    Raises
    ------
    RunError
        Where another load is under way, no extract at all can be read, or the delivery needs to be confirmed.
    """
    scratch = workspace.data / "scratch"
    with exclusive(workspace.data / "load.lock"):
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        try:
            return run_load(workspace, source, folder, received, scratch, on_progress, confirmed=confirmed)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)


def dry_run(
    workspace: Workspace,
    source: Source,
    folder: Path,
    received: date,
    on_progress: Progress,
    *,
    keep: Path | None = None,
) -> IngestReport:
    """What `ingest` would report, the workspace left as it is; the rows that would be refused are copied to `keep`.

    The delivery is loaded into a second store that shares the files of the first one, and is removed with it: the
    counts are those of a load, not an estimate. It waits for no other load, and disturbs none.
    """
    there = workspace.data.is_dir()
    if not there:
        workspace.data.mkdir(parents=True)
    place = Path(tempfile.mkdtemp(prefix=DRY_RUN, dir=workspace.data))
    try:
        with exclusive(place):  # so that who cleans up sees that it is in use
            second = Workspace(place)
            _share(workspace, second)
            report = ingest(second, source, folder, received, on_progress, confirmed=True)
        kept = keep if keep and report.quarantine else None
        if kept and report.quarantine:
            shutil.copyfile(report.quarantine, kept)
        return replace(report, quarantine=kept, offered=None)
    finally:
        shutil.rmtree(place, ignore_errors=True)
        if not there:
            workspace.data.rmdir()


def _share(workspace: Workspace, second: Workspace) -> None:
    """Give `second` the store of `workspace` by links to its files, and a copy of the ledger and the settings."""
    second.data.mkdir(parents=True)
    if (settings := workspace.root / SETTINGS).exists():
        shutil.copy2(settings, second.root)
    for path in sorted(workspace.data.glob("ledger*")):
        if path.is_file() and path.suffix != ".lock":
            shutil.copy2(path, second.data / path.name)
    for path in sorted(workspace.records.rglob("*")):
        target = second.records / path.relative_to(workspace.records)
        if path.is_dir():
            target.mkdir(parents=True, exist_ok=True)
        elif path.suffix == ".parquet":
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                os.link(path, target)
            except OSError:  # a file system without links
                shutil.copy2(path, target)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(path, target)
