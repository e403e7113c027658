"""One enterprise: what its grade would be, and what it will be if nothing new arrives."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import get_args

from riskml.audit.entries import Event
from riskml.core.errors import ConfigurationError
from riskml.core.principal import Principal
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.explaining.future import Future
from riskml.explaining.what_if import WhatIf
from riskml.records.enterprise_ids import enterprise_meant
from riskml.runs.future import future
from riskml.runs.published import latest_day
from riskml.runs.supposed_steps import Step, StepName
from riskml.runs.what_if import what_if
from riskml.services.asking import asked_by


def step_asked(text: str) -> Step:
    """A step as a program asks for it: ``repaired:RECORD``, ``ended:``, ``revoked:``, ``misjudged:``,
    ``reduced:RECORD:PART=VALUE``, ``filed:YEAR``, ``replaced:POST=PERSON``; a ConfigurationError where it is none.

    >>> step_asked("reduced:penalty:P-1:fine=5")
    Step(name='reduced', what='penalty:P-1', part='fine', value='5', person=None)
    """
    kind, _, what = text.partition(":")
    left, sign, right = what.rpartition("=")
    record, _, part = left.rpartition(":")
    if kind == "reduced" and record and part and right:
        return Step("reduced", record, part=part, value=right)
    if kind == "replaced" and sign and left and right:
        return Step("replaced", left, person=right)
    for name in get_args(StepName):
        if name == kind and what and name not in ("reduced", "replaced"):
            return Step(name, what)
    raise ConfigurationError(
        zh=f"{text!r} 不是步骤：应形如 repaired:记录、ended:记录、revoked:记录、misjudged:记录、"
        "reduced:记录:字段=数值、filed:年度 或 replaced:职务=人员标识。",
        en=f"{text!r} is no step. One is like repaired:RECORD, ended:RECORD, revoked:RECORD, misjudged:RECORD, "
        "reduced:RECORD:PART=VALUE, filed:YEAR or replaced:POST=PERSON.",
    )


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
