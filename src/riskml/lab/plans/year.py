"""A year of plans on a small simulated province: each month a plan by the scores, a draw, visits, what they found back
as records, and a model that learns from it for the next plan.
"""

from __future__ import annotations

import csv
from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from numpy.typing import NDArray
from scipy.special import expit

from riskml.core.init import create_workspace
from riskml.core.language import say
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.evaluation.true_risk import expected_auc
from riskml.features.matrix import read_matrix
from riskml.lab.benchmarks.dataset import ShownTable
from riskml.lab.simulation import simulate
from riskml.lab.simulation.latent import FOUND_LEVEL, FOUND_SLOPE, INSPECTOR_SPREAD, OFFICE_SPREAD
from riskml.lifecycle.training_data import TrainingData, fit_classifier, new_classifier, read_training_data
from riskml.records.ingest import ingest
from riskml.records.sources import load_source
from riskml.sampling.draw import WHOLE, in_parts, samples
from riskml.sampling.estimates import Drawn, Rate, rates
from riskml.training.propensity import stated_weights
from riskml.training.settings import TrainingSettings, load_training

Floats = NDArray[np.float64]

ENTERPRISES, SEED = 4000, 21
MONTHS = 12
LAST_DAY = date(2026, 10, 31)

SHARES = {"A": 0.58, "B": 0.30, "C": 0.08, "D": 0.04}
"""Of the grades, which follow the score each month."""

RATIOS = {"A": 0.01, "B": 0.03, "C": 0.12, "D": 0.3}
"""Of each grade, the share drawn a month."""

_COLUMNS = (
    "record_id", "enterprise_id", "event_date", "known_date", "kind", "result", "domain", "problems",
    "serious_problems", "inspector", "plan", "draw_chance",
)  # fmt: skip

ABSENT = 0.06
"""Of those drawn, whom nobody sees: closed, or left out of the month."""


@dataclass(frozen=True)
class Month:
    """One plan.

    Parameters
    ----------
    day
        The as-of date of its scores; visits are in the month after.
    visits
        How many were drawn.
    rates
        Grade → its problem rate, estimated from the draw.
    true
        Grade → the share of its enterprises at which a visit would have found a problem, seen or not.
    learnt
        How many visits the model learnt from.
    auc, weighed
        AUC against the true risk of everyone: of the model that made the plan, which counts its visits alike, and of
        one that counts each drawn visit for as many as it stands for.
    """

    day: date
    visits: int
    rates: dict[str, Rate]
    true: dict[str, float]
    learnt: int
    auc: float
    weighed: float


@dataclass(frozen=True)
class YearResult:
    """Twelve plans."""

    months: tuple[Month, ...]

    @property
    def held(self) -> tuple[int, int]:
        """How many intervals held the true rate, and how many there are."""
        pairs = [(month.rates[grade], month.true[grade]) for month in self.months for grade in SHARES]
        return sum(one.low <= true <= one.high for one, true in pairs), len(pairs)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"simulated": True, "enterprises": ENTERPRISES, "seed": SEED,
                "months": [asdict(month) | {"day": month.day.isoformat()} for month in self.months]}  # fmt: skip

    def tables(self) -> tuple[ShownTable, ...]:
        """The rates by grade, month by month."""
        return (
            ShownTable(
                say("各月计划查出的问题率及 95 % 区间（模拟；括号内为真实值）",
                    "Problem rate by grade, with 95 % interval (simulated; the true rate in brackets)"),
                (say("基准日", "as of"), say("检查", "visits"), say("学习", "learnt from"), *SHARES),
                tuple((f"{month.day}", month.visits, month.learnt, *(_told(month, grade) for grade in SHARES))
                      for month in self.months),
            ),
        )  # fmt: skip

    def notes(self) -> tuple[str, ...]:
        """How many intervals held."""
        held, of = self.held
        apart = np.array([month.weighed - month.auc for month in self.months])
        return (
            say(
                "每次抽查按所代表的企业数加权来学习，对真实风险的 AUC 平均变化 ",
                "Learning from each drawn visit for as many as it stands for changes the AUC against the true risk by ",
            )
            + f"{apart.mean():+.4f} [{apart.min():+.4f}, {apart.max():+.4f}]",
            say(
                f"{of} 个区间中 {held} 个包含真实值。模拟数据；检查不改变企业，等级每月按当月得分重排。",
                f"{held} of {of} intervals hold the true rate. Simulated data; visits change no enterprise, and "
                "grades follow each month's scores.",
            ),
        )


def _told(month: Month, grade: str) -> str:
    one = month.rates[grade]
    if one.value is None:
        return f"– ({month.true[grade]:.0%})"
    return f"{one.value:.0%} [{one.low:.0%}, {one.high:.0%}] ({month.true[grade]:.0%})"


def run_year(on_progress: Progress) -> YearResult:
    """Simulate a province, take out what its own offices visited in the last year, and put plans in their place."""
    days = [day.date() for day in pd.date_range(end=LAST_DAY, periods=MONTHS + 1, freq="ME")]
    with TemporaryDirectory(prefix="riskml-year-") as root:
        workspace = create_workspace(Path(root) / "workspace")
        raw, truth = workspace.data / "simulated", workspace.data / "truth"
        simulate(ENTERPRISES, SEED, 48, LAST_DAY, raw, truth)
        _without_visits_after(raw / "inspection.parquet", days[0])
        ingest(workspace, load_source(workspace.sources / "simulated"), raw, LAST_DAY, on_progress)
        hidden = pq.read_table(truth / "hidden_risk.parquet").to_pandas()
        random = np.random.default_rng((SEED, 1))
        settings = _settings(workspace)
        months = []
        for number, (day, after) in enumerate(pairwise(days)):
            on_progress(say("月份", "month"), number, MONTHS)
            at_end = hidden[pd.to_datetime(hidden["month_end"]) == pd.Timestamp(after)]
            months.append(_month(workspace, settings, day, at_end.set_index("enterprise_id")["latent"], random))
        return YearResult(tuple(months))


def _without_visits_after(path: Path, day: date) -> None:
    """Take later visits out of an extract: in this year, plans decide who is visited."""
    table = pq.read_table(path)
    early = [str(one or "")[:10] <= day.isoformat() for one in table["insDate"].to_pylist()]
    pq.write_table(table.filter(pa.array(early)), path)


def _settings(workspace: Workspace) -> TrainingSettings:
    """Yunnan's settings with one quick candidate; what is held back for tests is learnt from too (`_learnt`)."""
    settings, _ = load_training(workspace.models / "yunnan" / "training.yaml")
    return settings.model_copy(
        update={
            "cohort": settings.cohort.model_copy(update={"selection": "as_inspected"}),
            "splits": settings.splits.model_copy(update={"calibrate_months": 6, "test_months": 6}),
            "model": settings.model.model_copy(update={"form": "points"}),
            "candidates": None,
        }
    )


def _month(
    workspace: Workspace,
    settings: TrainingSettings,
    day: date,
    latent: pd.Series[float],
    random: np.random.Generator,
) -> Month:
    """Learn from what is known on the day, plan, draw, visit in the month after, and put down what was found."""
    data = _learnt(read_training_data(workspace, settings, day, _silent, among="true"))
    classifier = fit_classifier(data)
    chances = data.cohort["probability"].to_numpy(np.float64)
    weighed = new_classifier(data).fit(
        data.matrix[data.learn], data.outcome[data.learn], sample_weight=stated_weights(chances[data.learn])
    )
    data.builder.ask_registered(day)
    registered = read_matrix(data.builder, _silent)
    registered = registered[registered["enterprise_id"].isin(latent.index)].reset_index(drop=True)
    columns = registered[list(data.matrix.columns)]
    risk = classifier.predict_proba(columns)[:, 1]
    grade = _grades(risk, random)
    chance = np.array(list(RATIOS.values()))[np.searchsorted(list(RATIOS), grade)]
    size = round(float(chance.sum()))
    parts = in_parts(chance * (size / chance.sum()), size)
    order = np.argsort(grade, kind="stable")
    drawn = np.zeros(len(grade), dtype=bool)
    drawn[order] = samples(parts[order], np.searchsorted(list(RATIOS), grade)[order], 1, random)[0]
    strict = random.normal(0, np.hypot(OFFICE_SPREAD, INSPECTOR_SPREAD), len(grade))
    hidden = latent.loc[registered["enterprise_id"]].to_numpy()
    problem = (random.random(len(grade)) < expit(FOUND_LEVEL + FOUND_SLOPE * hidden + strict)) * 1.0
    seen = drawn & (random.random(len(grade)) >= ABSENT)
    stated = parts / WHOLE
    _put_down(workspace, day, registered["enterprise_id"][drawn], parts[drawn], problem[drawn], seen[drawn])
    sample = Drawn(stated, drawn, np.where(seen, problem, np.nan), risk)
    true = {name: float(problem[grade == name].mean()) for name in SHARES}
    likely = expit(FOUND_LEVEL + FOUND_SLOPE * hidden)
    aucs = (expected_auc(margin, likely) for margin in (classifier.margin(columns), weighed.margin(columns)))
    return Month(day, size, rates(sample, grade), true, int(data.learn.sum()), *aucs)


def _learnt(data: TrainingData) -> TrainingData:
    """The same, with all visits up to the day to learn from: what tests the model here is the next draw."""
    splits = data.settings.splits.model_copy(update={"calibrate_months": 0})
    settings = data.settings.model_copy(update={"splits": splits})
    return replace(data, settings=settings, learn=data.learn | data.split.calibrate | data.split.test)


def _grades(risk: Floats, random: np.random.Generator) -> NDArray[np.str_]:
    """Grades of the wanted shares; those alike in risk in any order."""
    rank = np.lexsort((random.random(len(risk)), risk)).argsort() / len(risk)
    return np.array(list(SHARES))[np.searchsorted(np.cumsum(list(SHARES.values()))[:-1], rank, side="right")]


def _put_down(
    workspace: Workspace,
    day: date,
    who: pd.Series[str],
    chance: NDArray[np.int64],
    problem: Floats,
    seen: NDArray[np.bool_],
) -> None:
    """What the visits found, loaded as records with their plan and probability, known before the next plan.

    Whom nobody saw has no record: as with `riskml plan results`, a visit that was not made is none.
    """
    folder = workspace.data / f"results-{day}"
    folder.mkdir()
    visited = day + timedelta(days=15)
    with (folder / "inspection.csv").open("w", encoding="utf-8", newline="") as file:
        lines = csv.writer(file)
        lines.writerow(_COLUMNS)
        for one, p, found in zip(who[seen], chance[seen], problem[seen], strict=True):
            result = "problem" if found else "no_problem"
            lines.writerow((f"{day}-{one}", one, visited, visited, "random", result, "", int(found), 0, "", day, p))
    ingest(workspace, load_source(workspace.sources / "plans"), folder, LAST_DAY, _silent)


def _silent(*_: object) -> None:
    """Report nothing."""
