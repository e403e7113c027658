"""Beijing: how well the culture inspections that would be failed in 2023 were known the day before."""

from __future__ import annotations

from dataclasses import asdict, dataclass, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from riskml.benchmarks.dataset import (
    HEADLINE,
    Comparison,
    Judgement,
    ShownTable,
    calibration,
    headline,
    judge,
    open_dataset,
    quarantine_table,
    quarantined,
)
from riskml.records.load_report import Progress
from riskml.runs.training_data import TrainingData, read_training_data
from riskml.training.evaluation import Evaluation
from riskml.training.splits import split_in_time

LAST_DAY = date(2023, 12, 31)
"""The last day of the data set."""

ORIGINS = (
    (date(2022, 1, 1), date(2022, 6, 30)),
    (date(2022, 4, 1), date(2022, 9, 30)),
    (date(2022, 7, 1), date(2022, 12, 31)),
    (date(2022, 10, 1), date(2022, 12, 31)),
)
"""First and last day of the visits judged at each rolling origin, all before the test. They overlap: late 2022 has few failures."""

_DAY = timedelta(days=1)


@dataclass(frozen=True)
class Origin:
    """The model trained on all visits before `first_day`, judged on those until `last_day`."""

    first_day: date
    last_day: date
    judged: Judgement

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {"first_day": self.first_day.isoformat(), "last_day": self.last_day.isoformat(), **_figures(self.judged)}


@dataclass(frozen=True)
class BeijingResult:
    """What the benchmark gives.

    Parameters
    ----------
    judged
        Trained before 2023, judged on 2023.
    observed
        Kind of visit → number of test visits chosen that way; none is a random draw.
    rolling
        The same settings at earlier origins, on which they were chosen.
    quarantined
        Rows that were not accepted, by table, column and reason.
    """

    judged: Judgement
    observed: dict[str, int]
    rolling: tuple[Origin, ...]
    quarantined: list[dict[str, Any]]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON (``riskml benchmark beijing --json``)."""
        return {
            **_figures(self.judged),
            "observed": self.observed,
            "rolling": [origin.to_dict() for origin in self.rolling],
            "quarantined": self.quarantined,
        }

    def tables(self) -> tuple[ShownTable, ...]:
        """The model beside its baselines on 2023, the rolling origins, the reliability table, and the quarantine."""
        scores = {"模型 model": self.judged.model} | {_BASELINES[name]: one for name, one in self.judged.baselines.items()}
        origins = {f"{one.first_day:%Y-%m}–{one.last_day:%m}": one.judged.model for one in self.rolling}
        tenths = calibration(self.judged.model)["reliability"]
        return (
            ShownTable("2023年的检查，2023年以前训练 Visits of 2023, trained before 2023", COLUMNS, _rows(scores)),
            ShownTable("滚动检验：各起点之前训练 Rolling origins, each trained on the visits before it", COLUMNS, _rows(origins)),
            ShownTable(
                "预测与实际不合格率 Predicted and observed failure rate, 2023",
                ("按预测风险分组 by predicted risk", "检查 visits", "预测 predicted", "实际 observed"),
                tuple(
                    (str(n), one["rows"], f"{one['predicted']:.2%}", f"{one['observed']:.2%}") for n, one in enumerate(tenths, 1)
                ),
            ),
            quarantine_table(self.quarantined),
        )

    def notes(self) -> tuple[str, ...]:
        """What has to be known to read the figures."""
        found = calibration(self.judged.model)
        above = self.judged.above["points_scorecard"]
        return (
            f"比积分卡高 AUC above the points scorecard: {above.value:.3f} [{above.low:.3f}, {above.high:.3f}]（同一重抽样 paired bootstrap）",
            f"校准误差 Calibration error {found['error']:.4f}：预测 predicted {found['predicted_rate']:.2%}，实际 observed "
            f"{found['observed_rate']:.2%}；2022年末不合格率不足0.5%，无从预见 the rise could not be foreseen from late 2022",
            "没有一次是双随机抽查，数字只说明被检查的企业 No visit was a random draw: the figures speak of the visited enterprises only",
            "滚动检验的各期有重叠 The rolling periods overlap",
        )

    def comparison(self) -> tuple[Comparison, ...]:
        """The row for the table of all benchmarks."""
        model, plain = self.judged.model, self.judged.plain
        note = "未见 none found"
        figures = plain.figures["auc"], model.figures["auc"]
        return (Comparison("北京 beijing 2023", model.problems, model.rows, None, note, *figures),)


COLUMNS = ("", "不合格/检查 failed/visits", "AUC", "95 %", "精度 AP", "提升 lift")
"""The head of the tables of figures: failed and all visits, AUC with its interval, average precision, top-decile lift."""

_BASELINES = {
    "points_scorecard": "积分卡 scorecard",
    "past_penalties": "既往处罚 penalties",
    "random": "随机 random",
}


def run_beijing(data: Path, on_progress: Progress) -> BeijingResult:
    """Run the benchmark.

    Parameters
    ----------
    data
        The folder with culture_inspections, penalties and complaints_12315 (Parquet).
    on_progress
        Called with (step, number done, number in all).

    Raises
    ------
    RunError
        Where an extract is missing or cannot be read.
    """
    with open_dataset("beijing", data, LAST_DAY, on_progress) as dataset:
        whole = read_training_data(dataset.workspace, dataset.settings, LAST_DAY, on_progress)
        on_progress("model", 0, len(ORIGINS) + 1)
        judged = judge(whole)
        rolling = []
        for number, (first, last) in enumerate(ORIGINS, 1):
            on_progress("model", number, len(ORIGINS) + 1)
            rolling.append(Origin(first, last, judge(at_origin(whole, first, last))))
        observed = whole.cohort.loc[whole.split.test, "observed"].value_counts()
        return BeijingResult(
            judged=judged,
            observed={str(kind): int(count) for kind, count in observed.items()},
            rolling=tuple(rolling),
            quarantined=quarantined(dataset.loaded),
        )


def at_origin(data: TrainingData, first_day: date, last_day: date) -> TrainingData:
    """The same cohort and indicators, split so that visits from `first_day` to `last_day` are judged by a model of those before.

    The indicators need not be computed again: each row's are as of the day before its own visit, whatever the split.
    """
    settings = data.settings
    split = split_in_time(
        data.cohort,
        settings.splits.model_copy(update={"test_from": first_day - _DAY}),
        horizon_months=0,
        as_of=last_day - _DAY,
        judge_on=settings.cohort.judge_on,
    )
    learn = split.learn & data.cohort["observed"].isin(settings.cohort.learn_from).to_numpy()
    return replace(data, split=split, learn=learn)


def _figures(judged: Judgement) -> dict[str, Any]:
    return {
        **headline(judged.model),
        "test_rows": judged.model.rows,
        "test_positives": judged.model.problems,
        "learn_rows": judged.learn_rows,
        "learn_positives": judged.learn_positives,
        "lift_interval": [judged.model.figures["top_decile_lift"].low, judged.model.figures["top_decile_lift"].high],
        "baselines": {
            name: {**headline(one), "auc_of_model_above": asdict(judged.above[name])} for name, one in judged.baselines.items()
        },
        "calibration": calibration(judged.model),
    }


def _rows(scores: dict[str, Evaluation]) -> tuple[tuple[object, ...], ...]:
    return tuple(_row(name, one) for name, one in scores.items())


def _row(name: str, one: Evaluation) -> tuple[object, ...]:
    auc, precision, lift = (one.figures[figure] for figure in HEADLINE)
    interval = f"{auc.low:.3f}–{auc.high:.3f}"
    return (name, f"{one.problems:,} / {one.rows:,}", f"{auc.value:.3f}", interval, f"{precision.value:.3f}", f"{lift.value:.2f}")
