"""Each limit refuses by itself, with the figure and the limit in the sentence."""

from __future__ import annotations

from dataclasses import replace

import pytest

from riskml.training.evaluation import Difference, GradeRate, wilson
from riskml.training.parity import GroupParity
from riskml.training.promotion_limits import Comparison, PromotionLimits, broken_limits
from riskml.training.ranking import Figure

LIMITS = PromotionLimits()


def rate(grade: str, problems: int) -> GradeRate:
    return GradeRate(grade, 100, problems, problems / 100, *wilson(problems, 100))


GROUP = GroupParity("region", "5301", 400, Figure(1.1, 0.9, 1.3), 60, Figure(1.0, 0.8, 1.2))
GOOD = Comparison(
    same_rows=True,
    since="2025-11-01",
    until="2026-10-30",
    visits=400,
    problems=150,
    champion={},
    challenger={},
    difference=Difference(0.01, -0.01, 0.03, 0.8),
    flips=0.1,
    wide_flips=0.01,
    flips_of=4000,
    rates=(rate("A", 10), rate("B", 30), rate("C", 50), rate("D", 70)),
    rising=True,
    parity=(GROUP,),
)


def test_a_better_model_within_all_limits_breaks_none() -> None:
    assert broken_limits(GOOD, LIMITS) == ()


@pytest.mark.parametrize(
    ("change", "limit", "figure", "shown"),
    [
        ({"difference": Difference(-0.005, -0.015, 0.01, 0.3)}, "least_gain", -0.005, "-0.0050"),
        ({"difference": Difference(0.01, -0.05, 0.07, 0.6)}, "least_gain_low", -0.05, "-0.0500"),
        ({"difference": Difference(0.01, float("nan"), 0.07, 0.6)}, "least_gain_low", None, "nan"),
        ({"flips": 0.3}, "most_flips", 0.3, "30.0%"),
        ({"wide_flips": 0.04}, "most_wide_flips", 0.04, "4.0%"),
        (
            {"rising": False, "rates": (rate("A", 10), rate("B", 40), rate("C", 30), rate("D", 70))},
            "rising",
            -0.1,
            "30.0%",
        ),
        (
            {"parity": (GROUP, replace(GROUP, group="5303", selection=Figure(2.6, 2.1, 3.0)))},
            "selection_ratio",
            2.6,
            "5303",
        ),
        ({"parity": (replace(GROUP, selection=Figure(0.2, 0.1, 0.4)),)}, "selection_ratio", 0.2, "0.20"),
        (
            {"parity": (replace(GROUP, false_discovery=Figure(1.9, 1.6, 2.1)),)},
            "most_false_discovery_ratio",
            1.9,
            "1.90",
        ),
    ],
)
def test_each_limit_refuses_by_itself(change: dict[str, object], limit: str, figure: float | None, shown: str) -> None:
    (broken,) = broken_limits(replace(GOOD, **change), LIMITS)
    assert broken.limit == limit
    if figure is not None:
        assert broken.figure == pytest.approx(figure)
    assert shown in broken.zh
    assert shown in broken.en


def test_a_group_is_judged_by_its_whole_interval_and_only_where_it_is_large_enough() -> None:
    wide = replace(GROUP, selection=Figure(2.6, 1.5, 3.9), false_discovery=Figure(1.9, 1.2, 2.4))
    small = replace(
        GROUP,
        enterprises=29,
        selection=Figure(9.0, 5.0, 12.0),
        selected_visits=29,
        false_discovery=Figure(3.0, 2.0, 3.5),
    )
    assert broken_limits(replace(GOOD, parity=(wide, small)), LIMITS) == ()


def test_monotonicity_may_be_left_to_the_analyst() -> None:
    assert broken_limits(replace(GOOD, rising=False), LIMITS.model_copy(update={"rising": False})) == ()
