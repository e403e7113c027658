"""From calibrated risk to the score 0–1000: one frozen, strictly increasing map."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

SCORE_END = 1000.0
# The first cut points a province is known to have published (Henan 2022): A below 200, D from 750.
DEFAULT_CUTS = (200.0, 500.0, 750.0)
# However far out a reference enterprise lies, its distance to the end stays above 2**-30 of the band.
MOST_HALVINGS = 30.0


@dataclass(frozen=True)
class ScoreMap:
    """Calibrated log-odds onto 0–1000, the same for everyone and for ever.

    Straight lines join the anchors. Outside them the score nears 0 or 1000 without reaching it: over
    every `low_half` (`high_half`) log-odds the distance to the end halves. So two enterprises of
    different risk never share a score, and the scale is the same whoever is scored beside an enterprise.

    Parameters
    ----------
    log_odds
        Calibrated log-odds of the anchors, rising; at least two.
    scores
        Their scores, rising, all inside (0, 1000).
    low_half, high_half
        Log-odds over which the distance to 0 (to 1000) halves, below the first and above the last anchor.

    Examples
    --------
    >>> ScoreMap((-3.0, -1.0), (200.0, 500.0), low_half=1.0, high_half=1.0).score([-4.0, -3.0, -2.0, 0.0])
    array([100., 200., 350., 750.])
    """

    log_odds: tuple[float, ...]
    scores: tuple[float, ...]
    low_half: float
    high_half: float

    def __post_init__(self) -> None:
        """Refuse a map that is not strictly increasing within the scale."""
        if len(self.log_odds) != len(self.scores) or len(self.scores) < 2:
            raise ValueError(f"two anchors or more, each with a score, are needed: {self.log_odds}, {self.scores}")
        for name, values in (("log_odds", self.log_odds), ("scores", self.scores)):
            if not np.isfinite(values).all() or any(left >= right for left, right in pairwise(values)):
                raise ValueError(f"{name} must be finite and strictly rising, got {values}")
        if self.scores[0] <= 0 or self.scores[-1] >= SCORE_END:
            raise ValueError(f"scores of anchors must lie between 0 and {SCORE_END:.0f}, got {self.scores}")
        if not (0 < self.low_half < np.inf and 0 < self.high_half < np.inf):
            raise ValueError(f"half-lengths must be positive, got low_half={self.low_half}, high_half={self.high_half}")

    @classmethod
    def from_shares(
        cls,
        log_odds: ArrayLike,
        shares: Sequence[float],
        cuts: Sequence[float] = DEFAULT_CUTS,
        sample_weight: ArrayLike | None = None,
    ) -> ScoreMap:
        """Place the cut points so that the bands hold given shares of a reference population.

        An anchor lies half-way between two neighbouring values of the population, at the place that
        comes nearest to the share. The median of the lowest band gets half of the first cut point,
        that of the highest lies half-way from the last cut point to 1000.

        Parameters
        ----------
        log_odds : array of shape (n,)
            Calibrated log-odds of the reference population.
        shares
            Share of each band from the lowest to the highest; one more than there are cut points, adding up to 1.
        cuts
            The scheme's cut points.
        sample_weight : array of shape (n,), optional

        Raises
        ------
        ValueError
            If the shares do not fit the cut points, or the population has too few different values.
        """
        if len(shares) != len(cuts) + 1 or min(shares) <= 0 or abs(sum(shares) - 1) > 1e-6:
            raise ValueError(
                f"{len(cuts) + 1} positive shares adding up to 1 are needed for cuts {tuple(cuts)}, got {tuple(shares)}"
            )
        odds = np.asarray(log_odds, dtype=np.float64)
        weight = np.ones_like(odds) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        values, number = np.unique(odds[weight > 0], return_inverse=True)
        if len(values) <= len(cuts):
            raise ValueError(
                f"{len(cuts)} cut points need more than {len(values)} different values in the reference population"
            )
        held = np.bincount(number, weights=weight[weight > 0])
        cumulated = np.cumsum(held) / held.sum()
        places: list[int] = []
        for order, target in enumerate(np.cumsum(shares)[:-1]):
            first = places[-1] + 1 if places else 0
            last = len(values) - 1 - (len(cuts) - order - 1)
            places.append(first + int(np.argmin(np.abs(cumulated[first:last] - target))))
        anchors = [float((values[place] + values[place + 1]) / 2) for place in places]
        low_middle = values[np.searchsorted(cumulated, cumulated[places[0]] / 2)]
        high_middle = values[np.searchsorted(cumulated, (1 + cumulated[places[-1]]) / 2)]
        return cls(
            log_odds=tuple(anchors),
            scores=tuple(float(cut) for cut in cuts),
            low_half=float(max(anchors[0] - low_middle, (anchors[0] - values[0]) / MOST_HALVINGS)),
            high_half=float(max(high_middle - anchors[-1], (values[-1] - anchors[-1]) / MOST_HALVINGS)),
        )

    @classmethod
    def from_base_rate(
        cls, base_rate: float, multiples: Sequence[float], cuts: Sequence[float] = DEFAULT_CUTS
    ) -> ScoreMap:
        """Place the cut points at multiples of the base rate; the slope goes on unbroken at both ends.

        Parameters
        ----------
        base_rate
            Share of enterprises where supervision finds a problem, between 0 and 1.
        multiples
            Risk at each cut point, as a multiple of the base rate; rising.
        cuts
            The scheme's cut points.

        Examples
        --------
        >>> ScoreMap.from_base_rate(0.1, [1, 2, 5]).score([np.log(0.2 / 0.8)]).round(6)
        array([500.])
        """
        from scipy.special import logit

        risks = np.asarray(multiples, dtype=np.float64) * base_rate
        if len(risks) != len(cuts) or not ((risks > 0) & (risks < 1)).all():
            raise ValueError(
                f"{len(cuts)} multiples whose risk lies between 0 and 1 are needed, got {tuple(multiples)} x "
                f"{base_rate}"
            )
        anchors = np.asarray(logit(risks))
        slopes = np.diff(cuts) / np.diff(anchors)
        return cls(
            log_odds=tuple(float(value) for value in anchors),
            scores=tuple(float(cut) for cut in cuts),
            low_half=float(np.log(2) * cuts[0] / slopes[0]),
            high_half=float(np.log(2) * (SCORE_END - cuts[-1]) / slopes[-1]),
        )

    def score(self, log_odds: ArrayLike) -> Floats:
        """Scores of calibrated log-odds, of the same shape, between 0 and 1000."""
        odds = np.asarray(log_odds, dtype=np.float64)
        below = np.exp2(np.minimum(odds - self.log_odds[0], 0.0) / self.low_half)
        above = np.exp2(np.minimum(self.log_odds[-1] - odds, 0.0) / self.high_half)
        score: Floats = np.interp(odds, self.log_odds, self.scores)
        score = np.where(odds < self.log_odds[0], self.scores[0] * below, score)
        score = np.where(odds > self.log_odds[-1], SCORE_END - (SCORE_END - self.scores[-1]) * above, score)
        return score

    def to_dict(self) -> dict[str, Any]:
        """Plain numbers and lists for JSON."""
        return {
            "log_odds": list(self.log_odds),
            "scores": list(self.scores),
            "low_half": self.low_half,
            "high_half": self.high_half,
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> ScoreMap:
        """Read what `to_dict` wrote."""
        return cls(
            log_odds=tuple(float(value) for value in values["log_odds"]),
            scores=tuple(float(value) for value in values["scores"]),
            low_half=float(values["low_half"]),
            high_half=float(values["high_half"]),
        )
