from pathlib import Path

import pytest
import yaml

from riskml.core.errors import ConfigurationError
from riskml.schemes.scheme import parse_scheme

TEXT = (Path(__file__).parents[2] / "models" / "yunnan" / "scheme.yaml").read_text(encoding="utf-8")


def refused(edit):
    raw = yaml.safe_load(TEXT)
    edit(raw)
    with pytest.raises(ConfigurationError) as error:
        parse_scheme("models/yunnan/scheme.yaml", yaml.safe_dump(raw))
    assert error.value.en.startswith("models/yunnan/scheme.yaml is not valid")
    return error.value.en


def put(*path, value):
    """An edit that sets the value at `path`."""

    def edit(raw):
        for step in path[:-1]:
            raw = raw[step]
        raw[path[-1]] = value

    return edit


@pytest.mark.parametrize(
    ("edit", "says"),
    [
        (
            put("score", "bands", 1, "from", value=250),
            "score.bands: band B must begin where A ends, at 200, not at 250",
        ),
        (put("score", "bands", 0, "from", value=10), "the lowest band (A) must begin at 0, not at 10"),
        (put("score", "bands", 3, "below", value=1000), "the highest band (D) runs to 1000 and includes it"),
        (put("score", "bands", 3, "from", value=800), "band D must begin where C ends, at 750, not at 800"),
        (put("score", "bands", 1, "below", value=150), "band B needs a 'below' above its 'from' (200)"),
        (
            put("score", "bands", 1, "grade", value="C"),
            "score.bands: A, C, C, D are not grades of this scheme in the order A, B, C, D",
        ),
        (put("score", "bands", 1, "grade", value="E"), "score.bands: A, E, C, D"),
        (put("grades", 1, "id", value="A"), "grades: each grade once"),
        (put("rules", 0, "id", value="dishonest_post_holder"), "rules: each id once"),
        (
            put("rules", 0, "from", value="blacklist"),
            "rules.blacklisted.from: there is no table or relation 'blacklist'",
        ),
        (put("rules", 0, "where", value="ended IS NULL"), "there is no column 'ended'"),
        (put("rules", 0, "where", value="authority = 'x'"), "there is no column 'authority'"),
        (put("rules", 0, "article", "number", value="fifteen"), "rules.blacklisted.article.number"),
        (
            put("rules", 0, "label", value={"zh": "有", "en": " "}),
            "rules.blacklisted.label: both zh and en must be written",
        ),
        (put("rules", 2, "within", value="three months"), "rules.serious_negative_effect.within"),
        (put("rules", 2, "from", value="linked_enterprise"), "there is no column"),
        (put("rules", 0, "effect", value={"fixed": "D", "floor": "C"}), "exactly one of fixed, floor, officer_choice"),
        (put("rules", 0, "effect", value={}), "exactly one of fixed, floor, officer_choice"),
        (put("rules", 0, "effect", value={"fixed": "E"}), "rules.blacklisted.effect: E are not grades"),
        (
            put("rules", 2, "effect", "officer_choice", value=["D", "C"]),
            "rules.serious_negative_effect.effect: D, C are not grades of this scheme in",
        ),
        (put("rules", 2, "effect", "officer_choice", value=["D"]), "effect.officer_choice"),
        (
            put("exclusions", 0, "amendments", value=["erased"]),
            "'erased' is not an amendment that excludes, there are revoked, changed",
        ),
        (put("measures", 3, "sampling", value="more"), "measures (item 4).sampling"),
        (put("measures", 3, "grades", value=["D", "E"]), "measures: A, B, C, D, E are not grades of this scheme"),
        (put("limits", 0, "grades", value=["D", "E"]), "limits: D, E are not grades"),
        (put("in_force", "until", value="2022-01-01"), "until (2022-01-01) lies before from (2022-07-01)"),
        (put("weights", value=[1]), "weights: there is no such field"),
    ],
)
def test_a_fault_is_named_by_file_and_field(edit, says):
    assert says in refused(edit)


def test_within_needs_a_relation_with_a_date():
    def edit(raw):
        raw["rules"][2] |= {"from": "linked_enterprise", "where": "adverse"}

    assert "linked_enterprise has no date, so it takes no 'within'" in refused(edit)


@pytest.mark.parametrize(
    ("text", "says"), [("a: [", "cannot be read"), ("", "is empty"), ("- 1", "should be lines of 'field: value'")]
)
def test_what_is_not_a_scheme_at_all(text, says):
    with pytest.raises(ConfigurationError, match=says):
        parse_scheme("x.yaml", text)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ("'senior_manager'", "'senior_managers'", "rules.dishonest_post_holder.where: .*role is never "
                                                  "'senior_managers', did you mean senior_manager"),
        ("attention = 'high'", "attention = 'hihg'", "rules.serious_negative_effect.where: .*attention is never "
                                                     "'hihg', did you mean high"),
        ("below: 200}", "below: 0200}", "line 57, column 34, .*0200: YAML reads it to the base of eight"),
        ("within: 3m", "within: 0m", "within: should be a length like 90d"),
        ("where: end_date IS NULL ", "at_least: 0 ", "at_least: should be 1 or more, not 0"),
        ("where: end_date IS NULL ", "at_least: true ", "at_least: should be a number, not true"),
        ("from: 2022-07-01", "from: 1656633600", "in_force.from: should be a date like 2026-10-31"),
        ("effect: {fixed: D}", "effect: {floor: A}", "rules.blacklisted.effect.floor: the mildest grade, A, as a floor "
                                                     "never changes a grade"),
    ],
)  # fmt: skip
def test_what_can_never_act_is_refused_where_it_is_written(old, new, says):
    assert old in TEXT
    with pytest.raises(ConfigurationError, match=f"(?s)scheme.yaml .*{says}"):
        parse_scheme("scheme.yaml", TEXT.replace(old, new, 1))


def test_one_circumstance_has_one_effect():
    def repeat(raw):
        raw["rules"].append({**raw["rules"][0], "id": "blacklisted_too", "effect": {"floor": "C"}})

    assert "rules.blacklisted_too: from, where, within and at_least are those of rule blacklisted" in refused(repeat)
