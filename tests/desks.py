"""A desk that tests visit: its accounts, and how one signs in."""

from __future__ import annotations

import re
from dataclasses import dataclass

import httpx
from small_runs import code

from riskml.accounts.access import Action
from riskml.accounts.accounts import Account
from riskml.accounts.tokens import issue_token
from riskml.core.principal import ROLES
from riskml.core.workspace import Workspace
from riskml.database.migrating import open_database

PASSWORD = "a pass phrase of this test"
OWN = code(12)
"""The enterprise that the account ``firm`` is of; it is registered in Kunming (5301)."""

FALLEN, ELSEWHERE = code(12), code(3)
"""Newly on a list and so of D, in Kunming; and one of D in Honghe (5325)."""

PEOPLE = (
    *(
        Account(role.replace("_", "-"), frozenset({role}), None if role != "inspector" else "5301", one_time=False)
        for role in ROLES
        if role != "enterprise"
    ),
    Account("other", frozenset({"inspector"}), "5304", one_time=False),
    Account("firm", frozenset({"enterprise"}), None, OWN, one_time=False),
)


@dataclass(frozen=True)
class Served:
    """A desk that is served, and how one signs in."""

    workspace: Workspace
    address: str

    def visitor(self) -> httpx.Client:
        """A browser without scripts in which nobody is signed in."""
        headers = {"Accept-Language": "en"}
        return httpx.Client(base_url=self.address, headers=headers, timeout=60, follow_redirects=True)

    def signed_in(self, name: str, password: str = PASSWORD) -> httpx.Client:
        """The same with somebody signed in."""
        client = self.visitor()
        answer = sign_in(client, name, password)
        assert answer.status_code in (200, 403), answer.text
        return client

    def program(self, name: str, *scope: Action) -> httpx.Client:
        """A program with a token of an account."""
        token = issue_token(open_database(self.workspace), name, "test", scope or tuple(Action), 1)
        headers = {"Authorization": f"Bearer {token}", "Accept-Language": "en"}
        return httpx.Client(base_url=self.address, headers=headers, timeout=60)


def form_token(page: str) -> str:
    """The token that a page's form sends back."""
    found = re.search(r'name="form_token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def sign_in(client: httpx.Client, name: str, password: str, **more: str) -> httpx.Response:
    """Fill in the form for signing in."""
    token = form_token(client.get("/login").text)
    return client.post("/login", data={"name": name, "password": password, "form_token": token, **more})
