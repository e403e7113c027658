"""What every load after the first brought, row by row: who it is about, and from which day it counts, or reads
otherwise where it was amended.

A run that goes on from an earlier one reads here what it has not seen. The first load has no such file: no run came
before it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from riskml.core.files import sha256, sync
from riskml.engines.duckdb import literal, parquet
from riskml.records.store import RecordStore
from riskml.records.tables import Table

_EMPTY = (
    "SELECT CAST(NULL AS VARCHAR) AS of_table, CAST(NULL AS VARCHAR) AS subject, CAST(NULL AS VARCHAR) AS record_id, "
    "CAST(NULL AS DATE) AS counts_from WHERE false"
)


def begin_load_delta(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the empty table ``arrivals`` of the load under way."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE arrivals AS {_EMPTY}")


def add_load_delta(connection: duckdb.DuckDBPyConnection, table: Table, rows: str) -> None:
    """Add the rows of the relation `rows`, which are new in `table` or close a state that was open."""
    connection.execute(
        f"INSERT INTO arrivals SELECT '{table.name}', {table.subject}, record_id, greatest({table.date_column}, "
        f"known_date) FROM {rows}"
    )


def add_amended(connection: duckdb.DuckDBPyConnection, changed: pa.Table) -> None:
    """Add the records that amendments make read otherwise since this load (`riskml.records.resolving`)."""
    connection.register("amended_otherwise", changed)
    connection.execute("INSERT INTO arrivals SELECT of_table, subject, record_id, counts_from FROM amended_otherwise")
    connection.unregister("amended_otherwise")


def forget_load_delta(connection: duckdb.DuckDBPyConnection, table: Table) -> None:
    """Leave out what was noted of a table that could not be loaded whole."""
    connection.execute(f"DELETE FROM arrivals WHERE of_table = '{table.name}'")


def write_load_delta(connection: duckdb.DuckDBPyConnection, folder: Path, load: int) -> dict[str, str]:
    """Write ``arrivals`` into the store's `folder`; returns what the load's entry in the manifest says of the file."""
    name = f"arrivals/load-{load:05d}.parquet"
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    connection.execute(
        f"COPY (SELECT * FROM arrivals ORDER BY ALL) TO {literal(str(path))} (FORMAT parquet, COMPRESSION zstd)"
    )
    sync(path)
    sync(path.parent)
    return {"file": name, "sha256": sha256(path)}


def loads_digest(loads: Sequence[dict[str, Any]]) -> str:
    """SHA-256 over what the manifest says of `loads`: two stores that agree in it hold the same records."""
    return hashlib.sha256(json.dumps(list(loads), sort_keys=True, ensure_ascii=False).encode()).hexdigest()


def open_load_delta(connection: duckdb.DuckDBPyConnection, store: RecordStore, seen: int) -> bool:
    """Create the view ``arrivals`` over what the loads after the first `seen` ones brought.

    Returns
    -------
    bool
        Whether that is known: a load made before such files were kept has none, and a file may be missing or damaged.
    """
    kept = [load.get("arrivals") for load in store.loads[seen:]]
    for one in kept:
        if one is None or not (path := store.folder / one["file"]).is_file() or sha256(path) != one["sha256"]:
            return False
    paths = [store.folder / one["file"] for one in kept if one is not None]
    found = f"SELECT * FROM {parquet(paths)}" if paths else _EMPTY
    connection.execute(f"CREATE OR REPLACE TEMP VIEW arrivals AS {found}")
    return True
