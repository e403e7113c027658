"""The indicators of a scheme: which there are, what computes one, and their values on a date."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from math import isnan

from riskml.audit.entries import Event
from riskml.core.principal import Principal
from riskml.core.workspace import Workspace, model_name
from riskml.features.compile import indicator_sql
from riskml.features.specs import IndicatorColumn
from riskml.records.enterprise_ids import enterprise_meant
from riskml.runs.configured import configured_indicators, refuse_unknown_indicator
from riskml.runs.indicators import Written, indicators_of_one, write_indicators
from riskml.services.asking import asked_by
from riskml.training.settings import TrainingSettings, load_training


@dataclass(frozen=True)
class Values:
    """One enterprise's indicators on a date; None where one cannot be known."""

    enterprise_id: str
    as_of: date
    columns: tuple[IndicatorColumn, ...]
    values: Mapping[str, float | None]


def list_indicators(
    workspace: Workspace, asker: Principal, scheme: str, industry: str | None
) -> tuple[IndicatorColumn, ...]:
    """The columns of the matrix that a scheme, or a local industry of it, is trained on."""
    with asked_by(asker, workspace, None):
        return configured_indicators(workspace, _settings(workspace, scheme, industry))[0].columns


def sql_of(workspace: Workspace, asker: Principal, scheme: str, industry: str | None, indicator: str) -> str:
    """The SQL that computes an indicator; a ConfigurationError names those that are near, or the industry that
    has it.
    """
    with asked_by(asker, workspace, None):
        system, periods = configured_indicators(workspace, _settings(workspace, scheme, industry))
        refuse_unknown_indicator(workspace, scheme, system, indicator)
        return indicator_sql(system, indicator, periods)


def values_of(
    workspace: Workspace, asker: Principal, scheme: str, industry: str | None, enterprise: str, as_of: date
) -> Values:
    """An enterprise's indicators; errors as `riskml.runs.indicators.indicators_of`."""
    code = enterprise_meant(enterprise)
    with asked_by(asker, workspace, Event("read", "indicators", code, scheme)):
        settings = _settings(workspace, scheme, industry)
        columns = configured_indicators(workspace, settings)[0].columns
        row = indicators_of_one(workspace, settings, code, as_of)
        values = {column.name: float(row[column.name]) for column in columns}
        return Values(code, as_of, columns, {name: None if isnan(value) else value for name, value in values.items()})


def write_matrix(
    workspace: Workspace,
    asker: Principal,
    scheme: str,
    industry: str | None,
    as_of: date,
    on_progress: Callable[[str, int, int], None],
) -> Written:
    """Write the matrix of everyone registered at `as_of` below data/indicators/."""
    with asked_by(asker, workspace, Event("export", "indicators", scheme=scheme, facts={"as_of": str(as_of)})):
        return write_indicators(workspace, _settings(workspace, scheme, industry), as_of, on_progress)


def _settings(workspace: Workspace, scheme: str, industry: str | None) -> TrainingSettings:
    return load_training(workspace.model(model_name(scheme, industry)) / "training.yaml")[0]
