"""What a plan that follows scores is worth: on a simulated province, where it is known what a visit to anyone would
find, and by replay on real visits.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from numpy.typing import ArrayLike, NDArray

from riskml.core.errors import ConfigurationError
from riskml.core.language import SIMULATED, Label, say
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.evaluation.true_risk import read_true_risk
from riskml.lab.benchmarks.dataset import NO_RANDOM_DRAW, ShownTable, open_dataset
from riskml.lab.benchmarks.freshness import KNOWN_ON, days_known_on
from riskml.lifecycle.training_data import fit_classifier, read_training_data
from riskml.runs.published import PublishedRun, published_runs
from riskml.sampling.worth import (
    GREEDY,
    NAMES,
    PENALTIES,
    PLAN,
    PREVIOUS,
    UNIFORM,
    Outcomes,
    Policy,
    Worth,
    compare,
    told,
    with_least,
)
from riskml.training.model import load_model
from riskml.training.settings import parse_training

Floats = NDArray[np.float64]

SHARE = 0.08
"""Of everyone, visited within the plan's period."""

LEAST = 0.005
"""The chance of everyone to be visited within it."""

SHARES = (0.01, 0.02, 0.03, 0.05, 0.08, 0.12, 0.2, 0.3, 0.5)
"""Shares visited, of the curve."""

RANDOM = (0.0, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1.0)
"""Which part of the visits is given to everyone alike, of the curve of its price."""


DATA = {
    "simulated": Label("模拟省份", "simulated province"),
    "beijing": Label("北京 2023", "Beijing 2023"),
    "chicago": Label("芝加哥 2014-09–10", "Chicago 2014-09–10"),
}
"""What replays are of."""


@dataclass(frozen=True)
class Replayed:
    """Plans carried out on paper.

    Parameters
    ----------
    by
        Policy → its worth at `SHARE` with `LEAST`.
    found
        Policy → share of all problems that it finds at each of `SHARES`.
    random
        Which part of the visits is random → the plan's worth, at `SHARE`.
    """

    enterprises: int
    problems: float
    by: dict[str, Worth]
    found: dict[str, tuple[float, ...]]
    random: dict[float, Worth]


@dataclass(frozen=True)
class WorthResult:
    """Replays by the data of `DATA`."""

    replays: dict[str, Replayed]
    simulated: bool

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        replays = {name: asdict(one) for name, one in self.replays.items()}
        return {"simulated": self.simulated, "share": SHARE, "least": LEAST, "shares": SHARES, **replays}

    def tables(self) -> tuple[ShownTable, ...]:
        """At equal visits, the curve, and the price of the random part."""
        return tuple(table for name, one in self.replays.items() for table in self._tables(DATA[name].said, one))

    def notes(self) -> tuple[str, ...]:
        """What has to be known to read the figures."""
        if not self.simulated:
            return (
                NO_RANDOM_DRAW.said,
                say(
                    "回放按月在实际被检查的企业中选取：未被检查的企业会查出什么，无从得知。",
                    "The replay chooses, month by month, among the visits that were made: what a visit to others would "
                    "have found nobody knows.",
                ),
            )
        return (
            say(
                "模拟数据；问题数是模拟省份真实概率之和，任何模型都读不到它。",
                "Simulated data; problems are sums of the simulated province's true probabilities, which no model can "
                "read.",
            ),
        )

    def _tables(self, name: str, one: Replayed) -> tuple[ShownTable, ...]:
        note = SIMULATED.said if self.simulated else ""
        shown = [key for key in NAMES if key in one.by]
        return (
            ShownTable(
                f"{name}{note}: " + say(
                    f"检查 {SHARE:.1%}，下限 {LEAST:.1%}，{one.enterprises:,} 户",
                    f"{SHARE:.1%} visited, least chance {LEAST:.1%}, {one.enterprises:,} rows",
                ),
                ("", say("问题率", "problem rate"), say("均匀的倍数", "times uniform"),
                 say("少于只按得分", "fewer than by score")),
                tuple((NAMES[key].said, *told(one.by[key])) for key in shown),
            ),
            ShownTable(
                f"{name}{note}: " + say("检查比例与查出的份额", "share visited and share of problems found"),
                (say("检查比例", "visited"), *(NAMES[key].said for key in shown)),
                tuple(
                    (f"{share:.0%}", *(f"{one.found[key][place]:.1%}" for key in shown))
                    for place, share in enumerate(SHARES)
                ),
            ),
            ShownTable(
                f"{name}{note}: " + say("随机部分的代价", "price of the random part"),
                (say("随机部分", "random part"), say("均匀的倍数", "times uniform"),
                 say("少于只按得分", "fewer than by score")),
                tuple((f"{part:.0%}", *told(worth)[1:]) for part, worth in one.random.items()),
            ),
        )  # fmt: skip


def replay(outcomes: Outcomes, orders: dict[str, Floats], period: ArrayLike) -> Replayed:
    """Carry out plans on rows of which it is known what a visit would find.

    Parameters
    ----------
    orders
        `GREEDY` and others → what they go by, the highest first, of shape (n,).
    period
        The plan's period that each row belongs to, of shape (n,): a plan chooses among the rows of its own, the same
        share of each. Over all periods at once it would know which months turn out bad.
    """
    problem = outcomes.problem
    parts = [np.flatnonzero(period == one) for one in np.unique(period)]

    def by_period(order: Floats, share: float, least: float) -> Floats:
        chance = np.empty(len(problem))
        for rows in parts:
            chance[rows] = with_least(order[rows], order[rows], share, least)
        return chance

    def chances(share: float, random: float) -> dict[str, Floats]:
        return {
            UNIFORM: np.full(len(problem), share),
            **{name: by_period(order, share, 0.0) for name, order in orders.items()},
            PLAN: by_period(orders[GREEDY], share, random * share),
        }

    def compared(random: float) -> dict[str, Worth]:
        return compare(outcomes, {name: Policy(chance) for name, chance in chances(SHARE, random).items()})

    curves: dict[str, list[float]] = {}
    for share in SHARES:
        for name, chance in chances(share, min(1.0, LEAST / share)).items():
            curves.setdefault(name, []).append(float(chance @ problem / problem.sum()))
    return Replayed(
        len(problem),
        float(problem.sum()),
        compared(LEAST / SHARE),
        {name: tuple(curve) for name, curve in curves.items()},
        {random: compared(random)[PLAN] for random in RANDOM},
    )


def worth_simulated(workspace: Workspace, on_progress: Progress) -> WorthResult:
    """Replay on everyone of the newest run of a simulated workspace.

    Raises
    ------
    ConfigurationError
        Where the workspace has no simulated truth, or no run.
    """
    truth = read_true_risk(workspace)
    if truth is None:
        raise ConfigurationError(
            zh=f"{workspace.root} 没有模拟省份的真实风险（data/truth/）；先 riskml simulate、ingest、train、score。",
            en=f"{workspace.root} has no true risk of a simulated province (data/truth/): simulate, ingest, train and "
            "score first.",
        )
    runs = published_runs(workspace, "yunnan", "grades", "indicators")
    on_progress("replay", 0, 1)
    *earlier, now = runs
    rows = _scores(now).assign(as_of=now.as_of)
    rows["true"] = truth.of(rows)
    column = parse_training(load_model(workspace, "yunnan").bundle.training_yaml, "training.yaml").past_penalties
    penalties = pq.read_table(now.parts("indicators"), columns=["enterprise_id", column]).to_pandas()
    rows = rows[rows["true"].notna()].merge(penalties, on="enterprise_id")
    orders = {PENALTIES: rows[column].fillna(0).to_numpy(np.float64)}
    if earlier:
        before = _scores(earlier[-1]).set_index("enterprise_id")["score"]
        orders[PREVIOUS] = rows["enterprise_id"].map(before).fillna(before.median()).to_numpy(np.float64)
    orders[GREEDY] = rows["score"].to_numpy(np.float64)
    outcomes = Outcomes(rows["true"].to_numpy(np.float64), rows["enterprise_id"].to_numpy(object))
    return WorthResult({"simulated": replay(outcomes, orders, np.zeros(len(rows)))}, simulated=True)


def _scores(run: PublishedRun) -> pd.DataFrame:
    table: pd.DataFrame = pq.read_table(run.parts("grades"), columns=["enterprise_id", "score"]).to_pandas()
    return table


def worth_real(data: Path, on_progress: Progress) -> WorthResult:
    """Replay on the judged visits of the real data sets in `data`: ``beijing`` and ``chicago``.

    Raises
    ------
    RunError
        Where a file is missing or cannot be read.
    """
    last = {"beijing": date(2023, 12, 31), "chicago": date(2014, 10, 31)}
    found = {name: _replay_real(name, data / name, day, on_progress) for name, day in last.items()}
    return WorthResult(found, simulated=False)


def _month_before(days: pd.Series) -> pd.Series:
    return KNOWN_ON["month_end"](KNOWN_ON["month_end"](days))


def _replay_real(name: str, folder: Path, last_day: date, on_progress: Progress) -> Replayed:
    """One row for each enterprise and day of the judged period; plans know what a run of the month-end before knew."""
    with open_dataset(name, folder, last_day, on_progress) as dataset:
        data = read_training_data(dataset.workspace, dataset.settings, last_day, on_progress, among="true")
        known = days_known_on(data, KNOWN_ON["month_end"], on_progress)
        before = days_known_on(data, _month_before, on_progress)
        days = pd.to_datetime(known.cohort["visit_date"]).dt.date.to_numpy()
        judged = days > data.split.test_from
        classifier = fit_classifier(replace(known, learn=days <= data.split.learn_until))
        cohort = known.cohort[judged]
        outcomes = Outcomes(cohort["outcome"].to_numpy(np.float64), cohort["enterprise_id"].to_numpy(dtype=object))
        return replay(
            outcomes,
            {
                PENALTIES: known.matrix.loc[judged, known.settings.past_penalties].fillna(0).to_numpy(np.float64),
                PREVIOUS: classifier.margin(before.matrix[judged]),
                GREEDY: classifier.margin(known.matrix[judged]),
            },
            pd.to_datetime(cohort["visit_date"]).dt.to_period("M").astype(str).to_numpy(),
        )
