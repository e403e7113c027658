"""An officer's decision on the ledger, as cases put it there."""

from __future__ import annotations

from typing import Any

from riskml.core.workspace import Workspace
from riskml.runs import decide as deciding
from riskml.schemes.decisions import Decision, record_decision


def decide(workspace: Workspace, scheme: str, **given: Any) -> Decision:
    """Make a decision and record it; parameters as `riskml.runs.decide.decide` has them."""
    made = deciding.decide(workspace, scheme, **given)
    record_decision(workspace.ledger, made)
    return made
