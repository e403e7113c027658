"""How a scheme gets from an enterprise's as-of row to a rank: by a model, by points, or by counts. No more than this is
asked of a method.

All read the same matrix of live records, so evidence, exclusions, effect periods and explanations are the same for all
of them. Points and counts are beside this file; the method of a trained model is `riskml.training.model_method`, so
that nothing here needs a model.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from riskml.features.specs import IndicatorSystem

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Assessed:
    """What a method makes of n enterprises and k columns.

    Parameters
    ----------
    bands
        The rank of each, the mildest grade being 0; before any rule.
    scores
        Not a number where the scheme has no score.
    margins, contributions
        What the scores are made from, shape (n,) and (n, k + 1): each row adds up to its margin, and the last column is
        where all begin.
    points
        Shape (n, k): what each column added to the score.
    risks
        Probabilities; not a number where the method gives none.
    own_bands, own_scores
        The same on own conduct alone.
    without_peers
        The scores without the rates of trades and counties.
    totals
        What conditions of classes are about: name → shape (n,).
    classes, own_classes
        Shape (n,): which of the scheme's classes each falls under, on all records and on own conduct alone; 0 where it
        has none.
    """

    bands: NDArray[np.int64]
    scores: Floats
    margins: Floats
    contributions: Floats
    points: Floats
    risks: Floats
    own_bands: NDArray[np.int64]
    own_scores: Floats
    without_peers: Floats
    totals: dict[str, Floats]
    classes: NDArray[np.int64]
    own_classes: NDArray[np.int64]

    def row(self, place: int) -> Assessed:
        """What it makes of one of the n, as if that one alone had been asked for."""
        rows = slice(place, place + 1)
        parts = {name: value[rows] for name, value in vars(self).items() if name != "totals"}
        return Assessed(totals={name: total[rows] for name, total in self.totals.items()}, **parts)


class Method(Protocol):
    """How a scheme gets from records to a rank."""

    @property
    def system(self) -> IndicatorSystem:
        """The columns of the matrix that it reads, in order."""
        ...

    @property
    def base_score(self) -> float:
        """The score that every enterprise starts from."""
        ...

    def assess(self, values: Floats) -> Assessed:
        """Assess n enterprises.

        Parameters
        ----------
        values
            Shape (n, k): the indicators, in the order of the system's columns; NaN where a value cannot be known.
        """
        ...

    def points(self, contributions: Floats, margins: Floats, scores: Floats) -> Floats:
        """What each of the k columns added to the scores, shape (n, k).

        Parameters
        ----------
        contributions, margins, scores
            As `Assessed` has them; `contributions` may lack its last column.
        """
        ...
