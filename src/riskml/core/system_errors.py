"""What a failure of the machine means: a full disk, a folder nobody may write to, a damaged file, too little memory."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING

from riskml.core.errors import RiskmlError, RunError

if TYPE_CHECKING:
    import duckdb

_FULL = (
    "磁盘已满；请腾出空间后再运行，已发布的结果和已入库的记录没有改变",
    "the disk is full; free some space and run again, what was published and loaded before is unchanged",
)
_FORBIDDEN = (
    "没有权限；请用拥有该工作区的账号运行，或让管理员检查该文件及其所在目录的权限",
    "permission denied; run as the account that owns the workspace, or check the permissions of the file and its "
    "folder",
)
_SYSTEM: dict[int, tuple[str, str]] = {
    errno.ENOSPC: _FULL,
    errno.EDQUOT: _FULL,
    errno.EACCES: _FORBIDDEN,
    errno.EPERM: _FORBIDDEN,
    errno.EROFS: (
        "文件系统是只读的；请换一个可写的位置，或重新挂载",
        "the file system is read-only; use a place that can be written to, or remount it",
    ),
    errno.ENOENT: ("文件或目录不存在", "there is no such file or folder"),
    errno.EISDIR: ("这是一个目录；请给出文件名", "this is a folder; name a file"),
    errno.ENOTDIR: ("路径的上一级不是目录", "a part of this path is not a folder"),
    errno.EEXIST: ("已有同名的文件，不能建目录", "there is a file of this name, so no folder can be made"),
    errno.ENAMETOOLONG: ("名称太长；请用短一些的名称", "the name is too long; use a shorter one"),
    errno.EIO: (
        "读写出错，磁盘可能有故障；请检查磁盘，并从备份恢复",
        "reading or writing failed; check the disk and restore from the backup",
    ),
}


def explain_failure(error: BaseException) -> RiskmlError | None:
    """The failure in words for the user, or None where it is no failure of the machine."""
    import duckdb

    if isinstance(error, RiskmlError):
        return error
    if isinstance(error, MemoryError | duckdb.OutOfMemoryException):
        return RunError(
            zh="内存不足；请关闭其他程序后再运行，或换一台内存更大的机器。所需内存见 riskml check。",
            en="There is not enough memory; stop other programs and run again, or use a larger machine. 'riskml check' "
            "says what is needed.",
        )
    if isinstance(error, duckdb.Error):
        return _explain_engine(error)
    if isinstance(error, OSError) and error.errno is not None:
        return _explain_system(error, error.errno)
    return None


def _explain_system(error: OSError, number: int) -> RunError:
    meant = os.strerror(number)
    zh, en = _SYSTEM.get(number, (f"系统报错 {number}，请把这一行告诉运维人员（“{meant}”）", meant))
    if error.filename is not None:
        return RunError(zh=f"{error.filename}：{zh}。", en=f"{error.filename}: {en}.")
    # Arrow names the file in its message alone.
    said = error.strerror or meant
    quoted_zh, quoted_en = ("", "") if said == meant else (f"（“{said}”）", f" ({said!r})")
    return RunError(zh=f"{zh}{quoted_zh}。", en=f"{en[0].upper()}{en[1:]}{quoted_en}.")


def out_of_room(error: duckdb.Error) -> bool:
    """Whether the engine had too little memory or disk: no fault of what it was reading."""
    import duckdb

    # The engine hands on what the system says of a full disk, and no number of it.
    return isinstance(error, duckdb.OutOfMemoryException) or os.strerror(errno.ENOSPC) in str(error)


def _explain_engine(error: duckdb.Error) -> RiskmlError | None:
    import duckdb

    if out_of_room(error):
        return RunError(zh=f"{_FULL[0]}。", en=f"{_FULL[1].capitalize()}.")
    if not isinstance(error, duckdb.IOException | duckdb.InvalidInputException | duckdb.SerializationException):
        return None
    said = str(error).splitlines()[0]
    return RunError(
        zh=f"有文件缺失、损坏或无法读取，引擎说“{said}”；请从备份恢复该文件（manifest.json 列出应有的文件）。",
        en=f"A file is missing, damaged or cannot be read: the engine says {said!r}. Restore it from the backup "
        "(manifest.json lists the "
        "files there should be).",
    )
