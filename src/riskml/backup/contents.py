"""What of a workspace a backup holds: everything that could not be made again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from riskml.core.workspace import Workspace
from riskml.records.ingest import DRY_RUN

DATABASE_ENDINGS = (".sqlite", ".db")
"""Of files that SQLite writes: they are copied as of one moment."""

_BESIDE_A_DATABASE = ("-wal", "-shm", "-journal")


def files_kept(workspace: Workspace) -> Iterator[Path]:
    """The files of a workspace that its backup holds, in the order of their names.

    Not among them: temporary data, locks, rates that are struck again when they are asked for, what a killed command
    left half written, and simulated extracts, which are made again from their seed. Links are followed nowhere.
    """
    left_out = {workspace.spill, *(workspace.data / name for name in ("scratch", "rates", "simulated", "truth"))}
    for path in sorted(workspace.root.rglob("*")):
        parts = path.relative_to(workspace.root).parts
        if (
            path.is_file()
            and not path.is_symlink()
            and not left_out & {path, *path.parents}
            and path.suffix != ".lock"
            and not path.name.endswith(_BESIDE_A_DATABASE)
            and not any(part.startswith((".", DRY_RUN)) for part in parts)
        ):
            yield path
