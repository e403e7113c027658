"""From a source's extracts to the record store: map, check, quarantine, merge.

Nothing is dropped silently: of every row received the report says whether it was taken, was
already there, closed a state that was open, or went to quarantine and why.
"""

from __future__ import annotations

import shutil
from datetime import date
from pathlib import Path

from riskml.locks import exclusive
from riskml.records.load import Load
from riskml.records.load_report import IngestReport, Progress
from riskml.records.sources import Source
from riskml.workspace import Workspace


def ingest(workspace: Workspace, source: Source, folder: Path, received: date, on_progress: Progress) -> IngestReport:
    """Load one delivery of `source` from `folder` into the workspace's record store.

    Parameters
    ----------
    folder
        Where the extracts are.
    received
        The day they were received; a record dated later is refused.
    on_progress
        Called with (table, number done, number in all) before each table.

    Returns
    -------
    IngestReport
        Faulty rows and unreadable extracts are in it; they do not stop the others.

    Raises
    ------
    RunError
        Where another load is under way, or no extract at all can be read.
    """
    scratch = workspace.data / "scratch"
    with exclusive(workspace.data / "load.lock"):
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir(parents=True)
        try:
            return Load(workspace, source, folder, received, scratch).run(on_progress)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
