"""Which sets of steps lead to a better grade, over made-up grades: every claim against its own definition."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import combinations
from types import SimpleNamespace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from riskml.runs.repair_sets import MOST_SETS, Certificate, certificates, sets_up_to

DAY = date(2026, 10, 31)


@dataclass
class MadeUp:
    """Choices with made-up grades."""

    count: int
    by_choice: dict[int, int]
    most: int = 3
    asked: int = 0

    @property
    def steps(self) -> range:
        return range(self.count)

    @property
    def scheme(self) -> SimpleNamespace:
        return SimpleNamespace(grade_names=("A", "B", "C", "D"))

    def ranks(self, choices: np.ndarray, day: date) -> np.ndarray:
        assert day == DAY
        self.asked += len(choices)
        return np.array([self.by_choice.get(int(one), self.most) for one in choices])


def subsets(chosen: frozenset[int]) -> list[frozenset[int]]:
    return [frozenset(part) for size in range(len(chosen) + 1) for part in combinations(sorted(chosen), size)]


def number(chosen: frozenset[int]) -> int:
    return sum(1 << one for one in chosen)


@given(steps=st.integers(0, 5), data=st.data())
def test_the_two_lists_are_what_they_say_whatever_the_grades(steps: int, data: st.DataObject) -> None:
    """Also where taking one more step leads to a worse grade."""
    ranks = data.draw(st.lists(st.integers(0, 3), min_size=2**steps, max_size=2**steps))
    made = MadeUp(steps, dict(enumerate(ranks)))
    found = certificates(made, DAY)  # type: ignore[arg-type]
    assert [one.grade for one in found] == list("ABCD"[: ranks[0]])[::-1]
    every = subsets(frozenset(range(steps)))
    for one in found:
        assert one.proved
        good = {chosen for chosen in every if ranks[number(chosen)] <= "ABCD".index(one.grade)}
        assert set(one.sufficient) == {
            chosen for chosen in good if not any(part in good for part in subsets(chosen)[:-1])
        }
        without = {chosen for chosen in every if not any(part in good for part in subsets(chosen))}
        assert set(one.insufficient) == {chosen for chosen in without if not any(chosen < larger for larger in without)}
        assert list(one.sufficient) == sorted(one.sufficient, key=lambda chosen: (len(chosen), number(chosen)))


def test_the_best_grade_has_no_way_back() -> None:
    assert certificates(MadeUp(2, {}, most=0), DAY) == ()  # type: ignore[arg-type]


def test_with_many_steps_only_small_sets_are_graded_and_it_says_so() -> None:
    made = MadeUp(20, {0b11: 1, 0b111: 1, 1 << 19: 2, (1 << 20) - 1: 0})
    found = certificates(made, DAY)  # type: ignore[arg-type]
    assert made.asked <= MOST_SETS + 1
    assert not any(one.proved or one.insufficient for one in found)
    assert [one.searched for one in found] == [3, 3, 3]
    assert found[0] == Certificate("C", DAY, (frozenset({19}), frozenset({0, 1})), (), proved=False, searched=3)
    assert found[1].sufficient == (frozenset({0, 1}),)
    assert found[2].sufficient == (frozenset(range(20)),)


def test_many_more_steps_are_searched_less_far() -> None:
    assert certificates(MadeUp(60, {}), DAY)[0].searched == 2  # type: ignore[arg-type]
    assert len(sets_up_to(60, 2)) <= MOST_SETS < len(sets_up_to(60, 3))
