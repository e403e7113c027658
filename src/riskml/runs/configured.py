"""What analysts edit, read together: a model's indicators with its overlays and the effect periods, checked against
each other.
"""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path

import sqlglot
from sqlglot import exp

from riskml.core.configuration import parse_yaml, read_text
from riskml.core.errors import ConfigurationError
from riskml.core.validation import nearest
from riskml.core.workspace import Workspace, model_name
from riskml.features.specs import IndicatorSystem, load_system
from riskml.features.uncounted import refuse_uncounted
from riskml.features.windows import refuse_long_windows
from riskml.records.attributes import ATTRIBUTE
from riskml.records.effect_periods import EFFECT_PERIODS, EffectPeriods, load_effect_periods
from riskml.records.sources import SourceSpec
from riskml.schemes.rules import refuse_long_rules
from riskml.schemes.scheme import load_scheme
from riskml.training.settings import TrainingSettings, load_training


def configured_indicators(
    workspace: Workspace, settings: TrainingSettings, trial: Path | None = None
) -> tuple[IndicatorSystem, EffectPeriods]:
    """The indicators that `settings` names, overlays included, and the effect periods.

    Parameters
    ----------
    trial
        A folder of indicators that are tried: an overlay that the workspace does not have.

    Raises
    ------
    ConfigurationError
        Where a file is wrong, an overlay or an indicator is not there, or a window is longer than the effect period; or
        as `refuse_uncounted`.
    """
    periods = load_effect_periods(workspace.features / EFFECT_PERIODS)
    tried = () if trial is None else (trial,)
    whole = load_system(workspace.features, *_overlays(workspace, settings), *tried)
    refuse_long_windows(whole, periods)
    refuse_uncounted(whole)
    own = tuple(column.name for folder in tried for column in load_system(folder).columns)
    system = whole if settings.indicators is None else whole.select((*settings.indicators, *own))
    _refuse_unknown_attributes(workspace, system)
    names = [column.name for column in system.columns]
    if settings.past_penalties not in names:
        near = ", ".join(get_close_matches(settings.past_penalties, names)) or "–"
        raise ConfigurationError(
            zh=f"{settings.file} 的 past_penalties：所用的指标中没有 {settings.past_penalties}；相近的有：{near}。",
            en=f"past_penalties in {settings.file}: {settings.past_penalties} is none of the indicators in use; close "
            f"to it: {near}.",
        )
    return system, periods


def check_configured(workspace: Workspace, scheme: str, industry: str | None) -> None:
    """Read all that a training of a model would, as it would; a ConfigurationError names what is wrong."""
    settings, _ = load_training(workspace.model(model_name(scheme, industry)) / "training.yaml")
    _, periods = configured_indicators(workspace, settings)
    path = workspace.models / scheme / "scheme.yaml"
    refuse_long_rules(load_scheme(path), periods, str(path))


def refuse_unknown_indicator(workspace: Workspace, scheme: str, system: IndicatorSystem, name: str) -> None:
    """Refuse an indicator that `system` does not have; a ConfigurationError says which local industry has it, or near
    names.
    """
    if name in {column.name for column in system.columns}:
        return
    for industry in workspace.industries(scheme):
        settings, _ = load_training(workspace.model(model_name(scheme, industry)) / "training.yaml")
        own, _ = configured_indicators(workspace, settings)
        if name in {column.name for column in own.columns}:
            raise ConfigurationError(
                zh=f"{name} 是地方产业 {industry} 的指标；请加上 --industry {industry}。",
                en=f"{name} is an indicator of the local industry {industry}: add --industry {industry}.",
            )
    system.column(name)


def _refuse_unknown_attributes(workspace: Workspace, system: IndicatorSystem) -> None:
    """Refuse an indicator that reads an attribute which no source declares: it could never be known."""
    asked = {
        column.name: node.expression.name
        for column in system.computed
        if column.indicator.from_ == ATTRIBUTE
        for node in sqlglot.parse_one(column.indicator.where, read="duckdb").find_all(exp.EQ)
        if isinstance(node.this, exp.Column) and node.this.name == "name" and isinstance(node.expression, exp.Literal)
    }
    if not asked or any(workspace.sources.glob(f"*/{ATTRIBUTE}.sql")):
        return
    specs = [
        parse_yaml(SourceSpec, read_text(path), str(path)) for path in sorted(workspace.sources.glob("*/source.yaml"))
    ]
    declared = {name for spec in specs for attributes in spec.attributes for name in attributes.columns}
    for indicator, name in asked.items():
        if name not in declared:
            zh, en = nearest(name, declared)
            raise ConfigurationError(
                zh=f"指标 {indicator} 的 where：没有哪个来源的 source.yaml 在 attributes 中列出 {name}{zh}。",
                en=f"Indicator {indicator}, field where: no source lists {name} under 'attributes' in its "
                f"source.yaml{en}.",
            )


def _overlays(workspace: Workspace, settings: TrainingSettings) -> list[Path]:
    folder = workspace.features / "overlays"
    known = sorted(path.name for path in folder.glob("*") if path.is_dir())
    for name in settings.overlays:
        if name not in known:
            zh, en = nearest(name, known)
            raise ConfigurationError(
                zh=f"{settings.file} 的 overlays：没有 {name}（{folder / name} 不是目录）{zh}。",
                en=f"overlays in {settings.file}: there is no {name} ({folder / name} is no folder){en}.",
            )
    return [folder / name for name in settings.overlays]
