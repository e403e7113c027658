"""The next better grade of everyone in the worse grades: repaired to now, reached by waiting, or out of reach for three
years.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import pyarrow as pa
import pyarrow.compute as pc

from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.engines.duckdb import connect
from riskml.records.repair import load_repair
from riskml.runs.immediate import read_updates
from riskml.runs.published import PublishedRun, published_run
from riskml.runs.rescoring import open_rescorer
from riskml.runs.way_of_one import WayOfOne
from riskml.runs.ways_together import Search

MILDEST = 2
"""Of so many of the mildest grades nobody is asked about."""


@dataclass(frozen=True)
class WaysOfAll:
    """The ways of everyone in the worse grades of a run.

    Parameters
    ----------
    ways
        By enterprise.
    asked
        Of how many: who is, by the records and decisions on file now, graded best or not at all is not among `ways`.
    one_by_one
        How many were asked about one by one, with nothing supposed either.
    """

    run: PublishedRun
    ways: tuple[WayOfOne, ...]
    asked: int
    one_by_one: int
    simulated: bool


def ways_of_all(workspace: Workspace, scheme: str, as_of: date, on_progress: Progress) -> WaysOfAll:
    """What leads everyone in the worse grades of the run as of a date to the next better grade.

    Raises
    ------
    ConfigurationError
        Where that run is not published.
    """
    run = published_run(workspace, scheme, as_of)
    rescorer = open_rescorer(workspace, scheme, as_of, on_progress)
    who = _in_worse_grades(workspace, run)
    search = Search(rescorer, load_repair(workspace.features), as_of, who, on_progress)
    ways = sorted(search.ways(), key=lambda one: one.enterprise_id)
    return WaysOfAll(run, tuple(ways), len(who), search.one_by_one, rescorer.store.simulated)


def _in_worse_grades(workspace: Workspace, run: PublishedRun) -> list[str]:
    """Who has one of the worse grades of a run, as it stands now."""
    worse = run.grades[MILDEST:]
    updated = read_updates(workspace.ledger, run.scheme, run.as_of)
    with connect(workspace.spill) as connection:
        run.open_view(connection, "grades", "run_grades")
        found = connection.sql("SELECT enterprise_id, grade FROM run_grades").to_arrow_table()
    found = found.filter(pc.is_in(found["grade"], value_set=pa.array(worse, pa.string())))
    who = set(found["enterprise_id"].to_pylist()) - set(updated)
    return sorted(who | {one.enterprise_id for one in updated.values() if one.grade in worse})
