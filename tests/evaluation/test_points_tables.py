"""A table of points has every visit once for each indicator, adds up to the card, and says what chance alone makes."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from scipy.special import logit

from riskml.core.language import Label
from riskml.evaluation.points_tables import (
    PER_LOG_ODDS,
    PointsTable,
    evidence,
    monotone_table,
    range_of,
    usual_card,
    usual_table,
    write_csv,
)
from riskml.training.classifier import RiskClassifier

VISITS = 3000
DAYS = (30.0, 365.0)


@pytest.fixture(scope="module")
def visits() -> tuple[pd.DataFrame, np.ndarray]:
    """A count, a rate that falls against its direction at its end, days in steps, and something that says nothing;
    three in ten of the last cannot be known.
    """
    random = np.random.default_rng(4)
    values = pd.DataFrame({
        "complaints": random.poisson(0.4, VISITS).astype(float),
        "fines": random.uniform(0, 10, VISITS),
        "days": random.choice([3.0, 29.0, 30.0, 200.0, 365.0, 3650.0], VISITS),
        "nothing": np.where(random.random(VISITS) < 0.3, np.nan, random.normal(size=VISITS)),
    })  # fmt: skip
    risk = 0.15 + 0.1 * values["complaints"].clip(upper=3) + np.where(values["fines"] > 8, 0.0, 0.03 * values["fines"])
    return values, (random.random(VISITS) < risk - 0.1 * (values["days"] >= 365)).to_numpy().astype(np.int64)


@pytest.fixture(scope="module")
def cards(visits: tuple[pd.DataFrame, np.ndarray]) -> dict[str, tuple[PointsTable, np.ndarray]]:
    """Each card's table, and the log-odds that it gives the visits."""
    values, outcome = visits
    usual = usual_card(values, outcome)
    monotone = RiskClassifier(
        form="scorecard", monotone_constraints={"fines": 1}, steps={"days": DAYS}
    ).fit(values, outcome)  # fmt: skip
    return {
        "usual": (usual_table(usual, values, outcome), logit(usual.predict_proba(values)[:, 1])),
        "monotone": (monotone_table(monotone, values, outcome), monotone.margin(values)),
    }


def test_weight_of_evidence_and_information_value_are_those_of_the_formula() -> None:
    woe, value = evidence(np.array([10, 30, 0]), np.array([60, 20, 20]))
    problems, clean = np.array([10.5, 30.5, 0.5]) / 41.5, np.array([60.5, 20.5, 20.5]) / 101.5
    assert woe == pytest.approx(np.log(problems / clean))
    assert value == pytest.approx(((problems - clean) * np.log(problems / clean)).sum())
    assert woe[1] > 0 > woe[2]
    assert evidence(np.array([10, 30]), np.array([20, 60]))[1] == pytest.approx(0, abs=1e-3)


@pytest.mark.parametrize("card", ["usual", "monotone"])
def test_the_points_of_a_visits_bins_add_up_to_what_the_card_says_of_it(
    cards: dict[str, tuple[PointsTable, np.ndarray]], visits: tuple[pd.DataFrame, np.ndarray], card: str
) -> None:
    table, log_odds = cards[card]
    total = np.full(VISITS, table.base)
    for row in table.frame().itertuples():
        column = visits[0][row.indicator].to_numpy()
        low, high = (np.nan_to_num(row.low, nan=-np.inf), np.nan_to_num(row.high, nan=np.inf))
        known = (column >= low) & (column < high) if row.closed == "low" else (column > low) & (column <= high)
        inside = np.isnan(column) if row.unknown else known
        assert inside.sum() == row.visits
        assert visits[1][inside].sum() == row.problems
        total += np.where(inside, row.points, 0.0)
    assert total == pytest.approx(log_odds * PER_LOG_ODDS)


@pytest.mark.parametrize("card", ["usual", "monotone"])
def test_every_visit_is_counted_once_for_each_indicator_and_the_unknown_by_themselves(
    cards: dict[str, tuple[PointsTable, np.ndarray]], visits: tuple[pd.DataFrame, np.ndarray], card: str
) -> None:
    frame = cards[card][0].frame()
    assert set(frame.groupby("indicator")["visits"].sum()) == {VISITS}
    assert set(frame.groupby("indicator")["problems"].sum()) == {int(visits[1].sum())}
    unknown = frame[frame["unknown"]]
    assert list(unknown["indicator"]) == ["nothing"]
    assert unknown["visits"].item() == visits[0]["nothing"].isna().sum()


def test_the_monotone_card_begins_at_nothing_and_never_falls_against_a_direction(
    cards: dict[str, tuple[PointsTable, np.ndarray]],
) -> None:
    fines, days = (
        next(one for one in cards["monotone"][0].indicators if one.name == name) for name in ("fines", "days")
    )
    points = np.array([own.points for own in fines.bins])
    assert points[0] == 0
    assert (np.diff(points) >= -1e-9).all()
    rates = [own.problems / own.visits for own in fines.bins]
    assert rates[-1] < rates[-3]  # which the data say at the end
    assert [range_of(days, own).en for own in days.bins] == ["< 30", "30 to < 365", "≥ 365"]


def test_what_says_nothing_has_the_information_value_of_chance() -> None:
    random, found, beyond = np.random.default_rng(1), [], 0
    values = pd.DataFrame({f"x{place}": random.normal(size=600) for place in range(60)})
    for _ in range(4):
        outcome = (random.random(600) < 0.3).astype(np.int64)
        indicators = usual_table(usual_card(values, outcome), values, outcome).indicators
        found += [one.information / one.by_chance for one in indicators]
        beyond += sum(one.beyond_chance for one in indicators)
    assert np.mean(found) == pytest.approx(1, abs=0.12)
    assert 0.02 < beyond / len(found) < 0.09  # of 240 that say nothing 12 are expected


def test_what_tells_problems_apart_is_beyond_chance_and_stands_first(
    cards: dict[str, tuple[PointsTable, np.ndarray]],
) -> None:
    indicators = cards["usual"][0].indicators
    by = {one.name: one for one in indicators}
    assert by["complaints"].beyond_chance
    assert not by["nothing"].beyond_chance
    assert list(indicators) == sorted(indicators, key=lambda one: -one.information)


def test_the_sheet_has_a_row_for_each_bin(cards: dict[str, tuple[PointsTable, np.ndarray]], tmp_path: Path) -> None:
    tables = [table for table, _ in cards.values()]
    labels = {one.name: Label("=指标", f"={one.name}") for one in tables[0].indicators}
    notice = Label("须知", "take care")
    rows = write_csv(tables, labels, tmp_path / "points.csv", notice=notice, simulated=True)
    with (tmp_path / "points.csv").open(encoding="utf-8-sig", newline="") as file:
        head, *lines = list(csv.reader(file))
    assert len(lines) == rows == sum(len(one.bins) for table in tables for one in table.indicators)
    assert "simulated" in head[0]
    assert {line[1][:2] for line in lines} == {"'="}  # no spreadsheet takes it for a formula
    first = tables[0].indicators[0].bins[0]
    assert [int(lines[0][4]), int(lines[0][5])] == [first.visits, first.problems]
