"""The way back of one enterprise, and of everyone in the worse grades."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from riskml.audit.entries import Event
from riskml.core.language import language, speaking
from riskml.core.principal import Principal
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.explaining.way_back import WayBack
from riskml.publication.ways_page import write_page
from riskml.publication.ways_table import WaysTable, ways_table, write_ways
from riskml.records.enterprise_ids import enterprise_meant
from riskml.runs.published import latest_day
from riskml.runs.way_back import way_back
from riskml.runs.ways_of_all import ways_of_all
from riskml.services.asking import asked_by


@dataclass(frozen=True)
class WaysWritten:
    """The ways of everyone in the worse grades, and the files that they were written to."""

    table: WaysTable
    csv: Path
    csv_sha256: str
    page: Path


def find_way_back(
    workspace: Workspace, asker: Principal, scheme: str, enterprise: str, as_of: date | None, on_progress: Progress
) -> WayBack:
    """How an enterprise comes to a better grade; parameters and errors as `riskml.runs.way_back.way_back`, `as_of` that
    of the newest published run where None.
    """
    code = enterprise_meant(enterprise)
    with asked_by(asker, workspace, Event("read", "way-back", code, scheme)):
        day = as_of or latest_day(workspace, scheme)
        return way_back(workspace, scheme, code, day, on_progress)


def write_ways_of_all(
    workspace: Workspace,
    asker: Principal,
    scheme: str,
    as_of: date | None,
    on_progress: Progress,
    *,
    to: Path | None = None,
) -> WaysWritten:
    """How everyone in the worse grades of a published run comes to the next better grade, as CSV with a page beside
    it; errors as `riskml.runs.ways_of_all.ways_of_all`.

    Parameters
    ----------
    as_of
        That of the newest published run where None.
    to
        The CSV file; below ``runs/<scheme>/exports`` where None.
    """
    day = as_of or latest_day(workspace, scheme)
    given = Event("export", "way-back", scheme=scheme, facts={"as_of": str(day)})
    with asked_by(asker, workspace, given), speaking(language()):
        table = ways_table(workspace, ways_of_all(workspace, scheme, day, on_progress))
        path = to or workspace.runs / scheme / "exports" / f"{day}-ways.csv"
        page = path.with_suffix(".html")
        digest = write_ways(table, path)
        write_page(table, page)
        return WaysWritten(table, path, digest, page)
