"""Which enterprise is meant by a code as a person typed it."""

from __future__ import annotations

import duckdb

from riskml.engines.duckdb import parquet
from riskml.records.buckets import bucket_of
from riskml.records.store import open_store
from riskml.records.uscc import is_valid
from riskml.workspace import Workspace


def enterprise_meant(workspace: Workspace, typed: str) -> str:
    """The id of the enterprise: as typed, or in capitals where that is a unified social credit code and no record has it as typed.

    A code has capitals only (GB 32100-2015), but sources that name enterprises in their own way may have ids in lower case.
    """
    code = typed.upper()
    if code == typed or not is_valid(code):
        return typed
    store = open_store(workspace.records)
    paths = store.paths("enterprise", bucket_of(typed, store.buckets))
    if not paths:
        return code
    with duckdb.connect() as connection:
        found = connection.execute(f"SELECT 1 FROM {parquet(paths)} WHERE enterprise_id = ? LIMIT 1", [typed]).fetchall()
    return typed if found else code
