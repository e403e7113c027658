"""Unified social credit codes (GB 32100-2015) with valid organisation codes (GB 11714-1997), many at once."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from riskml.lab.simulation.calendar import Flags, Integers
from riskml.records.uscc import ALPHABET, WEIGHTS

_LETTERS = np.frombuffer(ALPHABET.encode(), np.uint8)
_ORGANISATION_WEIGHTS = np.array([3, 7, 9, 10, 5, 8, 4, 2])
_BASE = len(ALPHABET)
SPACE = _BASE**5
"""Different codes there are for enterprises registered under one prefix."""

_PREFIXES = ("MA6", "MA7", "MAB", "MAC", "MAD", "MAE")
"""Organisation codes given to new registrations since 2015, in the order in which they came into use."""

_FIRST_YEARS = np.array([0, 2021, 2022, 2023, 2024, 2025])


def credit_codes(
    rng: np.random.Generator, *, kinds: NDArray[np.bytes_], divisions: NDArray[np.bytes_], years: Integers
) -> NDArray[np.uint8]:
    """A different valid code for each enterprise.

    Parameters
    ----------
    kinds
        First two characters of each code: registering authority and kind of entity.
    divisions
        Six-digit division of the registering office at the time the code was given.
    years
        Year of registration. Before October 2015 organisation codes were eight digits.

    Returns
    -------
    Byte matrix of shape (enterprises, 18).
    """
    count = len(years)
    codes = np.empty((count, 18), np.uint8)
    codes[:, :2] = kinds.view(np.uint8).reshape(count, 2)
    codes[:, 2:8] = divisions.view(np.uint8).reshape(count, 6)
    start = int(rng.integers(SPACE))
    codes[:, 8:16] = _organisation_codes((np.arange(count, dtype=np.int64) * 7_654_321 + start), years)
    codes[:, 16] = _organisation_check(codes[:, 8:16])
    codes[:, 17] = _credit_check(codes[:, :17])
    return codes


def _organisation_codes(numbers: Integers, years: Integers) -> NDArray[np.uint8]:
    """Eight characters each: digits before 2016, ``MA…`` with five of the alphabet since.

    The multiplier of `numbers` shares no factor with 10 or 31, so that different numbers stay different.
    """
    codes = np.empty((len(years), 8), np.uint8)
    digits, letters = numbers % 10**8, numbers % SPACE
    for place in range(8):
        codes[:, 7 - place] = digits % 10 + ord("0")
        digits = digits // 10
    modern: Flags = years >= 2016
    prefixes = np.frombuffer("".join(_PREFIXES).encode(), np.uint8).reshape(-1, 3)
    codes[modern, :3] = prefixes[np.searchsorted(_FIRST_YEARS, years[modern], side="right") - 1]
    for place in range(5):
        codes[modern, 7 - place] = _LETTERS[letters[modern] % _BASE]
        letters = letters // _BASE
    return codes


def _organisation_check(bodies: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The ninth character of an organisation code: 11 minus the weighted sum modulo 11, with X for 10 (GB 11714)."""
    values = np.where(bodies >= ord("A"), bodies.astype(np.int64) - ord("A") + 10, bodies.astype(np.int64) - ord("0"))
    checks: NDArray[np.uint8] = np.frombuffer(b"0123456789X", np.uint8)[(-(values @ _ORGANISATION_WEIGHTS)) % 11]
    return checks


def _credit_check(bodies: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The 18th character for 17 characters each (GB 32100-2015, 4.6)."""
    place = np.zeros(256, np.int64)
    place[_LETTERS] = np.arange(_BASE)
    checks: NDArray[np.uint8] = _LETTERS[(-(place[bodies] @ np.array(WEIGHTS))) % _BASE]
    return checks
