"""The candidates of a benchmark at a rolling origin, each fitted on all that came before it: those of `riskml train`,
and plain LightGBM on a few counts and rates in the place of the candidate that reads few indicators.

Which of them is to be used is chosen (`riskml.training.choice`) on origins that end before the judged period begins.
What the judged period says has no part in it.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date

import lightgbm
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskml.core.language import Label
from riskml.lifecycle.candidates import as_candidate, usual_scorecard
from riskml.lifecycle.training_data import TrainingData, fit_classifier
from riskml.training.choice import BLEND, FEW, POINTS, REFERENCE, RESAMPLES, TREES, Origin
from riskml.training.evaluation import paired_difference
from riskml.training.ranking import Ranking
from riskml.training.settings import TrainingSettings

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

MODEL, SCORECARD, FORTY_LINES = "model", "scorecard", "forty_lines"

NAMES = {
    MODEL: Label("本模型", "model"),
    SCORECARD: Label("评分卡", "points scorecard"),
    FORTY_LINES: Label("四十行", "forty lines"),
}


@dataclass(frozen=True)
class Rows:
    """Visits, or days with visits, that candidates are fitted to and judged on.

    Parameters
    ----------
    data
        With the indicators that the model uses.
    plain
        Those that the plain model uses, in the same order.
    first
        Whether no visit to the enterprise came before.
    """

    data: TrainingData
    plain: pd.DataFrame
    first: Mask

    @property
    def days(self) -> pd.Series:
        """The day of each row."""
        return pd.to_datetime(self.data.cohort["visit_date"])

    def between(self, first_day: date, last_day: date) -> Mask:
        """The rows of these days."""
        return np.asarray(self.days.between(pd.Timestamp(first_day), pd.Timestamp(last_day)))

    def before(self, day: date) -> Mask:
        """The rows of the days before."""
        return np.asarray(self.days < pd.Timestamp(day))


@dataclass(frozen=True, kw_only=True)
class Scores(Origin):
    """What candidates, fitted on all rows before `first_day`, say of the rows from then to `last_day`.

    Parameters
    ----------
    first
        Whether each of the n rows is of the first day with a visit to its enterprise.
    """

    first: Mask

    def told_as(self, candidate: str) -> Scores:
        """The same with that candidate as the model, beside the usual scorecard and the forty lines."""
        return replace(self, by={MODEL: self.by[candidate], SCORECARD: self.by[REFERENCE], FORTY_LINES: self.by[FEW]})

    def figures(self, name: str) -> dict[str, float | None]:
        """AUC of all rows, of those with and without a history of visits, average precision and top-decile lift of a
        candidate.
        """
        whole = point_figures(self.outcome, self.by[name])
        with_history, without = (
            point_figures(self.outcome[part], self.by[name][part])["auc"] for part in (~self.first, self.first)
        )
        return {**whole, "with_history": with_history, "without_history": without}

    def above(self, name: str) -> dict[str, dict[str, float]]:
        """The model's figures minus those of another candidate, paired; of parts in which both outcomes occur."""
        parts = {"": np.ones(len(self.first), dtype=bool), "with_history_": ~self.first, "without_history_": self.first}
        result: dict[str, dict[str, float]] = {}
        for part, mask in parts.items():
            if len(set(self.outcome[mask].tolist())) < 2:
                continue
            found = paired_difference(
                self.outcome[mask],
                self.by[MODEL][mask],
                self.by[name][mask],
                enterprise=self.enterprise[mask],
                resamples=RESAMPLES,
            )
            result |= {
                f"{part}{figure}": asdict(found[key]) for key, figure in _PAIRED.items() if not (part and key != "auc")
            }
        return result


_PAIRED = {"auc": "auc", "average_precision": "average_precision", "top_decile_lift": "lift"}


def point_figures(outcome: NDArray[np.int64], score: Floats) -> dict[str, float | None]:
    """AUC, average precision and lift without intervals; None where only one outcome occurs."""
    if not 0 < outcome.sum() < len(outcome):
        return {"auc": None, "average_precision": None, "lift": None}
    found = Ranking(outcome.astype(np.float64), score).figures(np.ones((1, len(outcome))))
    return {name: float(found[key][0]) for key, name in _PAIRED.items()}


def scores_of(rows: Rows, first_day: date, last_day: date) -> Scores:
    """Fit every candidate on the rows before `first_day`, and score those to `last_day`."""
    learn, judged = rows.before(first_day), rows.between(first_day, last_day)
    return Scores(
        first_day=first_day,
        last_day=last_day,
        outcome=rows.data.outcome[judged],
        enterprise=rows.data.cohort["enterprise_id"].to_numpy(dtype=object)[judged],
        first=rows.first[judged],
        by=candidate_scores(rows, learn, judged),
    )


def candidate_scores(rows: Rows, learn: Mask, judged: Mask, offset: Floats | None = None) -> dict[str, Floats]:
    """Log-odds of every candidate, fitted on some rows and asked of others; `offset` as in `fit_classifier`."""
    data = replace(rows.data, learn=learn)
    by = {
        name: fit_classifier(as_candidate(data, data.settings, name), offset).margin(data.matrix[judged])
        for name in (TREES, POINTS)
    }
    plain = plain_model().fit(rows.plain[learn], data.outcome[learn])
    few = np.asarray(plain.predict(rows.plain[judged], raw_score=True), dtype=np.float64)
    return {**by, BLEND: (by[TREES] + by[POINTS]) / 2, FEW: few, REFERENCE: usual_scorecard(data, learn, judged)}


def few_columns(settings: TrainingSettings) -> tuple[str, ...]:
    """What the plain model of forty lines reads: two counts and six rates."""
    return settings.candidates.few if settings.candidates else ()


def plain_model() -> lightgbm.LGBMClassifier:
    """LightGBM without constraints, steps or averaging, for two counts and six rates."""
    return lightgbm.LGBMClassifier(
        n_estimators=200, learning_rate=0.03, num_leaves=7, min_child_samples=80, colsample_bytree=0.6, reg_lambda=10,
        n_jobs=1, verbose=-1, random_state=0
    )  # fmt: skip
