"""Draws: fixed size, the probabilities that were stated, each stratum its number, and one sample whoever draws it."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskml.sampling.draw import WHOLE, in_parts, sample, sample_of_keys, samples
from riskml.sampling.verifier import KEY

DRAWS = 10_000


def frame(seed, sizes, low=0.01, high=1.0):
    """Probabilities that add up to a whole number, and strata of some sizes."""
    random = np.random.default_rng(seed)
    strata = np.repeat(np.arange(len(sizes)), sizes)
    wanted = random.uniform(low, high, len(strata))
    size = max(1, int(wanted.sum()))
    return in_parts(wanted * size / wanted.sum(), size), strata


@given(st.integers(0, 2**32), st.lists(st.integers(1, 12), min_size=1, max_size=6))
def test_whoever_draws_gets_one_sample(seed, sizes):
    probabilities, strata = frame(seed, sizes)
    keys = np.random.default_rng(seed).bytes(KEY * len(strata))
    one = sample(probabilities.tolist(), strata.tolist(), [keys[at : at + KEY] for at in range(0, len(keys), KEY)])
    other = sample_of_keys(probabilities, strata, np.frombuffer(keys, dtype="<u8").reshape(-1, 3))
    assert np.flatnonzero(other).tolist() == one
    assert len(one) * WHOLE == probabilities.sum()


def test_units_are_drawn_as_often_as_stated():
    probabilities, strata = frame(7, [1, 5, 40, 3, 61, 2])
    probabilities[50], rest = WHOLE, probabilities[50]  # one is certain, and one is never drawn
    probabilities[51], given_up = 0, probabilities[51]
    probabilities[52:60] += (rest + given_up - WHOLE) // 8
    probabilities[52] += -probabilities.sum() % WHOLE - (WHOLE if -probabilities.sum() % WHOLE > WHOLE // 2 else 0)
    assert probabilities.min() >= 0
    assert probabilities.max() <= WHOLE
    found = samples(probabilities, strata, DRAWS, np.random.default_rng(11))
    assert set(found.sum(axis=1)) == {probabilities.sum() // WHOLE}
    stated = probabilities / WHOLE
    sigma = np.sqrt(stated * (1 - stated) / DRAWS)
    assert (np.abs(found.mean(axis=0) - stated) <= 4 * sigma).all()


def test_strata_get_their_number_up_to_rounding():
    probabilities, strata = frame(3, [7, 1, 19, 30, 2, 11])
    found = samples(probabilities, strata, 500, np.random.default_rng(5))
    for stratum in range(6):
        expected = probabilities[strata == stratum].sum() / WHOLE
        drawn = found[:, strata == stratum].sum(axis=1)
        assert drawn.min() >= np.floor(expected)
        assert drawn.max() <= np.ceil(expected)


def test_any_two_of_a_stratum_may_be_drawn_together():
    probabilities = np.full(6, WHOLE // 2)
    found = samples(probabilities, np.zeros(6, dtype=np.int64), 2_000, np.random.default_rng(1))
    together = found.T.astype(int) @ found.astype(int)
    assert together.min() > 0


def test_parts_add_up_and_keep_the_floor():
    random = np.random.default_rng(2)
    wanted = random.uniform(0.005, 0.02, 10_001)
    least = int(np.ceil(0.005 * WHOLE))
    wanted[0] += np.ceil(wanted.sum()) - wanted.sum()
    parts = in_parts(wanted, round(wanted.sum()), least)
    assert parts.sum() == round(wanted.sum()) * WHOLE
    assert parts.min() >= least
    assert np.abs(parts / WHOLE - wanted).max() < 1e-9


@pytest.mark.parametrize(
    ("probabilities", "strata", "said"),
    [
        ([1, 2], [1, 1], "whole number"),
        ([WHOLE + 1, WHOLE - 1], [1, 1], "above one"),
        ([WHOLE, WHOLE, WHOLE], [1, 2, 1], "together"),
        ([WHOLE], [1, 1], "one length"),
    ],
)
def test_what_is_no_frame_is_refused(probabilities, strata, said):
    with pytest.raises(ValueError, match=said):
        sample(probabilities, strata, [bytes(KEY)] * len(strata))


def test_parts_that_cannot_add_up_are_refused():
    with pytest.raises(ValueError, match="add up to"):
        in_parts(np.array([0.5, 0.5]), 2)
    with pytest.raises(ValueError, match="room"):
        in_parts(np.array([0.5, 0.5]), 1, least=WHOLE // 2 + 1)
