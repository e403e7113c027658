"""A run's grades as they stand now: with what was brought up to date at once since the run was published.

Whatever leaves the house says the grade that applies, and since when; the run itself stays as it was published.
"""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import pyarrow as pa

from riskml.runs.immediate import Update


def updated_grades_sql(connection: duckdb.DuckDBPyConnection, grades: str, updates: Mapping[str, Update]) -> str:
    """A SELECT of the published ``grades`` with the grade that applies now, what decides it, and ``updated_on``.

    Parameters
    ----------
    connection
        Where the table ``grade_updates`` is made.
    grades
        The run's table ``grades``, as a relation.
    updates
        Enterprise → its last update since the run (`riskml.runs.immediate.read_updates`).

    Notes
    -----
    ``updated_on`` is the day whose rules gave the grade; null where the run's grade applies.
    """
    found = pa.table({
        "enterprise_id": pa.array(updates, pa.string()),
        "grade": pa.array([one.grade for one in updates.values()], pa.string()),
        "decided_by": pa.array([one.decided_by for one in updates.values()], pa.string()),
        "updated_on": pa.array([one.as_of for one in updates.values()], pa.date32()),
    })  # fmt: skip
    connection.register("arrived_updates", found)
    connection.execute("CREATE OR REPLACE TEMP TABLE grade_updates AS SELECT * FROM arrived_updates")
    connection.unregister("arrived_updates")
    return (
        "SELECT g.* REPLACE (coalesce(u.grade, g.grade) AS grade, coalesce(u.decided_by, g.decided_by) AS decided_by), "
        "u.updated_on "
        f"FROM {grades} g LEFT JOIN grade_updates u USING (enterprise_id)"
    )
