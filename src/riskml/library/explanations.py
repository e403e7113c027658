"""Many explanations at once, for the plots people know."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

import pandas as pd

from riskml.core.language import Label
from riskml.services.bench import Contributions

if TYPE_CHECKING:
    import shap


@dataclass(frozen=True)
class Explanations:
    """What moved the scores of n enterprises in a published run; made by `Workspace.explanations`.

    Parameters
    ----------
    contributions
        Shape (n, k), by code: what each indicator added, in log-odds of a model, in points of a scheme by points.
    values
        Shape (n, k): the indicators; missing where one cannot be known.
    base
        Where every enterprise begins.
    labels
        Indicator → its name in Chinese and in English.
    """

    as_of: date
    contributions: pd.DataFrame
    values: pd.DataFrame
    base: float
    labels: dict[str, Label]

    @classmethod
    def _of(cls, found: Contributions) -> Explanations:
        whole = found.contributions.to_pandas().set_index("enterprise_id")
        return cls(
            as_of=found.as_of,
            contributions=whole.drop(columns="base"),
            values=found.indicators.to_pandas().set_index("enterprise_id"),
            base=float(whole["base"].iloc[0]) if len(whole) else 0.0,
            labels={column.name: column.label for column in found.system.columns},
        )

    def to_shap(self) -> shap.Explanation:
        """A ``shap.Explanation`` of shape (n, k), for ``shap.plots.beeswarm`` and the others; names in the language
        that is spoken.
        """
        import shap  # only here: it takes seconds to load, with all that it draws with

        return shap.Explanation(
            values=self.contributions.to_numpy(),
            base_values=self.base,
            data=self.values.to_numpy(),
            feature_names=[self.labels[name].said for name in self.contributions.columns],
        )
