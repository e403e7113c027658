"""Effect periods in which no record ever counts are refused where they are written."""

from __future__ import annotations

import pytest
from handmade import ROOT

from riskml.core.errors import ConfigurationError
from riskml.records.effect_periods import parse_effect_periods

TEXT = (ROOT / "features" / "effect_periods.yaml").read_text(encoding="utf-8")


def test_the_shipped_periods_are_taken() -> None:
    parse_effect_periods(TEXT, "effect_periods.yaml")


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("severity = 'moderate'", "severity = 'moderat'", r"scoring.penalty \(item 3\).where: .*did you mean moderate"),
        ("length: 3y, basis", "length: 0d, basis", "length 0d from 2022-07-01 on, by which these records never count"),
        ("length: 3m, basis", "length: 0m, basis", "should be a length like 90d"),
        ("length: 3m, basis", "length: 03m, basis", "should be a length like 90d"),
        ("clock: publicised_date", "clock: fine", "penalty has no date 'fine'"),
        ("until: expiry_date", "until: expiry", "honour has no date 'expiry', did you mean expiry_date"),
        ("""    - where: "severity = 'moderate'"\n""", """    - where: "true"\n""",
         r"\(item 5\).where: an earlier item takes all of its records"),
        ("2022-07-01", "2026-02-30", "there is no such date or number as 2026-02-30"),
    ],
)  # fmt: skip
def test_a_period_that_never_acts_is_refused_with_its_place(old: str, new: str, said: str) -> None:
    assert old in TEXT
    with pytest.raises(ConfigurationError, match=rf"(?s)effect_periods\.yaml .*{said}"):
        parse_effect_periods(TEXT.replace(old, new, 1), "effect_periods.yaml")
