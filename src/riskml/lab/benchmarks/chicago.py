"""Chicago: the food inspections of autumn 2014 that found a critical violation, ranked and judged by the city's own
protocol.

Much of what a visit finds is who inspects. Three figures therefore stand beside the authors' own: the enterprise's
score alone; the same with the inspector's strictness adjusted for in training and left out in scoring; and that score
with the assigned inspector's strictness put back, which is what the authors' model knew.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from numpy.typing import ArrayLike, NDArray
from scipy.stats import rankdata

from riskml.core.language import Label, say
from riskml.core.progress import Progress
from riskml.lab.benchmarks.candidates import FORTY_LINES, MODEL, SCORECARD, Rows, Scores, candidate_scores, few_columns
from riskml.lab.benchmarks.dataset import (
    NO_RANDOM_DRAW,
    Comparison,
    ShownTable,
    open_dataset,
    peer_rates_note,
    plain_margin,
    price_of_peer_rates,
    quarantine_table,
    quarantined,
)
from riskml.lab.benchmarks.freshness import rows_of
from riskml.lab.benchmarks.rolling import Rolled, roll, rolled_note, rolled_tables
from riskml.lifecycle.candidates import as_candidate
from riskml.lifecycle.training_data import TrainingData, fit_classifier, read_training_data
from riskml.training.choice import FEW, REFERENCE, Choice, choose
from riskml.training.evaluation import Difference, evaluate
from riskml.training.inspector_effect import strictness
from riskml.training.ranking import Figure

LAST_DAY = date(2014, 12, 30)
"""The last day of the data set."""

TEST_ENDS = date(2014, 10, 31)
"""The last day of the authors' test visits: what became known later does not exist for the benchmark."""

ORIGINS = (
    date(2013, 5, 1),
    date(2013, 7, 1),
    date(2013, 9, 1),
    date(2013, 11, 1),
    date(2014, 1, 1),
    date(2014, 3, 1),
    date(2014, 4, 17),
)
"""First days of the rolling windows inside the training period; each window ends where the next begins."""

GAP = timedelta(days=138)
"""Between the last visit learnt from and the first one judged: as in the authors' split (2014-04-16 to 2014-09-02)."""

LABELS = {
    "enterprise_only": Label("(i) 企业自身", "(i) enterprise"),
    "adjusted": Label("(ii) 扣除松紧", "(ii) adjusted"),
    "inspector_known": Label("(iii) 知由谁查", "(iii) inspector"),
    "authors": Label("原作者", "authors"),
    "plain": Label("LightGBM", "LightGBM"),
    "plain_known": Label("LightGBM 知由谁查", "LightGBM inspector"),
    "scorecard": Label("评分卡", "scorecard"),
    "forty_lines": Label("四十行", "forty lines"),
}
"""Short, so that the table fits a terminal; `ChicagoResult.notes` says them in full."""


@dataclass(frozen=True)
class ProtocolFigures:
    """The published protocol's figures of one score, with 95 % bootstrap intervals over enterprises.

    Parameters
    ----------
    days_earlier
        Mean over the visits that found a critical violation of actual minus simulated date, the riskiest visited first.
    first_half_share, first_half_share_as_usual
        Share of them found in the first half, in the simulated order and in the actual one.
    same_inspector_auc
        AUC over pairs of visits by the same inspectors: what the score knows of the enterprise, whoever comes.
    """

    auc: float
    auc_interval: tuple[float, float]
    days_earlier: float
    days_earlier_interval: tuple[float, float]
    first_half_share: float
    first_half_share_as_usual: float
    same_inspector_auc: float
    test_visits: int
    test_positives: int


@dataclass(frozen=True)
class Window:
    """Models of the visits until `GAP` before `first_day`, judged on those from then to `last_day`, all in the training
    period.

    Parameters
    ----------
    scores
        Those of the candidates, adjusted.
    """

    first_day: date
    last_day: date
    enterprise_only: ProtocolFigures
    adjusted: ProtocolFigures
    scorecard: ProtocolFigures
    forty_lines: ProtocolFigures
    scores: Scores

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "first_day": self.first_day.isoformat(),
            "last_day": self.last_day.isoformat(),
            "enterprise_only": asdict(self.enterprise_only),
            "adjusted": asdict(self.adjusted),
            SCORECARD: asdict(self.scorecard),
            FORTY_LINES: asdict(self.forty_lines),
        }


@dataclass(frozen=True)
class ChicagoResult:
    """What the benchmark gives.

    Parameters
    ----------
    scores
        The figures on the authors' test visits, by the names in `LABELS`.
    chosen
        The candidate that is the model, as the rolling windows show it.
    rolling
        The same settings inside the training period, on which they were chosen.
    rolled
        What they show of (ii) together, with seeds and intervals.
    peer_rates
        What the rates of divisions add to the AUC of (ii), on the test visits.
    learn_visits, learn_positives
        The authors' training visits, which the models are fitted on.
    quarantined
        Rows that were not accepted, by table, column and reason.
    """

    scores: dict[str, ProtocolFigures]
    chosen: Choice
    rolling: tuple[Window, ...]
    rolled: tuple[Rolled, ...]
    peer_rates: Difference
    learn_visits: int
    learn_positives: int
    quarantined: list[dict[str, Any]]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON (``riskml benchmark chicago --json``)."""
        return {
            **{name: asdict(figures) for name, figures in self.scores.items()},
            "learn_visits": self.learn_visits,
            "learn_positives": self.learn_positives,
            "rolling": [window.to_dict() for window in self.rolling],
            "rolled": [one.to_dict() for one in self.rolled],
            "chosen": self.chosen.to_dict(),
            "peer_rates": asdict(self.peer_rates),
            "quarantined": self.quarantined,
        }

    def tables(self) -> tuple[ShownTable, ...]:
        """The three scores beside the authors' on the same visits, the rolling windows, and the quarantine."""
        first = self.scores["authors"]
        return (
            ShownTable(
                say(
                    f"原作者的 {first.test_visits} 次检验期检查，{first.test_positives} 次查出严重问题",
                    f"The authors' {first.test_visits} test visits, {first.test_positives} with serious problems",
                ),
                (
                    say("评分", "score"),
                    "AUC",
                    "95 %",
                    say("组内", "within"),
                    say("提前", "days"),
                    "95 %",
                    say("前半", "half"),
                ),
                tuple((LABELS[name].said, *_cells(figures)) for name, figures in self.scores.items()),
            ),
            ShownTable(
                say("训练期内滚动检验", "Rolling windows inside the training period"),
                (
                    say("两个月", "two months"),
                    *(
                        f"{which} {figure}"
                        for which in ("(i)", "(ii)")
                        for figure in ("AUC", say("组内", "within"), say("提前", "days"))
                    ),
                ),
                tuple(
                    (f"{window.first_day:%Y-%m}", *_short(window.enterprise_only), *_short(window.adjusted))
                    for window in self.rolling
                ),
            ),
            *rolled_tables(self.rolled),
            quarantine_table(self.quarantined),
        )

    def notes(self) -> tuple[str, ...]:
        """What has to be known to read the figures."""
        usual = self.scores["authors"].first_half_share_as_usual
        own, adjusted = (
            np.mean([getattr(window, kind).auc for window in self.rolling]) for kind in ("enterprise_only", "adjusted")
        )
        return (
            self.chosen.why.said,
            peer_rates_note(self.peer_rates),
            say(
                "(i) 企业自身的评分；(ii) 训练时扣除检查人员松紧、评分时不计；(iii) "
                "再加上已知检查人员的松紧（论文口径）",
                "(i) the enterprise's own score; (ii) trained with the inspector's strictness adjusted for, scored "
                "without it; (iii) the assigned "
                "inspector's strictness put back, as in the paper",
            ),
            say(
                "组内：只比较同一检查人员的检查；提前：查出提前的天数；前半：前半程查出的份额",
                "within: AUC over pairs of visits by the same inspectors; days: found so many days earlier; half: "
                "share found in the first half",
            ),
            say("实际顺序的前半程份额：", "First half in the order the visits were made: ") + f"{usual:.2%}",
            say(
                f"滚动检验平均 AUC：(i) {own:.3f}，(ii) {adjusted:.3f}；检验期对所有模型都较易",
                f"Mean AUC of the rolling windows: (i) {own:.3f}, (ii) {adjusted:.3f}; the test months are easier for "
                "every model, and the intervals "
                "are wide",
            ),
            *map(rolled_note, self.rolled),
            NO_RANDOM_DRAW.said,
        )

    def comparison(self) -> tuple[Comparison, ...]:
        """The rows for the table of all benchmarks: without and with knowing who inspects."""
        published = self.scores["authors"]
        told = Label("原作者评分重算", "the city's score, recomputed")
        names = (
            ("plain", "adjusted", Label("它知由谁查，不可比", "it knows who inspects: not comparable")),
            ("plain_known", "inspector_known", Label("可比", "comparable")),
        )
        return tuple(
            Comparison(
                name=Label(f"芝加哥 2014-09–10\n{LABELS[ours].zh}", f"Chicago 2014-09–10\n{LABELS[ours].en}"),
                problems=published.test_positives,
                rows=published.test_visits,
                published=published.auc,
                note=Label(f"{told.zh}；{why.zh}", f"{told.en}; {why.en}"),
                plain=_auc(self.scores[plain]),
                ours=_auc(self.scores[ours]),
            )
            for plain, ours, why in names
        )


def run_chicago(data: Path, on_progress: Progress) -> ChicagoResult:
    """Run the benchmark.

    Parameters
    ----------
    data
        The folder with food_insp_features, bus_features, inspectors and xgboost_data (Parquet).
    on_progress
        Called with (step, number done, number in all).

    Raises
    ------
    RunError
        Where an extract is missing or cannot be read.
    """
    with open_dataset("chicago", data, LAST_DAY, on_progress) as dataset:
        settings = dataset.settings
        used, few = settings.indicators or (), few_columns(settings)
        wide = settings.model_copy(update={"indicators": (*used, *few)})
        whole = replace(
            read_training_data(dataset.workspace, wide, TEST_ENDS, on_progress, among="true"), settings=settings
        )
        # Strictness is learnt from every visit before, also those that are not in the authors' model table.
        offset = strictness(whole.cohort)
        split, score = _authors_split(whole, data / "xgboost_data.parquet")
        rows = rows_of(split, used, few)
        test = split.split.test
        by_window = []
        for number, (first, after) in enumerate(pairwise(ORIGINS)):
            on_progress("model", number, len(ORIGINS))
            by_window.append(_window_scores(rows, offset, first, after))
        chosen = choose(by_window)
        model = as_candidate(split, settings, chosen.candidate)
        on_progress("model", len(ORIGINS) - 1, len(ORIGINS))
        adjusting = fit_classifier(model, offset)
        adjusted = adjusting.margin(model.matrix[test])
        others = candidate_scores(rows, split.learn, test, offset)
        plain = plain_margin(rows.data.matrix[split.learn], split.outcome[split.learn], rows.data.matrix[test])
        scores = {
            "enterprise_only": fit_classifier(model).margin(model.matrix[test]),
            "adjusted": adjusted,
            "inspector_known": adjusted + offset[test],
            "authors": score[test],
            "plain": plain,
            "plain_known": plain + offset[test],
            SCORECARD: others[REFERENCE],
            FORTY_LINES: others[FEW],
        }
        who = split.cohort.loc[test, "enterprise_id"].to_numpy()
        told = [one.told_as(chosen.candidate) for one in by_window]
        parts = [_window_masks(rows, first, after) for first, after in pairwise(ORIGINS)]
        return ChicagoResult(
            scores={name: protocol(split, margin) for name, margin in scores.items()},
            chosen=chosen,
            rolling=tuple(_window(model, one, *part) for one, part in zip(told, parts, strict=True)),
            rolled=(roll(Label("芝加哥 (ii)", "Chicago (ii)"), model, told, parts, offset),),
            peer_rates=price_of_peer_rates(model, adjusting, model.matrix[test], split.outcome[test], who),
            learn_visits=int(split.learn.sum()),
            learn_positives=int(split.outcome[split.learn].sum()),
            quarantined=quarantined(dataset.loaded),
        )


def protocol(data: TrainingData, score: ArrayLike) -> ProtocolFigures:
    """The published protocol's figures of `score` (one per test visit, higher is riskier)."""
    test = data.split.test
    visits, outcome = data.cohort[test], data.outcome[test]
    judged = evaluate(
        outcome, score, date=visits["visit_date"].to_numpy(), enterprise=visits["enterprise_id"].to_numpy()
    )
    auc, days = judged.figures["auc"], judged.figures["days_earlier"]
    return ProtocolFigures(
        auc=auc.value,
        auc_interval=(auc.low, auc.high),
        days_earlier=days.value,
        days_earlier_interval=(days.low, days.high),
        first_half_share=judged.figures["first_half_share"].value,
        first_half_share_as_usual=judged.figures["first_half_share_as_usual"].value,
        same_inspector_auc=same_inspector_auc(outcome, score, visits["inspector"]),
        test_visits=judged.rows,
        test_positives=judged.problems,
    )


def same_inspector_auc(outcome: ArrayLike, score: ArrayLike, inspector: pd.Series) -> float:
    """AUC over the pairs of visits made by the same inspector.

    Examples
    --------
    >>> same_inspector_auc([1, 0, 1, 0], [9, 8, 2, 3], pd.Series(["a", "a", "b", "b"]))
    0.5
    """
    found, given = np.asarray(outcome, dtype=bool), np.asarray(score, dtype=np.float64)
    won = pairs = 0.0
    for places in inspector.groupby(inspector.to_numpy()).indices.values():
        positive = found[places]
        both = positive.sum() * (~positive).sum()
        won += rankdata(given[places])[positive].sum() - positive.sum() * (positive.sum() + 1) / 2
        pairs += both
    return float(won / pairs)


def _authors_split(data: TrainingData, table: Path) -> tuple[TrainingData, NDArray[np.float64]]:
    """The same cohort split as the authors split their model table, and their score of each visit (NaN outside it)."""
    theirs = pq.read_table(table, columns=["Inspection_ID", "Train", "Test", "score"]).to_pandas()
    theirs.index = "canvass-" + theirs["Inspection_ID"].astype("int64").astype(str)
    theirs = theirs.reindex(data.cohort["visit_id"])
    train, test = (theirs[part].fillna(False).to_numpy(dtype=bool) for part in ("Train", "Test"))
    split = replace(data, learn=data.learn & train, split=replace(data.split, test=data.split.test & test))
    return split, theirs["score"].to_numpy(dtype=np.float64)


def _window_scores(rows: Rows, offset: NDArray[np.float64], first: date, after: date) -> Scores:
    """What every candidate, adjusted for strictness, says of the visits from `first` to the day before `after`."""
    data, (learn, test) = rows.data, _window_masks(rows, first, after)
    return Scores(
        first_day=first,
        last_day=after - timedelta(days=1),
        outcome=data.outcome[test],
        enterprise=data.cohort["enterprise_id"].to_numpy(dtype=object)[test],
        first=rows.first[test],
        by=candidate_scores(rows, learn, test, offset),
    )


def _window_masks(rows: Rows, first: date, after: date) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Masks of the visits that a window learns from and of those that it judges."""
    judged = rows.data.learn & rows.between(first, after - timedelta(days=1))
    return rows.data.learn & rows.before(first - GAP), judged


def _window(model: TrainingData, told: Scores, learn: NDArray[np.bool_], test: NDArray[np.bool_]) -> Window:
    """The figures of the chosen candidate, of the scorecard and of the forty lines; masks as of `_window_masks`."""
    window = replace(model, learn=learn, split=replace(model.split, test=test))
    return Window(
        first_day=told.first_day,
        last_day=told.last_day,
        enterprise_only=protocol(window, fit_classifier(window).margin(window.matrix[test])),
        adjusted=protocol(window, told.by[MODEL]),
        scorecard=protocol(window, told.by[SCORECARD]),
        forty_lines=protocol(window, told.by[FORTY_LINES]),
        scores=told,
    )


def _auc(figures: ProtocolFigures) -> Figure:
    return Figure(figures.auc, *figures.auc_interval)


def _cells(figures: ProtocolFigures) -> tuple[object, ...]:
    auc, days = figures.auc_interval, figures.days_earlier_interval
    return (
        f"{figures.auc:.4f}", f"{auc[0]:.2f}–{auc[1]:.2f}", f"{figures.same_inspector_auc:.4f}",
        f"{figures.days_earlier:.2f}",
        f"{days[0]:.1f}–{days[1]:.1f}", f"{figures.first_half_share:.2%}",
    )  # fmt: skip


def _short(figures: ProtocolFigures) -> tuple[object, ...]:
    return f"{figures.auc:.3f}", f"{figures.same_inspector_auc:.3f}", f"{figures.days_earlier:.2f}"
