"""Why a run does not hold an enterprise that it is asked about."""

from __future__ import annotations

from datetime import date

import duckdb

from riskml.records.effect_periods import EffectPeriods
from riskml.records.live import current_enterprise_sql, live_sql
from riskml.records.tables import Label
from riskml.schemes.policy import Policy
from riskml.schemes.scope import in_scope


def why_absent(connection: duckdb.DuckDBPyConnection, policy: Policy, enterprise_id: str, as_of: date) -> Label:
    """Why a run by `policy` as of `as_of` does not hold an enterprise, and since when; `connection` as `why_ungraded`
    has it.
    """
    return why_ungraded(connection, policy, enterprise_id, as_of) or Label(
        f"登记信息是在 {as_of} 的结果作出之后才送到的，等下一次评分",
        f"its registration arrived after the run of {as_of} was made; it waits for the next run",
    )


def why_ungraded(
    connection: duckdb.DuckDBPyConnection, policy: Policy, enterprise_id: str, as_of: date
) -> Label | None:
    """Why `policy` grades an enterprise not at all as of `as_of`, and since when; None where it does.

    Parameters
    ----------
    connection
        The record tables are open in it as views.
    """
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE asked AS SELECT $1 AS enterprise_id, CAST($2 AS DATE) AS as_of",
        [enterprise_id, as_of],
    )
    registration = f"({current_enterprise_sql('asked', policy.periods)})"
    current = connection.execute(f"SELECT status FROM {registration}").fetchall()
    if current and current[0][0] == "deregistered":
        ((since, known),) = connection.execute(_left_sql(policy.periods)).fetchall()
        return Label(
            f"已于 {since} 注销（{known} 知悉），基准日 {as_of} 的评分不含已注销的企业",
            f"it was deregistered on {since} (known on {known}), and a run as of {as_of} holds no deregistered "
            "enterprise",
        )
    if current:
        return policy.scheme.outside(in_scope(policy.scheme.scope, connection, registration))
    first = (
        "SELECT min(valid_from), min(known_date) FROM enterprise JOIN asked USING (enterprise_id) HAVING count(*) > 0"
    )
    if not (found := connection.execute(first).fetchall()):
        return Label("登记信息中没有它，请核对代码", "no registration has it: check the code")
    ((begun, known),) = found
    return Label(
        f"它自 {begun} 登记（{known} 知悉），在基准日 {as_of} 之后，等下一次评分",
        f"it was registered on {begun} (known on {known}), after the as-of date {as_of}; it waits for the next run",
    )


def _left_sql(periods: EffectPeriods) -> str:
    """The day since which it has been deregistered without a break, and when that became known."""
    versions = live_sql("enterprise", "asked", periods)
    return f"""
WITH versions AS ({versions}),
  registered AS (SELECT max(valid_from) AS last FROM versions WHERE status <> 'deregistered')
SELECT valid_from, known_date
FROM versions, registered
WHERE status = 'deregistered' AND (last IS NULL OR valid_from >= last)
ORDER BY valid_from, known_date
LIMIT 1"""
