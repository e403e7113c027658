"""Points scorecards as tables: every indicator with its bins, the visits and problems in each, weight of evidence,
information value and points.

All is of the visits that a card learnt from, and of nothing later.
"""

from __future__ import annotations

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from lightgbm import Booster
from numpy.typing import NDArray
from scipy.stats import chi2
from sklearn.exceptions import ConvergenceWarning
from sklearn.pipeline import Pipeline

from riskml.core.errors import ConfigurationError, RunError
from riskml.core.language import Label
from riskml.explaining.values import number
from riskml.lifecycle.candidates import as_candidate
from riskml.lifecycle.training_data import TrainingData, fit_classifier, visit_offset
from riskml.publication.atomic_write import appearing_whole_file
from riskml.publication.columns import Field, text
from riskml.publication.csv_export import write_sheet
from riskml.training.baselines import points_scorecard
from riskml.training.categories import encoded
from riskml.training.choice import NAMES, POINTS, REFERENCE
from riskml.training.classifier import RiskClassifier

Floats = NDArray[np.float64]

DOUBLING = 20
"""Points that double the odds of a problem, as credit scoring has them (Siddiqi 2006)."""

PER_LOG_ODDS = DOUBLING / np.log(2)

SMOOTHED = 0.5
"""Visits with a problem, and visits without, that are added to each bin: an empty one has a logarithm."""

CARDS = ("usual", "monotone")

_INFINITE = 1e300
"""LightGBM keeps no threshold above it."""


@dataclass(frozen=True)
class Bin:
    """One bin of an indicator.

    Parameters
    ----------
    low, high
        Its ends; None where it is open to that side.
    unknown
        Whether it is that of values that cannot be known.
    woe
        Weight of evidence: ln(share of all problems / share of all clean visits); above zero is riskier.
    points
        What the card adds; `PER_LOG_ODDS` of them are one log-odds.
    """

    low: float | None
    high: float | None
    unknown: bool
    visits: int
    problems: int
    woe: float
    points: float


@dataclass(frozen=True)
class IndicatorBins:
    """The bins of one indicator, ascending, that of what cannot be known last.

    Parameters
    ----------
    closed
        Which of its ends a bin holds: ``high`` where it was cut at quantiles, ``low`` where a step begins.
    information
        Information value: the sum over bins of the difference of both shares times the weight of evidence.
    by_chance, chance_at_most
        What it comes to by chance where the indicator says nothing: the mean, (bins − 1)(1/problems + 1/clean), and
        what 95 in 100 such indicators stay below.
    """

    name: str
    closed: str
    bins: tuple[Bin, ...]
    information: float
    by_chance: float
    chance_at_most: float

    @property
    def beyond_chance(self) -> bool:
        """Whether the information value is more than chance explains."""
        return self.information > self.chance_at_most


@dataclass(frozen=True)
class PointsTable:
    """A points scorecard.

    Parameters
    ----------
    card
        ``scorecard``, the usual one, or ``points``, the monotone one (`riskml.training.choice`).
    base
        Points that everyone begins with.
    indicators
        Those of the greatest information value first.
    visits, problems
        That the card learnt from.
    """

    card: str
    base: float
    indicators: tuple[IndicatorBins, ...]
    visits: int
    problems: int

    @property
    def label(self) -> Label:
        """What the card is called."""
        return NAMES[self.card]

    def frame(self) -> pd.DataFrame:
        """One row for each bin, those of one indicator together; `low` and `high` are missing where a bin is open, and
        `unknown` marks the bin of what cannot be known.
        """
        return pd.DataFrame([
            {
                "indicator": one.name, "bin": place, "low": own.low, "high": own.high, "closed": one.closed,
                "unknown": own.unknown, "visits": own.visits, "problems": own.problems,
                "rate": own.problems / own.visits, "woe": own.woe, "points": own.points,
                "information_value": one.information, "by_chance": one.by_chance,
                "chance_at_most": one.chance_at_most,
            }
            for one in self.indicators
            for place, own in enumerate(one.bins)
        ]).astype({"low": float, "high": float})  # fmt: skip


def monotone_card(data: TrainingData) -> RiskClassifier:
    """The monotone points scorecard that is recommended where a model is not shown better: what training makes by
    ``model.form: scorecard`` of the same visits.
    """
    return fit_classifier(as_candidate(data, data.settings, POINTS), visit_offset(data))


def points_tables(data: TrainingData, monotone: RiskClassifier) -> tuple[PointsTable, PointsTable]:
    """The usual card, fitted on the learning part, and the monotone one that was."""
    values, outcome = data.matrix[data.learn], data.outcome[data.learn]
    return usual_table(usual_card(values, outcome), values, outcome), monotone_table(monotone, values, outcome)


def points_of(data: TrainingData, places: NDArray[np.intp], card: str) -> PointsTable:
    """A card fitted on some of the visits that may be learnt from, and on no later knowledge of the uninspected.

    Parameters
    ----------
    places
        Among the rows of the cohort that `data.learn` marks.
    card
        One of `CARDS`.

    Raises
    ------
    ConfigurationError
        Where there is no such card.
    RunError
        Where the visits have one outcome only.
    """
    if card not in CARDS:
        raise ConfigurationError(
            zh=f"没有名为 {card!r} 的评分卡；可用的是 {'、'.join(CARDS)}。",
            en=f"There is no scorecard called {card!r}; there are {' and '.join(CARDS)}.",
        )
    learn = np.zeros_like(data.learn)
    learn[np.flatnonzero(data.learn)[places]] = True
    values, outcome = data.matrix[learn], data.outcome[learn]
    if len(set(outcome.tolist())) < 2:
        raise RunError(
            zh=f"所选的 {len(outcome)} 次检查只有一种结果（{int(outcome.sum())} 次发现问题），做不出评分卡；"
            "请多选一些。",
            en=f"The {len(outcome)} visits chosen have one outcome only ({int(outcome.sum())} found a problem): no "
            "scorecard can be made of them; choose more.",
        )
    if card == "usual":
        return usual_table(usual_card(values, outcome), values, outcome)
    sample = data.population
    if sample is not None:
        last = pd.to_datetime(data.cohort.loc[learn, "as_of"]).max()
        sample = sample[pd.to_datetime(sample["as_of"]) <= last].reset_index(drop=True)
    plain = data.settings.splits.model_copy(update={"calibrate_months": 0})
    settings = data.settings.model_copy(update={"splits": plain})
    return monotone_table(
        monotone_card(replace(data, learn=learn, population=sample, settings=settings)), values, outcome
    )


def usual_card(values: pd.DataFrame, outcome: NDArray[np.int64]) -> Pipeline:
    """The points scorecard that an office would set up today, fitted."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # points that still move a little say the same
        return points_scorecard().fit(values, outcome)


def usual_table(card: Pipeline, values: pd.DataFrame, outcome: NDArray[np.int64]) -> PointsTable:
    """The table of a fitted `riskml.training.baselines.points_scorecard`.

    Parameters
    ----------
    values, outcome
        What it was fitted on; shapes (n, k) and (n,).
    """
    binned, points = card[0], card[1].coef_[0] * PER_LOG_ODDS
    found, start = [], 0
    for place, edges in enumerate(binned.edges_):
        width = len(edges) + 2
        column = values.iloc[:, place].to_numpy(dtype=np.float64)
        found.append(_of(str(values.columns[place]), "high", edges, column, outcome, points[start : start + width]))
        start += width
    return _table(REFERENCE, float(card[1].intercept_[0] * PER_LOG_ODDS), found, outcome)


def monotone_table(card: RiskClassifier, values: pd.DataFrame, outcome: NDArray[np.int64]) -> PointsTable:
    """The table of a `monotone_card`, whose first bin of each indicator adds nothing; values of categories are as it
    reads them. `values` and `outcome` as for `usual_table`.
    """
    names = [str(name) for name in card.feature_names_in_]
    read = encoded(values[names].to_numpy(dtype=np.float64), card.encodings_)
    steps = card.steps or {}
    cuts = _cuts(card.booster_, len(names))
    lowest = np.array([own[0] if len(own) else 0.0 for own in cuts])
    # One indicator is moved at a time: each has a tree of its own, so that the differences are its points.
    asked = np.concatenate([[lowest], *(_moved(lowest, place, own) for place, own in enumerate(cuts))])
    margins = np.asarray(card.booster_.predict(asked, raw_score=True)) * PER_LOG_ODDS
    found, start = [], 1
    for place, own in enumerate(cuts):
        added = np.concatenate([[0.0], margins[start : start + len(own) + 1] - margins[0]])
        declared = names[place] in steps
        edges = np.nextafter(own, np.inf) if declared else own
        found.append(_of(names[place], "low" if declared else "high", edges, read[:, place], outcome, added))
        start += len(own) + 1
    return _table(POINTS, float(margins[0]), found, outcome)


def _moved(lowest: Floats, place: int, cuts: Floats) -> Floats:
    """The lowest row with one indicator in each of its other bins, and unknown."""
    rows = np.tile(lowest, (len(cuts) + 1, 1))
    # Well inside of each bin: LightGBM takes what is nearly zero for zero.
    inside = (cuts + np.append(cuts[1:], 2 * np.abs(cuts[-1:]) + cuts[-1:] + 2)) / 2
    rows[:, place] = [*inside, np.nan]
    return rows


def _cuts(booster: Booster, columns: int) -> list[Floats]:
    """The thresholds of each column, ascending: a value that is no greater lies below."""
    trees = booster.trees_to_dataframe()
    splits = trees[trees["split_feature"].notna()]
    places = {name: place for place, name in enumerate(booster.feature_name())}
    cuts: list[set[float]] = [set() for _ in range(columns)]
    for name, threshold in zip(splits["split_feature"], splits["threshold"], strict=True):
        if threshold < _INFINITE:  # there all that is known parts from what is not
            cuts[places[name]].add(float(threshold))
    return [np.array(sorted(own)) for own in cuts]


def _of(
    name: str, closed: str, edges: Floats, column: Floats, outcome: NDArray[np.int64], points: Floats
) -> IndicatorBins:
    """Count the visits in each bin; bins that no visit lies in are left out."""
    unknown = np.isnan(column)
    side: Literal["left", "right"] = "left" if closed == "high" else "right"
    place = np.where(unknown, len(edges) + 1, np.searchsorted(edges, column, side=side))
    visits = np.bincount(place, minlength=len(edges) + 2)
    problems = np.bincount(place, weights=outcome, minlength=len(edges) + 2).astype(np.int64)
    there = np.flatnonzero(visits)
    woe, information = evidence(problems[there], visits[there] - problems[there])
    ends = [None, *edges.tolist(), None]
    bins = tuple(
        Bin(
            low=None if number > len(edges) else ends[number],
            high=None if number > len(edges) else ends[number + 1],
            unknown=bool(number > len(edges)), visits=int(visits[number]), problems=int(problems[number]),
            woe=float(woe[row]), points=float(points[number]),
        )
        for row, number in enumerate(there)
    )  # fmt: skip
    spread = 1 / max(problems.sum(), 1) + 1 / max(visits.sum() - problems.sum(), 1)
    degrees = len(there) - 1
    at_most = float(chi2.ppf(0.95, degrees) * spread) if degrees else 0.0
    return IndicatorBins(name, closed, bins, information, degrees * spread, at_most)


def evidence(problems: NDArray[np.int64], clean: NDArray[np.int64]) -> tuple[Floats, float]:
    """Weights of evidence of the bins of an indicator, and its information value (Siddiqi, Credit Risk Scorecards,
    2006, chapter 6; with the sign turned, so that more is riskier).

    `SMOOTHED` of each outcome are added to every bin.

    Parameters
    ----------
    problems, clean
        Visits in each bin that found a problem, and that did not; shapes (bins,).

    Examples
    --------
    >>> woe, value = evidence(np.array([10, 30]), np.array([60, 20]))
    >>> woe.round(3).tolist(), round(value, 3)
    ([-1.07, 1.078], 1.055)
    """
    share = [(counts + SMOOTHED) / (counts + SMOOTHED).sum() for counts in (problems, clean)]
    woe: Floats = np.log(share[0] / share[1])
    return woe, float(((share[0] - share[1]) * woe).sum())


def _table(card: str, base: float, found: list[IndicatorBins], outcome: NDArray[np.int64]) -> PointsTable:
    ordered = tuple(sorted(found, key=lambda one: -one.information))
    return PointsTable(card, base, ordered, len(outcome), int(outcome.sum()))


def range_of(one: IndicatorBins, own: Bin) -> Label:
    """A bin in words and numbers.

    >>> between = Bin(2.0, 5.0, False, 9, 1, 0.0, 0.0)
    >>> range_of(IndicatorBins("x", "high", (), 0, 0, 0), between).en
    '> 2 to 5'
    >>> range_of(IndicatorBins("x", "low", (), 0, 0, 0), between).en
    '2 to < 5'
    """
    if own.unknown:
        return Label("无从知道", "cannot be known")
    if own.low is None and own.high is None:
        return Label("已知", "known")
    holds_low = one.closed == "low"
    low = None if own.low is None else f"{'' if holds_low else '> '}{number(own.low)}"
    high = None if own.high is None else f"{'< ' if holds_low else ''}{number(own.high)}"
    if low is None or high is None:
        alone = (f"≥ {low}" if holds_low else low) if high is None else high if holds_low else f"≤ {high}"
        return Label(f"{alone}", f"{alone}")
    return Label(f"{low} 至 {high}", f"{low} to {high}")


_FIELDS = (
    text("card", "评分卡", "scorecard"), text("indicator", "指标", "indicator"),
    text("column", "指标列", "indicator column"), text("bin", "分箱", "bin"),
    Field("visits", "integer", Label("检查", "visits")), Field("problems", "integer", Label("发现问题", "problems")),
    Field("rate", "number", Label("问题发现率", "problem rate")),
    Field("woe", "number", Label("证据权重（WoE）", "weight of evidence (WoE)")),
    Field("points", "number", Label("加分", "points")),
    Field("information", "number", Label("信息值（IV）", "information value (IV)")),
    Field("by_chance", "number", Label("偶然的 IV", "IV by chance")),
    Field("chance_at_most", "number", Label("偶然的 IV 上限（95 %）", "IV by chance, 95 % below")),
)  # fmt: skip


def write_csv(
    tables: Sequence[PointsTable], labels: Mapping[str, Label], path: Path, *, notice: Label, simulated: bool
) -> int:
    """Write the tables as one sheet, a row for each bin, and return how many there are.

    Parameters
    ----------
    labels
        Indicator → what it is called.
    notice, simulated
        As `riskml.publication.csv_export.write_query` has them.
    """
    rows = [
        {
            "card": table.label.said, "indicator": labels[one.name].said, "column": one.name,
            "bin": range_of(one, own).said, "visits": own.visits, "problems": own.problems,
            "rate": own.problems / own.visits, "woe": own.woe, "points": own.points, "information": one.information,
            "by_chance": one.by_chance, "chance_at_most": one.chance_at_most,
        }
        for table in tables
        for one in table.indicators
        for own in one.bins
    ]  # fmt: skip
    with appearing_whole_file(path) as draft:
        return write_sheet(draft, _FIELDS, rows, notice=notice, simulated=simulated)
