"""Files and folders that appear whole or not at all, beside the runs that they are derived from.

- ``runs/<scheme>/<date>/``: the published run, never changed
- ``runs/<scheme>/migration/<earlier>_<date>/``: who moved, and the notifications
- ``runs/<scheme>/push/<package>/``: packages for the upper level
- ``runs/<scheme>/exports/``: exports that were given no other place
- ``runs/<scheme>/warnings/<date>/``: early warnings
- ``runs/<scheme>/monitoring.html``
- ``runs/<scheme>/dossiers/<model>/``: validation files
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from riskml.core.files import put_in_place, sync, write_durably
from riskml.core.locks import exclusive


@contextmanager
def appearing_whole(folder: Path) -> Iterator[Path]:
    """Make a folder in a ``with`` block: it takes its place, or replaces the one that stands there, when the block ends
    well.

    Yields
    ------
    Path
        An empty folder beside it to write into.

    Raises
    ------
    RunError
        Where another process is making a folder beside it.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    with exclusive(folder.parent):
        draft = empty_draft(folder.parent)
        try:
            yield draft
            put_in_place(draft, folder)
        finally:
            shutil.rmtree(draft, ignore_errors=True)  # what fails, of a full disk, must not keep it full


def empty_draft(parent: Path) -> Path:
    """A folder below `parent`, which the caller has locked, to make another in; nothing of an earlier attempt
    is in it.
    """
    draft = parent / ".draft"
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir()
    return draft


@contextmanager
def appearing_whole_file(path: Path) -> Iterator[Path]:
    """The same for one file: yields the path to write to."""
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_name(f".{path.name}.draft")
    try:
        yield draft
        sync(draft)
        draft.replace(path)
    finally:
        draft.unlink(missing_ok=True)  # what fails, of a full disk, must not keep it full
    sync(path.parent)


def write_json(path: Path, content: Any) -> None:
    """Write JSON for programs and people: Chinese as it is, one space of indentation."""
    write_durably(path, json_bytes(content))


def json_bytes(content: Any) -> bytes:
    """The same as bytes: the same content gives the same ones."""
    return json.dumps(content, ensure_ascii=False, indent=1, default=str).encode() + b"\n"
