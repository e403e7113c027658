"""Scores and grades from month to month, on enterprises few enough to follow by hand."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace

import pandas as pd
import pytest

from riskml.evaluation.monthly_stability import grade_shares, stability

GRADES = ("A", "B", "C", "D")
MONTHS = (date(2026, 8, 31), date(2026, 9, 30), date(2026, 10, 31))


def followed(*months: dict[str, tuple[float, str]]) -> SimpleNamespace:
    """A subject whose enterprises have these scores and grades, month by month."""
    rows = [
        (name, day, *found)
        for day, month in zip(MONTHS, months, strict=False)
        for name, found in month.items()
    ]  # fmt: skip
    table = pd.DataFrame(rows, columns=["enterprise_id", "as_of", "score", "grade"])
    return SimpleNamespace(followed=table, scheme=SimpleNamespace(grade_names=GRADES))


RISING = {"one": (100.0, "A"), "two": (300.0, "B"), "three": (600.0, "C"), "four": (800.0, "D")}
FALLING = {"one": (800.0, "D"), "two": (600.0, "C"), "three": (300.0, "B"), "four": (100.0, "A")}


def test_the_order_upside_down_is_minus_one_and_every_grade_moves() -> None:
    (found,) = stability(followed(RISING, FALLING))
    assert (found.pair.earlier, found.pair.later, found.pair.enterprises) == ("2026-08-31", "2026-09-30", 4)
    assert found.pair.rank_correlation.value == pytest.approx(-1)
    assert found.flipped.value == 1
    assert found.far == 0.5  # A to D and D to A; B to C and C to B are one step


def test_scores_that_keep_their_order_and_grade_move_nothing() -> None:
    later = {name: (score + 50, grade) for name, (score, grade) in RISING.items()}
    (found,) = stability(followed(RISING, later))
    assert found.pair.rank_correlation.value == pytest.approx(1)
    assert (found.flipped.value, found.flipped.low, found.far) == (0, 0, 0)
    assert found.flipped.high == pytest.approx(0.490, abs=0.001)  # Wilson's upper end of 0 of 4


def test_two_that_change_places_are_counted_against_all_four() -> None:
    later = {**RISING, "two": (600.0, "C"), "three": (300.0, "B")}
    (found,) = stability(followed(RISING, later))
    assert found.pair.rank_correlation.value == pytest.approx(1 - 6 * 2 / (4 * 15))  # Spearman's 1 − 6 Σd² / n(n² − 1)
    assert (found.flipped.value, found.far) == (0.5, 0)
    assert found.flipped.low < 0.5 < found.flipped.high


def test_an_enterprise_that_left_counts_neither_as_moved_nor_as_there() -> None:
    (found,) = stability(followed({**RISING, "gone": (900.0, "D")}, RISING))
    assert (found.pair.enterprises, found.flipped.value) == (4, 0)


def test_every_month_is_compared_with_the_one_before() -> None:
    first, second = stability(followed(RISING, FALLING, FALLING))
    assert (first.pair.later, second.pair.earlier) == ("2026-09-30", "2026-09-30")
    assert (first.flipped.value, second.flipped.value) == (1, 0)


def test_grade_shares_are_of_the_last_month_and_name_every_grade() -> None:
    last = {"one": (100.0, "A"), "two": (100.0, "A"), "three": (100.0, "A"), "four": (800.0, "D")}
    assert grade_shares(followed(RISING, last)) == {"A": 0.75, "B": 0, "C": 0, "D": 0.25}
