"""A registered model, as analysts use it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from riskml.core.errors import RunError
from riskml.training.model_method import ModelMethod


@dataclass(frozen=True)
class Bundle:
    """A registered version of a model; made by `Workspace.bundle`."""

    _method: ModelMethod

    @property
    def columns(self) -> tuple[str, ...]:
        """The indicators that it reads."""
        return self._method.bundle.columns

    @property
    def digest(self) -> str:
        """SHA-256 of all its files: what a published run names."""
        return self._method.bundle.digest

    @property
    def facts(self) -> Mapping[str, Any]:
        """How it was trained, and its figures on the test part; plain values."""
        return self._method.bundle.facts

    def predict(self, X: pd.DataFrame) -> pd.DataFrame:
        """What a run would publish of some rows of a matrix, before any rule.

        Parameters
        ----------
        X
            One row for each enterprise; all of `columns`, in any order, missing where a value cannot be known. Others
            are not looked at.

        Returns
        -------
        DataFrame
            With the rows' index: ``risk`` (the calibrated probability that a visit now finds a problem), ``score``
            (0–1000, higher is riskier), ``band`` (the grade of the score, by the bands now in force), and ``risk_low``
            and ``risk_high``, the ends of the risk's Venn–Abers interval: missing where the model was trained before
            these were kept, or without a calibration part.

        Raises
        ------
        RunError
            Where a column is missing.
        """
        found = self._method.assess(self._values(X))
        bands = np.array(self._method.scheme.grade_names, dtype=object)[found.bands]
        low, high = self._method.bundle.risk_interval(found.margins)
        columns = {"risk": found.risks, "score": found.scores, "band": bands, "risk_low": low, "risk_high": high}
        return pd.DataFrame(columns, index=X.index)

    def contributions(self, X: pd.DataFrame) -> pd.DataFrame:
        """What each indicator adds to the log-odds of each row; ``base`` is where every row begins.

        Exactly, but for an analyst's own estimator whose ``facts["explained"]`` says that they are sampled. Each row
        adds up to its log-odds before calibration. `X` as for `predict`.
        """
        found = self._method.bundle.contributions(self._values(X))
        return pd.DataFrame(found, index=X.index, columns=[*self.columns, "base"])

    def _values(self, X: pd.DataFrame) -> np.ndarray:
        missing = [name for name in self.columns if name not in X.columns]
        if missing:
            raise RunError(
                zh=f"缺少模型需要的 {len(missing)} 列：{'、'.join(missing[:5])}{'……' if len(missing) > 5 else '。'}",
                en=f"{len(missing)} of the columns that the model reads are missing: {', '.join(missing[:5])}"
                f"{', …' if len(missing) > 5 else '.'}",
            )
        return X[list(self.columns)].to_numpy(dtype=np.float64, na_value=np.nan)
