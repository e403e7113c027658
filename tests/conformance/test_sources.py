"""Every shipped source: it loads, and each mapping is one SELECT over its own extracts that yields known columns and
codes.
"""

from __future__ import annotations

import re

import pytest
import sqlglot
from handmade import ROOT
from sqlglot import exp

from riskml.records.sources import Source, load_source
from riskml.records.tables import TABLES

FOLDERS = sorted(path.parent for path in (ROOT / "sources").glob("*/source.yaml"))
MAPPINGS = [
    pytest.param(folder, path.stem, id=f"{folder.name}-{path.stem}")
    for folder in FOLDERS
    for path in sorted(folder.glob("*.sql"))
]

each_source = pytest.mark.parametrize("folder", [pytest.param(folder, id=folder.name) for folder in FOLDERS])
each_mapping = pytest.mark.parametrize(("folder", "table"), MAPPINGS)


def select_of(source: Source, table: str) -> exp.Select:
    (statement,) = sqlglot.parse(source.mappings[table], read="duckdb")
    assert isinstance(statement, exp.Select)
    return statement


def chosen_words(column: exp.Expression) -> set[str]:
    """The literals that a column's expression may give as they stand: a constant, or the branches of its CASE."""
    value = column.unalias()
    if isinstance(value, exp.Case):
        branches = [branch.args["true"] for branch in value.args["ifs"]] + [value.args.get("default")]
        return {branch.name for branch in branches if isinstance(branch, exp.Literal) and branch.is_string}
    return {value.name} if isinstance(value, exp.Literal) and value.is_string else set()


def test_there_are_sources() -> None:
    assert {"simulated", "beijing"} <= {folder.name for folder in FOLDERS}


@each_source
def test_source_is_called_as_its_folder_and_labelled_in_both_languages(folder) -> None:
    spec = load_source(folder).spec
    assert spec.source == folder.name
    assert re.search(r"[\u4e00-\u9fff]", spec.label.zh)
    assert spec.label.en.isascii()


@each_source
def test_every_extract_is_read_by_some_mapping(folder) -> None:
    source = load_source(folder)
    assert set(source.spec.files) == {view for table in source.mappings for view in source.views_of(table)}


@each_mapping
def test_mapping_is_one_select_over_declared_extracts(folder, table) -> None:
    source = load_source(folder)
    select_of(source, table)
    assert source.views_of(table)
    assert source.views_of(table) <= set(source.spec.files)


@each_mapping
def test_mapping_yields_known_columns_and_all_that_are_required(folder, table) -> None:
    names = select_of(load_source(folder), table).named_selects
    assert len(names) == len(set(names))
    assert set(names) <= {*TABLES[table].column_names, "source_row", "source_file"}
    assert {column.name for column in TABLES[table].columns if column.required} | {"source_row"} <= set(names)


@each_mapping
def test_mapping_gives_only_known_codes(folder, table) -> None:
    codes = {column.name: set(column.codes) for column in TABLES[table].columns if column.codes is not None}
    for column in select_of(load_source(folder), table).selects:
        if column.alias_or_name in codes:
            assert chosen_words(column) <= codes[column.alias_or_name], column.alias_or_name
