"""What a text says is kept for the record tables in use, and a fault is told each time."""

from __future__ import annotations

import pytest

from riskml.core.checked import checked_before
from riskml.core.errors import ConfigurationError
from riskml.records.parsed_once import parsed_once
from riskml.records.table_files import parse_tables
from riskml.records.tables import TABLES, using

OWN = """\
table: local_visit
label: {zh: 走访, en: Visits}
dimension: social
kind: event
columns:
  - {id: local_mood, label: {zh: 反映, en: mood}, type: text}
"""


@parsed_once(4)
def tables_named(beginning: str, file: str = "any") -> tuple[str, ...]:
    """The tables in use whose names begin so."""
    found = tuple(name for name in TABLES if name.startswith(beginning))
    if not found:
        raise ConfigurationError(zh="没有", en=f"{file}: no table begins with {beginning}")
    return found


def test_the_same_text_is_parsed_once_and_anew_where_other_tables_are_in_use() -> None:
    once = tables_named("l")
    assert tables_named("l", file="moved") is once  # only an error tells it
    with using(parse_tables((("tables/local_visit.yaml", OWN),))):
        assert tables_named("l") == (*once, "local_visit")
    assert tables_named("l") is once
    with checked_before():
        assert tables_named("l") is not once  # whoever need not check reads for himself


def test_a_fault_is_told_each_time() -> None:
    for file in ("one", "other"):
        with pytest.raises(ConfigurationError, match=f"{file}: no table begins with q"):
            tables_named("q", file=file)
