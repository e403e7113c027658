"""Which ways of training there are: asked of settings, which wait for no library that trains."""

from __future__ import annotations

from typing import Literal

Form = Literal["trees", "scorecard", "blend"]
"""What a model is made of; see `riskml.training.classifier.RiskClassifier`."""

Selection = Literal["as_inspected", "judged_only", "inverse_propensity", "with_uninspected"]
"""How the choice of whom to inspect is dealt with in learning; see `riskml.training.selection.fit_selected`."""
