"""The SQL of every derived relation, against what stands in ``snapshots/``; `update_snapshots` writes it anew."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import jinja2
import pytest
import sqlglot

from riskml.engines.spark_sql import spark_steps
from riskml.records.effect_periods import EffectPeriods, Period, Version
from riskml.records.tables import Label
from riskml.relations import templates
from riskml.relations.catalogue import DERIVED, VISIT_COUNTS
from riskml.relations.common import Common
from riskml.relations.known_inspections import COUNTED
from riskml.relations.templates import relation_sql

SNAPSHOTS = Path(__file__).parent / "snapshots"

THREE_YEARS = Version(in_force=date(2020, 1, 1), length="3y", basis="an example")
PERIODS = EffectPeriods(
    label=Label("示例", "an example"),
    scoring={"penalty": (Period(clock="event_date", versions=(THREE_YEARS,)),)},
    publicity={},
)
ANSWERED = (("E1", "L'1"),)
MANY = Common("registered", "usual_visits", "peer_visits", tying=True, windows=(30, 365), somebody_elses=ANSWERED)
FEW = replace(MANY, tying=False, somebody_elses=())


def snapshots() -> dict[str, str]:
    """File → its SQL: every relation where many are asked for, and where few are."""
    rows = {f"{name}.sql": relation_sql(name, "entity_dates", PERIODS, MANY) for name in DERIVED}
    few = {f"{name}_of_few.sql": relation_sql(name, "entity_dates", PERIODS, FEW) for name in DERIVED}
    told = {file: sql for file, sql in few.items() if sql != rows[file.replace("_of_few", "")]}
    return {file: f"{_pretty(sql)}\n" for file, sql in (rows | told).items()}


def _pretty(sql: str) -> str:
    """As `riskml features --sql` shows it."""
    return str(sqlglot.transpile(sql, read="duckdb", write="duckdb", pretty=True)[0])


def update_snapshots() -> None:
    """Write what the templates give now: ``PYTHONPATH=tests python -m relations.test_templates``."""
    for file in SNAPSHOTS.glob("*.sql"):
        file.unlink()
    for name, sql in snapshots().items():
        (SNAPSHOTS / name).write_text(sql, "utf-8")


def test_every_template_gives_the_sql_of_its_snapshot() -> None:
    kept = {file.name: file.read_text("utf-8") for file in SNAPSHOTS.glob("*.sql")}
    assert kept == snapshots()


@pytest.mark.parametrize("common", [MANY, FEW], ids=["many", "few"])
@pytest.mark.parametrize("name", DERIVED)
def test_spark_takes_every_relation_and_its_columns_are_those_that_are_declared(name: str, common: Common) -> None:
    sql = relation_sql(name, "entity_dates", PERIODS, common)
    assert spark_steps(name, sql)
    relation = DERIVED[name]
    dated = ("known_date", "arrival") if relation.date else ()
    given = [column for column in sqlglot.parse_one(sql, read="duckdb").named_selects if column != "*"]
    declared = {"enterprise_id", "as_of", "record_id", *dated, *relation.columns}
    if name == "linked_inspection":  # it takes over all columns of what was seen
        assert set(given) <= declared
    else:
        assert set(given) == declared
        assert len(given) == len(set(given))


@pytest.mark.parametrize("name", DERIVED)
def test_a_relation_that_reads_the_tables_about_visits_says_so(name: str) -> None:
    common = replace(MANY, usual_visits="visits_read", peer_visits="visits_read")
    sql = relation_sql(name, "entity_dates", PERIODS, common)
    assert ("visits_read" in sql) == (name in VISIT_COUNTS)


def test_a_template_is_compiled_once_however_often_it_is_asked_for() -> None:
    relation_sql("post_holder", "entity_dates", PERIODS, MANY)
    environment = templates._templates()
    assert environment is templates._templates()
    assert environment.get_template("post_holder/rows.sql") is environment.get_template("post_holder/rows.sql")


def test_a_name_that_a_template_has_not_is_refused() -> None:
    """An unknown name is not nothing: a condition would vanish from the SQL."""
    with pytest.raises(jinja2.UndefinedError, match="entity_date"):
        templates._templates().from_string("SELECT * FROM {{ entity_date }}").render(entity_dates="entity_dates")


def test_peers_count_every_measure_and_bring_expectations_to_the_level_of_the_whole() -> None:
    sql = relation_sql("region_peer", "entity_dates", PERIODS, MANY)
    for measure in COUNTED:
        assert f"CAST(sum({measure}) AS DOUBLE) AS {measure}" in sql
    assert "VALUES (30), (365)" in sql


if __name__ == "__main__":
    update_snapshots()
