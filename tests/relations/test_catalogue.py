"""The definitions of derived relations: what they name is there, and what they declare is how they are told."""

from __future__ import annotations

from pathlib import Path

import pytest

from riskml import relations
from riskml.core.configuration import parse_yaml
from riskml.core.errors import ConfigurationError
from riskml.records.tables import TABLES
from riskml.relations.catalogue import DERIVED, PEERS, relation_columns
from riskml.relations.known_inspections import PEER_WINDOWS
from riskml.relations.schema import relation_schema
from riskml.relations.specs import DEFINITION, CodedColumn, Relation

FOLDER = Path(relations.__file__).parent


def test_every_folder_is_called_like_its_relation_and_has_rows() -> None:
    folders = {file.parent.name for file in FOLDER.glob("*/rows.sql")}
    assert folders == set(DERIVED) == {file.parent.name for file in FOLDER.glob(f"*/{DEFINITION}")}
    assert not folders & set(TABLES)


@pytest.mark.parametrize("name", DERIVED)
def test_what_a_definition_names_is_there(name: str) -> None:
    strict = parse_yaml(Relation, (FOLDER / name / DEFINITION).read_text("utf-8"), name)
    assert strict == DERIVED[name]
    relation = DERIVED[name]
    assert set(relation.inputs) <= set(TABLES)
    assert {table for group in relation.one_of for table in group} <= set(relation.inputs)
    assert relation.date is None or relation_schema(name)[relation.date].type == "date"
    assert set(relation_schema(name)) == {*relation_columns(name), "as_of"}
    assert set(relation.cited.facts) <= set(relation.columns)
    for column, fact in zip(relation.cited.facts, relation.facts(TABLES), strict=True):
        assert (fact.name, fact.type) == (column, relation_schema(name)[column].type)


@pytest.mark.parametrize("name", DERIVED)
def test_records_of_every_relation_are_looked_up_in_tables_it_reads(name: str) -> None:
    cited = DERIVED[name].cited
    assert set(cited.tables) <= set(DERIVED[name].inputs)
    if cited.where_missing:
        assert cited.where_missing.table in DERIVED[name].inputs
        assert cited.where_missing.date in DERIVED[name].columns
        assert cited.missing({"missing": False}) is None
        assert cited.missing({"missing": True}) is cited.where_missing


def test_a_missing_report_is_cited_by_the_registration_on_the_day_it_was_due() -> None:
    found = DERIVED["report_due"].cited.missing({"missing": True})
    assert found is not None
    assert (found.table, found.date) == ("enterprise", "due_date")


@pytest.mark.parametrize("name", PEERS)
def test_peers_have_a_row_for_every_window_that_indicators_may_ask_for(name: str) -> None:
    column = DERIVED[name].columns["window_days"]
    assert isinstance(column, CodedColumn)
    assert tuple(map(int, column.codes)) == PEER_WINDOWS


def test_a_definition_that_says_too_much_or_too_little_is_refused_with_its_place() -> None:
    text = (FOLDER / "registration" / DEFINITION).read_text("utf-8")
    with pytest.raises(ConfigurationError, match=r"line \d+, abuot"):
        parse_yaml(Relation, text.replace("about:", "abuot:"), "registration")
    with pytest.raises(ConfigurationError, match="cited"):
        parse_yaml(Relation, text[: text.index("cited:")], "registration")
