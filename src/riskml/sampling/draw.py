"""Draws of fixed size with unequal probabilities: one that is published, and many for what is to be expected.

What is published is drawn by `riskml.sampling.verifier.sample`, the one that outsiders run. `samples` gives the same
sample for the same keys, compiled, for thousands of draws.
"""

from __future__ import annotations

import numba
import numpy as np
from numpy.typing import NDArray

from riskml.sampling.verifier import KEY, WHOLE, sample

__all__ = ["WHOLE", "in_parts", "sample", "sample_of_keys", "samples"]


def in_parts(probabilities: NDArray[np.float64], size: int, least: NDArray[np.int64] | int = 0) -> NDArray[np.int64]:
    """Probabilities as integers in parts of `WHOLE` that add up to `size` units exactly.

    Parameters
    ----------
    probabilities
        Of each unit, between 0 and 1, that add up to `size` but for the rounding of floats; shape (units,).
    least
        What none goes below, in parts.

    Raises
    ------
    ValueError
        Where they do not add up to `size`, or what is too much cannot be taken away.
    """
    least = np.maximum(np.broadcast_to(least, probabilities.shape), 1)
    parts = np.clip(np.floor(probabilities * WHOLE).astype(np.int64), least, WHOLE)
    lack = size * WHOLE - int(parts.sum())
    if abs(lack) > 2 * len(parts) + size * WHOLE // 10**6:
        raise ValueError(f"the probabilities add up to {parts.sum() / WHOLE:.6f}, not to {size}")
    # What rounding left over is spread over those that have room for it, the same on each, one more on the first ones.
    while lack:
        room = WHOLE - parts if lack > 0 else parts - least
        able = np.flatnonzero(room)
        if not len(able):
            raise ValueError("no probability has room for what rounding left over")
        each, more = divmod(abs(lack), len(able))
        moved = np.minimum(each + (np.arange(len(able)) < more), room[able])
        parts[able] += moved if lack > 0 else -moved
        lack -= int(moved.sum()) if lack > 0 else -int(moved.sum())
    return parts


def sample_of_keys(
    probabilities: NDArray[np.int64], strata: NDArray[np.int64], keys: NDArray[np.uint64]
) -> NDArray[np.bool_]:
    """The same sample as `sample` gives, as flags of shape (units,).

    Parameters
    ----------
    keys
        Three numbers of each unit, shape (units, 3): those that the bytes of a key are, little-endian.
    """
    order = np.lexsort((keys[:, 0] >> np.uint64(34), strata))
    flags: NDArray[np.bool_] = _drawn(probabilities, strata, order, keys[:, 1], keys[:, 2])
    return flags


def samples(
    probabilities: NDArray[np.int64], strata: NDArray[np.int64], draws: int, random: np.random.Generator
) -> NDArray[np.bool_]:
    """Many samples, as flags of shape (draws, units); arguments as `sample` has them, units of a stratum together."""
    sized = int(probabilities.sum())
    if sized % WHOLE:
        raise ValueError("the probabilities add up to no whole number of units")
    found = np.empty((draws, len(probabilities)), dtype=np.bool_)
    for one in range(draws):
        keys = random.integers(0, 2**64, size=(len(probabilities), KEY // 8), dtype=np.uint64)
        found[one] = sample_of_keys(probabilities, strata, keys)
    return found


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _drawn(
    probabilities: NDArray[np.int64],
    strata: NDArray[np.int64],
    order: NDArray[np.int64],
    chance: NDArray[np.uint64],
    onward: NDArray[np.uint64],
) -> NDArray[np.bool_]:
    chosen = np.zeros(len(probabilities), dtype=np.bool_)
    still, part, left, rest = -1, 0, -1, 0
    for at in range(len(order)):
        position = order[at]
        left, rest = _met(left, rest, position, probabilities[position], chance[position], chosen)
        if at + 1 == len(order) or strata[order[at + 1]] != strata[position]:
            if rest:
                still, part = _met(still, part, left, rest, onward[left], chosen)
            left, rest = -1, 0
    return chosen


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _met(still: int, part: int, other: int, own: int, chance: np.uint64, chosen: NDArray[np.bool_]) -> tuple[int, int]:
    """As the verifier's."""
    both = part + own
    if both < WHOLE:
        return (still if part and _below(chance, both) < part else other), both
    if part and _below(chance, 2 * WHOLE - both) < WHOLE - own:
        chosen[still] = True
        return other, both - WHOLE
    chosen[other] = True
    return still, both - WHOLE


@numba.njit(cache=True)  # type: ignore[untyped-decorator]
def _below(chance: np.uint64, most: int) -> int:
    """``chance * most >> 64`` without its 96 bits; `most` is at most 2**32."""
    high, low, whole = chance >> np.uint64(32), chance & np.uint64(WHOLE - 1), np.uint64(most)
    return int((high * whole + (low * whole >> np.uint64(32))) >> np.uint64(32))
