"""What a bundle asks of whatever gives a row its log-odds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

CHECKED_DIFFERENCE = 1e-9
"""By no more may log-odds, or a contribution to them, differ when they are computed again. (Ours.)"""


class Predictor(Protocol):
    """Log-odds of rows, and what each column adds to them.

    Rows are of shape (n, k), in the order of the bundle's columns, with categories read; NaN where a value cannot be
    known.
    """

    @property
    def files(self) -> Mapping[str, bytes]:
        """What is kept of it: the name of each file in the bundle's folder, and its content."""
        ...

    def margin(self, values: Floats) -> Floats:
        """Log-odds before calibration; shape (n,)."""
        ...

    def contributions(self, values: Floats) -> Floats:
        """What each column adds, last the base; shape (n, k + 1). Each row adds up to its margin."""
        ...

    def check(self, values: Floats, contributions: Floats, columns: Sequence[str]) -> None:
        """Compute contributions once more in another way; a RunError names the column where they differ."""
        ...

    def together(self, values: Floats, asked: NDArray[np.int64]) -> Floats | None:
        """What every two of the columns asked for do together; shape (n, m, m), zero on the diagonal.

        None where it does not tell. `asked` has shape (n, m): places of columns, -1 for none.
        """
        ...
