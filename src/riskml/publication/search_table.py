"""The table that lists and searches read: one row for each enterprise of a run, by name, place, trade, grade and what
became of it since the run before.

It is made once for a published run, and lies in ``data/search``: nothing is ever written into a run.
"""

from __future__ import annotations

from pathlib import Path

import duckdb
import pyarrow as pa

from riskml.core.files import known_sha256, sync
from riskml.core.workspace import Workspace
from riskml.engines.duckdb import file_literal
from riskml.publication.enterprises import connect_to_records, name_enterprises
from riskml.publication.pinyin import initials
from riskml.runs.published import PublishedRun, published_days, published_run
from riskml.runs.run_manifest import MANIFEST

_FORM = 3
"""Which columns the table has: counted up where they change, so that tables of earlier versions are made anew."""

_AT_ONCE = 100_000
"""Names of which initials are found at once."""


def search_table(workspace: Workspace, run: PublishedRun) -> Path:
    """The Parquet file with the table of a run, made where it is not there yet.

    Columns: ``enterprise_id``, ``name`` (of an individual business with its operator's name masked), ``initials`` (of
    the name's pinyin), ``division``, ``region`` (in words), ``section`` and ``kind``, ``status``, ``established``,
    ``score``, ``grade``, ``rank`` (0 is the mildest grade), ``decided_by``, ``pending``, ``rules``, ``reasons``
    (the indicators that count most against it, the most first), ``compared`` (whether there is a run before to compare
    with), and of that ``grade_before``. Rows are in the order in which lists begin: the riskiest first.
    """
    before = _run_before(workspace, run)
    name = f"{run.scheme}-{run.as_of}-{_digest(run)}{'' if before is None else '-' + _digest(before)}.{_FORM}.parquet"
    path = workspace.data / "search" / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        draft = path.with_suffix(".writing")
        _write(workspace, run, before, draft)
        sync(draft)
        draft.replace(path)
        for older in set(path.parent.glob(f"{run.scheme}-*.parquet")) - {path}:
            older.unlink()
    return path


def _write(workspace: Workspace, run: PublishedRun, before: PublishedRun | None, path: Path) -> None:
    connection = connect_to_records(workspace)
    run.open_view(connection, "grades", "present")
    if before is None:
        connection.execute("CREATE TEMP VIEW earlier AS SELECT * FROM present WHERE false")
    else:
        before.open_view(connection, "grades", "earlier")
    run.open_view(connection, "reasons", "reasons")
    name_enterprises(connection, workspace, "present", run.as_of, "registrations")
    _add_initials(connection)
    better = run.policy.scheme.direction == "better"
    connection.execute(f"""
COPY (
  WITH against AS (
    SELECT enterprise_id, list(indicator ORDER BY rank) AS reasons
    FROM reasons
    WHERE {run.policy.scheme.against_sql}
    GROUP BY enterprise_id
  )
  SELECT p.enterprise_id,
         coalesce(r.name, '') AS name,
         coalesce(i.initials, '') AS initials,
         coalesce(r.division, p.division, '') AS division,
         coalesce(r.region, '') AS region,
         coalesce(r.industry_section, '') AS section,
         coalesce(r.kind, '') AS kind,
         coalesce(r.status, '') AS status,
         r.established_date AS established,
         p.score,
         p.grade,
         list_position({list(run.grades)}, p.grade)::TINYINT - 1 AS rank,
         p.decided_by,
         p.pending,
         p.rules,
         coalesce(a.reasons, []) AS reasons,
         {before is not None} AS compared,
         e.grade AS grade_before
  FROM present p
  LEFT JOIN against a USING (enterprise_id)
  LEFT JOIN earlier e USING (enterprise_id)
  LEFT JOIN registrations r USING (enterprise_id)
  LEFT JOIN registered_initials i USING (enterprise_id)
  ORDER BY rank DESC, p.score {"ASC" if better else "DESC"} NULLS LAST, p.enterprise_id
) TO {file_literal(path)} (FORMAT parquet, COMPRESSION zstd)""")


def _add_initials(connection: duckdb.DuckDBPyConnection) -> None:
    """Create the temporary table ``registered_initials`` (``enterprise_id``, ``initials``)."""
    connection.execute("CREATE TEMP TABLE registered_initials (enterprise_id VARCHAR, initials VARCHAR)")
    ((many,),) = connection.execute("SELECT count(*) FROM registrations").fetchall()
    for start in range(0, many, _AT_ONCE):
        part = connection.sql(
            f"SELECT enterprise_id, name FROM registrations ORDER BY enterprise_id LIMIT {_AT_ONCE} OFFSET {start:d}"
        ).to_arrow_table()
        found = pa.array([initials(name or "") for name in part["name"].to_pylist()], pa.string())
        connection.register("arrived_initials", pa.table({"enterprise_id": part["enterprise_id"], "initials": found}))
        connection.execute("INSERT INTO registered_initials SELECT * FROM arrived_initials")
        connection.unregister("arrived_initials")


def _run_before(workspace: Workspace, run: PublishedRun) -> PublishedRun | None:
    """The run before, where there is one with the same grades."""
    earlier = [day for day in published_days(workspace, run.scheme) if day < run.as_of]
    before = published_run(workspace, run.scheme, earlier[-1]) if earlier else None
    return before if before is not None and before.grades == run.grades else None


def _digest(run: PublishedRun) -> str:
    """What tells this run from a revision of it."""
    return known_sha256(run.folder / MANIFEST)[:12]
