"""What an inspector expects is asked before the grade is shown, kept as it was said, and seen by analysts."""

from __future__ import annotations

import re

import pytest
from desks import FALLEN, PASSWORD, Served, form_token

from riskml.accounts.accounts import Account, add_account
from riskml.audit.recent import RecentReads
from riskml.database.migrating import open_database
from riskml.services import expectations

FORM = f"/enterprises/{FALLEN}/expectation"


def stated(client, expected: str, why: str = "2026-10"):
    token = form_token(client.get(FORM).text)
    return client.post(FORM, data={"form_token": token, "scheme": "yunnan", "expected": expected, "why": why})


def signed_in(served: Served, name: str):
    """An inspector who has not looked at anything yet."""
    add_account(
        open_database(served.workspace), Account(name, frozenset({"inspector"}), "5301", one_time=False), PASSWORD
    )
    return served.signed_in(name)


def test_the_form_is_in_front_of_the_page_and_tells_nothing_of_the_grade(served: Served):
    inspector = signed_in(served, "states-first")
    asked = inspector.get("/state-first", params={"code": f" {FALLEN.lower()} "})
    assert asked.url.path.endswith("/expectation")
    assert 'class="letter"' not in asked.text
    assert "Name no party" in asked.text
    assert not re.search("blacklist|L-12", asked.text, re.IGNORECASE)
    answer = stated(inspector, "B")
    assert answer.url.path == f"/enterprises/{FALLEN}"
    assert "L-12" in answer.text
    again = stated(inspector, "D")
    assert (again.status_code, "within the last hour" in again.text) == (400, True)


def test_it_is_stated_once_for_a_run_and_not_after_the_page_was_read(served: Served, monkeypatch: pytest.MonkeyPatch):
    client = signed_in(served, "reads-first")
    client.get(f"/enterprises/{FALLEN}")
    refused = stated(client, "D")
    assert (refused.status_code, "within the last hour" in refused.text) == (400, True)
    # An hour later, as it were.
    monkeypatch.setattr(expectations, "recent_reads", lambda *_: RecentReads(0, same=False, flagged=False))
    assert stated(client, "D").status_code == 200
    twice = stated(client, "B")
    assert (twice.status_code, "once for each run" in twice.text) == (400, True)


def test_an_analyst_sees_where_they_differ(clients, served: Served):
    stated(signed_in(served, "differs"), "A", "<b>2026-09</b>")
    page = clients("analyst").get("/expectations").text
    row = next(one for one in page.split("<tr>") if "differs</td>" in one)
    assert "&lt;b&gt;2026-09&lt;/b&gt;" in row
    assert re.search(r">A</b>.*>D</b>.*differs · .*2026-10-31", row, re.DOTALL)


@pytest.mark.parametrize(("expected", "why", "told"), [("E", "x", "no grade"), ("A", "  ", "1 to 1000 characters")])
def test_what_is_no_grade_and_no_reason_is_refused(clients, expected, why, told):
    answer = stated(clients("inspector"), expected, why)
    assert (answer.status_code, told in answer.text) == (400, True)


def test_nobody_states_or_sees_them_but_who_may(clients):
    assert clients("inspector").get("/expectations").status_code == 403
    for path in (FORM, "/state-first"):
        assert clients("analyst").get(path).status_code == 403
    assert clients("other").get(FORM).status_code == 403
    assert "State it first" in clients("inspector").get("/regions").text
    assert "State it first" not in clients("auditor").get("/regions").text
