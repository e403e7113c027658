"""What every benchmark does: load a real data set into a workspace of its own, train on it, and judge out of time."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any, Protocol

import lightgbm
import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

from riskml.core.init import create_workspace
from riskml.core.language import Label, say
from riskml.core.progress import Progress
from riskml.core.workspace import Workspace
from riskml.lifecycle.training_data import TrainingData, fit_classifier
from riskml.records.checks import REASONS
from riskml.records.ingest import ingest
from riskml.records.load_report import IngestReport
from riskml.records.sources import load_source
from riskml.training.baselines import baseline_scores
from riskml.training.classifier import RiskClassifier
from riskml.training.evaluation import Difference, Evaluation, evaluate, paired_difference
from riskml.training.ranking import Figure
from riskml.training.settings import TrainingSettings, load_training

if TYPE_CHECKING:
    from riskml.lab.benchmarks.rolling import Rolled

HEADLINE = ("auc", "average_precision", "top_decile_lift")
"""The figures given for every score and every baseline."""


@dataclass(frozen=True)
class ShownTable:
    """A table to print."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]


@dataclass(frozen=True)
class Comparison:
    """A published AUC, plain LightGBM's and ours on the same rows.

    Parameters
    ----------
    name
        The data set with its period, and which of its rows or scores, a line each.
    problems, rows
        How many rows are judged, and those of them with a problem.
    published
        None where there is none to compare with.
    note
        Where the published figure comes from and whether it is comparable, or why there is none.
    """

    name: Label
    problems: int
    rows: int
    published: float | None
    note: Label
    plain: Figure
    ours: Figure


NO_RANDOM_DRAW = Label(
    "没有一次是双随机抽查，数字只说明被检查的企业。",
    "No visit was a random draw: the figures speak of the visited enterprises only.",
)


def compared_heads() -> tuple[str, ...]:
    """The heads of the columns of `compared_rows`."""
    return (
        say("检验\n有问题 / 全部", "rows judged\nproblems / all"),
        say("已发表", "published"),
        "LightGBM",
        say("本程序", "ours"),
    )


def plain_margin(train: pd.DataFrame, outcome: ArrayLike, test: pd.DataFrame) -> NDArray[np.float64]:
    """LightGBM as it comes, without our settings, constraints or adjustments: raw log-odds of the test rows."""
    plain = lightgbm.LGBMClassifier(n_jobs=1, verbose=-1, random_state=0).fit(train, outcome)
    return np.asarray(plain.predict(test, raw_score=True), dtype=np.float64)


def compared_rows(comparisons: tuple[Comparison, ...]) -> tuple[tuple[object, ...], ...]:
    """Rows under `compared_heads`, narrow enough for a terminal of 80 columns."""
    return tuple(
        (
            f"{one.name.said}\n{one.problems:,} / {one.rows:,}",
            "–" if one.published is None else f"{one.published:.4f}",
            _with_interval(one.plain),
            _with_interval(one.ours),
        )
        for one in comparisons
    )


def compared_notes(comparisons: tuple[Comparison, ...]) -> tuple[str, ...]:
    """What is to be known of the published figure, row by row."""
    return tuple(
        f"{' '.join(one.name.said.splitlines())}{say('，已发表：', ', published: ')}{one.note.said}"
        for one in comparisons
    )


def _with_interval(figure: Figure) -> str:
    return f"{figure.value:.4f}\n[{figure.low:.3f}, {figure.high:.3f}]"


class BenchmarkResult(Protocol):
    """What every benchmark gives: one object for programs, tables and remarks for people."""

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""

    def tables(self) -> tuple[ShownTable, ...]:
        """The figures."""

    def notes(self) -> tuple[str, ...]:
        """What has to be known to read them."""


class RolledResult(BenchmarkResult, Protocol):
    """A benchmark at rolling origins."""

    @property
    def rolled(self) -> tuple[Rolled, ...]:
        """What they show; nothing where the data cannot be split in time."""


class ComparedResult(RolledResult, Protocol):
    """A benchmark on real data, for the table of all of them."""

    def comparison(self) -> tuple[Comparison, ...]:
        """A published figure, plain LightGBM's and ours, on the same rows."""


@dataclass(frozen=True)
class Dataset:
    """A real data set as records, with the settings to train on it.

    Parameters
    ----------
    workspace
        A temporary one; it is gone once `open_dataset` is left.
    loaded
        What became of the rows of the extracts.
    """

    workspace: Workspace
    settings: TrainingSettings
    loaded: IngestReport


@dataclass(frozen=True)
class Judgement:
    """A model and the baselines on the same visits, later than all they were fitted on.

    Parameters
    ----------
    learn_rows, learn_positives
        Visits the model was fitted on, and those of them that found a problem.
    plain
        LightGBM as it comes, on the same indicators and visits.
    above
        Baseline → the model's AUC minus the baseline's, on the same resamples.
    peer_rates
        Its AUC minus that of its scores without what rates of trades and divisions contributed.
    """

    learn_rows: int
    learn_positives: int
    model: Evaluation
    plain: Evaluation
    baselines: dict[str, Evaluation]
    above: dict[str, Difference]
    peer_rates: Difference


@contextmanager
def ingested(
    name: str, folder: Path, received: date, on_progress: Progress
) -> Iterator[tuple[Workspace, IngestReport]]:
    """Load the extracts in `folder` through the shipped source `name` into a temporary workspace.

    Parameters
    ----------
    received
        The day after which nothing can have happened: the last day of the data set.

    Raises
    ------
    RunError
        Where an extract is missing or cannot be read: a benchmark on part of the data would compare with nothing.
    """
    with TemporaryDirectory(prefix=f"riskml-{name}-") as root:
        workspace = create_workspace(Path(root) / "workspace", benchmarks=(name,))
        loaded = ingest(workspace, load_source(workspace.sources / name), folder, received, on_progress)
        for error in loaded.unreadable.values():
            raise error
        yield workspace, loaded


@contextmanager
def open_dataset(name: str, folder: Path, received: date, on_progress: Progress) -> Iterator[Dataset]:
    """The same, with the settings to train on it; parameters and errors as for `ingested`."""
    with ingested(name, folder, received, on_progress) as (workspace, loaded):
        settings, _ = load_training(workspace.models / name / "training.yaml")
        yield Dataset(workspace, settings, loaded)


def judge(data: TrainingData) -> Judgement:
    """Fit the model and the baselines on the learning part, and evaluate them on the test part."""
    test = data.split.test
    train, matrix = data.matrix[data.learn], data.matrix[test]
    learned, outcome = data.outcome[data.learn], data.outcome[test]
    who = data.cohort.loc[test, "enterprise_id"].to_numpy()
    classifier = fit_classifier(data)
    margin = classifier.margin(matrix)
    baselines = baseline_scores(train, learned, matrix, penalty_column=data.settings.past_penalties)
    return Judgement(
        learn_rows=len(learned),
        learn_positives=int(learned.sum()),
        model=evaluate(outcome, margin, probability=classifier.predict_proba(matrix)[:, 1], enterprise=who),
        plain=evaluate(outcome, plain_margin(train, learned, matrix), enterprise=who),
        baselines={name: evaluate(outcome, scores, enterprise=who) for name, scores in baselines.items()},
        above={
            name: paired_difference(outcome, margin, scores, enterprise=who)["auc"]
            for name, scores in baselines.items()
        },
        peer_rates=price_of_peer_rates(data, classifier, matrix, outcome, who),
    )


def price_of_peer_rates(
    data: TrainingData, classifier: RiskClassifier, matrix: pd.DataFrame, outcome: ArrayLike, who: ArrayLike
) -> Difference:
    """The AUC of a classifier minus that of its margins without what rates of trades and divisions contributed, on some
    rows.

    It is the price of a scheme that lets no such rate move a band (``score.peer_rates_move_bands: false``).
    """
    about = data.builder.system.about
    kept = [about[str(name)] != "peers" for name in matrix]
    contributions = classifier.contributions(matrix)
    rest = contributions[:, :-1][:, kept].sum(axis=1) + contributions[:, -1]
    return paired_difference(outcome, classifier.margin(matrix), rest, enterprise=who)["auc"]


def peer_rates_note(price: Difference) -> str:
    """What `price_of_peer_rates` gives, to print."""
    cost = f"AUC {price.value:+.3f} [{price.low:+.3f}, {price.high:+.3f}]"
    return say(
        f"不让同类企业的比率单独移动得分区间（peer_rates_move_bands: false）的代价：{cost}",
        f"The price of letting no rate of peers move a band by itself (peer_rates_move_bands: false): {cost}",
    )


def headline(evaluation: Evaluation) -> dict[str, Any]:
    """The headline figures as plain numbers, with the interval of the AUC."""
    auc = evaluation.figures["auc"]
    return {name: evaluation.figures[name].value for name in HEADLINE} | {"auc_interval": [auc.low, auc.high]}


def calibration(evaluation: Evaluation) -> dict[str, Any]:
    """How far the promised probabilities lie from what was found; needs an evaluation with probabilities."""
    bins = evaluation.reliability or ()
    error = evaluation.figures["calibration_error"]
    return {
        "error": error.value,
        "error_interval": [error.low, error.high],
        "predicted_rate": sum(one.weight * one.predicted for one in bins) / sum(one.weight for one in bins),
        "observed_rate": evaluation.problems / evaluation.rows,
        "reliability": [
            {"rows": int(one.weight), "predicted": one.predicted, "observed": one.observed} for one in bins
        ],
    }


def quarantined(loaded: IngestReport) -> list[dict[str, Any]]:
    """The rows that were not accepted: table, column, reason and how many."""
    return [
        {"table": table, "column": column, "reason": reason, "meaning": REASONS[reason].en, "rows": count}
        for (table, column, reason), count in loaded.faults.items()
    ]


def quarantine_table(rows: list[dict[str, Any]]) -> ShownTable:
    """What `quarantined` gives, to print."""
    return ShownTable(
        say("隔离的数据", "Rows in quarantine"),
        (say("表", "table"), say("字段", "column"), say("原因", "reason"), say("行", "rows")),
        tuple((one["table"], one["column"], REASONS[one["reason"]].said, one["rows"]) for one in rows),
    )
