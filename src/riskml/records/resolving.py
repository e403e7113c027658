"""After a load: what amendments do now, what meets nothing, and a few tables in another order, written beside the
records.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import duckdb

from riskml.core.files import sha256
from riskml.engines.duckdb import connect
from riskml.records.amendment_targets import Amendment
from riskml.records.amendments import Fate, resolve_amendments
from riskml.records.references import REFERENCES, Unmet, find_unmet, write_references
from riskml.records.resolved import write_resolved
from riskml.records.sorted_copies import SORTED_COPIES, write_sorted_copy
from riskml.records.store import RecordStore


@dataclass(frozen=True)
class AfterLoad:
    """What was worked out anew after a load.

    Parameters
    ----------
    fates
        What became of each amendment.
    unmet
        What should meet something and does not.
    files
        As `RecordStore.resolved` has it.
    """

    fates: tuple[tuple[Amendment, Fate], ...]
    unmet: tuple[Unmet, ...]
    files: dict[str, str]


def resolve(draft: RecordStore, earlier: RecordStore | None, load: int, spill: Path) -> AfterLoad:
    """Resolve the amendments among the records of `draft`, look for what meets nothing, and write both.

    Parameters
    ----------
    draft
        The store as the load leaves it, with the hashes of its files.
    earlier
        The store before it.
    """
    connection = connect(spill)
    draft.open_views(connection)
    resolved = resolve_amendments(connection)
    unmet = find_unmet(connection, draft, resolved, earlier)
    files = {
        "amended_span": _keep(
            draft, "amended_span", "parquet", load, lambda path: write_resolved(resolved.spans, path)
        ),
        "amendment_effect": _keep(
            draft, "amendment_effect", "parquet", load, lambda path: write_resolved(resolved.effects, path)
        ),
        REFERENCES: _keep(draft, REFERENCES, "json", load, lambda path: write_references(unmet, path)),
        **_sorted_copies(connection, draft, earlier, load),
    }
    connection.close()
    return AfterLoad(resolved.fates, unmet, files)


def _sorted_copies(
    connection: duckdb.DuckDBPyConnection, draft: RecordStore, earlier: RecordStore | None, load: int
) -> dict[str, str]:
    """Write the sorted copies of the tables that were received; one whose table the load left as it was stays."""
    files = {}
    for copy in SORTED_COPIES:
        if copy.table not in draft.files:
            continue
        unchanged = earlier is not None and earlier.files.get(copy.table) == draft.files[copy.table]
        if unchanged and copy.name in draft.resolved:
            files[copy.name] = draft.resolved[copy.name]
        else:
            write = partial(write_sorted_copy, connection, copy)
            files[copy.name] = _keep(draft, copy.name, "parquet", load, write)
    return files


def _keep(draft: RecordStore, name: str, ending: str, load: int, write: Callable[[Path], None]) -> str:
    """Write one file, and say which it is; one that has the same bytes as before stays in its place."""
    file = f"resolved/{name}-{load:05d}.{ending}"
    path = draft.folder / file
    path.parent.mkdir(parents=True, exist_ok=True)
    write(path)
    before = draft.resolved.get(name)
    if before and before != file and draft.hashes.get(before) == sha256(path):
        path.unlink()
        return before
    return file
