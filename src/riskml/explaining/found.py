"""What was found of one enterprise at one as-of date, before any of it is put into words: computed anew, or read from a
published run.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from riskml.explaining.citations import RestsOn


@dataclass(frozen=True)
class ReasonFound:
    """A column that is told as a reason: its place among the method's columns, and what it rests on."""

    place: int
    rests_on: RestsOn


@dataclass(frozen=True)
class RuleFound:
    """A rule that fired: its id, the ids of all records that made it fire, and the newest of these."""

    rule: str
    evidence: tuple[str, ...]
    rests_on: RestsOn


@dataclass(frozen=True)
class Found:
    """What was found of one enterprise; k columns in the order of the method's.

    Parameters
    ----------
    grade, band, decided_by, pending_options, score, margin, base_margin, risk
        As `riskml.explaining.explanation.Explanation` has them.
    own_score, own_grade, without_peers
        On its own conduct alone, and the score without the rates of its trade and county.
    values
        The k indicators; NaN where one cannot be known.
    contributions, points
        Shape (k,): what each column added to the margin, and to the score.
    totals
        What conditions of classes are about, by name.
    raised, lowered, noted
        The reasons, as the explanation has them.
    rules
        Those that fired, in the order in which they act.
    """

    enterprise_id: str
    as_of: date
    grade: str
    band: str
    decided_by: str
    pending_options: tuple[str, ...]
    score: float | None
    margin: float
    base_margin: float
    risk: float | None
    own_score: float | None
    own_grade: str
    without_peers: float | None
    values: NDArray[np.float64]
    contributions: NDArray[np.float64]
    points: NDArray[np.float64]
    totals: Mapping[str, float]
    raised: tuple[ReasonFound, ...]
    lowered: tuple[ReasonFound, ...]
    noted: tuple[ReasonFound, ...]
    rules: tuple[RuleFound, ...]


def known(value: float) -> float | None:
    """A number, None where it is none."""
    return None if np.isnan(value) else float(value)
