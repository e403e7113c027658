"""Deliveries of records: loaded, tried without loading, undone, and what they leave behind removed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from riskml.core.errors import RiskmlError
from riskml.core.principal import Principal
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.records.ingest import dry_run, ingest
from riskml.records.load_report import IngestReport
from riskml.records.received import received_on, received_today
from riskml.records.sources import Source, find_source, load_source
from riskml.runs import clean, undo
from riskml.runs.direct_at_once import UpdatedAtOnce, update_schemes
from riskml.services.asking import asked_by


@dataclass(frozen=True)
class Delivery:
    """What was sent.

    Parameters
    ----------
    source
        Its name, a folder below ``sources/``.
    folder
        Where its extracts are.
    received
        The day they were received; today where None.
    """

    source: str
    folder: Path
    received: date | None = None


@dataclass(frozen=True)
class AtOnce:
    """What direct determinations changed at once, by each scheme that asks for it, and which schemes could not be
    brought up to date.
    """

    made: tuple[UpdatedAtOnce, ...]
    failed: tuple[RiskmlError, ...]


@dataclass(frozen=True)
class Loaded:
    """What became of a delivery, and of the grades that it decides directly; of a trial none."""

    report: IngestReport
    updates: AtOnce


@dataclass(frozen=True)
class UndoneLoad:
    """A load that is no longer part of the store, and what that changed at once."""

    undone: undo.Undone
    updates: AtOnce


def load_delivery(
    workspace: Workspace, asker: Principal, delivery: Delivery, on_progress: Progress, *, confirmed: bool = False
) -> Loaded:
    """Load a delivery, and have direct determinations act; parameters and errors as `riskml.records.ingest.ingest`."""
    with asked_by(asker, workspace, None):
        source, day = _opened(workspace, delivery)
        report = ingest(workspace, source, delivery.folder, day, on_progress, confirmed=confirmed)
        return Loaded(report, AtOnce(*update_schemes(workspace, day)))


def try_delivery(
    workspace: Workspace, asker: Principal, delivery: Delivery, on_progress: Progress, *, keep: Path | None = None
) -> Loaded:
    """What `load_delivery` would report, the workspace left as it is; `keep` as `riskml.records.ingest.dry_run`."""
    with asked_by(asker, workspace, None):
        source, day = _opened(workspace, delivery)
        return Loaded(dry_run(workspace, source, delivery.folder, day, on_progress, keep=keep), AtOnce((), ()))


def undo_load(workspace: Workspace, asker: Principal) -> UndoneLoad:
    """Undo the last load, and have direct determinations act without it; errors as `riskml.runs.undo.undo`."""
    with asked_by(asker, workspace, None):
        undone = undo.undo(workspace)
        return UndoneLoad(undone, AtOnce(*update_schemes(workspace, date.fromisoformat(undone.received))))


def unneeded_files(workspace: Workspace, asker: Principal, *, remove: bool) -> tuple[clean.Unneeded, ...]:
    """The files that are no longer needed; removed where `remove` says so."""
    with asked_by(asker, workspace, None):
        return tuple(clean.clean(workspace, remove=remove))


def _opened(workspace: Workspace, delivery: Delivery) -> tuple[Source, date]:
    source = load_source(find_source(workspace.sources, delivery.source))
    if delivery.received is None:
        return source, received_today(workspace.records)
    return source, received_on(workspace.records, delivery.source, delivery.received)
