"""Points: they add up on the score's scale, and the top ones are found with ties in column order."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from riskml.training.contributions import SMALLEST_POINTS, Base, score_points, top_raising


def random_rows(model, size=500):
    random = np.random.default_rng(1)
    X = random.gamma(1, 2, (size, len(model.bundle.columns)))
    X[random.random(X.shape) < 0.1] = np.nan
    return X


def test_points_of_every_row_sum_to_score_minus_base_score(model):
    bundle, base = model.bundle, Base.of(model.bundle)
    X = random_rows(model)
    margins = bundle.margin(X)
    points = score_points(bundle.contributions(X)[:, :-1], margins, bundle.score(margins), base)
    np.testing.assert_allclose(points.sum(axis=1), bundle.score(margins) - base.score, atol=1e-6)


def test_points_raise_where_contributions_raise(model):
    bundle, base = model.bundle, Base.of(model.bundle)
    X = random_rows(model)
    contributions = bundle.contributions(X)[:, :-1]
    points = score_points(contributions, bundle.margin(X), bundle.score(bundle.margin(X)), base)
    assert (np.sign(points) == np.sign(contributions)).all()


@given(moved=st.floats(-1e-6, 1e-6))
def test_points_stay_steady_where_contributions_cancel_out(model, moved):
    bundle, base = model.bundle, Base.of(model.bundle)
    margins = np.array([base.margin + moved])
    points = score_points(np.array([[1.0, moved - 1.0]]), margins, bundle.score(margins), base)
    np.testing.assert_allclose(points[0, 0], base.slope, rtol=0.01)
    np.testing.assert_allclose(points.sum(), bundle.score(margins)[0] - base.score, atol=1e-6)


@given(points=arrays(np.float64, (5, 8), elements=st.integers(-3, 3).map(float)), count=st.integers(1, 10))
def test_top_columns_are_those_of_a_stable_sort(points, count):
    found = top_raising(points, count)
    for row, places in zip(points, found, strict=True):
        order = [
            place
            for place in sorted(range(len(row)), key=lambda place: (-row[place], place))
            if row[place] >= SMALLEST_POINTS
        ]
        assert [place for place in places if place >= 0] == order[:count]
