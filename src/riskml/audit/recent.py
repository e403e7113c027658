"""What an account has read within the last hour, by the log itself: what was written since the last question is read
once, however many ask.
"""

from __future__ import annotations

import json
import threading
from collections import Counter, defaultdict, deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import BinaryIO, NamedTuple

from riskml.core.china_day import china_now
from riskml.core.hash_chain import HashChain

WITHIN = timedelta(hours=1)

_NEAR = 4096
"""Bytes that are rather read than searched."""


class _Entry(NamedTuple):
    at: datetime
    account: str
    enterprise: str | None  # None of an entry that flags


@dataclass(frozen=True)
class RecentReads:
    """How many enterprises an account has read, without the one asked about, whether that one was among them, and
    whether the account was flagged already.
    """

    others: int
    same: bool
    flagged: bool


@dataclass
class _Window:
    """The reads of the last hour, of everybody."""

    read_to: int | None = None
    entries: deque[_Entry] = field(default_factory=deque)
    by_account: dict[str, Counter[str | None]] = field(default_factory=lambda: defaultdict(Counter))
    lock: threading.Lock = field(default_factory=threading.Lock)

    def of(self, chain: HashChain, account: str, enterprise: str, now: datetime) -> RecentReads:
        """What an account read until `now`."""
        with self.lock:
            self._catch_up(chain, now - WITHIN)
            own = self.by_account.get(account, Counter())
            return RecentReads(len(own) - (enterprise in own) - (None in own), enterprise in own, None in own)

    def _catch_up(self, chain: HashChain, since: datetime) -> None:
        end = chain.extent().bytes
        if end:
            with chain.path.open("rb") as file:
                start = _first_since(file, end, since) if self.read_to is None or self.read_to > end else self.read_to
                file.seek(start)
                for one in _reads(file.read(end - start).splitlines()):
                    self.entries.append(one)
                    self.by_account[one.account][one.enterprise] += 1
            self.read_to = end
        while self.entries and self.entries[0].at < since:
            self._forget(self.entries.popleft())

    def _forget(self, entry: _Entry) -> None:
        own = self.by_account[entry.account]
        own[entry.enterprise] -= 1
        if not own[entry.enterprise]:
            del own[entry.enterprise]
        if not own:
            del self.by_account[entry.account]


def recent_reads(chain: HashChain, account: str, enterprise: str) -> RecentReads:
    """What an account, which now asks about `enterprise`, has read within the last hour."""
    return _window(chain.path.absolute()).of(chain, account, enterprise, china_now())


@lru_cache(maxsize=64)
def _window(path: Path) -> _Window:
    """The window of a log; `path` is absolute."""
    return _Window()


def _first_since(file: BinaryIO, end: int, since: datetime) -> int:
    """Where in a log the lines since a moment begin; they are in the order of time."""
    low, high = 0, end
    while high - low > _NEAR:
        middle = (low + high) // 2
        file.seek(middle)
        file.readline()
        line = file.readline()
        if not line or datetime.fromisoformat(json.loads(line)["at"]) >= since:
            high = middle
        else:
            low = middle
    file.seek(low)
    if low:
        file.readline()
    return file.tell()


def _reads(lines: Iterable[bytes]) -> Iterable[_Entry]:
    for raw in lines:
        if b'"kind":"read"' in raw or b'"kind":"bulk"' in raw:
            line = json.loads(raw)
            code = line["content"].get("enterprise")
            if line["kind"] == "bulk" or (code is not None and line["content"]["outcome"] == "done"):
                yield _Entry(datetime.fromisoformat(line["at"]), line["account"], code)
