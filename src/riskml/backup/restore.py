"""Restoring a backup: into a folder that is not there yet, once everything in it is seen to be as it was written."""

from __future__ import annotations

import hashlib
import json
import shutil
import tarfile
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from riskml.backup.postgresql import DUMP, restore_database
from riskml.backup.write import FORMAT, MANIFEST, BackupManifest
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.files import sync
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.database.database import database_of


def restore(backup: Path, root: Path, on_progress: Progress) -> BackupManifest:
    """Make a workspace of a backup.

    Parameters
    ----------
    root
        The folder to make: it appears whole, or not at all. A backup with the rows of a PostgreSQL database fills the
        one that the environment names, which is empty before.

    Raises
    ------
    ConfigurationError
        Where `root` is there already, or the environment names no database for the rows of one.
    RunError
        Where the file is no backup, or something in it is missing, too many or not as it was written: names the first.
    """
    root = root.absolute()
    if root.exists():
        raise ConfigurationError(
            zh=f"{root} 已经存在；请恢复到一个还不存在的目录，核对后再换名。",
            en=f"{root} is there already; restore into a folder that is not, look at it, and rename it then.",
        )
    draft = root.with_name(f".{root.name}.restoring")
    shutil.rmtree(draft, ignore_errors=True)
    try:
        draft.mkdir(parents=True, mode=0o700)
        manifest = _extracted(backup, draft, on_progress)
        if manifest.postgresql:
            _fill_database(draft)
        draft.replace(root)
        sync(root.parent)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return manifest


def _extracted(backup: Path, draft: Path, on_progress: Progress) -> BackupManifest:
    """Write out every member and compare it with what the last one says."""
    found = dict[str, str]()
    try:
        with tarfile.open(backup, "r:") as tar:
            for number, member in enumerate(tar):
                if number % 50 == 0:
                    on_progress("restore", number, 0)
                if not member.isfile():
                    raise _damaged(backup, member.name)
                tar.extract(member, draft, filter="data")
                found[member.name] = _sha256(draft / member.name)
        manifest = _parsed((draft / MANIFEST).read_bytes(), backup)
    except (tarfile.TarError, OSError) as error:
        raise RunError(
            zh=f"{backup} 不是 riskml backup 写出的完整备份：{error}",
            en=f"{backup} is no whole backup as 'riskml backup' writes it: {error}",
        ) from error
    del found[MANIFEST]
    (draft / MANIFEST).unlink()
    told = {name: one.sha256 for name, one in manifest.files.items()}
    for name in sorted(told.keys() | found.keys()):
        if told.get(name) != found.get(name):
            raise _damaged(backup, name)
    return manifest


def _parsed(content: bytes, backup: Path) -> BackupManifest:
    try:
        manifest = TypeAdapter(BackupManifest).validate_python(json.loads(content))
    except (ValidationError, json.JSONDecodeError) as error:
        raise _damaged(backup, MANIFEST) from error
    if manifest.format != FORMAT:
        raise RunError(
            zh=f"{backup} 的格式是 {manifest.format}，本版本读 {FORMAT}；请用写出它的版本（{manifest.version}）恢复。",
            en=f"{backup} has format {manifest.format} and this version reads {FORMAT}; restore it by the version that "
            f"wrote it ({manifest.version}).",
        )
    return manifest


def _damaged(backup: Path, name: str) -> RunError:
    return RunError(
        zh=f"{backup} 中的 {name} 缺失、多余或与写入时不同；没有恢复任何内容，请换另一份备份。",
        en=f"{name} in {backup} is missing, too many, or not as it was written; nothing was restored. Take another "
        "backup.",
    )


def _fill_database(draft: Path) -> None:
    database = database_of(Workspace(draft))
    if database.is_file:
        raise ConfigurationError(
            zh="备份含 PostgreSQL 数据库；请让环境变量 RISKML_DATABASE_URL 指向一个空库再恢复。",
            en="The backup has the rows of a PostgreSQL database; let RISKML_DATABASE_URL name an empty one, and "
            "restore again.",
        )
    restore_database(database.engine.url, draft / DUMP)
    (draft / DUMP).unlink()


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
