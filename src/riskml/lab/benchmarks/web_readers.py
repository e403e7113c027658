"""Readers at the desk, as threads with a connection each: they sign in, and ask for pages."""

from __future__ import annotations

import re
import secrets
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http.client import HTTPConnection, RemoteDisconnected
from itertools import islice
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlencode

import numpy as np
import pyarrow.parquet as pq

from riskml.accounts.accounts import Account, add_account
from riskml.core.errors import RunError
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.database.migrating import open_database
from riskml.lab.benchmarks.speed_province import SCHEME
from riskml.runs.published import latest_day, published_run

READERS, EACH, PAUSE = 20, 5, 5.0
"""How many readers, how many pages of each kind each asks for, and how many seconds they read before the next."""

SEARCHED = ("食品", "有限公司", "kmsp", "yxgs", "9153", "餐饮", "云南", "科技")
WORKLISTS = ("newly_riskiest", "fallen", "waiting", "updated")

Times = dict[str, dict[str, float]]


@dataclass(frozen=True)
class Visited:
    """What readers waited, in milliseconds: of each kind of page the median and the 99th percentile.

    Parameters
    ----------
    reading
        Of readers who pause `PAUSE` seconds before each page.
    at_once
        Of readers who ask for the next page as soon as they have one.
    rss_mib
        The server's memory after each reader's first pages, and after all of them.
    """

    reading: Times
    at_once: Times
    requests: int
    rss_mib: tuple[float, float]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        first, last = self.rss_mib
        return {
            "reading_ms": self.reading,
            "at_once_ms": self.at_once,
            "requests": self.requests,
            "rss_mib": {"first": first, "last": last},
        }


@dataclass
class _Reader:
    """One who signed in, with the milliseconds that each page took."""

    connection: HTTPConnection
    cookie: str
    waited: dict[str, list[float]] = field(default_factory=dict)

    def ask(self, kind: str, path: str) -> None:
        started = time.perf_counter()
        status, body = _get(self.connection, path, self.cookie)
        self.waited.setdefault(kind, []).append((time.perf_counter() - started) * 1000)
        if status != 200:
            raise RunError(zh=f"{path} 得到 {status}：{body[-300:]}", en=f"{path} gave {status}: {body[-300:]}")


def visit(workspace: Workspace, process: int, port: int, on_progress: Progress) -> Visited:
    """Have readers ask a server for pages: at their pace, and one page after the other."""
    codes = _codes(workspace, READERS * EACH * 2 + READERS)
    readers = list[_Reader]()
    for number in range(READERS):
        readers.append(_reader(workspace, port, number))
        _ask_all(readers[-1], [codes[number]], 0.0)
        readers[-1].waited.clear()
    first, found = _resident(process), list[Times]()
    rest = iter(codes[READERS:])
    for number, pause in enumerate((PAUSE, 0.0)):
        on_progress("readers", number, 2)
        with ThreadPoolExecutor(READERS) as pool:
            asked = [pool.submit(_ask_all, reader, list(islice(rest, EACH)), pause) for reader in readers]
            for one in asked:
                one.result()
        kinds = sorted(readers[0].waited)
        waited = {kind: np.concatenate([reader.waited[kind] for reader in readers]) for kind in kinds}
        found.append({
            kind: {"median": float(np.median(times)), "p99": float(np.quantile(times, 0.99))}
            for kind, times in waited.items()
        })  # fmt: skip
        for reader in readers:
            reader.waited.clear()
    return Visited(found[0], found[1], READERS * EACH * 3 * 2, (first, _resident(process)))


def _ask_all(reader: _Reader, codes: list[str], pause: float) -> None:
    """One page of each kind for each of `codes`."""
    for number, code in enumerate(codes):
        text, worklist = SEARCHED[number % len(SEARCHED)], WORKLISTS[number % len(WORKLISTS)]
        for kind, path in (
            ("enterprise", f"/enterprises/{quote(code)}"),
            ("search", f"/enterprises?text={quote(text)}"),
            ("worklist", f"/enterprises?worklist={worklist}"),
        ):
            time.sleep(pause)
            reader.ask(kind, path)


def _reader(workspace: Workspace, port: int, number: int) -> _Reader:
    """A reader with an account of the own, signed in."""
    name, password = f"reader-{number}", secrets.token_urlsafe(24)
    account = Account(name, frozenset({"analyst"}), one_time=False)
    add_account(open_database(workspace), account, password)
    connection = HTTPConnection("127.0.0.1", port, timeout=120)
    connection.request("GET", "/login")
    answer = connection.getresponse()
    found = re.search('name="form_token" value="([^"]+)"', answer.read().decode())
    assert found is not None
    first = str(answer.getheader("Set-Cookie")).split(";")[0]
    form = urlencode({"name": name, "password": password, "form_token": found[1], "after": "/regions"})
    headers = {"Cookie": first, "Content-Type": "application/x-www-form-urlencoded"}
    connection.request("POST", "/login", form, headers)
    answer = connection.getresponse()
    answer.read()
    cookies = (value.split(";")[0] for name, value in answer.getheaders() if name.lower() == "set-cookie")
    return _Reader(connection, next(one for one in cookies if one.split("=", 1)[1] not in ("", '""')))


def _get(connection: HTTPConnection, path: str, cookie: str) -> tuple[int, str]:
    try:
        connection.request("GET", path, headers={"Cookie": cookie})
        answer = connection.getresponse()
    except RemoteDisconnected:  # nobody used it for long, and the server closed it: browsers ask again too
        connection.close()
        connection.request("GET", path, headers={"Cookie": cookie})
        answer = connection.getresponse()
    return answer.status, answer.read().decode()


def _codes(workspace: Workspace, count: int) -> list[str]:
    """Enterprises of the run, evenly spread over it."""
    run = published_run(workspace, SCHEME, latest_day(workspace, SCHEME))
    parts = (pq.read_table(part, columns=["enterprise_id"]) for part in run.parts("grades"))
    every = [code for part in parts for code in part["enterprise_id"].to_pylist()]
    return [every[place * len(every) // count] for place in range(count)]


def _resident(process: int) -> float:
    """Of how many MiB of memory a process holds now."""
    pages = int(Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1])
    return pages * 4096 / 2**20
