"""The inspector's and the office's strictness: how often they usually find a problem, to be adjusted for and never to
be scored by.

What a visit finds depends on the enterprise and on who looks. Given to `RiskClassifier.fit` as ``init_score``, the
strictness explains the second part, so that the trees learn the first; scores are made without it, which is the same
ranking as their mean over any mix of inspectors.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import logit

Floats = NDArray[np.float64]

STRICTNESS_DAYS = 365
"""How far back an inspector's visits tell how strict the inspector is."""

INSPECTOR_WEIGHT = 30
"""Visits' worth of the office's rate that an inspector's rate is shrunk towards."""

OFFICE_WEIGHT = 60
"""Visits' worth of everyone's rate that an office's rate is shrunk towards."""

EVERYONE_WEIGHT = 20
"""Visits' worth of one problem found that everyone's rate begins with, so that it is never 0 or 1."""


def strictness(cohort: pd.DataFrame, undirected: NDArray[np.bool_] | None = None) -> Floats:
    """Log-odds that a visit's inspector finds a problem, from strictly earlier visits only.

    An outcome never enters its own visit's offset, nor that of another visit on the same day: the offset is what could
    be known on the evening before, and serves a judged visit as it serves one learnt from.

    Parameters
    ----------
    cohort
        What `read_cohort` gives: ``visit``, ``visit_date``, ``outcome``, ``inspector`` and ``authority``, n rows.
    undirected : array of shape (n,), optional
        The rows whose outcomes tell of strictness. Inspectors sent to suspects find more and would look stricter than
        they are: leave such visits out where others exist. All rows where None.

    Returns
    -------
    array of shape (n,)
        In log-odds. The office's rate where the inspector is not on record or has made no visit in `STRICTNESS_DAYS`,
        and everyone's where the office has made none either.

    Examples
    --------
    >>> visits = pd.DataFrame({"visit": range(300), "visit_date": pd.date_range("2025-01-01", periods=300),
    ...     "inspector": ["mild", "strict", None] * 100, "authority": None, "outcome": [0, 1, 0] * 100})
    >>> rate = 1 / (1 + np.exp(-strictness(visits)[-3:]))
    >>> rate.round(2).tolist()
    [0.07, 0.84, 0.32]
    """
    first = ~cohort["visit"].duplicated().to_numpy()
    visits = cohort[first]
    counted = np.ones(len(visits)) if undirected is None else undirected[first].astype(np.float64)
    days = visits["visit_date"].to_numpy(dtype="datetime64[D]").astype(np.int64)
    outcomes = visits["outcome"].to_numpy(dtype=np.float64)
    problems, number = _before(days, outcomes, counted)
    rate = (problems + 1) / (number + EVERYONE_WEIGHT)
    for column, weight in (("authority", OFFICE_WEIGHT), ("inspector", INSPECTOR_WEIGHT)):
        wider = rate.copy()
        for places in visits.groupby(column).indices.values():
            problems, number = _before(days[places], outcomes[places], counted[places])
            rate[places] = (problems + weight * wider[places]) / (number + weight)
    offsets = pd.Series(logit(rate), index=visits["visit"].to_numpy())
    return offsets.loc[cohort["visit"]].to_numpy(dtype=np.float64)


def _before(days: NDArray[np.int64], outcomes: Floats, counted: Floats) -> tuple[Floats, Floats]:
    """Problems found and visits made, of those that count, in the `STRICTNESS_DAYS` before each visit's own day."""
    order = np.argsort(days, kind="stable")
    ordered = days[order]
    problems = np.concatenate([[0.0], np.cumsum((outcomes * counted)[order])])
    visits = np.concatenate([[0.0], np.cumsum(counted[order])])
    until = np.searchsorted(ordered, days, side="left")
    since = np.searchsorted(ordered, days - STRICTNESS_DAYS, side="left")
    return problems[until] - problems[since], visits[until] - visits[since]
