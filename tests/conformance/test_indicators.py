"""Every shipped indicator and effect period: labels, basis, direction, and columns and codes that exist."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb
import pytest
import sqlglot
from handmade import ROOT, resolve_in
from sqlglot import exp

from riskml.features.compile import aggregate_sql, relations_used
from riskml.features.specs import SIGN, DimensionFile, Indicator, load_system
from riskml.records.effect_periods import Period, load_effect_periods
from riskml.records.tables import DIMENSIONS, SQL_TYPES, TABLES, Label
from riskml.relations.catalogue import relation_columns, relation_inputs, relation_names
from riskml.relations.schema import relation_schema
from riskml.relations.templates import relation_sql

SYSTEM = load_system(ROOT / "features")
PERIODS = load_effect_periods(ROOT / "features" / "effect_periods.yaml")

INDICATORS = [indicator for file in SYSTEM.files for group in file.groups for indicator in group.indicators]
GROUPS = [group for file in SYSTEM.files for group in file.groups]
PERIOD_CASES = [
    pytest.param(table, period, id=f"{section}-{table}-{number}")
    for section, tables in (("scoring", PERIODS.scoring), ("publicity", PERIODS.publicity))
    for table, periods in tables.items()
    for number, period in enumerate(periods)
]

CHINESE = re.compile(r"[\u4e00-\u9fff]")
CHINESE_OR_FULL_WIDTH = re.compile(r"[\u3000-\u303f\u4e00-\u9fff\uff00-\uffef]")

FACTS_OF_SHAPE = {"enterprise", "position", "shareholding", "licence", "branch", "annual_report", "attribute"}

BESIDE = {"external_grade", "honour_claim"}
"""Tables that schemes show or count by themselves and no shared indicator reads: Yunnan's grades must not change by
them.
"""

each_indicator = pytest.mark.parametrize(
    "indicator", [pytest.param(indicator, id=indicator.id) for indicator in INDICATORS]
)


def bilingual(label: Label) -> bool:
    return bool(CHINESE.search(label.zh)) and bool(label.en.strip()) and not CHINESE_OR_FULL_WIDTH.search(label.en)


def expressions(indicator: Indicator) -> Iterator[exp.Expression]:
    for text in filter(None, (indicator.where, indicator.value, indicator.over)):
        yield sqlglot.parse_one(text, read="duckdb")


def codes_of(tables: tuple[str, ...], column: str) -> set[str]:
    return {
        code for name in tables for found in TABLES[name].columns if found.name == column for code in found.codes or ()
    }


def unknown_codes(parsed: exp.Expression, tables: tuple[str, ...]) -> list[str]:
    """The string literals of `parsed` that are not a code of the column they are compared with."""
    known: set[int] = set()
    for comparison in parsed.find_all(exp.EQ, exp.NEQ, exp.In):
        literals = comparison.expressions if isinstance(comparison, exp.In) else [comparison.expression]
        if isinstance(comparison.this, exp.Column):
            codes = codes_of(tables, comparison.this.name)
            known |= {id(literal) for literal in literals if literal.name in codes}
    texts = (
        literal
        for literal in parsed.find_all(exp.Literal)
        if literal.is_string and not isinstance(literal.parent, exp.Interval)
    )
    return [literal.name for literal in texts if id(literal) not in known]


def test_unknown_codes_are_found() -> None:
    parsed = sqlglot.parse_one(
        "severity IN ('minor', 'mild') AND fine > 5 AND name = 'x' AND event_date > as_of - INTERVAL 9 DAY",
        read="duckdb",
    )
    assert sorted(unknown_codes(parsed, ("penalty",))) == ["mild", "x"]


def test_at_least_as_many_as_the_national_system() -> None:
    assert {file.dimension for file in SYSTEM.files} == set(DIMENSIONS)
    assert len(GROUPS) >= 25
    assert len(INDICATORS) >= 81


def test_ids_are_unique() -> None:
    for ids in (
        [group.id for group in GROUPS],
        [indicator.id for indicator in INDICATORS],
        [column.name for column in SYSTEM.columns],
    ):
        assert len(ids) == len(set(ids))


def test_labels_are_unique() -> None:
    labels = [column.label for column in SYSTEM.columns]
    assert len({label.zh for label in labels}) == len(labels)
    assert len({label.en for label in labels}) == len(labels)


@pytest.mark.parametrize("file", [pytest.param(file, id=file.dimension) for file in SYSTEM.files])
def test_dimension_bears_the_name_of_art12(file: DimensionFile) -> None:
    assert file.label == DIMENSIONS[file.dimension]


@pytest.mark.parametrize("label", [pytest.param(group.label, id=group.id) for group in GROUPS])
def test_group_has_both_languages(label: Label) -> None:
    assert bilingual(label)


@each_indicator
def test_indicator_has_both_languages(indicator: Indicator) -> None:
    assert bilingual(indicator.label)
    assert indicator.unit is None or (
        CHINESE.search(indicator.unit.zh) and not CHINESE_OR_FULL_WIDTH.search(indicator.unit.en)
    )


@each_indicator
def test_indicator_has_basis_and_direction(indicator: Indicator) -> None:
    assert indicator.basis.strip()
    assert indicator.direction in SIGN


@each_indicator
def test_window_is_named_by_the_column_and_not_by_the_label(indicator: Indicator) -> None:
    if indicator.windows:
        assert not re.search(r"近\d|近[一二三]年", indicator.label.zh)
        assert "last" not in indicator.label.en.lower()


@each_indicator
def test_indicator_reads_columns_that_exist(indicator: Indicator) -> None:
    if indicator.from_ is None:
        known = {column.name for column in SYSTEM.columns if column.indicator.measure != "expression"}
    else:
        assert indicator.from_ in relation_names()
        known = {*relation_columns(indicator.from_), "as_of"}
    assert {column.name for parsed in expressions(indicator) for column in parsed.find_all(exp.Column)} <= known


@each_indicator
def test_indicator_never_says_who_looked(indicator: Indicator) -> None:
    identity = {column.name for table in TABLES.values() for column in table.columns if column.identity}
    assert {"authority", "inspector"} <= identity
    assert not identity & {column.name for parsed in expressions(indicator) for column in parsed.find_all(exp.Column)}


@each_indicator
def test_indicator_mentions_only_known_codes(indicator: Indicator) -> None:
    tables = relation_inputs(indicator.from_) if indicator.from_ else ()
    assert [code for parsed in expressions(indicator) for code in unknown_codes(parsed, tables)] == []


@contextmanager
def empty_tables() -> Iterator[duckdb.DuckDBPyConnection]:
    """Every record table without a row, and one moment that is asked about."""
    with duckdb.connect() as connection:
        for table in TABLES.values():
            columns = ", ".join(f"{column.name} {SQL_TYPES[column.type]}" for column in table.columns)
            connection.execute(f"CREATE TABLE {table.name} ({columns})")
        resolve_in(connection)
        connection.execute("CREATE TABLE entity_dates AS SELECT 'E' AS enterprise_id, DATE '2026-10-31' AS as_of")
        yield connection


@pytest.mark.parametrize("relation", relations_used(SYSTEM))
def test_relation_compiles_and_runs_on_empty_tables(relation: str) -> None:
    with empty_tables() as connection:
        columns_read = tuple(column for column in SYSTEM.columns if column.indicator.from_ == relation)
        assert (
            connection.execute(
                aggregate_sql(
                    columns_read, f"({relation_sql(relation, 'entity_dates', PERIODS)})", "enterprise_id, as_of"
                )
            ).fetchall()
            == []
        )


def test_every_record_table_is_read_by_some_indicator() -> None:
    read = {table for relation in relations_used(SYSTEM) for table in relation_inputs(relation)}
    # Which attributes there are is said by a source; what reads them is an overlay.
    assert read == set(TABLES) - {"amendment", "attribute"} - BESIDE


def test_effect_periods_cover_every_table_but_the_facts_of_shape() -> None:
    assert set(PERIODS.scoring) == set(TABLES) - FACTS_OF_SHAPE - {"amendment"}


@pytest.mark.parametrize(("table", "period"), PERIOD_CASES)
def test_effect_period_states_its_basis_in_both_languages(table: str, period: Period) -> None:
    for version in period.versions:
        zh, en = version.basis.split(" / ")
        assert bilingual(Label(zh, en))


@pytest.mark.parametrize(("table", "period"), PERIOD_CASES)
def test_effect_period_mentions_only_known_codes(table: str, period: Period) -> None:
    assert unknown_codes(sqlglot.parse_one(period.where, read="duckdb"), (table,)) == []


@pytest.mark.parametrize("periods", [PERIODS.scoring, PERIODS.publicity], ids=["scoring", "publicity"])
def test_last_effect_period_of_a_penalty_takes_the_rest(periods: dict[str, tuple[Period, ...]]) -> None:
    assert [period.where for period in periods["penalty"]].index("true") == len(periods["penalty"]) - 1


def test_the_repair_rules_shorten_moderate_penalties_from_their_day_on() -> None:
    moderate = [period for period in PERIODS.scoring["penalty"] if "'moderate'" in period.where]
    lengths = {version.in_force: version.length for period in moderate for version in period.versions}
    assert lengths[date(2025, 12, 25)] == "1y"  # SAMR Order 107
    assert lengths[date(2026, 4, 1)] == "1y"  # NDRC Order 36
    assert lengths[date(2021, 9, 1)] == "3y"  # SAMR Order 45 Art. 13


@pytest.mark.parametrize("relation", relation_names())
def test_types_of_a_relations_columns_are_those_of_its_statement(relation: str) -> None:
    engine = {"text": "VARCHAR", "date": "DATE", "flag": "BOOLEAN"}
    with empty_tables() as connection:
        described = connection.execute(f"DESCRIBE {relation_sql(relation, 'entity_dates', PERIODS)}").fetchall()
    found = {name: kind for name, kind, *_ in described}
    for name, column in relation_schema(relation).items():
        kind = "BOOLEAN" if column.type == "flag" else engine.get(column.type)
        assert found[name] == kind or (
            kind is None and re.match("BIGINT|INTEGER|HUGEINT|DOUBLE|DECIMAL", found[name])
        ), name


OVERLAYS = sorted(folder for folder in (ROOT / "features" / "overlays").iterdir() if folder.is_dir())


@pytest.mark.parametrize("overlay", OVERLAYS, ids=lambda folder: folder.name)
def test_complaints_that_were_not_accepted_are_in_no_indicator(overlay: Path) -> None:
    """Nor those of which it is not known: only `accepted` as a condition of its own is true of neither."""
    for column in load_system(ROOT / "features", overlay).columns:
        if column.indicator.from_ == "complaint":
            where = sqlglot.parse_one(column.indicator.where, read="duckdb")
            assert "accepted" in [part.sql() for part in where.flatten()], column.name
