"""An analyst's own estimator of scikit-learn's kind, in a file of skops: nothing is unpickled.

What it adds up column by column is explained exactly, whatever else by Shapley values that are sampled, each against
one reference row: the middle value of every column among the rows that were learnt from.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Self

import numpy as np
from numpy.typing import NDArray

from riskml.core.errors import RunError
from riskml.core.language import Label
from riskml.training.predictors.additive import is_additive
from riskml.training.predictors.predictor import CHECKED_DIFFERENCE
from riskml.training.predictors.shapley import antithetic_orders, exact_of_sum, sampled
from riskml.training.predictors.trusted import read

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Row = tuple[float | None, ...]
"""Values of one row; None where one is missing."""

ESTIMATOR, REFERENCE = "estimator.skops", "estimator.json"

DIGITS = 11
"""Decimals of log-odds: what is beyond is the rounding of an order of adding up."""

ORDERS = 16
"""Orders of the columns that sampled Shapley values are the mean of. (Ours.)"""

SEED = 0

QUANTILES = (0.5, 0.1, 0.25, 0.75, 0.9)
"""Rows that are made of these quantiles of every column, the reference first, are asked again on loading."""


@dataclass(frozen=True)
class Estimator:
    """A fitted estimator, as `riskml.training.predictors.predictor.Predictor` says.

    Parameters
    ----------
    content
        The file of skops.
    columns
        Names of the columns, k of them.
    rows
        Rows of k values: the reference, then others that no enterprise has to have.
    margins
        What the estimator said of them when it was kept.
    """

    content: bytes
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    margins: tuple[float, ...]

    @classmethod
    def of(cls, files: Mapping[str, bytes], columns: Sequence[str]) -> Self:
        """From what `files` gave."""
        kept = json.loads(files[REFERENCE])
        rows = tuple(tuple(row) for row in kept["rows"])
        shapes = np.array(rows, dtype=np.float64).shape, np.array(kept["margins"], dtype=np.float64).shape
        if shapes != ((len(rows), len(columns)), (len(rows),)) or not rows:
            raise ValueError(f"{REFERENCE}: rows of {len(columns)} values are needed, each with its margin")
        return cls(files[ESTIMATOR], tuple(columns), rows, tuple(kept["margins"]))

    @classmethod
    def kept(cls, fitted: Any, content: bytes, X: pd.DataFrame) -> Self:
        """An estimator with what it says now of rows made from those that it was fitted on.

        Parameters
        ----------
        content
            `fitted` as `riskml.training.predictors.trusted.written` gives it.
        """
        # A value that there is, also of flags and of categories.
        made = X.astype(np.float64).quantile(list(QUANTILES), interpolation="lower")
        nothing = [None] * X.shape[1]
        rows = (*made.astype(object).where(made.notna(), None).itertuples(index=False, name=None), tuple(nothing))
        columns = tuple(map(str, X.columns))
        asked = cls(content, columns, rows, ())
        return cls(content, columns, rows, tuple(_margins(fitted, asked._made, columns).tolist()))

    @cached_property
    def model(self) -> Any:
        """The estimator; a RunError where its file is not to be trusted, or where it says something else than when it
        was kept.
        """
        model = read(self.content)
        try:
            apart = float(np.abs(_margins(model, self._made, self.columns) - self.margins).max())
        except Exception as error:  # whatever an estimator of another version stumbles over
            raise _otherwise(Label(f"报错：{error}", f"it fails: {error}")) from error
        if not apart <= CHECKED_DIFFERENCE:
            raise _otherwise(Label(f"相差 {apart:.3g}", f"{apart:.3g} apart"))
        return model

    @cached_property
    def exact(self) -> bool:
        """Whether contributions are exact, and not sampled."""
        return is_additive(self.model)

    @property
    def files(self) -> Mapping[str, bytes]:
        """The estimator, and the rows with what it says of them."""
        kept = {"rows": self.rows, "margins": self.margins}
        return {ESTIMATOR: self.content, REFERENCE: (json.dumps(kept, allow_nan=False, indent=1) + "\n").encode()}

    def margin(self, values: Floats) -> Floats:
        """Log-odds before calibration, or the decision function; shape (n,)."""
        return _margins(self.model, values, self.columns) if len(values) else np.empty(0)

    def contributions(self, values: Floats) -> Floats:
        """Shapley values against the reference, last the base, its own log-odds; shape (n, k + 1)."""
        return self._explained(values, SEED)

    def sampled_again(self, values: Floats) -> Floats:
        """As `contributions`, over other orders of the columns: how far they are apart is how exact they are."""
        return self._explained(values, SEED + 1)

    def check(self, values: Floats, contributions: Floats, columns: Sequence[str]) -> None:
        """Compare sums of contributions with log-odds that are asked for anew."""
        if not len(values):
            return
        apart = np.abs(contributions.sum(axis=1) - self.margin(values))
        if not apart.max() <= CHECKED_DIFFERENCE:
            most = columns[int(np.abs(contributions[apart.argmax(), :-1]).argmax())]
            raise RunError(
                zh=f"贡献值之和与模型的对数几率相差 {apart.max():.3g}（贡献最大的指标是 {most}）。结果没有发布；"
                "请报告此问题。",
                en=f"Contributions add up to something that is {apart.max():.3g} from the model's log-odds (the "
                f"indicator that adds most is {most}). Nothing was published; report this.",
            )

    def together(self, values: Floats, asked: NDArray[np.int64]) -> None:
        """Nothing is told of pairs."""

    @cached_property
    def _made(self) -> Floats:
        return np.array(self.rows, dtype=np.float64)

    def _explained(self, values: Floats, seed: int) -> Floats:
        reference, base = self._made[0], self.margins[0]
        orders = antithetic_orders(len(self.columns), ORDERS, seed)
        result = np.empty((len(values), len(self.columns) + 1))
        result[:, -1] = base
        for place, row in enumerate(values):
            result[place, :-1] = (
                exact_of_sum(self.margin, row, reference, base)
                if self.exact
                else sampled(self.margin, row, reference, base, orders)
            )
        return result


def _otherwise(told: Label) -> RunError:
    return RunError(
        zh=f"{ESTIMATOR} 给出的与保存时不同（{told.zh}），没有使用：多半是安装的 scikit-learn 与训练时的版本不同"
        "（模型的 facts.libraries 记有版本）。请装回该版本，或重新训练。",
        en=f"What {ESTIMATOR} says is not what it said when it was kept ({told.en}), and it was not used: most likely "
        "another version of scikit-learn is installed than it was trained with (facts.libraries of the model names "
        "it). Install that one, or train again.",
    )


def _margins(model: Any, values: Floats, columns: Sequence[str]) -> Floats:
    import joblib
    import pandas as pd

    from riskml.training.log_odds import log_odds_of

    # Row by row in memory: laid out in another way, what it multiplies and adds up is rounded in another way.
    rows = pd.DataFrame(np.ascontiguousarray(values), columns=list(columns))
    # Threads would add up in the order in which they end.
    with joblib.parallel_config(backend="sequential"):
        return np.round(log_odds_of(model, rows), DIGITS)
