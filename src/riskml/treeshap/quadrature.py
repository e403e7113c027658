"""Where and with what weight the integrals over t are evaluated: they are polynomials, so a few points are exact."""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.typing import NDArray


@cache
def points(indicators: int) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Gauss-Legendre points and weights on [0, 1], exact for a path with so many indicators (degree one less)."""
    where, weight = np.polynomial.legendre.leggauss(max(1, -(-indicators // 2)))
    return (where + 1) / 2, weight / 2
