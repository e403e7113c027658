"""What a new model must keep to take the place of the model in use: the ``promotion`` section of training.yaml, and
what breaks it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Literal

from pydantic import Field

from riskml.core.configuration import Entry
from riskml.core.language import Label
from riskml.training.evaluation import Difference, GradeRate
from riskml.training.parity import GroupParity

ComparedFigure = Literal["auc", "average_precision", "ks", "top_decile_lift", "found_first_10", "found_first_20"]


class PromotionLimits(Entry):
    """The limits.

    Parameters
    ----------
    figure
        The figure that the challenger has to beat the champion in, on the same out-of-time random draws.
    least_gain, least_gain_low
        The interval rule: the difference (challenger minus champion) is at least `least_gain`, and the lower end of its
        95 % interval at least `least_gain_low`.
    most_flips, most_wide_flips
        Share of enterprises whose grade may differ between the two, and differ by two grades or more.
    rising
        Whether the problem rate must rise from each grade to the next.
    selection_ratio
        Least and most share of riskier grades in a group, as a multiple of everyone's.
    most_false_discovery_ratio
        The most that a group's share of visits without a problem, among the visits to riskier grades, may be, as a
        multiple of everyone's.
    fewest_in_group
        Groups with fewer (enterprises, or visits) are shown and not judged.
    """

    figure: ComparedFigure = "average_precision"
    least_gain: float = 0.0
    least_gain_low: float = -0.02
    most_flips: float = Field(default=0.25, ge=0, le=1)
    most_wide_flips: float = Field(default=0.03, ge=0, le=1)
    rising: bool = True
    selection_ratio: tuple[float, float] = (0.5, 2.0)
    most_false_discovery_ratio: float = Field(default=1.5, ge=1)
    fewest_in_group: int = Field(default=30, ge=1)


@dataclass(frozen=True)
class Comparison:
    """A challenger beside the champion.

    Parameters
    ----------
    same_rows
        Whether both were judged on the same visits, which neither had seen. Otherwise each has its own test part's
        figures.
    since, until
        First and last as-of date of the visits.
    visits, problems
        How many, and how many of them found a problem.
    champion, challenger
        Figure → value, low, high.
    difference
        Challenger minus champion, in the figure of the limits.
    flips, wide_flips, flips_of
        Share of `flips_of` enterprises whose grade differs, and differs by two or more.
    rates, rising
        The challenger's problem rate by grade, and whether it rises.
    parity
        The challenger's figures by group.
    """

    same_rows: bool
    since: str
    until: str
    visits: int
    problems: int
    champion: Mapping[str, Mapping[str, float]]
    challenger: Mapping[str, Mapping[str, float]]
    difference: Difference
    flips: float
    wide_flips: float
    flips_of: int
    rates: tuple[GradeRate, ...]
    rising: bool
    parity: tuple[GroupParity, ...]


ATTRIBUTES = {
    "region": Label("地区", "region"),
    "ownership": Label("企业类型", "type of enterprise"),
    "size": Label("规模（注册资本，万元）", "size (registered capital, 10,000 yuan)"),
}
"""What enterprises are grouped by for parity."""


@dataclass(frozen=True)
class BrokenLimit:
    """A limit that the challenger does not keep.

    Parameters
    ----------
    limit
        Its name in training.yaml.
    figure, allowed
        What was found, and what the limit allows.
    zh, en
        The same in a sentence.
    """

    limit: str
    figure: float
    allowed: float
    zh: str
    en: str

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return vars(self)


def broken_limits(found: Comparison, limits: PromotionLimits) -> tuple[BrokenLimit, ...]:
    """The limits that a comparison breaks; none where the challenger may be promoted."""
    return (
        *_not_better(found, limits),
        *_flips(found, limits),
        *_not_rising(found, limits),
        *_unlike_others(found, limits),
    )


def _not_better(found: Comparison, limits: PromotionLimits) -> list[BrokenLimit]:
    gain, name = found.difference, limits.figure
    broken = []
    if not gain.value >= limits.least_gain:
        broken.append(
            BrokenLimit(
                "least_gain", gain.value, limits.least_gain,
                f"{name} 比现用模型高 {gain.value:+.4f}，至少应高 {limits.least_gain:+.4f}",
                f"{name} is {gain.value:+.4f} above the champion's, at least {limits.least_gain:+.4f} is asked for",
            )
        )  # fmt: skip
    if not gain.low >= limits.least_gain_low:
        broken.append(
            BrokenLimit(
                "least_gain_low", gain.low, limits.least_gain_low,
                f"{name} 之差的95%区间 [{gain.low:+.4f}, {gain.high:+.4f}] 下端低于 {limits.least_gain_low:+.4f}："
                "不能排除变差",
                f"the 95 % interval of the difference in {name}, [{gain.low:+.4f}, {gain.high:+.4f}], begins below "
                f"{limits.least_gain_low:+.4f}: a loss cannot be ruled out",
            )
        )  # fmt: skip
    return broken


def _flips(found: Comparison, limits: PromotionLimits) -> list[BrokenLimit]:
    asked = (
        ("most_flips", found.flips, limits.most_flips, "等级改变", "whose grade differs"),
        (
            "most_wide_flips",
            found.wide_flips,
            limits.most_wide_flips,
            "等级改变两级以上",
            "whose grade differs by two or more",
        ),
    )
    return [
        BrokenLimit(
            limit, share, most,
            f"{found.flips_of:,} 家企业中{zh}的占 {share:.1%}，至多 {most:.1%}",
            f"{share:.1%} of {found.flips_of:,} enterprises are such {en}, at most {most:.1%} may be",
        )
        for limit, share, most, zh, en in asked
        if share > most
    ]  # fmt: skip


def _not_rising(found: Comparison, limits: PromotionLimits) -> list[BrokenLimit]:
    if not limits.rising or found.rising:
        return []
    rated = [rate for rate in found.rates if not math.isnan(rate.rate)]
    shown = "、".join(f"{rate.grade} {rate.rate:.1%}（{rate.problems}/{rate.rows}）" for rate in rated)
    english = ", ".join(f"{rate.grade} {rate.rate:.1%} ({rate.problems}/{rate.rows})" for rate in rated)
    steps = [later.rate - earlier.rate for earlier, later in pairwise(rated)]
    return [
        BrokenLimit(
            "rising", min(steps, default=0.0), 0.0,
            f"问题发现率没有逐级上升：{shown}", f"the problem rate does not rise from grade to grade: {english}",
        )
    ]  # fmt: skip


def _unlike_others(found: Comparison, limits: PromotionLimits) -> list[BrokenLimit]:
    least, most = limits.selection_ratio
    broken = []
    for one in found.parity:
        of = ATTRIBUTES[one.attribute]
        who_zh, who_en = f"{of.zh} {one.group}", f"{of.en} {one.group}"
        selected, false = one.selection, one.false_discovery
        if one.enterprises >= limits.fewest_in_group and (selected.high < least or selected.low > most):
            bound = least if selected.high < least else most
            broken.append(
                BrokenLimit(
                    "selection_ratio", selected.value, bound,
                    f"{who_zh}：列入较高风险等级的比例是全体的 {selected.value:.2f} 倍 [{selected.low:.2f}, "
                    f"{selected.high:.2f}]，应在 {least:g} 与 {most:g} 之间",
                    f"{who_en}: its share of riskier grades is {selected.value:.2f} times everyone's "
                    f"[{selected.low:.2f}, {selected.high:.2f}], "
                    f"{least:g} to {most:g} is allowed",
                )
            )  # fmt: skip
        if one.selected_visits >= limits.fewest_in_group and false.low > limits.most_false_discovery_ratio:
            broken.append(
                BrokenLimit(
                    "most_false_discovery_ratio", false.value, limits.most_false_discovery_ratio,
                    f"{who_zh}：较高风险等级中未发现问题的比例是全体的 {false.value:.2f} 倍 [{false.low:.2f}, "
                    f"{false.high:.2f}]，至多 {limits.most_false_discovery_ratio:g} 倍",
                    f"{who_en}: its share of visits without a problem among riskier grades is {false.value:.2f} times "
                    "everyone's "
                    f"[{false.low:.2f}, {false.high:.2f}], at most {limits.most_false_discovery_ratio:g} is allowed",
                )
            )  # fmt: skip
    return broken
