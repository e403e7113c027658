"""What to make of enterprises that nobody inspected: not clean, and not unknown either.

Taken for clean, the never-inspected would teach that whoever is not suspected is harmless; left out, the model is
fitted where the offices went and guessed elsewhere. Here each counts partly as a problem and partly as none: the two
learning procedures below differ in what is taken as known.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike, NDArray

Floats = NDArray[np.float64]

Rows = tuple[pd.DataFrame, NDArray[np.int64], Floats]
"""Indicators, outcomes and weights, ready to be fitted on."""


def with_uninspected(indicators: pd.DataFrame, outcome: ArrayLike, uninspected: pd.DataFrame, risk: ArrayLike) -> Rows:
    """The visits, and every uninspected enterprise twice: as a problem by its expected risk, and as none by the rest.

    One step of expectation and maximisation, in which the visited keep what was found. It is honest as long as, among
    enterprises with the same indicators, the visited are no riskier than the others; random draws in the test part show
    it where they are not. The uninspected weigh as much as the visits altogether, however many there are.

    Parameters
    ----------
    indicators, outcome
        The visits, of shapes (n, k) and (n,).
    uninspected : data frame of shape (m, k)
    risk : array of shape (m,)
        Probability that a visit would have found a problem, by a model fitted on the visits.

    Examples
    --------
    >>> visits, never = pd.DataFrame({"a": [1.0, 2.0]}), pd.DataFrame({"a": [3.0]})
    >>> rows, found, weight = with_uninspected(visits, [0, 1], never, [0.25])
    >>> rows["a"].tolist(), found.tolist(), weight.tolist()
    ([1.0, 2.0, 3.0, 3.0], [0, 1, 1, 0], [1.0, 1.0, 0.5, 1.5])
    """
    found, expected = np.asarray(outcome, dtype=np.int64), np.asarray(risk, dtype=np.float64)
    share = len(found) / len(uninspected)
    return (
        pd.concat([indicators, uninspected, uninspected], ignore_index=True),
        np.concatenate([found, np.ones(len(uninspected), np.int64), np.zeros(len(uninspected), np.int64)]),
        np.concatenate([np.ones(len(found)), share * expected, share * (1 - expected)]),
    )


def problems_against_everyone(
    indicators: pd.DataFrame, outcome: ArrayLike, weight: ArrayLike, population: pd.DataFrame
) -> Rows:
    """Positive and unlabelled: the problems found, weighted by inverse propensity, against a sample of everyone.

    What visits that found nothing say is not used: this is all there is where clean visits are not kept. The order it
    learns is that of the risk (odds of a problem against the population), the probability is left to calibration.

    Parameters
    ----------
    indicators, outcome, weight
        The visits, of shapes (n, k), (n,) and (n,).
    population : data frame of shape (m, k)

    References
    ----------
    C. Elkan and K. Noto, "Learning classifiers from only positive and unlabeled data", 2008; J. Bekker, P. Robberechts
    and J. Davis, "Beyond the selected completely at random assumption", 2019, for the propensity.
    """
    problem = np.asarray(outcome) == 1
    return (
        pd.concat([indicators[problem], population], ignore_index=True),
        np.repeat([1, 0], [int(problem.sum()), len(population)]),
        np.concatenate([np.asarray(weight, dtype=np.float64)[problem], np.ones(len(population))]),
    )
