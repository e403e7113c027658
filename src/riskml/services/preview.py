"""What an edit of indicators or rules would do, before it is committed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from riskml.audit.entries import Event
from riskml.core.principal import Principal
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
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
from riskml.records.received import last_received
from riskml.records.store import open_store
from riskml.runs.method_in_use import require_model
from riskml.services.asking import asked_by


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
    day = as_of or last_received(open_store(workspace.records))
    with asked_by(asker, workspace, None):
        require_model(workspace, scheme)
        indicator = indicator_meant(workspace, scheme, indicator)
    given = Event("list", "preview indicator", scheme=scheme, facts={"as_of": str(day), "indicator": indicator})
    with asked_by(asker, workspace, given):
        columns = indicator_fired(workspace, scheme, indicator, day, on_progress)
        return IndicatorPreview(
            day, columns, indicator_worth(workspace, scheme, indicator, day, on_progress) if worth else None
        )


def preview_rule(
    workspace: Workspace, asker: Principal, scheme: str, rule: str, as_of: date | None
) -> tuple[date, RuleFired]:
    """How often a rule of the scheme as it is written now fires, and on whom."""
    day = as_of or last_received(open_store(workspace.records))
    with asked_by(asker, workspace, None):
        rule = rule_meant(workspace, scheme, rule)
    given = Event("list", "preview rule", scheme=scheme, facts={"as_of": str(day), "rule": rule})
    with asked_by(asker, workspace, given):
        return day, rule_fired(workspace, scheme, rule, day)
