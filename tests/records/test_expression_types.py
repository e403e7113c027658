"""Conditions that run without an error and never hold, or that fail when they run, are refused where they are
written.
"""

from __future__ import annotations

import pytest

from riskml.core.validation import ContentError
from riskml.records.expression_types import check_types
from riskml.relations.schema import relation_schema


@pytest.mark.parametrize(
    ("where", "said"),
    [
        ("severity = 'moderat'", "severity is never 'moderat', did you mean moderate?"),
        ("'seriuos' = severity", "severity is never 'seriuos', did you mean serious?"),
        ("severity <> '严重'", "severity is never '严重', there are warning, minor, moderate, serious"),
        ("severity IN ('minor', 'mild')", "severity is never 'mild'"),
        ("severity LIKE 'grave%'", "severity is never 'grave%'"),
        ("CASE severity WHEN 'x' THEN true ELSE false END", "severity is never 'x'"),
        ("coalesce(severity, 'none') = 'non'", "is never 'non', did you mean none?"),
        ("fine > 3 AND (kind = 'fine' OR kind = 'fien')", "kind is never 'fien'"),
        ("event_date > '2026-01-01'", "a date and a text together; write a date as DATE '2026-01-31'"),
        ("fine = '5'", "a number and a text together; a number has no quotation marks"),
        ("severity = 5", "a text and a number together; put a text in single quotes"),
        ("event_date > DATE '2026-02-30'", "there is no day '2026-02-30'"),
        ("fine * market_supervision > 3", "market_supervision should be a number and is true or false; write CAST"),
        ("fine", "should give true or false and gives a number"),
        ("CAST(kind AS INTEGER) > 3", "not every text of kind is a number, .*write TRY_CAST"),
        ("CAST(fine AS BLOB) IS NULL", "BLOB is no type to cast to|VARBINARY is no type to cast to"),
        ("fine = NULL", "nothing compares with NULL; write fine IS NULL"),
        ("severity IS NULL", "it can never hold: severity is never blank"),
        ("fine IS NULL AND fine > 3", "fine is not blank and something else at once"),
        ("fine > 10 AND fine < 5", "the conditions on fine exclude each other"),
        ("fine BETWEEN 10 AND 5", "the conditions on fine exclude each other"),
        ("severity = 'minor' AND severity = 'serious'", "the conditions on severity exclude each other"),
        (
            "fine > 3 OR (market_supervision AND NOT market_supervision)",
            "the conditions on market_supervision exclude each other",
        ),
        (
            "severity NOT IN ('warning', 'minor', 'moderate', 'serious', 'other')",
            "the conditions on severity exclude each other",
        ),
        ("event_date > as_of", "event_date is never after the as-of date"),
        ("false", "the condition is false"),
    ],
)
def test_a_condition_that_cannot_act_is_refused_with_what_would_be_right(where: str, said: str) -> None:
    with pytest.raises(ContentError, match=said):
        check_types(where, relation_schema("penalty"), wanted=["flag"])


@pytest.mark.parametrize(
    "where",
    [
        "severity IN ('minor', 'serious') AND fine >= 5 AND fine <= 5",
        "NOT coalesce(market_supervision, true) AND domain = 'food'",
        "event_date > as_of - INTERVAL 9 DAY AND date_diff('day', event_date, as_of) > 3",
        "event_date >= DATE '2024-02-29' OR restricted_until IS NOT NULL",
        "severity LIKE 'ser%' AND year(event_date) = 2026",
        "CASE WHEN fine > 3 THEN severity ELSE kind END = 'fine'",
        "severity = kind",
        "TRY_CAST(domain AS INTEGER) > 3",
    ],
)
def test_a_condition_that_can_act_is_taken(where: str) -> None:
    check_types(where, relation_schema("penalty"), wanted=["flag"])


@pytest.mark.parametrize(
    ("relation", "where", "said"),
    [
        ("industry_peer", "window_days = 60", "window_days is never 60, there are 30, 90, 365, 1095"),
        ("linked_enterprise", "hops = 3", "hops is never 3, there are 1, 2"),
        ("dishonest_post_holder", "role = 'managr'", "role is never 'managr'"),
        ("linked_inspection", "via = 'owner'", "via is never 'owner'"),
    ],
)
def test_derived_relations_have_their_codes_too(relation: str, where: str, said: str) -> None:
    with pytest.raises(ContentError, match=said):
        check_types(where, relation_schema(relation), wanted=["flag"])
