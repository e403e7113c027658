"""Whether a grade treats groups of enterprises alike: how often each is put among the riskier, and how often for
nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from riskml.training.evaluation import wilson
from riskml.training.ranking import Figure


@dataclass(frozen=True)
class GroupParity:
    """One group beside everyone.

    Parameters
    ----------
    attribute, group
        What enterprises are grouped by, and the group.
    enterprises
        Enterprises of the group among those graded.
    selection
        Its share of riskier grades over everyone's.
    selected_visits
        Visits to enterprises of the group that had a riskier grade.
    false_discovery
        The share of those visits that found no problem, over everyone's.

    Notes
    -----
    Intervals are the group's 95 % Wilson interval over everyone's rate; NaN where a rate is of no row.
    """

    attribute: str
    group: str
    enterprises: int
    selection: Figure
    selected_visits: int
    false_discovery: Figure


def group_parity(
    attribute: str,
    *,
    group: ArrayLike,
    selected: ArrayLike,
    visit_group: ArrayLike,
    visit_selected: ArrayLike,
    problem: ArrayLike,
) -> tuple[GroupParity, ...]:
    """Every group's figures, in the order of their names.

    Parameters
    ----------
    attribute
        What the groups are of.
    group, selected : arrays of shape (n,)
        Each enterprise's group, and whether its grade is one of the riskier.
    visit_group, visit_selected, problem : arrays of shape (m,)
        The same of each visited enterprise before the visit, and whether the visit found a problem. Visits that
        suspicion did not choose: otherwise the rates are those of the suspects.

    Examples
    --------
    >>> figures = group_parity("size", group=["s", "s", "l", "l"], selected=[1, 1, 1, 0],
    ...     visit_group=["s", "l"], visit_selected=[1, 1], problem=[1, 0])
    >>> [(one.group, round(one.selection.value, 2), one.false_discovery.value) for one in figures]
    [('l', 0.67, 2.0), ('s', 1.33, 0.0)]
    """
    everyone = pd.DataFrame({"group": np.asarray(group, dtype=str), "selected": np.asarray(selected, dtype=bool)})
    visits = pd.DataFrame(
        {
            "group": np.asarray(visit_group, dtype=str),
            "selected": np.asarray(visit_selected, dtype=bool),
            "nothing": ~np.asarray(problem, dtype=bool),
        }
    )
    visits = visits[visits["selected"]]
    share, idle = float(everyone["selected"].mean()), float(visits["nothing"].mean())
    figures = []
    for name in sorted({*everyone["group"], *visits["group"]}):
        members, seen = everyone[everyone["group"] == name], visits[visits["group"] == name]
        figures.append(
            GroupParity(
                attribute=attribute,
                group=name,
                enterprises=len(members),
                selection=_ratio(int(members["selected"].sum()), len(members), share),
                selected_visits=len(seen),
                false_discovery=_ratio(int(seen["nothing"].sum()), len(seen), idle),
            )
        )
    return tuple(figures)


def _ratio(count: int, rows: int, everyone: float) -> Figure:
    if not rows or not everyone > 0:
        return Figure(math.nan, math.nan, math.nan)
    low, high = wilson(count, rows)
    return Figure(count / rows / everyone, low / everyone, high / everyone)
