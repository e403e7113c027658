"""Objections under each scheme: who may do what when, and by when."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from threading import Barrier
from typing import Any

import pytest

from riskml.accounts.access import OWN_KINDS, RefusedError
from riskml.audit.logs import READS
from riskml.casework.attachments import Given
from riskml.casework.desk import HANDLING
from riskml.casework.kinds import kinds
from riskml.casework.objection import Objections
from riskml.casework.shown import Shown
from riskml.casework.store import Wanted
from riskml.core.context_pool import ContextPool
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.principal import Principal
from riskml.core.workspace import Workspace
from riskml.services.casework import (
    Move,
    Opening,
    due_cases,
    list_cases,
    open_case,
    read_file,
    show_case,
    take_step,
)

OFFICER = Principal("officer", frozenset({"case_officer"}))
HEAD = Principal("head", frozenset({"approver"}))
BOTH = Principal("both", frozenset({"case_officer", "approver"}))
NOBODY = Principal("nobody")

RECEIVED = {"received_on": "2026-11-27", "from": "李某", "about": "等级", "proof": ["缴款凭证", "判决书"]}


def received(workspace: Workspace, scheme: str = "guandu", asker: Principal = OFFICER, **given: Any) -> Shown:
    opening = Opening(scheme=scheme, enterprise=f"{scheme}1", kind="objection", why="窗口收件", given=RECEIVED | given)
    return open_case(workspace, asker, opening)


def do(workspace: Workspace, case: Shown, action: str, asker: Principal = OFFICER, **given: Any) -> Shown:
    return take_step(workspace, asker, Move(case.case.id, action, f"why {action}", given))


def verified(workspace: Workspace, asker: Principal = OFFICER) -> Shown:
    case = received(workspace)
    do(workspace, case, "accept")
    do(workspace, case, "forward", to="税务局")
    return do(workspace, case, "verify", asker, finding="已缴清", evidence=["T-1"])


def test_guandu_22_an_objection_from_receipt_to_its_answer(desk: Workspace) -> None:
    case = verified(desk)
    do(desk, case, "correct", HEAD, correction="更正")
    case = do(desk, case, "answer", answered_on="2026-11-30", answer="已更正")
    assert (case.case.state, case.case.is_closed, case.may, case.due) == ("answered", True, (), ())
    told = [(event.number, event.action, event.state, event.who, event.why) for event in case.case.events]
    assert told == [
        (1, "open", "received", "officer", "窗口收件"),
        (2, "accept", "accepted", "officer", "why accept"),
        (3, "forward", "forwarded", "officer", "why forward"),
        (4, "verify", "verified", "officer", "why verify"),
        (5, "correct", "corrected", "head", "why correct"),
        (6, "answer", "answered", "officer", "why answer"),
    ]
    assert case.case.facts["proof"] == ["缴款凭证", "判决书"]
    assert show_case(desk, HEAD, case.case.id).case == case.case
    assert list_cases(desk, HEAD, Wanted()) == ()
    assert [one.case.id for one in list_cases(desk, HEAD, Wanted(with_closed=True))] == [case.case.id]


def test_guandu_22_ten_working_days_the_day_after_receipt_being_the_first(desk: Workspace) -> None:
    case = received(desk)  # a Friday
    (due,) = case.due
    assert (due.deadline.day, due.deadline.provisional, due.working_days, due.is_near) == (
        date(2026, 12, 11), False, 9, False,
    )  # fmt: skip
    do(desk, case, "accept")
    assert do(desk, case, "forward", to="税务局").due == case.due  # forwarding does not stop the clock
    assert [one.due for one in due_cases(desk, OFFICER, date(2026, 12, 11))] == [due]
    assert due_cases(desk, OFFICER, date(2026, 12, 10)) == ()


def test_guandu_22_one_extension_of_at_most_ten_before_the_time_is_over(
    desk: Workspace, on_day: Callable[[date], None]
) -> None:
    case = received(desk)
    head = {"approved_by": "局长", "approved_on": "2026-11-30"}
    with pytest.raises(RunError, match="officer may not extend the time: it takes one of the roles approver"):
        do(desk, case, "extend", days="10", **head)
    with pytest.raises(ConfigurationError, match=r"Art\. 22 allows 10 working days more, not 11"):
        do(desk, case, "extend", HEAD, days="11", **head)
    with pytest.raises(ConfigurationError, match="approved_by: the step needs the head who approved it"):
        do(desk, case, "extend", HEAD, days="3", approved_on="2026-11-30")
    on_day(date(2026, 12, 14))
    with pytest.raises(RunError, match="before it is over"):
        do(desk, case, "extend", HEAD, days="3", **head | {"approved_on": "2026-12-14"})
    assert do(desk, case, "extend", HEAD, days="10", **head).due[0].deadline.day == date(2026, 12, 25)
    with pytest.raises(RunError, match="extend is not possible; now possible: accept, refuse, withdraw"):
        do(desk, case, "extend", HEAD, days="3", **head)


def test_a_day_counted_into_a_year_without_a_calendar_is_provisional_and_counted_anew(
    desk: Workspace, on_day: Callable[[date], None]
) -> None:
    on_day(date(2026, 12, 28))
    case = received(desk, received_on="2026-12-24")
    assert (case.due[0].deadline.day, case.due[0].deadline.provisional) == (date(2027, 1, 7), True)
    calendar = "label: {zh: 工作日, en: working days}\nyears:\n  2027: {source: 国办发明电, holidays: [2027-01-01]}\n"
    (desk.features / "working_days.yaml").write_text(calendar, encoding="utf-8")
    (due,) = show_case(desk, OFFICER, case.case.id).due
    assert (due.deadline.day, due.deadline.provisional) == (date(2027, 1, 8), False)


def test_langfang_iii_3_five_working_days_for_the_comparison_and_no_end_date_after_it(desk: Workspace) -> None:
    case = received(desk, "langfang")
    assert case.due[0].deadline.day == date(2026, 12, 4)
    assert case.due[0].deadline.what.en == "compare the information"
    with pytest.raises(RunError, match="knows no extension"):
        do(desk, case, "extend", HEAD, days="3", approved_by="局长", approved_on="2026-11-30")
    do(desk, case, "accept")
    assert do(desk, case, "verify", finding="相符", evidence=["P-1"]).due == ()


def test_lingyuan_16_sets_no_time_so_only_the_age_is_shown(desk: Workspace, on_day: Callable[[date], None]) -> None:
    case = received(desk, "lingyuan")
    assert (case.due, due_cases(desk, OFFICER, None)) == ((), ())
    opened = case.case.opened_at.date()
    on_day(date(2027, 3, 1))
    assert show_case(desk, OFFICER, case.case.id).age == (date(2027, 3, 1) - opened).days


def test_guangzhou_has_no_objections_and_none_is_invented(desk: Workspace) -> None:
    with pytest.raises(RunError, match="has no procedure for objections, and none is invented"):
        received(desk, "guangzhou")


def test_what_is_not_allowed_is_refused_with_what_is(desk: Workspace) -> None:
    case = received(desk)
    with pytest.raises(RunError, match="is 'received', so answer is not possible; now possible: accept, refuse"):
        do(desk, case, "answer", answered_on="2026-11-30", answer="…")
    with pytest.raises(ConfigurationError, match="There is no step 'acept' of Objection, did you mean accept"):
        do(desk, case, "acept")
    with pytest.raises(RunError, match="There is no case 99"):
        show_case(desk, OFFICER, 99)
    with pytest.raises(ConfigurationError, match="every step needs a reason"):
        take_step(desk, OFFICER, Move(case.case.id, "accept", " ", {}))
    with pytest.raises(RefusedError, match="may not open cases and take their steps"):
        do(desk, case, "accept", NOBODY)
    assert (case.may, show_case(desk, HEAD, case.case.id).may) == (("accept", "refuse", "withdraw"), ("extend",))
    assert len(show_case(desk, OFFICER, case.case.id).case.events) == 1


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"received_on": "2026-12-01"}, "received_on: 2026-12-01 lies after today, 2026-11-30"),
        ({"received_on": "27.11.2026"}, "received_on: should be a date like"),
        ({"proof": []}, "proof: the step needs the proof"),
        ({"about": ["等级", "规则"]}, "about: takes one value, not 2"),
        ({"abuot": "等级"}, "The step has no 'abuot', did you mean about"),
    ],
)
def test_what_an_opening_lacks_is_named(desk: Workspace, given: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        received(desk, **given)


def test_who_verified_does_not_decide_whoever_typed_it(desk: Workspace) -> None:
    case = verified(desk, BOTH)
    with pytest.raises(RunError, match="uphold of case 1 takes somebody else than both, who did verify"):
        do(desk, case, "uphold", BOTH)
    assert do(desk, case, "uphold", HEAD).case.state == "upheld"


class Together(Objections):
    """Objections whose steps wait for another one before they are written."""

    barrier = Barrier(2)

    def step(self, *given: Any) -> Any:
        self.barrier.wait(30)
        return super().step(*given)


def test_of_two_who_take_a_step_at_once_one_is_told_to_look_again(
    desk: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    case = received(desk)
    monkeypatch.setitem(HANDLING, "objection", Together())  # type: ignore[arg-type]

    def take(asker: Principal) -> str:
        try:
            return do(desk, case, "accept", asker).case.state
        except RunError as error:
            return error.en

    with ContextPool(2) as pool:
        told = sorted(pool.map(take, [OFFICER, BOTH]), key=len)
    assert told[0] == "accepted"
    assert "just did accept in case 1, so this step was not taken" in told[1]
    assert len(show_case(desk, OFFICER, case.case.id).case.events) == 2


def test_an_administrator_types_for_another_and_nobody_else_does(desk: Workspace) -> None:
    case = received(desk)
    with pytest.raises(RunError, match="acts in its own name only, not as 王某"):
        take_step(desk, OFFICER, Move(case.case.id, "accept", "齐全", {}, by="王某"))
    done = take_step(desk, Principal.of_process(), Move(case.case.id, "accept", "齐全", {}, by="王某"))
    assert (done.case.events[-1].who, done.case.events[-1].account) == ("王某", Principal.of_process().account)


def test_another_region_s_officer_sees_and_does_nothing(desk: Workspace) -> None:
    case = received(desk)
    here, there = (Principal("o", frozenset({"case_officer"}), region=region) for region in ("5301", "5303"))
    assert [one.case.id for one in list_cases(desk, here, Wanted())] == [case.case.id]
    assert list_cases(desk, there, Wanted()) == list_cases(desk, there, Wanted(region="53")) == ()
    for refused in (lambda: show_case(desk, there, case.case.id), lambda: do(desk, case, "accept", there),
                    lambda: received(desk, asker=there)):  # fmt: skip
        with pytest.raises(RefusedError, match="outside this account's region"):
            refused()
    assert do(desk, case, "accept", here).case.state == "accepted"


def test_an_enterprise_that_the_scheme_does_not_grade_has_no_case(desk: Workspace) -> None:
    opening = Opening("objection", "guandu", "langfang1", "来件", RECEIVED)
    with pytest.raises(RunError, match=r"does not grade langfang1, so there is no case: .*where it is registered"):
        open_case(desk, OFFICER, opening)


def test_what_is_typed_to_find_cases_is_in_no_entry_unless_it_is_a_code(desk: Workspace) -> None:
    code = "91340000711771143J"
    for typed in ("王小明", code):
        list_cases(desk, HEAD, Wanted(enterprise=typed, scheme="张三"))
    entries = (desk.data / READS).read_text(encoding="utf-8")
    assert ("王小明" in entries, "张三" in entries, code in entries) == (False, False, True)


FIRM = Principal("firm", frozenset({"enterprise"}), enterprise_id="guandu1")
PDF = Given("C:\\papers\\缴款 凭证.pdf", b"%PDF-1.7 paid")


def test_an_enterprise_files_and_reads_its_own_objections_and_no_other_s_whoever_calls(desk: Workspace) -> None:
    theirs, own = received(desk, "langfang"), received(desk, asker=FIRM)
    for refused in (lambda: show_case(desk, FIRM, theirs.case.id), lambda: received(desk, "langfang", FIRM),
                    lambda: do(desk, theirs, "withdraw", FIRM),
                    lambda: list_cases(desk, FIRM, Wanted(enterprise="langfang1"))):  # fmt: skip
        with pytest.raises(RefusedError):
            refused()
    assert [one.case.id for one in list_cases(desk, FIRM, Wanted())] == [own.case.id]
    assert (own.may, own.case.events[0].content["from"]) == (("withdraw",), "李某")
    with pytest.raises(RunError, match="firm may not accept: it takes one of the roles case_officer"):
        do(desk, own, "accept", FIRM)


def test_an_enterprise_reads_what_it_said_and_what_it_was_answered_and_nothing_between(desk: Workspace) -> None:
    case = verified(desk)
    do(desk, case, "uphold", HEAD)
    do(desk, case, "answer", answered_on="2026-11-30", answer="维持原等级")
    told = {event.action: (event.why, dict(event.content)) for event in show_case(desk, FIRM, case.case.id).case.events}
    assert told["open"][1] == RECEIVED
    assert told["verify"] == told["uphold"] == ("", {})
    assert told["answer"] == ("why answer", {"answered_on": "2026-11-30", "answer": "维持原等级"})


def test_an_enterprise_sees_no_kind_of_case_but_its_own_two(desk: Workspace) -> None:
    given = {"starts_on": "2026-12-01", "days": "30", "triggers": ["投诉"]}
    with pytest.raises(RefusedError, match="objection and repair of its own alone, none of observation"):
        open_case(desk, FIRM, Opening("observation", "guandu", "guandu1", "新", given))
    assert {kind.id for kind in kinds().values() if "enterprise" in kind.opening.roles} == OWN_KINDS


def test_names_of_persons_are_masked_for_whoever_needs_none(desk: Workspace) -> None:
    case = received(desk, **{"from": "李大成"})
    looking = Principal("looks", frozenset({"inspector"}))
    assert show_case(desk, looking, case.case.id).case.facts["from"] == "李**"
    assert show_case(desk, HEAD, case.case.id).case.facts["from"] == "李大成"


def test_files_come_with_a_step_and_are_given_back_as_they_came(desk: Workspace) -> None:
    opening = Opening("objection", "guandu", "guandu1", "窗口收件", RECEIVED, files=(PDF,))
    case = open_case(desk, OFFICER, opening)
    (file,) = case.files_of(case.case.events[0])
    assert (file.name, file.type, file.size) == ("缴款 凭证.pdf", "application/pdf", len(PDF.content))
    assert read_file(desk, HEAD, case.case.id, 1, 1) == (file, PDF.content)
    assert read_file(desk, FIRM, case.case.id, 1, 1) == (file, PDF.content)
    with pytest.raises(RunError, match="no file 1 that looks may open"):
        read_file(desk, Principal("looks", frozenset({"inspector"})), case.case.id, 1, 1)
    take_step(desk, OFFICER, Move(case.case.id, "accept", "齐全", {}, files=(PDF,), after=1))
    with pytest.raises(RunError, match="no file 1 that firm may open"):
        read_file(desk, FIRM, case.case.id, 2, 1)


@pytest.mark.parametrize(
    ("files", "says"),
    [
        ((Given("run.pdf", b"MZ"),), "File run.pdf: should be PDF, PNG or JPEG"),
        ((Given("empty.pdf", b""),), "not 0 bytes"),
        ((PDF,) * 6, "5 files at most, not 6"),
    ],
)
def test_a_file_that_will_not_do_is_named_and_nothing_is_done(
    desk: Workspace, files: tuple[Given, ...], says: str
) -> None:
    with pytest.raises(ConfigurationError, match=says):
        open_case(desk, OFFICER, Opening("objection", "guandu", "guandu1", "窗口收件", RECEIVED, files=files))
    assert list_cases(desk, HEAD, Wanted()) == ()


def test_a_step_of_a_case_that_went_on_since_it_was_looked_at_is_not_taken(desk: Workspace) -> None:
    case = received(desk)
    take_step(desk, OFFICER, Move(case.case.id, "accept", "齐全", {}, after=1))
    with pytest.raises(RunError, match="officer just did accept in case 1, so this step was not taken"):
        take_step(desk, OFFICER, Move(case.case.id, "forward", "须核对", {"to": "税务局"}, after=1))
