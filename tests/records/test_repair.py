"""The file of what may be repaired is read strictly: no case that nothing falls in, no text that is not listed."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import duckdb
import pytest
from handmade import ROOT
from hypothesis import given
from hypothesis import strategies as st

from riskml.core.errors import ConfigurationError
from riskml.records.lengths import interval_sql, later
from riskml.records.repair import load_repair, parse_repair

TEXT = (ROOT / "features" / "repair.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("severity = 'minor'", "severity = 'mino'", r"steps.penalty \(item 4\).where: .*did you mean minor"),
        ("after: 6m", "after: 0m", "should be a length like 90d"),
        ("clock: publicised_date", "clock: fine", r"steps.penalty \(item 1\).clock: penalty has no date 'fine'"),
        ("not_before: restricted_until", "not_before: until", "penalty has no date 'until'"),
        ("law: letter_2021_3", "law: letter_2021_4", "there is no 'letter_2021_4' in laws, did you mean letter_2021_3"),
        ("  judgment:\n    - kind: repaired", "  judgment:\n    - kind: ended", "records of judgment are no states"),
        ("""      where: "role = 'defendant' AND gravity = 'minor'"\n""", "", "an earlier item takes all"),
        ("  tax_arrears:", "  tax_arrear:", "there is no record table 'tax_arrear', did you mean tax_arrears"),
        ("  - kind: misjudged\n    law: yunnan_14", "  - kind: revoked\n    law: yunnan_14",
         "corrections: misjudged has no entry without a table"),
        ("in_force: 2021-09-01", "in_force: 2025-12-25", "versions must be in the order of in_force, each date once"),
    ],
)  # fmt: skip
def test_what_cannot_act_is_refused_with_its_place(old: str, new: str, said: str) -> None:
    assert old in TEXT
    with pytest.raises(ConfigurationError, match=rf"(?s)repair\.yaml .*{said}"):
        parse_repair(TEXT.replace(old, new, 1), "repair.yaml")


def test_an_older_workspace_reads_the_shipped_file(tmp_path: Path) -> None:
    assert load_repair(tmp_path) == parse_repair(TEXT, "repair.yaml")


def test_every_text_that_is_not_an_article_that_was_read_says_so() -> None:
    law = parse_repair(TEXT, "repair.yaml")
    assert {name for name, one in law.laws.items() if one.read == "summary"} == {
        "letter_2021_3", "order_107", "order_36", "order_44", "objection_16",
    }  # fmt: skip
    ours = [version for cases in law.steps.values() for case in cases for version in case.versions if version.ours]
    assert len(ours) > 10
    assert all(law.basis_of(version) == "ours" for version in ours)


@given(
    st.dates(date(1950, 1, 1), date(2090, 1, 1)), st.sampled_from(["1d", "45d", "1m", "3m", "6m", "13m", "1y", "3y"])
)
def test_a_length_is_added_as_sql_adds_it(day: date, length: str) -> None:
    found = duckdb.sql(f"SELECT CAST(DATE '{day}' + {interval_sql(length)} AS DATE)").fetchall()
    assert [(later(day, length),)] == found
