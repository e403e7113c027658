"""Who the enterprises of a run are: names and registration, as known at the run's as-of date, from the record store."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date

import duckdb
import pyarrow as pa

from riskml.core.china_day import china_today
from riskml.core.workspace import Workspace
from riskml.engines.duckdb import connect
from riskml.explaining.individual_names import mask_names
from riskml.explaining.profile import region_name
from riskml.records.effect_periods import EFFECT_PERIODS, load_effect_periods
from riskml.records.live import current_columns_sql
from riskml.records.store import open_store

NAMED = ("name", "status", "kind", "industry_section", "division", "established_date")
"""What lists and files tell of an enterprise's registration."""


def connect_to_records(workspace: Workspace) -> duckdb.DuckDBPyConnection:
    """A connection with every record table open as a view."""
    connection = connect(workspace.spill)
    open_store(workspace.records).open_views(connection)
    return connection


def registered_names(workspace: Workspace, enterprises: Collection[str]) -> dict[str, str]:
    """Code → name as registered today, an operator's name masked; of the few `enterprises` that are asked for."""
    connection = connect_to_records(workspace)
    connection.execute("CREATE TEMP TABLE asked AS SELECT unnest($1) AS enterprise_id", [list(enterprises)])
    name_enterprises(connection, workspace, "asked", china_today(), "named")
    return dict(connection.execute("SELECT enterprise_id, name FROM named").fetchall())


def name_enterprises(
    connection: duckdb.DuckDBPyConnection, workspace: Workspace, enterprises: str, as_of: date, table: str
) -> None:
    """Create the temporary table `table` with the registration of each of `enterprises`.

    Parameters
    ----------
    connection
        As `connect_to_records` gives it.
    enterprises
        A relation with the column ``enterprise_id``.

    Notes
    -----
    The table has ``enterprise_id``, `NAMED` of the record table ``enterprise``, and ``region``, the division in words.
    An enterprise of which no registration is known is not in it. An operator's name is masked in the name of an
    individual business.
    """
    periods = load_effect_periods(workspace.features / EFFECT_PERIODS)
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW named_entity_dates AS SELECT enterprise_id, DATE '{as_of}' AS as_of FROM "
        f"{enterprises}"
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} AS {current_columns_sql(NAMED, 'named_entity_dates', periods)}"
    )
    mask_names(connection, table)
    divisions = [
        row[0] for row in connection.execute(f"SELECT DISTINCT division FROM {table} WHERE division <> ''").fetchall()
    ]
    regions = pa.table({
        "division": pa.array(divisions, pa.string()),
        "region": pa.array([region_name(division) for division in divisions], pa.string()),
    })  # fmt: skip
    connection.register("named_regions", regions)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE {table} AS SELECT e.*, r.region FROM {table} e LEFT JOIN named_regions r USING "
        "(division)"
    )
    connection.unregister("named_regions")
