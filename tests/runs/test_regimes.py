"""Groups whose problem rate is no longer what the model in use expected: what judges, what does not, and when."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
import pytest
from handmade import ROOT, Province
from small_runs import BEFORE, T, code, make_bundle, make_workspace, put_in_use

from riskml.checks.regimes import check_regimes
from riskml.core import hash_chain
from riskml.core.china_day import CHINA
from riskml.core.language import Language, speaking
from riskml.core.workspace import Workspace
from riskml.publication.monitoring import monitor
from riskml.records.store import open_store
from riskml.runs.published import published_run, published_runs
from riskml.runs.regimes import LEAST_SHARE, Watch, compare, groups_of, watch
from riskml.runs.regimes_told import notice
from riskml.runs.score import score
from riskml.sampling.verifier import WHOLE

TRAINING = (ROOT / "models" / "yunnan" / "training.yaml").read_text(encoding="utf-8")
UNTIL = date(2026, 10, 31)


def silent(*_: object) -> None:
    """No progress."""


def visit(number: int, day: str, result: str | None, **more: Any) -> dict[str, Any]:
    told = {"record_id": f"V-{number}-{day}-{more.get('kind', 'random')}", "enterprise_id": code(number)}
    return {**told, "event_date": day, "kind": "random", "result": result, **more}


def scored(root: Path, **changed: Any) -> Workspace:
    """A workspace with a run as of the end of September; `changed` are parts of the model that differ."""
    workspace = make_workspace(root / "workspace")
    put_in_use(workspace, replace(make_bundle(), **{"training_yaml": TRAINING, **changed}))
    score(workspace, "yunnan", BEFORE, silent)
    return workspace


def visited(workspace: Workspace, visits: list[dict[str, Any]]) -> Province:
    province = Province(workspace.root)
    province.deliveries = 1
    province.receive({"inspection": visits})
    return province


def watched(workspace: Workspace, province: Province) -> Watch:
    return watch(province.connection(), published_runs(workspace, "yunnan"), UNTIL, workspace.ledger)


def risks(workspace: Workspace) -> dict[str, float]:
    rows = pq.read_table(published_run(workspace, "yunnan", BEFORE).parts("grades")).to_pylist()
    return {row["enterprise_id"]: row["risk"] for row in rows}


def test_what_was_drawn_judges_by_the_risk_as_of_a_day_before(tmp_path: Path) -> None:
    workspace = scored(tmp_path)
    half = WHOLE // 2
    province = visited(workspace, [
        visit(20, "2026-10-05", "problem"),
        visit(20, "2026-10-25", "problem"),  # its second visit of the month hangs together with the first
        visit(21, "2026-10-07", "no_problem"),
        visit(22, "2026-10-08", None),  # nobody was seen
        visit(23, "2026-09-20", "problem"),  # before the run
        visit(24, "2026-10-09", "problem", kind="targeted"),
        visit(25, "2026-10-09", "problem", kind="targeted", draw_chance=half, plan="P"),
        visit(26, "2026-10-09", "problem", draw_chance=WHOLE, plan="P"),  # visited for certain
    ])  # fmt: skip
    found = watched(workspace, province)
    said = risks(workspace)
    assert (found.since, found.draws, found.problems, found.chosen) == (date(2026, 10, 1), 3, 2, 2)
    assert found.expected == pytest.approx(sum(said[code(number)] for number in (20, 21, 25)))
    assert found.noticed == ()
    assert found.why_not is None


def test_draws_before_the_model_was_put_in_use_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The run of September was made by a model that was put in use on 7 October."""
    with monkeypatch.context() as then:
        then.setattr(hash_chain, "china_now", lambda: datetime(2026, 10, 7, 9, tzinfo=CHINA))
        workspace = scored(tmp_path)
    province = visited(workspace, [
        visit(20, "2026-10-05", "problem"),
        visit(21, "2026-10-07", "no_problem"),
        visit(22, "2026-10-20", "no_problem"),
        visit(24, "2026-10-05", "problem", kind="targeted"),
    ])  # fmt: skip
    found = watched(workspace, province)
    assert (found.draws, found.used_since, found.before_use) == (3, date(2026, 10, 7), 1)
    with speaking(Language.en):
        page = monitor(workspace, "yunnan", silent).path.read_text(encoding="utf-8")
    assert "Of these draws 1 came before the model was put in use (2026-10-07)" in page


def test_a_later_run_of_the_same_month_changes_nothing_of_what_was_expected(tmp_path: Path) -> None:
    workspace = scored(tmp_path)
    province = visited(workspace, [visit(20, "2026-10-05", "problem"), visit(21, "2026-10-20", "no_problem")])
    before = watched(workspace, province)
    score(workspace, "yunnan", date(2026, 10, 12), silent)
    score(workspace, "yunnan", T, silent)
    after = watched(workspace, Province(workspace.root))
    assert (after.draws, after.expected) == (before.draws, before.expected)


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({}, "no outcomes of visits drawn at random yet"),
        ({"training_yaml": "scheme: yunnan\n"}, "does not say what a problem is"),
        ({"facts": {**make_bundle().facts, "as_of": "2026-10-15"}}, "no run as of 2026-10-15"),
        ({"training_yaml": TRAINING.replace("per: inspection", "per: month\n  horizon_months: 12")}, "is of months"),
    ],
)
def test_where_nothing_can_be_compared_it_says_why(tmp_path: Path, changed: dict[str, Any], told: str) -> None:
    workspace = scored(tmp_path, **changed)
    found = watched(workspace, visited(workspace, [visit(24, "2026-10-09", "problem", kind="targeted")]))
    assert found.why_not is not None
    assert told in found.why_not.en
    assert found.noticed == ()
    (finding,) = check_regimes(workspace, "yunnan", open_store(workspace.records))
    assert finding.level == "ok"
    assert told in finding.en
    assert told in monitor(workspace, "yunnan", silent).path.read_text(encoding="utf-8")


def test_without_any_visit_on_record_nothing_can_be_compared(tmp_path: Path) -> None:
    found = watched(scored(tmp_path), Province(tmp_path / "workspace"))
    assert found.why_not is not None
    assert (found.draws, found.chosen) == (0, 0)


def test_before_anything_is_published_check_says_nothing(tmp_path: Path) -> None:
    workspace = make_workspace(tmp_path / "workspace")
    assert check_regimes(workspace, "yunnan", open_store(workspace.records)) == []


def test_when_nearly_every_draw_finds_a_problem_check_is_yellow_and_the_page_says_what_may_be_done(
    tmp_path: Path,
) -> None:
    workspace = scored(tmp_path)
    visited(workspace, [visit(number, f"2026-10-{number % 28 + 1:02d}", "problem") for number in range(60)])
    findings = check_regimes(workspace, "yunnan", open_store(workspace.records))
    assert {one.level for one in findings} == {"warning"}
    assert "everyone: since about 2026-10 more problems are found than the model expected" in findings[0].en
    for spoken, told in ((Language.zh, "程序不自动做任何一项"), (Language.en, "the program does none of it by itself")):
        with speaking(spoken):
            page = monitor(workspace, "yunnan", silent)
            text = page.path.read_text(encoding="utf-8")
            assert told in text
            assert page.alerts[0].said in (notice(one).said for one in page.watched.noticed)
            assert "<script" not in text


def people() -> pd.DataFrame:
    """A thousand enterprises of three trades in two prefectures, and one of a trade of its own."""
    rows = [(section, f"{section}10", region, "limited_company", "0–10", 160) for section in "CFH"
            for region in ("5301", "5303")]  # fmt: skip
    rows += [("A", "A01", "5301", "limited_company", "0–10", 1)]
    return pd.DataFrame(rows, columns=["section", "trade", "region", "kind", "size", "enterprises"])


def visits(*, jump: bool, drawn: bool = True, until: str = "2026-12-01") -> pd.DataFrame:
    """Twelve months, of each trade in each prefecture 25 draws a month; the rate of F doubles in the eighth, until."""
    random, frames = np.random.default_rng(3), []
    for month in pd.date_range("2026-01-01", periods=12, freq="MS"):
        frame = people()[:6].loc[lambda table: table.index.repeat(25)].drop(columns="enterprises")
        risk = random.beta(2, 6, len(frame))
        doubled = jump & (frame["section"] == "F") & (pd.Timestamp("2026-08-01") <= month <= pd.Timestamp(until))
        true = np.where(doubled, np.minimum(2 * risk, 0.95), risk)
        frames.append(frame.assign(month=month.date(), risk=risk, problem=(random.random(len(frame)) < true) * 1))
    return pd.concat(frames).assign(drawn=drawn)


def test_groups_are_fixed_beforehand_and_share_the_false_alarms() -> None:
    groups = groups_of(people())
    assert sum(2 * one.weight for one in groups) == pytest.approx(1)
    assert {one.values for one in groups if one.family == "section"} == {("C",), ("F",), ("H",)}
    assert LEAST_SHARE > 1 / 1000, "one enterprise of a thousand is no group"
    assert len([one for one in groups if one.family == "section_region"]) == 6


def test_a_trade_that_doubles_is_noticed_with_since_when_and_how_much() -> None:
    found = compare(visits(jump=True), groups_of(people()), date(2026, 12, 31), 1.25)
    (one,) = [one for one in found.noticed if one.group.family == "section"]
    assert one.group.values == ("F",)
    assert one.raised
    assert one.since == date(2026, 8, 1)
    assert date(2026, 8, 1) <= (one.noticed or date.max) <= date(2026, 10, 1)
    assert (one.lasting, one.until, one.draws) == (True, date(2026, 12, 1), 250)
    assert 1.6 < one.rate / one.expected_rate < 2.4
    assert one.low < one.rate < one.high
    assert one.false_alarms < 0.01
    assert sum(month.draws for month in one.months) == 600
    assert not [other for other in found.noticed if "C" in other.group.values or "H" in other.group.values]


def test_a_change_that_passed_is_told_as_such_and_is_no_warning_any_more() -> None:
    months = [visits(jump=True, until="2026-10-01"), *(visits(jump=False) for _ in range(2))]
    for number, later in enumerate(months[1:], start=1):
        later["month"] = [date(2026 + number, day.month, 1) for day in later["month"]]
    found = compare(pd.concat(months), groups_of(people()), date(2028, 12, 31), 1.25)
    assert found.lasting == ()
    (one,) = [one for one in found.noticed if one.group.family == "section"]
    assert not one.lasting
    assert one.since == date(2026, 8, 1)
    assert one.until == one.noticed
    assert one.rate / one.expected_rate > 1.5


def test_without_change_nothing_is_noticed() -> None:
    found = compare(visits(jump=False), groups_of(people()), date(2026, 12, 31), 1.25)
    assert found.noticed == ()
    assert [one.group.family for one in found.standing] == ["everyone", "section", "section", "section"]


def test_visits_that_were_not_drawn_are_told_and_cause_no_notice() -> None:
    chosen = visits(jump=True, drawn=False).assign(problem=1)
    found = compare(pd.concat([visits(jump=False), chosen]), groups_of(people()), date(2026, 12, 31), 1.25)
    assert found.noticed == ()
    assert found.chosen == len(chosen)
    assert sum(one.chosen_problems for one in found.standing if one.group.family == "everyone") > 0
