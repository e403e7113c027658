"""The pages themselves: signing in, searching, one enterprise in every view, and what browsers are told of them."""

from __future__ import annotations

import csv
import io
import json
import re

import pytest
from desks import FALLEN, PASSWORD, Served, form_token, sign_in
from one_language import foreign

from riskml.accounts.accounts import FAILURES, Account, add_account
from riskml.audit.logs import READS
from riskml.core.language import Language
from riskml.database.migrating import open_database

PAGES = (
    "/enterprises", "/worklists", "/regions", "/expectations", "/sessions",
    *(f"/enterprises/{FALLEN}{path}" for path in ("", "/records", "/years", "/ties")),
    *(f"/enterprises/{FALLEN}{path}" for path in ("/future", "/what-if", "/way-back")),
)  # fmt: skip


def newcomer(served: Served, name: str, *, one_time: bool = False) -> str:
    """A further inspector of the province."""
    account = Account(name, frozenset({"inspector"}), one_time=one_time)
    add_account(open_database(served.workspace), account, PASSWORD)
    return name


def test_an_account_is_locked_after_wrong_passwords_and_says_no_more_than_that(served):
    newcomer(served, "locked")
    with served.visitor() as visitor:
        told = {sign_in(visitor, "locked", f"wrong pass phrase {number}").text for number in range(FAILURES)}
        right = sign_in(visitor, "locked", PASSWORD)
        unknown = sign_in(visitor, "nobody-at-all", PASSWORD)
    assert right.status_code == unknown.status_code == 401
    assert "The name or the password is wrong" in right.text
    assert len({re.sub('value="[^"]*"', "", page) for page in (*told, right.text, unknown.text)}) == 1


def test_a_password_for_one_time_is_changed_first_and_ends_every_session(served):
    name, own = newcomer(served, "first", one_time=True), "my own long pass phrase"
    with served.visitor() as visitor, served.visitor() as second:
        assert sign_in(visitor, name, PASSWORD).url.path == "/password"
        sign_in(second, name, PASSWORD)
        assert visitor.get("/enterprises").url.path == "/password"
        token = form_token(visitor.get("/password").text)
        form = {"form_token": token, "present": PASSWORD, "password": own, "again": own}
        short = visitor.post("/password", data={**form, "password": "short", "again": "short"})
        assert (short.status_code, "12 to 128 characters" in short.text) == (400, True)
        wrong = visitor.post("/password", data={**form, "present": "another pass phrase"})
        assert (wrong.status_code, "password is wrong" in wrong.text) == (401, True)
        (*_, last) = (served.workspace.data / READS).read_text(encoding="utf-8").splitlines()
        told = json.loads(last)
        assert (told["account"], told["content"]["what"], told["content"]["outcome"]) == (name, "password", "refused")
        assert visitor.post("/password", data=form).url.path == "/login"
        assert second.get("/enterprises").url.path == "/login"
        assert sign_in(visitor, name, own).url.path == "/enterprises"
        left = visitor.post("/sign-out", data={"form_token": form_token(visitor.get("/enterprises").text)})
        assert (left.url.path, visitor.get("/regions").url.path) == ("/login", "/login")


def test_forms_that_this_session_was_not_given_are_refused(served, clients):
    with served.visitor() as visitor:
        assert visitor.post("/login", data={"name": "analyst", "password": PASSWORD}).status_code == 403
        token = form_token(visitor.get("/login").text)
    refused = clients("analyst").post("/sign-out", data={"form_token": token})
    assert (refused.status_code, clients("analyst").get("/regions").status_code) == (403, 200)


def test_after_signing_in_the_reader_is_where_they_wanted_to_go_and_on_no_other_site(served):
    with served.visitor() as visitor:
        assert sign_in(visitor, "analyst", PASSWORD, after="/regions?scheme=yunnan").url.path == "/regions"
    with served.visitor() as visitor:
        assert sign_in(visitor, "analyst", PASSWORD, after="//example.invalid/x").url.host == "127.0.0.1"


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_whole_in_one_language_without_scripts_and_tells_browsers_so(clients, path):
    client = clients("analyst")
    english, chinese = (client.get(path, headers={"Accept-Language": spoken}) for spoken in ("en", "zh-CN"))
    named = ("中文", "点击", "五华区", "官渡区", "红塔区", "个旧市", "昆明", "玉溪", "红河", "国市监信发〔", "〕", "号")
    names = [*re.findall("云南[\u4e00-\u9fff0-9]*|《[^》]*》", english.text), *named]
    assert foreign(english.text, Language.en, names) == []
    assert foreign(chinese.text, Language.zh) == []
    for page in (english, chinese):
        assert "<script" not in page.text
        assert "default-src 'none'" in page.headers["content-security-policy"]
        assert page.headers["cache-control"] == "no-store"
        assert page.text.count("<h1") == 1


def test_a_list_is_searched_by_name_initials_and_code_and_filtered(clients):
    def found(query: str) -> set[str]:
        return set(re.findall(r'<span class="quiet id">(\w+)<', clients("analyst").get(f"/enterprises?{query}").text))

    assert FALLEN in found("text=测试12")
    assert FALLEN in found("text=YNCS12")
    assert found(f"text={FALLEN}") == {FALLEN}
    assert found("text=没有这样的名字") == set()
    assert FALLEN in found("worklist=newly_riskiest")
    assert FALLEN in found("grade=D&region=5301&section=F&rule=blacklisted&sort=name")
    assert found("grade=D&region=5304&rule=blacklisted").isdisjoint({FALLEN})
    assert clients("analyst").get("/enterprises?page=0").status_code == 422


def test_a_list_is_written_as_a_file_that_no_spreadsheet_runs(clients):
    answer = clients("analyst").get("/enterprises.csv?text=HYPERLINK")
    head, row = csv.reader(io.StringIO(answer.content.decode("utf-8-sig")))
    assert answer.headers["content-type"].startswith("text/csv")
    assert row[1].startswith("'=HYPERLINK")
    assert head[-1].startswith("notice: ")


def test_records_come_first_with_what_they_bear_on(clients):
    page = clients("inspector").get(f"/enterprises/{FALLEN}/records").text
    assert re.search(r"L-12</span>.*?blacklist", page, re.DOTALL | re.IGNORECASE)


def test_a_step_is_chosen_in_a_form_and_the_grade_found_again(clients):
    page = clients("inspector").get(f"/enterprises/{FALLEN}/what-if").text
    steps = re.findall('name="step" value="([^"]+)"', page)
    assert any(step.endswith(":L-12") for step in steps)
    (ended,) = [step for step in steps if step.startswith("ended:") and step.endswith(":L-12")]
    supposed = clients("inspector").get(f"/enterprises/{FALLEN}/what-if", params={"step": ended, "on": "2026-11-30"})
    assert "Supposed steps" in supposed.text
    wrong = clients("inspector").get(f"/enterprises/{FALLEN}/what-if", params={"step": "repaired:none"})
    assert (wrong.status_code, "no 'none'" in wrong.text.replace("&#39;", "'")) == (400, True)


def test_an_unknown_enterprise_and_an_unknown_page_are_said_to_be_none(clients):
    assert "Nothing is known of an enterprise NONE" in clients("analyst").get("/enterprises/NONE").text
    assert clients("analyst").get("/enterprises/NONE").status_code == 404
    assert "No such page" in clients("analyst").get("/nowhere").text


@pytest.mark.parametrize("day", ["20261031", "9999-12-31", "0001-01-01", "1"])
def test_a_day_is_typed_as_at_the_command_line(clients, day):
    inspector = clients("inspector")
    assert inspector.get(f"/enterprises/{FALLEN}/what-if", params={"on": day}).status_code == 400
    assert inspector.get(f"/enterprises/{FALLEN}", params={"as_of": day}).status_code == 422


def test_a_person_is_looked_for_by_whoever_needs_names_and_the_name_is_in_no_entry(served, clients):
    officer = clients("case-officer")
    form = {"form_token": form_token(officer.get("/persons").text), "name": "某丙"}
    found = officer.post("/persons", data=form)
    assert (found.status_code, "“某丙”: 0 posts" in found.text) == (200, True)
    assert clients("inspector").get("/persons").status_code == 403
    entries = (served.workspace.data / READS).read_text(encoding="utf-8")
    assert ("某丙" in entries, "enterprises by person" in entries) == (False, True)


def test_a_list_is_filtered_by_what_counts_most_against_them(clients):
    whole = clients("analyst").get("/enterprises").text
    reason, called = re.search(r'name="reason">.*?<option value="(\w+)">([^<]+)<', whole).groups()
    page = clients("analyst").get(f"/enterprises?reason={reason}").text
    assert f"among what counts most against them: {called}" in page
    assert re.findall(r'<span class="quiet id">(\w+)<', page)
    assert "0 enterprises" in clients("analyst").get("/enterprises?reason=nothing").text
