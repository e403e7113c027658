"""What DuckDB's SQL becomes for Spark; no Java needed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import numpy as np
import pytest

from riskml.core.errors import ConfigurationError
from riskml.engines.spark_sql import spark_steps, to_spark
from riskml.features.province_matrix import ENTITY_DATES, common_statements, matrix_sql, registered_sql, rows_statements
from riskml.features.specs import load_system
from riskml.records.effect_periods import load_effect_periods
from riskml.records.tables import TABLES
from riskml.schemes.rules import fired_rules_sql
from riskml.schemes.scheme import load_scheme

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("duckdb_sql", "spark_sql"),
    [
        ("SELECT a / nullif(b, 0) AS x FROM t", "SELECT CAST(a AS DOUBLE) / CAST(NULLIF(b, 0) AS DOUBLE) AS x FROM t"),
        (
            "SELECT a / b AS x FROM t",
            "SELECT CASE WHEN CAST(b AS DOUBLE) = 0 THEN CAST(a AS DOUBLE) * CAST('Infinity' AS DOUBLE) "
            "ELSE CAST(a AS DOUBLE) / CAST(b AS DOUBLE) END AS x FROM t",
        ),
        ("SELECT a // 2, a // b, a % b FROM t", "SELECT a DIV 2, a DIV b, a % b FROM t"),
        ("SELECT CAST(a AS INTEGER) FROM t", "SELECT CAST(ROUND(CAST(a AS DECIMAL(38, 12))) AS INT) FROM t"),
        ("SELECT CAST(a > 1 AS INTEGER) FROM t", "SELECT CAST(a > 1 AS INT) FROM t"),
        ("SELECT CAST(a * b AS DECIMAL(9, 6)) FROM t", "SELECT CAST(a * b AS DECIMAL(9, 6)) FROM t"),
        ("SELECT arg_max_null(a, b) FILTER (WHERE c) FROM t", "SELECT MAX_BY(a, b) FILTER(WHERE c) FROM t"),
        ("SELECT date_diff('day', a, b) FROM t", "SELECT DATEDIFF(DAY, a, b) FROM t"),
        ("SELECT date_diff('year', a, b) FROM t", "SELECT (YEAR(b) - YEAR(a)) FROM t"),
        ("SELECT date_diff('month', a, b) "
         "FROM t", "SELECT (YEAR(b) * 12 + MONTH(b) - (YEAR(a) * 12 + MONTH(a))) FROM t"),
        (
            "SELECT * FROM t QUALIFY row_number() OVER (PARTITION BY a ORDER BY b DESC) = 1",
            "SELECT * EXCEPT (_window_0) FROM (SELECT *, ROW_NUMBER() OVER (PARTITION BY a ORDER BY b DESC) AS "
            "_window_0 "
            "FROM t) AS _windows WHERE _window_0 = 1",
        ),
        ("SELECT a FROM t WHERE (b)", "SELECT a FROM t AS t WHERE (b)"),
        ("SELECT a FROM (SELECT * FROM t) WHERE (b)", "SELECT a FROM (SELECT * FROM t) AS _rows WHERE (b)"),
        ("SELECT s.* EXCLUDE (a) FROM s", "SELECT s.* EXCEPT (a) FROM s"),
        ("SELECT d FROM (VALUES (30), (365)) w (d)", "SELECT d FROM VALUES (30), (365) AS w(d)"),
        ("SELECT list_sort(list(DISTINCT a)) FROM t", "SELECT ARRAY_SORT(COLLECT_LIST(DISTINCT a)) FROM t"),
        ("SELECT ['A', 'B'] AS g", "SELECT ARRAY('A', 'B') AS g"),
        ("SELECT bool_or(a), bool_and(b) FROM t", "SELECT BOOL_OR(a), BOOL_AND(b) FROM t"),
        ("SELECT last_day(d), left(a, 3) FROM t", "SELECT LAST_DAY(d), LEFT(a, 3) FROM t"),
        (
            "SELECT CAST(date_trunc('month', d) - INTERVAL 1 DAY AS DATE) FROM t",
            "SELECT CAST(DATE_TRUNC('MONTH', d) - INTERVAL '1' DAY AS DATE) FROM t",
        ),
        ("SELECT a FROM t WHERE regexp_matches(a, '^[A-T]')", "SELECT a FROM t WHERE a RLIKE '^[A-T]'"),
        (
            "SELECT CAST('0x' || left(md5(a), 8) AS UINTEGER) % 4 AS bucket FROM t",
            "SELECT CAST(CONV(LEFT(MD5(a), 8), 16, 10) AS BIGINT) % 4 AS bucket FROM t",
        ),
    ],
)  # fmt: skip
def test_a_construct_is_translated(duckdb_sql: str, spark_sql: str) -> None:
    assert to_spark(duckdb_sql) == spark_sql


def test_order_within_a_limit_keeps_the_nulls_where_duckdb_has_them() -> None:
    (step,) = spark_steps("x", "SELECT a FROM t ORDER BY a LIMIT 1")
    assert step.sql == "SELECT a FROM t ORDER BY a NULLS LAST LIMIT 1"


@pytest.mark.parametrize(
    ("sql", "named"),
    [
        ("SELECT hash(a) FROM t", "hash()"),
        ("SELECT median(a) FROM t", "MEDIAN(a)"),
        ("SELECT CAST(a AS HUGEINT) FROM t", "INT128"),
        ("SELECT a[1] FROM t", "a[1]"),
        ("SELECT a FROM t ASOF JOIN u ON t.d >= u.d", "ASOF JOIN"),
        ("SELECT DISTINCT ON (a) a, b FROM t", "DISTINCT ON"),
        ("SELECT a FROM t UNION BY NAME SELECT b FROM u", "UNION BY NAME"),
        ("SELECT date_diff('week', a, b) FROM t", "date_diff('week', …)"),
        ("SELECT a FROM t USING SAMPLE 10", "TableSample"),
        ("WITH RECURSIVE a AS (SELECT 1) SELECT * FROM a", "WITH RECURSIVE"),
    ],
)
def test_what_is_not_known_to_be_equal_is_refused_by_name(sql: str, named: str) -> None:
    with pytest.raises(ConfigurationError) as refused:
        spark_steps("x", sql)
    assert named in refused.value.en


def test_a_query_read_twice_is_a_relation_of_its_own_and_a_name_used_again_is_another_one() -> None:
    steps = spark_steps(
        "r",
        "WITH a AS MATERIALIZED (SELECT 1 AS x), b AS (SELECT i.x FROM (WITH a AS (SELECT 2 AS x) SELECT x FROM a) i) "
        "SELECT * FROM a JOIN b USING (x) WHERE x IN (SELECT x FROM a)",
    )
    assert [(step.name, step.readers) for step in steps] == [("r__a_", 2), ("r__a", 1), ("r__b", 1), ("r", 0)]


def test_every_shipped_statement_is_translated() -> None:
    system = load_system(
        ROOT / "features", *(path for path in sorted((ROOT / "features" / "overlays").iterdir()) if path.is_dir())
    )
    periods = load_effect_periods(ROOT / "features" / "effect_periods.yaml")
    statements = common_statements(periods) | rows_statements(system, periods, frozenset(TABLES))
    statements |= {
        "matrix": matrix_sql(system, frozenset(TABLES)),
        ENTITY_DATES: registered_sql(date(2026, 10, 31), periods),
    }
    for folder in sorted((ROOT / "models").iterdir()):
        if (folder / "scheme.yaml").exists():
            scheme = load_scheme(folder / "scheme.yaml")
            statements[folder.name] = fired_rules_sql(scheme, ENTITY_DATES, periods, tuple(TABLES)).sql
            statements[f"{folder.name} scope"] = registered_sql(date(2026, 10, 31), periods, scheme.in_scope_sql)
    assert len(statements) > 30
    for name, sql in statements.items():
        assert [step.name for step in spark_steps(name, sql)][-1] == name


def test_duckdb_itself_rounds_and_divides_as_the_translation_says() -> None:
    (row,) = duckdb.sql(
        "SELECT CAST(2.5::DECIMAL(9, 1) AS INTEGER), 7::DECIMAL(9, 2) / 2, 1 / 0.0::DOUBLE, date_diff('month', DATE "
        "'2026-01-31', DATE '2026-02-01')"
    ).fetchall()
    assert row == (3, 3.5, np.inf, 1)
