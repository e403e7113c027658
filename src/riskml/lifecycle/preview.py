"""What an edit would do before it is committed: how often an indicator or a rule would fire, on whom, and whether a new
indicator is worth having.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import pandas as pd

from riskml.core.errors import ConfigurationError
from riskml.core.progress import Progress
from riskml.core.validation import nearest
from riskml.core.workspace import Workspace
from riskml.engines.duckdb import connect
from riskml.features.matrix import MatrixBuilder, read_matrix
from riskml.features.specs import IndicatorColumn, IndicatorSystem
from riskml.lifecycle.candidates import rolling_windows
from riskml.lifecycle.training_data import fit_until, read_training_data, visit_offset
from riskml.records.effect_periods import EFFECT_PERIODS, load_effect_periods
from riskml.records.store import open_store
from riskml.runs.as_of import refuse_impossible_day
from riskml.runs.configured import configured_indicators
from riskml.schemes.policy import load_policy
from riskml.schemes.rules import fired_rules_sql
from riskml.training.choice import mean_difference
from riskml.training.evaluation import Difference
from riskml.training.settings import load_training

WITH, WITHOUT = "with", "without"
SHOWN = 10


@dataclass(frozen=True)
class ColumnFired:
    """One column of an indicator as of a date.

    Parameters
    ----------
    unknown, nothing, fired
        Of how many it cannot be known, is zero, and is anything else.
    quantiles
        Share (0.5, 0.9, 0.99) → value, of those that are not zero.
    most
        Enterprise → value, the highest first.
    """

    column: IndicatorColumn
    enterprises: int
    unknown: int
    nothing: int
    fired: int
    quantiles: dict[float, float]
    most: dict[str, float]


@dataclass(frozen=True)
class Worth:
    """What an indicator adds to the AUC of trees at rolling origins; None where visits are too few to tell.

    Parameters
    ----------
    origins
        First and last day of each.
    """

    gain: Difference | None
    origins: tuple[tuple[date, date], ...]
    visits: int


@dataclass(frozen=True)
class RuleFired:
    """How many enterprises a rule acts on as of a date, of how many, and some of them with the records it rests on.

    Parameters
    ----------
    unknown
        Rule → the record tables of which nothing was ever received.
    """

    rule: str
    enterprises: int
    fired: int
    some: dict[str, tuple[str, ...]]
    unknown: Mapping[str, tuple[str, ...]]


def indicator_meant(workspace: Workspace, scheme: str, typed: str) -> str:
    """The indicator in use, or the column of one, that somebody typed; a ConfigurationError where there is none."""
    settings, _ = load_training(workspace.model(scheme) / "training.yaml")
    system, _ = configured_indicators(workspace, settings)
    _columns_of(system, typed)
    return typed


def rule_meant(workspace: Workspace, scheme: str, typed: str) -> str:
    """The rule of the scheme that somebody typed; a ConfigurationError where it has none."""
    names = [one.id for one in load_policy(workspace, scheme).scheme.applied]
    if typed not in names:
        zh, en = nearest(typed, names)
        raise ConfigurationError(zh=f"{scheme} 没有规则 {typed!r}{zh}。", en=f"{scheme} has no rule {typed!r}{en}.")
    return typed


def indicator_fired(
    workspace: Workspace, scheme: str, indicator: str, as_of: date, on_progress: Progress
) -> tuple[ColumnFired, ...]:
    """The columns of an indicator of the workspace as it is now, of all whom the scheme grades at `as_of`.

    Raises
    ------
    ConfigurationError
        Where there is no such indicator.
    RunError
        Where `as_of` is to come, or nobody was registered then.
    """
    settings, _ = load_training(workspace.model(scheme) / "training.yaml")
    system, periods = configured_indicators(workspace, settings)
    columns = _columns_of(system, indicator)
    builder = MatrixBuilder(
        connect(workspace.spill), open_store(workspace.records),
        system.select(tuple(column.name for column in columns)), periods,
    )  # fmt: skip
    among = load_policy(workspace, scheme).scheme.graded_sql(settings.cohort.industries)
    refuse_impossible_day(builder.store, as_of, builder.ask_registered(as_of, among))
    rows = read_matrix(builder, on_progress)
    return tuple(_fired(column, rows) for column in columns)


def _fired(column: IndicatorColumn, rows: pd.DataFrame) -> ColumnFired:
    values = rows.set_index("enterprise_id")[column.name].astype(float)
    other = values[values.notna() & (values != 0)]
    return ColumnFired(
        column=column,
        enterprises=len(values),
        unknown=int(values.isna().sum()),
        nothing=int((values == 0).sum()),
        fired=len(other),
        quantiles={share: float(other.quantile(share)) for share in (0.5, 0.9, 0.99)} if len(other) else {},
        most={str(code): float(value) for code, value in other.sort_values(ascending=False).head(SHOWN).items()},
    )


def indicator_worth(workspace: Workspace, scheme: str, indicator: str, as_of: date, on_progress: Progress) -> Worth:
    """Trees with and without an indicator, fitted at rolling origins at the end of the learning part; nothing after it
    is looked at.
    """
    settings, _ = load_training(workspace.model(scheme) / "training.yaml")
    settings = settings.model_copy(update={"model": settings.model.model_copy(update={"form": "trees"})})
    data = read_training_data(
        workspace, settings, as_of, on_progress,
        among=load_policy(workspace, scheme).scheme.graded_sql(settings.cohort.industries),
    )  # fmt: skip
    own = {column.name for column in _columns_of(data.builder.system, indicator)}
    kept = tuple(column.name for column in data.builder.system.columns if column.name not in own)
    less = data.only(kept)
    origins = [
        window.origin(data, {
            name: fit_until(one, settings, window.until.date(), visit_offset(one)).margin(one.matrix[window.judged])
            for name, one in ((WITH, data), (WITHOUT, less))
        })
        for window in rolling_windows(data, settings, on_progress)
    ]  # fmt: skip
    gain = mean_difference(origins, WITH, WITHOUT) if origins else None
    days = tuple((one.first_day, one.last_day) for one in origins)
    return Worth(gain, days, sum(len(one.outcome) for one in origins))


def rule_fired(workspace: Workspace, scheme_name: str, rule: str, as_of: date) -> RuleFired:
    """On whom of those it grades a rule of the scheme, as written now, acts as of a date; no officer's decision counts.

    Raises
    ------
    ConfigurationError
        Where the scheme has no such rule.
    RunError
        Where `as_of` is to come, or nobody was registered then.
    """
    rule = rule_meant(workspace, scheme_name, rule)
    scheme = load_policy(workspace, scheme_name).scheme
    store = open_store(workspace.records)
    periods = load_effect_periods(workspace.features / EFFECT_PERIODS)
    builder = MatrixBuilder(connect(workspace.spill), store, IndicatorSystem(files=(), texts={}), periods)
    everyone = builder.ask_registered(as_of, scheme.graded_sql(()))
    refuse_impossible_day(store, as_of, everyone)
    builder.connection.execute("CREATE TEMP TABLE everyone AS SELECT enterprise_id, as_of FROM all_registered")
    fired = fired_rules_sql(scheme, "everyone", periods, store.tables)
    found = builder.connection.execute(
        f"SELECT enterprise_id, evidence FROM ({fired.sql}) WHERE rule = ? ORDER BY enterprise_id", [rule]
    ).fetchall()
    some = {code: tuple(map(str, evidence or ())) for code, evidence in found[:SHOWN]}
    return RuleFired(rule, everyone, len({code for code, _ in found}), some, fired.unknown)


def _columns_of(system: IndicatorSystem, indicator: str) -> tuple[IndicatorColumn, ...]:
    """The columns of an indicator, named by its id or by one of its columns."""
    found = tuple(one for one in system.columns if indicator in (one.indicator.id, one.name))
    if not found:
        zh, en = nearest(indicator, [one.indicator.id for one in system.columns])
        raise ConfigurationError(
            zh=f"所用的指标中没有 {indicator!r}{zh}；在 training.yaml 的 indicators 中列出的才算。",
            en=f"{indicator!r} is none of the indicators in use{en}; those listed under 'indicators' of training.yaml "
            "are.",
        )
    return found
