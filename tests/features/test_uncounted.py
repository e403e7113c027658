"""Own indicators that would count what counts nothing by law, or move with every day, are refused with their place."""

from __future__ import annotations

import pytest

from riskml.core.errors import ConfigurationError
from riskml.features.specs import parse_system
from riskml.features.uncounted import counts_what_it_must_not, refuse_uncounted


def refuse(indicator: str) -> None:
    group = (
        f"groups: [{{id: own, label: {{zh: 自加, en: own}}, indicators: [{{id: mine, label: {{zh: 自加, en: mine}}, "
        f"direction: increasing, basis: x, {indicator}}}]}}]"
    )
    refuse_uncounted(
        parse_system({"mine/social.yaml": f"dimension: social\nlabel: {{zh: 社会, en: Social}}\n{group}\n"})
    )


@pytest.mark.parametrize(
    "where", ["true", "kind = 'report'", "accepted OR kind = 'report'", "NOT accepted", "accepted IS NULL"]
)
def test_complaints_that_were_not_accepted_count_nothing(where: str) -> None:
    with pytest.raises(
        ConfigurationError, match=r"mine/social.yaml, indicator mine, field where .*only those with accepted"
    ):
        refuse(f'from: complaint, measure: count, where: "{where}"')


@pytest.mark.parametrize(
    "where", ["accepted", "kind = 'report' AND accepted", "accepted = true", "(accepted) AND (topic = 'price')"]
)
def test_accepted_complaints_may_be_counted(where: str) -> None:
    assert counts_what_it_must_not("complaint", where) is None
    refuse(f'from: complaint, measure: count, where: "{where}"')


def test_a_share_of_complaints_is_of_accepted_ones() -> None:
    with pytest.raises(ConfigurationError, match="indicator mine: measure share divides by all records of complaint"):
        refuse("from: complaint, measure: share, where: \"accepted AND kind = 'report'\"")
    refuse("from: complaint, measure: ratio, where: accepted, value: \"CAST(kind = 'report' AS INTEGER)\", over: '1'")


@pytest.mark.parametrize(
    "indicator",
    [
        "from: penalty, measure: days_since",
        "from: penalty, measure: max, value: 'as_of - event_date', unit: {zh: 天, en: days}",
    ],
)
def test_a_value_that_changes_with_every_day_needs_steps(indicator: str) -> None:
    with pytest.raises(ConfigurationError, match=r"mine/social.yaml, indicator mine: .*needs steps"):
        refuse(indicator)
    refuse(f"{indicator}, steps: [30d, 1y]")
