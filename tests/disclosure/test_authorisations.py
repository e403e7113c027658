"""What an enterprise lets a bank look up: by which paper, for what, from when to when; and nothing besides."""

from __future__ import annotations

import json
import re
from datetime import date, timedelta
from pathlib import Path

import pytest
from small_runs import T, code
from starlette.testclient import TestClient
from typer.testing import CliRunner

from riskml.accounts.access import RefusedError
from riskml.accounts.accounts import Account, add_account
from riskml.audit.logs import READS
from riskml.cli import app
from riskml.core.china_day import china_today
from riskml.core.errors import ConfigurationError
from riskml.core.principal import Principal
from riskml.core.workspace import Workspace
from riskml.database.database import Database, database_of
from riskml.database.migrating import open_database, upgrade
from riskml.disclosure import authorisations as kept
from riskml.disclosure.authorisations import Grant, Purpose, grant, proof_of, revoke
from riskml.disclosure.partners import PartnerKind, add_partner, give_account_to, partner_of_account
from riskml.services.authorising import authorisation, authorise, proof_given, query_grade, withdraw
from riskml.web.app import application
from riskml.web.headers import MOST_BYTES

PLAIN, OTHER = 1, 2
PASSWORD = "a pass phrase of this test"
PROOF = b"%PDF-1.7 made up"
TODAY = china_today()
MONTH = timedelta(days=30)


def given(**changed: object) -> Grant:
    usual = {"scheme": "langfang", "enterprise": code(PLAIN), "division": "131002", "partner": 1,
             "purpose": Purpose.loan, "from_day": TODAY, "until_day": TODAY + MONTH, "signed_by": "李四"}  # fmt: skip
    return Grant(**{**usual, **changed})


def a_bank(database: Database, until: date = TODAY + 2 * MONTH) -> None:
    add_account(database, Account("teller", frozenset({"bank"}), one_time=False), PASSWORD)
    made = add_partner(database, "廊坊测试银行", PartnerKind.bank, "协议-1", until)
    give_account_to(database, "teller", made.id)


def test_an_authorisation_is_kept_with_its_proof_and_withdrawn(desk: Workspace) -> None:
    upgrade(database_of(desk))
    database = open_database(desk)
    a_bank(database)
    made = grant(database, given(), PROOF, TODAY)
    assert proof_of(database, made.id) == ("application/pdf", PROOF)
    assert (made.shut_for(Purpose.loan, TODAY), made.partner.name) == (None, "廊坊测试银行")
    for purpose, day, why in (
        (Purpose.guarantee, TODAY, "for a loan and nothing else"),
        (Purpose.loan, TODAY - MONTH, "it is from"),
        (Purpose.loan, TODAY + 2 * MONTH, "it is from"),
    ):
        shut = made.shut_for(purpose, day)
        assert shut is not None
        assert why in shut.en
    withdrawn = revoke(database, made.id)
    assert "withdrawn" in str(withdrawn.shut_for(Purpose.loan, TODAY))
    assert revoke(database, made.id).revoked_at == withdrawn.revoked_at


@pytest.mark.parametrize(
    ("changed", "proof", "why"),
    [
        ({"until_day": TODAY - MONTH, "from_day": TODAY - 2 * MONTH}, PROOF, "not over yet"),
        ({"until_day": TODAY - MONTH}, PROOF, "not over yet"),
        ({"until_day": TODAY + timedelta(days=366)}, PROOF, "366 days at most"),
        ({"signed_by": " "}, PROOF, "Say who signed"),
        ({"partner": 9}, PROOF, "no such partner"),
        ({}, b"<html>", "PDF, PNG or JPEG"),
        ({}, b"%PDF-" + b"x" * kept.LARGEST_PROOF, "2 MiB at most"),
    ],
)
def test_what_is_no_authorisation_is_not_kept(tmp_path: Path, changed, proof: bytes, why: str) -> None:
    database = open_database(Workspace(tmp_path))
    a_bank(database)
    with pytest.raises(ConfigurationError, match=why):
        grant(database, given(**changed), proof, TODAY)


def test_an_account_of_another_role_is_no_partners(tmp_path: Path) -> None:
    database = open_database(Workspace(tmp_path))
    a_bank(database)
    add_account(database, Account("li", frozenset({"inspector"})), PASSWORD)
    with pytest.raises(ConfigurationError, match="with the role bank"):
        give_account_to(database, "li", 1)
    with pytest.raises(ConfigurationError, match="no partner 7"):
        give_account_to(database, "teller", 7)
    assert partner_of_account(database, "li") is None


def entries(workspace: Workspace) -> list[dict[str, object]]:
    lines = (workspace.data / READS).read_text(encoding="utf-8").splitlines()
    return [json.loads(line)["content"] for line in lines]


def test_a_bank_sees_the_grade_for_the_purpose_alone_and_each_look_is_noted(langfang: Workspace) -> None:
    database = open_database(langfang)
    a_bank(database)
    teller, clerk = Principal("teller", frozenset({"bank"})), Principal("clerk")
    made = authorise(langfang, clerk, given(), PROOF)
    found = query_grade(langfang, teller, made.id, Purpose.loan)
    assert (found.grade, found.as_of, found.grades, found.name) == ("B", T, ("A", "B", "C", "D"), "廊坊1有限公司")
    for number, purpose, why in (
        (made.id, Purpose.insurance, "nothing else"),
        (99, Purpose.loan, "no authorisation 99"),
    ):
        with pytest.raises(RefusedError, match=why):
            query_grade(langfang, teller, number, purpose)
    noted = [one for one in entries(langfang) if one["what"] == "authorised query"]
    assert [(one["outcome"], one["authorisation"], one["purpose"]) for one in noted] == [
        ("done", made.id, "loan"), ("refused", made.id, "insurance"), ("refused", 99, "loan")
    ]  # fmt: skip
    with pytest.raises(ConfigurationError, match="text of lingyuan lets nobody look up"):
        authorise(langfang, clerk, given(scheme="lingyuan"), PROOF)
    with pytest.raises(RefusedError, match="no partner's"):
        query_grade(langfang, Principal("nobody", frozenset({"bank"})), made.id, Purpose.loan)


def test_an_enterprise_finds_its_own_authorisations_alone(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    a_bank(open_database(workspace))
    grant(open_database(workspace), given(), PROOF, TODAY)
    own, other = (Principal("firm", frozenset({"enterprise"}), None, code(one)) for one in (PLAIN, OTHER))
    for ask in (authorisation, proof_given, withdraw):
        with pytest.raises(ConfigurationError, match="no authorisation 1"):
            ask(workspace, other, 1)
    assert proof_given(workspace, own, 1) == ("application/pdf", PROOF)


def test_who_is_no_enterprise_is_refused_its_page_and_that_is_noted(tmp_path: Path) -> None:
    workspace = Workspace(tmp_path)
    for name, role in (("li", "case_officer"), ("zhao", "analyst")):
        add_account(open_database(workspace), Account(name, frozenset({role}), one_time=False), PASSWORD)
    with TestClient(application(workspace, secure=False), headers={"Accept-Language": "en"}) as client:
        for name, path in (("li", "/own"), ("zhao", "/authorised")):
            enter(client, name)
            assert client.get(path).status_code == 403
    refused = [(one["what"], one["outcome"]) for one in entries(workspace) if one["outcome"] == "refused"]
    assert refused == [("authorise", "refused"), ("query", "refused")]


def test_an_agreement_that_ended_opens_nothing(tmp_path: Path) -> None:
    database = open_database(Workspace(tmp_path))
    a_bank(database, until=TODAY - MONTH)
    made = grant(database, given(), PROOF, TODAY)
    assert "the agreement ran until" in str(made.shut_for(Purpose.loan, TODAY))


def token(page: str) -> str:
    return re.findall(r'name="form_token" value="([^"]+)"', page)[-1]


def enter(client: TestClient, name: str) -> str:
    client.cookies.clear()
    form = {"name": name, "password": PASSWORD, "form_token": token(client.get("/login").text)}
    return client.post("/login", data=form).text


def test_the_pages_of_an_enterprise_and_of_a_bank(langfang: Workspace, tmp_path: Path) -> None:
    database = open_database(langfang)
    add_partner(database, "廊坊页面银行", PartnerKind.bank, "协议-2", TODAY + MONTH)
    add_account(database, Account("payer", frozenset({"bank"}), one_time=False), PASSWORD)
    give_account_to(database, "payer", 2)
    for name, number in (("firm", OTHER), ("rival", PLAIN)):
        account = Account(name, frozenset({"enterprise"}), None, code(number), one_time=False)
        add_account(database, account, PASSWORD)
    with TestClient(application(langfang, secure=False), headers={"Accept-Language": "en"}) as client:
        page = enter(client, "firm")
        assert ("III(4)" in page, ">A<" in page, "Nobody was let" in page) == (True, True, True)
        form = {"form_token": token(page), "partner": "2", "purpose": "guarantee", "from_day": str(TODAY),
                "until_day": str(TODAY + MONTH), "signed_by": "王五"}  # fmt: skip
        too_large = client.post(
            "/own/authorisations", data=form, files={"proof": ("p.pdf", b"%PDF-" + b"x" * MOST_BYTES)}
        )
        assert too_large.status_code == 413
        wrong = client.post("/own/authorisations", data=form, files={"proof": ("p.pdf", b"MZ")})
        assert (wrong.status_code, "PDF, PNG or JPEG" in wrong.text) == (400, True)
        page = client.post("/own/authorisations", data=form, files={"proof": ("<x>.html", PROOF)}).text
        (number,) = re.findall(r"/own/authorisations/(\d+)/proof", page)
        paper = client.get(f"/own/authorisations/{number}/proof")
        assert paper.headers["content-disposition"] == f'attachment; filename="proof-{number}.pdf"'
        assert client.get("/authorised").status_code == 403
        enter(client, "rival")
        assert client.get(f"/own/authorisations/{number}/proof").status_code == 400
        page = enter(client, "payer")
        assert f'action="/authorised/{number}"' in page
        other = client.post(f"/authorised/{number}", data={"form_token": token(page), "purpose": "loan"})
        assert (other.status_code, "nothing else" in other.text) == (403, True)
        shown = client.post(f"/authorised/{number}", data={"form_token": token(page), "purpose": "guarantee"}).text
        assert ("廊坊2有限公司" in shown, f"authorisation {number}" in shown) == (True, True)
        assert client.get(f"/enterprises/{code(OTHER)}?scheme=langfang").status_code == 403
        assert client.get("/own").status_code == 403
        page = enter(client, "firm")
        page = client.post(f"/own/authorisations/{number}/withdraw", data={"form_token": token(page)}).text
        assert "it was withdrawn" in page
        page = enter(client, "payer")
        assert f'action="/authorised/{number}"' not in page


def test_an_authorisation_on_paper_is_kept_by_a_command(langfang: Workspace, tmp_path: Path) -> None:
    paper = tmp_path / "paper.pdf"
    paper.write_bytes(PROOF)

    def run(*words: str) -> str:
        told = CliRunner().invoke(app, ["--workspace", str(langfang.root), "partner", *words])
        assert told.exit_code == 0, told.exception
        return told.stdout

    number = run("add", "廊坊命令协会", "--kind", "association", "--agreement", "A", "--until", "2199-01-01").split()[0]
    until = ("--until", str(TODAY + MONTH))
    made = run(
        "authorise",
        number,
        code(OTHER),
        "--purpose",
        "membership",
        *until,
        "--signed-by",
        "赵六",
        "--proof",
        str(paper),
    )
    run("withdraw", made.split()[0])
    listed = json.loads(run("authorised", code(OTHER), "--json"))["authorisations"]
    assert [one["grant"]["signed_by"] for one in listed if one["revoked_at"]][:1] == ["赵六"]
    assert "廊坊命令协会" in run("list")
