"""Partial dependence of a risk that is known: everyone's value set alike, the others as they are."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

from riskml.evaluation.dependence import POINTS, ROWS, dependence


def subject(registered: pd.DataFrame) -> SimpleNamespace:
    """A model whose risk is twice x plus y, whatever z."""
    bundle = SimpleNamespace(
        columns=("x", "y", "z"), margin=lambda rows: (2 * rows["x"] + rows["y"]).to_numpy(), risk=lambda margin: margin
    )
    return SimpleNamespace(registered=registered, bundle=bundle)


def made(size: int = 101) -> pd.DataFrame:
    count = np.arange(size, dtype=float)
    return pd.DataFrame({"enterprise_id": count.astype(str), "x": count, "y": count % 2, "z": count})


def test_the_curve_goes_from_the_1st_to_the_99th_percentile_along_the_effect() -> None:
    found = dependence(subject(made()), "x")
    assert found.values == pytest.approx(np.linspace(1, 99, POINTS))
    assert found.risks == pytest.approx([2 * value + 50 / 101 for value in found.values])  # y is 1 for 50 of 101


def test_an_indicator_without_effect_is_flat() -> None:
    found = dependence(subject(made()), "z")
    assert found.risks == pytest.approx([100 + 50 / 101] * POINTS)


def test_values_that_repeat_are_drawn_once_and_missing_ones_not_at_all() -> None:
    few = made().assign(y=[np.nan] * 50 + [0.0] * 26 + [3.0] * 25)
    assert dependence(subject(few), "y").values == (0, 3)
    assert dependence(subject(few.assign(x=7.0)), "x").values == (7,)


def test_an_indicator_nobody_has_has_no_curve() -> None:
    found = dependence(subject(made().assign(z=np.nan)), "z")
    assert (found.values, found.risks) == ((), ())


def test_the_mean_is_over_the_first_rows_only() -> None:
    many = made(ROWS + 100)
    many.loc[ROWS:, "y"] = 1e6
    assert dependence(subject(many), "x").risks[0] == pytest.approx(2 * np.quantile(many["x"], 0.01) + 0.5)
