"""Posted codes: who gets one, what it leads to, and the register of what happened to it."""

from __future__ import annotations

import json
import os
import re
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from one_language import foreign
from small_runs import T, code
from sqlalchemy.exc import DBAPIError
from starlette.testclient import TestClient
from typer.testing import CliRunner

from riskml.accounts.accounts import Account, add_account
from riskml.accounts.desk_key import VARIABLE, derived_key, make_desk_key
from riskml.audit.entries import Event, TooManyReadsError, audited
from riskml.audit.logs import READS
from riskml.cli import app
from riskml.core.china_day import china_now, china_today
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.language import Language
from riskml.core.principal import Principal, acting
from riskml.core.settings import Public, Settings
from riskml.core.workspace import Workspace
from riskml.database.database import database_of
from riskml.database.migrating import open_database, upgrade
from riskml.disclosure.codes import code_of, number_of
from riskml.disclosure.posters import (
    Entry,
    Given,
    Happened,
    Poster,
    WantedPosters,
    issue,
    note,
    poster_of,
    posters_there,
)
from riskml.disclosure.tables import POSTERS
from riskml.services.posting import (
    ANYONE,
    issue_posters,
    list_posters,
    note_posting,
    print_posters,
    show_poster,
)
from riskml.web import app as web_app
from riskml.web import public_pages
from riskml.web.app import application

PLAIN, BUSINESS, GONE, MOVED = 1, 2, 3, 5
CLERK, ALL = Principal("clerk"), WantedPosters("lingyuan")
GIVEN = Given(code(PLAIN), "211382", "211382001", "B", T)
PASSWORD = "a pass phrase of this test"


def test_the_register_says_what_happened_and_is_only_added_to(desk: Workspace) -> None:
    upgrade(database_of(desk))
    database, today = open_database(desk), china_today()
    (first,) = issue(database, "lingyuan", [GIVEN])
    for kind in (Happened.handed, Happened.not_seen, Happened.told, Happened.passed_on, Happened.seen):
        assert note(database, first.number, kind, today).state is kind
    with pytest.raises(ConfigurationError, match="of a day from"):
        note(database, first.number, Happened.seen, today + timedelta(days=1))
    with pytest.raises((DBAPIError, RunError), match="only added to"), database.writing() as connection:
        connection.execute(POSTERS.delete())
    (second,) = issue(database, "lingyuan", [GIVEN])
    ended = poster_of(database, first.number)
    assert ended is not None and ended.ended  # noqa: PT018
    assert [one.kind for one in ended.entries][:1] == [Happened.handed]
    assert [one.number for one in posters_there(database, ALL)] == [second.number]
    assert [one.number for one in posters_there(database, WantedPosters("lingyuan", state=Happened.ended))] == [1]
    assert posters_there(database, WantedPosters("lingyuan", within="53")) == ()
    with pytest.raises(ConfigurationError, match="or its code has ended"):
        note(database, first.number, Happened.seen, today)
    assert posters_there(database, WantedPosters("lingyuan", within="2_")) == ()


def test_of_those_who_make_a_code_at_once_one_is_left_and_what_ended_stays_so(desk: Workspace) -> None:
    upgrade(database_of(desk))
    database, today = open_database(desk), china_today()
    ready = threading.Barrier(8)

    def make(_: int) -> None:
        ready.wait()
        (made,) = issue(database, "lingyuan", [GIVEN])
        with suppress(ConfigurationError):
            note(database, made.number, Happened.handed, today)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(make, range(8)))
    assert len(posters_there(database, ALL)) == 1
    for one in posters_there(database, WantedPosters("lingyuan", state=Happened.ended)):
        assert one.entries[-1].kind is Happened.ended


def test_a_code_that_ended_stays_so_whatever_was_noted_after() -> None:
    entries = tuple(Entry(kind, T, "li", china_now()) for kind in (Happened.ended, Happened.seen))
    assert Poster(1, "lingyuan", GIVEN, "li", china_now(), entries).state is Happened.ended


def test_a_code_is_signed_and_there_is_one_way_to_write_it(key: Path, tmp_path: Path, monkeypatch) -> None:
    made = code_of(17)
    assert (number_of(made), len(made)) == (17, 27)
    for wrong in (
        made[:-1],
        made + "A",
        made[:-1] + chr(ord(made[-1]) ^ 1),
        code_of(18)[:6] + made[6:],
        "",
        "测试",
        "=",
    ):
        assert number_of(wrong) is None, wrong
    make_desk_key(tmp_path / "other.key")
    monkeypatch.setenv(VARIABLE, str(tmp_path / "other.key"))
    assert number_of(made) is None


def test_a_key_is_its_owners_alone_and_each_purpose_has_another(key: Path, monkeypatch) -> None:
    assert derived_key("one purpose") != derived_key("another")
    with pytest.raises(ConfigurationError, match="not overwritten"):
        make_desk_key(key)
    os.chmod(key, 0o640)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        derived_key("one purpose")
    key.write_text("short")
    with pytest.raises(ConfigurationError, match="is no key"):
        derived_key("one purpose")
    monkeypatch.delenv(VARIABLE)
    with pytest.raises(ConfigurationError, match="RISKML_DESK_KEY is not set"):
        derived_key("one purpose")


@pytest.mark.usefixtures("key")
def test_whoever_was_graded_gets_one_and_the_public_sees_what_the_scheme_lists(lingyuan: Workspace) -> None:
    made = issue_posters(lingyuan, CLERK, "lingyuan", ALL, ())
    assert {one.given.enterprise for one in made} == {code(PLAIN), code(BUSINESS)}
    assert issue_posters(lingyuan, CLERK, "lingyuan", ALL, ()) == ()
    for none in (GONE, MOVED):
        with pytest.raises(ConfigurationError, match="no code is made"):
            issue_posters(lingyuan, CLERK, "lingyuan", ALL, [code(none)])
    number = {one.given.enterprise: one.number for one in made}
    with TestClient(application(lingyuan, secure=False)) as anyone:
        page = anyone.get(f"/p/{code_of(number[code(PLAIN)])}?lang=en")
        assert (page.status_code, page.headers["cache-control"]) == (200, "no-store")
        for told in ("凌源测试有限公司", code(PLAIN), ">B</b>", "2026-10-31", "from best to worst: A+ A A- B C D"):
            assert told in page.text
        assert "has changed" not in page.text
        for never in ("points", "yunnan", "score", "riskiest"):
            assert never not in page.text
        business = anyone.get(f"/p/{code_of(number[code(BUSINESS)])}?lang=zh").text
        assert ("张**小吃店" in business, "张三丰" in business) == (True, False)
        shut = {anyone.get(f"/p/{one}?lang=en").text for one in (code_of(999), "AAAA", "x" * 400)}
        note_posting(lingyuan, CLERK, number[code(PLAIN)], Happened.ended)
        ended = anyone.get(f"/p/{code_of(number[code(PLAIN)])}?lang=en")
        assert (ended.status_code, len({re.sub('href="[^"]*"', "", one) for one in (*shut, ended.text)})) == (404, 1)
    entries = [json.loads(line) for line in (lingyuan.data / READS).read_text(encoding="utf-8").splitlines()]
    read = [one["content"] for one in entries if one["content"]["what"] == "posted code"]
    assert [(one["enterprise"], one["roles"]) for one in read] == [
        (code(PLAIN), ["public"]), (code(BUSINESS), ["public"])
    ]  # fmt: skip


@pytest.mark.usefixtures("key")
def test_a_grade_that_changed_is_told_and_what_it_was_is_not(lingyuan: Workspace) -> None:
    (made,) = issue(open_database(lingyuan), "lingyuan", [Given(code(PLAIN), "211382", "211382001", "A+", T)])
    with TestClient(application(lingyuan, secure=False)) as anyone:
        page = anyone.get(f"/p/{code_of(made.number)}?lang=en").text
    assert "The grade has changed since the code was made" in page
    assert ">B</b>" in page


@pytest.mark.usefixtures("key")
def test_whoever_tries_often_is_asked_to_come_later(lingyuan: Workspace) -> None:
    with TestClient(application(lingyuan, secure=False)) as anyone:
        answers = [anyone.get(f"/p/{number}") for number in range(10)]
    assert [one.status_code for one in answers] == [404] * 9 + [429]
    assert answers[-1].headers["retry-after"] == "60"


@pytest.mark.usefixtures("key")
def test_codes_that_are_made_up_take_nothing_from_those_who_hold_one(lingyuan, monkeypatch) -> None:
    (made,) = issue(open_database(lingyuan), "lingyuan", [GIVEN])
    monkeypatch.setattr(web_app, "load_settings", lambda _: Settings(public=Public(all_per_minute=1)))
    with TestClient(application(lingyuan, secure=False)) as anyone:
        asked = ["AAAA", "AAAB", code_of(made.number), code_of(made.number)]
        assert [anyone.get(f"/p/{one}").status_code for one in asked] == [404, 404, 200, 429]


def test_the_public_is_refused_nothing_for_what_others_read(tmp_path: Path) -> None:
    (tmp_path / "settings.yaml").write_text("reading: {flag_per_hour: 1, refuse_per_hour: 1}\n")
    for who, refused in ((ANYONE, False), (CLERK, True)):
        with acting(who), pytest.raises(TooManyReadsError) if refused else nullcontext():
            for number in range(3):
                with audited(Workspace(tmp_path), Event("read", "posted code", code(number))):
                    pass


def test_what_fails_is_told_to_the_operator_and_not_to_the_public(lingyuan, monkeypatch, caplog) -> None:
    monkeypatch.setenv(VARIABLE, "/secret/place/desk.key")
    with TestClient(application(lingyuan, secure=False), raise_server_exceptions=False) as anyone:
        answer = anyone.get(f"/p/{'A' * 27}?lang=en")
        monkeypatch.setattr(public_pages, "number_of", lambda _: Path("/another/place").read_text())
        unforeseen = anyone.get(f"/p/{'A' * 27}?lang=en")
    assert (answer.status_code, unforeseen.status_code) == (503, 500)
    assert "place" not in answer.text + unforeseen.text
    assert "/secret/place/desk.key" in caplog.text


@pytest.mark.usefixtures("key")
def test_a_poster_is_printed_with_its_code_and_without_the_grade(lingyuan: Workspace, tmp_path: Path) -> None:
    page = print_posters(lingyuan, CLERK, issue_posters(lingyuan, CLERK, "lingyuan", ALL, [code(BUSINESS)]))
    assert ("<svg" in page, "https://credit.example.invalid/p/" in page, "张**小吃店" in page) == (True, True, True)
    assert "size: A4" in page
    assert "等级为" not in page
    told = CliRunner().invoke(
        app, ["--workspace", str(lingyuan.root), "poster", "print", "--to", str(tmp_path / "all.html"),
              "--street", "211382002", f" {code(BUSINESS).lower()} "]
    )  # fmt: skip
    assert (told.exit_code, (tmp_path / "all.html").read_text(encoding="utf-8").count("<article>")) == (0, 1)


@pytest.mark.usefixtures("key")
def test_the_register_is_read_and_printed_with_an_entry_for_each_enterprise(lingyuan: Workspace) -> None:
    (first,) = issue_posters(lingyuan, CLERK, "lingyuan", ALL, [code(PLAIN)])
    found = list_posters(lingyuan, CLERK, replace(ALL, enterprise=f" {code(PLAIN).lower()}"))
    print_posters(lingyuan, CLERK, found)
    show_poster(lingyuan, CLERK, first.number)
    issue_posters(lingyuan, CLERK, "lingyuan", ALL, [code(PLAIN)])
    ended = show_poster(lingyuan, CLERK, first.number)
    with pytest.raises(ConfigurationError, match="has ended"):
        print_posters(lingyuan, CLERK, [ended])
    entries = [json.loads(line) for line in (lingyuan.data / READS).read_text(encoding="utf-8").splitlines()]
    about = {"enterprise": code(PLAIN), "poster": first.number}
    noted = [(one["kind"], one["content"]["what"]) for one in entries if about.items() <= one["content"].items()]
    assert noted == [
        ("change", "code issued"), ("list", "poster printed"), ("read", "poster"), ("read", "poster")
    ]  # fmt: skip


@pytest.mark.usefixtures("key")
def test_a_scheme_that_has_nothing_posted_or_ran_out_has_no_codes(lingyuan: Workspace, tmp_path: Path) -> None:
    scheme = lingyuan.models / "lingyuan" / "scheme.yaml"
    from riskml.disclosure.issuing import refuse_unposted
    from riskml.schemes.scheme import load_scheme

    refuse_unposted(load_scheme(scheme), china_today())
    with pytest.raises(ConfigurationError, match="ran until 2099-12-31"):
        refuse_unposted(load_scheme(scheme), china_today().replace(year=2100))
    with pytest.raises(ConfigurationError, match="has nobody post a code"):
        refuse_unposted(load_scheme(lingyuan.models / "langfang" / "scheme.yaml"), china_today())


@pytest.mark.usefixtures("key")
def test_another_region_sees_and_notes_nothing(lingyuan: Workspace) -> None:
    (made,) = issue_posters(lingyuan, CLERK, "lingyuan", ALL, [code(PLAIN)])
    other = Principal("other", frozenset({"inspector"}), "5301")
    assert list_posters(lingyuan, other, ALL) == ()
    with pytest.raises(ConfigurationError, match="in this account's region"):
        show_poster(lingyuan, other, made.number)


@pytest.mark.usefixtures("key")
def test_the_pages_of_the_register(lingyuan: Workspace) -> None:
    (made,) = issue_posters(lingyuan, CLERK, "lingyuan", ALL, [code(PLAIN)])
    for name, role in (("li", "inspector"), ("zhao", "analyst")):
        add_account(open_database(lingyuan), Account(name, frozenset({role}), one_time=False), PASSWORD)
    with TestClient(application(lingyuan, secure=False), headers={"Accept-Language": "en"}) as office:
        enter(office, "zhao")
        assert office.get("/posting").status_code == 403
        enter(office, "li")
        assert code(PLAIN) in office.get("/posting").text
        page = office.get(f"/posting/{made.number}").text
        form = {"form_token": token(page), "kind": "handed", "day": ""}
        assert "given out" in office.post(f"/posting/{made.number}", data=form).text
        assert office.post(f"/posting/{made.number}", data={"kind": "handed"}).status_code == 403
        assert "<svg" in office.get(f"/posting/{made.number}/poster").text
        again = office.post("/posting", data={"form_token": token(page), "enterprise": code(PLAIN)})
        assert "Code " in again.text


@pytest.mark.usefixtures("key")
def test_each_page_is_whole_in_one_language_and_has_no_scripts(lingyuan: Workspace) -> None:
    (made,) = issue_posters(lingyuan, CLERK, "lingyuan", ALL, [code(PLAIN)])
    add_account(open_database(lingyuan), Account("wu", frozenset({"inspector"}), one_time=False), PASSWORD)
    with TestClient(application(lingyuan, secure=False)) as office:
        enter(office, "wu")
        one = f"/posting/{made.number}"
        for path in ("/posting", one, f"{one}/poster", f"/p/{code_of(made.number)}", "/p/none"):
            english, chinese = (office.get(path, headers={"Accept-Language": said}).text for said in ("en", "zh-CN"))
            assert foreign(english, Language.en, ["凌源测试有限公司", "中文"]) == [], path
            assert foreign(chinese, Language.zh) == [], path
            assert "<script" not in english


def token(page: str) -> str:
    found = re.findall(r'name="form_token" value="([^"]+)"', page)
    return found[-1]


def enter(client: TestClient, name: str) -> None:
    client.cookies.clear()
    form = {"name": name, "password": PASSWORD, "form_token": token(client.get("/login").text)}
    client.post("/login", data=form)
