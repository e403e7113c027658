"""One enterprise among its peers: how many are milder and riskier, and what is drawn."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

import duckdb
import numpy as np
import pytest

from riskml.core.language import Label
from riskml.core.workspace import Workspace
from riskml.explaining.peers_told import AGES, FEWEST, AmongPeers, PeerGroup, age_group, age_sql
from riskml.explaining.profile import Subject
from riskml.schemes.policy import load_policy

T = date(2026, 10, 31)
SUBJECT = Subject("91530102MA6K000001", "某企业", Label("存续", "active"), None, "530102", None, "F", None,
                  date(2019, 12, 3), None, new_economy=False)  # fmt: skip


def among(scheme: str, score: float | None, grade: str, scores: list[float], counts: tuple[int, ...]) -> AmongPeers:
    from pathlib import Path

    policy = load_policy(Workspace(Path(__file__).parents[2]), scheme)
    return AmongPeers(SUBJECT, policy.scheme, T, grade, score, PeerGroup(np.array(sorted(scores)), counts))


def test_who_is_milder_and_who_riskier_follows_the_scheme_s_direction() -> None:
    scores = [10.0] * 12 + [400.0] * 3 + [900.0] * 9
    riskier = among("yunnan", 400.0, "B", scores, (12, 3, 0, 9))
    assert "Of 23 other enterprises of wholesale and retail" in riskier.sentence
    assert (
        "5 to less than 10 years old, 12 are milder and 9 riskier by score, 2 have the same score" in riskier.sentence
    )
    better = among("guandu", 400.0, "A", scores, (9, 3, 0, 12, 0))
    assert "9 are milder and 12 riskier" in better.sentence


def test_a_scheme_without_scores_compares_grades() -> None:
    found = among("langfang", None, "B", [float("nan")] * 30, (20, 6, 4, 0))
    assert "20 are milder and 4 riskier by grade, 5 have the same grade" in found.sentence
    assert "B (this enterprise)" in found.chart(860)


def test_few_peers_are_said_and_not_drawn() -> None:
    few = among("yunnan", 300.0, "B", [300.0] * FEWEST, (0, FEWEST, 0, 0))
    assert not few.is_drawn
    assert f"there are only {FEWEST - 1}" in few.sentence
    assert among("yunnan", 300.0, "B", [300.0] * (FEWEST + 1), (0, FEWEST + 1, 0, 0)).is_drawn


def test_the_own_score_is_marked_where_it_lies() -> None:
    found = among("yunnan", 250.0, "B", [100.0] * 15 + [250.0] * 15, (15, 15, 0, 0))
    (x,) = {float(one) for one in re.findall(r'<line x1="([\d.]+)" y1="20.0"', found.chart(860))}
    assert x == pytest.approx(860 / 4)
    assert len(re.findall('opacity="0.55"', found.chart(860))) == 2  # the parts of the scale in which there is anybody
    assert replace(found, score=None).chart(360).startswith("<svg")


def test_ages_are_grouped_in_sql_as_in_python() -> None:
    days = [
        date(year, month, day) for year in range(2014, 2027) for month, day in ((2, 28), (10, 30), (10, 31), (11, 1))
    ]
    days = [*days, date(2024, 2, 29), date(2016, 2, 29)]
    for as_of in (T, date(2025, 2, 28), date(2024, 2, 29)):
        born = [day for day in days if day <= as_of]
        asked = f"SELECT {age_sql('born', as_of)} FROM (SELECT unnest(?::DATE[]) AS born)"
        assert [row[0] for row in duckdb.execute(asked, [born]).fetchall()] == [age_group(one, as_of) for one in born]
    assert {age_group(one, T) for one in days if one <= T} == set(range(len(AGES) + 1))
