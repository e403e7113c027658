"""Categories as numbers: how many problems those of one text had, to those expected of them, shrunk, and learnt from
the learning rows alone.

No row is told of its own enterprise: while the model learns, each fifth of the enterprises reads what the other four
fifths show. What is scored later reads all of them. A text that learning never met counts as the whole, 1.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

FOLDS = 5


@dataclass(frozen=True)
class Encoding:
    """What one column's texts are read as.

    Parameters
    ----------
    rates
        Number of the text (`riskml.features.compile.code_sql`) → problems to those expected, shrunk.
    visits
        Number of the text → visits learnt from.
    """

    rates: Mapping[int, float]
    visits: Mapping[int, int]

    @classmethod
    def fit(cls, codes: Floats, found: NDArray[np.intp], expected: Floats, weight: Floats, shrink: float) -> Self:
        """Learn it from some rows.

        Parameters
        ----------
        codes
            Shape (n,), NaN where the text cannot be known.
        found, expected
            0 or 1; the probability that is expected without the category.
        shrink
            Visits at the mean of `expected` that are added to both.
        """
        known = ~np.isnan(codes)
        texts, place = np.unique(codes[known].astype(np.int64), return_inverse=True)
        sums = [np.bincount(place, (weight * values)[known], len(texts)) for values in (found, expected)]
        added = shrink * float(np.average(expected, weights=weight))
        rates = (sums[0] + added) / (sums[1] + added)
        visits = np.bincount(place, minlength=len(texts))
        return cls(
            dict(zip(texts.tolist(), rates.tolist(), strict=True)),
            dict(zip(texts.tolist(), visits.tolist(), strict=True)),
        )

    def read(self, codes: NDArray[np.floating]) -> Floats:
        """What codes are read as, of the same shape; NaN stays."""
        texts, place = np.unique(codes, return_inverse=True)
        rates = np.array([np.nan if np.isnan(text) else self.rates.get(int(text), 1.0) for text in texts.tolist()])
        return rates[place].reshape(codes.shape)

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {str(text): [rate, self.visits[text]] for text, rate in self.rates.items()}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Read what `to_dict` wrote."""
        return cls(
            {int(text): one[0] for text, one in values.items()}, {int(text): one[1] for text, one in values.items()}
        )


def read_others(
    codes: Floats,
    found: NDArray[np.intp],
    expected: Floats,
    weight: Floats,
    shrink: float,
    groups: NDArray[Any],
    draw: np.random.RandomState,
) -> Floats:
    """What each of the rows that are learnt from is read as: as the rows of the other folds show it.

    Parameters
    ----------
    groups
        Shape (n,): whose row it is. All rows of one enterprise lie in one fold.
    """
    member = np.unique(groups, return_inverse=True)[1]
    fold = (draw.permutation(member.max() + 1) % FOLDS)[member]
    read = np.empty(len(codes))
    for number in range(FOLDS):
        others = fold != number
        encoding = Encoding.fit(codes[others], found[others], expected[others], weight[others], shrink)
        read[~others] = encoding.read(codes[~others])
    return read


def encoded(values: NDArray[Any], encodings: Mapping[int, Encoding]) -> NDArray[Any]:
    """A matrix in which the columns of categories are read; the same object where there are none."""
    if not encodings:
        return values
    result = np.array(values, dtype=np.float64)
    for place, encoding in encodings.items():
        result[:, place] = encoding.read(result[:, place])
    return result
