"""Cases that end in decisions on the ledger: Art. 15(3), who a listed person is, killed at any moment, moved in."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from databases import use_new_database
from decided import decide
from handmade import Province
from small_runs import T, code, make_workspace

from riskml.casework import desk as desk_module
from riskml.casework.desk import PERFORMERS
from riskml.casework.importing import Imported
from riskml.casework.shown import Shown
from riskml.casework.store import Wanted
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.principal import Principal
from riskml.core.workspace import Workspace
from riskml.database.database import database_of
from riskml.database.migrating import upgrade
from riskml.runs.explain_one import explain_one
from riskml.runs.score import score
from riskml.schemes.decisions import read_decisions
from riskml.services.casework import (
    Move,
    Opening,
    import_cases,
    list_cases,
    open_case,
    open_proposed_cases,
    show_case,
    take_step,
)
from riskml.services.explaining import Answer, record_answer

OFFICER = Principal("officer", frozenset({"case_officer"}))
HEAD = Principal("head", frozenset({"approver"}))
RULE, HELD = "serious_negative_effect", "dishonest_post_holder"


@pytest.fixture(scope="module")
def scored(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A small province whose scheme asks for a second signature, with a run; person p1 is listed twice."""
    workspace = make_workspace(tmp_path_factory.mktemp("decided") / "workspace")
    path = workspace.models / "yunnan" / "scheme.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("second_signature: false", "second_signature: true"), encoding="utf-8")
    province = Province(workspace.root)
    province.deliveries = 1
    post = {"record_id": "W-20", "enterprise_id": code(20), "person_id": "p1", "person_name": "某", "role": "director"}
    listed = {"subject_id": "p1", "subject_kind": "person"}
    province.receive({
        "position": [{**post, "start_date": "2024-01-01"}],
        "dishonest_debtor": [{**listed, "record_id": "D-1", "start_date": "2026-10-20"}],
    })  # fmt: skip
    score(workspace, "yunnan", T, lambda *_: None)
    return workspace.root


@pytest.fixture(params=["sqlite", "postgresql"])
def workspace(
    request: pytest.FixtureRequest,
    scored: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    on_day: Callable[[date], None],
) -> Workspace:
    """A copy of `scored` with its own database and ledger, on the day of the run."""
    on_day(T)
    if request.param == "postgresql":
        use_new_database(request.getfixturevalue("postgresql"), monkeypatch)
    made = Workspace(shutil.copytree(scored, tmp_path / "workspace"))
    upgrade(database_of(made))
    return made


def do(workspace: Workspace, case: Shown, action: str, asker: Principal = OFFICER, **given: Any) -> Shown:
    return take_step(workspace, asker, Move(case.case.id, action, f"why {action}", given))


def test_art15_3_proposed_decided_signed_and_withdrawn(workspace: Workspace) -> None:
    (case,) = open_proposed_cases(workspace, OFFICER, "determination", "yunnan", None)
    assert (case.case.enterprise, case.case.facts["evidence"], case.case.state) == (code(15), ["O-15"], "open")
    assert open_proposed_cases(workspace, OFFICER, "determination", "yunnan", None) == ()
    with pytest.raises(ConfigurationError, match="grade: should be one of C, D, not_established, not 'B'"):
        do(workspace, case, "decide", grade="B")
    do(workspace, case, "decide", grade="D")
    assert read_decisions(workspace.ledger) == ()  # it waits for the second signature
    with pytest.raises(RunError, match="officer may not sign"):
        do(workspace, case, "sign")
    with pytest.raises(RunError, match="takes somebody else than officer, who did decide"):
        do(workspace, case, "sign", Principal("officer", frozenset({"approver"})))
    do(workspace, case, "return", HEAD)
    do(workspace, case, "decide", grade="C")
    case = do(workspace, case, "sign", HEAD)
    (made,) = read_decisions(workspace.ledger)
    assert (made.grade, made.officer, made.second, made.reason) == ("C", "officer", "head", "why decide")
    assert (made.decided_on, made.expires_on) == (T, date(2027, 1, 15))
    assert [one.deadline.day for one in case.due] == [made.expires_on]
    assert [one.en for one in case.told_results()] == [
        f"The decision is line {len(workspace.ledger.lines())} of the ledger"
    ]
    assert explain_one(workspace, "yunnan", code(15), T).grade == "C"
    do(workspace, case, "reopen", HEAD)
    do(workspace, case, "decide", grade="D")
    assert explain_one(workspace, "yunnan", code(15), T).grade == "C"  # until another decision takes its place
    do(workspace, case, "sign", HEAD)
    do(workspace, case, "withdraw")
    assert do(workspace, case, "sign_withdrawal", HEAD).case.state == "withdrawn"
    assert [one.grade for one in read_decisions(workspace.ledger)] == ["C", "D", "not_established"]
    assert explain_one(workspace, "yunnan", code(15), T).decided_by == "band"


def test_art15_3_opened_by_an_officer_on_records_of_the_enterprise(workspace: Workspace) -> None:
    given = {"rule": RULE, "evidence": ["C-10-09-11"]}
    with pytest.raises(RunError, match="no usable record C-10-09-11"):
        open_case(workspace, OFFICER, Opening("determination", "yunnan", code(9), "媒体报道", given))
    given = {"rule": RULE, "evidence": ["C-9-09-21", "C-9-10-21"]}
    case = open_case(workspace, OFFICER, Opening("determination", "yunnan", code(9), "媒体报道", given))
    do(workspace, case, "decide", grade="D", expires_on="2026-12-01")
    do(workspace, case, "sign", HEAD)
    (made,) = read_decisions(workspace.ledger)
    assert (made.evidence_tables, made.expires_on) == (("complaint", "complaint"), date(2026, 12, 1))


def killed_in(workspace: Workspace, work: Callable[[], object]) -> None:
    """Do some work in a process of its own, which kills itself in it."""
    if os.fork() == 0:
        try:
            database_of(workspace).engine.dispose(close=False)  # the connections are the parent's
            work()
        finally:
            os._exit(1)
    assert os.WTERMSIG(os.wait()[1]) == signal.SIGKILL


def kill_myself(*_: Any) -> Any:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("moment", ["event written", "ledger written"])
def test_killed_in_a_step_it_is_finished_once(
    workspace: Workspace, moment: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    (case,) = open_proposed_cases(workspace, OFFICER, "determination", "yunnan", None)
    do(workspace, case, "decide", grade="D")
    whole = PERFORMERS["decision"]

    def killed(place: Workspace, content: Any) -> Any:
        if moment == "ledger written":
            whole(place, content)
        kill_myself()

    with monkeypatch.context() as patched:
        patched.setitem(PERFORMERS, "decision", killed)  # type: ignore[arg-type]
        killed_in(workspace, lambda: do(workspace, case, "sign", HEAD))
    assert len(read_decisions(workspace.ledger)) == (moment == "ledger written")
    for _ in range(2):
        assert show_case(workspace, OFFICER, case.case.id).case.state == "in_force"
        assert [one.grade for one in read_decisions(workspace.ledger)] == ["D"]


def test_killed_before_the_transaction_ends_the_step_was_never_taken(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    (case,) = open_proposed_cases(workspace, OFFICER, "determination", "yunnan", None)
    before = desk_module.add_event
    with monkeypatch.context() as patched:
        patched.setattr(desk_module, "add_event", lambda *given: kill_myself(before(*given)))
        killed_in(workspace, lambda: do(workspace, case, "decide", grade="D"))
    assert show_case(workspace, OFFICER, case.case.id).case.events == case.case.events
    assert do(workspace, case, "decide", grade="D").case.state == "to_sign"


def test_what_was_decided_without_a_case_moves_in_once(workspace: Workspace) -> None:
    told = {"officer": "王某", "reason": "影响广泛", "decided_on": T}
    decide(workspace, "yunnan", enterprise_id=code(15), rule=RULE, evidence=["O-15"], grade="D", second="赵某", **told)
    decide(workspace, "yunnan", enterprise_id=code(20), rule=HELD, evidence=["D-1"], grade="not_same_person", **told)
    decide(workspace, "yunnan", enterprise_id=code(20), rule=HELD, evidence=["D-1"], grade="same_person", **told)
    before = workspace.ledger.path.read_bytes()
    assert import_cases(workspace, OFFICER) == Imported(3, 0)
    assert import_cases(workspace, OFFICER) == Imported(0, 3)
    assert workspace.ledger.path.read_bytes() == before
    determined, identified = (show_case(workspace, OFFICER, number).case for number in (1, 2))
    assert [(one.action, one.who) for one in determined.events] == [
        ("open", "王某"),
        ("decide", "王某"),
        ("sign", "赵某"),
    ]
    assert [(one.action, one.state) for one in identified.events] == [
        ("open", "open"), ("not_same", "not_same"), ("same", "same"),
    ]  # fmt: skip
    assert determined.opened_at == workspace.ledger.lines("decision")[0].at
    do(workspace, show_case(workspace, OFFICER, 1), "withdraw")
    do(workspace, show_case(workspace, OFFICER, 1), "sign_withdrawal", HEAD)
    assert import_cases(workspace, OFFICER) == Imported(0, 4)  # what a case decided is in it


def answer(grade: str, second: str | None = "赵某", **changed: Any) -> Answer:
    told = {"enterprise": code(15), "rule": RULE, "evidence": ("O-15",), "officer": "王某", "reason": "影响广泛"}
    return Answer(**{**told, "grade": grade, "decided_on": T, "second": second, **changed})  # type: ignore[arg-type]


def test_a_decision_in_one_go_is_a_case_that_puts_it_on_the_ledger(workspace: Workspace) -> None:
    typist = Principal.of_process()
    recorded = record_answer(workspace, typist, "yunnan", answer("D"))
    case = show_case(workspace, OFFICER, recorded.case_id)
    assert [(one.action, one.who, one.account) for one in case.case.events] == [
        ("open", "王某", typist.account), ("decide", "王某", typist.account), ("sign", "赵某", typist.account),
    ]  # fmt: skip
    assert read_decisions(workspace.ledger) == (recorded.decision,)
    assert [one.en for one in case.told_results()] == [
        f"The decision is line {len(workspace.ledger.lines())} of the ledger"
    ]
    assert import_cases(workspace, OFFICER) == Imported(0, 1)
    later = record_answer(workspace, typist, "yunnan", answer("C"))
    assert [one.grade for one in read_decisions(workspace.ledger)] == ["D", "C"]
    assert later.case_id != recorded.case_id


def test_a_decision_in_one_go_is_refused_where_its_case_waits_and_to_whoever_types_for_others(
    workspace: Workspace,
) -> None:
    (case,) = open_proposed_cases(workspace, OFFICER, "determination", "yunnan", None)
    with pytest.raises(RunError, match=f"There is case {case.case.id} of this, which waits"):
        record_answer(workspace, Principal.of_process(), "yunnan", answer("D"))
    with pytest.raises(RunError, match="officer acts in its own name only, not as 王某"):
        record_answer(workspace, OFFICER, "yunnan", answer("D"))
    assert read_decisions(workspace.ledger) == ()


def test_killed_after_the_transaction_a_decision_in_one_go_is_on_the_ledger_once(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    typist = Principal.of_process()
    with monkeypatch.context() as patched:
        patched.setitem(PERFORMERS, "decision", kill_myself)  # type: ignore[arg-type]
        killed_in(workspace, lambda: record_answer(workspace, typist, "yunnan", answer("D")))
    assert read_decisions(workspace.ledger) == ()
    (case,) = list_cases(workspace, OFFICER, Wanted(with_closed=True))
    assert len(read_decisions(workspace.ledger)) == 1
    assert import_cases(workspace, OFFICER) == Imported(0, 1)
    assert case.case.state == "in_force"


def test_art15_2_not_the_same_person_stays_with_the_person_and_the_enterprise(
    workspace: Workspace, on_day: Callable[[date], None]
) -> None:
    (case,) = open_proposed_cases(workspace, OFFICER, "identity", "yunnan", None)
    assert (case.case.enterprise, case.case.facts["listing"]) == (code(20), "D-1")
    opening = Opening("identity", "yunnan", code(20), "核对", {"rule": HELD, "listing": "D-1"})
    with pytest.raises(RunError, match=f"There is case {case.case.id} of this"):
        open_case(workspace, OFFICER, opening)
    do(workspace, case, "not_same", proof=["户籍证明"])
    province = Province(workspace.root)
    province.deliveries = 2
    again = {"record_id": "D-2", "subject_id": "p1", "subject_kind": "person", "start_date": "2026-10-25"}
    province.receive({"dishonest_debtor": [again]})
    later = date(2026, 11, 15)
    on_day(later)
    score(workspace, "yunnan", later, lambda *_: None)
    assert explain_one(workspace, "yunnan", code(20), later).decided_by == HELD
    assert open_proposed_cases(workspace, OFFICER, "identity", "yunnan", None) == ()  # answered alike, in the same case
    assert [one.action for one in show_case(workspace, OFFICER, case.case.id).case.events] == [
        "open",
        "not_same",
        "carry",
    ]
    assert [(one.grade, one.evidence) for one in read_decisions(workspace.ledger)] == [
        ("not_same_person", ("D-1",)), ("not_same_person", ("D-2",)),
    ]  # fmt: skip
    assert explain_one(workspace, "yunnan", code(20), later).decided_by == "band"


def test_art15_2_an_annulled_post_leaves_as_an_amendment_that_acts_at_once(workspace: Workspace) -> None:
    (case,) = open_proposed_cases(workspace, OFFICER, "identity", "yunnan", None)
    with pytest.raises(ConfigurationError, match=f"{code(20)} has no record W-99 in position"):
        do(workspace, case, "annul_post", HEAD, post="W-99", proof=["撤销决定"])
    done = do(workspace, case, "annul_post", HEAD, post="W-20", proof=["撤销决定"])
    (told,) = done.told_results()
    assert "It was loaded" in told.en
    assert explain_one(workspace, "yunnan", code(20), T).decided_by == "band"
