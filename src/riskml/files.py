"""Files and folders that are there whole, on the disk, or not at all, whatever ends the program or the machine."""

from __future__ import annotations

import ctypes
import errno
import hashlib
import os
import shutil
from functools import lru_cache
from pathlib import Path

_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


def write_durably(path: Path, content: bytes) -> None:
    """Write a file that is on the disk when this returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def append_durably(path: Path, line: bytes) -> None:
    """Add one line to a file of lines that is only ever added to: on the disk when this returns, or not in the file at all.

    The caller keeps others from writing at the same time. A line that a crash or a hand left unfinished does not swallow this one.
    """
    with path.open("ab+") as file:
        before = file.seek(0, os.SEEK_END)
        if before > 0:
            file.seek(-1, os.SEEK_END)
            line = line if file.read(1) == b"\n" else b"\n" + line
        try:
            file.write(line + b"\n")
            file.flush()
            os.fsync(file.fileno())
        except OSError:
            os.ftruncate(file.fileno(), before)  # half a line, of a full disk, would be in the way of every reader
            raise


def put_in_place(draft: Path, folder: Path) -> None:
    """Make `draft` the folder called `folder` beside it; readers see the one that stood there until then, and never none.

    What stood there is deleted afterwards. `draft` is on the disk when it takes its place.

    Raises
    ------
    OSError
        Where it could not be; `folder` is as it was.
    """
    for path in (*draft.rglob("*"), draft):
        sync(path)
    if folder.exists():
        exchange(draft, folder)
    else:
        draft.rename(folder)
    sync(folder.parent)
    for old in (draft, _aside(folder)):
        shutil.rmtree(old, ignore_errors=True)


def exchange(one: Path, other: Path) -> None:
    """Let two folders of one file system change their names, in one step.

    Where the file system cannot (some network ones), `other` is moved aside first, to ``.<name>.replaced``, and for a moment
    nothing has its name.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if not libc.renameat2(_AT_FDCWD, os.fsencode(one), _AT_FDCWD, os.fsencode(other), _RENAME_EXCHANGE):
        return
    number = ctypes.get_errno()
    if number not in {errno.EINVAL, errno.ENOSYS, errno.ENOTSUP}:
        raise OSError(number, os.strerror(number), str(other))
    aside = _aside(other)
    shutil.rmtree(aside, ignore_errors=True)
    other.rename(aside)
    one.rename(other)
    aside.rename(one)


def _aside(folder: Path) -> Path:
    return folder.with_name(f".{folder.name}.replaced")


def sync(path: Path) -> None:
    """Return when a file, or the names in a folder, are on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def sha256(path: Path) -> str:
    """The SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def known_sha256(path: Path) -> str:
    """The same, computed once in a process for a file that has not changed since."""
    found = path.stat()
    return _sha256_as_of(path, found.st_ino, found.st_size, found.st_mtime_ns)


@lru_cache(maxsize=100_000)
def _sha256_as_of(path: Path, *_: int) -> str:
    return sha256(path)
