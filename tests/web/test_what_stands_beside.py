"""What stands beside a grade on its pages: its peers, its records and grades over the years."""

from __future__ import annotations

import re
from types import SimpleNamespace

from desks import FALLEN, OWN
from small_runs import BEFORE, T

from riskml.web import answers


def test_the_page_tells_where_it_stands_among_its_peers(clients):
    page = clients("analyst").get(f"/enterprises/{FALLEN}").text
    (told,) = re.findall(r"Among its peers</h2>\s*<p>([^<]+)</p>", page)
    # Of sixty enterprises half are in Kunming, all of one trade and age.
    assert re.search(r"Of (2\d|3\d) other enterprises of wholesale and retail in 云南省昆明市, 5 to less than 10", told)
    milder, riskier = (int(re.search(rf"(\d+) (are )?{word}", told)[1]) for word in ("milder", "riskier"))
    assert milder > riskier


def test_peers_are_not_compared_with_where_an_earlier_run_is_asked_for(clients):
    page = clients("analyst").get(f"/enterprises/{FALLEN}?as_of={BEFORE}").text
    assert "Among its peers" not in page


def test_over_the_years_every_run_and_record_is_in_the_tables_and_the_chart(clients, served):
    page = clients("analyst").get(f"/enterprises/{FALLEN}/years").text
    for day in (BEFORE, T):
        assert page.count(f">{day}<") == 1
    assert "In 2 published runs the grade moved 1 time." in page
    assert re.search(r"<title>2026-10-12 L-12</title>", page)
    with served.program("analyst") as program:
        told = program.get(f"/api/enterprises/{FALLEN}/years").json()
    assert [one["as_of"] for one in told["graded"]] == [str(BEFORE), str(T)]
    assert {one["record_id"] for one in told["records"]} >= {"L-12"}
    (before, now) = (one["grade"] for one in told["graded"])
    assert (before != now, now) == (True, "D")


def test_what_is_due_stands_on_the_page_of_those_who_handle_it(clients, monkeypatch):
    visit = SimpleNamespace(said="2027-01-29 <21>", due=SimpleNamespace(is_near=True))
    monkeypatch.setattr(answers, "due_of", lambda *_: (visit,))
    assert "<b>2027-01-29 &lt;21&gt;</b>" in clients("inspector").get(f"/enterprises/{FALLEN}").text
    assert "2027-01-29" not in clients("department").get(f"/enterprises/{FALLEN}").text
    assert "2027-01-29" not in clients("firm").get(f"/enterprises/{OWN}?scheme=langfang").text
