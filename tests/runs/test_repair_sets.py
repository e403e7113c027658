"""Which sets of steps lead to a better grade, over made-up grades: every claim against its own definition."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import combinations
from pathlib import Path
from types import SimpleNamespace

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from riskml.core.language import Language, speaking
from riskml.explaining.way_back import ToGrade, WayBack
from riskml.explaining.way_back_told import sections
from riskml.runs.future import MONTHS, month_ends
from riskml.runs.repair_sets import MOST_SETS, Certificate, certificates, how_many_up_to, sets_up_to, size_within
from riskml.runs.way_back import MOST_LATER, Way
from riskml.schemes.scheme import load_scheme

DAY = date(2026, 10, 31)


@dataclass(eq=False)
class MadeUp:
    """Choices with made-up grades; whatever holds all of `enough` has the grade B besides."""

    count: int
    by_choice: dict[int, int]
    most: int = 3
    asked: int = 0
    enough: int | None = None

    @property
    def steps(self) -> range:
        return range(self.count)

    @property
    def scheme(self) -> SimpleNamespace:
        return SimpleNamespace(grade_names=("A", "B", "C", "D"))

    def ranks(self, choices: np.ndarray, day: date) -> np.ndarray:
        assert day == DAY
        self.asked += len(choices)
        return np.array([self.rank(int(one)) for one in choices])

    def rank(self, choice: int) -> int:
        suffices = self.enough is not None and choice & self.enough == self.enough
        return self.by_choice.get(choice, 1 if suffices else self.most)

    def grade(self, choices: list[int]) -> None:
        self.asked += len(choices)


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


def test_how_many_sets_there_are_is_counted_without_making_them() -> None:
    assert [how_many_up_to(9, most) for most in range(10)] == [len(sets_up_to(9, most)) for most in range(10)]
    assert how_many_up_to(62, 62) == 2**62
    assert [size_within(30, limit) for limit in (30, 31, 466, 2**30)] == [1, 1, 2, 30]


def test_of_thirteen_steps_the_set_of_all_is_told_less_what_can_be_left_out() -> None:
    made = MadeUp(13, {(1 << 13) - 1: 0}, enough=0b10_1011_0001)
    better = {one.grade: one for one in certificates(made, DAY)}  # type: ignore[arg-type]
    assert better["B"].sufficient == (frozenset({0, 4, 5, 7, 9}),)
    assert better["A"].sufficient == (frozenset(range(13)),)  # no other set has it
    assert not better["B"].proved
    assert better["B"].searched == 3


def test_where_a_step_makes_it_worse_it_is_left_out_and_then_others_can_be() -> None:
    """Without step 12 step 11 is needed no more: what is told holds for the set that is left."""
    every = (1 << 13) - 1
    kept = every & ~(1 << 12)
    made = MadeUp(13, {every: 1, kept: 1, kept & ~(1 << 11): 1})
    assert certificates(made, DAY)[0].sufficient == (frozenset(range(11)),)  # type: ignore[arg-type]


def way_of(steps: int, enough: int) -> Way:
    """A way whose made-up steps lead to B at every month-end where all of `enough` are made."""
    made = MadeUp(steps, {}, enough=enough)
    way = Way(SimpleNamespace(policy=SimpleNamespace(scheme=made.scheme)), None, None, DAY)  # type: ignore[arg-type]
    way.steps = tuple(made.steps)  # type: ignore[assignment]
    way.months = (month := month_ends(DAY)[0],)
    way.ahead = {month: SimpleMonth(steps, {}, enough=enough)}  # type: ignore[dict-item]
    return way


class SimpleMonth(MadeUp):
    """The same on whatever day."""

    def ranks(self, choices: np.ndarray, day: date) -> np.ndarray:
        return super().ranks(choices, DAY)


def test_at_month_ends_what_can_be_left_out_of_nine_steps_is() -> None:
    way = way_of(9, 0b1_0110_1101)
    assert way.searched_later == 5
    assert how_many_up_to(9, 5) * MONTHS <= MOST_LATER < how_many_up_to(9, 6) * MONTHS
    assert list(way._smallest[1].values()) == [0b1_0110_1101]
    assert list(way._smallest[0].values()) == [None]


def test_thirty_steps_are_searched_as_far_as_is_affordable() -> None:
    way = way_of(30, 0b1111)
    assert way.searched_later == 1
    assert list(way._smallest[1].values()) == [0b1111]
    assert way.ahead[way.months[0]].asked < 200  # type: ignore[attr-defined]


def test_a_set_that_may_not_be_a_smallest_is_told_to_be_such() -> None:
    scheme = load_scheme(Path(__file__).parents[2] / "models" / "yunnan" / "scheme.yaml")

    def lines(now: tuple[int, ...], searched: int) -> str:
        one = ToGrade("B", (now,), (), searched == 13, searched, None, None, (), 13)
        found = WayBack(None, scheme, DAY, "C", None, (), 0, (one,), (), None, simulated=True)  # type: ignore[arg-type]
        return " ".join(sections(found)[1].lines)

    with speaking(Language.en):
        assert "a smaller one may do" in lines((0, 1, 2, 3), 3)
        assert "a smaller one may do" not in lines((0, 1, 2), 3)
        assert "there may be further sets of more steps" in lines((0, 1, 2), 3)
        assert "(proved)" in lines((0, 1, 2, 3), 13)
    with speaking(Language.zh):
        assert "可能有更小的组合也够" in lines((0, 1, 2, 3), 3)
