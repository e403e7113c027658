"""How long until a province knows who finds more: the score, or its inspectors choosing for themselves.

A share of the visits is given to inspectors to choose. They choose from the same enterprises, in the same regions and
months as the plan, and who goes is assigned in the same way, so that how strict somebody is falls on both alike; the
visits stay marked, and each arm is judged by what its own visits found.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy.stats import norm

POWER, ERROR = 0.8, 0.05
"""The chance to see a difference that is there, and to see one that is not."""

LONGEST = 600
"""Months beyond which it is said that it cannot be known."""


@dataclass(frozen=True)
class Arms:
    """Visits of a month, and what is expected of them.

    Parameters
    ----------
    visits
        Directed visits a month, of both arms together.
    officers
        Which share of them inspectors choose, more than 0 and less than 1.
    rate
        The share of the plan's visits that find a problem.
    design_effect
        How many visits say as much as one that stands by itself: 1 where visits do not resemble one another, more where
        those of one inspector do.
    """

    visits: float
    officers: float
    rate: float
    design_effect: float = 1.0

    def power(self, difference: float, months: float) -> float:
        """The chance that a difference is seen after some months, where inspectors find so much more (or less).

        Two-sided test of two shares, normal approximation.

        Examples
        --------
        >>> round(Arms(visits=200, officers=0.5, rate=0.5).power(0.1, 4), 2)
        0.81
        """
        theirs = self.rate + difference
        n, m = (self.visits * months * share / self.design_effect for share in (1 - self.officers, self.officers))
        pooled = (n * self.rate + m * theirs) / (n + m)
        null = math.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
        true = math.sqrt(self.rate * (1 - self.rate) / n + theirs * (1 - theirs) / m)
        z = float(norm.ppf(1 - ERROR / 2)) * null
        above, below = norm.sf(z, difference, true), norm.cdf(-z, difference, true)
        return float(above + below)

    def months(self, difference: float) -> int | None:
        """Whole months until a difference is seen with a chance of `POWER`; None beyond `LONGEST`.

        Examples
        --------
        >>> Arms(visits=200, officers=0.1, rate=0.5).months(-0.1)
        11
        """
        low, high = 0, LONGEST
        if self.power(difference, high) < POWER:
            return None
        while high - low > 1:
            middle = (low + high) // 2
            low, high = (low, middle) if self.power(difference, middle) >= POWER else (middle, high)
        return high
