"""The smallest sets of steps that lead to a better grade, or a proof that none does.

With few steps every set is graded, so that nothing need be supposed of how grades move. The certificate is two lists of
sets: the smallest that suffice, and the largest in which none of these is contained. Every set contains one of the
first or is contained in one of the second.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date
from functools import reduce
from itertools import combinations
from math import comb
from operator import and_

import numpy as np
from numpy.typing import NDArray

from riskml.records.copies import Step, stepwise
from riskml.relations.neighbourhood import Neighbourhood
from riskml.runs.rescoring import Rescorer
from riskml.runs.scenarios import Scenarios

EVERY_SET_UP_TO = 12
"""With so many steps or fewer every set is graded."""

MOST_SETS = 4096
"""With more, so many sets are graded at most, the smallest first, up to `MOST_TOGETHER` steps together."""

MOST_TOGETHER = 3

Flags = NDArray[np.bool_]

Sets = tuple[frozenset[int], ...]


@dataclass(frozen=True)
class Certificate:
    """What leads to a grade or a better one on one day, by the places of steps.

    Parameters
    ----------
    sufficient
        The sets that lead there and of which no smaller part does. Of one with more than `searched` steps no single
        step can be left out, but not every smaller part was graded.
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
        if every:
            sets = _antichains(ranks <= rank, steps)
        else:
            small = _smallest(choices[ranks <= rank].tolist())
            sets = tuple(places(shrunk(scenarios, day, one, rank, searched)) for one in small), ()
        found.append(Certificate(names[rank], day, *sets, proved=every, searched=searched))
    return tuple(found)


def choices_tried(steps: int) -> tuple[NDArray[np.int64], int]:
    """The choices among so many steps that are graded, and up to how many steps together all are among them.

    >>> choices_tried(2)[0].tolist(), [len(choices_tried(many)[0]) for many in (12, 13, 40)]
    ([0, 1, 2, 3], [4096, 379, 822])
    """
    if steps <= EVERY_SET_UP_TO:
        return np.arange(1 << steps), steps
    searched = min(MOST_TOGETHER, size_within(steps, MOST_SETS))
    return np.array([*sets_up_to(steps, searched), (1 << steps) - 1]), searched


def sets_up_to(steps: int, most: int) -> list[int]:
    """Every choice of at most `most` of so many steps, the smallest first.

    >>> sets_up_to(3, 2)
    [0, 1, 2, 4, 3, 5, 6]
    """
    return [sum(1 << one for one in chosen) for size in range(most + 1) for chosen in combinations(range(steps), size)]


def how_many_up_to(steps: int, most: int) -> int:
    """How many choices `sets_up_to` gives.

    >>> how_many_up_to(3, 2), how_many_up_to(62, 31) > 10**18
    (7, True)
    """
    return sum(comb(steps, size) for size in range(most + 1))


def size_within(steps: int, limit: int) -> int:
    """Up to how many steps together every set can be graded where there may be `limit` of these; one at least.

    >>> size_within(8, 256), size_within(9, 256), size_within(62, 1), size_within(0, 1)
    (8, 4, 1, 0)
    """
    return max((size for size in range(1, steps + 1) if how_many_up_to(steps, size) <= limit), default=min(1, steps))


def shrunk(scenarios: Scenarios, day: date, choice: int, rank: int, searched: int) -> int:
    """A part of a choice that leads on a day to the grade of a rank or a better one, and of which no single step can be
    left out. As long as there are such steps, all of them are, where the rest leads there, or else the last.

    Parameters
    ----------
    choice
        Leads there, and of its parts of up to `searched` steps none does.
    """
    while choice.bit_count() > searched:
        less = [choice & ~(1 << place) for place in sorted(places(choice), reverse=True)]
        leads = np.flatnonzero(scenarios.ranks(less, day) <= rank)
        if not len(leads):
            break
        (together,) = scenarios.ranks([rest := reduce(and_, (less[at] for at in leads.tolist()))], day)
        choice = rest if together <= rank else less[int(leads[0])]
    return choice


def places(choice: int) -> frozenset[int]:
    """The places of the steps of a choice.

    >>> sorted(places(0b1101))
    [0, 2, 3]
    """
    return frozenset(place for place in range(choice.bit_length()) if choice >> place & 1)


def _smallest(choices: Iterable[int]) -> list[int]:
    """Those of some choices, the smallest first, that contain no other."""
    found = list[int]()
    for choice in choices:
        if not any(choice & one == one for one in found):
            found.append(choice)
    return found


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
