"""Boosted trees: LightGBM's text, explained exactly.

The large libraries are imported where they are used: one enterprise's immediate update waits for none of them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Self

import numpy as np
from numpy.typing import NDArray

from riskml.core.errors import RunError
from riskml.training.predictors.predictor import CHECKED_DIFFERENCE
from riskml.treeshap.interactions import interactions_of

if TYPE_CHECKING:
    import lightgbm

Floats = NDArray[np.float64]

BOOSTER = "booster.txt"


@dataclass(frozen=True)
class Trees:
    """The trees of a model, as `riskml.training.predictors.predictor.Predictor` says.

    Parameters
    ----------
    text
        LightGBM's model text.
    """

    text: str

    @classmethod
    def of(cls, files: Mapping[str, bytes]) -> Self:
        """From what `files` gave."""
        return cls(files[BOOSTER].decode())

    @cached_property
    def booster(self) -> lightgbm.Booster:
        """The trees, ready to predict."""
        import lightgbm

        return lightgbm.Booster(model_str=self.text)

    @property
    def files(self) -> Mapping[str, bytes]:
        """The text."""
        return {BOOSTER: self.text.encode()}

    def margin(self, values: Floats) -> Floats:
        """Log-odds before calibration; shape (n,)."""
        return np.asarray(self.booster.predict(values, raw_score=True), dtype=np.float64)

    def contributions(self, values: Floats) -> Floats:
        """Exact path-dependent TreeSHAP values in log-odds, last the base; shape (n, k + 1)."""
        from riskml.training.classifier import booster_contributions

        return booster_contributions(self.booster, self.text, values)

    def check(self, values: Floats, contributions: Floats, columns: Sequence[str]) -> None:
        """Compare contributions with LightGBM's own."""
        if not len(values):
            return
        expected = np.asarray(self.booster.predict(values, pred_contrib=True))
        apart = np.abs(contributions - expected)
        row, column = np.unravel_index(int(apart.argmax()), apart.shape)
        if not apart[row, column] <= CHECKED_DIFFERENCE:
            name = (*columns, "base")[column]
            found, wanted = contributions[row, column], expected[row, column]
            raise RunError(
                zh=f"贡献值与 LightGBM 不符：指标 {name} 算得 {found!r}，应为 {wanted!r}。结果没有发布；请报告此问题。",
                en=f"Contributions differ from LightGBM's: indicator {name} has {found!r}, should have {wanted!r}. "
                "Nothing was published; report this.",
            )

    def together(self, values: Floats, asked: NDArray[np.int64]) -> Floats:
        """Exact interactions; a NotCoveredError where the trees are of a kind that is not read."""
        return interactions_of(self.text).together(values, asked)
