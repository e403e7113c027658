"""The true risk of a simulated province, and how well a score ranks by it. Nothing that learns or grades may
read it.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq
from numpy.typing import ArrayLike, NDArray

from riskml.core.workspace import Workspace

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class TrueRisk:
    """The probability that a random draw in the coming year finds a problem: by enterprise and month-end."""

    table: pd.DataFrame

    def of(self, pairs: pd.DataFrame) -> Floats:
        """The risk of some enterprises in the months of their as-of dates; NaN where they were not registered. Shape
        (n,).
        """
        wanted = pd.DataFrame({
            "enterprise_id": pairs["enterprise_id"].to_numpy(),
            "month_end": (pd.to_datetime(pairs["as_of"]) + pd.offsets.MonthEnd(0)).to_numpy().astype("datetime64[s]"),
        })  # fmt: skip
        return wanted.merge(self.table, on=["enterprise_id", "month_end"], how="left")["risk"].to_numpy(
            dtype=np.float64
        )


def read_true_risk(workspace: Workspace) -> TrueRisk | None:
    """The truth of the workspace's simulated province; None where there is none."""
    path: Path = workspace.data / "truth" / "hidden_risk.parquet"
    if not path.exists():
        return None
    table = pq.read_table(path, columns=["enterprise_id", "month_end", "risk"]).to_pandas()
    table["month_end"] = table["month_end"].to_numpy().astype("datetime64[s]")
    return TrueRisk(table)


def expected_auc(score: ArrayLike, probability: ArrayLike) -> float:
    """AUC that is to be expected where each row is a problem with a known probability.

    The sum of p_i (1 − p_j) over pairs in which i scores higher (half of it where they score alike), over the sum over
    all pairs.

    Examples
    --------
    >>> round(expected_auc([1.0, 2.0, 3.0], [0.0, 0.0, 1.0]), 3), round(expected_auc([1.0, 1.0], [0.2, 0.7]), 3)
    (1.0, 0.5)
    """
    given, p = np.asarray(score, dtype=np.float64), np.asarray(probability, dtype=np.float64)
    number = np.unique(given, return_inverse=True)[1]
    problems, clean = np.bincount(number, p), np.bincount(number, 1 - p)
    below = np.cumsum(clean) - clean
    pairs = float(p.sum() * (1 - p).sum() - (p * (1 - p)).sum())
    # A row makes no pair with itself.
    alone = np.bincount(number, p * (1 - p))
    return float((problems * below + (problems * clean - alone) / 2).sum() / pairs)
