"""Measuring how soon changes are noticed: the injected change is one trade's, and shares are of the years drawn."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from riskml.lab import regimes
from riskml.lab.plans.charts import write_charts
from riskml.lab.regimes import JUMPED, SECTION, RegimesResult
from riskml.lab.simulation.calendar import Calendar
from riskml.lab.simulation.industries import industries
from riskml.lab.simulation.jump import Jump, with_jump
from riskml.lab.simulation.streams import open_streams
from riskml.lab.simulation.world import build_world
from riskml.runs.regimes import Group, groups_of
from riskml.training.e_detector import TOLERATED

MONTHS = [day.date() for day in pd.date_range("2025-11-01", periods=12, freq="MS")]


def draws() -> tuple[pd.DataFrame, tuple[Group, ...]]:
    """Twelve months with 30 draws of each of two trades, all with a risk of 30 %."""
    rows = [(month, section, section + "10", "5301", "limited_company", "0–10") for month in MONTHS
            for section in (SECTION, "C") for _ in range(30)]  # fmt: skip
    table = pd.DataFrame(rows, columns=["month", "section", "trade", "region", "kind", "size"])
    return table.assign(drawn=True, risk=0.3, problem=0), groups_of(table.assign(enterprises=1))


def test_only_the_trade_changes_and_only_since_the_month() -> None:
    world = build_world(open_streams(5), 400, Calendar(date(2026, 10, 31), 12))
    changed = with_jump(world, Jump("C", date(2026, 5, 1), 0.5))
    here = np.array([one.code[0] == "C" for one in industries()])[world.registration.industry]
    moved = changed.risk.drift - world.risk.drift
    assert here.any()
    np.testing.assert_allclose(moved[here, -6:], 0.5, atol=1e-6)
    assert not moved[~here].any()
    assert not moved[:, :-6].any()


def test_false_notices_are_few_and_a_doubled_rate_is_noticed_sooner_with_more_draws(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(regimes, "SEQUENCES", 60)
    monkeypatch.setattr(regimes, "DELAYED", 30)
    frame = regimes._Frame.of(*draws())
    random = np.random.default_rng(1)
    quiet = frame.false_notices(1.0, 1, random)
    assert (quiet.draws, quiet.years) == (720, 60)
    assert quiet.noticed <= 6
    few, many = (frame.delay(scale, random) for scale in (1, 10))
    assert (few.draws, many.draws) == (30, 300)
    assert list(few.within) == sorted(few.within)
    assert few.within[0] < many.within[0]
    assert many.within[-1] > 0.95


def test_a_province_tells_how_many_months_it_took_and_what_else_was_noticed(tmp_path: Path) -> None:
    visits, groups = draws()
    random = np.random.default_rng(2)
    doubled = (visits["section"] == SECTION) & (visits["month"] >= JUMPED)
    visits["problem"] = (random.random(len(visits)) < np.where(doubled, 0.6, 0.3)).astype(int)
    found = regimes._watched(7, visits, groups, TOLERATED, jump=True)
    assert found.months is not None
    assert 1 <= found.months <= 4
    assert (found.draws, found.others) == (720, ())
    assert found.rate_since > 1.3 * found.rate_before
    still = regimes._watched(
        7, visits.assign(problem=(random.random(len(visits)) < 0.3).astype(int)), groups, TOLERATED, jump=False
    )
    assert (still.months, still.others) == (None, ())

    frame = regimes._Frame.of(visits, groups)
    delays = (regimes.Delay(30.0, (0.1, 0.4, 0.6, 0.8, 0.9, 1.0, 1.0)),)
    result = RegimesResult((found, still), (regimes.FalseNotices(1.0, 720, len(frame.groups), 60, 1),), delays, {})
    assert [len(one.rows) for one in result.tables()] == [1, 1, 2]
    assert result.to_dict()["provinces"][0]["months"] == found.months
    assert [path.name for path in write_charts(result, tmp_path)] == ["regimes.zh.png", "regimes.en.png"]
