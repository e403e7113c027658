"""What rolling origins show of a data set: the model beside the usual scorecard, what the seed of its random draws adds
to that, and whether the intervals of its risks hold what was found.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskml.core.language import Label, counted, say
from riskml.lab.benchmarks.candidates import MODEL, SCORECARD, Scores
from riskml.lab.benchmarks.dataset import ShownTable
from riskml.lifecycle.training_data import TrainingData, fit_classifier
from riskml.training.calibration import PlattCalibration
from riskml.training.choice import mean_auc, mean_difference
from riskml.training.evaluation import Difference
from riskml.training.interval_coverage import GROUPS, CoverageGroup, coverage_of
from riskml.training.ranking import Figure
from riskml.training.venn_abers import VennAbers

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

SEEDS = (0, 1, 2)
"""The first is that of the shipped settings."""

CALIBRATION_MONTHS = 6
"""For intervals on real visits the model learns without the last months before an origin, and is calibrated on them."""


@dataclass(frozen=True)
class Rolled:
    """One data set at its rolling origins.

    Parameters
    ----------
    days
        The first day that is judged, and the last.
    visits, problems
        Judged at all origins together.
    model, scorecard
        The mean AUC of the origins.
    above
        The model's minus the scorecard's, on the same resamples of enterprises.
    seeds
        The model's mean AUC with each of `SEEDS`.
    groups
        Visits of similar risk: the intervals of the model's risks, and what was found.
    drawn
        Whether the visits are random draws.
    """

    name: Label
    origins: int
    days: tuple[date, date]
    visits: int
    problems: int
    model: Figure
    scorecard: Figure
    above: Difference
    seeds: tuple[float, ...]
    groups: tuple[CoverageGroup, ...]
    drawn: bool

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "name": asdict(self.name),
            "origins": self.origins,
            "days": [day.isoformat() for day in self.days],
            "visits": self.visits,
            "problems": self.problems,
            **{part: asdict(getattr(self, part)) for part in ("model", "scorecard", "above")},
            "seeds": dict(zip(map(str, SEEDS), self.seeds, strict=True)),
            "random_draws": self.drawn,
            "intervals": [asdict(one) for one in self.groups],
        }


def roll(
    name: Label,
    data: TrainingData,
    scores: Sequence[Scores],
    parts: Sequence[tuple[Mask, Mask]],
    offset: Floats | None = None,
) -> Rolled:
    """Roll real visits, none of which was a random draw.

    Parameters
    ----------
    data
        That the model is trained on, with its settings.
    scores
        One for each origin, with those of the model (by the seed of the settings) and of the scorecard.
    parts
        For each origin, masks of the rows learnt from and of those judged.
    offset
        As for `fit_classifier`.
    """
    by_seed = [mean_auc(scores, MODEL).value]
    for seed in SEEDS[1:]:
        model = data.settings.model.model_copy(update={"random_state": seed})
        seeded = replace(data, settings=data.settings.model_copy(update={"model": model}))
        again = [
            replace(one, by={MODEL: _margin(seeded, learn, offset)[judged]})
            for one, (learn, judged) in zip(scores, parts, strict=True)
        ]
        by_seed.append(mean_auc(again, MODEL).value)
    visits = pd.concat([_with_intervals(data, *part, offset) for part in parts], ignore_index=True)
    return Rolled(
        name=name,
        origins=len(scores),
        days=(scores[0].first_day, scores[-1].last_day),
        visits=len(visits),
        problems=int(visits["outcome"].sum()),
        model=mean_auc(scores, MODEL),
        scorecard=mean_auc(scores, SCORECARD),
        above=mean_difference(scores, MODEL, SCORECARD),
        seeds=tuple(by_seed),
        groups=coverage_of(visits["risk"], visits["low"], visits["high"], visits["outcome"]).groups,
        drawn=False,
    )


def rolled_tables(rolled: Sequence[Rolled]) -> tuple[ShownTable, ...]:
    """The two tables of some data sets, narrow enough for a terminal of 80 columns; none of no data set."""
    if not rolled:
        return ()
    return (
        ShownTable(
            say("滚动起点：平均 AUC 和 95 % 区间", "Rolling origins: mean AUC with 95 % intervals"),
            (
                say("有问题 / 全部", "problems / all"),
                say("本模型", "model"),
                say("评分卡", "scorecard"),
                say("差", "difference"),
                say("三个种子", "three seeds"),
            ),
            tuple(_row(one) for one in rolled),
        ),
        ShownTable(
            say(
                f"Venn–Abers 区间与实际：按风险分为 {GROUPS} 组",
                f"Venn–Abers intervals and what was found: {GROUPS} groups by risk",
            ),
            (
                "",
                say("检查", "visits"),
                say("区间", "interval"),
                say("实际", "found"),
                "95 %",
                say("在内", "inside"),
            ),
            tuple(
                (
                    one.name.said if number == 0 else "",
                    group.draws,
                    f"{group.low:.2%}–{group.high:.2%}",
                    f"{group.observed:.2%}",
                    f"{group.observed_low:.2%}–{group.observed_high:.2%}",
                    _inside(group),
                )
                for one in rolled
                for number, group in enumerate(one.groups)
            ),
        ),
    )


def rolled_note(one: Rolled) -> str:
    """What has to be known to read a data set's intervals."""
    inside, met = (sum(getattr(group, name) for group in one.groups) for name in ("inside", "agrees"))
    held = Label(
        f"{GROUPS} 组中 {inside} 组的实际问题率在区间之内，{met} 组的 95 % 区间与之相交",
        f"in {inside} of {GROUPS} groups the rate found lies inside, in {met} its own 95 % interval meets it",
    )
    if one.drawn:
        how = Label(
            "检查都是双随机抽查（模拟），区间有效的前提成立，只是抽查的时间有先后",
            "the visits are random draws (simulated), as intervals presume, only that they come one after another",
        )
    else:
        how = Label(
            f"没有一次是随机抽查，问题率又随时间变化，区间没有保证；模型另学一次，不含每个起点前 {CALIBRATION_MONTHS} "
            "个月，用这几个月校准",
            "no visit was a random draw and rates drift, so that nothing guarantees the intervals; for them the model "
            f"learns without the {CALIBRATION_MONTHS} months before each origin and is calibrated on these",
        )
    return say(f"{one.name.zh}，区间：{held.zh}；{how.zh}", f"{one.name.en}, intervals: {held.en}; {how.en}")


def _inside(group: CoverageGroup) -> str:
    if group.inside:
        return say("是", "yes")
    return say("相交", "meets it") if group.agrees else say("否", "no")


def _row(one: Rolled) -> tuple[object, ...]:
    above = one.above
    first, last = (f"{day:%Y-%m}" for day in one.days)
    return (
        f"{one.name.said}\n{say(f'{one.origins} 个起点', counted(one.origins, 'origins'))}\n{first}–{last}\n"
        f"{one.problems:,} / {one.visits:,}",
        *(f"{figure.value:.4f}\n{figure.low:.3f}–{figure.high:.3f}" for figure in (one.model, one.scorecard)),
        f"{above.value:+.4f}\n[{above.low:+.3f},\n{above.high:+.3f}]",
        "\n".join(f"{value:.4f}" for value in one.seeds),
    )


def _margin(data: TrainingData, learn: Mask, offset: Floats | None) -> Floats:
    """The log-odds of every row by a model fitted on some."""
    return fit_classifier(replace(data, learn=learn), offset).margin(data.matrix)


def _with_intervals(data: TrainingData, learn: Mask, judged: Mask, offset: Floats | None) -> pd.DataFrame:
    """The judged rows with calibrated risks and the ends of their intervals."""
    days = pd.to_datetime(data.cohort["visit_date"])
    since = days[learn].max() - pd.DateOffset(months=CALIBRATION_MONTHS)
    later = learn & (days > since).to_numpy()
    margin, outcome = _margin(data, learn & ~later, offset), data.outcome
    low, high = VennAbers.fit(margin[later], outcome[later]).interval(margin[judged])
    risk = PlattCalibration.fit(margin[later], outcome[later]).probability(margin[judged])
    return pd.DataFrame({"outcome": outcome[judged], "risk": risk, "low": low, "high": high})
