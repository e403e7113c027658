"""One enterprise: what its grade would be, and what it will be if nothing new arrives."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from riskml.audit.entries import Event
from riskml.core.principal import Principal
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.explaining.future import Future
from riskml.explaining.what_if import WhatIf
from riskml.records.enterprise_ids import enterprise_meant
from riskml.runs.future import future
from riskml.runs.published import latest_day
from riskml.runs.supposed_steps import Step
from riskml.runs.what_if import what_if
from riskml.services.asking import asked_by


def suppose(
    workspace: Workspace,
    asker: Principal,
    scheme: str,
    enterprise: str,
    steps: Sequence[Step],
    as_of: date | None,
    on: date | None,
    on_progress: Progress,
) -> WhatIf:
    """What an enterprise would be graded; parameters and errors as `riskml.runs.what_if.what_if`, `as_of` that of the
    newest published run where None.
    """
    code = enterprise_meant(enterprise)
    with asked_by(asker, workspace, Event("read", "what-if", code, scheme)):
        day = as_of or latest_day(workspace, scheme)
        return what_if(workspace, scheme, code, steps, day, on, on_progress)


def look_ahead(
    workspace: Workspace, asker: Principal, scheme: str, enterprise: str, as_of: date | None, on_progress: Progress
) -> Future:
    """What an enterprise will be graded at the next month-ends; parameters and errors as `riskml.runs.future.future`,
    `as_of` that of the newest published run where None.
    """
    code = enterprise_meant(enterprise)
    with asked_by(asker, workspace, Event("read", "future", code, scheme)):
        day = as_of or latest_day(workspace, scheme)
        return future(workspace, scheme, code, day, on_progress)
