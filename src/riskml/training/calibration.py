"""From the booster's margin to a probability that means what it says, and how well it does."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

# Below this the score would order enterprises by rounding errors: a model that ranks later data
# the wrong way round is reported as such by its figures, it is not turned upside down.
SMALLEST_SLOPE = 0.01


@dataclass(frozen=True)
class PlattCalibration:
    """Calibrated log-odds as a straight line of the margin: ``slope * margin + intercept``.

    The slope is positive, so that the order of enterprises never changes.

    Parameters
    ----------
    slope
        Calibrated log-odds per unit of margin, greater than 0.
    intercept
        Calibrated log-odds at margin 0.

    References
    ----------
    J. Platt, "Probabilistic outputs for support vector machines", 1999; the targets that keep the
    line finite on separable data are those of H.-T. Lin, C.-J. Lin and R. C. Weng, 2007.

    Examples
    --------
    >>> PlattCalibration(slope=0.5, intercept=-1.0).log_odds([0.0, 2.0])
    array([-1.,  0.])
    """

    slope: float = 1.0
    intercept: float = 0.0

    def __post_init__(self) -> None:
        """Refuse a line that would not keep the order."""
        if not (np.isfinite(self.slope) and self.slope > 0 and np.isfinite(self.intercept)):
            raise ValueError(
                f"slope must be positive and both finite, got slope={self.slope}, intercept={self.intercept}"
            )

    @classmethod
    def fit(cls, margin: ArrayLike, y: ArrayLike, sample_weight: ArrayLike | None = None) -> PlattCalibration:
        """Fit the line by weighted maximum likelihood, on data later than the model's own.

        Parameters
        ----------
        margin : array of shape (n,)
            Log-odds given by the booster.
        y : array of shape (n,)
            1 where supervision found a problem, else 0.
        sample_weight : array of shape (n,), optional

        Raises
        ------
        ValueError
            If one of the two outcomes has no weight.
        """
        from scipy.optimize import minimize
        from scipy.special import expit

        x = np.asarray(margin, dtype=np.float64)
        found = np.asarray(y, dtype=np.float64)
        weight = np.ones_like(x) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
        positive, negative = float(weight @ found), float(weight @ (1 - found))
        if positive <= 0 or negative <= 0:
            raise ValueError("calibration needs both outcomes: a single class was given")
        target = np.where(found > 0.5, (positive + 1) / (positive + 2), 1 / (negative + 2))
        centre = float(np.average(x, weights=weight))
        spread = float(np.sqrt(np.average((x - centre) ** 2, weights=weight))) or 1.0
        z = (x - centre) / spread
        total = positive + negative

        def loss(line: Floats) -> tuple[float, Floats]:
            odds = line[0] * z + line[1]
            residual = weight * (expit(odds) - target)
            value = float(weight @ (np.logaddexp(0.0, odds) - target * odds))
            return value / total, np.array([residual @ z, residual.sum()]) / total

        start = np.array([spread, np.log(positive / negative)])
        bounds = [(SMALLEST_SLOPE * spread, None), (None, None)]
        line = minimize(
            loss, start, jac=True, method="L-BFGS-B", bounds=bounds, options={"ftol": 1e-15, "gtol": 1e-10}
        ).x
        slope = max(float(line[0]) / spread, SMALLEST_SLOPE)
        return cls(slope=slope, intercept=float(line[1]) - slope * centre)

    def log_odds(self, margin: ArrayLike) -> Floats:
        """Calibrated log-odds of margins, of the same shape."""
        return self.slope * np.asarray(margin, dtype=np.float64) + self.intercept

    def probability(self, margin: ArrayLike) -> Floats:
        """Calibrated probability of a problem, of the same shape as the margins."""
        from scipy.special import expit

        result: Floats = expit(self.log_odds(margin))
        return result

    def to_dict(self) -> dict[str, float]:
        """Plain numbers for JSON."""
        return {"slope": self.slope, "intercept": self.intercept}

    @classmethod
    def from_dict(cls, values: Mapping[str, float]) -> PlattCalibration:
        """Read what `to_dict` wrote."""
        return cls(slope=float(values["slope"]), intercept=float(values["intercept"]))


@dataclass(frozen=True)
class ReliabilityBin:
    """What was promised and what was found among rows of similar probability.

    Parameters
    ----------
    low, high
        Smallest and largest probability in the bin.
    weight
        Rows in the bin (their total weight, where rows are weighted).
    predicted, observed
        Mean probability, and the share of rows where a problem was found.
    """

    low: float
    high: float
    weight: float
    predicted: float
    observed: float


def equal_count_bins(probability: ArrayLike, bins: int = 10) -> NDArray[np.intp]:
    """Bin number of each row, 0 being the lowest; equal probabilities share a bin.

    Examples
    --------
    >>> equal_count_bins([0.1, 0.2, 0.3, 0.4], bins=2)
    array([0, 0, 1, 1])
    """
    p = np.asarray(probability, dtype=np.float64)
    edges = np.unique(np.quantile(p, np.arange(1, bins) / bins, method="lower"))
    number: NDArray[np.intp] = np.unique(np.searchsorted(edges, p, side="left"), return_inverse=True)[1]
    return number


def reliability_table(
    y: ArrayLike, probability: ArrayLike, bins: int = 10, sample_weight: ArrayLike | None = None
) -> tuple[ReliabilityBin, ...]:
    """Promised and observed problem rates in bins of equal count.

    Parameters
    ----------
    y, probability : arrays of shape (n,)
        0 or 1, and the calibrated probability.
    bins
        The number of bins; fewer come out where probabilities are tied.
    sample_weight : array of shape (n,), optional
    """
    found, p = np.asarray(y, dtype=np.float64), np.asarray(probability, dtype=np.float64)
    weight = np.ones_like(p) if sample_weight is None else np.asarray(sample_weight, dtype=np.float64)
    number = equal_count_bins(p, bins)
    total, promised, observed = (np.bincount(number, weights=values) for values in (weight, weight * p, weight * found))
    return tuple(
        ReliabilityBin(
            low=float(p[number == k].min()),
            high=float(p[number == k].max()),
            weight=float(total[k]),
            predicted=float(promised[k] / total[k]),
            observed=float(observed[k] / total[k]),
        )
        for k in range(len(total))
        if total[k] > 0
    )


def expected_calibration_error(
    y: ArrayLike, probability: ArrayLike, bins: int = 10, sample_weight: ArrayLike | None = None
) -> float:
    """Mean distance between promised and observed problem rate over bins of equal count.

    Examples
    --------
    >>> round(expected_calibration_error([0, 1, 0, 1], [0.5, 0.5, 0.4, 0.4], bins=2), 3)
    0.05
    """
    table = reliability_table(y, probability, bins, sample_weight)
    total = sum(row.weight for row in table)
    return sum(row.weight * abs(row.predicted - row.observed) for row in table) / total
