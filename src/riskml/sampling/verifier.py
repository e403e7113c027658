"""Draw an inspection plan again and check it: by this one file and Python's own library, on any machine.

``python3 verifier.py FOLDER --event VALUE`` (see ``--help``). It ends with 0 where the plan is what was committed to
and drawn, with 1 where something is not, and says what. riskml itself draws by the functions of this file: there is no
second way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from struct import unpack

WHOLE = 2**32
"""A probability of one: probabilities are integers in parts of it."""

KEY = 24
"""Random bytes of each unit: eight for its order, eight for where it meets another of its stratum, eight for where it
goes on to the next one.
"""

_CHANCE = 64
"""Bits of what decides between two units: a probability is kept to 2**-64 at each step."""


# The sample.


def sample(probabilities: Sequence[int], strata: Sequence[int | str], keys: Sequence[bytes]) -> list[int]:
    """A sample of fixed size with exactly these inclusion probabilities, by the sequential pivotal method.

    The units of each stratum are put in the order that the seed gives; each in turn meets the one that is still open,
    and one of both is decided, so that what both expect stays the same (Deville and Tillé 1998, Chauvet 2012). What is
    left open at the end of each stratum goes on to the next: a stratum gets its expected number, rounded up or down.

    Parameters
    ----------
    probabilities
        In parts of `WHOLE`; their sum is a multiple of it, the size of the sample.
    strata
        Of each unit; the units of one stand together.
    keys
        `KEY` random bytes of each unit.

    Returns
    -------
    list of int
        The positions of the units drawn, ascending.

    Raises
    ------
    ValueError
        Where the three are not of one length, a probability is none, their sum is no multiple, or a stratum begins
        again.

    Examples
    --------
    >>> half = [WHOLE // 2] * 4
    >>> len(sample(half, [1, 1, 2, 2], [bytes([one]) * KEY for one in (3, 1, 4, 1)]))
    2
    """
    if not len(probabilities) == len(strata) == len(keys):
        raise ValueError("probabilities, strata and keys are not of one length")
    return drawn(probabilities, blocks_of(strata), b"".join(keys))


def blocks_of(strata: Iterable[int | str]) -> list[tuple[int, int]]:
    """Where each stratum begins and ends; a ValueError where one begins again."""
    blocks, at, seen = [], 0, set()
    for stratum, rows in groupby(strata):
        size = sum(1 for _ in rows)
        if stratum in seen:
            raise ValueError(f"the units of stratum {stratum!r} do not stand together")
        seen.add(stratum)
        blocks.append((at, at + size))
        at += size
    return blocks


def drawn(probabilities: Sequence[int], blocks: Iterable[tuple[int, int]], keys: bytes) -> list[int]:
    """As `sample`, of strata as blocks of positions, and of keys one after the other."""
    if probabilities and not (min(probabilities) >= 0 and max(probabilities) <= WHOLE):
        raise ValueError("a probability is below nought or above one")
    if sum(probabilities) % WHOLE:
        raise ValueError("the probabilities add up to no whole number of units")
    numbers = unpack(f"<{len(keys) // 8}Q", keys)
    # Thirty bits are compared fast; of units that agree in them the one that stands first comes first.
    order, chance, onward = [number >> 34 for number in numbers[::3]], numbers[1::3], numbers[2::3]
    chosen: list[int] = []
    still, open_part = -1, 0
    for start, end in blocks:
        left, part = -1, 0
        for position in sorted(range(start, end), key=order.__getitem__):
            left, part = _met(left, part, position, probabilities[position], chance[position], chosen)
        if part:
            still, open_part = _met(still, open_part, left, part, onward[left], chosen)
    return sorted(chosen)


def _met(still: int, part: int, other: int, own: int, chance: int, chosen: list[int]) -> tuple[int, int]:
    """Let the unit that is still open, and expects `part`, meet another that expects `own`: one is decided, and what
    both expect stays the same. Returns the one that is open now, and what it expects.
    """
    both = part + own
    if both < WHOLE:
        return (still if part and chance * both >> _CHANCE < part else other), both
    if part and chance * (2 * WHOLE - both) >> _CHANCE < WHOLE - own:
        chosen.append(still)
        return other, both - WHOLE
    chosen.append(other)
    return still, both - WHOLE
