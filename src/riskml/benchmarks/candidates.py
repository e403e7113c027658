"""The candidates of a benchmark: our model, a points scorecard and plain LightGBM on a few counts and rates, and which of them is to be used.

The choice is made on rolling origins that end before the judged period begins. What the judged period says has no part in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from itertools import chain
from typing import Any

import lightgbm
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from riskml.runs.training_data import TrainingData, fit_classifier
from riskml.training.baselines import points_scorecard
from riskml.training.evaluation import Difference, paired_difference
from riskml.training.ranking import Ranking, cluster_numbers, interval, resample_weights

Floats = NDArray[np.float64]
Mask = NDArray[np.bool_]

MODEL, SCORECARD, FORTY_LINES = "model", "scorecard", "forty_lines"

NAMES = {MODEL: "本模型 model", SCORECARD: "评分卡 points scorecard", FORTY_LINES: "四十行 forty lines"}

RESAMPLES = 400


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


@dataclass(frozen=True)
class Scores:
    """What every candidate, fitted on all rows before `first_day`, says of the rows from then to `last_day`.

    Parameters
    ----------
    by
        Candidate → its scores, in the order of the rows judged.
    """

    first_day: date
    last_day: date
    outcome: NDArray[np.int64]
    enterprise: NDArray[np.object_]
    first: Mask
    by: dict[str, Floats]

    def figures(self, name: str) -> dict[str, float | None]:
        """AUC of all rows, of those with and without a history of visits, average precision and top-decile lift of a candidate."""
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
            result |= {f"{part}{figure}": asdict(found[key]) for key, figure in _PAIRED.items() if not (part and key != "auc")}
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
    data = replace(rows.data, learn=learn)
    return Scores(
        first_day=first_day,
        last_day=last_day,
        outcome=data.outcome[judged],
        enterprise=data.cohort["enterprise_id"].to_numpy(dtype=object)[judged],
        first=rows.first[judged],
        by={MODEL: fit_classifier(data).margin(data.matrix[judged]), **other_candidates(rows, learn, judged)},
    )


def other_candidates(rows: Rows, learn: Mask, judged: Mask) -> dict[str, Floats]:
    """The points scorecard, on the model's indicators, and the plain model, fitted on some rows and asked of others."""
    outcome, matrix = rows.data.outcome[learn], rows.data.matrix
    scorecard = points_scorecard().fit(matrix[learn], outcome)
    plain = plain_model().fit(rows.plain[learn], outcome)
    return {
        SCORECARD: np.asarray(scorecard.predict_proba(matrix[judged])[:, 1]),
        FORTY_LINES: np.asarray(plain.predict_proba(rows.plain[judged])[:, 1]),
    }


def plain_model() -> lightgbm.LGBMClassifier:
    """LightGBM without constraints, steps or averaging, for two counts and six rates."""
    return lightgbm.LGBMClassifier(
        n_estimators=200, learning_rate=0.03, num_leaves=7, min_child_samples=80, colsample_bytree=0.6, reg_lambda=10, n_jobs=1, verbose=-1, random_state=0
    )  # fmt: skip


@dataclass(frozen=True)
class Chosen:
    """Which candidate is to be used, as the origins before the judged period show it.

    Parameters
    ----------
    auc
        Candidate → its AUC, the mean of the origins.
    above
        Other candidate → the model's AUC minus its own, the mean of the origins, on the same resamples.
    """

    candidate: str
    origins: tuple[tuple[date, date], ...]
    auc: dict[str, float]
    above: dict[str, Difference]

    @property
    def why(self) -> tuple[str, str]:
        """In one sentence, in Chinese and in English."""
        shown = [(NAMES[name].split(" ", 1), one) for name, one in self.above.items()]
        span = f"{self.origins[0][0]}–{self.origins[-1][1]}"
        zh = "；".join(f"比{name[0]} {one.value:+.3f} [{one.low:+.3f}, {one.high:+.3f}]" for name, one in shown)
        en = "; ".join(f"{one.value:+.3f} [{one.low:+.3f}, {one.high:+.3f}] to the {name[1]}" for name, one in shown)
        chosen = NAMES[self.candidate].split(" ", 1)
        return (
            f"选用{chosen[0]}：{span} 的 {len(self.origins)} 个滚动起点上，本模型的平均 AUC {zh}。",
            f"Chosen is the {chosen[1]}: at {len(self.origins)} rolling origins of {span} the model's mean AUC is {en}.",
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        zh, en = self.why
        return {
            "candidate": self.candidate,
            "why": {"zh": zh, "en": en},
            "origins": [{"first_day": first.isoformat(), "last_day": last.isoformat()} for first, last in self.origins],
            "auc": self.auc,
            "paired": {f"{MODEL}_minus_{name}": asdict(one) for name, one in self.above.items()},
        }


def choose(origins: Sequence[Scores]) -> Chosen:
    """Choose on rolling origins: the model where it is shown better than the scorecard and behind no candidate; else the best of the others."""
    auc = {name: float(np.mean([figures_auc(one, name) for one in origins])) for name in origins[0].by}
    above = {name: mean_difference(origins, name) for name in (SCORECARD, FORTY_LINES)}
    others = {name: auc[name] for name in (SCORECARD, FORTY_LINES)}
    model_leads = above[SCORECARD].low > 0 and auc[MODEL] >= max(others.values())
    return Chosen(
        candidate=MODEL if model_leads else max(others, key=lambda name: others[name]),
        origins=tuple((one.first_day, one.last_day) for one in origins),
        auc=auc,
        above=above,
    )


def figures_auc(scores: Scores, name: str) -> float:
    """The AUC of a candidate at one origin."""
    auc = point_figures(scores.outcome, scores.by[name])["auc"]
    assert auc is not None
    return auc


def mean_difference(origins: Sequence[Scores], name: str) -> Difference:
    """The model's AUC minus another candidate's, each the mean of the origins, with its interval over enterprises."""
    clusters = cluster_numbers(np.concatenate([one.enterprise for one in origins]), sum(len(one.outcome) for one in origins))
    ends = np.cumsum([0, *(len(one.outcome) for one in origins)])
    rankings = [
        tuple(Ranking(one.outcome.astype(np.float64), one.by[candidate]) for candidate in (MODEL, name)) for one in origins
    ]

    def gap(weights: Floats) -> Floats:
        gaps = []
        for place, (ours, theirs) in enumerate(rankings):
            own = weights[:, ends[place] : ends[place + 1]]
            gaps.append(ours.figures(own)["auc"] - theirs.figures(own)["auc"])
        return np.asarray(np.nanmean(np.array(gaps), axis=0))

    once = np.ones((1, len(clusters)))
    point, *blocks = map(gap, chain([once], resample_weights(clusters, RESAMPLES, 0)))
    draws = np.concatenate(blocks)
    figure = interval(float(point[0]), draws)
    return Difference(figure.value, figure.low, figure.high, better_share=float((draws > 0).mean()))
