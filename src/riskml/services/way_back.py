"""The way back of one enterprise."""

from __future__ import annotations

from datetime import date

from riskml.audit.entries import Event
from riskml.core.principal import Principal
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.explaining.way_back import WayBack
from riskml.records.enterprise_ids import enterprise_meant
from riskml.runs.published import latest_day
from riskml.runs.way_back import way_back
from riskml.services.asking import asked_by


def find_way_back(
    workspace: Workspace, asker: Principal, scheme: str, enterprise: str, as_of: date | None, on_progress: Progress
) -> WayBack:
    """How an enterprise comes to a better grade; parameters and errors as `riskml.runs.way_back.way_back`, `as_of` that
    of the newest published run where None.
    """
    code = enterprise_meant(enterprise)
    with asked_by(asker, workspace, Event("read", "way-back", code, scheme)):
        day = as_of or latest_day(workspace, scheme)
        return way_back(workspace, scheme, code, day, on_progress)
