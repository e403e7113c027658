"""What a run of another day tells otherwise though no record of the enterprise changed, on records made by hand."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from decided import decide
from handmade import Province, Rows
from scipy.special import expit
from small_runs import PERIODS, publish_manifest, put_in_use

from riskml.core.init import create_workspace
from riskml.core.workspace import Workspace
from riskml.features.specs import parse_system
from riskml.records.effect_periods import EFFECT_PERIODS
from riskml.runs.published import published_run
from riskml.runs.score import score
from riskml.training.anchors import ScoreMap
from riskml.training.bundle import ModelBundle
from riskml.training.classifier import RiskClassifier
from riskml.training.peers import Peers

START = date(2026, 10, 31)
LASTED = 90

SYSTEM = """
dimension: supervision
label: {zh: 监管信息, en: Supervision}
groups:
  - id: listings
    label: {zh: 名单, en: Listings}
    indicators:
      - {id: longest_listing, label: {zh: 最长列入天数, en: Longest listing}, unit: {zh: 天, en: days},
         from: abnormal_listing,
         measure: max, value: "date_diff('day', start_date, coalesce(end_date, as_of))", when_none: 0,
         direction: increasing, basis: test}
      - {id: listed_post_holders, label: {zh: 任职人员失信, en: Listed post-holders}, unit: {zh: 人, en: persons},
         from: dishonest_post_holder,
         measure: distinct, value: person_id, direction: increasing, basis: test}
"""


def code(number: int) -> str:
    return f"9153010200{number:08d}"


def make_bundle() -> ModelBundle:
    """A model in which long listings, and post-holders who are listed, go with the outcome."""
    random = np.random.default_rng(0)
    size = 2000
    system = parse_system({"features/supervision.yaml": SYSTEM})
    X = pd.DataFrame({
        "longest_listing": random.integers(0, 400, size).astype(float),
        "listed_post_holders": random.integers(0, 3, size).astype(float),
    })  # fmt: skip
    y = random.random(size) < expit(X["longest_listing"] / 100 + X["listed_post_holders"] - 3)
    classifier = RiskClassifier(n_estimators=20, n_jobs=1, monotone_constraints=dict.fromkeys(X, 1))
    classifier.fit(X[:1500], y[:1500]).calibrate(X[1500:], y[1500:])
    return ModelBundle.of(
        classifier,
        ScoreMap.from_shares(classifier.calibration_.log_odds(classifier.margin(X)), (0.5, 0.3, 0.15, 0.05)),
        system={**system.texts, EFFECT_PERIODS: PERIODS},
        training="scheme: yunnan\n",
        peers=Peers.of(X, np.full(size, "F")),
        facts=_FACTS,
    )


_RATES = [{"grade": grade, "rows": 9, "problems": 3, "rate": 0.3, "low": 0.2, "high": 0.4} for grade in "ABCD"]
_FIGURE = {"value": 0.7, "low": 0.6, "high": 0.8}
_FACTS: dict[str, Any] = {
    "as_of": "2026-08-31",
    "simulated": False,
    "parts": {
        "learn": {"until": "2025-10-31", "visits": 90},
        "calibrate": {"until": "2025-12-31", "visits": 30},
        "test": {"from": "2026-01-01", "until": "2026-08-31", "visits": 36, "problems": 12},
    },
    "figures": {"model": {
        "figures": dict.fromkeys(("auc", "average_precision", "top_decile_lift", "brier", "calibration_error"),
        _FIGURE),
        "grades": {"rates": _RATES},
        "reliability": [{"predicted": 0.2, "observed": 0.2, "rows": 9}, {"predicted": 0.4, "observed": 0.5, "rows": 9}],
    }},
}  # fmt: skip
"""What a run's report says of its model: made up, the tests here do not read it."""


def records() -> Rows:
    """Twelve enterprises. One had a listing of `LASTED` days, and has one that will have lasted as long a day after
    `START`.
    """
    firms = [
        {"record_id": f"DJ-{number}", "enterprise_id": code(number), "valid_from": "2019-05-06",
         "name": f"云南测试{number}有限公司",
         "status": "active", "kind": "limited_company", "division": "530102"}
        for number in range(12)
    ]  # fmt: skip
    ended, opened = date(2026, 3, 1), START + timedelta(1 - LASTED)

    def listing(record_id: str, number: int, start: date, end: date | None = None) -> dict[str, Any]:
        return {
            "record_id": record_id,
            "enterprise_id": code(number),
            "start_date": start,
            "end_date": end,
            "cause": "unreachable",
        }

    return {
        "enterprise": firms,
        "abnormal_listing": [
            listing("ended-1", 1, ended, ended + timedelta(LASTED)),
            listing("open-1", 1, opened),
            # An open listing that leaves behind what was as long; one that has long been the longest; an ended one
            # alone.
            listing("ended-2", 2, ended, ended + timedelta(LASTED)),
            listing("open-2", 2, opened - timedelta(1)),
            listing("ended-3", 3, ended, ended + timedelta(30)),
            listing("open-3", 3, date(2026, 1, 1)),
            listing("ended-4", 4, ended, ended + timedelta(LASTED)),
        ],
        "position": [{"record_id": "W-5", "enterprise_id": code(5), "person_id": "p5", "person_name": "某",
        "role": "director",
                      "start_date": "2024-01-01"}],
        "dishonest_debtor": [{"record_id": "D-5", "subject_id": "p5", "subject_kind": "person",
        "start_date": "2026-09-20"}],
    }  # fmt: skip


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    made = create_workspace(tmp_path / "workspace")
    (made.features / EFFECT_PERIODS).write_text(PERIODS, encoding="utf-8")
    report = Province(made.root).receive(records())
    assert not report.faults, report.faults
    put_in_use(made, make_bundle())
    score(made, "yunnan", START, silent)
    return made


def silent(*_: object) -> None:
    """No progress."""


def published(workspace: Workspace, table: str, day: date, number: int) -> list[dict[str, Any]]:
    rows = pq.read_table(workspace.runs / "yunnan" / day.isoformat() / table).to_pylist()
    return [row for row in rows if row["enterprise_id"] == code(number)]


def told(workspace: Workspace, day: date, number: int) -> list[str]:
    """The records that the reason of the longest listing rests on."""
    (reason,) = (row for row in published(workspace, "reasons", day, number) if row["indicator"] == "longest_listing")
    assert reason["evidence_count"] == len(reason["evidence"])
    return sorted(reason["evidence"])


def days_after(workspace: Workspace, days: int) -> Iterator[date]:
    """Each day after `START`, published."""
    for day in (START + timedelta(number) for number in range(1, days + 1)):
        score(workspace, "yunnan", day, silent)
        yield day


def test_what_still_lasts_is_cited_from_the_day_it_has_lasted_as_long_as_what_ended(workspace: Workspace) -> None:
    """Nothing arrives and no threshold is passed: the records behind a reason are others all the same."""
    assert (told(workspace, START, 1), told(workspace, START, 2)) == (["ended-1"], ["ended-2", "open-2"])
    first, second = days_after(workspace, 2)
    assert (told(workspace, first, 1), told(workspace, second, 1)) == (["ended-1", "open-1"], ["open-1"])
    assert (told(workspace, first, 2), told(workspace, first, 3), told(workspace, first, 4)) == (
        ["open-2"],
        ["open-3"],
        ["ended-4"],
    )


def test_art15_2_a_listing_of_somebody_else_is_in_no_indicator_from_its_answer(workspace: Workspace) -> None:
    rule, answer = "dishonest_post_holder", "not_same_person"

    def seen(day: date) -> tuple[float, bool]:
        (indicators,) = published(workspace, "indicators", day, 5)
        reasons = [row["indicator"] for row in published(workspace, "reasons", day, 5)]
        return indicators["listed_post_holders"], "listed_post_holders" in reasons

    assert seen(START)[0] == 1
    decide(workspace, "yunnan", enterprise_id=code(5), rule=rule, grade=answer, officer="李某",
        reason="身份证号登记有误", evidence=["D-5"],
           decided_on=START + timedelta(2))  # fmt: skip
    first, second = days_after(workspace, 2)
    assert (seen(first)[0], seen(second)[0]) == (1, 0)
    (before,), (after,) = (published(workspace, "grades", day, 5) for day in (first, second))
    assert (before["grade"], before["decided_by"]) == ("D", rule)
    assert (after["grade"], after["decided_by"]) == ("A", "band")
    assert after["score"] < before["score"]


def test_a_run_that_went_on_from_the_day_before_is_read_and_gone_on_beside(workspace: Workspace) -> None:
    """Runs of earlier versions have fields in their manifests that nothing writes or reads any more."""
    publish_manifest(workspace, str(START), loads={"count": 1, "digest": "0" * 64},
                     daily={"base": "2026-10-30", "touched": 3, "crossed": 1},
                     daily_from={"as_of": "2026-10-30", "manifest": "0" * 64})  # fmt: skip
    assert published_run(workspace, "yunnan", START).manifest.enterprises == 12
    (day,) = days_after(workspace, 1)
    assert published_run(workspace, "yunnan", day).manifest.enterprises == 12
