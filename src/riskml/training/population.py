"""A random sample of the province over a period, inspected or not: what the visited are compared with."""

from __future__ import annotations

from datetime import date

import duckdb
import pandas as pd

from riskml.core.errors import RunError
from riskml.records.effect_periods import EffectPeriods
from riskml.records.live import current_enterprise_sql

FEWEST_SAMPLED = 20_000
"""Enterprises that are sampled at least, where the province has so many."""

PER_VISIT = 2
"""Enterprises sampled for each visit that is learnt from."""


def population_sample(
    connection: duckdb.DuckDBPyConnection,
    periods: EffectPeriods,
    since: date,
    until: date,
    *,
    visits: int,
    among: str,
) -> pd.DataFrame:
    """Enterprises, each as of one month-end between two dates on which it was registered.

    Enterprise and month-end follow from a hash of the enterprise's code: the same records give the same sample, and
    each month of each enterprise is as likely to be in it as any other.

    Parameters
    ----------
    connection
        With every record table open as a view.
    visits
        The number of visits that are learnt from; the sample grows with it.
    among
        Which enterprises, as a condition on the columns of ``enterprise``.

    Returns
    -------
    DataFrame
        ``enterprise_id`` and ``as_of``, at most max(`FEWEST_SAMPLED`, `PER_VISIT` x `visits`) rows, in a fixed order.

    Raises
    ------
    RunError
        Where nobody was registered.
    """
    ends = [end.date() for end in pd.date_range(since, until, freq="ME")] or [until]
    listed = ", ".join(f"DATE '{end}'" for end in ends)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE sampled AS SELECT enterprise_id, [{listed}][1 + "
        f"CAST(md5_number_lower(enterprise_id) % {len(ends)} AS INTEGER)] AS as_of "
        f"FROM (SELECT DISTINCT enterprise_id FROM enterprise WHERE {among}) ORDER BY md5(enterprise_id || "
        "'population') "
        f"LIMIT {max(FEWEST_SAMPLED, PER_VISIT * visits)}"
    )
    sample: pd.DataFrame = (
        connection.sql(
            f"SELECT enterprise_id, as_of FROM ({current_enterprise_sql('sampled', periods)}) WHERE status <> "
            f"'deregistered' AND ({among}) "
            "ORDER BY enterprise_id"
        )
        .to_arrow_table()
        .to_pandas()
    )
    if sample.empty:
        raise RunError(
            zh=f"{since} 至 {until} 没有登记在册的企业，无法与未检查的企业比较；请检查导入的登记记录。",
            en=f"No enterprise was registered between {since} and {until}, so the inspected cannot be compared with "
            "the others; "
            "check the registrations that were loaded.",
        )
    return sample
