"""Which of several candidates is to be used, as rolling origins show it: each is fitted on what came before an origin
and judged on what came after.

No candidate is chosen for a figure that may be luck. The blend of trees and points is the default, because in a year
when trades change it leans on neither alone; another takes its place where the paired interval of its lead lies above
zero. Where what is chosen is not shown better than the points scorecard that an office would set up today, a scorecard
is recommended in its place, and the sentence says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskml.core.language import counted
from riskml.records.tables import Label
from riskml.training.evaluation import Difference
from riskml.training.ranking import Figure, Ranking, cluster_numbers, interval, resample_weights

Floats = NDArray[np.float64]

BLEND, TREES, POINTS, FEW = "blend", "trees", "points", "few"
REFERENCE = "scorecard"

NAMES = {
    BLEND: Label("树与评分卡的平均", "blend of trees and points"),
    TREES: Label("提升树", "boosted trees"),
    POINTS: Label("单调评分卡", "monotone points scorecard"),
    FEW: Label("少数几项指标的提升树", "trees on a few indicators"),
    REFERENCE: Label("通常的评分卡", "usual points scorecard"),
}
"""The candidates, and the scorecard that an office would set up today, which any of them has to beat."""

RESAMPLES = 400


@dataclass(frozen=True)
class Origin:
    """One rolling origin: what every candidate, fitted on what came before `first_day`, says of the visits from then to
    `last_day`.

    Parameters
    ----------
    outcome, enterprise
        Of the n visits judged.
    by
        Candidate → its scores, shape (n,); `REFERENCE` among them.
    """

    first_day: date
    last_day: date
    outcome: NDArray[np.int64]
    enterprise: NDArray[np.object_]
    by: Mapping[str, Floats]


@dataclass(frozen=True)
class Choice:
    """The candidate to use.

    Parameters
    ----------
    origins
        First and last day of each.
    auc
        Candidate → its AUC, the mean of the origins.
    above
        Other candidate → the chosen one's AUC minus its own, the mean of the origins, on the same resamples.
    """

    candidate: str
    origins: tuple[tuple[date, date], ...]
    auc: dict[str, float]
    above: dict[str, Difference]

    @property
    def recommended(self) -> str:
        """The candidate itself, or the points scorecard where nothing shows the candidate better than the usual one."""
        return POINTS if self.origins and self.above[REFERENCE].low <= 0 else self.candidate

    @property
    def why(self) -> Label:
        """In one sentence."""
        chosen = NAMES[self.candidate]
        if not self.origins:
            return Label(
                f"选用{chosen.zh}：学习期内的检查太少，不足以在滚动起点上比较。",
                f"Chosen is the {chosen.en}: the learning part has too few visits to compare candidates at rolling "
                "origins.",
            )
        span = f"{self.origins[0][0]}–{self.origins[-1][1]}"
        zh = "；".join(
            f"比{NAMES[name].zh} {one.value:+.3f} [{one.low:+.3f}, {one.high:+.3f}]" for name, one in self.above.items()
        )
        en = "; ".join(
            f"{one.value:+.3f} [{one.low:+.3f}, {one.high:+.3f}] against the {NAMES[name].en}"
            for name, one in self.above.items()
        )
        plainly = Label("", "")
        if self.recommended != self.candidate:
            plainly = Label(
                f"；没有证明优于通常的评分卡，建议改用{NAMES[POINTS].zh}（删去 candidates，写 model.form: scorecard）",
                f"; it is not shown better than the usual scorecard, so the {NAMES[POINTS].en} is recommended in its "
                "place (model.form: scorecard, without candidates)",
            )
        return Label(
            f"选用{chosen.zh}：{span} 的 {len(self.origins)} 个滚动起点上平均 AUC {self.auc[self.candidate]:.3f}，"
            f"{zh}{plainly.zh}。",
            f"Chosen is the {chosen.en}: at {counted(len(self.origins), 'rolling origins')} of {span} its mean AUC is "
            f"{self.auc[self.candidate]:.3f}, {en}{plainly.en}.",
        )

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "candidate": self.candidate,
            "recommended": self.recommended,
            "why": asdict(self.why),
            "origins": [{"first_day": first.isoformat(), "last_day": last.isoformat()} for first, last in self.origins],
            "auc": self.auc,
            "paired": {f"{self.candidate}_minus_{name}": asdict(one) for name, one in self.above.items()},
        }


def choose(origins: Sequence[Origin]) -> Choice:
    """Choose on rolling origins; the blend where there is none."""
    if not origins:
        return Choice(BLEND, (), {}, {})
    auc = {name: float(np.mean([_auc(one.outcome, one.by[name]) for one in origins])) for name in origins[0].by}
    better = [name for name in auc if name not in (BLEND, REFERENCE) and mean_difference(origins, name, BLEND).low > 0]
    chosen = max(better, key=lambda name: auc[name], default=BLEND)
    others = [name for name in auc if name != chosen]
    return Choice(
        candidate=chosen,
        origins=tuple((one.first_day, one.last_day) for one in origins),
        auc=auc,
        above={name: mean_difference(origins, chosen, name) for name in others},
    )


def mean_difference(origins: Sequence[Origin], name: str, other: str) -> Difference:
    """One candidate's AUC minus another's, each the mean of the origins, with its interval over enterprises."""
    ours, theirs = (_mean_aucs(origins, which) for which in (name, other))
    draws = (ours - theirs)[1:]
    figure = interval(float(ours[0] - theirs[0]), draws)
    return Difference(figure.value, figure.low, figure.high, better_share=float((draws > 0).mean()))


def mean_auc(origins: Sequence[Origin], name: str) -> Figure:
    """A candidate's AUC, the mean of the origins, with its interval over enterprises."""
    found = _mean_aucs(origins, name)
    return interval(float(found[0]), found[1:])


def _mean_aucs(origins: Sequence[Origin], name: str) -> Floats:
    """The mean of the origins' AUCs of all visits, and then of each resample of enterprises: the same for every
    candidate.
    """
    clusters = cluster_numbers(
        np.concatenate([one.enterprise for one in origins]), sum(len(one.outcome) for one in origins)
    )
    ends = np.cumsum([0, *(len(one.outcome) for one in origins)])
    rankings = [Ranking(one.outcome.astype(np.float64), one.by[name]) for one in origins]

    def mean(weights: Floats) -> Floats:
        by_origin = [
            one.figures(weights[:, ends[place] : ends[place + 1]])["auc"] for place, one in enumerate(rankings)
        ]
        return np.asarray(np.nanmean(np.array(by_origin), axis=0))

    once = np.ones((1, len(clusters)))
    return np.concatenate([mean(weights) for weights in chain([once], resample_weights(clusters, RESAMPLES, 0))])


def _auc(outcome: NDArray[np.int64], scores: Floats) -> float:
    return float(Ranking(outcome.astype(np.float64), scores).figures(np.ones((1, len(outcome))))["auc"][0])
