"""Beijing: how well the culture inspections that would be failed in 2023 were known the day before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd

from riskml.core.language import Label, say
from riskml.core.progress import Progress
from riskml.features.specs import Group, IndicatorSystem
from riskml.lab.benchmarks.candidates import FORTY_LINES, MODEL, NAMES, SCORECARD, Rows, Scores, few_columns, scores_of
from riskml.lab.benchmarks.dataset import (
    HEADLINE,
    NO_RANDOM_DRAW,
    Comparison,
    Dataset,
    Judgement,
    ShownTable,
    calibration,
    headline,
    judge,
    open_dataset,
    peer_rates_note,
    quarantine_table,
    quarantined,
)
from riskml.lab.benchmarks.freshness import KNOWN_ON, days_known_on, quarters, rows_of, with_rates_of
from riskml.lab.benchmarks.freshness import LABELS as FRESHNESS
from riskml.lab.benchmarks.rolling import Rolled, roll, rolled_note, rolled_tables
from riskml.lifecycle.candidates import as_candidate
from riskml.lifecycle.training_data import TrainingData, fit_classifier, read_training_data
from riskml.runs.regimes import Watch, compare, groups_of
from riskml.runs.watched_visits import GROUPS
from riskml.training.choice import Choice, choose, mean_difference
from riskml.training.e_detector import tolerance
from riskml.training.evaluation import Difference, Evaluation
from riskml.training.rivals import LABELS

FIRST_DAY, LAST_DAY = date(2023, 1, 1), date(2023, 12, 31)
"""The judged period: its last day is the last of the data set."""

CHOSEN_FROM, CHOSEN_UNTIL = date(2021, 10, 1), date(2022, 12, 31)
"""The quarters on which the candidates are compared and chosen: all before the judged period."""

OFFICE = ("division_peer_rate_365d", "name_division_rate_90d")
"""Rates of a division, which may stand for the office in whose territory an enterprise is registered."""

WITHOUT_STEPS = "without_steps"
"""The chosen candidate with days and rates read as they are."""


@dataclass(frozen=True)
class BeijingResult:
    """What the benchmark gives.

    Parameters
    ----------
    judged
        Trained before 2023, judged on 2023, one row per visit, known the day before.
    chosen
        The candidate that is the model, as the quarters before 2023 show it.
    without_steps
        The chosen candidate's mean AUC on those quarters minus what it is without steps.
    scores
        The same of the model, the usual scorecard and the forty lines.
    without_office
        The model's scores without rates of divisions.
    quarters
        Each quarter of 2023, everything trained on all before it.
    rolling
        Each quarter before the judged period, likewise: on them the candidate was chosen.
    rolled
        What they show together, with seeds and intervals.
    by_day
        How fresh the rates of peers are → the candidates' scores of 2023, one row per enterprise and day.
    by_day_all
        How fresh everything is → likewise.
    observed
        Kind of visit → number of test visits chosen that way; none is a random draw.
    quarantined
        Rows that were not accepted, by table, column and reason.
    """

    judged: Judgement
    chosen: Choice
    without_steps: Difference
    scores: Scores
    without_office: Scores
    quarters: tuple[Scores, ...]
    rolling: tuple[Scores, ...]
    rolled: tuple[Rolled, ...]
    by_day: dict[str, Scores]
    by_day_all: dict[str, Scores]
    observed: dict[str, int]
    quarantined: list[dict[str, Any]]

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON (``riskml benchmark beijing --json``)."""
        first = self.scores.first
        parts = {"with_history": ~first, "without_history": first}
        return {
            **_figures(self.judged),
            **{
                part: {
                    "n": int(mask.sum()),
                    "positives": int(self.scores.outcome[mask].sum()),
                    **{name: self.scores.figures(name)[part] for name in NAMES},
                }
                for part, mask in parts.items()
            },
            SCORECARD: self.scores.figures(SCORECARD),
            FORTY_LINES: self.scores.figures(FORTY_LINES),
            "paired": {f"{MODEL}_minus_{name}": self.scores.above(name) for name in (SCORECARD, FORTY_LINES)},
            "chosen": self.chosen.to_dict(),
            "quarters": [_period(one) for one in self.quarters],
            "rolling": [_period(one) for one in self.rolling],
            "rolled": [one.to_dict() for one in self.rolled],
            "by_day": {fresh: _by_candidate(one) for fresh, one in self.by_day.items()},
            "by_day_all": {fresh: _by_candidate(one) for fresh, one in self.by_day_all.items()},
            "without_office": self.without_office.figures(MODEL),
            "steps": asdict(self.without_steps),
            "peer_rates": asdict(self.judged.peer_rates),
            "observed": self.observed,
            "quarantined": self.quarantined,
        }

    def tables(self) -> tuple[ShownTable, ...]:
        """The model beside its baselines on 2023, the quarters, freshness, the reliability table, and the
        quarantine.
        """
        scores = {LABELS["model"].said: self.judged.model} | {
            LABELS[name].said: one for name, one in self.judged.baselines.items()
        }
        tenths = calibration(self.judged.model)["reliability"]
        return (
            ShownTable(
                say("2023年的检查，2023年以前训练", "Visits of 2023, trained before 2023"),
                (
                    "",
                    say("不合格/检查", "failed/visits"),
                    "AUC",
                    "95 %",
                    say("平均精度", "average precision"),
                    say("提升", "lift"),
                ),
                _rows(scores),
            ),
            ShownTable(
                say("各候选模型，2023年", "Candidates, 2023"),
                ("", "AUC", say("有历史", "with a history"), say("首次", "first visit"), say("提升", "lift")),
                tuple((NAMES[name].said, *_cells(self.scores, name)) for name in NAMES),
            ),
            ShownTable(
                say("各季度：此前训练", "Each quarter, trained on the visits before it"),
                (
                    say("季度", "quarter"),
                    say("不合格/检查", "failed/visits"),
                    *(f"{NAMES[name].said} AUC" for name in (MODEL, SCORECARD, FORTY_LINES)),
                ),
                tuple(
                    (
                        _quarter(one),
                        f"{one.outcome.sum():,} / {len(one.outcome):,}",
                        *(_number(one.figures(name)["auc"]) for name in (MODEL, SCORECARD, FORTY_LINES)),
                    )
                    for one in (*self.rolling, *self.quarters)
                ),
            ),
            *rolled_tables(self.rolled),
            ShownTable(
                say("消息新旧：一户一日一行，2023年", "Freshness, one row per enterprise and day, 2023"),
                (
                    say("已知至", "known until"),
                    say("候选", "candidate"),
                    "AUC",
                    say("有历史", "with a history"),
                    say("首次", "first visit"),
                    say("提升", "lift"),
                ),
                tuple(
                    (f"{what} {FRESHNESS[fresh].said}", NAMES[name].said, *_cells(one, name))
                    for what, scores_by in (
                        (say("比率：", "rates:"), self.by_day),
                        (say("全部：", "all:"), self.by_day_all),
                    )
                    for fresh, one in scores_by.items()
                    for name in NAMES
                ),
            ),
            ShownTable(
                say("预测与实际不合格率，2023年", "Predicted and observed failure rate, 2023"),
                (
                    say("按预测风险分组", "by predicted risk"),
                    say("检查", "visits"),
                    say("预测", "predicted"),
                    say("实际", "observed"),
                ),
                tuple(
                    (str(n), one["rows"], f"{one['predicted']:.2%}", f"{one['observed']:.2%}")
                    for n, one in enumerate(tenths, 1)
                ),
            ),
            quarantine_table(self.quarantined),
        )

    def notes(self) -> tuple[str, ...]:
        """What has to be known to read the figures."""
        found = calibration(self.judged.model)
        above = {name: self.scores.above(name)["auc"] for name in (SCORECARD, FORTY_LINES)}
        office, own = (_number(one.figures(MODEL)["auc"]) for one in (self.without_office, self.scores))
        steps = self.without_steps
        return (
            self.chosen.why.said,
            say(
                "天数和比率分档，滚动起点上的平均 AUC 之差：",
                "What steps of days and rates add to the mean AUC at the rolling origins: ",
            )
            + f"{steps.value:+.4f} [{steps.low:+.4f}, {steps.high:+.4f}]",
            peer_rates_note(self.judged.peer_rates),
            *(
                say(
                    f"2023年比{NAMES[name].zh}高的 AUC（同一重抽样）：",
                    f"AUC above the {NAMES[name].en}, 2023 (paired bootstrap): ",
                )
                + f"{one['value']:.3f} [{one['low']:.3f}, {one['high']:.3f}]"
                for name, one in above.items()
            ),
            say(
                f"不用登记地的各项比率（也代表管辖的机关）AUC {office}，用 {own}",
                f"Without rates of divisions, which stand for the office too, the AUC is {office}, with it {own}",
            ),
            say(
                f"校准误差 {found['error']:.4f}：预测 {found['predicted_rate']:.2%}，实际 "
                f"{found['observed_rate']:.2%}；2022年末不合格率不足0.5%，无从预见",
                f"Calibration error {found['error']:.4f}: predicted {found['predicted_rate']:.2%}, observed "
                f"{found['observed_rate']:.2%}; the rise could "
                "not be foreseen from late 2022, when less than 0.5 % failed",
            ),
            *map(rolled_note, self.rolled),
            NO_RANDOM_DRAW.said,
        )

    def comparison(self) -> tuple[Comparison, ...]:
        """The row for the table of all benchmarks."""
        model, plain = self.judged.model, self.judged.plain
        note = Label("未见", "none found")
        figures = plain.figures["auc"], model.figures["auc"]
        return (Comparison(Label("北京 2023", "Beijing 2023"), model.problems, model.rows, None, note, *figures),)


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
        settings = dataset.settings
        used, few = settings.indicators or (), few_columns(settings)
        wide = settings.model_copy(update={"indicators": (*used, *few)})
        whole = replace(
            read_training_data(dataset.workspace, wide, LAST_DAY, on_progress, among="true"), settings=settings
        )
        visits = rows_of(whole, used, few)
        judged_quarters, earlier = quarters(FIRST_DAY, LAST_DAY), quarters(CHOSEN_FROM, CHOSEN_UNTIL)
        steps = len(judged_quarters) + 2 * len(earlier) + 2 * len(KNOWN_ON) + 2
        done = iter(range(steps))

        def scored(rows: Rows, first_day: date, last_day: date) -> Scores:
            on_progress("model", next(done), steps)
            return scores_of(rows, first_day, last_day)

        rolling = [scored(visits, *quarter) for quarter in earlier]
        chosen = choose(rolling)
        model = chosen.candidate
        plain_steps = replace(visits, data=without_steps(visits.data))
        coarse = [
            replace(one, by={**one.by, WITHOUT_STEPS: scored(plain_steps, one.first_day, one.last_day).by[model]})
            for one in rolling
        ]
        on_progress("model", next(done), steps)
        days = {fresh: days_known_on(whole, KNOWN_ON[fresh], on_progress) for fresh in KNOWN_ON}
        aged = {fresh: with_rates_of(days["day_before"], one) for fresh, one in days.items()}
        observed = whole.cohort.loc[whole.split.test, "observed"].value_counts()

        told = tuple(one.told_as(model) for one in rolling)
        parts = [(visits.before(first), visits.between(first, last)) for first, last in earlier]

        def of_2023(data: TrainingData, columns: tuple[str, ...] = used) -> Scores:
            return scored(rows_of(data, columns, few), FIRST_DAY, LAST_DAY).told_as(model)

        return BeijingResult(
            judged=judge(as_candidate(whole, settings, model)),
            chosen=chosen,
            without_steps=mean_difference(coarse, model, WITHOUT_STEPS),
            scores=of_2023(whole),
            without_office=of_2023(whole, tuple(name for name in used if name not in OFFICE)),
            quarters=tuple(scored(visits, *quarter).told_as(model) for quarter in judged_quarters),
            rolling=told,
            rolled=(roll(Label("北京", "Beijing"), as_candidate(visits.data, settings, model), told, parts),),
            by_day={fresh: of_2023(one) for fresh, one in aged.items()},
            by_day_all={fresh: of_2023(one) for fresh, one in days.items() if fresh != "day_before"},
            observed={str(kind): int(count) for kind, count in observed.items()},
            quarantined=quarantined(dataset.loaded),
        )


WATCHED_FROM = (date(2022, 1, 1), LAST_DAY.replace(month=1, day=1))
"""From when on visits are watched with a model that was trained on all before."""


def watched_since(data: Path, on_progress: Progress) -> dict[int, Watch]:
    """First year → what `riskml monitor` would have noticed until the end of 2023, with a model trained on the visits
    before that year and risks of the month-end before each visit, as monthly runs publish them.

    All visits are taken for draws, and none is one. Groups are trades by the first word of the name, and divisions.
    Parameters and errors as for `run_beijing`.
    """
    with open_dataset("beijing", data, LAST_DAY, on_progress) as dataset:
        return watched(dataset, WATCHED_FROM, on_progress)


def watched(dataset: Dataset, since: Sequence[date], on_progress: Progress) -> dict[int, Watch]:
    """The same of a data set that is open, from each day of `since` on."""
    whole = read_training_data(dataset.workspace, dataset.settings, LAST_DAY, on_progress, among="true")
    days = days_known_on(whole, KNOWN_ON["month_end"], on_progress)
    whole.builder.store.open_views(whole.builder.connection)
    registered = whole.builder.connection.sql(
        "SELECT enterprise_id, split_part(industry, '|', 1) AS section, division AS region FROM enterprise"
    )
    known = registered.to_arrow_table().to_pandas().assign(**dict.fromkeys(("trade", "kind", "size")))
    return {first.year: _watched(days, known, first) for first in since}


def _watched(days: TrainingData, known: pd.DataFrame, first: date) -> Watch:
    """The days from `first` on, judged by a model of those before."""
    visit_date = pd.to_datetime(days.cohort["visit_date"])
    before = (visit_date < pd.Timestamp(first)).to_numpy()
    classifier = fit_classifier(replace(days, learn=before))
    seen = days.cohort.loc[before, ["enterprise_id"]].drop_duplicates().merge(known, on="enterprise_id")
    visits = days.cohort[~before].rename(columns={"outcome": "problem"}).assign(
        risk=classifier.predict_proba(days.matrix[~before])[:, 1],
        month=visit_date[~before].dt.to_period("M").dt.start_time.dt.date,
        drawn=True,
    )  # fmt: skip
    visits = visits.drop_duplicates(["enterprise_id", "month"]).merge(known, on="enterprise_id")
    groups = groups_of(seen[list(GROUPS)].assign(enterprises=1))
    return compare(visits, groups, LAST_DAY, tolerance(int(before.sum()), int(days.outcome[before].sum())))


def without_steps(data: TrainingData) -> TrainingData:
    """The same data with an indicator system that declares no steps."""
    system = data.builder.system

    def bare(group: Group) -> Group:
        return group.model_copy(
            update={"indicators": tuple(one.model_copy(update={"steps": ()}) for one in group.indicators)}
        )

    files = tuple(file.model_copy(update={"groups": tuple(map(bare, file.groups))}) for file in system.files)
    plain = IndicatorSystem(files=files, texts=system.texts, selected=system.selected)
    return replace(data, builder=replace(data.builder, system=plain))


def _period(scores: Scores) -> dict[str, Any]:
    return {
        "quarter": _quarter(scores),
        "first_day": scores.first_day.isoformat(),
        "last_day": scores.last_day.isoformat(),
        **_by_candidate(scores),
    }


def _by_candidate(scores: Scores) -> dict[str, Any]:
    """The model's figures, and those of the other candidates under their names."""
    return {
        "n": len(scores.outcome),
        "positives": int(scores.outcome.sum()),
        **scores.figures(MODEL),
        **{name: scores.figures(name) for name in (SCORECARD, FORTY_LINES)},
    }


def _quarter(scores: Scores) -> str:
    return f"{scores.first_day.year}Q{(scores.first_day.month + 2) // 3}"


def _cells(scores: Scores, name: str) -> tuple[str, ...]:
    figures = scores.figures(name)
    return (
        *(_number(figures[part]) for part in ("auc", "with_history", "without_history")),
        _number(figures["lift"], 2),
    )


def _number(value: float | None, places: int = 3) -> str:
    return "–" if value is None else f"{value:.{places}f}"


def _figures(judged: Judgement) -> dict[str, Any]:
    return {
        **headline(judged.model),
        "test_rows": judged.model.rows,
        "test_positives": judged.model.problems,
        "learn_rows": judged.learn_rows,
        "learn_positives": judged.learn_positives,
        "lift_interval": [judged.model.figures["top_decile_lift"].low, judged.model.figures["top_decile_lift"].high],
        "baselines": {
            name: {**headline(one), "auc_of_model_above": asdict(judged.above[name])}
            for name, one in judged.baselines.items()
        },
        "calibration": calibration(judged.model),
    }


def _rows(scores: dict[str, Evaluation]) -> tuple[tuple[object, ...], ...]:
    return tuple(_row(name, one) for name, one in scores.items())


def _row(name: str, one: Evaluation) -> tuple[object, ...]:
    auc, precision, lift = (one.figures[figure] for figure in HEADLINE)
    interval = f"{auc.low:.3f}–{auc.high:.3f}"
    return (
        name,
        f"{one.problems:,} / {one.rows:,}",
        f"{auc.value:.3f}",
        interval,
        f"{precision.value:.3f}",
        f"{lift.value:.2f}",
    )
