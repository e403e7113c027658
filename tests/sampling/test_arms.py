"""The months told are those after which a difference is seen as often as promised."""

from __future__ import annotations

import json

import numpy as np
import pytest
from typer.testing import CliRunner

from riskml.cli import app
from riskml.sampling.arms import LONGEST, Arms


def test_after_the_months_told_four_in_five_provinces_know() -> None:
    arms, difference = Arms(visits=120, officers=0.2, rate=0.45), 0.12
    months = arms.months(difference)
    assert months is not None
    random = np.random.default_rng(0)
    n, m = round(120 * months * 0.8), round(120 * months * 0.2)
    plan, officers = random.binomial(n, 0.45, 20_000) / n, random.binomial(m, 0.57, 20_000) / m
    pooled = (n * plan + m * officers) / (n + m)
    seen = np.abs(officers - plan) > 1.96 * np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
    assert seen.mean() == pytest.approx(arms.power(difference, months), abs=0.015)
    assert arms.power(difference, months - 1) < 0.8 <= arms.power(difference, months)


def test_nothing_to_see_is_seen_by_error_alone_and_never_told() -> None:
    arms = Arms(visits=100, officers=0.1, rate=0.3)
    assert arms.power(0.0, 50) == pytest.approx(0.05)
    assert arms.months(0.0) is None
    assert Arms(visits=10, officers=0.5, rate=0.3).months(0.001) is None
    assert arms.power(0.01, LONGEST) < 1


def test_visits_that_resemble_one_another_take_longer() -> None:
    alone, alike = (Arms(100, 0.2, 0.4, effect).months(0.1) for effect in (1.0, 2.0))
    assert alone is not None
    assert alike is not None
    assert 2 * alone - 2 <= alike <= 2 * alone


def test_the_command_tells_months_by_share_and_difference() -> None:
    ran = CliRunner().invoke(app, ["plan", "power", "--visits", "200", "--rate", "0.9", "--json"])
    rows = {(row["officers"], row["difference"]): row["months"] for row in json.loads(ran.stdout)["months"]}
    assert rows[0.5, -0.1] == Arms(200, 0.5, 0.9).months(-0.1)
    assert (0.5, 0.1) not in rows, "a rate of 100 % is no rate"
