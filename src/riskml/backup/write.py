"""Writing a backup: one tar file, with the hash of everything in it, as of one moment."""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
import tarfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

from riskml import __version__
from riskml.audit.logs import NAMES, log_of, reads_chain
from riskml.backup.contents import DATABASE_ENDINGS, files_kept
from riskml.backup.postgresql import DUMP, dump_database
from riskml.core.errors import ConfigurationError
from riskml.core.files import sync
from riskml.core.locks import exclusive
from riskml.core.principal import account
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.database.database import database_of

MANIFEST = "backup.json"
"""The last member: what the others are."""

FORMAT = 1


@dataclass(frozen=True)
class Member:
    """A file in a backup."""

    size: int
    sha256: str


@dataclass(frozen=True)
class BackupManifest:
    """What a backup says of itself.

    Parameters
    ----------
    made
        When, in ISO 8601 with the offset from UTC.
    by
        The account that made it.
    files
        Place in the workspace → what it holds.
    postgresql
        Whether it holds the rows of a PostgreSQL database besides.
    """

    format: int
    version: str
    made: str
    by: str
    files: dict[str, Member]
    postgresql: bool

    def to_json(self) -> bytes:
        """As it stands in the backup."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1).encode()


def back_up(workspace: Workspace, to: Path, on_progress: Progress) -> BackupManifest:
    """Write a backup of a workspace and of its database.

    Parameters
    ----------
    to
        The file to write: it appears whole, readable by this account alone, or not at all.

    Raises
    ------
    ConfigurationError
        Where `to` is there already, or within the workspace.
    RunError
        Where a load, a run or a training is under way, or the database cannot be read.
    """
    to = to.absolute()
    if to.exists():
        raise ConfigurationError(
            zh=f"{to} 已经存在；请另给一个文件名。", en=f"{to} is there already; name another file."
        )
    if workspace.root.resolve() in to.resolve().parents:
        raise ConfigurationError(
            zh=f"{to} 在工作区之内；请写到工作区之外，最好在另一块盘上。",
            en=f"{to} is within the workspace; write it outside, best on another disk.",
        )
    draft = to.with_name(f".{to.name}.writing")
    try:
        with _standing_still(workspace):
            draft.touch(mode=0o600)
            manifest = _written(workspace, draft, on_progress)
        sync(draft)
        draft.replace(to)
        sync(to.parent)
    finally:
        draft.unlink(missing_ok=True)
    return manifest


@contextmanager
def _standing_still(workspace: Workspace) -> Iterator[None]:
    """Hold what is held by whoever changes a workspace: no load, run, training or line of the ledger comes between."""
    with ExitStack() as held:
        held.enter_context(exclusive(workspace.data / "load.lock"))
        for folder in sorted(path for path in workspace.runs.glob("*") if path.is_dir()):
            held.enter_context(exclusive(folder / "run.lock"))
        held.enter_context(exclusive(workspace.mlruns / "train.lock"))
        held.enter_context(exclusive(workspace.ledger.path.with_suffix(".lock"), wait=10))
        for name in NAMES:
            held.enter_context(exclusive(log_of(workspace, name).lock, wait=60))
        yield


def _written(workspace: Workspace, draft: Path, on_progress: Progress) -> BackupManifest:
    files, found = list(files_kept(workspace)), dict[str, Member]()
    database = database_of(workspace)
    with (
        TemporaryDirectory(dir=draft.parent, prefix=".riskml-backup-") as folder,
        tarfile.open(draft, "w", format=tarfile.PAX_FORMAT) as tar,
    ):
        # Who reads goes on reading meanwhile, and leaves entries: of these there is one moment too.
        reads = reads_chain(workspace)
        as_of_now = dict(zip(reads.files, reads.copy(Path(folder)), strict=True)) if reads.path.exists() else {}
        for number, path in enumerate(files):
            if number % 50 == 0:
                on_progress("back up", number, len(files))
            name = path.relative_to(workspace.root).as_posix()
            copied = _as_of_now(path, Path(folder)) if path.suffix in DATABASE_ENDINGS else as_of_now.get(path, path)
            found[name] = _add(tar, name, copied)
        if not database.is_file:
            dump = Path(folder) / DUMP
            dump_database(database.engine.url, dump)
            found[DUMP] = _add(tar, DUMP, dump)
        made = datetime.now().astimezone().isoformat(timespec="seconds")
        manifest = BackupManifest(FORMAT, __version__, made, account(), found, not database.is_file)
        content = manifest.to_json()
        tar.addfile(_entry(MANIFEST, len(content)), io.BytesIO(content))
    on_progress("back up", len(files), len(files))
    return manifest


def _add(tar: tarfile.TarFile, name: str, path: Path) -> Member:
    """Add a file, and say what was added: of one that changes meanwhile it is what the backup holds."""
    with path.open("rb") as file:
        size, hashed = path.stat().st_size, _Hashed(file)
        tar.addfile(_entry(name, size), hashed)
    return Member(size, hashed.digest.hexdigest())


class _Hashed:
    """A file that is hashed as it is read."""

    def __init__(self, file: io.BufferedReader) -> None:
        self.file, self.digest = file, hashlib.sha256()

    def read(self, size: int = -1) -> bytes:
        found = self.file.read(size)
        self.digest.update(found)
        return found


def _entry(name: str, size: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    return entry


def _as_of_now(path: Path, folder: Path) -> Path:
    """A copy of a SQLite file as of one moment, whoever writes to it."""
    copy = folder / "database"
    copy.unlink(missing_ok=True)
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True)) as source, closing(sqlite3.connect(copy)) as target:
        source.backup(target)
    return copy
