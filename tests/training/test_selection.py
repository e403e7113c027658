"""Learning from selected labels: the weights undo a known selection, and the never-inspected enter by their expected
risk.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from riskml.training.classifier import RiskClassifier
from riskml.training.propensity import LARGEST_WEIGHT, effective_rows, inspection_log_odds, inverse_weights
from riskml.training.pu_learning import problems_against_everyone, with_uninspected
from riskml.training.selection import Visits, fit_selected
from riskml.training.ways import Selection


@pytest.fixture(scope="module")
def province() -> pd.DataFrame:
    """8,000 enterprises; those with many complaints are visited eight times as often as the others."""
    generator = np.random.default_rng(5)
    table = pd.DataFrame(
        {"complaints": generator.poisson(1.0, 8000).astype(float), "age": generator.uniform(0, 20, 8000)}
    )
    table["enterprise_id"] = [f"E{number:05d}" for number in range(len(table))]
    table["visited"] = generator.random(len(table)) < np.where(table["complaints"] >= 2, 0.4, 0.05)
    table["risk"] = expit(-2 + 0.5 * table["complaints"] - 0.15 * (table["age"] - 10))
    table["outcome"] = (generator.random(len(table)) < table["risk"]).astype(int)
    return table


COLUMNS = ["complaints", "age"]


def visits_of(province: pd.DataFrame, offset: np.ndarray | None = None) -> Visits:
    rows = province[province["visited"]]
    judged = np.arange(len(rows)) % 3 == 0
    return Visits(
        rows[COLUMNS], rows["outcome"].to_numpy(), rows["enterprise_id"].to_numpy(dtype=object), judged, offset
    )


def small() -> RiskClassifier:
    return RiskClassifier(n_estimators=40, num_leaves=6, monotone_constraints={"complaints": 1})


def test_the_weights_make_the_visited_resemble_everyone(province: pd.DataFrame) -> None:
    visits = visits_of(province)
    weights = inverse_weights(
        inspection_log_odds(visits.indicators, province[COLUMNS], visits.enterprise, province["enterprise_id"])
    )
    complained = visits.indicators["complaints"] >= 2
    everyone = (province["complaints"] >= 2).mean()
    assert complained.mean() > 2 * everyone
    assert np.average(complained, weights=weights) == pytest.approx(everyone, abs=0.06)
    assert np.average(visits.indicators["age"], weights=weights) == pytest.approx(province["age"].mean(), abs=0.5)


def test_no_visit_weighs_more_than_the_limit() -> None:
    weights = inverse_weights(np.append(np.zeros(999), -12.0))
    assert weights[-1] / weights[0] == pytest.approx(LARGEST_WEIGHT)
    assert weights.mean() == pytest.approx(1)
    assert effective_rows(weights) < 1000


def test_the_uninspected_weigh_as_much_as_the_visits_and_hold_the_expected_number_of_problems() -> None:
    visits, never = pd.DataFrame({"a": np.arange(6.0)}), pd.DataFrame({"a": np.arange(3.0)})
    risk = np.array([0.1, 0.2, 0.9])
    rows, found, weight = with_uninspected(visits, [0, 1, 0, 1, 0, 1], never, risk)
    assert len(rows) == 12
    assert weight[6:].sum() == pytest.approx(6)
    assert weight[6:] @ found[6:] == pytest.approx(2 * risk.sum())


def test_problems_against_everyone_uses_no_visit_that_found_nothing() -> None:
    visits, everyone = pd.DataFrame({"a": [1.0, 2.0, 3.0]}), pd.DataFrame({"a": [7.0]})
    rows, found, weight = problems_against_everyone(visits, [1, 0, 1], [2.0, 5.0, 0.5], everyone)
    assert rows["a"].tolist() == [1.0, 3.0, 7.0]
    assert found.tolist() == [1, 1, 0]
    assert weight.tolist() == [2.0, 0.5, 1.0]


@pytest.mark.parametrize("selection", ["as_inspected", "judged_only", "inverse_propensity", "with_uninspected"])
def test_every_way_learns_the_risk_and_no_two_are_the_same(province: pd.DataFrame, selection: Selection) -> None:
    population = province[["enterprise_id", *COLUMNS]]
    model = fit_selected(selection, small(), visits_of(province), population)
    margin = model.margin(province[COLUMNS])
    assert np.corrcoef(margin, np.log(province["risk"] / (1 - province["risk"])))[0, 1] > 0.8
    if selection != "as_inspected":
        plain = fit_selected("as_inspected", small(), visits_of(province), population)
        assert np.abs(margin - plain.margin(province[COLUMNS])).max() > 1e-6


def test_only_the_never_inspected_are_added(province: pd.DataFrame) -> None:
    """Where everyone sampled was visited there is nobody to add."""
    visits = visits_of(province)
    visited = province.loc[province["visited"], ["enterprise_id", *COLUMNS]]
    added = fit_selected("with_uninspected", small(), visits, visited)
    plain = fit_selected("as_inspected", small(), visits, None)
    np.testing.assert_array_equal(added.margin(province[COLUMNS]), plain.margin(province[COLUMNS]))


def test_the_never_inspected_are_expected_a_typical_inspector(province: pd.DataFrame) -> None:
    """The same strictness for everyone shifts no risk: it is adjusted for, and averaged out for those nobody
    visited.
    """
    population = province[["enterprise_id", *COLUMNS]]
    rows = int(province["visited"].sum())
    low, high = (
        fit_selected("with_uninspected", small(), visits_of(province, np.full(rows, level)), population).margin(
            province[COLUMNS]
        )
        for level in (-1.0, 1.0)
    )
    np.testing.assert_allclose(low - 1.0, high + 1.0, atol=0.05)
