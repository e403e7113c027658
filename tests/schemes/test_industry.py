"""What an industry.yaml may not say, and whom its codes cover."""

from __future__ import annotations

import re

import duckdb
import pytest
from handmade import ROOT

from riskml.core.configuration import read_text
from riskml.core.errors import ConfigurationError
from riskml.records.industry_codes import covered_sql, refuse_overlaps
from riskml.schemes.industry import industry_scheme, parse_industry
from riskml.schemes.scheme import load_scheme
from riskml.training.settings import parse_training

FOLDER = ROOT / "models" / "yunnan" / "industries"


def changed(old: str, new: str, name: str = "catering_food") -> str:
    text = read_text(FOLDER / name / "industry.yaml")
    assert text.count(old) == 1
    return text.replace(old, new)


def test_the_matrix_combines_grade_by_grade():
    industry = parse_industry(read_text(FOLDER / "tourism" / "industry.yaml"), "industry.yaml")
    assert industry.combine(["A", "A", "B", "D"], ["A", "D", "C", "A"]) == ["A", "C", "C", "D"]


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("  - {general: B, industry: C, combined: C, basis: ours}\n", "", "general B with industry C is there 0 times"),
        ("general: B, industry: C, combined: C", "general: A, industry: B, combined: C", "there 2 times"),
        ("general: B, industry: C, combined: C", "general: B, industry: C, combined: E", "a grade without a band"),
        ("general: C, industry: B, combined: C", "general: C, industry: B, combined: A", "milder than B"),
        ("general: D, industry: A, combined: D", "general: D, industry: A, combined: C", "softens the riskiest"),
        ("general: A, industry: D, combined: "
         "D", "general: A, industry: D, combined: C", "key field the combined grade"),
        ("key_field: food", "key_field: price", "key_field"),
    ],
)  # fmt: skip
def test_a_wrong_matrix_is_refused_with_what_is_wrong(old: str, new: str, said: str):
    with pytest.raises(ConfigurationError, match=said):
        parse_industry(changed(old, new), "industry.yaml")


def test_bands_of_other_grades_than_the_scheme_s_are_refused():
    lines = read_text(FOLDER / "tourism" / "industry.yaml").splitlines()
    three = "\n".join(line for line in lines if not re.search("(grade|general|industry): D", line)).replace(
        "from: 450, below: 750", "from: 450"
    )
    industry = parse_industry(three, "industry.yaml")
    with pytest.raises(ConfigurationError, match="must be the grades of scheme yunnan, A, B, C, D"):
        industry_scheme(load_scheme(ROOT / "models" / "yunnan" / "scheme.yaml"), industry)


@pytest.mark.parametrize(
    ("industry", "section", "covered"),
    [
        ("C1353", "C", True), ("H6220", "H", True), ("C1620", "C", False), ("H6110", "H", False), ("1411", "C", True),
        ("1411", "A", False), (None, "C", False), (None, None, False),
    ],
)  # fmt: skip
def test_coverage_is_by_the_beginning_of_the_code(industry: str | None, section: str | None, covered: bool):
    found = duckdb.execute(
        f"SELECT {covered_sql(('C13', 'C14', 'H62'))} FROM (SELECT ?::VARCHAR AS industry, ?::VARCHAR AS "
        "industry_section)",
        [industry, section],
    ).fetchall()
    assert found == [(covered,)]


def test_a_code_inside_another_s_is_an_overlap():
    with pytest.raises(ConfigurationError, match=r"catering \(C13\) and food \(C1353\) overlap"):
        refuse_overlaps({"food": ("C1353",), "catering": ("H62", "C13")})


def test_a_general_model_covers_everyone_and_an_industry_s_its_codes():
    text = read_text(FOLDER / "tourism" / "training.yaml")
    assert parse_training(text, "training.yaml").name == "yunnan-tourism"
    for wrong in (
        text.replace("industry: tourism\n", ""),
        text.replace("industries: [H61, L7291, N786]", "industries: []"),
    ):
        with pytest.raises(ConfigurationError, match="go together"):
            parse_training(wrong, "training.yaml")
    with pytest.raises(
        ConfigurationError, match=r"cohort\.industries \(item 1\): should be a code of GB/T 4754 .*, not 'h61'"
    ):
        parse_training(text.replace("[H61, L7291, N786]", "[h61]"), "training.yaml")
