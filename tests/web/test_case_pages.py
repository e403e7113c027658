"""Cases in the desk: opened, taken further and read by forms, with files; lists of work; an enterprise's own."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import httpx
import pytest
from desks import ELSEWHERE, FALLEN, OWN, form_token
from one_language import foreign
from small_runs import code

from riskml.core.language import Language

PDF = b"%PDF-1.7 paid"
RECEIVED = {
    "given.received_on": "2026-11-27",
    "given.from": "李大成",
    "given.about": "等级",
    "given.proof": "缴款凭证\n判决书",
    "why": "窗口收件",
}


def post(client: httpx.Client, path: str, form: dict[str, str], **files: Any) -> httpx.Response:
    """Send a form of the session's."""
    return client.post(path, data={"form_token": form_token(client.get("/cases").text), **form}, **files)


def objection(client: httpx.Client, code: str = FALLEN, **more: str) -> httpx.Response:
    form = {"kind": "objection", "scheme": "langfang", "enterprise": code, **RECEIVED, **more}
    return post(client, "/cases", form, files={"files": ("缴款 凭证.pdf", PDF)})


def visit(client: httpx.Client, code: str, due_on: str) -> str:
    """The path of a case of a visit that is opened now."""
    form = {"kind": "visit", "scheme": "yunnan", "enterprise": code, "given.due_on": due_on, "why": "高风险"}
    return post(client, "/cases", form).url.path


def step(client: httpx.Client, page: httpx.Response, action: str, **given: str) -> httpx.Response:
    """Take a step by the form on a case's page; the case's page after it."""
    form = {f"given.{name}": value for name, value in given.items()}
    after = max(map(int, re.findall('name="after" value="([0-9]+)"', page.text)), default=0)
    return post(client, page.url.path, {"action": action, "why": f"why {action}", "after": str(after), **form})


def test_an_objection_goes_by_forms_from_receipt_to_its_answer(clients):
    officer, head = clients("case-officer"), clients("approver")
    case = objection(officer)
    assert (case.status_code, "2026-12-04: compare the information" in case.text) == (200, True)
    assert "proof: 缴款凭证, 判决书" in case.text
    step(officer, case, "accept")
    step(officer, officer.get(case.url), "verify", finding="已缴清", evidence="T-1")
    assert "takes somebody else" not in head.get(case.url).text
    step(head, head.get(case.url), "correct", correction="更正")
    done = step(officer, officer.get(case.url), "answer", answered_on="2026-11-30", answer="已更正")
    assert re.findall(r"<td>(opened|accept|verify|correct|answer)</td>", done.text) == [
        "opened", "accept", "verify", "correct", "answer",
    ]  # fmt: skip
    assert "What may be done now" not in done.text


def test_a_form_shows_the_steps_that_this_reader_may_take_and_no_others(clients):
    page = objection(clients("case-officer"))
    for name, steps in (
        ("case-officer", {"accept", "refuse", "withdraw"}),
        ("approver", {"extend"}),
        ("analyst", set()),
    ):
        shown = clients(name).get(page.url).text
        assert set(re.findall('name="action" value="([a-z_]+)"', shown)) == steps


def test_what_was_wrong_in_a_form_is_named_and_what_was_filled_in_stays(clients):
    answer = objection(clients("case-officer"), **{"given.received_on": "2026-12-01"})
    assert (answer.status_code, "received_on: 2026-12-01 lies after today" in answer.text) == (400, True)
    assert 'value="李大成"' in answer.text
    case = objection(clients("case-officer"))
    again = step(clients("case-officer"), case, "refuse")
    stale = step(clients("case-officer"), case, "withdraw")
    assert (again.status_code, stale.status_code) == (200, 409)
    assert "just did refuse" in stale.text


def test_files_are_given_back_as_they_came_and_no_browser_opens_them(clients):
    page = objection(clients("case-officer"))
    (path,) = re.findall(f'href="({page.url.path}/files/1/1)"', page.text)
    file = clients("approver").get(path)
    assert (file.content, file.headers["content-type"]) == (PDF, "application/pdf")
    assert file.headers["content-disposition"].startswith("attachment; filename*=UTF-8''%E7%BC%B4")
    assert file.headers["content-security-policy"].startswith("sandbox")
    assert clients("analyst").get(path).status_code == 409
    assert path not in clients("analyst").get(page.url).text
    run = {"kind": "objection", "scheme": "langfang", "enterprise": FALLEN, **RECEIVED}
    refused = post(clients("case-officer"), "/cases", run, files={"files": ("run.pdf", b"MZ")})
    assert (refused.status_code, "File run.pdf: should be PDF, PNG or JPEG" in refused.text) == (400, True)


def test_more_than_a_request_may_bring_is_refused(clients):
    larger = {"files": ("proof.pdf", PDF + b"x" * 5_000_000)}
    assert clients("case-officer").post("/login", files=larger).status_code == 413
    case = objection(clients("case-officer")).url.path
    assert post(clients("case-officer"), case, {"action": "none"}, files=larger).status_code == 400


def test_an_enterprise_files_and_reads_its_own_objection_and_nothing_else(clients):
    firm, officer = clients("firm"), clients("case-officer")
    assert firm.get(f"/enterprises/{OWN}/cases").status_code == 200
    own, theirs = objection(firm, OWN), objection(officer, ELSEWHERE)
    assert own.status_code == theirs.status_code == 200
    assert firm.get(theirs.url).status_code == 403
    assert objection(firm, ELSEWHERE).status_code == 403
    assert step(firm, theirs, "withdraw").status_code == 403
    assert firm.get("/cases?enterprise=" + ELSEWHERE).status_code == 403
    of_another_kind = visit(officer, OWN, "2026-12-20")
    assert firm.get(of_another_kind).status_code == 403
    listed = firm.get("/cases?closed=true").text
    assert own.url.path in listed
    assert of_another_kind not in listed
    step(officer, own, "refuse")
    assert "why refuse" not in firm.get(own.url).text


def test_names_of_persons_are_masked_for_whoever_needs_none(clients):
    path = objection(clients("case-officer")).url
    assert "李大成" in clients("approver").get(path).text
    assert "李大成" not in clients("auditor").get(path).text


def test_lists_say_what_they_show_and_are_filtered_and_written_as_a_file(clients):
    officer = clients("case-officer")
    due, later = visit(officer, FALLEN, "2026-12-01"), visit(officer, ELSEWHERE, "2027-01-20")
    tomorrow = officer.get("/cases?worklist=due_tomorrow")
    assert "Everything that is due up to tomorrow" in tomorrow.text
    assert (due in tomorrow.text, later in tomorrow.text) == (True, False)
    visits = officer.get("/cases?worklist=visits").text
    assert 0 < visits.index(due) < visits.index(later)
    assert later not in officer.get("/cases?worklist=visits&region=5301").text
    assert later not in clients("inspector").get("/cases?kind=visit").text
    head, *rows = csv.reader(io.StringIO(officer.get("/cases.csv?worklist=due_tomorrow").content.decode("utf-8-sig")))
    assert head[:3] == ["case", "kind", "scheme"]
    assert due.removeprefix("/cases/") in {row[0] for row in rows}
    assert officer.get("/cases?kind=Visit").status_code == 422


def test_worklists_count_enterprises_and_cases(clients):
    page = clients("approver").get("/worklists").text
    for name in ("Due tomorrow", "Objections by deadline", "Warnings unanswered", "Corrections outstanding"):
        assert name in page
    assert "Due tomorrow" not in clients("department").get("/worklists").text


def test_proposed_cases_are_opened_once_and_decided_with_a_second_signature(clients):
    officer, head = clients("case-officer"), clients("approver")
    form = {"kind": "determination", "scheme": "yunnan"}
    assert post(officer, "/cases/proposed", form).status_code == 200
    assert post(officer, "/cases/proposed", form).status_code == 200
    listed = officer.get(f"/cases?kind=determination&enterprise={code(15)}")
    (number,) = re.findall('href="/cases/([0-9]+)"', listed.text)
    case = officer.get(f"/cases/{number}")
    step(officer, case, "decide", grade="C")
    assert 'name="action" value="sign"' not in officer.get(case.url).text
    signed = step(head, head.get(case.url), "sign")
    assert "decided" in signed.text
    assert re.search("The decision is line [0-9]+ of the ledger", signed.text)


def test_an_enterprise_page_has_its_cases_with_their_steps_what_is_due_and_measures(clients):
    visit(clients("case-officer"), FALLEN, "2026-12-03")
    page = clients("inspector").get(f"/enterprises/{FALLEN}/cases").text
    assert "2026-12-03: visit on site" in page
    assert "高风险" in page
    assert "Strict supervision" in page
    assert f'href="/cases/new?kind=visit&amp;enterprise={FALLEN}&amp;scheme=yunnan"' in page


@pytest.mark.parametrize("path", ["/cases", "/cases/new?kind=observation", "/cases?worklist=objections", "/worklists"])
def test_pages_of_cases_are_whole_in_one_language(clients, path):
    for spoken, language in (("en", Language.en), ("zh-CN", Language.zh)):
        page = clients("case-officer").get(path, headers={"Accept-Language": spoken})
        assert foreign(page.text, language, ["中文", *re.findall("云南[\u4e00-\u9fff0-9]*", page.text)]) == []
        assert page.text.count("<h1") == 1


def test_forms_that_this_session_was_not_given_do_nothing(clients):
    form = {"kind": "objection", "scheme": "langfang", "enterprise": FALLEN, **RECEIVED}
    assert clients("case-officer").post("/cases", data=form).status_code == 403
