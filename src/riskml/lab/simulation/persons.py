"""Who holds the posts and the shares: founders, partners, and serial entrepreneurs with a heavy tail of posts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from riskml.lab.simulation.calendar import Integers
from riskml.lab.simulation.geography import prefecture_positions
from riskml.lab.simulation.registration import Registration

_SERIAL_PER_ENTERPRISE = 0.25
_TAIL = 1.6
"""Exponent of the draw from the serial pool: the first of a pool of n gets the share (1/n)^(1/1.6) of its posts."""


@dataclass(frozen=True)
class Persons:
    """Everyone, numbered: founders first, then partners, third persons, successors, the serial pools, and later
    newcomers.

    Parameters
    ----------
    enterprises
        Number of enterprises: founders, partners, third persons and successors are numbered like them.
    pool_starts, pool_sizes
        First number and size of each prefecture's serial pool.
    prefecture
        Each enterprise's prefecture.
    """

    enterprises: int
    pool_starts: Integers
    pool_sizes: Integers
    prefecture: Integers

    @property
    def newcomers_start(self) -> int:
        """First number of the persons who came later."""
        return int(self.pool_starts[-1] + self.pool_sizes[-1])

    def serial(self, rng: np.random.Generator, enterprise: Integers) -> Integers:
        """A serial entrepreneur of each enterprise's prefecture; few of them hold very many posts."""
        prefecture = self.prefecture[enterprise]
        place = np.floor(self.pool_sizes[prefecture] * rng.random(len(enterprise)) ** _TAIL)
        return self.pool_starts[prefecture] + place.astype(np.int64)


def gather_persons(registration: Registration) -> Persons:
    """Lay out the numbers of all persons there may be."""
    prefecture = prefecture_positions()[registration.county]
    inhabitants = np.bincount(prefecture, minlength=int(prefecture_positions().max()) + 1)
    sizes = np.maximum((inhabitants * _SERIAL_PER_ENTERPRISE).astype(np.int64), 3)
    starts = 4 * registration.count + np.concatenate([[0], np.cumsum(sizes)[:-1]])
    return Persons(registration.count, starts, sizes, prefecture)
