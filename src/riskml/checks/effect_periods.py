"""How far the effect periods in force are from those that a model was calibrated on."""

from __future__ import annotations

import duckdb

from riskml.checks.findings import Finding
from riskml.records.effect_periods import EffectPeriods
from riskml.records.live import live_sql
from riskml.records.store import RecordStore
from riskml.records.tables import TABLES
from riskml.relations.catalogue import relation_inputs
from riskml.schemes.policy import Policy
from riskml.training.model import Model


def check_periods(
    model: Model, policy: Policy, store: RecordStore, connection: duckdb.DuckDBPyConnection
) -> list[Finding]:
    """A warning for each record table whose scoring periods differ: how many records count now and did then, and which
    indicators.

    Records are counted on the last day that any of the table became known.
    """
    then, now = model.trained_periods, policy.periods
    changed = [name for name in TABLES if then.scoring.get(name, ()) != now.scoring.get(name, ())]
    if changed:
        store.open_views(connection)
    return [_finding(model, name, _counts(name, then, now, store, connection)) for name in changed]


def _finding(model: Model, table: str, counts: tuple[int, int] | None) -> Finding:
    columns = [
        one.name
        for one in model.system.columns
        if one.indicator.from_ and table in relation_inputs(one.indicator.from_)
    ]
    zh = en = ""
    if counts is not None:
        zh = f"计入的记录 {counts[0]:,} → {counts[1]:,} 条，"
        en = f"{counts[0]:,} → {counts[1]:,} records count, "
    return Finding(
        "policy", "warning",
        f"{table} 的影响期与模型校准时的不同：{zh}模型的 {len(columns)} 列指标读它（{'、'.join(columns) or '–'}）。"
        "分类即按现在的影响期；分值是否仍准，重新训练（riskml train）才知道。",
        f"The effect periods of {table} are not those the model was calibrated on: {en}{len(columns)} of its "
        "indicators read it "
        f"({', '.join(columns) or '–'}). Grades follow the periods in force; whether scores are still right only a new "
        "training tells.",
    )  # fmt: skip


def _counts(
    table: str, then: EffectPeriods, now: EffectPeriods, store: RecordStore, connection: duckdb.DuckDBPyConnection
) -> tuple[int, int] | None:
    """How many records of a table count by the earlier and by the present periods, on the last day that any of it
    became known.
    """
    if table not in store.tables:
        return None
    subject = TABLES[table].subject
    entity_dates = (
        f"(SELECT DISTINCT {subject}, (SELECT max(known_date) FROM {table}) AS as_of FROM {table} WHERE {subject} IS "
        "NOT NULL)"
    )
    one, other = (
        connection.execute(f"SELECT count(*) FROM ({live_sql(table, entity_dates, periods)})").fetchall()[0][0]
        for periods in (then, now)
    )
    return int(one), int(other)
