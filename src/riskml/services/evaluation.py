"""Judging the model in use."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from riskml.core.principal import Principal
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.evaluation.evaluate import Report, evaluate_model, selective_labels
from riskml.evaluation.evaluated_model import read_evaluated_model
from riskml.evaluation.page import write_page
from riskml.evaluation.plan_worth import PlanWorth, plan_worth
from riskml.evaluation.points_tables import write_csv
from riskml.evaluation.selective_labels import WayResult
from riskml.runs.method_in_use import require_model
from riskml.schemes.notices import notice_of
from riskml.services.asking import asked_by


@dataclass(frozen=True)
class Evaluated:
    """A report, and the page it was written to."""

    report: Report
    page: Path


@dataclass(frozen=True)
class Ways:
    """How well each way of learning from selected visits does, and whether the data are simulated."""

    ways: tuple[WayResult, ...]
    simulated: bool


def evaluate(
    workspace: Workspace,
    asker: Principal,
    scheme: str,
    to: Path | None,
    on_progress: Progress,
    version: int | None = None,
    points: Path | None = None,
) -> Evaluated:
    """Evaluate the model in use, or a registered `version`, and write the page, to ``runs/<scheme>/evaluation.html``
    where `to` is None, and the bins of the points scorecards as CSV to `points` where that is not.
    """
    with asked_by(asker, workspace, None):
        require_model(workspace, scheme)
        report = evaluate_model(workspace, scheme, on_progress, version)
        if points is not None:
            _write_points(report, points)
        return Evaluated(report, write_page(report, to or workspace.runs / scheme / "evaluation.html"))


def _write_points(report: Report, path: Path) -> None:
    evaluated = report.evaluated
    labels = {column.name: column.label for column in evaluated.data.builder.system.columns}
    notice = notice_of(evaluated.scheme, date.fromisoformat(evaluated.bundle.facts["as_of"]))
    write_csv(report.points, labels, path, notice=notice, simulated=report.simulated)


def compare_ways(workspace: Workspace, asker: Principal, scheme: str, on_progress: Progress) -> Ways:
    """Compare the ways of learning from selected visits, and nothing else."""
    with asked_by(asker, workspace, None):
        require_model(workspace, scheme)
        evaluated, ways = selective_labels(workspace, scheme, on_progress)
        return Ways(ways, bool(evaluated.bundle.facts["simulated"]))


def worth_of_plan(
    workspace: Workspace, asker: Principal, scheme: str, share: float, least: float, on_progress: Progress
) -> PlanWorth:
    """What plans would have found among the visits that the model in use has not seen."""
    with asked_by(asker, workspace, None):
        require_model(workspace, scheme)
        return plan_worth(read_evaluated_model(workspace, scheme, on_progress), share, least, on_progress)
