"""Warnings, visits, observation and corrections: what is proposed by runs and by what has left, and how it is done."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

import pytest
from decided import decide
from handmade import Province
from small_runs import T, code

from riskml.casework.shown import Shown
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.principal import Principal
from riskml.core.workspace import Workspace
from riskml.publication.early_warnings import find_warnings
from riskml.runs.immediate import update_one
from riskml.runs.published import published_run
from riskml.runs.score import score
from riskml.services.casework import Move, Opening, due_cases, due_of, open_case, open_proposed_cases, take_step
from riskml.services.publication import FileForm, export_file

OFFICER = Principal("officer", frozenset({"case_officer", "inspector"}))
HEAD = Principal("head", frozenset({"approver"}))


def silent(*_: object) -> None:
    """No progress."""


@pytest.fixture
def workspace(months_copied: Workspace, on_day: Callable[[date], None]) -> Workspace:
    on_day(T)
    return months_copied


def do(workspace: Workspace, case: Shown, action: str, asker: Principal = OFFICER, **given: Any) -> Shown:
    return take_step(workspace, asker, Move(case.case.id, action, f"why {action}", given))


def test_art23_a_warning_becomes_a_task_with_a_result_and_feedback(workspace: Workspace) -> None:
    cases = open_proposed_cases(workspace, OFFICER, "warning", "yunnan", T)
    warned = find_warnings(workspace, "yunnan", T, silent).warned
    assert {one.case.enterprise for one in cases} == {one.enterprise_id for one in warned}
    assert cases
    assert open_proposed_cases(workspace, OFFICER, "warning", "yunnan", T) == ()
    case = do(workspace, cases[0], "assign", to="王某", task="核查", due_on="2026-11-10")
    assert [one.due for one in due_cases(workspace, OFFICER, None)] == list(case.due)
    assert (case.due[0].deadline.day, case.due[0].working_days) == (date(2026, 11, 10), 7)
    do(workspace, case, "report", done_on="2026-10-31", result="已整改")
    case = do(workspace, case, "feed_back", to="信用监管科", feedback="风险下降")
    assert (case.case.is_closed, case.due) == (True, ())


def test_art21_2_every_d_is_visited_and_the_result_comes_back_as_a_record(workspace: Workspace) -> None:
    cases = open_proposed_cases(workspace, OFFICER, "visit", "yunnan", T)
    assert len(cases) == published_run(workspace, "yunnan", T).manifest.grades["D"] > 0
    assert {one.due[0].deadline.day for one in cases} == {date(2027, 1, 29)}
    case = cases[0]
    (due,) = due_of(workspace, OFFICER, case.case.enterprise)
    assert due.said.startswith("By 2027-01-29")
    assert f"case {case.case.id}, " in due.said
    do(workspace, case, "assign", to="检查一科")
    do(workspace, case, "report", done_on="2026-10-31", result="未发现问题")
    with pytest.raises(ConfigurationError, match="has no record V-1 in inspection"):
        do(workspace, case, "on_record", record="V-1")
    province = Province(workspace.root)
    province.deliveries = 3
    visit = {"record_id": "V-1", "enterprise_id": case.case.enterprise, "event_date": "2026-10-31",
             "kind": "directed", "result": "no_problem"}  # fmt: skip
    province.receive({"inspection": [visit]})
    assert do(workspace, case, "on_record", record="V-1").case.is_closed


def left(workspace: Workspace, region: str | None = None) -> None:
    export_file(workspace, OFFICER, "yunnan", T, FileForm.parquet, silent, region=region)


def test_a_correction_for_each_thing_that_left_with_the_grade_of_before(workspace: Workspace) -> None:
    run = published_run(workspace, "yunnan", T)
    was = {one: run.rows("grades", code(one), 0)[0] for one in (15, 30)}
    left(workspace)
    left(workspace, was[15]["division"])
    left(workspace, was[30]["division"])
    assert open_proposed_cases(workspace, OFFICER, "correction", "yunnan", T) == ()
    decide(workspace, "yunnan", enterprise_id=code(15), rule="serious_negative_effect", evidence=["O-15"], grade="D",
           officer="王某", reason="影响广泛", decided_on=T)  # fmt: skip
    update_one(workspace, "yunnan", code(15), T)
    cases = open_proposed_cases(workspace, OFFICER, "correction", "yunnan", T)
    assert [one.case.enterprise for one in cases] == [code(15), code(15)]
    told = [(one.case.facts["left"], one.case.facts["grade_sent"], one.case.facts["grade_now"]) for one in cases]
    grade = was[15]["grade"]
    assert told == [(f"parquet {T}", grade, "D"), (f"parquet {T} {was[15]['division']}", grade, "D")]
    left(workspace)  # has the grade of now
    assert open_proposed_cases(workspace, OFFICER, "correction", "yunnan", T) == ()
    province = Province(workspace.root)
    province.deliveries = 3
    listed = {"record_id": "L-30", "enterprise_id": code(30), "start_date": "2026-10-20"}
    province.receive({"serious_listing": [{**listed, "list_kind": "market_supervision"}]})
    score(workspace, "yunnan", T, silent, revision_reason="名单迟到")
    later = open_proposed_cases(workspace, OFFICER, "correction", "yunnan", T)
    grade = was[30]["grade"]
    told = [(one.case.enterprise, one.case.facts["left"], one.case.facts["grade_sent"]) for one in later]
    assert told == [
        (code(30), f"parquet {T}", grade),
        (code(30), f"parquet {T} {was[30]['division']}", grade),
        (code(30), f"parquet {T}", grade),  # what left after the first correction had the others' grades of before
    ]
    case = do(workspace, cases[0], "notify", to="税务局", sent_on="2026-10-31", how="公函")
    assert do(workspace, case, "receipt", received_on="2026-10-31", receipt="收文1号").case.is_closed


def test_art24_observation_lasts_as_long_as_was_set_or_until_it_is_triggered(
    desk: Workspace, on_day: Callable[[date], None]
) -> None:
    given = {"starts_on": "2026-12-01", "days": "31", "triggers": ["投诉", "抽查不合格"]}

    def observed(scheme: str = "yunnan") -> Shown:
        return open_case(desk, HEAD, Opening("observation", scheme, "guandu1", "四新企业", given))

    with pytest.raises(RunError, match="has no observation"):
        observed("guandu")
    first, second = observed(), observed()
    assert first.due[0].deadline.day == date(2026, 12, 31)
    with pytest.raises(ConfigurationError, match="should be one of those the case was opened with"):
        do(desk, first, "trigger", trigger="舆情", evidence=["O-1"])
    assert do(desk, first, "trigger", trigger="投诉", evidence=["C-1"]).case.state == "triggered"
    with pytest.raises(RunError, match="lasts until 2026-12-31 and is not over"):
        do(desk, second, "end", HEAD, outcome="平稳")
    on_day(date(2026, 12, 31))
    assert do(desk, second, "end", HEAD, outcome="平稳").case.is_closed
