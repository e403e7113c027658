"""One delivered file, from folders that others may write to: found below its folder, a regular file, taken whole and
unchanged.

What is loaded is the copy that is made here: the engine never opens a delivery, so a file that is exchanged meanwhile,
a link, or a name with marks in it changes nothing.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from riskml.core.errors import RunError

LARGEST_FILE_GIB = 64
"""A delivered file may be so large, and half of the free disk: its copy and its rows need that much. A province's
largest has one or two.
"""

_PIECE = 1 << 20


@dataclass(frozen=True)
class Snapshot:
    """A copy of a delivered file, made while it did not change."""

    path: Path
    sha256: str
    size: int


@contextmanager
def open_delivered(path: Path, folder: Path) -> Iterator[BinaryIO]:
    """Open a delivered file for reading, never waiting for what is no file (a pipe waits for its writer).

    Raises
    ------
    RunError
        Where it is no regular file, is empty, may not be read, lies outside `folder`, or changes while it is open.
    """
    try:
        real = path.resolve(strict=True)
        if not real.is_relative_to(folder.resolve()):
            raise RunError(
                zh=f"{path} 是指向数据目录之外（{real}）的链接；请换成文件本身。",
                en=f"{path} is a link to {real}, outside the folder of the delivery; put the file itself there.",
            )
        number = os.open(real, os.O_RDONLY | os.O_NONBLOCK | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError as error:
        raise _unreadable(path, error) from error
    before = os.fstat(number)
    if not stat.S_ISREG(before.st_mode):
        os.close(number)
        raise _no_file(path)
    with os.fdopen(number, "rb") as file:
        if before.st_size == 0:
            raise RunError(zh=f"{path} 是空文件；请重新导出。", en=f"{path} is empty; export it again.")
        yield file
        if _state(os.fstat(number)) != _state(before):
            raise RunError(
                zh=f"{path} 在读取时被改动；请等传送完成后再导入。",
                en=f"{path} changed while it was read; wait until it has arrived whole, then load it again.",
            )


def take_snapshot(path: Path, folder: Path, target: Path) -> Snapshot:
    """Copy a delivered file to `target`; raises as `open_delivered` does."""
    target.parent.mkdir(parents=True, exist_ok=True)
    digest, size = hashlib.sha256(), 0
    with open_delivered(path, folder) as file, target.open("wb") as copy:
        _refuse_too_large(path, os.fstat(file.fileno()).st_size, shutil.disk_usage(target.parent).free)
        while piece := file.read(_PIECE):
            digest.update(piece)
            size += copy.write(piece)
    return Snapshot(target, digest.hexdigest(), size)


def _refuse_too_large(path: Path, size: int, free: int) -> None:
    most = min(LARGEST_FILE_GIB << 30, free // 2)
    if size > most:
        raise RunError(
            zh=f"{path} 有 {size / 2**30:,.1f} GiB，超过可读取的 {most / 2**30:,.1f} GiB（上限 {LARGEST_FILE_GIB} GiB，"
            "且不超过空闲磁盘的一半）。",
            en=f"{path} has {size / 2**30:,.1f} GiB; {most / 2**30:,.1f} GiB can be read (at most {LARGEST_FILE_GIB}, "
            "and half of the free disk).",
        )


def _state(found: os.stat_result) -> tuple[int, int, int]:
    return found.st_size, found.st_mtime_ns, found.st_ctime_ns


def _no_file(path: Path) -> RunError:
    return RunError(
        zh=f"{path} 不是普通文件（而是目录、管道、套接字或设备）；请换成文件本身。",
        en=f"{path} is no regular file (but a folder, pipe, socket or device); put the file itself there.",
    )


def _unreadable(path: Path, error: OSError) -> RunError:
    if isinstance(error, PermissionError):
        return RunError(
            zh=f"没有读取 {path} 的权限；请让运行 riskml 的账号可以读取。",
            en=f"{path} may not be read by this account; let the account that runs riskml read it.",
        )
    if isinstance(error, FileNotFoundError):
        return RunError(
            zh=f"{path} 不存在，或是指向不存在的文件的链接；请重新传送。",
            en=f"{path} does not exist, or is a link to what does not exist; send it again.",
        )
    return _no_file(path)  # a socket cannot be opened, a device may have no driver, links may go round
