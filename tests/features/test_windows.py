"""Windows against the effect periods of what they count."""

from __future__ import annotations

import pytest
from handmade import ROOT

from riskml.core.errors import ConfigurationError
from riskml.features.specs import load_system, parse_system
from riskml.features.windows import longest_period, refuse_long_windows
from riskml.records.effect_periods import load_effect_periods
from riskml.schemes.rules import refuse_long_rules
from riskml.schemes.scheme import parse_scheme

PERIODS = load_effect_periods(ROOT / "features" / "effect_periods.yaml")
TEXTS = load_system(ROOT / "features").texts
SCHEME = (ROOT / "models" / "yunnan" / "scheme.yaml").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("relation", "where", "longest"),
    [
        ("penalty", "severity = 'minor'", "3m"),
        ("penalty", "severity IN ('minor', 'moderate')", "1y"),
        ("penalty", "severity = 'moderate' AND NOT market_supervision", "1y"),
        ("penalty", "domain = 'food'", "3y"),
        ("opinion", "true", "1y"),
        ("adjusted_inspection", "kind = 'random'", "3y"),
        ("abnormal_listing", "true", None),  # it counts while it lasts
        ("enterprise", "true", None),
    ],
)
def test_the_longest_period_is_that_of_the_records_meant(relation: str, where: str, longest: str | None) -> None:
    assert longest_period(relation, where, PERIODS) == longest


@pytest.mark.parametrize("overlay", sorted(path.name for path in (ROOT / "features" / "overlays").iterdir()))
def test_shipped_windows_fit_their_periods(overlay: str) -> None:
    refuse_long_windows(load_system(ROOT / "features", ROOT / "features" / "overlays" / overlay), PERIODS)


def test_a_window_beyond_the_period_is_named_with_file_indicator_and_period() -> None:
    name = "features/supervision.yaml"
    system = parse_system({**TEXTS, name: TEXTS[name].replace("windows: [90d]", "windows: [90d, 365d]", 1)})
    said = (
        r"features/supervision\.yaml, indicator penalty_minor_count: the window 365d is longer than the effect period "
        r"3m"
    )
    with pytest.raises(ConfigurationError, match=said):
        refuse_long_windows(system, PERIODS)


def test_a_rule_that_looks_back_beyond_the_period_is_named() -> None:
    scheme = parse_scheme("scheme.yaml", SCHEME.replace("within: 3m", "within: 2y"))
    with pytest.raises(
        ConfigurationError, match="rule serious_negative_effect: within 2y is longer than the effect period 1y"
    ):
        refuse_long_rules(scheme, PERIODS, "scheme.yaml")
    refuse_long_rules(parse_scheme("scheme.yaml", SCHEME), PERIODS, "scheme.yaml")
