"""The ledger: what was put in force, when and by which account; one JSON line each, only ever added to.

Every line holds the hash of the line before it, and ``ledger.head`` beside the file that of the last: a line that was changed,
removed, added or put elsewhere is noticed whenever the ledger is read. Lines of the same chain tell of

- what lies elsewhere and was put in its place (records, a model in use, a published run): a line ``begin`` with the digest that is
  about to take its place, and a line ``done`` when it has;
- what happened, and is kept nowhere else (an officer's decision, a promotion, a receipt).

Who may write to the folder can write the whole chain anew. What that cannot change is a hash that was noted elsewhere: `riskml
ledger` prints the last one.
"""

from __future__ import annotations

import hashlib
import json
import os
import pwd
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel

from riskml.china_day import CHINA
from riskml.errors import RunError
from riskml.faults import ContentError, Spec, validated, validated_json
from riskml.files import append_durably, sync, write_durably
from riskml.locks import exclusive

Kind = Literal["load", "undo", "policy", "model", "promotion", "run", "decision", "receipt", "update"]

LABELS: Mapping[str, str] = {
    "load": "导入 load",
    "undo": "撤销导入 undo",
    "policy": "办法和影响期 policy",
    "model": "登记模型 model",
    "promotion": "启用模型 promotion",
    "run": "评分 run",
    "decision": "人员决定 decision",
    "receipt": "回执 receipt",
    "update": "即时更新 update",
}

LEDGER = "ledger.jsonl"
"""Its name, in the folder with everything received."""

NOTHING = ""
"""The digest of a place where nothing is."""

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
        The account of the operating system that ran the command.
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
class Ledger:
    """The ledger in a file; one that is not there yet has no line."""

    path: Path

    def lines(self, *kinds: Kind) -> list[Line]:
        """The lines of some kinds, or all, oldest first, once the whole chain is seen to be as it was written.

        Raises
        ------
        RunError
            Naming the first line that is not, or saying that lines are missing or too many at the end.
        """
        return [self._parsed(raw) for raw in self._chain() if not kinds or _kind(raw) in kinds]

    def contents(self, kind: Kind, spec: type[Spec]) -> list[Spec]:
        """What the lines of a kind say, oldest first, as its specification has it.

        Raises
        ------
        RunError
            As `lines`, or naming the line and the field that is wrong.
        """
        found = []
        for line in self.lines(kind):
            try:
                found.append(validated(spec, line.content))
            except ContentError as error:
                raise RunError(
                    zh=f"{self.path} 第 {line.number} 行不正确：{error.zh}；请从备份恢复，并查明原因。",
                    en=f"{self.path}, line {line.number}: {error.en}. Restore the file from the backup and find out why.",
                ) from error
        return found

    def last_hash(self) -> str:
        """The hash of the last line, `NOTHING_BEFORE` where there is none; raises as `lines`."""
        raw = self._chain()
        return _hash(raw[-1]) if raw else NOTHING_BEFORE

    def append(self, kind: Kind, content: Mapping[str, Any]) -> Line:
        """Add a line; it is on the disk when this returns.

        Raises
        ------
        RunError
            As `lines`: nothing is added to a ledger that was altered. Or where another process keeps it locked.
        """
        with exclusive(self._beside("lock"), wait=_PATIENCE):
            raw = self._chain()
            last = _hash(raw[-1]) if raw else NOTHING_BEFORE
            line = _written(len(raw) + 1, last, kind, content)
            # What a kill in the middle of a line left was never reported as written.
            if self.path.exists() and self.path.stat().st_size > (whole := sum(len(one) + 1 for one in raw)):
                os.truncate(self.path, whole)
            # Killed from here on, the line is there whole or it is not there; both are known to be right.
            self._set_head(last, _hash(line))
            append_durably(self.path, line)
            self._set_head(_hash(line), None)
        return self._parsed(line)

    @contextmanager
    def putting(self, kind: Kind, of: str, digest: str, **facts: Any) -> Iterator[None]:
        """Note around a ``with`` block that what `of` names is put in its place in it.

        Parameters
        ----------
        of
            What is put: ``records``, ``model <name>``, ``run <scheme>/<as-of date>``.
        digest
            SHA-256 of what takes its place.
        facts
            What else the ledger keeps of it.
        """
        self.append(kind, {"of": of, "phase": "begin", "digest": digest, **facts})
        yield
        self.append(kind, {"of": of, "phase": "done", "digest": digest})

    def places(self) -> dict[str, tuple[str, ...]]:
        """Every place that something was put in → the digests of what may stand there, the newest last.

        That is what was put there last; where a writer was killed at it, what it began to put there too.
        """
        places: dict[str, tuple[str, ...]] = {}
        for line in self.lines("load", "undo", "promotion", "run"):
            of, digest, phase = (str(line.content.get(name)) for name in ("of", "digest", "phase"))
            if phase in ("begin", "done"):
                places[of] = (digest,) if phase == "done" else (*places.get(of, (NOTHING,)), digest)
        return places

    def accepted(self, of: str) -> tuple[str, ...]:
        """The digests of what may stand in the place that `of` names, the newest last; that of nothing there is `NOTHING`."""
        return self.places().get(of, (NOTHING,))

    def require(self, of: str, digest: str, path: Path) -> None:
        """Refuse what stands in the place that `of` names, unless it is what was put there.

        Raises
        ------
        RunError
            Naming `path`, and what the ledger has.
        """
        known = self.accepted(of)
        if digest in known:
            return
        zh, en = "总账中没有它", "the ledger knows nothing of it"
        if known != (NOTHING,):
            line = self._of(of)[-1]
            zh = f"总账第 {line.number} 行（{line.at:%Y-%m-%d %H:%M}，{line.account}）记的是 {known[-1][:12]}，现在是 {digest[:12] or '空'}"
            en = (
                f"line {line.number} of the ledger ({line.at:%Y-%m-%d %H:%M}, {line.account}) has {known[-1][:12]}, there is "
                f"{digest[:12] or 'nothing'}"
            )
        cure_zh, cure_en = _CURES[of.split(" ")[0]]
        raise RunError(
            zh=f"{path} 不是 riskml 放在那里的：{zh}；请查明是谁改动的，{cure_zh}。",
            en=f"{path} is not what riskml put there: {en}. Find out who changed it, and {cure_en}.",
        )

    def settle(self, of: str, digest: str) -> None:
        """Complete what a killed writer had put in the place that `of` names, which now has `digest`."""
        lines = self._of(of)
        if lines and lines[-1].content.get("phase") == "begin" and digest in self.accepted(of):
            self.append(lines[-1].kind, {"of": of, "phase": "done", "digest": digest})  # type: ignore[arg-type]

    def _of(self, of: str) -> list[Line]:
        return [line for line in self.lines("load", "undo", "promotion", "run") if line.content.get("of") == of]

    def _chain(self) -> tuple[bytes, ...]:
        """The lines' bytes, verified. A line that is being written is not among them."""
        for attempt in range(_ATTEMPTS):
            last, following = self._head()
            raw, rest = _raw(self.path, _state(self.path))
            end = _hash(raw[-1]) if raw else NOTHING_BEFORE
            if end in (last, following) and (not rest or following):
                return raw
            time.sleep(0.02 * (attempt < _ATTEMPTS - 1))
        raise RunError(
            zh=f"{self.path} 末尾与 {self._beside('head')} 不符：有行被删去、截断，或不是经 riskml 增加的；请从备份恢复 {self.path.parent}，"
            "并查明原因。",
            en=f"The end of {self.path} is not what {self._beside('head')} has on record: lines were removed, cut, or added by other means "
            f"than riskml. Restore {self.path.parent} from the backup and find out why.",
        )

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

    def _parsed(self, raw: bytes) -> Line:
        try:
            fields = validated_json(_Fields, raw, strict=True)
        except ContentError as error:
            raise _altered(self.path, int(raw[len(b'{"number":') : raw.index(b",")])) from error
        return Line(fields.number, fields.kind, fields.at, fields.account, fields.content, _hash(raw))


_CURES = {
    "records": ("从备份恢复 data/", "restore data/ from the backup"),
    "model": ("用 riskml promote 启用登记过的版本", "put a registered version to use with 'riskml promote'"),
    "run": ("从备份恢复，或重新运行 riskml score", "restore it from the backup or run 'riskml score' again"),
}


def _written(number: int, before: str, kind: str, content: Mapping[str, Any]) -> bytes:
    fields = {"number": number, "before": before, "kind": kind, "at": datetime.now(CHINA).isoformat(timespec="milliseconds"),
              "account": account(), "content": content}  # fmt: skip
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def _beginning(number: int, before: str) -> bytes:
    """How a line begins: read as bytes, a hundred thousand of them take some tenths of a second."""
    return f'{{"number":{number},"before":"{before}","kind":"'.encode()


def _kind(raw: bytes) -> str:
    return raw.split(b'"kind":"', 1)[1].split(b'"', 1)[0].decode(errors="replace")


def _hash(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def _state(path: Path) -> tuple[int, int, int]:
    """What a file's content cannot change without."""
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
        before = _hash(line)
    return tuple(raw), rest


def _altered(path: Path, line: int) -> RunError:
    return RunError(
        zh=f"{path} 第 {line} 行，或它前面的一行，与写入时不同：有行被改动、删去、增加或移动；请从备份恢复，并查明原因。",
        en=f"{path}, line {line} or the one before it, is not as it was written: a line was changed, removed, added or moved; restore the file "
        "from the backup and find out why.",
    )


def account() -> str:
    """The account of the operating system that runs this, whatever the environment says; its number where it has no name."""
    number = os.geteuid()
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
