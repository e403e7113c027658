"""The enterprises on a directory that a scheme asks for, on a day."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from riskml.core.errors import ConfigurationError
from riskml.core.workspace import Workspace
from riskml.engines.duckdb import connect
from riskml.features.province_matrix import registered_sql
from riskml.records.store import open_store
from riskml.relations.catalogue import is_received
from riskml.schemes.directories import Directory, directory_sql
from riskml.schemes.policy import load_policy
from riskml.schemes.scheme import Scheme


@dataclass(frozen=True)
class Listed:
    """Who is on a directory.

    Parameters
    ----------
    rows
        Of each enterprise ``enterprise_id``, ``name``, ``division`` and ``records`` (ids, what put it there), by code.
    unknown
        Whether nothing was ever received of what it asks for: an empty directory then says nothing.
    """

    scheme: Scheme
    directory: Directory
    as_of: date
    rows: tuple[dict[str, Any], ...]
    unknown: bool
    simulated: bool


def list_directory(workspace: Workspace, scheme_name: str, directory_id: str, as_of: date) -> Listed:
    """The enterprises in the scheme's scope that are on one of its directories, by what was known on the day `as_of`.

    Raises
    ------
    ConfigurationError
        Where the scheme has no such directory; names those there are.
    """
    policy = load_policy(workspace, scheme_name)
    found = {one.id: one for one in policy.scheme.directories}
    if directory_id not in found:
        raise ConfigurationError(
            zh=f"办法 {scheme_name} 没有名录 {directory_id}；有：{'、'.join(found) or '（无）'}。",
            en=f"Scheme {scheme_name} has no directory {directory_id!r}; there are {', '.join(found) or 'none'}.",
        )
    directory, store = found[directory_id], open_store(workspace.records)
    unknown = directory.holding is not None and not is_received(directory.holding.from_, store.tables)
    connection = connect(workspace.spill)
    store.open_views(connection)
    connection.execute(
        f"CREATE TEMP TABLE asked AS {registered_sql(as_of, policy.periods, policy.scheme.in_scope_sql)}"
    )
    rows = (
        ()
        if unknown
        else connection.sql(directory_sql(directory, "asked", policy.periods)).to_arrow_table().to_pylist()
    )
    return Listed(policy.scheme, directory, as_of, tuple(rows), unknown, store.simulated)
