"""Whom one enterprise is tied to."""

from __future__ import annotations

from datetime import date

from riskml.audit.entries import Event
from riskml.core.principal import Principal
from riskml.core.workspace import Workspace
from riskml.explaining.ties import Ties, seen_from
from riskml.records.enterprise_ids import enterprise_meant
from riskml.runs.published import latest_day
from riskml.runs.ties import ties
from riskml.services.asking import asked_by


def find_ties(workspace: Workspace, asker: Principal, scheme: str, enterprise: str, as_of: date | None) -> Ties:
    """Whom an enterprise is tied to, those outside the asker's region without code, name and grade; errors as
    `riskml.runs.ties.ties`, `as_of` that of the newest published run where None.
    """
    code = enterprise_meant(enterprise)
    with asked_by(asker, workspace, Event("read", "ties", code, scheme)):
        return seen_from(ties(workspace, scheme, code, as_of or latest_day(workspace, scheme)), asker.region)
