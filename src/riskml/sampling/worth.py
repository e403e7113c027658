"""What a plan is worth: the problems that it finds, beside other ways of spending as many visits.

Two questions, one computation. Replay: where it is known what a visit to anyone would find, plans are carried out on
paper. History: where only some were visited, and with what chance is known, what those found is weighed by how likely
each plan would have sent somebody there; the model's risk, added up over everyone whom a plan would visit, is corrected
by what it missed (M. Dudík, J. Langford and L. Li, 2011: right where either the chances or the risk are).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskml.core.language import Label
from riskml.training.ranking import Figure, cluster_numbers, interval, resample_count, resample_weights

Floats = NDArray[np.float64]

UNIFORM, GREEDY, PLAN = "uniform", "greedy", "plan"
"""Everyone with the same chance; by the score alone; by the score, and everyone with a least chance."""

PENALTIES, PREVIOUS = "past_penalties", "previous"
"""By the count of past penalties; by the score that the plan before went by."""

NAMES = {
    UNIFORM: Label("均匀随机", "uniform"),
    PENALTIES: Label("按既往处罚", "by past penalties"),
    PREVIOUS: Label("按上期得分", "by the previous score"),
    GREEDY: Label("只按得分", "by score alone"),
    PLAN: Label("计划（人人有下限）", "plan (everyone has a least chance)"),
}
"""The policies, from the plainest on."""

RESAMPLES = 1000


@dataclass(frozen=True)
class Outcomes:
    """Visits that were made, or, in a replay, everyone: n rows.

    Parameters
    ----------
    problem
        What was found, 0 or 1; in a replay on a simulated province the probability of a problem.
    enterprise
        Resampled whole.
    weight
        How many each stands for: the inverse of its chance of having been visited. 1 where None.
    risk
        The model's probability of a problem; None where nothing is modelled.
    """

    problem: Floats
    enterprise: NDArray[np.object_]
    weight: Floats | None = None
    risk: Floats | None = None


@dataclass(frozen=True)
class Policy:
    """A way of choosing whom to visit.

    Parameters
    ----------
    chance
        That it visits each of the n rows of `Outcomes`.
    risk
        The model's mean risk of everyone whom it would visit, visited or not; None where nothing is modelled.
    """

    chance: Floats
    risk: float | None = None


@dataclass(frozen=True)
class Worth:
    """One policy.

    Parameters
    ----------
    rate
        Problems for each visit.
    times_uniform, below_greedy
        How many times those of uniform drawing; which share fewer than by the score alone. Each from the same
        resamples, at equal visits.
    effective
        How many visits, all weighing the same, say as much as those that it rests on (L. Kish).
    heaviest
        The share that one visit has in it.
    """

    rate: Figure
    times_uniform: Figure
    below_greedy: Figure
    effective: float
    heaviest: float


def first_of(order: ArrayLike, everyone: ArrayLike, share: float) -> Floats:
    """The chance of each row to be visited where a share of everyone is, the highest first; those alike share alike.

    Parameters
    ----------
    order : array of shape (n,)
        What the rows are ordered by.
    everyone : array of shape (m,)
        The same of everyone, or of a sample of everyone.
    share
        0 to 1.

    Examples
    --------
    >>> first_of([3.0, 2.0, 1.0], [1.0, 2.0, 2.0, 3.0], 0.5).tolist()
    [1.0, 0.5, 0.0]
    """
    own, all_ = np.asarray(order, dtype=np.float64), np.sort(np.asarray(everyone, dtype=np.float64))
    wanted = share * len(all_)
    above = len(all_) - np.searchsorted(all_, own, side="right")
    alike = len(all_) - above - np.searchsorted(all_, own, side="left")
    chance: Floats = np.clip((wanted - above) / np.maximum(alike, 1), 0.0, 1.0)
    return chance


def with_least(order: ArrayLike, everyone: ArrayLike, share: float, least: float) -> Floats:
    """The same where everyone has a chance of at least `least`, and what is left of the visits goes by the order.

    >>> with_least([2.0, 1.0], [1.0, 2.0], 0.5, 0.2).round(3).tolist()
    [0.8, 0.2]
    """
    if least > share:
        raise ValueError(f"everyone is to have a chance of {least}, with visits for {share} of them")
    return least + (1 - least) * first_of(order, everyone, (share - least) / (1 - least))


def compare(outcomes: Outcomes, policies: Mapping[str, Policy], seed: int = 0) -> dict[str, Worth]:
    """The worth of each policy; `UNIFORM` and `GREEDY` have to be among them.

    Intervals are 95 % ones over resamples of enterprises. They leave out that a model would have been another one on
    other records.
    """
    found = outcomes.problem
    weight = np.ones(len(found)) if outcomes.weight is None else outcomes.weight
    risk = np.zeros(len(found)) if outcomes.risk is None else outcomes.risk
    amounts = np.column_stack([policy.chance * weight for policy in policies.values()])
    modelled = np.array([policy.risk or 0.0 for policy in policies.values()])
    clusters = cluster_numbers(outcomes.enterprise, len(found))
    drawn = [np.ones((1, len(found)))]
    drawn += resample_weights(clusters, resample_count(len(found), RESAMPLES), seed)
    names = list(policies)
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = np.concatenate([modelled + (w @ (amounts * (found - risk)[:, None])) / (w @ amounts) for w in drawn])
        times = rates / rates[:, [names.index(UNIFORM)]]
        fewer = 1 - rates / rates[:, [names.index(GREEDY)]]
    kish = amounts.sum(axis=0) ** 2 / (amounts**2).sum(axis=0)
    heaviest = amounts.max(axis=0) / amounts.sum(axis=0)
    return {
        name: Worth(
            rate=_figure(rates[:, place]),
            times_uniform=_figure(times[:, place]),
            below_greedy=_figure(fewer[:, place]),
            effective=float(kish[place]),
            heaviest=float(heaviest[place]),
        )
        for place, name in enumerate(names)
    }


def told(worth: Worth) -> tuple[str, str, str]:
    """Its three figures with their intervals, for a table."""
    rate, times, fewer = worth.rate, worth.times_uniform, worth.below_greedy
    return (
        f"{rate.value:.1%} [{rate.low:.1%}, {rate.high:.1%}]",
        f"{times.value:.2f} [{times.low:.2f}, {times.high:.2f}]",
        f"{fewer.value:.1%} [{fewer.low:.1%}, {fewer.high:.1%}]",
    )


def _figure(drawn: Floats) -> Figure:
    return interval(float(drawn[0]), drawn[1:])
