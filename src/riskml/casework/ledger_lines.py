"""Decisions made in cases, on the ledger: once each, whatever was killed when."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from riskml.casework.office import Effect, Office
from riskml.core.workspace import Workspace
from riskml.schemes.decisions import Decision, record_decision

DECISION = "decision"


def decision_effect(office: Office, made: Decision) -> Effect:
    """That a decision is to be put on the ledger, after the lines that are there now."""
    return Effect(
        DECISION,
        {"decision": made.model_dump(mode="json"), "after": len(office.workspace.ledger.lines())},
    )


def put_on_ledger(workspace: Workspace, content: Mapping[str, Any]) -> Mapping[str, Any]:
    """Put a decision on the ledger unless a line written since has it already."""
    ledger, made = workspace.ledger, content["decision"]
    there = [
        line.number for line in ledger.lines("decision") if line.number > content["after"] and line.content == made
    ]
    if not there:
        record_decision(ledger, Decision.model_validate(made))
        there = [line.number for line in ledger.lines("decision")][-1:]
    return told_of(there[0])


def told_of(line: int) -> dict[str, Any]:
    """That a decision is in a line of the ledger."""
    return {"ledger_line": line, "told": [f"决定在总账第 {line} 行", f"The decision is line {line} of the ledger"]}
