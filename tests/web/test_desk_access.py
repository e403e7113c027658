"""Every route × role × region: allowed or refused as the table says, and noted."""

from __future__ import annotations

import json
from pathlib import Path

import httpx
import pytest
from desks import ELSEWHERE, FALLEN, OWN, PEOPLE, Served

from riskml.accounts.access import ACCESS, Action, Reach
from riskml.accounts.accounts import Account
from riskml.audit.logs import READS

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
    ("/worklists", Action.search, None),
    ("/regions", Action.overview, None),
    ("/enterprises.csv", Action.export, None),
    ("/expectations", Action.expectations, None),
    *((f"/enterprises/{code}{path}", action, code) for code in (FALLEN, ELSEWHERE) for path, action in OF_ONE),
)
PAGES_ALONE = ("/worklists", "/enterprises.csv", "/expectations")
API = tuple(
    (f"/api{path.replace('.docx', '?form=docx')}", action, code)
    for path, action, code in ROUTES
    if path not in PAGES_ALONE and action is not Action.expect
)
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
    order = (Action.search, Action.overview, Action.read, Action.suppose, Action.ties, Action.export, Action.posting)
    lines = (line.strip("|").split("|") for line in text.splitlines() if line.startswith("| `"))
    rows = [[cell.strip() for cell in line] for line in lines]
    told = {row[0].strip("`"): tuple(cell != refused for cell in row[1:8]) for row in rows}
    assert told == {role: tuple(action in may for action in order) for role, may in ACCESS.items()}
