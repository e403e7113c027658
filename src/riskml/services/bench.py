"""What analysts work on: the cohort, a run's tables whole, a registered model, other classifiers judged beside it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from riskml.audit.entries import Event
from riskml.core.principal import Principal
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace, model_name
from riskml.features.specs import IndicatorSystem
from riskml.lifecycle.judge import Judged, judge
from riskml.lifecycle.training_data import TrainingData
from riskml.lifecycle.whole_cohort import read_whole_cohort
from riskml.records.received import last_received
from riskml.records.store import open_store
from riskml.runs.method_in_use import require_model
from riskml.runs.published import latest_day, published_run
from riskml.schemes.methods.method import Method
from riskml.schemes.policy import load_policy
from riskml.services.asking import asked_by
from riskml.training.model import Model, load_model
from riskml.training.model_method import ModelMethod
from riskml.training.registry import Registry


@dataclass(frozen=True)
class Contributions:
    """What each indicator added to the margins of enterprises in a published run.

    Parameters
    ----------
    contributions, indicators
        Rows of the run's tables of these names, of the same enterprises in the same order.
    system
        The indicators, in the order of the columns.
    """

    as_of: date
    contributions: pa.Table
    indicators: pa.Table
    system: IndicatorSystem


def last_day_received(workspace: Workspace, asker: Principal) -> date:
    """The day on which the last delivery was received: up to it everything is known that ever will be, by now."""
    with asked_by(asker, workspace, None):
        return last_received(open_store(workspace.records))


def read_cohort_of(
    workspace: Workspace, asker: Principal, scheme: str, as_of: date, on_progress: Progress, *, trial: Path | None
) -> TrainingData:
    """The visits that a scheme's model may learn from, with indicators; errors as
    `riskml.lifecycle.whole_cohort.read_whole_cohort`.
    """
    with asked_by(asker, workspace, Event("export", "cohort", scheme=scheme, facts={"as_of": str(as_of)})):
        require_model(workspace, scheme)
        return read_whole_cohort(workspace, scheme, as_of, on_progress, trial=trial)


def published_grades(workspace: Workspace, asker: Principal, scheme: str, as_of: date | None) -> pa.Table:
    """The grades of everyone as a run published them, the newest where `as_of` is None; by code.

    ``risk_low`` and ``risk_high`` are the ends of the risks' Venn–Abers intervals by the model that the run carries:
    null where that keeps none, and where the scheme needs no model.
    """
    day = as_of or latest_day(workspace, scheme)
    with asked_by(asker, workspace, Event("export", "grades", scheme=scheme, facts={"as_of": str(day)})):
        run = published_run(workspace, scheme, day)
        grades = pa.concat_tables(pq.read_table(part) for part in run.parts("grades")).sort_by("enterprise_id")
        ends = _intervals(run.method, grades)
        for name, end in ends.items():
            grades = grades.append_column(name, end)
        return grades


def _intervals(method: Method, grades: pa.Table) -> dict[str, pa.Array]:
    """The ends of the intervals of published risks, in the order of the rows."""
    if not isinstance(method, ModelMethod):
        return {name: pa.nulls(len(grades), pa.float64()) for name in ("risk_low", "risk_high")}
    low, high = method.bundle.risk_interval(grades["margin"].to_numpy())
    return {"risk_low": pa.array(low, from_pandas=True), "risk_high": pa.array(high, from_pandas=True)}


def published_contributions(
    workspace: Workspace, asker: Principal, scheme: str, as_of: date | None, codes: Collection[str] | None
) -> Contributions:
    """What moved the scores of some enterprises, or of everyone, in a published run, the newest where `as_of` is None;
    an enterprise that the run does not hold is left out.
    """
    day = as_of or latest_day(workspace, scheme)
    facts: dict[str, str | int] = {"as_of": str(day)}
    if codes is not None:
        facts["enterprises"] = len(codes)
    with asked_by(asker, workspace, Event("export", "contributions", scheme=scheme, facts=facts)):
        run = published_run(workspace, scheme, day)
        wanted = None if codes is None else pc.field("enterprise_id").isin(pa.array(sorted(codes), pa.string()))
        contributions, indicators = (
            pa.concat_tables(pq.read_table(part, filters=wanted) for part in run.parts(name)).sort_by("enterprise_id")
            for name in ("contributions", "indicators")
        )
        return Contributions(day, contributions, indicators, run.method.system)


def model_of(workspace: Workspace, asker: Principal, scheme: str, version: int | None) -> ModelMethod:
    """A registered version of a scheme's model, the one in use where `version` is None, with the bands in force.

    Raises
    ------
    ConfigurationError
        Where the scheme needs no model, or there is no such version.
    RunError
        Where it is not what was registered.
    """
    with asked_by(asker, workspace, None):
        require_model(workspace, scheme)
        registry = Registry(workspace.root, model_name(scheme, None))
        model = load_model(workspace, scheme) if version is None else Model(registry.load(registry.version(version)))
        return ModelMethod(model, load_policy(workspace, scheme).scheme)


def judge_classifiers(
    workspace: Workspace,
    asker: Principal,
    scheme: str,
    as_of: date,
    estimators: Mapping[str, Any],
    origins: int,
    months: int,
    on_progress: Progress,
    *,
    trial: Path | None,
) -> Judged:
    """Judge classifiers beside a scheme's model and the usual scorecard; as `riskml.lifecycle.judge.judge`."""
    with asked_by(asker, workspace, Event("export", "judged", scheme=scheme, facts={"as_of": str(as_of)})):
        require_model(workspace, scheme)
        data = read_whole_cohort(workspace, scheme, as_of, on_progress, trial=trial)
        return judge(data, estimators, origins, months, on_progress)
