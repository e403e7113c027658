"""What departments say of how grave a dishonesty was, what it led to, and which case it belongs to."""

from __future__ import annotations

import numpy as np

from riskml.lab.simulation.calendar import Floats, Integers
from riskml.lab.simulation.columns import NOTHING, Codes, Numbered, TextColumn
from riskml.lab.simulation.vocabularies import codes_of

GRAVITIES = ("minor", "general", "serious")
CONSEQUENCES = ("none", "minor", "serious")
_UNTOLD = 0.06


def gravities(rng: np.random.Generator, table: str, risk: Floats) -> TextColumn:
    """How grave: most are general, more of them serious where the risk is high; a few are not told."""
    serious = rng.random(len(risk)) < 0.05 * np.exp(np.clip(0.5 * risk, -1, 2))
    minor = rng.random(len(risk)) < 0.35
    return _codes(rng, table, "gravity", GRAVITIES, np.where(serious, 2, np.where(minor, 0, 1)))


def consequences(rng: np.random.Generator, table: str, serious: Floats) -> TextColumn:
    """What it led to; `serious` is the chance of a serious consequence. A few are not told."""
    some = rng.random(len(serious)) < 0.2
    return _codes(rng, table, "consequence", CONSEQUENCES, np.where(rng.random(len(serious)) < serious, 2, some))


def _codes(rng: np.random.Generator, table: str, column: str, codes: tuple[str, ...], places: Integers) -> TextColumn:
    told = np.where(rng.random(len(places)) < _UNTOLD, NOTHING, places)
    return Codes(told, codes_of(table, column, codes))


def case_numbers(prefix: str, cases: Integers) -> TextColumn:
    """The numbers of cases: what several departments report of one case has the same."""
    return Numbered(prefix, cases)
