"""Contributions in log-odds as points on the score's scale: what every indicator added to one enterprise's score."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

from riskml.training.bundle import ModelBundle

Floats = NDArray[np.float64]

SMALLEST_POINTS = 0.5
"""An indicator that moved the score by less is no reason worth a sentence."""

_SAME_MARGIN = 1e-9
_SLOPE_STEP = 1e-3


@dataclass(frozen=True)
class Base:
    """Where every enterprise starts from: the model's expected margin, and its score.

    Parameters
    ----------
    slope
        Points per log-odds at the base: what a contribution is worth where the contributions cancel out.
    """

    margin: float
    score: float
    slope: float

    @classmethod
    def of(cls, bundle: ModelBundle) -> Self:
        """The base of a model."""
        margin = bundle.base_margin
        low, score, high = bundle.score([margin - _SLOPE_STEP, margin, margin + _SLOPE_STEP])
        return cls(margin, float(score), float((high - low) / (2 * _SLOPE_STEP)))


def score_points(contributions: Floats, margins: Floats, scores: Floats, base: Base) -> Floats:
    """Points that every indicator adds to the score of every enterprise.

    Points = contribution × (score − base score) / (margin − base margin), so that they add up on the score's scale as
    the contributions do in log-odds. Where margin and base are the same the quotient is the score's slope there.

    Parameters
    ----------
    contributions
        Shape (n, k), in log-odds, without the base.
    margins, scores
        Shape (n,): the model's margins and their scores.
    base
        What the contributions add up from.

    Returns
    -------
    array of shape (n, k)
        Each row sums to score − base score.

    Examples
    --------
    >>> base = Base(margin=-2.0, score=100.0, slope=50.0)
    >>> score_points(np.array([[1.5, -0.5], [0.2, -0.2]]), np.array([-1.0, -2.0]), np.array([160.0, 100.0]), base)
    array([[ 90., -30.],
           [ 10., -10.]])
    """
    moved = margins - base.margin
    still = np.abs(moved) < _SAME_MARGIN
    worth = np.where(still, base.slope, (scores - base.score) / np.where(still, 1.0, moved))
    points: Floats = contributions * worth[:, np.newaxis]
    return points


def sum_by(points: Floats, labels: Sequence[str]) -> tuple[tuple[str, ...], Floats]:
    """Add up columns that carry the same label, such as their dimension or group.

    Parameters
    ----------
    points
        Shape (n, k).
    labels
        The label of each of the k columns.

    Returns
    -------
    names
        The m different labels in order of first appearance.
    sums
        Shape (n, m).

    Examples
    --------
    >>> sum_by(np.array([[1.0, 2.0, 4.0]]), ["basic", "social", "basic"])
    (('basic', 'social'), array([[5., 2.]]))
    """
    names = tuple(dict.fromkeys(labels))
    place = {name: number for number, name in enumerate(names)}
    belongs = np.zeros((len(labels), len(names)))
    belongs[np.arange(len(labels)), [place[label] for label in labels]] = 1.0
    return names, points @ belongs


def top_raising(points: Floats, count: int) -> NDArray[np.int64]:
    """The columns that raised each row's score most.

    Parameters
    ----------
    points
        Shape (n, k).
    count
        How many at most.

    Returns
    -------
    array of shape (n, count)
        Column numbers, most points first, equal ones in column order; -1 where no further column gives
        `SMALLEST_POINTS`. The columns that lowered the score most are those of ``-points``.

    Examples
    --------
    >>> points = np.array([[3.0, -9.0, 5.0, 3.0]])
    >>> top_raising(points, 2), top_raising(-points, 2)
    (array([[2, 0]]), array([[ 1, -1]]))
    """
    left = points.copy()
    rows = np.arange(len(points))
    found = np.full((len(points), count), -1, dtype=np.int64)
    for place in range(min(count, points.shape[1])):
        best = left.argmax(axis=1)
        enough = left[rows, best] >= SMALLEST_POINTS
        if not enough.any():
            break
        found[enough, place] = best[enough]
        left[rows, best] = -np.inf
    return found
