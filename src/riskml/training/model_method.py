"""The method of a trained model: exact contributions, calibrated risk, a frozen score, and the scheme's bands."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from riskml.features.specs import IndicatorSystem
from riskml.schemes.grade import band_ranks, banding
from riskml.schemes.methods.method import Assessed
from riskml.schemes.scheme import Scheme
from riskml.training.bundle import ModelBundle
from riskml.training.conduct import Apart
from riskml.training.contributions import Base, score_points
from riskml.training.model import Model

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class ModelMethod:
    """A model with the scheme whose bands cut its score."""

    model: Model
    scheme: Scheme

    @property
    def bundle(self) -> ModelBundle:
        """The model's bundle."""
        return self.model.bundle

    @property
    def system(self) -> IndicatorSystem:
        """The indicators that the model was trained on."""
        return self.model.system

    @cached_property
    def base(self) -> Base:
        """Where every score starts from."""
        return Base.of(self.bundle)

    @property
    def base_score(self) -> float:
        """The score of the model's expected margin."""
        return self.base.score

    def lay_out(self) -> None:
        """Make ready for `assess`: to lay the model's trees out takes seconds, once."""
        self.bundle.contributions(np.zeros((1, len(self.bundle.columns))))

    def assess(self, values: Floats) -> Assessed:
        """As `riskml.schemes.methods.method.Method` says; a RunError where contributions are not LightGBM's own."""
        bundle = self.bundle
        contributions = bundle.contributions(values)
        bundle.check_contributions(values, contributions)
        # Column by column: a row's sum must not depend on how many rows there are.
        margins = sum(contributions.T, start=np.zeros(len(values)))
        scores = bundle.score(margins)
        apart = Apart.of(bundle, self.system.about, contributions, values)
        return Assessed(
            bands=band_ranks(self.scheme, banding(self.scheme, scores, apart.without_peers)),
            scores=scores,
            margins=margins,
            contributions=contributions,
            points=self.points(contributions, margins, scores),
            risks=bundle.risk(margins),
            own_bands=band_ranks(self.scheme, apart.own),
            own_scores=apart.own,
            without_peers=apart.without_peers,
            totals={},
            classes=np.zeros(len(values), dtype=np.int64),
            own_classes=np.zeros(len(values), dtype=np.int64),
        )

    def points(self, contributions: Floats, margins: Floats, scores: Floats) -> Floats:
        """As `riskml.schemes.methods.method.Method` says."""
        return score_points(contributions[:, : len(self.bundle.columns)], margins, scores, self.base)
