"""Whom a plan may visit: everyone in scope with the grade that applies, what is on record of visits this year, and what
else decides of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

import duckdb
import pyarrow as pa

from riskml.casework.store import Wanted, find_cases
from riskml.core.ledger import Ledger
from riskml.core.workspace import Workspace
from riskml.database.database import database_of
from riskml.database.migrating import NOTHING, open_database, version_of
from riskml.engines.duckdb import connect
from riskml.planning.plan_files import PlanFolder
from riskml.planning.read_back import visits_that_count
from riskml.planning.settings import PlanSettings
from riskml.publication.updated import updated_grades_sql
from riskml.records.live import current_columns_sql, live_sql
from riskml.records.store import open_store
from riskml.runs.immediate import read_updates
from riskml.runs.published import PublishedRun
from riskml.schemes.fusion import LEVELS, Fusion
from riskml.schemes.policy import Policy

COLUMNS = pa.schema([
    ("enterprise_id", pa.string()), ("division", pa.string()), ("trade", pa.string()), ("kind", pa.string()),
    ("grade", pa.string()), ("industry", pa.string()), ("risk", pa.float64()), ("visits", pa.int32()),
    ("draws", pa.int32()), ("visited", pa.bool_()), ("observed", pa.bool_()), ("warned", pa.bool_()),
    ("due", pa.date32()),
])  # fmt: skip
"""What is known of everyone: one row each, in the order of their codes.

``risk`` is the model's chance of a problem; where there is no model, the rank of the points among all, the riskiest 1.
``grade`` and ``industry`` are the grade that applies and the level of the trade's risk, where the scheme combines them
with effect. ``visits`` and ``draws`` are days on record this year, ``visits`` with those that other plans of the year
have drawn and that are not on record yet; ``visited``: since the quarter began. ``due`` is the day that an open case
has for a visit on site.
"""


def read_frame(
    workspace: Workspace, run: PublishedRun, settings: PlanSettings, others: Iterable[PlanFolder]
) -> pa.Table:
    """Everyone that a run grades, as `COLUMNS`, by what was known when the plan's period begins.

    Parameters
    ----------
    others
        The plans whose visits count towards the cap (`riskml.planning.other_plans.drawn_beside`).
    """
    policy, connection = run.policy, connect(workspace.spill)
    open_store(workspace.records).open_views(connection)
    run.open_view(connection, "grades", "published_grades")
    now = updated_grades_sql(connection, "published_grades", read_updates(workspace.ledger, run.scheme, run.as_of))
    connection.execute(f"CREATE TEMP TABLE graded AS {now}")
    asked = f"SELECT enterprise_id, DATE '{settings.period.first}' AS as_of FROM graded"
    connection.execute(f"CREATE TEMP VIEW asked AS {asked}")
    _read_registrations(connection, policy)
    _read_inspections(connection, policy, settings)
    _read_trade_risks(connection, policy)
    _read_cases(connection, workspace, run.scheme)
    _read_planned(connection, workspace.ledger, policy, others)
    riskier = "score DESC" if policy.scheme.direction == "better" else "score"
    return (
        connection.sql(f"""
SELECT
  g.enterprise_id,
  coalesce(g.division, '') AS division,
  coalesce(r.industry, r.industry_section, '') AS trade,
  coalesce(r.kind, '') AS kind,
  g.grade,
  t.level AS industry,
  coalesce(g.risk, cume_dist() OVER (ORDER BY {riskier} NULLS FIRST)) AS risk,
  coalesce(i.visits, 0) + coalesce(p.visits, 0) AS visits,
  coalesce(i.draws, 0) AS draws,
  coalesce(i.visited, false) AS visited,
  coalesce(c.observed, false) AS observed,
  coalesce(c.warned, false) AS warned,
  c.due
FROM graded g
LEFT JOIN registered r USING (enterprise_id)
LEFT JOIN inspected i USING (enterprise_id)
LEFT JOIN trade_risk t USING (enterprise_id)
LEFT JOIN open_case c USING (enterprise_id)
LEFT JOIN planned p USING (enterprise_id)
ORDER BY g.enterprise_id""")
        .to_arrow_table()
        .cast(COLUMNS)
    )


def _read_registrations(connection: duckdb.DuckDBPyConnection, policy: Policy) -> None:
    columns = current_columns_sql(("industry", "industry_section", "kind"), "asked", policy.periods)
    connection.execute(f"CREATE TEMP TABLE registered AS {columns}")


def _read_inspections(connection: duckdb.DuckDBPyConnection, policy: Policy, settings: PlanSettings) -> None:
    """Days of visits this year: a visit written down in ten rows is one."""
    first = settings.period.first
    counted = ", ".join(f"'{one}'" for one in settings.cap.counted)
    quarter = date(first.year, (first.month - 1) // 3 * 3 + 1, 1)
    connection.execute(f"""
CREATE TEMP TABLE inspected AS
SELECT
  enterprise_id,
  count(DISTINCT event_date) FILTER (WHERE kind IN ({counted})) AS visits,
  count(DISTINCT event_date) FILTER (WHERE kind = 'random') AS draws,
  bool_or(event_date >= DATE '{quarter}') AS visited
FROM ({live_sql("inspection", "asked", policy.periods)})
WHERE event_date >= DATE '{first.year}-01-01'
GROUP BY enterprise_id""")


def _read_trade_risks(connection: duckdb.DuckDBPyConnection, policy: Policy) -> None:
    """The riskiest level that others gave in the enterprise's trade, where the scheme's fusion has effect."""
    fusion: Fusion | None = policy.scheme.fusion
    if fusion is None or fusion.effect != "measures":
        connection.execute("CREATE TEMP TABLE trade_risk (enterprise_id VARCHAR, level VARCHAR)")
        return
    ranks = "{" + ", ".join(f"'{level}': {rank}" for rank, level in enumerate(LEVELS)) + "}"
    fields = ", ".join(f"'{one}'" for one in fusion.fields)
    connection.execute(f"""
CREATE TEMP TABLE trade_risk AS
SELECT enterprise_id, arg_max(risk_level, MAP {ranks}[risk_level]) AS level
FROM ({live_sql("external_grade", "asked", policy.periods)})
WHERE field IN ({fields}) AND risk_level IN ({", ".join(f"'{level}'" for level in LEVELS)})
  AND (end_date IS NULL OR end_date > as_of)
GROUP BY enterprise_id""")


def _read_cases(connection: duckdb.DuckDBPyConnection, workspace: Workspace, scheme: str) -> None:
    """Who is under observation, warned of, or to be visited by a day, by the open cases; nobody where there is no
    database yet. One of another version is refused (`riskml.database.migrating.open_database`).
    """
    found: dict[str, dict[str, object]] = {}
    if version_of(database_of(workspace)).present != NOTHING:
        with open_database(workspace).reading() as database:
            for kind in ("observation", "warning", "visit"):
                for case in find_cases(database, Wanted(kind=kind, scheme=scheme)):
                    due = case.facts["due_on"] if kind == "visit" else None
                    found.setdefault(case.enterprise, {})[kind] = due or True
    listed = pa.table({
        "enterprise_id": pa.array(found, pa.string()),
        "observed": pa.array(["observation" in one for one in found.values()], pa.bool_()),
        "warned": pa.array(["warning" in one for one in found.values()], pa.bool_()),
        "due": pa.array([one.get("visit") for one in found.values()], pa.string()),
    })  # fmt: skip
    connection.register("arrived_cases", listed)
    connection.execute("CREATE TEMP TABLE open_case AS SELECT * REPLACE (CAST(due AS DATE) AS due) FROM arrived_cases")
    connection.unregister("arrived_cases")


def _read_planned(
    connection: duckdb.DuckDBPyConnection, ledger: Ledger, policy: Policy, others: Iterable[PlanFolder]
) -> None:
    """The visits of other plans, each until its record is read: from then on the record counts, or does not."""
    found = [(other.name, enterprise) for other in others for enterprise in visits_that_count(ledger, other)]
    listed = pa.table({
        "plan": pa.array([plan for plan, _ in found], pa.string()),
        "enterprise_id": pa.array([enterprise for _, enterprise in found], pa.string()),
    })  # fmt: skip
    connection.register("arrived_plans", listed)
    connection.execute(f"""
CREATE TEMP TABLE planned AS
SELECT a.enterprise_id, count(*) AS visits
FROM arrived_plans a
ANTI JOIN ({live_sql("inspection", "asked", policy.periods)}) i ON i.plan = a.plan AND i.enterprise_id = a.enterprise_id
GROUP BY a.enterprise_id""")
    connection.unregister("arrived_plans")
