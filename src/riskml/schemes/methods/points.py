"""The methods of points and of counts: what each item gives by its value, bounded, added up, and cut into grades."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from riskml.features.specs import IndicatorSystem
from riskml.relations.about import About
from riskml.schemes.grade import band_ranks
from riskml.schemes.methods.classes import class_places
from riskml.schemes.methods.items import Item, item_system
from riskml.schemes.methods.method import Assessed, Floats
from riskml.schemes.scheme import Scheme

_DIGITS = 6


@dataclass(frozen=True)
class ItemMethod:
    """A scheme that adds points or counts records. Its weights are in scheme.yaml; no model, no training."""

    scheme: Scheme

    @cached_property
    def system(self) -> IndicatorSystem:
        """One column for each item."""
        return item_system(self.scheme.dimensions)

    @cached_property
    def items(self) -> tuple[Item, ...]:
        """In the order of the columns."""
        return tuple(item for dimension in self.scheme.dimensions for item in dimension.items)

    @property
    def base_score(self) -> float:
        """The points that every enterprise starts with."""
        return self.scheme.start

    def assess(self, values: Floats) -> Assessed:
        """As `Method.assess`; of a scheme that counts, contributions and points are numbers of records."""
        about = [self.system.about[column.name] for column in self.system.columns]
        parts = self._bounded(
            np.column_stack([item_points(item, values[:, place]) for place, item in enumerate(self.items)])
        )
        margins, scores, classes, totals = self._graded(values, parts)
        own = np.where(np.isnan(values), 0.0, parts) * np.array([told == "own" for told in about])
        _, own_scores, own_classes, _ = self._graded(np.where([told == "own" for told in about], values, np.nan), own)
        rest: list[About] = ["own", "others"]
        _, without, _, _ = self._graded(values, parts * np.array([told in rest for told in about]))
        contributions = np.hstack([parts, np.full((len(values), 1), self.base_score)])
        return Assessed(
            bands=self._ranks(scores, classes),
            scores=scores,
            margins=margins,
            contributions=contributions,
            points=self.points(contributions, margins, scores),
            risks=np.full(len(values), np.nan),
            own_bands=self._ranks(own_scores, own_classes),
            own_scores=own_scores,
            without_peers=without,
            totals=totals,
            classes=classes,
            own_classes=own_classes,
        )

    def points(self, contributions: Floats, margins: Floats, scores: Floats) -> Floats:
        """As `Method.points`: what the end of the range cuts off is taken from every item alike, so that points add up
        to the score.
        """
        moved, counted = margins - self.base_score, scores - self.base_score
        worth = np.where(np.isnan(scores) | (moved == 0), 1.0, counted / np.where(moved == 0, 1.0, moved))
        points: Floats = contributions[:, : len(self.items)] * worth[:, np.newaxis]
        return points

    def _bounded(self, parts: Floats) -> Floats:
        """The items' points, those of a dimension that exceeds its bounds reduced alike."""
        parts, start = parts.copy(), 0
        for dimension in self.scheme.dimensions:
            own = slice(start, start + len(dimension.items))
            start = own.stop
            total = parts[:, own].sum(axis=1)
            bounded = _clipped(total, dimension.floor, dimension.cap)
            parts[:, own] *= np.where(total == bounded, 1.0, bounded / np.where(total == 0, 1.0, total))[:, np.newaxis]
        return parts

    def _graded(self, values: Floats, parts: Floats) -> tuple[Floats, Floats, NDArray[np.int64], dict[str, Floats]]:
        """Margins, scores, places among the classes and totals."""
        # Rounded, so that no band depends on the order of adding: points are written with few digits.
        margins = np.round(sum(parts.T, start=np.full(len(parts), self.base_score)), _DIGITS)
        score = self.scheme.score
        scores = np.full(len(parts), np.nan) if score is None else np.clip(margins, score.from_, score.to)
        # Rounded for the same reason: equal points are equal, in whatever parts they come.
        good, bad = (np.round(np.maximum(sign * parts, 0).sum(axis=1), _DIGITS) + 0.0 for sign in (1, -1))
        totals = {"good": good, "bad": bad, "score": scores}
        for name in self.scheme.counted:
            counted = [place for place, item in enumerate(self.items) if item.tally == name]
            totals[name] = np.nan_to_num(values[:, counted]).sum(axis=1)
        none = np.zeros(len(parts), dtype=np.int64)
        return margins, scores, class_places(self.scheme.classes, totals) if self.scheme.classes else none, totals

    def _ranks(self, scores: Floats, classes: NDArray[np.int64]) -> NDArray[np.int64]:
        """By the conditions of classes, or the bands of the scores."""
        if not self.scheme.classes:
            return band_ranks(self.scheme, scores)
        ranks = np.array([self.scheme.grade_names.index(one.grade) for one in self.scheme.classes], dtype=np.int64)
        placed: NDArray[np.int64] = ranks[classes]
        return placed


def item_points(item: Item, values: Floats) -> Floats:
    """What an item gives, shape (n,).

    Parameters
    ----------
    values
        Its values, shape (n,); NaN where one cannot be known.

    >>> written = {"id": "fined", "label": {"zh": "处罚", "en": "Penalties"}, "from": "penalty", "basis": "ours"}
    >>> item = Item.model_validate(written | {"each": -5, "floor": -12})
    >>> item_points(item, np.array([0, 1, 4, np.nan])).tolist()
    [0.0, -5.0, -12.0, 0.0]
    """
    known = ~np.isnan(values)
    filled = np.where(known, values, 0.0)
    if item.of_which:
        return np.zeros(len(values))
    if item.tally is not None and item.each is None and not item.steps:
        return filled
    if item.steps:
        place = np.searchsorted([step.from_ for step in item.steps], filled, side="right") - 1
        found = np.where(place < 0, 0.0, np.array([step.points for step in item.steps])[np.maximum(place, 0)])
    else:
        found = filled * (item.each or 0.0) + 0.0
    return _clipped(np.where(known, found, item.unknown), item.floor, item.cap)


def _clipped(values: Floats, low: float | None, high: float | None) -> Floats:
    return np.clip(values, -np.inf if low is None else low, np.inf if high is None else high)
