"""Repair: no earlier than the law allows, granted by somebody else than who examined it, ending in an amendment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from small_runs import code

from riskml.casework.shown import Shown
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.principal import Principal
from riskml.core.workspace import Workspace
from riskml.records.ingest import ingest
from riskml.records.sources import load_source
from riskml.runs.explain_one import explain_one
from riskml.services.casework import Move, Opening, open_case, take_step

OFFICER = Principal("officer", frozenset({"case_officer"}))
HEAD = Principal("head", frozenset({"approver"}))

RECORD = "L-14"
"""A serious listing of market supervision from 2026-05-12 on, which decides the grade."""

ALLOWED = date(2027, 5, 12)


@pytest.fixture
def workspace(months_copied: Workspace, on_day: Callable[[date], None]) -> Workspace:
    on_day(ALLOWED)
    return months_copied


def applied(workspace: Workspace, record: str = RECORD) -> Shown:
    given = {
        "table": "serious_listing",
        "record": record,
        "applied_on": "2026-11-01",
        "from": "李某",
        "proof": ["整改报告"],
    }
    return open_case(workspace, OFFICER, Opening("repair", "yunnan", code(14), "窗口收件", given))


def do(workspace: Workspace, case: Shown, action: str, asker: Principal = OFFICER, **given: Any) -> Shown:
    return take_step(workspace, asker, Move(case.case.id, action, f"why {action}", given))


def load_offered(workspace: Workspace, received: date) -> int:
    source = load_source(workspace.sources / "amendments")
    report = ingest(workspace, source, workspace.data / "offered", received, lambda *_: None)
    return sum(one.taken for one in report.tables)


def test_it_is_granted_no_earlier_than_the_law_allows(workspace: Workspace, on_day: Callable[[date], None]) -> None:
    on_day(date(2027, 5, 11))
    case = applied(workspace)
    assert case.case.facts["allowed_from"] == ALLOWED.isoformat()
    do(workspace, case, "examine", finding="已纠正")
    with pytest.raises(RunError, match="allows it from 2027-05-12"):
        do(workspace, case, "grant", HEAD)
    on_day(ALLOWED)
    assert do(workspace, case, "grant", HEAD).case.state == "granted"


def test_from_application_to_the_amendment_and_back(workspace: Workspace) -> None:
    case = applied(workspace)
    with pytest.raises(RunError, match="There is case 1 of this"):
        applied(workspace)
    with pytest.raises(RunError, match="grant is not possible; now possible: examine, refuse"):
        do(workspace, case, "grant", HEAD)
    both = Principal("both", frozenset({"case_officer", "approver"}))
    do(workspace, case, "examine", both, finding="已纠正")
    with pytest.raises(RunError, match="takes somebody else than both, who did examine"):
        do(workspace, case, "grant", both)
    done = do(workspace, case, "grant", HEAD)
    told = done.case.events[-1].content
    assert (told["before"]["grade"], told["after"]["grade"]) == ("D", "A")
    assert "riskml ingest amendments" in done.told_results()[-1].en
    assert load_offered(workspace, ALLOWED) == 1
    assert explain_one(workspace, "yunnan", code(14), ALLOWED).decided_by == "band"
    case = do(workspace, case, "undo", HEAD, evidence=["又被列入"])
    assert case.case.state == "undone"
    assert load_offered(workspace, ALLOWED) == 1  # the first file is there still, and known
    assert explain_one(workspace, "yunnan", code(14), ALLOWED).decided_by == "blacklisted"


def test_only_what_the_enterprise_has_is_repaired(workspace: Workspace) -> None:
    with pytest.raises(ConfigurationError, match=f"{code(14)} has no record L-12 in serious_listing"):
        applied(workspace, "L-12")
