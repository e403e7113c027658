"""How often the intervals of drawn samples hold the true rate: many simulated provinces, each drawn once.

Only intervals count that chance has a part in: a group visited whole has none to miss, and one in which nobody was seen
has everything for an interval.
"""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import expit

from riskml.core.language import Label, say
from riskml.core.progress import Progress
from riskml.lab.benchmarks.dataset import ShownTable
from riskml.lab.simulation.calendar import Calendar
from riskml.lab.simulation.geography import counties
from riskml.lab.simulation.industries import industries
from riskml.lab.simulation.latent import FOUND_LEVEL, FOUND_SLOPE
from riskml.lab.simulation.streams import open_streams
from riskml.lab.simulation.world import build_world
from riskml.sampling.draw import WHOLE, in_parts, samples
from riskml.sampling.estimates import Drawn, rates
from riskml.sampling.worth import with_least

Floats = NDArray[np.float64]

FIRST_SEED, PROVINCES, ENTERPRISES = 1000, 200, 3000
"""Each province is simulated from a seed of its own, and drawn once."""

SHARES = {"A": 0.58, "B": 0.30, "C": 0.08, "D": 0.04}
"""Of the grades, which follow the score."""

RATIOS = {"A": 0.02, "B": 0.06, "C": 0.25, "D": 1.0}
"""Of each grade, the share visited under the plan by grades."""

SHARE, LEAST = 0.08, 0.005
"""Of the plan by score: of everyone, the share visited, and the least chance."""

BLUR = 1.0
"""Standard deviation of what the score does not know of the hidden risk, on its scale: about as good as a trained
model.
"""

PLANS = {
    "grade": Label("按等级比例", "ratios by grade"),
    "score": Label("按得分，人人有下限", "by score, least chance"),
}
LEVELS = {"usual": 0.0, "rare": -3.0}
"""Shift of the log-odds of a problem: as the province is simulated, and where few are found."""

LEVEL_NAMES = {"usual": Label("常见", "as simulated"), "rare": Label("少见", "rare")}
KINDS = {
    "everyone": Label("全体", "everyone"),
    **{grade: Label(grade, grade) for grade in SHARES},
    "region": Label("州市", "prefectures"),
    "trade": Label("行业门类", "sections of trade"),
}
WITH_RISK = {True: Label("加模型", "with the model"), False: Label("不用模型", "without")}


@dataclass(frozen=True)
class Covered:
    """How often intervals held the true rate.

    Parameters
    ----------
    intervals
        How many there were, in all provinces.
    share, error
        The share of them that held it, and its standard error over provinces.
    width
        Their mean width.
    bias
        Mean of the estimates minus the true rates.
    """

    plan: str
    level: str
    with_risk: bool
    kind: str
    intervals: int
    share: float
    error: float
    width: float
    bias: float


@dataclass(frozen=True)
class CoverageResult:
    """The coverage of every kind of interval."""

    covered: tuple[Covered, ...]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "simulated": True,
            "provinces": PROVINCES,
            "first_seed": FIRST_SEED,
            "enterprises": ENTERPRISES,
            "covered": [asdict(one) for one in self.covered],
        }

    def tables(self) -> tuple[ShownTable, ...]:
        """One row for each plan, level and kind of group."""
        return (
            ShownTable(
                say(
                    f"{PROVINCES} 个模拟省份中，95 % 区间包含真实问题率的比例",
                    f"Share of 95 % intervals that hold the true rate, {PROVINCES} simulated provinces",
                ),
                (say("计划", "plan"), say("问题", "problems"), say("模型", "model"), say("分组", "groups"),
                 say("区间", "intervals"), say("包含", "held"), say("宽度", "width"), say("偏差", "bias")),
                tuple(
                    (PLANS[one.plan].said, LEVEL_NAMES[one.level].said, WITH_RISK[one.with_risk].said,
                     KINDS[one.kind].said, one.intervals, f"{one.share:.1%} ± {one.error:.1%}", f"{one.width:.3f}",
                     f"{one.bias:+.4f}")
                    for one in self.covered
                ),
            ),
        )  # fmt: skip

    def notes(self) -> tuple[str, ...]:
        """Over all of them, and what they are."""
        whole = np.average([one.share for one in self.covered], weights=[one.intervals for one in self.covered])
        return (
            say(
                f"合计 {whole:.1%}。模拟数据：每个省份的问题按其真实概率抽定，再按计划抽取一次。",
                f"{whole:.1%} in all. Simulated data: each province's problems are fixed by their true probabilities, "
                "and then one sample is drawn by the plan.",
            ),
        )


def run_coverage(on_progress: Progress) -> CoverageResult:
    """Simulate `PROVINCES` provinces, draw each by every plan, and see which intervals hold the true rate."""
    held: dict[tuple[str, str, bool, str], list[tuple[int, bool, float, float]]] = {}
    for number in range(PROVINCES):
        on_progress(say("省份", "province"), number, PROVINCES)
        for key, found in province_intervals(FIRST_SEED + number).items():
            held.setdefault(key, []).extend((number, *one) for one in found)
    return CoverageResult(tuple(_covered(key, rows) for key, rows in held.items()))


def _covered(key: tuple[str, str, bool, str], rows: list[tuple[int, bool, float, float]]) -> Covered:
    province, holds, width, apart = (np.array(column) for column in zip(*rows, strict=True))
    _, place = np.unique(province, return_inverse=True)
    each, of = np.bincount(place, holds), np.bincount(place)
    share = float(each.sum() / of.sum())
    error = float(np.sqrt(((each - share * of) ** 2).sum()) / of.sum())
    return Covered(*key, len(rows), share, error, float(width.mean()), float(apart.mean()))


def province_intervals(seed: int) -> dict[tuple[str, str, bool, str], list[tuple[bool, float, float]]]:
    """Of one province, by plan, level, with or without a model, and kind of group: whether each interval holds the true
    rate, its width, and the estimate minus the true rate.
    """
    random = np.random.default_rng((seed, 1))
    calendar = Calendar(date(2026, 10, 31), 12)
    world = build_world(open_streams(seed), ENTERPRISES, calendar)
    here = (world.closed > calendar.last_day) & (world.registration.established <= calendar.last_day)
    latent = (world.risk.fixed + world.risk.drift[:, -1])[here]
    score = latent + random.normal(0, BLUR, len(latent))
    grade = np.array(list(SHARES))[np.searchsorted(_cuts(score), score, side="right")]
    region = np.array([county.code[:4] for county in counties()])[world.registration.county[here]]
    trade = np.array([industry.code[0] for industry in industries()])[world.registration.industry[here]]
    groups = {"everyone": np.full(len(score), ""), "grade": grade, "region": region, "trade": trade}
    strata = np.unique(np.char.add(region, grade), return_inverse=True)[1]
    result: dict[tuple[str, str, bool, str], list[tuple[bool, float, float]]] = {}
    for level, shift in LEVELS.items():
        problem = (random.random(len(latent)) < expit(FOUND_LEVEL + FOUND_SLOPE * latent + shift)) * 1.0
        # What a model can know of the risk from the score: its mean among enterprises of that score.
        risk = expit((FOUND_LEVEL + shift + FOUND_SLOPE * 0.5 * score) / np.sqrt(1 + np.pi * FOUND_SLOPE**2 * 0.5 / 8))
        for plan in PLANS:
            parts = _parts(plan, grade, score)
            order = np.argsort(strata, kind="stable")
            drawn = np.zeros(len(score), dtype=bool)
            drawn[order] = samples(parts[order], strata[order], 1, random)[0]
            for with_risk in WITH_RISK:
                sample = Drawn(parts / WHOLE, drawn, np.where(drawn, problem, np.nan), risk if with_risk else None)
                for kind, group in groups.items():
                    for name, one in rates(sample, group).items():
                        if one.value is None or math.isinf(one.effective):
                            continue  # Nothing was left to chance, or nothing is known: either holds the true rate.
                        true = float(problem[group == name].mean())
                        key = (plan, level, with_risk, name if kind == "grade" else kind)
                        held = one.low <= true <= one.high
                        result.setdefault(key, []).append((held, one.high - one.low, one.value - true))
    return result


def _cuts(score: Floats) -> Floats:
    cuts: Floats = np.quantile(score, np.cumsum(list(SHARES.values()))[:-1])
    return cuts


def _parts(plan: str, grade: NDArray[np.str_], score: Floats) -> NDArray[np.int64]:
    """The plan's probabilities, in the whole parts that draws go by, for a whole number of visits."""
    if plan == "score":
        size = round(SHARE * len(score))
        chance = with_least(score, score, size / len(score), LEAST)
    else:
        chance = np.array(list(RATIOS.values()))[np.searchsorted(list(RATIOS), grade)]
        size = round(float(chance.sum()))
        some = chance < 1
        chance[some] *= (size - (~some).sum()) / chance[some].sum()
    return in_parts(chance, size)
