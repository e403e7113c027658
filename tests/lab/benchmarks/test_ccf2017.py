"""The contest's tables through the product's own path: made-up tables always, the real ones where they are."""

from __future__ import annotations

import os
from pathlib import Path

import pandas as pd
import pytest
from handmade import ROOT

from riskml.lab.benchmarks.ccf2017 import OUTCOME, ContestData, fold_of, read_contest, run_ccf2017
from riskml.lab.benchmarks.dataset import ingested

DATA = Path(os.environ.get("RISKML_DATA", ROOT.parent / "shared" / "data")) / "ccf2017"


def quiet(*_: object) -> None:
    """No progress."""


def made_up(folder: Path, targets: dict[str, int]) -> ContestData:
    """Tables about a handful of enterprises; 1 and 2 are tied through 9, which is in no list."""
    tables = {
        "train": {"EID": list(targets), "TARGET": list(targets.values())},
        "evaluation_public": {"EID": ["7"]},
        "3branch": {"EID": ["1", "1"], "TYPECODE": ["br1", "br2"], "IFHOME": [1, 0], "B_REYEAR": [2015, 2001],
        "B_ENDYEAR": [None, 2014.0]},
        "4invest": {"EID": ["1", "2"], "BTEID": [9, 9], "IFHOME": [1, 1], "BTBL": [0.3, 0.7], "BTYEAR": [2010, 2012],
        "BTENDYEAR": [None, 2013.0]},
        "6project": {"EID": ["3"], "TYPECODE": [5], "DJDATE": ["2014-03"], "IFHOME": [0]},
        "7lawsuit": {"EID": ["3"], "TYPECODE": [8], "LAWDATE": ["2015-08-01"], "LAWAMOUNT": [25000]},
        "8breakfaith": {"EID": ["3"], "TYPECODE": [4], "FBDATE": ["2015/3/1"], "SXENDDATE": [None]},
        "9recruit": {"EID": ["3"], "WZCODE": ["ZP01"], "RECRNUM": [4.0], "RECDATE": ["2015-07"]},
    }  # fmt: skip
    folder.mkdir()
    for name, columns in tables.items():
        frame = pd.DataFrame(columns)
        frame.astype({column: "string" for column in frame if frame[column].isna().all()}).to_parquet(
            folder / f"{name}.parquet"
        )
    with ingested("ccf2017", folder, OUTCOME, quiet) as (workspace, loaded):
        assert not loaded.faults
        return read_contest(workspace, quiet)


TARGETS = {"1": 0, "2": 1, "3": 1, "4": 0}


def test_records_become_indicators_as_of_the_day_the_contest_is_dated(tmp_path) -> None:
    contest = made_up(tmp_path / "tables", TARGETS)
    found = contest.matrix.set_index(contest.cohort["enterprise_id"])
    assert contest.cohort.set_index("enterprise_id")["outcome"].to_dict() == TARGETS  # 7 has no outcome to learn from
    assert contest.cohort["any_record"].tolist() == [True, True, True, False]
    assert found.loc["1", ["branch_open", "branch_ended", "branch_days_since", "investment_open"]].tolist() == [
        1,
        1,
        0,
        1,
    ]
    assert found.loc["2", ["investment_open", "investment_ended"]].tolist() == [0, 1]
    assert found.loc[
        "3", ["enforcement_count_1095d", "enforcement_amount_1095d", "dishonest_listing_open"]
    ].tolist() == [
        1,
        2.5,
        1,
    ]
    assert found.loc["3", ["project_count_365d", "project_count_1095d", "recruitment_days_since"]].tolist() == [
        0,
        1,
        31,
    ]


def test_the_outcome_reaches_no_indicator(tmp_path) -> None:
    contest, turned = (
        made_up(tmp_path / str(flip), {name: flip ^ one for name, one in TARGETS.items()}) for flip in (0, 1)
    )
    assert (contest.cohort["outcome"] != turned.cohort["outcome"]).all()
    pd.testing.assert_frame_equal(contest.matrix, turned.matrix)


def test_enterprises_linked_through_one_another_share_a_fold(tmp_path) -> None:
    group = made_up(tmp_path / "tables", TARGETS).cohort["group"]
    assert group[0] == group[1]
    assert group.nunique() == 3
    assert fold_of(group)[0] == fold_of(group)[1]
    assert set(fold_of(pd.Series(range(50)))) == set(range(5))


@pytest.mark.long
@pytest.mark.skipif(
    not DATA.is_dir(), reason=f"the real tables are not at {DATA}; set RISKML_DATA to their parent folder"
)
def test_the_real_tables_reach_what_was_measured() -> None:
    everyone, some = run_ccf2017(DATA, quiet).comparisons
    assert (everyone.problems, everyone.rows) == (29_092, 153_006)
    assert 0.55 < everyone.ours.value < 0.60
    assert 0.65 < some.ours.value < 0.70
