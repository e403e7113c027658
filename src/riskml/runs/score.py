"""The monthly run: every enterprise of the province scored, graded and explained, published whole."""

from __future__ import annotations

from datetime import date

from riskml.core.locks import exclusive
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.runs.layout import RunFolder
from riskml.runs.method_in_use import method_in_use
from riskml.runs.result import RunResult
from riskml.runs.revisions import Revised
from riskml.runs.run import Run
from riskml.schemes.policy import load_policy


def score(
    workspace: Workspace, scheme_name: str, as_of: date, on_progress: Progress, *, revision_reason: str | None = None
) -> RunResult:
    """Grade everyone registered at `as_of` and publish the run.

    Nothing but the records, the policy, the bundle and the officers' decisions goes in; the same inputs give the same
    bytes in every Parquet file. A run that was interrupted goes on from the buckets it had finished.

    Parameters
    ----------
    revision_reason
        Why a date that was published before is scored again, where what it is made of is another
        (`riskml.runs.revisions`).

    Raises
    ------
    ConfigurationError
        Where there are no records or no model yet.
    RunError
        Where another run of the scheme is under way.
    """
    policy = load_policy(workspace, scheme_name)
    method = method_in_use(workspace, policy)
    folder = RunFolder(workspace, scheme_name, as_of)
    with exclusive(workspace.runs / scheme_name / "run.lock"):
        return Run(workspace, policy, method, folder, on_progress).publish(revision_reason)


def would_revise(workspace: Workspace, scheme_name: str, as_of: date) -> tuple[str, ...]:
    """What a run of a date would be made of otherwise than the one that is published (`riskml.runs.revisions.CHANGES`);
    nothing where none is.

    Raises
    ------
    ConfigurationError, RunError
        As `score` does.
    """
    folder = RunFolder(workspace, scheme_name, as_of)
    if not folder.published.is_dir():
        return ()
    policy = load_policy(workspace, scheme_name)
    run = Run(workspace, policy, method_in_use(workspace, policy), folder, lambda *_: None)
    revised = Revised.found(folder, run.inputs())
    return () if revised is None else revised.changed
