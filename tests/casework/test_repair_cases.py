"""Repair: no earlier than the law allows, granted by somebody else than who examined it, ending in an amendment."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from small_runs import T, code

from riskml.casework.shown import Shown
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.locks import exclusive
from riskml.core.principal import Principal
from riskml.core.workspace import Workspace
from riskml.records.ingest import ingest
from riskml.records.sources import load_source
from riskml.runs.explain_one import explain_one
from riskml.runs.immediate import read_updates
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


def grade_now(workspace: Workspace) -> str:
    """The grade of the enterprise that applies beside the newest run."""
    update = read_updates(workspace.ledger, "yunnan", T).get(code(14))
    return "D" if update is None else update.grade


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
    assert "brought up to date at once by the rules: D → A (2027-05-12)" in done.told_results()[-1].en
    assert grade_now(workspace) == "A"
    assert load_offered(workspace, ALLOWED) == 0  # it was loaded already, and is known
    assert explain_one(workspace, "yunnan", code(14), ALLOWED).decided_by == "band"
    case = do(workspace, case, "undo", HEAD, evidence=["又被列入"])
    assert case.case.state == "undone"
    assert "A → D (2027-05-12)" in case.told_results()[-1].en
    assert grade_now(workspace) == "D"
    assert explain_one(workspace, "yunnan", code(14), ALLOWED).decided_by == "blacklisted"


def test_only_what_the_enterprise_has_is_repaired(workspace: Workspace) -> None:
    with pytest.raises(ConfigurationError, match=f"{code(14)} has no record L-12 in serious_listing"):
        applied(workspace, "L-12")


def test_what_cannot_be_loaded_now_is_left_to_an_operator_and_named(
    workspace: Workspace,
) -> None:
    case = applied(workspace)
    do(workspace, case, "examine", finding="已纠正")
    with exclusive(workspace.data / "load.lock"):
        told = do(workspace, case, "grant", HEAD).told_results()[-1].en
    assert "It could not be loaded" in told
    assert "run 'riskml ingest amendments --from" in told
    assert grade_now(workspace) == "D"
    assert load_offered(workspace, ALLOWED) == 1


def test_a_corrected_objection_amends_the_record_that_was_wrong(workspace: Workspace) -> None:
    path = workspace.models / "langfang" / "scheme.yaml"  # as if it were of this province
    path.write_text(path.read_text(encoding="utf-8").replace('"1310"', '"53"'), encoding="utf-8")
    given = {"received_on": "2026-11-01", "from": "李某", "about": "名单", "proof": ["移出决定"]}
    case = open_case(workspace, OFFICER, Opening("objection", "langfang", code(12), "窗口收件", given))
    do(workspace, case, "accept")
    do(workspace, case, "verify", finding="列错", evidence=["移出决定"])
    with pytest.raises(ConfigurationError, match="record: to put a record right, give both table and record"):
        do(workspace, case, "correct", HEAD, correction="撤销", table="serious_listing")
    with pytest.raises(ConfigurationError, match="has no record L-14 in serious_listing"):
        do(workspace, case, "correct", HEAD, correction="撤销", table="serious_listing", record="L-14")
    assert explain_one(workspace, "yunnan", code(12), T).decided_by == "blacklisted"
    done = do(workspace, case, "correct", HEAD, correction="撤销", table="serious_listing", record="L-12")
    assert done.case.state == "corrected"
    assert "It was loaded" in done.told_results()[-1].en
    assert explain_one(workspace, "yunnan", code(12), ALLOWED).decided_by == "band"
