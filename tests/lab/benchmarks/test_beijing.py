"""Beijing's inspections through the product's own path: made-up extracts always, the real ones where they are."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from handmade import ROOT

from riskml.core.errors import ConfigurationError, RunError
from riskml.lab.benchmarks import run_benchmark
from riskml.lab.benchmarks.beijing import LAST_DAY, BeijingResult, run_beijing, watched, without_steps
from riskml.lab.benchmarks.candidates import Rows, few_columns, scores_of
from riskml.lab.benchmarks.dataset import Dataset, judge, open_dataset, quarantined
from riskml.lab.benchmarks.freshness import KNOWN_ON, days_known_on, quarters, rows_of, with_rates_of
from riskml.lifecycle.candidates import as_candidate, choose_candidate, widened
from riskml.lifecycle.training_data import TrainingData, read_training_data
from riskml.relations.catalogue import relation_columns
from riskml.training.choice import NAMES, choose
from riskml.training.rivals import LABELS

DATA = Path(os.environ.get("RISKML_DATA", ROOT.parent / "shared" / "data")) / "beijing"

Visits = list[dict[str, Any]]


def quiet(*_: object) -> None:
    """No progress."""


def visit(number: int, enterprise: str, day: datetime, **other: Any) -> dict[str, Any]:
    return {
        "inspection_id": f"v{number}", "enterprise": enterprise, "name_keywords": "上网|有限公司",
        "uscc": "911101050000000000",
        "form": "日常检查", "domain": "文化", "authority": "局", "result": "合格", "date": day, **other,
    }  # fmt: skip


def made_up_visits(seed: int = 5) -> Visits:
    """Three years of visits to 80 enterprises of two trades, of which one fails more often."""
    draw = np.random.default_rng(seed)
    start = datetime(2021, 1, 1, 9)
    visits = []
    for number in range(900):
        who = int(draw.integers(80))
        fails = draw.random() < (0.05 if who % 2 else 0.35)
        visits.append(
            visit(
                number,
                f"企业{who:02}",
                start + timedelta(days=int(draw.integers(1094)), hours=int(draw.integers(8))),
                name_keywords="娱乐|有限公司" if who % 2 == 0 else "书|有限公司",
                uscc=None if who % 10 == 0 else f"91110{100 + who % 5}0000000000",
                form=("日常检查", "专项检查", "其他")[draw.integers(3)],
                domain=("文化", "新闻出版")[draw.integers(2)],
                result="不合格" if fails else "合格",
            )
        )
    return visits


PENALTIES = [
    {"enterprise": "企业00", "uscc": None, "source": "市文化执法总队", "kind": "警告;罚款", "fine_10k_yuan": "0.5",
     "violation": "甲", "date": datetime(2022, 5, 1)},
    {"enterprise": "企业01", "uscc": None, "source": "市生态环境局", "kind": None, "fine_10k_yuan": "/",
     "violation": "乙", "date": None},
    {"enterprise": "企业02", "uscc": None, "source": "市生态环境局", "kind": "责令停产停业", "fine_10k_yuan": "/",
     "violation": "丙", "date": datetime(2021, 3, 1)},
]  # fmt: skip


@pytest.fixture
def open_made_up(tmp_path: Path) -> Iterator[Callable[[Visits], Dataset]]:
    """Visits → the data set they make, with three penalties and a complaint, through the shipped source."""
    opened = []

    def write(visits: Visits) -> Dataset:
        folder = tmp_path / f"extracts{len(opened)}"
        folder.mkdir()
        complaints = [{"enterprise": "企业03", "complaint_id": "c1", "date": datetime(2022, 6, 1)}]
        for name, rows in (("culture_inspections", visits), ("penalties", PENALTIES), ("complaints_12315", complaints)):
            columns = {column: [row[column] for row in rows] for column in rows[0]}
            types = {column: pa.timestamp("us") if column == "date" else pa.string() for column in columns}
            arrays = {column: pa.array(values, types[column]) for column, values in columns.items()}
            pq.write_table(pa.table(arrays), folder / f"{name}.parquet")
        context = open_dataset("beijing", folder, LAST_DAY, quiet)
        opened.append(context)
        return context.__enter__()

    yield write
    for context in opened:
        context.__exit__(None, None, None)


def train_on(dataset: Dataset) -> TrainingData:
    return read_training_data(dataset.workspace, dataset.settings, LAST_DAY, quiet, among="true")


def indicators(data: TrainingData) -> pd.DataFrame:
    """The matrix by visit."""
    return data.matrix.set_index(data.cohort["visit_id"]).sort_index()


def test_undated_penalties_and_visits_without_a_form_are_quarantined(open_made_up) -> None:
    visits = made_up_visits()
    visits[3]["form"] = None
    dataset = open_made_up(visits)
    assert dataset.loaded.faults == {("penalty", "event_date", "missing"): 1, ("inspection", "kind", "missing"): 1}
    assert {one.table: one.taken for one in dataset.loaded.tables} == {
        "enterprise": 80, "inspection": len(visits) - 1, "penalty": 2, "complaint": 1,
    }  # fmt: skip


def test_a_missing_extract_is_an_error_that_names_it(tmp_path) -> None:
    visits = pa.table({name: pa.array([value]) for name, value in visit(1, "甲", datetime(2022, 1, 1)).items()})
    pq.write_table(visits, tmp_path / "culture_inspections.parquet")
    with (
        pytest.raises(RunError, match=r"(complaints_12315|penalties)\.parquet"),
        open_dataset("beijing", tmp_path, LAST_DAY, quiet),
    ):
        pass


def test_as_of_dates_are_the_days_before_and_the_test_is_2023(open_made_up) -> None:
    data = train_on(open_made_up(made_up_visits()))
    days = pd.to_datetime(data.cohort["visit_date"])
    assert (days - pd.to_datetime(data.cohort["as_of"]) == pd.Timedelta(days=1)).all()
    assert (data.split.test == (days.dt.year == 2023)).all()
    assert (data.learn == (days.dt.year < 2023)).all()
    assert set(data.cohort["observed"]) == {"routine", "targeted"}  # none is a random draw


def test_nothing_of_the_visit_itself_or_of_later_ones_reaches_its_indicators(open_made_up) -> None:
    visits = made_up_visits()
    until = datetime(2022, 9, 15)
    changed = [
        {
            **one,
            "result": "合格" if one["result"] == "不合格" else "不合格",
            "form": "专项检查" if one["form"] == "日常检查" else "日常检查",
            "domain": "文化" if one["domain"] == "新闻出版" else "新闻出版",
            "authority": "另一局",
        }
        if one["date"] >= until
        else one
        for one in visits
    ]
    before, after = (train_on(open_made_up(rows)) for rows in (visits, changed))
    day = before.cohort.set_index("visit_id")["visit_date"].sort_index()
    untouched = (pd.to_datetime(day) <= until.replace(hour=0)).to_numpy()
    assert (before.cohort.set_index("visit_id")["outcome"] != after.cohort.set_index("visit_id")["outcome"]).any()
    pd.testing.assert_frame_equal(indicators(before)[untouched], indicators(after)[untouched])
    assert not indicators(before)[~untouched].equals(indicators(after)[~untouched])


def test_visits_of_one_day_do_not_see_each_other(open_made_up) -> None:
    day = datetime(2022, 7, 1, 9)
    twice = [
        visit(9001, "新企业", day, result="不合格"),
        visit(9002, "新企业", day + timedelta(hours=5), result="合格"),
    ]
    later = visit(9003, "新企业", day + timedelta(days=10))
    found = indicators(train_on(open_made_up([*made_up_visits(), *twice, later])))
    first, second = found.loc["v9001"], found.loc["v9002"]
    pd.testing.assert_series_equal(first, second, check_names=False)
    assert first["visit_count_1095d"] == 0
    assert found.loc[
        "v9003", ["visit_count_30d", "inspection_problem_count_365d", "inspection_days_since", "days_since_first_visit"]
    ].tolist() == [2, 1, 9, 9]


def test_peers_share_words_of_the_name_and_the_division_of_the_code(open_made_up) -> None:
    found, _ = rows_made_up(open_made_up(made_up_visits()))
    rates = indicators(found)
    late = pd.to_datetime(found.cohort.set_index("visit_id")["as_of"]).sort_index() >= "2022-06-30"
    risky = found.cohort.set_index("visit_id")["enterprise_id"].sort_index().str[-1].isin(list("02468"))
    assert (
        rates.loc[late & risky, "name_peer_rate_365d"].min() > 1 > rates.loc[late & ~risky, "name_peer_rate_365d"].max()
    )
    without_code = found.cohort.set_index("visit_id")["enterprise_id"].sort_index().str.endswith("0")
    assert np.allclose(rates.loc[without_code & late, "division_peer_rate_365d"], 1)  # no group: the city's own rate


def test_a_trade_that_begins_to_fail_in_2023_is_noticed_by_the_model_of_before(open_made_up) -> None:
    visits = [
        {**one, "result": "不合格"} if one["date"] >= datetime(2023, 4, 1) and one["name_keywords"] == "书|有限公司"
        else one
        for one in made_up_visits()
    ]  # fmt: skip
    (found,) = watched(open_made_up(visits), [date(2023, 1, 1)], quiet).values()
    books = next(one for one in found.noticed if one.group.values == ("书",))
    assert books.raised
    assert books.since == date(2023, 4, 1)
    assert (books.noticed or date.max) <= date(2023, 6, 1)
    assert found.draws < sum(one["date"].year == 2023 for one in visits), "one visit of an enterprise in a month"


def test_severity_follows_from_the_kind_of_penalty(open_made_up) -> None:
    dataset = open_made_up(made_up_visits())
    with duckdb.connect() as connection:
        files = sorted(str(path) for path in (dataset.workspace.records / "penalty").rglob("*.parquet"))
        rows = connection.sql(
            f"SELECT enterprise_id, severity, kind, domain, fine FROM read_parquet({files}) ORDER BY 1"
        ).fetchall()
    assert [tuple(map(str, row)) for row in rows] == [
        ("企业00", "moderate", "fine", "culture", "0.5000"),
        ("企业02", "serious", "production_stopped", "environment", "None"),
    ]


def test_no_indicator_reads_who_looked(open_made_up) -> None:
    data = train_on(open_made_up(made_up_visits()))
    assert "authority" not in relation_columns("inspection")
    assert list(data.matrix.columns) == [column.name for column in data.builder.system.columns]
    assert set(data.matrix.columns) == set(data.settings.indicators or ())


def rows_made_up(dataset: Dataset) -> tuple[TrainingData, Rows]:
    """The made-up visits with the indicators of every candidate, and as rows for the candidates."""
    whole = read_training_data(dataset.workspace, widened(dataset.settings), LAST_DAY, quiet, among="true")
    return whole, rows_of(whole, dataset.settings.indicators or (), few_columns(dataset.settings))


def test_an_origin_learns_from_the_visits_before_it_only(open_made_up) -> None:
    _, rows = rows_made_up(open_made_up(made_up_visits()))
    first, last = datetime(2022, 7, 1).date(), datetime(2022, 9, 30).date()
    days = rows.days.dt.date
    turned = rows.data.cohort.assign(outcome=np.where(days < first, rows.data.outcome, 1 - rows.data.outcome))
    told, other = (scores_of(one, first, last) for one in (rows, replace(rows, data=replace(rows.data, cohort=turned))))
    for name in NAMES:
        np.testing.assert_array_equal(told.by[name], other.by[name])
    assert len(told.outcome) == ((days >= first) & (days <= last)).sum()


def test_the_candidates_read_their_own_indicators(open_made_up) -> None:
    dataset = open_made_up(made_up_visits())
    _, rows = rows_made_up(dataset)
    assert set(rows.data.matrix.columns) == set(dataset.settings.indicators or ())
    assert tuple(rows.plain.columns) == few_columns(dataset.settings)
    assert len(few_columns(dataset.settings)) == 8
    assert rows.first.sum() == len({*rows.data.cohort["enterprise_id"]})


def test_a_day_is_one_row_that_fails_if_any_of_its_visits_does(open_made_up) -> None:
    day = datetime(2022, 7, 1, 9)
    twice = [
        visit(9001, "新企业", day, result="不合格"),
        visit(9002, "新企业", day + timedelta(hours=5), result="合格"),
    ]
    whole, _ = rows_made_up(open_made_up([*made_up_visits(), *twice]))
    days = days_known_on(whole, KNOWN_ON["day_before"], quiet).cohort
    (outcome,) = days.loc[days["enterprise_id"] == "新企业", "outcome"]
    assert outcome == 1
    assert not days.duplicated(["enterprise_id", "visit_date"]).any()


def test_nothing_after_the_month_end_is_known_at_the_month_end(open_made_up) -> None:
    """Turning the results of a month changes what the day before tells of it, not what the month-end before does."""
    visits = made_up_visits()
    turned = [
        {**one, "result": "合格" if one["result"] == "不合格" else "不合格"}
        if (one["date"].year, one["date"].month) == (2023, 3)
        else one
        for one in visits
    ]
    read = [rows_made_up(open_made_up(rows))[0] for rows in (visits, turned)]
    for known_on, same in (("month_end", True), ("day_before", False)):
        one, other = (days_known_on(whole, KNOWN_ON[known_on], quiet) for whole in read)
        march = pd.to_datetime(one.cohort["visit_date"]).dt.strftime("%Y-%m") == "2023-03"
        assert one.matrix[march].equals(other.matrix[march]) is same


def test_aged_rates_leave_the_enterprises_own_history_fresh(open_made_up) -> None:
    whole, _ = rows_made_up(open_made_up(made_up_visits()))
    fresh, old = (days_known_on(whole, KNOWN_ON[known_on], quiet) for known_on in ("day_before", "month_end"))
    aged = with_rates_of(fresh, old).matrix
    rates = [name for name in aged if "_rate_" in name]
    pd.testing.assert_frame_equal(aged[rates], old.matrix[rates])
    pd.testing.assert_frame_equal(aged.drop(columns=rates), fresh.matrix.drop(columns=rates))
    assert not old.matrix.drop(columns=rates).equals(fresh.matrix.drop(columns=rates))


def test_judging_gives_the_figures_and_the_printed_table(open_made_up) -> None:
    dataset = open_made_up(made_up_visits())
    whole, rows = rows_made_up(dataset)
    span = date(2023, 1, 1), date(2023, 12, 31)
    scores = scores_of(rows, *span)
    told = [scores_of(rows, *quarter) for quarter in quarters(*span)[:2]]
    chosen = choose(told)
    by_quarter = tuple(one.told_as("trees") for one in told)
    scores = scores.told_as("trees")
    model = replace(
        rows.data,
        settings=rows.data.settings.model_copy(
            update={"model": rows.data.settings.model.model_copy(update={"form": "trees"})}
        ),
    )
    judged = judge(model)
    result = BeijingResult(
        judged=judged, chosen=chosen, without_steps=judged.peer_rates, scores=scores, without_office=scores,
        quarters=by_quarter, rolling=by_quarter, rolled=(),
        by_day={"day_before": scores}, by_day_all={"month_end": scores}, observed={"routine": 1},
        quarantined=quarantined(dataset.loaded),
    )  # fmt: skip
    given = result.to_dict()
    assert {
        "auc",
        "average_precision",
        "top_decile_lift",
        "auc_interval",
        "test_rows",
        "test_positives",
        "baselines",
    } <= set(given)
    assert {
        "quarters",
        "with_history",
        "without_history",
        "scorecard",
        "forty_lines",
        "paired",
        "chosen",
        "by_day",
    } <= set(given)
    assert given["test_rows"] == whole.split.test.sum() == given["with_history"]["n"] + given["without_history"]["n"]
    assert set(given["baselines"]) == {"points_scorecard", "past_penalties", "random"}
    assert {"quarter", "n", "positives", "auc", "lift", "scorecard", "forty_lines"} <= set(given["quarters"][0])
    assert {"auc", "without_history", "lift"} <= set(given["by_day"]["day_before"])
    assert {"value", "low", "high"} <= set(given["peer_rates"])
    assert given["scorecard"]["auc"] == pytest.approx(given["baselines"]["points_scorecard"]["auc"])
    assert given["paired"]["model_minus_scorecard"]["auc"]["value"] == pytest.approx(
        given["auc"] - given["baselines"]["points_scorecard"]["auc"]
    )
    assert sum(one["rows"] for one in given["calibration"]["reliability"]) == given["test_rows"]
    assert all(len(row) == len(shown.columns) for shown in result.tables() for row in shown.rows)
    assert [row[0] for row in result.tables()[0].rows] == [one.en for one in LABELS.values()]
    assert all(isinstance(note, str) for note in result.notes())


def test_a_training_chooses_on_its_learning_part_alone_and_takes_what_it_chose(open_made_up) -> None:
    whole, _ = rows_made_up(open_made_up(made_up_visits()))
    settings = whole.settings.model_copy(
        update={"indicators": tuple(name for name in whole.matrix if not name.startswith("plain_"))}
    )
    turned = replace(
        whole, cohort=whole.cohort.assign(outcome=np.where(whole.split.test, 1 - whole.outcome, whole.outcome))
    )
    chosen, again = (choose_candidate(data, settings, quiet) for data in (whole, turned))
    assert chosen == again
    assert set(chosen.auc) == set(NAMES)
    assert chosen.origins
    assert max(last for _, last in chosen.origins) <= whole.split.learn_until
    few = as_candidate(whole, settings, "few")
    assert set(few.matrix) == {*few_columns(settings), settings.past_penalties}
    assert as_candidate(whole, settings, "points").settings.model.form == "scorecard"
    assert set(as_candidate(whole, settings, "blend").matrix) == set(settings.indicators or ())


def test_without_steps_every_value_is_told_apart(open_made_up) -> None:
    _, rows = rows_made_up(open_made_up(made_up_visits()))
    assert rows.data.builder.system.steps
    bare = without_steps(rows.data)
    assert not bare.builder.system.steps
    assert [column.name for column in bare.builder.system.columns] == list(rows.data.matrix.columns)


def test_an_unknown_benchmark_is_an_error_that_lists_the_known_ones(tmp_path) -> None:
    with pytest.raises(ConfigurationError, match="beijing"):
        run_benchmark("atlantis", tmp_path, quiet)


@pytest.mark.long
@pytest.mark.skipif(
    not DATA.is_dir(), reason=f"the real extracts are not at {DATA}; set RISKML_DATA to their parent folder"
)
def test_the_real_inspections_reach_what_was_promised() -> None:
    result = run_beijing(DATA, quiet).to_dict()
    # 31,262 visits, 20 without a form in quarantine, 2 of those in 2023.
    assert (result["test_rows"], result["test_positives"]) == (10_225, 357)
    assert result["learn_rows"] == 31_242 - 10_225
    assert result["auc"] > max(one["auc"] for one in result["baselines"].values())
    # Shown better than the usual scorecard on the quarters before 2023.
    assert (result["chosen"]["candidate"], result["chosen"]["recommended"]) == ("blend", "blend")
    assert result["paired"]["model_minus_scorecard"]["auc"]["low"] > 0
    fresh, aged = result["by_day"]["day_before"], result["by_day"]["month_end"]
    assert (fresh["n"], fresh["positives"]) == (9_870, 326)
    assert fresh["auc"] >= 0.825
    assert fresh["without_history"] >= 0.74
    assert fresh["lift"] >= 3.9
    assert aged["without_history"] >= 0.68
    assert result["by_day_all"]["month_end"]["auc"] >= 0.8
    assert {(one["table"], one["reason"]): one["rows"] for one in result["quarantined"]} == {
        ("penalty", "missing"): 1_545, ("inspection", "missing"): 20,
    }  # fmt: skip
    assert [one["quarter"] for one in result["rolling"]] == ["2021Q4", "2022Q1", "2022Q2", "2022Q3", "2022Q4"]
