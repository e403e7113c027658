"""The choice of a candidate: made on paired differences at rolling origins, and said in one sentence."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from riskml.training.choice import BLEND, FEW, NAMES, POINTS, REFERENCE, TREES, Origin, choose


def origin(year: int, **lead: float) -> Origin:
    """An origin at which the candidates named rank by so much better than the others, which all say nearly the same."""
    draw = np.random.default_rng(year)
    outcome = (draw.random(600) < 0.2).astype(np.int64)
    common = draw.normal(size=600)
    by = {name: common + 0.05 * draw.normal(size=600) + (0.8 + lead.get(name, 0.0)) * outcome for name in NAMES}
    enterprise = np.array([f"E{number % 200}" for number in range(600)], dtype=object)
    return Origin(date(year, 1, 1), date(year, 3, 31), outcome, enterprise, by)


def origins(**lead: float) -> list[Origin]:
    return [origin(year, **lead) for year in (2020, 2021)]


@pytest.mark.parametrize("better", [TREES, POINTS, FEW])
def test_what_is_shown_better_than_the_blend_takes_its_place(better: str) -> None:
    chosen = choose(origins(**{better: 1.0}))
    assert chosen.candidate == better
    assert all(one.low > 0 for one in chosen.above.values())


def test_a_lead_that_may_be_luck_leaves_the_blend() -> None:
    chosen = choose(origins(**{REFERENCE: -1.0, TREES: 0.002}))
    assert chosen.candidate == BLEND
    assert chosen.auc[TREES] == pytest.approx(chosen.auc[BLEND], abs=0.01)


def test_what_is_not_shown_better_than_the_usual_scorecard_recommends_a_scorecard_and_says_so() -> None:
    for lead in ({}, {REFERENCE: 1.0}):
        chosen = choose(origins(**lead))
        assert (chosen.candidate, chosen.recommended) == (BLEND, POINTS)
        assert "建议改用单调评分卡（删去 candidates，写 model.form: scorecard）" in chosen.why.zh
        assert "not shown better than the usual scorecard" in chosen.why.en
    assert choose(origins(**{REFERENCE: -1.0})).recommended == BLEND


def test_the_choice_is_said_in_one_sentence_with_every_interval() -> None:
    chosen = choose(origins(**{REFERENCE: -1.0}))
    for sentence in (chosen.why.zh, chosen.why.en):
        assert sentence.count("[") == len(NAMES) - 1
        assert "2020-01-01" in sentence
    assert chosen.why.zh.startswith("选用")
    assert chosen.to_dict()["paired"]["blend_minus_scorecard"]["low"] > 0


def test_without_origins_the_blend_is_taken_and_it_is_said_why() -> None:
    chosen = choose([])
    assert chosen.candidate == BLEND
    assert "too few visits" in chosen.why.en
