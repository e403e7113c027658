"""What an edit of indicators or rules, or another version of the model, would do before it takes effect."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path

from riskml.audit.entries import Event, Fact
from riskml.core.errors import ConfigurationError
from riskml.core.language import say
from riskml.core.principal import Principal
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace, model_name
from riskml.evaluation.evaluated_model import load_version
from riskml.evaluation.model_moves import ModelMoves, model_moves
from riskml.evaluation.model_moves_page import write_csv, write_page
from riskml.lifecycle.preview import (
    ColumnFired,
    RuleFired,
    Worth,
    indicator_fired,
    indicator_meant,
    indicator_worth,
    rule_fired,
    rule_meant,
)
from riskml.lifecycle.promote import challenger_or
from riskml.records.received import last_received
from riskml.records.store import open_store
from riskml.runs.method_in_use import require_model
from riskml.runs.published import published_days
from riskml.services.asking import asked_by
from riskml.training.model import Model, load_model
from riskml.training.registry import Registry


@dataclass(frozen=True)
class IndicatorPreview:
    """How often an indicator fires, and what it is worth; that is None where it was not asked."""

    as_of: date
    columns: tuple[ColumnFired, ...]
    worth: Worth | None


def preview_indicator(
    workspace: Workspace,
    asker: Principal,
    scheme: str,
    indicator: str,
    as_of: date | None,
    on_progress: Progress,
    *,
    worth: bool,
) -> IndicatorPreview:
    """How often an indicator of the workspace fires and on whom; with `worth`, what it adds at rolling origins."""
    day = as_of or _usual_day(workspace, scheme)
    with asked_by(asker, workspace, None):
        require_model(workspace, scheme)
        indicator = indicator_meant(workspace, scheme, indicator)
    given = Event("list", "preview indicator", scheme=scheme, facts={"as_of": str(day), "indicator": indicator})
    with asked_by(asker, workspace, given):
        columns = indicator_fired(workspace, scheme, indicator, day, on_progress)
        return IndicatorPreview(
            day, columns, indicator_worth(workspace, scheme, indicator, day, on_progress) if worth else None
        )


@dataclass(frozen=True)
class ModelPreview:
    """Two models beside each other.

    Parameters
    ----------
    first, second
        Their registered versions; None where a model in use is not registered.
    page
        Where the page was written.
    listed
        How many enterprises were written to the list; None where none was asked for.
    """

    moves: ModelMoves
    first: int | None
    second: int | None
    page: Path
    listed: int | None


def preview_model(
    workspace: Workspace,
    asker: Principal,
    scheme: str,
    version: int | None,
    against: int | None,
    as_of: date | None,
    on_progress: Progress,
    *,
    to: Path | None,
    sheet: Path | None,
) -> ModelPreview:
    """Who would have another grade by a `version`, the challenger where None, than by the version `against`, that in
    use where None; as a page, to ``runs/<scheme>/model-<first>-<second>.html`` where `to` is None, and as CSV to
    `sheet`.
    """
    moves, first, second = _moves(workspace, asker, scheme, version, against, as_of, on_progress)
    path = to or workspace.runs / scheme / f"model-{first or 0}-{second or 0}.html"
    called = _version(first), _version(second)
    write_page(moves, called, path)
    return ModelPreview(moves, first, second, path, None if sheet is None else write_csv(moves, called, sheet))


def _version(number: int | None) -> str:
    return say("未登记的版本", "unregistered version") if number is None else say(f"版本 {number}", f"version {number}")


def compare_models(
    workspace: Workspace,
    asker: Principal,
    scheme: str,
    version: int | None,
    against: int | None,
    as_of: date | None,
    on_progress: Progress,
) -> ModelMoves:
    """Everyone's grade by two versions; as `preview_model`, without a page."""
    return _moves(workspace, asker, scheme, version, against, as_of, on_progress)[0]


def _moves(
    workspace: Workspace,
    asker: Principal,
    scheme: str,
    version: int | None,
    against: int | None,
    as_of: date | None,
    on_progress: Progress,
) -> tuple[ModelMoves, int | None, int | None]:
    """Everyone's grade by two versions, and which versions they are; arguments as for `preview_model`.

    Raises
    ------
    ConfigurationError
        Where there is no such version, no challenger, or both are the same model.
    """
    with asked_by(asker, workspace, None):
        require_model(workspace, scheme)
        day = as_of or _usual_day(workspace, scheme)
        registry = Registry(workspace.root, model_name(scheme, None))
        second = challenger_or(registry, version)
        used = load_model(workspace, scheme) if against is None else load_version(workspace, scheme, against)
        first = registry.with_bundle(used.bundle.digest)
        other = Model(registry.load(second))
        if other.bundle.digest == used.bundle.digest:
            raise ConfigurationError(
                zh=f"两边是同一个模型（版本 {second.number}），没有可比的；请给出另一个版本（见 riskml models）。",
                en=f"Both are the same model (version {second.number}), and nothing differs: name another version "
                "('riskml models' lists them).",
            )
    facts: dict[str, Fact] = {"as_of": str(day), "version": second.number, "against": first.number if first else 0}
    with asked_by(asker, workspace, Event("export", "preview model", scheme=scheme, facts=facts)):
        moves = model_moves(workspace, scheme, used, other, day, on_progress)
        return moves, first.number if first else None, second.number


def preview_rule(
    workspace: Workspace, asker: Principal, scheme: str, rule: str, as_of: date | None
) -> tuple[date, RuleFired]:
    """How often a rule of the scheme as it is written now fires, and on whom."""
    day = as_of or _usual_day(workspace, scheme)
    with asked_by(asker, workspace, None):
        rule = rule_meant(workspace, scheme, rule)
    given = Event("list", "preview rule", scheme=scheme, facts={"as_of": str(day), "rule": rule})
    with asked_by(asker, workspace, given):
        return day, rule_fired(workspace, scheme, rule, day)


def _usual_day(workspace: Workspace, scheme: str) -> date:
    """The as-of date of the newest published run, with which a preview is compared; where there is none yet, the day of
    the last delivery.
    """
    return max(published_days(workspace, scheme), default=None) or last_received(open_store(workspace.records))
