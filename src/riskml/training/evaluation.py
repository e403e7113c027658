"""How good a score is on inspections it has never seen, and how sure that is."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskml.core.errors import RunError
from riskml.core.json_values import json_values
from riskml.training.calibration import ReliabilityBin, reliability_table
from riskml.training.ranking import Figure, Ranking, cluster_numbers, interval, resample_count, resample_weights

Floats = NDArray[np.float64]

Z95 = 1.959963984540054


@dataclass(frozen=True)
class Difference:
    """By how much a score beats another on the same rows, with its 95 % paired bootstrap interval.

    Parameters
    ----------
    better_share
        The share of resamples where it does.
    """

    value: float
    low: float
    high: float
    better_share: float


@dataclass(frozen=True)
class GradeRate:
    """Problem rate of one grade, with its 95 % Wilson interval; NaN where no row has the grade."""

    grade: str
    rows: int
    problems: int
    rate: float
    low: float
    high: float


@dataclass(frozen=True)
class GradeTable:
    """Problem rate by grade.

    Parameters
    ----------
    rates
        One per grade, from the lowest risk to the highest.
    rising
        Whether the rate rises strictly from each grade that has rows to the next.
    rising_share
        The share of resamples where it does.
    worst_to_second
        Rate of the last grade over that of the second (D/B; A is often 0).
    """

    rates: tuple[GradeRate, ...]
    rising: bool
    rising_share: float
    worst_to_second: Figure


@dataclass(frozen=True)
class Evaluation:
    """Every figure of one score on one set of inspections.

    Parameters
    ----------
    rows, problems, enterprises
        What the figures rest on; `enterprises` is None where none were given.
    resamples
        The number of bootstrap resamples the intervals rest on.
    figures
        By name: `auc`, `average_precision`, `ks`, `found_first_1|5|10|20` (share of all problems found by
        inspecting the riskiest 1/5/10/20 %), `top_decile_lift`; with probabilities `brier` and
        `calibration_error`; with dates `days_earlier`, `first_half_share`, `first_half_share_as_usual`.
    grades, reliability
        With grades, and with probabilities.
    """

    rows: int
    problems: int
    enterprises: int | None
    resamples: int
    figures: dict[str, Figure]
    grades: GradeTable | None
    reliability: tuple[ReliabilityBin, ...] | None

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; a figure that cannot be computed is None."""
        result: dict[str, Any] = json_values(self)
        return result


def evaluate(
    y: ArrayLike,
    score: ArrayLike,
    *,
    probability: ArrayLike | None = None,
    grade: ArrayLike | None = None,
    grades: Sequence[str] = ("A", "B", "C", "D"),
    date: ArrayLike | None = None,
    enterprise: ArrayLike | None = None,
    resamples: int = 1000,
    seed: int = 0,
) -> Evaluation:
    """Compute every figure with its bootstrap interval.

    Parameters
    ----------
    y : array of shape (n,)
        1 where the inspection found a problem, else 0.
    score : array of shape (n,)
        Higher is riskier; any scale. Equal scores count as a random order among themselves.
    probability : array of shape (n,), optional
        Calibrated probability, for the Brier score and the calibration error.
    grade : array of shape (n,), optional
        Each row's grade, one of `grades`.
    grades
        All grades, from the lowest risk to the highest.
    date : array of shape (n,), optional
        Day of the inspection, for the Chicago protocol.
    enterprise : array of shape (n,), optional
        Enterprises are resampled as a whole, since inspections of one resemble each other.
    resamples
        Wanted number; fewer are made above 20,000 rows (`Evaluation.resamples` says how many).
    seed
        The same seed gives the same intervals.

    Raises
    ------
    RunError
        If only one outcome occurs.

    Examples
    --------
    >>> result = evaluate([0, 0, 1, 0, 1], [0.1, 0.2, 0.3, 0.4, 0.9], resamples=200)
    >>> round(result.figures["auc"].value, 3)
    0.833
    """
    ranking = _ranking(y, score, probability, date)
    clusters = cluster_numbers(enterprise, len(ranking.found))
    made = resample_count(len(ranking.found), resamples)
    codes = None if grade is None else _grade_numbers(grade, grades)

    once = np.ones((1, len(ranking.found)))
    point = ranking.figures(once) | ({} if codes is None else _by_grade(once, ranking.found, codes, len(grades)))
    drawn: dict[str, list[Floats]] = {name: [] for name in point}
    for weights in resample_weights(clusters, made, seed):
        block = ranking.figures(weights)
        if codes is not None:
            block |= _by_grade(weights, ranking.found, codes, len(grades))
        for name, values in block.items():
            drawn[name].append(values)
    draws = {name: np.concatenate(blocks) for name, blocks in drawn.items()}
    figures = {name: interval(float(point[name][0]), draws[name]) for name in point}
    worst_to_second, rising = figures.pop("worst_to_second", None), figures.pop("rising", None)
    table = None
    if codes is not None and worst_to_second is not None and rising is not None:
        table = GradeTable(
            rates=_grade_rates(ranking.found, codes, grades),
            rising=rising.value == 1,
            rising_share=float(draws["rising"].mean()),
            worst_to_second=worst_to_second,
        )
    return Evaluation(
        rows=len(ranking.found),
        problems=int(ranking.found.sum()),
        enterprises=None if enterprise is None else int(clusters.max()) + 1,
        resamples=made,
        figures=figures,
        grades=table,
        reliability=None if ranking.probability is None else reliability_table(ranking.found, ranking.probability),
    )


def paired_difference(
    y: ArrayLike,
    score: ArrayLike,
    baseline: ArrayLike,
    *,
    date: ArrayLike | None = None,
    enterprise: ArrayLike | None = None,
    resamples: int = 1000,
    seed: int = 0,
) -> dict[str, Difference]:
    """Compare two scores on the same rows and the same resamples; figure by figure, score minus baseline.

    Parameters
    ----------
    y, score, date, enterprise, resamples, seed
        As for `evaluate`.
    baseline : array of shape (n,)
        The other score.
    """
    ours, theirs = (_ranking(y, values, None, date) for values in (score, baseline))
    clusters = cluster_numbers(enterprise, len(ours.found))
    drawn = resample_weights(clusters, resample_count(len(ours.found), resamples), seed)
    gaps: dict[str, list[Floats]] = {}
    for weights in chain([np.ones((1, len(ours.found)))], drawn):
        theirs_now = theirs.figures(weights)
        for name, values in ours.figures(weights).items():
            gaps.setdefault(name, []).append(values - theirs_now[name])
    result = {}
    for name, (point, *blocks) in gaps.items():
        draws = np.concatenate(blocks)
        figure = interval(float(point[0]), draws)
        result[name] = Difference(figure.value, figure.low, figure.high, better_share=float((draws > 0).mean()))
    return result


def wilson(problems: int, rows: int, z: float = Z95) -> tuple[float, float]:
    """Interval of a rate that stays sensible at 0 and 1 (E. B. Wilson, 1927), of 95 % unless another quantile `z` is
    given; NaN without rows.

    Examples
    --------
    >>> [round(end, 3) for end in wilson(0, 20)]
    [0.0, 0.161]
    """
    if rows == 0:
        return math.nan, math.nan
    rate, spread = problems / rows, z**2 / rows
    centre = (rate + spread / 2) / (1 + spread)
    half = z * math.sqrt(rate * (1 - rate) / rows + spread / (4 * rows)) / (1 + spread)
    return (0.0 if problems == 0 else centre - half), (1.0 if problems == rows else centre + half)


def _ranking(y: ArrayLike, score: ArrayLike, probability: ArrayLike | None, date: ArrayLike | None) -> Ranking:
    found = np.asarray(y, dtype=np.float64)
    if found.min(initial=1) == found.max(initial=0):
        raise RunError(
            zh=f"无法评估：{len(found)} 次检查的结果全部相同，需要既有发现问题的、也有未发现问题的检查。",
            en=f"Cannot evaluate: all {len(found)} inspections had the same outcome; both outcomes are needed.",
        )
    return Ranking(
        found=found,
        score=np.asarray(score, dtype=np.float64),
        probability=None if probability is None else np.asarray(probability, dtype=np.float64),
        day=None if date is None else np.asarray(date, dtype="datetime64[D]").astype(np.float64),
    )


def _grade_numbers(grade: ArrayLike, grades: Sequence[str]) -> NDArray[np.intp]:
    given = np.asarray(grade).astype(str)
    unknown = sorted(set(given.tolist()) - set(grades))
    if unknown:
        raise ValueError(f"grade holds {unknown}, known are {list(grades)}")
    place = {name: number for number, name in enumerate(grades)}
    return np.array([place[name] for name in given.tolist()], dtype=np.intp)


def _by_grade(weights: Floats, found: Floats, codes: NDArray[np.intp], number: int) -> dict[str, Floats]:
    member = np.zeros((len(codes), number))
    member[np.arange(len(codes)), codes] = 1.0
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = (weights @ (member * found[:, None])) / (weights @ member)
        ratio = rates[:, -1] / rates[:, 1]
    rising = [float((np.diff(row[~np.isnan(row)]) > 0).all()) for row in rates]
    return {"worst_to_second": np.where(np.isinf(ratio), np.nan, ratio), "rising": np.array(rising)}


def _grade_rates(found: Floats, codes: NDArray[np.intp], grades: Sequence[str]) -> tuple[GradeRate, ...]:
    rows = np.bincount(codes, minlength=len(grades))
    problems = np.bincount(codes, weights=found, minlength=len(grades)).astype(int)
    return tuple(
        GradeRate(name, int(n), int(k), float(k / n) if n else math.nan, *wilson(int(k), int(n)))
        for name, n, k in zip(grades, rows, problems, strict=True)
    )
