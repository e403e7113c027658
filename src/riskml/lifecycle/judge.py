"""Any classifier beside the model and the points scorecard: fitted, calibrated and judged at the same rolling origins.

Nothing is registered, and nothing is kept of what was fitted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskml.core.errors import ConfigurationError, RunError
from riskml.core.language import Label, say
from riskml.core.progress import Progress
from riskml.lifecycle.candidates import FEWEST_PROBLEMS, rarer, usual_scorecard
from riskml.lifecycle.training_data import TrainingData, fit_until, learning_rows, visit_offset
from riskml.lifecycle.whole_cohort import rolling_origins
from riskml.training.calibration import PlattCalibration
from riskml.training.choice import REFERENCE, Origin, mean_auc, mean_difference
from riskml.training.evaluation import Difference, evaluate
from riskml.training.interval_coverage import GROUPS, coverage_of
from riskml.training.log_odds import log_odds_of
from riskml.training.origins import Window
from riskml.training.ranking import Figure
from riskml.training.suitable import fitted_clone
from riskml.training.venn_abers import VennAbers

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

MODEL = "model"
"""The model with the settings of training.yaml."""

_OF_VISITS, _ORIGIN, _ENDS = ("enterprise_id", "as_of", "outcome"), "origin", ("_low", "_high")
"""Columns of `Judged.visits` beside those of candidates, and how those of their intervals end."""

_FIGURES = ("auc", "average_precision", "top_decile_lift", "brier", "calibration_error")


@dataclass(frozen=True)
class Judged:
    """Candidates on the same random draws, at rolling origins.

    Parameters
    ----------
    visits
        The n draws that were judged: ``enterprise_id``, ``as_of``, ``outcome`` (0 or 1), ``origin`` (the first day of
        its window), and for each candidate the calibrated probability that it gave before the window began, with the
        ends of its Venn–Abers interval (``…_low``, ``…_high``).
    candidates
        ``model`` (the settings of training.yaml), ``scorecard`` (the usual one, quintiles and logistic regression), and
        whatever else was given.
    simulated
        Whether the records are generated.
    """

    visits: pd.DataFrame
    candidates: tuple[str, ...]
    simulated: bool

    @property
    def origins(self) -> tuple[date, ...]:
        """The first day of each window."""
        return tuple(sorted(set(self.visits["origin"])))

    def figures(self) -> pd.DataFrame:
        """One row for each candidate: figures of all draws together, and by how much its mean AUC over the origins is
        above the scorecard's, with the 95 % interval over enterprises (`low`, `high`).
        """
        rows = {}
        for name in self.candidates:
            risk = self.visits[name].to_numpy()
            found = evaluate(
                self.visits["outcome"].to_numpy(),
                risk,
                probability=risk,
                enterprise=self.visits["enterprise_id"].to_numpy(),
            ).figures
            above = self.above(name, REFERENCE)
            rows[name] = {figure: found[figure].value for figure in _FIGURES} | {
                "auc_above_scorecard": above.value,
                "low": above.low,
                "high": above.high,
            }
        return pd.DataFrame.from_dict(rows, orient="index").rename_axis("candidate")

    def above(self, name: str, other: str) -> Difference:
        """By how much a candidate's mean AUC over the origins is above another's on the same draws, with its 95 %
        interval over enterprises (``value``, ``low``, ``high``).
        """
        return mean_difference(self._origins(), name, other)

    def coverage(self, name: str = MODEL, groups: int = GROUPS) -> pd.DataFrame:
        """Whether what was found lies where the intervals of each draw's risk said that it would.

        Parameters
        ----------
        groups
            So many, of as many draws each, from the lowest risk to the highest.

        Returns
        -------
        DataFrame
            One row for each group; columns as `riskml.training.interval_coverage.CoverageGroup` has them: ``draws``;
            the means of the lower ends, of the risks and of the upper ends, ``low``, ``risk`` and ``high``; the rate
            of problems found, ``observed``, with its own interval; whether it lies between the ends, ``inside``, and
            whether its interval meets them, ``agrees``.
        """
        visits = self.visits
        found = coverage_of(
            visits[name], visits[f"{name}_low"], visits[f"{name}_high"], visits["outcome"], groups=groups
        )
        return pd.DataFrame(found.groups)

    def mean_auc(self, name: str) -> Figure:
        """A candidate's AUC, the mean of the origins, with its 95 % interval over enterprises."""
        return mean_auc(self._origins(), name)

    def __str__(self) -> str:
        """In one sentence."""
        low = self.figures()["low"].to_numpy()
        better = [name for name, least in zip(self.candidates, low, strict=True) if name != REFERENCE and least > 0]
        draws, problems = len(self.visits), int(self.visits["outcome"].sum())
        on = Label(
            f"{len(self.origins)} 个滚动起点的 {draws} 次双随机抽查（{problems} 次发现问题）上",
            f"On {draws} random draws of {len(self.origins)} rolling origins, of which {problems} found a problem,",
        )
        if not better:
            return say(
                f"{on.zh}，没有一个证明优于通常的评分卡：建议用评分卡。",
                f"{on.en} none is shown better than the usual points scorecard, which is recommended.",
            )
        return say(
            f"{on.zh}，证明优于通常评分卡的是：{'、'.join(better)}。",
            f"{on.en} shown better than the usual points scorecard: {', '.join(better)}.",
        )

    def _origins(self) -> list[Origin]:
        parts = [(first, self.visits[self.visits["origin"] == first]) for first in self.origins]
        return [
            Origin(
                first,
                max(part["as_of"]),
                part["outcome"].to_numpy(),
                part["enterprise_id"].to_numpy(dtype=object),
                {name: part[name].to_numpy() for name in self.candidates},
            )
            for first, part in parts
        ]


def judge(
    data: TrainingData, estimators: Mapping[str, Any], origins: int, months: int, on_progress: Progress
) -> Judged:
    """Judge classifiers beside the model and the scorecard.

    Each origin learns from `learn_months` months of visits, is calibrated on the random draws of the
    `calibrate_months` after them, and judged on those of its own window, as a training is.

    Parameters
    ----------
    data
        As `read_whole_cohort` gives it.
    estimators
        Name → a classifier as scikit-learn has them; it is cloned, and fitted on a data frame of indicators in which
        what cannot be known is missing.

    Raises
    ------
    ConfigurationError
        Where a name is taken, or what bears it is no classifier.
    RunError
        Where no origin has enough problems found, or a classifier cannot be fitted.
    """
    for name, estimator in estimators.items():
        _refuse(name, estimator)
    splits, parts = rolling_origins(data, origins, months), []
    for number, window in enumerate(splits.windows):
        on_progress("origins", number, len(splits.windows))
        judged = splits.rows(window)
        around = _Around.of(data, window, splits.judged)
        if min(rarer(data.outcome[rows]) for rows in (judged, around.learn, around.calibrate)) < FEWEST_PROBLEMS:
            continue
        visits = data.cohort.loc[judged, list(_OF_VISITS)].assign(**{_ORIGIN: window.first})
        for name in (MODEL, REFERENCE, *estimators):
            margins = around.margins(name, estimators.get(name))
            visits[name] = around.calibrated(margins)[judged]
            visits[name + _ENDS[0]], visits[name + _ENDS[1]] = around.intervals(margins, judged)
        parts.append(visits)
    if not parts:
        raise RunError(
            zh=f"{origins} 个滚动起点（每个 {months} 个月）中，没有一个在学习期、校准期和评判期都有 "
            f"{FEWEST_PROBLEMS} 次发现问题和未发现问题的检查；请用更少而更长的起点，或导入更多检查记录。",
            en=f"Of {origins} rolling origins of {months} months none has {FEWEST_PROBLEMS} visits that found a "
            "problem, and as many that did not, to learn from, to calibrate and to judge on: ask for fewer "
            "and longer ones, or load more inspections.",
        )
    whole = pd.concat(parts, ignore_index=True)
    return Judged(whole, (MODEL, REFERENCE, *estimators), data.builder.store.simulated)


@dataclass(frozen=True)
class _Around:
    """What one origin learns from and is calibrated on: masks of the cohort's rows."""

    data: TrainingData
    learn: Mask
    calibrate: Mask
    learn_until: date

    @classmethod
    def of(cls, data: TrainingData, window: Window, judged: Mask) -> _Around:
        """Calibration ends the day before the window, and learning the day before that."""
        settings = data.settings
        days = pd.to_datetime(data.cohort["as_of"])
        ends = pd.Timestamp(window.until)
        since = ends - pd.DateOffset(months=settings.splits.calibrate_months) + pd.Timedelta(days=1)
        learn_until = (since - pd.DateOffset(months=settings.cohort.outcome_months) - pd.Timedelta(days=1)).date()
        calibrate = judged & days.between(since, ends).to_numpy()
        learn = learning_rows(data, settings, learn_until)
        return cls(data, learn, calibrate if settings.splits.calibrate_months else learn & judged, learn_until)

    def margins(self, name: str, estimator: Any) -> Floats:
        """A candidate's log-odds of every row, before calibration; rows without indicators have any."""
        data, everyone = self.data, np.ones(len(self.learn), dtype=np.bool_)
        if name == MODEL:
            return fit_until(data, data.settings, self.learn_until, visit_offset(data)).margin(data.matrix)
        if name == REFERENCE:
            return usual_scorecard(data, self.learn, everyone)
        return log_odds_of(fitted(name, estimator, data.matrix[self.learn], data.outcome[self.learn]), data.matrix)

    def calibrated(self, margins: Floats) -> Floats:
        """Probabilities, by the draws of the calibration part."""
        line = PlattCalibration.fit(margins[self.calibrate], self.data.outcome[self.calibrate])
        return line.probability(margins)

    def intervals(self, margins: Floats, judged: Mask) -> tuple[Floats, Floats]:
        """The Venn–Abers intervals of the draws that are judged."""
        return VennAbers.fit(margins[self.calibrate], self.data.outcome[self.calibrate]).interval(margins[judged])


def fitted(name: str, estimator: Any, X: pd.DataFrame, y: NDArray[np.int64]) -> Any:
    """A clone of a classifier, fitted; a ConfigurationError where it is none, a RunError where it cannot be."""
    _refuse(name, estimator)
    try:
        return fitted_clone(estimator, X, y)
    except (TypeError, ValueError) as error:
        raise RunError(
            zh=f"{name} 无法在指标上拟合：{error}。指标中有无从知道的值（空值），不接受空值的模型前面要加 "
            "SimpleImputer。",
            en=f"{name} cannot be fitted on the indicators: {error}. Some values cannot be known and are missing: put "
            "a SimpleImputer before a classifier that takes none.",
        ) from error


def _refuse(name: str, estimator: Any) -> None:
    """Refuse a name that is taken, and what is no classifier."""
    if name in (MODEL, REFERENCE, *_OF_VISITS, _ORIGIN) or name.endswith(_ENDS):
        raise ConfigurationError(
            zh=f"名称 {name} 已用于本系统的模型、评分卡或检查的一列（{'、'.join((*_OF_VISITS, _ORIGIN))}，以及以 "
            f"{'、'.join(_ENDS)} 结尾的）；请另取名称。",
            en=f"{name!r} is what the model, the scorecard or a column of the visits is called "
            f"({', '.join((*_OF_VISITS, _ORIGIN))}, and what ends in {' or '.join(_ENDS)}); choose another name.",
        )
    lacking = [one for one in ("fit", "get_params") if not hasattr(estimator, one)]
    if (
        isinstance(estimator, type)
        or lacking
        or not (hasattr(estimator, "predict_proba") or hasattr(estimator, "decision_function"))
    ):
        what = estimator.__name__ if isinstance(estimator, type) else type(estimator).__name__
        raise ConfigurationError(
            zh=f"{name}（{what}）不是 scikit-learn 式的分类器实例：须有 fit、get_params，以及 predict_proba 或 "
            "decision_function。",
            en=f"{name} ({what}) is no classifier as scikit-learn has them, which is an instance with fit, get_params, "
            "and predict_proba or decision_function.",
        )
