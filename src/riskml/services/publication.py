"""What is done with published runs: who moved, exports, monitoring, early warnings, packages for the upper level."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

from riskml.audit.entries import Event, Kind
from riskml.core.principal import Principal
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.publication.early_warnings import EarlyWarnings, find_warnings
from riskml.publication.export_files import write_csv, write_excel, write_parquet
from riskml.publication.export_postgresql import load_postgresql, table_name
from riskml.publication.exports import Export, open_export
from riskml.publication.migrate import Migration, migrate
from riskml.publication.push import Package, make_package, packages_folder
from riskml.publication.receipts import Recorded, record_receipt
from riskml.publication.warning_lists import write_warnings
from riskml.runs.immediate import read_updates
from riskml.services.asking import asked_by

if TYPE_CHECKING:
    from riskml.publication.monitoring import Monitoring
    from riskml.runs.directory import Listed


class FileForm(StrEnum):
    """A kind of file that a run is exported to; its value is how the file's name ends."""

    csv = "csv"
    excel = "xlsx"
    parquet = "parquet"


@dataclass(frozen=True)
class Exported:
    """What was written.

    Parameters
    ----------
    target
        The file, or the table of the database.
    updates
        Grades that were brought up to date since the run, and are written as they are now.
    removed_characters
        NUL characters taken out of texts, which a database does not take.
    """

    content: Export
    target: str
    updates: int
    removed_characters: int = 0


@dataclass(frozen=True)
class Warned:
    """Early warnings, and the folder that their lists were written to."""

    found: EarlyWarnings
    folder: Path


def migration(
    workspace: Workspace, asker: Principal, scheme: str, as_of: date, earlier: date | None, on_progress: Progress
) -> Migration:
    """Compare two runs; parameters and errors as `riskml.publication.migrate.migrate`."""
    with asked_by(asker, workspace, _given("list", "migration", scheme, as_of)):
        return migrate(workspace, scheme, as_of, earlier, on_progress)


def export_file(
    workspace: Workspace,
    asker: Principal,
    scheme: str,
    as_of: date,
    form: FileForm,
    on_progress: Progress,
    *,
    region: str | None = None,
    to: Path | None = None,
    excel: bool = True,
) -> Exported:
    """Write a run to a file.

    Parameters
    ----------
    region
        Only enterprises whose division begins so.
    to
        The file; below ``runs/<scheme>/exports`` where None.
    excel
        Of a CSV: whether spreadsheets open it, rather than programs.
    """
    with asked_by(asker, workspace, _given("export", form.value, scheme, as_of, region)):
        content = open_export(workspace, scheme, as_of, region)
        path = to or workspace.runs / scheme / "exports" / f"{content.name}.{form.value}"
        match form:
            case FileForm.csv:
                write_csv(content, path, excel=excel, on_progress=on_progress)
            case FileForm.excel:
                write_excel(content, path, on_progress=on_progress)
            case FileForm.parquet:
                write_parquet(content, path, on_progress=on_progress)
        return Exported(content, str(path), len(read_updates(workspace.ledger, scheme, as_of)))


def export_table(
    workspace: Workspace,
    asker: Principal,
    scheme: str,
    as_of: date,
    on_progress: Progress,
    *,
    region: str | None = None,
    to: str | None = None,
    tls: bool = True,
) -> Exported:
    """Write a run to a table of the PostgreSQL database that the environment names; `to` is the table's name."""
    with asked_by(asker, workspace, _given("export", "postgresql", scheme, as_of, region)):
        content = open_export(workspace, scheme, as_of, region)
        target = table_name(content, to)
        removed = load_postgresql(content, target, on_progress, tls=tls)
        return Exported(content, target, len(read_updates(workspace.ledger, scheme, as_of)), removed)


def directory(
    workspace: Workspace, asker: Principal, scheme: str, name: str, as_of: date, *, to: Path | None
) -> Listed:
    """The enterprises of a directory that the scheme asks for; written to the file `to` where one is given."""
    # Here and below: what computes indicators or draws charts takes a second to load, for nothing in other commands.
    from riskml.publication.directory_sheet import write_directory
    from riskml.runs.directory import list_directory

    with asked_by(asker, workspace, _given("list" if to is None else "export", "directory", scheme, as_of)):
        found = list_directory(workspace, scheme, name, as_of)
        if to is not None:
            write_directory(found, to)
        return found


def monitoring_page(workspace: Workspace, asker: Principal, scheme: str, on_progress: Progress) -> Monitoring:
    """Write the page with every run beside the earlier ones; errors as `riskml.publication.monitoring.monitor`."""
    from riskml.publication.monitoring import monitor

    with asked_by(asker, workspace, None):
        return monitor(workspace, scheme, on_progress)


def early_warnings(workspace: Workspace, asker: Principal, scheme: str, as_of: date, on_progress: Progress) -> Warned:
    """Find whose risk is rising before the grade changes, and write the lists."""
    with asked_by(asker, workspace, _given("export", "warnings", scheme, as_of)):
        found = find_warnings(workspace, scheme, as_of, on_progress)
        folder = workspace.runs / scheme / "warnings" / as_of.isoformat()
        write_warnings(folder, found)
        return Warned(found, folder)


def push_package(
    workspace: Workspace,
    asker: Principal,
    scheme: str,
    as_of: date,
    on_progress: Progress,
    *,
    to: Path | None,
    group: str | None,
) -> Package:
    """Make the package of a run for the upper level; parameters and errors as
    `riskml.publication.push.make_package`.
    """
    with asked_by(asker, workspace, _given("export", "package", scheme, as_of)):
        return make_package(workspace, scheme, as_of, to, on_progress, group=group)


def receive_receipt(workspace: Workspace, asker: Principal, scheme: str, receipt: Path) -> Recorded:
    """Check a receipt and note it in the ledger; errors as `riskml.publication.receipts.record_receipt`."""
    with asked_by(asker, workspace, None):
        return record_receipt(workspace.ledger, packages_folder(workspace, scheme), receipt)


def _given(kind: Kind, what: str, scheme: str, as_of: date, region: str | None = None) -> Event:
    """What is given out of a run; of a region its code, and nothing else that was typed."""
    code = region if region is not None and region.isascii() and region.isdigit() else None
    return Event(kind, what, scheme=scheme, facts={"as_of": str(as_of), "region": code})
