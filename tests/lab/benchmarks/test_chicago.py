"""Chicago's food inspections through the product's own path: made-up extracts always, the real ones where they are."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from handmade import ROOT

from riskml.core.errors import RunError
from riskml.lab.benchmarks import run_benchmark
from riskml.lab.benchmarks.chicago import LAST_DAY, TEST_ENDS, ChicagoResult, protocol, run_chicago
from riskml.lab.benchmarks.dataset import Dataset, open_dataset
from riskml.lifecycle.training_data import TrainingData, read_training_data
from riskml.records.live import live_columns
from riskml.relations.catalogue import relation_columns
from riskml.training.inspector_effect import strictness

DATA = Path(os.environ.get("RISKML_DATA", ROOT.parent / "shared" / "data")) / "chicago"
SCORES = {"enterprise_only", "adjusted", "inspector_known", "authors", "plain", "plain_known"}
FIRST, TEST_FROM = datetime(2012, 6, 1), datetime(2014, 9, 2)

Visits = list[dict[str, Any]]


def quiet(*_: object) -> None:
    """No progress."""


def visit(number: int, licence: int, day: datetime, **other: Any) -> dict[str, Any]:
    """One visit with all that the extracts say beside it."""
    return {
        "id": number, "licence": licence, "day": day, "result": "Pass", "critical": 0, "serious": 0, "minor": 2,
        "inspector": "blue",
        "name": "GRILL "
                f"NO {licence % 40}", "legal": f"HOLDER {'ABCDEFGHIJ'[licence % 10]}, "
                                               "INC.", "address": f"{licence % 90} MAIN ST",
        "zip": 60600.0 + licence % 5, "facility": "Grocery Store" if licence % 7 == 0 else "Restaurant",
        "risk": "Risk 1 (High)",
        "tobacco": float(licence % 3 == 0), "first_licence": datetime(2005, 1, 1) + timedelta(days=licence), **other,
    }  # fmt: skip


def made_up_visits(seed: int = 3) -> Visits:
    """Visits to 150 enterprises until October 2014, none between the parts; some are worse, and one of three inspectors
    is stricter.
    """
    draw = np.random.default_rng(seed)
    visits = []
    days = [FIRST + timedelta(days=int(d)) for d in np.sort(draw.integers(0, 680, 1100))]
    days += [TEST_FROM + timedelta(days=int(d)) for d in np.sort(draw.integers(0, 60, 260))]
    for number, day in enumerate(days):
        licence = int(draw.integers(1000, 1150))
        inspector = ("blue", "orange", None)[draw.integers(3)]
        bad = draw.random() < 0.08 + 0.2 * (licence % 10 == 0) + 0.25 * (inspector == "orange")
        minor = int(draw.poisson(2 + 3 * (licence % 10 == 0)))
        visits.append(
            visit(
                number,
                licence,
                day,
                critical=int(bad),
                minor=minor,
                inspector=inspector,
                result="Fail" if bad else "Pass",
            )
        )
    return visits


FOLLOW_UPS = [
    {"Inspector_Assigned": "blue", "License": "1000", "Inspection_Date": datetime(2013, 3, 5),
     "Inspection_Purpose": "Canvass Re-Inspection"},
    {"Inspector_Assigned": "blue", "License": "1000", "Inspection_Date": datetime(2013, 4, 9),
     "Inspection_Purpose": "Short Form Complaint"},
    {"Inspector_Assigned": "blue", "License": "1000", "Inspection_Date": datetime(2013, 4, 9),
     "Inspection_Purpose": "Complaint"},
    {"Inspector_Assigned": "blue", "License": "1001", "Inspection_Date": datetime(2013, 4, 9),
     "Inspection_Purpose": "Suspected Food Poisoning"},
    {"Inspector_Assigned": "blue", "License": "CPS51091", "Inspection_Date": datetime(2013, 4, 9),
     "Inspection_Purpose": "Complaint"},
]  # fmt: skip


def write_extracts(visits: Visits, folder: Path) -> None:
    """The four extracts that `visits` make, as the city publishes them."""
    told = pd.DataFrame(visits)
    number = told["id"].astype(float)
    extracts = {
        "food_insp_features": {
            "Inspection_ID": number, "DBA_Name": told["name"], "License": told["licence"].astype(float),
            "Facility_Type": told["facility"],
            "Risk": told["risk"], "Address": told["address"], "Zip": told["zip"], "Inspection_Date": told["day"],
            "Results": told["result"],
            "criticalCount": told["critical"].astype(float), "seriousCount": told["serious"].astype(float),
            "minorCount": told["minor"].astype(float),
        },
        "bus_features": {
            "Inspection_ID": number, "LEGAL_NAME": told["legal"], "LICENSE_TERM_START_DATE": told["first_licence"],
            "minDate": told["first_licence"], "tobacco": told["tobacco"],
            "consumption_on_premises_incidental_activity": 0.0,
        },
        "xgboost_data": {
            "Inspection_ID": number, "Inspector_Assigned": told["inspector"],
            "Train": told["day"] < datetime(2014, 4, 17),
            "Test": told["day"] >= TEST_FROM, "score": np.linspace(0, 1, len(told)),
        },
    }  # fmt: skip
    for name, columns in extracts.items():
        pd.DataFrame(columns).to_parquet(folder / f"{name}.parquet")
    known = told[told["inspector"].notna()]
    canvass = {
        "Inspector_Assigned": known["inspector"],
        "License": known["licence"].astype(str),
        "Inspection_Date": known["day"],
        "Inspection_Purpose": "Canvass",
    }
    pd.concat([pd.DataFrame(canvass), pd.DataFrame(FOLLOW_UPS)]).to_parquet(folder / "inspectors.parquet", index=False)


@pytest.fixture
def open_made_up(tmp_path: Path) -> Iterator[Callable[[Visits], Dataset]]:
    """Visits → the data set they make, through the shipped source."""
    opened = []

    def write(visits: Visits) -> Dataset:
        folder = tmp_path / f"extracts{len(opened)}"
        folder.mkdir()
        write_extracts(visits, folder)
        context = open_dataset("chicago", folder, LAST_DAY, quiet)
        opened.append(context)
        return context.__enter__()

    yield write
    for context in opened:
        context.__exit__(None, None, None)


def train_on(dataset: Dataset) -> TrainingData:
    return read_training_data(dataset.workspace, dataset.settings, TEST_ENDS, quiet, among="true")


def indicators(data: TrainingData) -> pd.DataFrame:
    """The matrix by visit."""
    return data.matrix.set_index(data.cohort["visit_id"]).sort_index()


def changed_columns(one: pd.DataFrame, other: pd.DataFrame) -> set[str]:
    return {name for name in one.columns if not one[name].equals(other[name])}


def test_every_row_is_as_of_the_day_before_and_split_as_the_authors_did(open_made_up) -> None:
    data = train_on(open_made_up(made_up_visits()))
    days = pd.to_datetime(data.cohort["visit_date"])
    assert (days - pd.to_datetime(data.cohort["as_of"]) == pd.Timedelta(days=1)).all()
    assert (data.learn == (days < "2014-04-17")).all()
    assert (data.split.test == (days >= "2014-09-02")).all()
    assert set(data.cohort["observed"]) == {"routine"}  # a re-inspection or a complaint is no row to learn from


def test_nothing_of_the_visit_itself_or_of_later_ones_reaches_its_indicators(open_made_up) -> None:
    visits = made_up_visits()
    until = visits[700]["day"]
    first = {one["licence"]: one["id"] for one in reversed(visits)}
    changed = [
        {**one, "critical": 1 - one["critical"], "minor": one["minor"] + 5, "serious": 3,
         "result": "Pass w/ Conditions", "inspector": "purple",
         # what the first visit says of the enterprise was known when it was sent for; a later difference was not
         **({} if first[one["licence"]] == one["id"] else {"name": "ANOTHER", "address": "ELSEWHERE",
         "risk": "Risk 3 (Low)", "tobacco": 1.0 - one["tobacco"],
                                                           "facility": "Bakery", "zip": 60699.0})}
        if one["day"] >= until
        else one
        for one in visits
    ]  # fmt: skip
    before, after = (train_on(open_made_up(rows)) for rows in (visits, changed))
    day = pd.to_datetime(before.cohort.set_index("visit_id")["visit_date"]).sort_index()
    untouched = (day <= until).to_numpy()
    assert (before.cohort["outcome"] != after.cohort["outcome"]).any()
    pd.testing.assert_frame_equal(indicators(before)[untouched], indicators(after)[untouched])
    assert changed_columns(indicators(before)[~untouched], indicators(after)[~untouched])


def test_visits_of_one_day_do_not_see_each_other(open_made_up) -> None:
    twice = [visit(n, 5000, datetime(2013, 7, 1), critical=c, minor=9) for n, c in ((9001, 1), (9002, 0))]
    later = visit(9003, 5000, datetime(2013, 7, 20))
    found = indicators(train_on(open_made_up([*made_up_visits(), *twice, later])))
    pd.testing.assert_series_equal(found.loc["canvass-9001"], found.loc["canvass-9002"], check_names=False)
    assert np.isnan(found.loc["canvass-9001", "last_lesser_items"])
    assert found.loc["canvass-9003", ["last_lesser_items", "visit_with_result_days_since"]].tolist() == [9, 18]


def test_what_the_inspectors_are_called_changes_nothing(open_made_up) -> None:
    visits = made_up_visits()
    other = {"blue": "zebra", "orange": "aardvark", None: None}
    renamed = [{**one, "inspector": other[one["inspector"]]} for one in visits]
    before, after = (train_on(open_made_up(rows)) for rows in (visits, renamed))
    pd.testing.assert_frame_equal(indicators(before), indicators(after))
    np.testing.assert_array_equal(strictness(before.cohort), strictness(after.cohort))


def test_who_made_past_visits_shows_only_in_what_was_found_beyond_the_usual(open_made_up) -> None:
    visits = made_up_visits()
    other = {"blue": "orange", "orange": "blue", None: "blue"}
    swapped = [{**one, "inspector": other[one["inspector"]]} if one["id"] % 2 else one for one in visits]
    changed = changed_columns(*(indicators(train_on(open_made_up(rows))) for rows in (visits, swapped)))
    assert changed
    assert all("beyond" in name or "to_usual" in name or "serious_rate" in name for name in changed)


def test_no_indicator_reads_who_looked(open_made_up) -> None:
    data = train_on(open_made_up(made_up_visits()))
    used = {column.indicator.from_ for column in data.builder.system.computed if column.indicator.from_}
    who = {"inspector", "authority"}
    assert who <= set(live_columns("inspection"))
    assert not any(who & set(relation_columns(name)) for name in used)
    assert set(data.matrix.columns) == set(data.settings.indicators or ())


def test_re_inspections_have_no_result_and_complaints_count_once(open_made_up) -> None:
    dataset = open_made_up(made_up_visits())
    assert dataset.loaded.faults == {}
    data = train_on(dataset)
    rows = data.builder.connection.sql(
        "SELECT enterprise_id, kind, result, inspector FROM inspection WHERE kind <> 'routine'"
    ).fetchall()
    assert rows == [("1000", "follow_up", None, None)]
    complaints = data.builder.connection.sql("SELECT enterprise_id, topic FROM complaint ORDER BY ALL").fetchall()
    assert complaints == [("1000", "other"), ("1001", "food_safety")]


def test_names_are_compared_without_marks_numbers_and_words_for_a_company(open_made_up) -> None:
    named = [visit(9001, 5000, FIRST, name="Joe's #12, Inc."), visit(9002, 5001, FIRST, name="THE JOES")]
    data = train_on(open_made_up([*made_up_visits(), *named]))
    found = data.builder.connection.sql(
        "SELECT DISTINCT name FROM enterprise WHERE enterprise_id IN ('5000', '5001')"
    ).fetchall()
    assert found == [("JOES",)]


def test_the_benchmark_gives_three_scores_and_the_authors(tmp_path: Path) -> None:
    write_extracts(made_up_visits(), tmp_path)
    result = run_chicago(tmp_path, quiet)
    given = result.to_dict()
    assert set(given) >= SCORES
    for name in SCORES:
        assert {
            "auc",
            "auc_interval",
            "days_earlier",
            "days_earlier_interval",
            "first_half_share",
            "same_inspector_auc",
        } <= set(given[name])
        assert given[name]["test_visits"] == 260
    assert given["learn_visits"] == 1100
    assert given["inspector_known"]["auc"] > given["adjusted"]["auc"]  # in this city it matters who comes
    assert all(len(row) == len(shown.columns) for shown in result.tables() for row in shown.rows)
    assert all(isinstance(note, str) for note in result.notes())


def test_the_protocol_hands_the_riskiest_the_earliest_dates(open_made_up) -> None:
    data = train_on(open_made_up(made_up_visits()))
    outcome = data.outcome[data.split.test]
    best = protocol(data, outcome)
    assert best.auc == best.same_inspector_auc == best.first_half_share == 1
    assert best.days_earlier > 0 > protocol(data, -outcome).days_earlier


def test_a_missing_extract_is_an_error_that_names_it(tmp_path: Path) -> None:
    write_extracts(made_up_visits(), tmp_path)
    (tmp_path / "xgboost_data.parquet").unlink()
    with pytest.raises(RunError, match="xgboost_data"):
        run_benchmark("chicago", tmp_path, quiet)


@pytest.fixture(scope="module")
def real() -> ChicagoResult:
    if not DATA.is_dir():
        pytest.skip(f"the real extracts are not at {DATA}; set RISKML_DATA to their parent folder")
    return run_chicago(DATA, quiet)


@pytest.mark.long
def test_the_authors_own_score_gives_the_published_figures(real: ChicagoResult) -> None:
    authors = real.scores["authors"]
    assert (authors.test_visits, authors.test_positives, real.learn_visits, real.learn_positives) == (
        1_637,
        258,
        17_075,
        2_402,
    )
    assert authors.auc == pytest.approx(0.6790, abs=5e-5)
    assert authors.days_earlier == pytest.approx(7.79, abs=5e-3)
    assert authors.first_half_share == pytest.approx(0.6822, abs=5e-5)
    assert authors.first_half_share_as_usual == pytest.approx(0.5465, abs=5e-5)


@pytest.mark.long
def test_the_real_inspections_reach_what_was_promised(real: ChicagoResult) -> None:
    own, adjusted, known = (real.scores[name] for name in ("enterprise_only", "adjusted", "inspector_known"))
    assert any(one.auc >= 0.62 and one.days_earlier >= 4.5 for one in (own, adjusted))
    assert known.auc >= 0.679
    assert known.days_earlier >= 7.79
    # The authors' score knows mostly who comes; ours tells enterprises apart that the same inspectors visit.
    assert min(own.same_inspector_auc, adjusted.same_inspector_auc) > real.scores["authors"].same_inspector_auc
    assert len(real.rolling) == 6


@pytest.mark.long
@pytest.mark.skipif(
    not DATA.is_dir(), reason=f"the real extracts are not at {DATA}; set RISKML_DATA to their parent folder"
)
def test_the_real_extracts_are_taken_whole() -> None:
    with open_dataset("chicago", DATA, LAST_DAY, quiet) as dataset:
        taken = {one.table: one.taken for one in dataset.loaded.tables}
        # Three licence terms begin after the last day of the data set.
        assert dataset.loaded.faults == {("shareholding", "start_date", "future_date"): 3}
        assert taken["inspection"] > pq.read_metadata(DATA / "food_insp_features.parquet").num_rows
