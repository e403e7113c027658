"""Files and folders that are there whole, on the disk, or not at all, whatever ends the program or the machine."""

from __future__ import annotations

import ctypes
import errno
import grp
import hashlib
import os
import re
import shutil
from functools import lru_cache
from pathlib import Path
from urllib.parse import quote

from riskml.core.errors import ConfigurationError, RunError

_AT_FDCWD, _RENAME_EXCHANGE = -100, 2


def write_durably(path: Path, content: bytes) -> None:
    """Write a file that is on the disk when this returns."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def write_secret(path: Path, content: bytes) -> None:
    """Write a new file that its owner alone can read, durably; a ConfigurationError where the file is there."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError as error:
        raise ConfigurationError(
            zh=f"{path} 已存在，不会覆盖；请另选文件。",
            en=f"{path} is there and is not overwritten; choose another file.",
        ) from error
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def refuse_readable(path: Path) -> None:
    """Refuse a secret that others than its owner can read; a ConfigurationError says what to do."""
    if path.stat().st_mode & 0o077:
        raise ConfigurationError(
            zh=f"{path} 可被其他账号读取；请执行 chmod 600 {path}。",
            en=f"{path} can be read by other accounts: run 'chmod 600 {path}'.",
        )


def overwrite(path: Path, content: bytes, *, durably: bool) -> None:
    """Write over the beginning of a file that is there; on the disk when this returns where `durably` says so."""
    with path.open("rb+") as file:
        file.write(content)
        file.flush()
        if durably:
            os.fdatasync(file.fileno())


def append_durably(path: Path, line: bytes) -> None:
    """Add one line to a file of lines that is only ever added to: on the disk when this returns, or not in the file at
    all.

    The caller keeps others from writing at the same time. A line that a crash or a hand left unfinished does not
    swallow this one.
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
    """Make `draft` the folder called `folder` beside it; readers see the one that stood there until then, and never
    none.

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

    Where the file system cannot (some network ones), `other` is moved aside first, to ``.<name>.replaced``, and for a
    moment nothing has its name.
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


def group_id(name: str) -> int:
    """The number of a group of accounts; a ConfigurationError where there is none of that name."""
    try:
        return grp.getgrnam(name).gr_gid
    except (KeyError, ValueError) as error:
        raise ConfigurationError(
            zh=f"系统中没有用户组 {name}；请用 groupadd 建立，并把传输账号加入。",
            en=f"There is no group {name!r} on this system; make it with groupadd and add the transport account.",
        ) from error


def share(path: Path, group: int) -> None:
    """Let the accounts of a group read a file or a folder with all in it, and nobody else.

    Raises
    ------
    RunError
        Where the account that runs riskml is not in the group.
    """
    for one in (path, *path.rglob("*")):
        try:
            os.chown(one, -1, group)
        except PermissionError as error:
            raise RunError(
                zh=f"当前账号不在用户组 {group} 中，不能把 {path.name} 交给它；请把运行 riskml 的账号也加入该组。",
                en=f"This account is not in the group {group} and cannot give it {path.name}: add the account that "
                "runs riskml to the group.",
            ) from error
        one.chmod(0o750 if one.is_dir() else 0o640)


def sqlite_address(path: Path) -> str:
    """SQLAlchemy's address of a SQLite file; what an address would read as something else stands for itself.

    >>> sqlite_address(Path("/a b/mlflow.db")), sqlite_address(Path("/what?/a%20/mlflow.db"))
    ('sqlite:////a b/mlflow.db', 'sqlite:////what%3F/a%2520/mlflow.db')
    """
    whole = str(path.resolve())
    return "sqlite:///" + re.sub("[?#%]", lambda found: quote(found[0]), whole)


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
