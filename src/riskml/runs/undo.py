"""Undoing the last load, while nothing that was published rests on it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from riskml.core.errors import RunError
from riskml.core.files import known_sha256, sync, write_durably
from riskml.core.ledger import NOTHING
from riskml.core.locks import exclusive
from riskml.core.workspace import Workspace
from riskml.records.store import RECORDS, RecordStore, before_load, open_store
from riskml.records.store_manifest import MANIFEST, parse_manifest


@dataclass(frozen=True)
class Undone:
    """A load that is no longer part of the store."""

    number: int
    source: str
    received: str
    files: tuple[str, ...]


class _RunLine(BaseModel):
    """What the ledger says of a run that takes its place; ``loads``, at ``begin`` only, is how many loads it was made
    of.
    """

    of: str
    phase: str
    digest: str
    loads: int | None = None


def undo(workspace: Workspace) -> Undone:
    """Put the store back to what it was before its last load, to the byte of its manifest.

    The store's files are never changed in place, so that those of before are still there. The load's refused rows go
    with it.

    Raises
    ------
    RunError
        Where a published run rests on the load, or what was there before is no longer whole; or another process is
        loading.
    ConfigurationError
        Where nothing was loaded.
    """
    with exclusive(workspace.data / "load.lock"):
        store = open_store(workspace.records)
        workspace.ledger.settle(RECORDS, store.digest)
        last = store.loads[-1]
        number = int(last["number"])
        refuse_if_rested_on(workspace, number)
        manifest = _before(store, last)
        digest = hashlib.sha256(manifest).hexdigest() if manifest else NOTHING
        place = workspace.records / MANIFEST
        draft = workspace.records / "manifest.json.draft"
        if manifest:
            write_durably(draft, manifest)
        with workspace.ledger.putting("undo", RECORDS, digest, load=number, source=last["source"]):
            if manifest:
                draft.replace(place)
            else:
                place.unlink()
            sync(workspace.records)
        for path in (*workspace.quarantine.glob(f"load-{number:05d}*"), before_load(workspace.records, number)):
            path.unlink(missing_ok=True)
    return Undone(number, last["source"], last["received"], tuple(last["files"]))


def runs_on(workspace: Workspace, number: int) -> tuple[str, ...]:
    """The published runs that were made of the load `number` or of one after it, as ``scheme/as-of date``.

    The ledger says of what a run was made: a damaged run rests on it all the same, and so does one that Spark published
    elsewhere. One of the workspace whose folder is gone was given up.
    """
    begun = [line for line in workspace.ledger.contents("run", _RunLine) if line.phase == "begin"]
    # A line that does not say it may be of any load.
    resting = {(line.of, line.digest) for line in begun if line.loads is None or line.loads >= number}
    found = []
    for place, digests in workspace.ledger.places().items():
        run = place.removeprefix("run ")
        is_given_up = "://" not in run and not (workspace.runs / run).is_dir()
        if any((place, digest) in resting for digest in digests) and not is_given_up:
            found.append(run)
    return tuple(sorted(found))


def refuse_if_rested_on(workspace: Workspace, number: int) -> None:
    """Refuse to undo a load that a published run was made of; a RunError names the runs."""
    if runs := runs_on(workspace, number):
        named = f"the published run {runs[0]} was" if len(runs) == 1 else f"the published runs {', '.join(runs)} were"
        raise RunError(
            zh=f"第 {number} 批数据已用于 {'、'.join(runs)} 的评分，不能撤销；更正请通过 amendment 表报送。",
            en=f"Load {number} cannot be undone: {named} made of it. Send corrections as amendments.",
        )


def _before(store: RecordStore, last: dict[str, Any]) -> bytes | None:
    """The manifest that the last load replaced, None where it was the first."""
    if last["before"] == NOTHING:
        return None
    path = before_load(store.folder, int(last["number"]))
    manifest = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(manifest).hexdigest() != last["before"]:
        raise RunError(
            zh=f"{path} 缺失或已改动，第 {last['number']} 批数据不能撤销；请从备份恢复该文件。",
            en=f"{path} is missing or was changed, so that load {last['number']} cannot be undone; restore the file "
            "from the backup.",
        )
    for name, expected in parse_manifest(manifest, path).hashes.items():
        _require(store.folder / name, expected, int(last["number"]))
    return manifest


def _require(path: Path, expected: str, number: int) -> None:
    if not path.is_file() or known_sha256(path) != expected:
        raise RunError(
            zh=f"{path} 缺失或损坏，第 {number} 批数据不能撤销；请从备份恢复该文件。",
            en=f"{path} is missing or damaged, so that load {number} cannot be undone; restore the file from the "
            "backup.",
        )
