"""A file of lines, each with the hash of the one before it, that is only ever added to.

``<name>.head`` beside the file has how many lines there are and the hash of the last: a line that was changed, removed,
added or put elsewhere is noticed whenever the file is read. A kill at any moment leaves it whole.

Threads that write at the same time share the writing: one of them puts down what all have waiting. So twenty of them
wait for the disk no longer than one does.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from riskml.core.china_day import china_now
from riskml.core.errors import RunError
from riskml.core.files import append_durably, overwrite, sync, write_durably
from riskml.core.locks import exclusive
from riskml.core.principal import account
from riskml.core.validation import ContentError, validated_json

NOTHING_BEFORE = "0" * 64
"""What the first line has for the line before it."""

_PATIENCE = 10.0
"""Seconds that a writer waits for another, who holds the ledger for some milliseconds."""

_ATTEMPTS = 5
"""Times that a head is read that is being written just then."""

_HEAD_BYTES = 384
"""How long a head is: less than a sector of a disk."""


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
    """What the file holds for certain, and the hash of the last of the lines that are being written, if any are.

    Parameters
    ----------
    last, lines, bytes
        The hash of the last line, how many there are, and how long they are together; an earlier version wrote the hash
        alone.
    """

    last: str
    next: str | None
    lines: int | None = None
    bytes: int | None = None


@dataclass(frozen=True)
class Extent:
    """How far a chain goes: its lines, their bytes, and the hash of the last one."""

    lines: int = 0
    bytes: int = 0
    last: str = NOTHING_BEFORE


@dataclass
class _Waiting:
    """A line that a thread wants written, and what became of it."""

    said: bytes
    line: bytes | None = None
    error: BaseException | None = None

    @property
    def waits(self) -> bool:
        """Whether nothing became of it yet."""
        return self.line is None and self.error is None


@dataclass
class _Queue:
    """The lines of a process that wait for one file, and whether a thread is writing some of them."""

    changed: threading.Condition = field(default_factory=threading.Condition)
    waiting: list[_Waiting] = field(default_factory=list)
    writing: bool = False

    def lead(self, own: _Waiting) -> list[_Waiting]:
        """Wait for a line to be written by others; where nobody writes, all that wait, for this thread to write."""
        with self.changed:
            self.waiting.append(own)
            while self.writing and own.waits:
                self.changed.wait()
            if not own.waits:
                return []
            self.writing = True
            taken, self.waiting = self.waiting, []
            return taken

    def written(self) -> None:
        """Let the others go on."""
        with self.changed:
            self.writing = False
            self.changed.notify_all()


@dataclass(frozen=True)
class HashChain:
    """The lines in a file; one that is not there yet has none.

    Parameters
    ----------
    reads_before_adding
        Whether nothing is added before the whole chain is seen to be as it was written. Without, its length is looked
        at alone, and a line costs the same however many there are.
    """

    path: Path
    reads_before_adding: bool = True

    def read(self) -> tuple[bytes, ...]:
        """The lines' bytes, oldest first, once the whole chain is seen to be as it was written; lines that are being
        written are not among them.

        Raises
        ------
        RunError
            Naming the first line that is not, or saying that lines are missing or too many at the end.
        """
        head = self._head()
        raw, rest = _raw(self.path, _state(self.path))
        if head.lines is None:  # as an earlier version wrote it
            end = hash_of(raw[-1]) if raw else NOTHING_BEFORE
            if end not in (head.last, head.next) or (rest and head.next is None):
                raise self._end_altered()
            return raw
        if len(raw) < head.lines or (hash_of(raw[head.lines - 1]) if head.lines else NOTHING_BEFORE) != head.last:
            raise self._end_altered()
        if len(raw) == head.lines and not rest:
            return raw
        if head.next is not None:
            whole = not rest and hash_of(raw[-1]) == head.next
            return raw if whole else raw[: head.lines]
        if self._head() == head:  # nobody has written since: a writer says so in the head first
            raise self._end_altered()
        return raw[: head.lines]

    def extent(self) -> Extent:
        """How far it goes, without reading it; raises where the file is shorter or longer than the head has it."""
        head = self._head()
        if head.lines is None or head.bytes is None:
            raw = self.read()
            return Extent(len(raw), sum(len(one) + 1 for one in raw), hash_of(raw[-1]) if raw else NOTHING_BEFORE)
        size, known = _state(self.path)[1], Extent(head.lines, head.bytes, head.last)
        if size < head.bytes:
            raise self._end_altered()
        if size == head.bytes:
            return known
        if head.next is None:
            if self._head() == head:
                raise self._end_altered()
            return known
        *added, rest = _bytes_between(self.path, head.bytes, size).split(b"\n")
        if rest or not added or hash_of(added[-1]) != head.next:
            return known
        return Extent(head.lines + len(added), size, head.next)

    def lines_from(self, start: Extent, end: Extent) -> Iterator[bytes]:
        """The bytes of the lines after `start` up to `end`, each seen to hold the hash of the one before; however many
        there are, few of them are in memory.

        Raises
        ------
        RunError
            Naming the first that does not, or where the last is not that of `end`.
        """
        if start.lines == end.lines:
            return
        last = start.last
        with self.path.open("rb") as file:
            file.seek(start.bytes)
            for raw in _linked(self.path, _lines_of(file, end.lines - start.lines), start.lines, start.last):
                yield raw
                last = hash_of(raw)
        if last != end.last:
            raise self._end_altered()

    @property
    def files(self) -> tuple[Path, Path]:
        """The file of the lines, and its head."""
        return self.path, self._beside("head")

    def copy(self, folder: Path) -> tuple[Path, Path]:
        """Copy it as of one moment, whoever writes to it; returns the `files` of the copy."""
        end, file = self.extent(), folder / self.path.name
        with self.path.open("rb") as source, file.open("wb") as target:
            while (left := end.bytes - target.tell()) and (content := source.read(min(left, 2**20))):
                target.write(content)
        copied = HashChain(file)
        copied._set_head(_Head(last=end.last, next=None, lines=end.lines, bytes=end.bytes))
        return copied.files

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
        own, queue = _Waiting(_said(kind, content)), _queue(self.path.absolute())
        if taken := queue.lead(own):
            try:
                self._write(taken)
            finally:
                queue.written()
        if own.line is None:
            raise own.error or AssertionError
        return self.parsed(own.line)

    def _write(self, waiting: list[_Waiting]) -> None:
        """Add the lines of all who wait, or tell each why not."""
        try:
            with exclusive(self._beside("lock"), wait=_PATIENCE):
                if self.reads_before_adding:
                    self.read()
                lines = self._added(self.extent(), [one.said for one in waiting])
        except BaseException as error:
            for one in waiting:
                one.error = error
            raise
        for one, line in zip(waiting, lines, strict=True):
            one.line = line

    def _added(self, end: Extent, said: list[bytes]) -> list[bytes]:
        """Add lines after `end`: all of them, or none, whenever the process is killed."""
        # What a kill in the middle of lines left was never reported as written.
        if _state(self.path)[1] > end.bytes:
            os.truncate(self.path, end.bytes)
        lines: list[bytes] = []
        last = end.last
        for number, one in enumerate(said, start=end.lines + 1):
            lines.append(_numbered(number, last) + one)
            last = hash_of(lines[-1])
        # Killed from here on, the lines are there whole or none is there; both are known to be right.
        self._set_head(_Head(last=end.last, next=last, lines=end.lines, bytes=end.bytes))
        append_durably(self.path, b"\n".join(lines))
        size = end.bytes + sum(len(one) + 1 for one in lines)
        # This need not reach the disk: what the head has there is right too.
        self._set_head(_Head(last=last, next=None, lines=end.lines + len(lines), bytes=size), durably=False)
        return lines

    def _head(self) -> _Head:
        """What the head has; of a ledger that is not there yet, that nothing is."""
        path = self._beside("head")
        for attempt in range(_ATTEMPTS):
            try:
                said, check = _said_and_check(path.read_bytes())
                if check in (b"", _check_of(said)):
                    return validated_json(_Head, said, strict=True)
            except FileNotFoundError:
                return _Head(last=NOTHING_BEFORE, next=None, lines=0, bytes=0)
            except ContentError as error:
                if attempt == _ATTEMPTS - 1:
                    raise _damaged(path, error.zh, error.en) from error
            time.sleep(0.002)
        raise _damaged(path, "校验值不符", "its checksum is another")

    def _set_head(self, head: _Head, *, durably: bool = True) -> None:
        """Write the head over the one that is there: it fits a sector of a disk, which is written whole or not at
        all.
        """
        path, said = self._beside("head"), head.model_dump_json().encode()
        content = (said + b" " + _check_of(said)).ljust(_HEAD_BYTES - 1) + b"\n"
        if _state(path)[1] == _HEAD_BYTES:
            overwrite(path, content, durably=durably)
        else:
            draft = self._beside("head.draft")
            write_durably(draft, content)
            draft.replace(path)
            sync(path.parent)

    def _end_altered(self) -> RunError:
        return RunError(
            zh=f"{self.path} 末尾与 {self._beside('head')} 不符：有行被删去、截断，或不是经 riskml 增加的；"
            f"请从备份恢复 {self.path.parent}，"
            "并查明原因。",
            en=f"The end of {self.path} is not what {self._beside('head')} has on record: lines were removed, cut, or "
            "added by other means "
            f"than riskml. Restore {self.path.parent} from the backup and find out why.",
        )

    def _beside(self, suffix: str) -> Path:
        return self.path.with_suffix(f".{suffix}")


def _said_and_check(content: bytes) -> tuple[bytes, bytes]:
    """What a head says, and its checksum; an earlier version wrote none."""
    said, end, check = content.rpartition(b"}")
    return said + end, check.strip()


def _check_of(said: bytes) -> bytes:
    """By which a reader sees that it did not read a head while it was being written."""
    return hash_of(said)[:16].encode()


def _damaged(path: Path, zh: str, en: str) -> RunError:
    return RunError(
        zh=f"{path} 已损坏：{zh}；请从备份恢复 {path.parent}。",
        en=f"{path} is damaged: {en}. Restore {path.parent} from the backup.",
    )


def line_bytes(number: int, before: str, kind: str, content: Mapping[str, Any]) -> bytes:
    """The bytes of line `number`, without their end; `before` is the hash of the line before it."""
    return _numbered(number, before) + _said(kind, content)


def _said(kind: str, content: Mapping[str, Any]) -> bytes:
    """What a line says, now and in the name of who acts, as it stands after its number and the hash before it."""
    fields = {"kind": kind, "at": china_now().isoformat(timespec="milliseconds"), "account": account(),
              "content": content}  # fmt: skip
    return json.dumps(fields, ensure_ascii=False, separators=(",", ":"), allow_nan=False)[1:].encode()


def _numbered(number: int, before: str) -> bytes:
    """How a line begins: its number, and the hash of the one before."""
    return f'{{"number":{number},"before":"{before}",'.encode()


def _linked(path: Path, lines: Iterable[bytes], number: int, before: str) -> Iterator[bytes]:
    """Lines after the one with a number and a hash, each seen to hold the hash of the one before."""
    for one in lines:
        number += 1
        if not one.startswith(_numbered(number, before) + b'"kind":"'):
            raise _altered(path, number)
        yield one
        before = hash_of(one)


def _lines_of(file: Iterable[bytes], number: int) -> Iterator[bytes]:
    """So many lines of an open file, without their ends."""
    for raw in islice(file, number):
        yield raw.removesuffix(b"\n")


def _bytes_between(path: Path, start: int, end: int) -> bytes:
    with path.open("rb") as file:
        file.seek(start)
        return file.read(end - start)


@lru_cache(maxsize=64)
def _queue(path: Path) -> _Queue:
    """The queue for a file; `path` is absolute."""
    return _Queue()


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
    return tuple(_linked(path, raw, 0, NOTHING_BEFORE)), rest


def _altered(path: Path, line: int) -> RunError:
    return RunError(
        zh=f"{path} 第 {line} 行，或它前面的一行，与写入时不同：有行被改动、删去、增加或移动；请从备份恢复，"
        "并查明原因。",
        en=f"{path}, line {line} or the one before it, is not as it was written: a line was changed, removed, added or "
        "moved; restore the file "
        "from the backup and find out why.",
    )
