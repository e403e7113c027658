"""One small province, its accounts, and a real server on loopback, for all tests of the desk."""

from __future__ import annotations

import socket
import threading
from collections.abc import Callable, Iterator
from datetime import date

import httpx
import pytest
import uvicorn
from databases import desk, postgresql
from desks import PASSWORD, PEOPLE, Served
from small_runs import BEFORE, T, make_workspace

from riskml.accounts.accounts import add_account
from riskml.casework import office
from riskml.core.principal import Principal
from riskml.database.migrating import open_database
from riskml.services.scoring import score_province
from riskml.web import case_forms
from riskml.web.app import application

__all__ = ["desk", "postgresql"]

TODAY = date(2026, 11, 30)


@pytest.fixture(scope="session")
def on_a_day() -> Iterator[None]:
    """It is `TODAY` wherever cases ask."""
    with pytest.MonkeyPatch.context() as patched:
        for module in (office, case_forms):
            patched.setattr(module, "china_today", lambda: TODAY)
        yield


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory, on_a_day: None) -> Iterator[Served]:
    workspace = make_workspace(tmp_path_factory.mktemp("desk") / "workspace")
    path = workspace.models / "yunnan" / "scheme.yaml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("second_signature: false", "second_signature: true"), encoding="utf-8")
    scheme = workspace.models / "langfang" / "scheme.yaml"
    scheme.write_text(scheme.read_text(encoding="utf-8").replace('"1310"', '"53"'), encoding="utf-8")
    for day in (BEFORE, T):
        score_province(workspace, Principal("clerk"), "yunnan", day, lambda *_: None)
    score_province(workspace, Principal("clerk"), "langfang", T, lambda *_: None)
    database = open_database(workspace)
    for account in PEOPLE:
        add_account(database, account, PASSWORD)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    config = uvicorn.Config(application(workspace, secure=False), host="127.0.0.1", port=port, log_level="error")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    while not server.started:
        assert thread.is_alive()
    yield Served(workspace, f"http://127.0.0.1:{port}")
    server.should_exit = True
    thread.join()


@pytest.fixture(scope="session")
def clients(served: Served) -> Callable[[str], httpx.Client]:
    """Somebody signed in, once for all tests."""
    found: dict[str, httpx.Client] = {}

    def client(name: str) -> httpx.Client:
        if name not in found:
            found[name] = served.signed_in(name)
        return found[name]

    return client
