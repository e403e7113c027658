"""What a specification may say, and how it is told that it may not."""

from __future__ import annotations

import pytest

from riskml.core.errors import ConfigurationError
from riskml.features.specs import parse_system

FILE = """
dimension: supervision
label: {{zh: 监管, en: Supervision}}
groups:
  - id: penalties
    label: {{zh: 处罚, en: Penalties}}
    indicators:
      - id: penalty_count
        label: {{zh: 处罚次数, en: Penalties}}
        from: {relation}
        where: "{where}"
        measure: {measure}
        direction: increasing
        basis: test
{more}
"""


def parse(relation: str = "penalty", where: str = "true", measure: str = "count", more: str = "") -> None:
    parse_system({"supervision.yaml": FILE.format(relation=relation, where=where, measure=measure, more=more)})


def test_a_correct_file_parses() -> None:
    parse(where="severity <> 'warning'", more="        windows: [90d, 365d]")


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"relation": "penaltys"}, "no table or relation 'penaltys'"),
        ({"where": "gravity = 1"}, "no column 'gravity'"),
        ({"where": "authority = '某局'"}, "no column 'authority'"),
        ({"where": "fine > (SELECT max(fine) FROM penalty)"}, "not allowed"),
        ({"where": "read_text('/etc/passwd') = ''"}, "not allowed"),
        ({"where": "fine >"}, "not a SQL expression"),
        ({"measure": "median"}, "measure: should be one of those there are, not 'median', there are count, sum"),
        ({"measure": "sum"}, "needs 'value'"),
        ({"measure": "open"}, "needs a table of states"),
        ({"more": "        windows: [3 months]"}, "'3 months'"),
        ({"more": "        windows: [365]"}, "windows (item 1): should be a number of days like 365d, not 365"),
        ({"more": "        windows: 365d"}, "windows: should be a list"),
        (
            {"where": "severity = 'minor' AND fines > 5"},
            "penalty_count.where: in \"severity = 'minor' AND fines > 5\": there is no column 'fines'",
        ),
        ({"where": "severity = minor"}, "put texts in single quotes"),
        ({"more": "        colour: red"}, "colour: there is no such field"),
        ({"where": "severity = '严重'"}, "penalty_count.where: in \"severity = '严重'\": severity is never '严重'"),
        ({"more": "        windows: [0d]"}, "windows (item 1): should be a number of days like 365d, not '0d'"),
        ({"more": "        windows: [90d, 90d]"}, "each window once, not 90d, 90d"),
        ({"measure": "max", "more": "        value: kind"}, "should give a number or true or false and gives a text"),
        ({"measure": "open", "relation": "abnormal_listing", "where": "end_date IS NOT NULL"}, "it can never hold"),
    ],
)
def test_a_wrong_file_is_named_with_indicator_and_field(change: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigurationError) as caught:
        parse(**change)
    assert said in caught.value.en
    assert "supervision.yaml" in caught.value.en
    assert "penalty_count" in caught.value.en


@pytest.mark.parametrize("relation", ["inspection", "penalty"])
def test_who_looked_is_never_an_indicator(relation: str) -> None:
    for column in ("authority", "inspector"):
        with pytest.raises(ConfigurationError, match="no column"):
            parse(relation=relation, where=f"{column} IS NOT NULL")


def test_the_same_id_twice_is_refused() -> None:
    text = FILE.format(relation="penalty", where="true", measure="count", more="")
    with pytest.raises(ConfigurationError, match=r"Group penalties is defined twice, in a\.yaml and in b\.yaml"):
        parse_system({"a.yaml": text, "b.yaml": text})
    with pytest.raises(
        ConfigurationError, match=r"Indicator penalty_count is defined twice, in a\.yaml and in b\.yaml"
    ):
        parse_system({"a.yaml": text, "b.yaml": text.replace("id: penalties", "id: others")})


def test_art24_membership_of_the_new_economy_is_never_an_indicator() -> None:
    with pytest.raises(ConfigurationError, match=r"where: .*Art\. 24"):
        parse(relation="enterprise", where="new_economy")
