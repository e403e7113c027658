"""A file of lines, each with the hash of the one before it, that is only ever added to.

``<name>.head`` beside the file has the hash of the last line: a line that was changed, removed, added or put elsewhere
is noticed whenever the file is read. A kill at any moment leaves it whole.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from riskml.core.china_day import CHINA
from riskml.core.errors import RunError
from riskml.core.files import append_durably, sync, write_durably
from riskml.core.locks import exclusive
from riskml.core.principal import account
from riskml.core.validation import ContentError, validated_json

NOTHING_BEFORE = "0" * 64
"""What the first line has for the line before it."""

_PATIENCE = 10.0
"""Seconds that a writer waits for another, who holds the ledger for some milliseconds."""

_ATTEMPTS = 5
"""Times that a reader looks: a writer changes the file and its head one after the other."""


@dataclass(frozen=True)
class Line:
    """One line.

    Parameters
    ----------
    at
        When, in China's time.
    account
        The account of whoever did it: at the command line the operating system's.
    hash
        SHA-256 of the line's bytes, which the next one holds.
    """

    number: int
    kind: str
    at: datetime
    account: str
    content: Mapping[str, Any]
    hash: str


class _Fields(BaseModel):
    """A line as it is written; ``before`` is the hash of the line before it."""

    number: int
    before: str
    kind: str
    at: datetime
    account: str
    content: dict[str, Any]


class _Head(BaseModel):
    """The hash of the last line, and of the line that is being written, if one is."""

    last: str
    next: str | None


@dataclass(frozen=True)
class HashChain:
    """The lines in a file; one that is not there yet has none."""

    path: Path

    def read(self) -> tuple[bytes, ...]:
        """The lines' bytes, oldest first, once the whole chain is seen to be as it was written; a line that is being
        written is not among them.

        Raises
        ------
        RunError
            Naming the first line that is not, or saying that lines are missing or too many at the end.
        """
        for attempt in range(_ATTEMPTS):
            last, following = self._head()
            raw, rest = _raw(self.path, _state(self.path))
            end = hash_of(raw[-1]) if raw else NOTHING_BEFORE
            if end in (last, following) and (not rest or following):
                return raw
            time.sleep(0.02 * (attempt < _ATTEMPTS - 1))
        raise RunError(
            zh=f"{self.path} 末尾与 {self._beside('head')} 不符：有行被删去、截断，或不是经 riskml 增加的；"
            f"请从备份恢复 {self.path.parent}，"
            "并查明原因。",
            en=f"The end of {self.path} is not what {self._beside('head')} has on record: lines were removed, cut, or "
            "added by other means "
            f"than riskml. Restore {self.path.parent} from the backup and find out why.",
        )

    def parsed(self, raw: bytes) -> Line:
        """One of the lines that `read` gives."""
        try:
            fields = validated_json(_Fields, raw, strict=True)
        except ContentError as error:
            raise _altered(self.path, int(raw[len(b'{"number":') : raw.index(b",")])) from error
        return Line(fields.number, fields.kind, fields.at, fields.account, fields.content, hash_of(raw))

    def append(self, kind: str, content: Mapping[str, Any]) -> Line:
        """Add a line; it is on the disk when this returns.

        Raises
        ------
        RunError
            As `read`: nothing is added to a ledger that was altered. Or where another process keeps it locked.
        """
        with exclusive(self._beside("lock"), wait=_PATIENCE):
            raw = self.read()
            last = hash_of(raw[-1]) if raw else NOTHING_BEFORE
            line = line_bytes(len(raw) + 1, last, kind, content)
            # What a kill in the middle of a line left was never reported as written.
            if self.path.exists() and self.path.stat().st_size > (whole := sum(len(one) + 1 for one in raw)):
                os.truncate(self.path, whole)
            # Killed from here on, the line is there whole or it is not there; both are known to be right.
            self._set_head(last, hash_of(line))
            append_durably(self.path, line)
            self._set_head(hash_of(line), None)
        return self.parsed(line)

    def _head(self) -> tuple[str, str | None]:
        """What `_Head` has; of a ledger that is not there yet, `NOTHING_BEFORE`."""
        path = self._beside("head")
        try:
            head = validated_json(_Head, path.read_bytes(), strict=True)
        except FileNotFoundError:
            return NOTHING_BEFORE, None
        except ContentError as error:
            raise RunError(
                zh=f"{path} 已损坏：{error.zh}；请从备份恢复 {path.parent}。",
                en=f"{path} is damaged: {error.en}. Restore {path.parent} from the backup.",
            ) from error
        return head.last, head.next

    def _set_head(self, last: str, following: str | None) -> None:
        draft = self._beside("head.draft")
        write_durably(draft, _Head(last=last, next=following).model_dump_json().encode())
        draft.replace(self._beside("head"))
        sync(self.path.parent)

    def _beside(self, suffix: str) -> Path:
        return self.path.with_suffix(f".{suffix}")


def line_bytes(number: int, before: str, kind: str, content: Mapping[str, Any]) -> bytes:
    """The bytes of line `number`, without their end; `before` is the hash of the line before it."""
    fields = {"number": number, "before": before, "kind": kind,
        "at": datetime.now(CHINA).isoformat(timespec="milliseconds"),
              "account": account(), "content": content}  # fmt: skip
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _beginning(number: int, before: str) -> bytes:
    """How a line begins, as bytes."""
    return f'{{"number":{number},"before":"{before}","kind":"'.encode()


def kind_of(raw: bytes) -> str:
    """A line's kind, without reading the rest of it: a hundred thousand lines take some tenths of a second."""
    return raw.split(b'"kind":"', 1)[1].split(b'"', 1)[0].decode(errors="replace")


def hash_of(raw: bytes) -> str:
    """A line's hash."""
    return hashlib.sha256(raw).hexdigest()


def _state(path: Path) -> tuple[int, int, int]:
    """Inode, size and time of the last change: when a file's content changes, so does one of these."""
    if not path.exists():
        return (0, 0, 0)
    found = path.stat()
    return (found.st_ino, found.st_size, found.st_mtime_ns)


@lru_cache(maxsize=4)
def _raw(path: Path, state: tuple[int, int, int]) -> tuple[tuple[bytes, ...], bytes]:
    """The whole lines of a file, each seen to hold the hash of the one before, and what follows the last line's end."""
    if state == (0, 0, 0):
        return (), b""
    *raw, rest = path.read_bytes().split(b"\n")
    before = NOTHING_BEFORE
    for number, line in enumerate(raw, start=1):
        if not line.startswith(_beginning(number, before)):
            raise _altered(path, number)
        before = hash_of(line)
    return tuple(raw), rest


def _altered(path: Path, line: int) -> RunError:
    return RunError(
        zh=f"{path} 第 {line} 行，或它前面的一行，与写入时不同：有行被改动、删去、增加或移动；请从备份恢复，"
        "并查明原因。",
        en=f"{path}, line {line} or the one before it, is not as it was written: a line was changed, removed, added or "
        "moved; restore the file "
        "from the backup and find out why.",
    )
