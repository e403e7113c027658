"""Replays choose within a month, and are drawn once in each language."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from pathlib import Path

import numpy as np
import pytest

from riskml.core.errors import ConfigurationError
from riskml.core.workspace import Workspace
from riskml.lab.benchmarks.worth import SHARES, WorthResult, replay, worth_simulated
from riskml.lab.plans.charts import write_charts
from riskml.lab.plans.year import Month, YearResult
from riskml.sampling.estimates import Drawn, rates
from riskml.sampling.worth import GREEDY, PENALTIES, PLAN, UNIFORM, Outcomes


def test_a_plan_does_not_know_which_month_turns_out_bad() -> None:
    random = np.random.default_rng(0)
    month = np.repeat([0, 1], 200)
    level = np.where(month == 1, 0.6, 0.1)
    problem = (random.random(400) < level) * 1.0
    # The score knows the month and nothing else: within a month it orders nobody.
    found = replay(Outcomes(problem, np.arange(400)), {PENALTIES: level, GREEDY: level}, month)
    assert found.by[GREEDY].times_uniform.value == pytest.approx(1.0)
    assert found.found[GREEDY] == pytest.approx(SHARES)
    pooled = replay(Outcomes(problem, np.arange(400)), {PENALTIES: level, GREEDY: level}, np.zeros(400))
    assert pooled.by[GREEDY].times_uniform.value > 1.5


def test_the_price_of_the_random_part_rises_to_that_of_drawing_alike(tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    score = random.normal(size=300)
    problem = 1 / (1 + np.exp(1 - score))
    found = replay(Outcomes(problem, np.arange(300)), {PENALTIES: -score, GREEDY: score}, np.zeros(300))
    worth = [one.times_uniform.value for one in found.random.values()]
    assert worth == sorted(worth, reverse=True)
    assert worth[-1] == pytest.approx(1.0)
    assert found.by[PLAN].below_greedy.value > 0 > found.by[PENALTIES].times_uniform.value - 1
    assert found.found[UNIFORM] == pytest.approx(SHARES)
    result = WorthResult({"simulated": found}, simulated=True)
    assert [len(table.rows) for table in result.tables()] == [4, len(SHARES), len(found.random)]
    written = write_charts(result, tmp_path)
    assert sorted(path.name for path in written) == ["plan-worth.en.png", "plan-worth.zh.png"]


def test_a_year_is_drawn_where_a_month_saw_nobody(tmp_path: Path) -> None:
    grade = np.repeat(list("ABCD"), 10)
    drawn = np.tile([True, True, False, False, False], 8)
    seen = Drawn(np.full(40, 0.4), drawn, np.where(drawn & (grade != "D"), np.tile([0.0, 1.0], 20), np.nan))
    month = Month(date(2026, 1, 31), 16, rates(seen, grade), dict.fromkeys("ABCD", 0.5), 100, 0.7, 0.69)
    year = YearResult((month, replace(month, day=date(2026, 2, 28))))
    assert year.held == (8, 8)
    assert "8 of 8" in year.notes()[-1]
    assert year.tables()[0].rows[0][-1] == "– (50%)"
    assert {path.name for path in write_charts(year, tmp_path)} == {"plan-year.en.png", "plan-year.zh.png"}


def test_without_a_simulated_truth_there_is_nothing_to_replay(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no true risk of a simulated province"):
        worth_simulated(Workspace(tmp_path), lambda *_: None)
