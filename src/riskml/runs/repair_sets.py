"""The smallest sets of steps that lead to a better grade, or a proof that none does.

With few steps every set is graded, so that nothing need be supposed of how grades move. The certificate is two lists of
sets: the smallest that suffice, and the largest in which none of these is contained. Every set contains one of the
first or is contained in one of the second.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from riskml.records.copies import Step, stepwise
from riskml.relations.neighbourhood import Neighbourhood
from riskml.runs.rescoring import Rescorer
from riskml.runs.scenarios import Scenarios

MOST_STEPS = 12
"""With so many steps or fewer every set is graded."""

MOST_SETS = 4096
"""With more, so many sets are graded at most, the smallest first."""

Flags = NDArray[np.bool_]

Sets = tuple[frozenset[int], ...]


@dataclass(frozen=True)
class Certificate:
    """What leads to a grade or a better one on one day, by the places of steps.

    Parameters
    ----------
    sufficient
        The sets that lead there and of which no smaller part does.
    insufficient
        The largest sets that contain none of these: no part of them leads there. Empty where it is not proved.
    proved
        Whether these are all; otherwise there may be further sets of more than `searched` steps.
    searched
        Every set of so many steps or fewer was graded, and that of all steps.
    """

    grade: str
    day: date
    sufficient: Sets
    insufficient: Sets
    proved: bool
    searched: int


def certificates(scenarios: Scenarios, day: date) -> tuple[Certificate, ...]:
    """What leads to each better grade than the present one, the next better first; nothing where it is the best."""
    names, steps = scenarios.scheme.grade_names, len(scenarios.steps)
    choices, searched = choices_tried(steps)
    every = searched == steps
    ranks, found = scenarios.ranks(choices, day), list[Certificate]()
    for rank in range(int(ranks[0]) - 1, -1, -1):
        sets = _antichains(ranks <= rank, steps) if every else (_smallest(choices[ranks <= rank].tolist()), ())
        found.append(Certificate(names[rank], day, *sets, proved=every, searched=searched))
    return tuple(found)


def choices_tried(steps: int) -> tuple[NDArray[np.int64], int]:
    """The choices among so many steps that are graded, and up to how many steps together all are among them.

    >>> choices_tried(2)[0].tolist(), [len(choices_tried(many)[0]) for many in (12, 13, 40)]
    ([0, 1, 2, 3], [4096, 379, 822])
    """
    if steps <= MOST_STEPS:
        return np.arange(1 << steps), steps
    searched = _affordable(steps)
    return np.array([*sets_up_to(steps, searched), (1 << steps) - 1]), searched


def sets_up_to(steps: int, most: int) -> list[int]:
    """Every choice of at most `most` of so many steps, the smallest first.

    >>> sets_up_to(3, 2)
    [0, 1, 2, 4, 3, 5, 6]
    """
    return [sum(1 << one for one in chosen) for size in range(most + 1) for chosen in combinations(range(steps), size)]


def places(choice: int) -> frozenset[int]:
    """The places of the steps of a choice.

    >>> sorted(places(0b1101))
    [0, 2, 3]
    """
    return frozenset(place for place in range(choice.bit_length()) if choice >> place & 1)


def _affordable(steps: int) -> int:
    """Up to how many steps together every set can be graded."""
    sizes = [len(sets_up_to(steps, most)) <= MOST_SETS for most in range(1, 4)]
    return max(1, sum(sizes))


def _smallest(choices: Iterable[int]) -> Sets:
    """Those of some choices, the smallest first, that contain no other."""
    found = list[int]()
    for choice in choices:
        if not any(choice & one == one for one in found):
            found.append(choice)
    return tuple(map(places, found))


def _antichains(suffices: Flags, steps: int) -> tuple[Sets, Sets]:
    """The smallest sets that suffice, and the largest that contain none of them.

    Parameters
    ----------
    suffices
        Shape (2 ** steps,): of every choice whether it suffices.
    """
    above = suffices.copy()
    for half in _halves(above, steps):
        half[:, 1] |= half[:, 0]
    larger, smaller = np.zeros_like(above), np.zeros_like(above)
    for part, own in zip(_halves(larger, steps), _halves(above, steps), strict=True):
        part[:, 1] |= own[:, 0]
    for part, own in zip(_halves(smaller, steps), _halves(above, steps), strict=True):
        part[:, 0] |= ~own[:, 1]
    ordered = [sorted(map(int, np.flatnonzero(flags)), key=lambda one: (one.bit_count(), one))
               for flags in (above & ~larger, ~above & ~smaller)]  # fmt: skip
    return tuple(map(places, ordered[0])), tuple(map(places, ordered[1]))


def _halves(flags: Flags, steps: int) -> list[NDArray[np.bool_]]:
    """For each step a view of shape (·, 2, ·): the choices without it, and the same with it."""
    return [flags.reshape(-1, 2, 1 << place) for place in range(steps)]


def is_proved(rescorer: Rescorer, around: Neighbourhood, steps: tuple[Step, ...], certificate: Certificate) -> bool:
    """Whether a certificate holds, found by grading every set that it is about one by one: nothing of the search is
    used.

    Every set of steps must contain a sufficient one or be contained in an insufficient one. The sufficient lead to the
    grade; no proper part of them does, nor any part of an insufficient one.
    """
    names = rescorer.policy.scheme.grade_names
    wanted = names.index(certificate.grade)
    graded = dict[frozenset[int], bool]()

    def leads(chosen: frozenset[int]) -> bool:
        if chosen not in graded:
            tables = stepwise(around.tables, around.enterprise_id, steps, sum(1 << one for one in chosen))
            (one,) = rescorer.rescore(Neighbourhood(around.enterprise_id, tables), [certificate.day])
            graded[chosen] = names.index(one.grade) <= wanted
        return graded[chosen]

    def parts(chosen: frozenset[int]) -> Iterable[frozenset[int]]:
        return (frozenset(part) for size in range(len(chosen) + 1) for part in combinations(sorted(chosen), size))

    every = parts(frozenset(range(len(steps))))
    return (
        certificate.proved
        and all(map(leads, certificate.sufficient))
        and not any(leads(part) for one in certificate.sufficient for part in parts(one) if part != one)
        and not any(leads(part) for one in certificate.insufficient for part in parts(one))
        and all(
            any(one <= chosen for one in certificate.sufficient)
            or any(chosen <= one for one in certificate.insufficient)
            for chosen in every
        )
    )
