"""Every route × role × region: allowed or refused as the table says, and noted."""

from __future__ import annotations

import base64
import json
from pathlib import Path

import httpx
import pytest
from desks import ELSEWHERE, FALLEN, OWN, PEOPLE, Served, form_token

from riskml.accounts.access import ACCESS, SEEN, Action, Field, Reach
from riskml.accounts.accounts import Account
from riskml.audit.logs import READS
from riskml.casework.attachments import Given
from riskml.core.principal import Principal
from riskml.services.casework import Opening, open_case

OF_ONE = (
    ("", Action.read),
    ("/years", Action.suppose),
    ("/ties", Action.ties),
    ("/future", Action.suppose),
    ("/what-if", Action.suppose),
    ("/way-back", Action.suppose),
    ("/dossier.docx", Action.export),
    ("/expectation", Action.expect),
)
ROUTES = (
    ("/enterprises", Action.search, None),
    ("/persons", Action.persons, None),
    ("/worklists", Action.search, None),
    ("/regions", Action.overview, None),
    ("/enterprises.csv", Action.export, None),
    ("/expectations", Action.expectations, None),
    *((f"/enterprises/{code}{path}", action, code) for code in (FALLEN, ELSEWHERE) for path, action in OF_ONE),
)
PAGES_ALONE = ("/worklists", "/enterprises.csv", "/persons", "/expectations")
API = tuple(
    (f"/api{path.replace('.docx', '?form=docx')}", action, code)
    for path, action, code in ROUTES
    if path not in PAGES_ALONE and action is not Action.expect
)
LISTS_OF_CASES = ("/cases", "/cases.csv", "/cases?worklist=due_tomorrow")
DIVISION = {FALLEN: "530111", ELSEWHERE: "532501"}


def expected(account: Account, action: Action, code: str | None) -> bool:
    """What the table says, worked out here anew."""
    (role,) = account.roles
    reach = ACCESS[role].get(action)
    if reach is None:
        return False
    if reach is Reach.own:
        return False  # Yunnan's grades are internal, whoever's they are
    return code is None or DIVISION[code].startswith(account.region or "")


def noted(served: Served) -> list[dict[str, object]]:
    """The entries of the audit log."""
    lines = (served.workspace.data / READS).read_text(encoding="utf-8").splitlines()
    return [json.loads(line) for line in lines]


@pytest.mark.parametrize("account", PEOPLE, ids=lambda one: one.name)
def test_every_page_is_given_or_refused_as_the_table_says_and_is_noted(served, clients, account):
    client, before, asked = clients(account.name), len(noted(served)), []
    for path, action, code in ROUTES:
        answer = client.get(path)
        given = expected(account, action, code)
        assert answer.status_code == (200 if given else 403), (path, answer.text[-900:])
        asked.append((code, "done" if given else "refused"))
    entries = [one for one in noted(served)[before:] if one["account"] == account.name]
    told = [(one["content"].get("enterprise"), one["content"]["outcome"]) for one in entries]
    assert set(asked) <= set(told)
    for outcome in asked:
        assert told.count(outcome) >= asked.count(outcome)


@pytest.mark.parametrize("account", PEOPLE, ids=lambda one: one.name)
def test_the_api_gives_and_refuses_the_same(served, account):
    with served.program(account.name) as program:
        for path, action, code in API:
            if (
                path.endswith(("/what-if", "/way-back", "/dossier?form=docx"))
                and expected(account, action, code)
                and account.name != "inspector"
            ):
                continue  # what is computed is asked for by the pages of everyone and by one program
            answer = program.get(path)
            assert answer.status_code == (200 if expected(account, action, code) else 403), (path, answer.text)
            if answer.status_code == 403:
                assert answer.headers["content-type"] == "application/problem+json"
                assert answer.json()["type"] == "urn:riskml:problem:refused"


@pytest.fixture(scope="session")
def filed(served) -> dict[str, int]:
    """An objection of each of two enterprises, from somebody by name, with a file."""
    given = {"received_on": "2026-11-27", "from": "李大成", "about": "等级", "proof": "缴款凭证"}
    clerk = Principal("clerk", frozenset({"case_officer"}))

    def of(code: str) -> int:
        file = Given("proof.pdf", b"%PDF-1.7")
        opening = Opening("objection", "langfang", code, "来件", given, files=(file,))
        return open_case(served.workspace, clerk, opening).case.id

    return {code: of(code) for code in (FALLEN, ELSEWHERE)}


def expected_of_cases(account: Account, action: Action, code: str | None) -> bool:
    """The same for cases, which an enterprise has of its own."""
    (role,) = account.roles
    own = ACCESS[role].get(action) is Reach.own
    return code in (None, OWN) if own else expected(account, action, code)


@pytest.mark.parametrize("account", PEOPLE, ids=lambda one: one.name)
def test_every_page_of_cases_is_given_or_refused_as_the_table_says_and_is_noted(served, clients, filed, account):
    client, before, asked = clients(account.name), len(noted(served)), []
    (role,) = account.roles
    for path in LISTS_OF_CASES:
        given = expected_of_cases(account, Action.cases, None)
        given &= path != "/cases.csv" or expected(account, Action.export, None)
        assert client.get(path).status_code == (200 if given else 403), path
    acts = expected_of_cases(account, Action.act, None)
    assert client.get("/cases/new?kind=objection").status_code == (200 if acts else 403)
    assert client.get("/cases/new?kind=visit").status_code == (200 if acts and role != "enterprise" else 403)
    for code, number in filed.items():
        given = expected_of_cases(account, Action.cases, code)
        for path in (f"/cases/{number}", f"/enterprises/{code}/cases"):
            answer = client.get(path)
            assert answer.status_code == (200 if given else 403), (path, answer.text[-900:])
            asked.append((code, "done" if given else "refused"))
            if given:  # the fields: a name where the role needs names, and its own for an enterprise
                assert ("李大成" in answer.text) is (Field.persons in SEEN[role] or role == "enterprise")
        opens = Field.persons in SEEN.get(role, ()) or role == "enterprise"
        assert client.get(f"/cases/{number}/files/1/1").status_code == (403 if not given else 200 if opens else 409)
        acts = expected_of_cases(account, Action.act, code)
        if given or not acts:
            form = {"form_token": asked_token(client), "action": "none", "why": "?"}
            assert client.post(f"/cases/{number}", data=form).status_code == (400 if acts else 403)
    entries = [one for one in noted(served)[before:] if one["account"] == account.name]
    told = [(one["content"].get("enterprise"), one["content"]["outcome"]) for one in entries]
    for outcome in asked:
        assert told.count(outcome) >= asked.count(outcome)


@pytest.mark.parametrize("account", PEOPLE, ids=lambda one: one.name)
def test_the_api_gives_and_refuses_the_same_of_cases(served, filed, account):
    (role,) = account.roles
    opening = {"kind": "objection", "scheme": "langfang", "why": "来件",
               "given": {"received_on": "2026-11-27", "from": "李", "about": "等级", "proof": ["证"]}}  # fmt: skip
    with served.program(account.name) as program:
        listed = expected_of_cases(account, Action.cases, None)
        assert program.get("/api/cases").status_code == (200 if listed else 403)
        for code, number in filed.items():
            given, acts = (expected_of_cases(account, one, code) for one in (Action.cases, Action.act))
            answer = program.get(f"/api/cases/{number}")
            assert answer.status_code == (200 if given else 403), answer.text
            if given:
                told = answer.json()["events"][0]["content"]["from"]
                assert told == ("李大成" if Field.persons in SEEN[role] or role == "enterprise" else "李**")
            step = program.post(f"/api/cases/{number}/steps", json={"action": "none", "why": "?"})
            assert step.status_code == (400 if acts else 403)
            by_its_roles = account.roles & {"case_officer", "enterprise"}
            opened = program.post("/api/cases", json={**opening, "enterprise": code})
            assert opened.status_code == (403 if not acts else 201 if by_its_roles else 409), opened.text
            assert opened.headers["content-type"] == f"application/{'json' if opened.is_success else 'problem+json'}"


def test_a_token_that_is_not_for_cases_opens_none_and_one_that_reads_them_takes_no_step(served, filed):
    (number, *_) = filed.values()
    with served.program("case-officer", Action.search, Action.read) as program:
        assert program.get("/api/cases").status_code == 403
    with served.program("case-officer", Action.cases) as program:
        assert program.get(f"/api/cases/{number}").status_code == 200
        refused = program.post(f"/api/cases/{number}/steps", json={"action": "accept", "why": "齐全"})
        assert (refused.status_code, "This token is not for act" in refused.json()["detail"]) == (403, True)
        assert program.get("/api/cases/999999").status_code == 404


def test_a_case_is_taken_further_by_a_program_with_a_file(served, filed):
    file = {"name": "回执.pdf", "base64": base64.b64encode(b"%PDF-1.7").decode()}
    with served.program("case-officer") as program:
        opened = open_case(served.workspace, Principal("clerk", frozenset({"case_officer"})), Opening(
            "objection", "langfang", FALLEN, "来件",
            {"received_on": "2026-11-27", "from": "李", "about": "等级", "proof": ["证"]},
        ))  # fmt: skip
        step = {"action": "accept", "why": "齐全", "files": [file], "after": 1}
        done = program.post(f"/api/cases/{opened.case.id}/steps", json=step)
        assert (done.status_code, done.json()["state"]) == (201, "accepted")
        assert done.json()["events"][1]["files"][0]["name"] == "回执.pdf"
        assert program.post(f"/api/cases/{opened.case.id}/steps", json=step).status_code == 409
        broken = {**step, "files": [{"name": "a.pdf", "base64": "%"}]}
        assert program.post(f"/api/cases/{opened.case.id}/steps", json=broken).status_code == 400


def asked_token(client: httpx.Client) -> str:
    """The token of somebody's forms, from a page that everybody has."""
    return form_token(client.get("/password").text)


@pytest.mark.parametrize("account", PEOPLE, ids=lambda one: one.name)
def test_a_case_is_opened_by_whom_the_table_and_its_kind_let(served, clients, account):
    client = clients(account.name)
    for code in (FALLEN, ELSEWHERE):
        given = {"received_on": "2026-11-27", "from": "李", "about": "等级", "proof": "证"}
        form = {f"given.{name}": value for name, value in given.items()}
        form |= {"form_token": asked_token(client), "kind": "objection", "scheme": "langfang", "enterprise": code}
        answer = client.post("/cases", data={**form, "why": "来件"}, follow_redirects=False)
        acts = expected_of_cases(account, Action.act, code)
        by_its_roles = account.roles & {"case_officer", "enterprise"}
        assert answer.status_code == (403 if not acts else 303 if by_its_roles else 409), answer.text[-500:]


def test_an_enterprise_sees_itself_under_a_scheme_that_says_so_and_nobody_else(clients):
    client = clients("firm")
    assert client.get(f"/enterprises/{OWN}?scheme=langfang").status_code == 200
    assert client.get(f"/enterprises/{ELSEWHERE}?scheme=langfang").status_code == 403
    assert client.get(f"/enterprises/{OWN}?scheme=yunnan").status_code == 403


def test_a_list_shows_the_own_region_alone(clients):
    kunming, province = (clients(name).get("/enterprises?text=测试").text for name in ("inspector", "analyst"))
    assert ELSEWHERE in province
    assert ELSEWHERE not in kunming
    assert FALLEN in kunming


def test_another_department_sees_the_grade_and_no_records(clients):
    page = clients("department").get(f"/enterprises/{FALLEN}").text
    assert "L-12" not in page
    assert "L-12" in clients("inspector").get(f"/enterprises/{FALLEN}").text


def test_a_token_is_for_its_scope_alone(served):
    with served.program("analyst", Action.search) as program:
        assert program.get("/api/enterprises").json()["total"] > 0
        refused = program.get(f"/api/enterprises/{FALLEN}")
    assert (refused.status_code, "This token is not for read" in refused.json()["detail"]) == (403, True)
    assert httpx.get(f"{served.address}/api/enterprises").status_code == 401


def test_nobody_sees_anything_without_signing_in(served):
    with served.visitor() as visitor:
        for path, _, _ in ROUTES:
            assert visitor.get(path, follow_redirects=False).headers["location"].startswith("/login?after=")


@pytest.mark.parametrize(("page", "refused"), [("en/desk.md", "no"), ("zh/desk.md", "否")])
def test_the_documents_have_the_table_that_decides(page, refused):
    text = (Path(__file__).parents[2] / "docs" / page).read_text(encoding="utf-8")
    order = (
        Action.search, Action.overview, Action.read, Action.suppose, Action.ties, Action.export,
        Action.posting, Action.cases, Action.act, Action.persons,
    )  # fmt: skip
    lines = (line.strip("|").split("|") for line in text.splitlines() if line.startswith("| `"))
    rows = [[cell.strip() for cell in line] for line in lines]
    told = {row[0].strip("`"): tuple(cell != refused for cell in row[1:11]) for row in rows}
    assert told == {role: tuple(action in may for action in order) for role, may in ACCESS.items()}
