"""Typical indicator values of enterprises alike: what a reason compares an enterprise with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import ArrayLike

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class PeerGroup:
    """Enterprises alike, and the median of each indicator among them (None where it is known for none)."""

    enterprises: int
    typical: Mapping[str, float | None]

    @classmethod
    def of(cls, indicators: pd.DataFrame) -> Self:
        """Describe the rows of an indicator matrix, one per enterprise."""
        medians = indicators.median()
        return cls(
            len(indicators), {str(name): None if np.isnan(value) else float(value) for name, value in medians.items()}
        )


@dataclass(frozen=True)
class Peers:
    """Typical indicator values: by peer group (the industry's section), and over everyone."""

    overall: PeerGroup
    groups: Mapping[str, PeerGroup]

    @classmethod
    def of(cls, indicators: pd.DataFrame, group: ArrayLike) -> Self:
        """Describe a reference population.

        Parameters
        ----------
        indicators : data frame of shape (n, k)
            One row per enterprise, one column per indicator.
        group : array of shape (n,)
            Peer group of each row; rows without one count only in `overall`.
        """
        parts = indicators.groupby(np.asarray(group), sort=True)
        return cls(PeerGroup.of(indicators), {str(name): PeerGroup.of(rows) for name, rows in parts})

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return asdict(self)

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Self:
        """Read what `to_dict` wrote."""
        return cls(
            PeerGroup(**values["overall"]), {name: PeerGroup(**group) for name, group in values["groups"].items()}
        )
