"""Categories as numbers: shrunk, blind to the row itself while learning, and 1 for what learning never met."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from riskml.training.categories import Encoding, read_others
from riskml.training.classifier import RiskClassifier


def test_few_visits_are_drawn_to_the_whole() -> None:
    codes = np.array([7.0] * 2 + [9.0] * 198)
    found = np.array([1] * 2 + [1] * 38 + [0] * 160)
    encoding = Encoding.fit(codes, found, np.full(200, 0.2), np.ones(200), shrink=20)
    assert encoding.rates[7] == pytest.approx((2 + 4) / (0.4 + 4))
    assert encoding.visits == {7: 2, 9: 198}
    assert encoding.read(np.array([7.0, 1.0, np.nan]))[1] == 1.0
    assert np.isnan(encoding.read(np.array([np.nan]))[0])


def test_what_is_expected_of_the_visits_is_no_trait_of_the_category() -> None:
    """One trade is visited by an inspector who finds twice as much: told of it, the two trades read alike."""
    codes = np.repeat([1.0, 2.0], 100)
    found = np.concatenate([np.arange(100) < 40, np.arange(100) < 20]).astype(int)
    bare = Encoding.fit(codes, found, np.full(200, 0.3), np.ones(200), 10)
    fair = Encoding.fit(codes, found, np.repeat([0.4, 0.2], 100), np.ones(200), 10)
    assert bare.rates[1] > 1.25 > 0.75 > bare.rates[2]
    assert fair.rates[1] == pytest.approx(fair.rates[2]) == pytest.approx(1.0)


def test_a_row_is_not_told_of_itself() -> None:
    """Thousands of texts with a visit or two each say nothing: learnt on themselves they would rank the learning rows
    nearly without fault.
    """
    draw = np.random.default_rng(0)
    codes, found = draw.integers(0, 1500, 3000).astype(float), (draw.random(3000) < 0.3).astype(int)
    usual, ones = np.full(3000, 0.3), np.ones(3000)
    own = Encoding.fit(codes, found, usual, ones, 5).read(codes)
    others = read_others(codes, found, usual, ones, 5, np.arange(3000), np.random.RandomState(0))
    assert roc_auc_score(found, own) > 0.8
    assert abs(roc_auc_score(found, others) - 0.5) < 0.04


def test_a_row_is_not_told_of_its_own_enterprise() -> None:
    """Each enterprise is visited four times and nearly each has a text of its own: by rows, its other visits would
    tell.
    """
    draw = np.random.default_rng(2)
    whose = np.repeat(np.arange(800), 4)
    codes = np.repeat(draw.integers(0, 4000, 800), 4).astype(float)
    found = (draw.random(3200) < np.repeat(draw.choice([0.05, 0.75], 800), 4)).astype(int)
    usual, ones = np.full(3200, 0.4), np.ones(3200)

    def told(groups: Any) -> float:
        return float(roc_auc_score(found, read_others(codes, found, usual, ones, 1, groups, np.random.RandomState(0))))

    assert told(np.arange(3200)) > 0.75
    assert abs(told(whose) - 0.5) < 0.05
    # The names of enterprises decide nothing but who lies together.
    names = np.array([f"企业{one:04}" for one in whose], dtype=object)
    assert told(names) == told(whose)


def test_a_classifier_is_told_whose_rows_it_learns_its_categories_from() -> None:
    """Of texts that one enterprise alone has nothing can be learnt; whom weight 0 leaves out is left out here too."""
    draw = np.random.default_rng(4)
    whose = np.repeat(np.arange(600), 4)
    table = pd.DataFrame({"trade": (whose + 1) * 7.0, "other": draw.random(2400)})
    found = (draw.random(2400) < np.repeat(draw.choice([0.05, 0.75], 600), 4)).astype(int)
    weight = np.where(whose < 300, 1.0, 0.0)
    blind = RiskClassifier(n_estimators=20, categories={"trade": 1.0}).fit(table, found, weight, groups=whose)
    leaky = RiskClassifier(n_estimators=20, categories={"trade": 1.0}).fit(table, found, weight)
    assert "trade" not in _split_on(blind)
    assert "trade" in _split_on(leaky)
    assert set(blind.encodings_[0].rates) == {(number + 1) * 7 for number in range(300)}


def _split_on(model: RiskClassifier) -> set[str]:
    used = zip(model.booster_.feature_name(), model.booster_.feature_importance(), strict=True)
    return {name for name, splits in used if splits}


def test_a_classifier_learns_its_categories_from_the_rows_it_is_fitted_on() -> None:
    draw = np.random.default_rng(1)
    table = pd.DataFrame({"trade": draw.integers(1, 9, 4000) * 1e9, "visits": draw.poisson(2, 4000).astype(float)})
    risk = 0.05 + 0.08 * (table["trade"] / 1e9)
    found = (draw.random(4000) < risk).astype(int)
    learn = np.arange(4000) < 2000
    settings = {"n_estimators": 30, "monotone_constraints": {"trade": 1}, "categories": {"trade": 20.0}}
    model, turned = (
        RiskClassifier(**settings).fit(table[learn], outcome[learn])
        for outcome in (found, np.where(learn, found, 1 - found))
    )  # type: ignore[arg-type]
    np.testing.assert_array_equal(model.margin(table), turned.margin(table))
    assert roc_auc_score(found[~learn], model.margin(table[~learn])) > 0.65
    one = pd.DataFrame({"trade": [1e9, 8e9, 3.0], "visits": [2.0] * 3})
    low, high, unseen = model.margin(one)
    assert low < unseen < high
    assert np.allclose(model.contributions(one).sum(axis=1), model.margin(one))


def test_a_column_that_is_not_there_is_named() -> None:
    table = pd.DataFrame({"a": [0.0, 1.0] * 20})
    with pytest.raises(ValueError, match="trade"):
        RiskClassifier(categories={"trade": 20.0}).fit(table, [0, 1] * 20)
