"""A new source: proposed from a folder, tried, and what is wrong with it told."""

from __future__ import annotations

from pathlib import Path

from riskml.audit.entries import Event
from riskml.core.principal import Principal
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.mapping.findings import write_csv, write_page
from riskml.mapping.propose import Proposal, propose
from riskml.records.load_report import IngestReport
from riskml.records.sources import find_source, load_source
from riskml.services.asking import asked_by


def propose_source(workspace: Workspace, asker: Principal, name: str, folder: Path, on_progress: Progress) -> Proposal:
    """Write a source for the files in `folder`; errors as `riskml.mapping.propose.propose`."""
    with asked_by(asker, workspace, None):
        return propose(workspace.sources, name, folder, on_progress)


def write_findings(
    workspace: Workspace, asker: Principal, report: IngestReport, page: Path | None, rows: Path | None, *, dry: bool
) -> None:
    """Write what a load found wrong: by column as a page, row by row as CSV, either where it is given a path."""
    event = Event("export", "quarantine", facts={"load": report.load}) if rows or page else None
    with asked_by(asker, workspace, event):
        if page:
            spec = load_source(find_source(workspace.sources, report.source)).spec
            write_page(report, page, dry=dry, simulated=spec.simulated)
        if rows:
            write_csv(report, rows)
