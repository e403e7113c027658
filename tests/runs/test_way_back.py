"""The way back: its certificates hold when every set is graded by itself, and time does what later runs would say."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta
from functools import cache

import pytest
from choices import SCHEMES, T, burdened, rescorer_of, silent

from riskml.core.language import Language, speaking
from riskml.core.workspace import Workspace
from riskml.engines.duckdb import connect, literals
from riskml.explaining.way_back import WayBack
from riskml.explaining.way_back_told import sections, way_back_page
from riskml.records.copies import stepwise
from riskml.records.repair import load_repair
from riskml.records.store import open_store
from riskml.relations.neighbourhood import Neighbourhood
from riskml.runs.future import MONTHS
from riskml.runs.repair_sets import is_proved
from riskml.runs.way_back import Way, way_back
from riskml.runs.way_of_one import way_of_one

pytestmark = pytest.mark.long


@cache
def ways(workspace: Workspace, scheme: str) -> tuple[Way, ...]:
    """The ways back of enterprises that have a few steps and are not graded best."""
    rescorer, law = rescorer_of(workspace, scheme), load_repair(workspace.features)
    found = list[Way]()
    for enterprise_id in burdened(workspace, scheme, 80):
        way = Way(rescorer, law, rescorer.around(enterprise_id), T)
        if 1 <= way.allowed_today <= 4 and way.certificates:
            found.append(way)
        if len(found) == 3:
            break
    return tuple(found)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_certificates_hold_when_every_set_is_graded_by_itself(whole_province: Workspace, scheme: str) -> None:
    found = ways(whole_province, scheme)
    assert found
    for way in found[:1]:
        steps = way.steps[: way.allowed_today]
        for one in way.certificates:
            assert is_proved(way.rescorer, way.around, steps, one)


def test_a_certificate_that_says_something_else_is_refused(whole_province: Workspace) -> None:
    for scheme in SCHEMES:
        for way in ways(whole_province, scheme):
            steps = way.steps[: way.allowed_today]
            for one in way.certificates:
                if not one.sufficient or frozenset() in one.sufficient:
                    continue
                every = frozenset(range(len(steps)))
                wrong = [
                    replace(one, sufficient=()),
                    replace(one, sufficient=(), insufficient=(every,)),
                    replace(one, insufficient=()),
                    replace(one, sufficient=(frozenset(),), insufficient=()),
                    replace(one, proved=False),
                ]
                assert [is_proved(way.rescorer, way.around, steps, other) for other in wrong] == [False] * 5
                return
    pytest.fail("nobody has a way back")


def told(way: Way) -> WayBack:
    return way_back(way.rescorer.workspace, way.rescorer.policy.scheme.id, way.around.enterprise_id, T, silent)


def test_days_and_sets_ahead_are_those_of_grading_on_these_days(whole_province: Workspace) -> None:
    checked = Counter[str]()
    for scheme in SCHEMES:
        for way in ways(whole_province, scheme)[:2]:
            checked.update(days_and_sets_ahead(way))
    checked.update(days_and_sets_ahead(listed_of_late(whole_province)))
    expected = {"by_time", "by_steps", "now", "led to", "not led to", "left out", "shut out"}
    assert {one for one in expected if checked[one]} == expected, checked


def test_of_sets_beyond_those_searched_no_step_can_be_left_out(
    whole_province: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Graded by itself on the day, as if no more could be searched than single steps."""
    monkeypatch.setattr("riskml.runs.way_back.MOST_LATER", MONTHS)
    for scheme in SCHEMES:
        for way in ways(whole_province, scheme):
            found = told(way)
            sizes = {len(later.steps or ()) for one in found.grades for later in one.later[:3]}
            if 1 < max(sizes, default=0) < len(found.steps):
                assert {one.searched_later for one in found.grades} == {1}
                assert "left out" in set(days_and_sets_ahead(way))
                return
    pytest.fail("nobody needs several steps and not all")


def days_and_sets_ahead(way: Way) -> Iterator[str]:
    """Holds what is told of a way against grading on the days that are named; gives what was there to be held."""
    names, found = way.rescorer.policy.scheme.grade_names, told(way)

    def grade(day: date, chosen: tuple[int, ...]) -> int:
        tables = stepwise(way.around.tables, way.around.enterprise_id, way.steps, sum(1 << one for one in chosen))
        (one,) = way.rescorer.rescore(Neighbourhood(way.around.enterprise_id, tables), [day])
        return names.index(one.grade)

    every = tuple(range(len(found.steps)))
    for one in found.grades:
        rank = names.index(one.grade)
        for what, day, chosen in (("by_time", one.by_time, ()), ("by_steps", one.by_steps, every)):
            if day is not None:
                assert grade(day, chosen) <= rank < grade(day - timedelta(days=1), chosen)
                yield what
        assert (one.day is None) == (one.verdict != "wait")
        if one.now:
            assert (one.first, one.by_steps) == (None, None)
        for chosen in one.now:
            assert grade(T, chosen) <= rank
            yield "now"
        for later in one.later[:3]:
            if later.steps is None:
                assert grade(later.day, every) > rank
                yield "not led to"
                continue
            assert grade(later.day, later.steps) <= rank
            yield "led to"
            for gone in later.steps:
                assert grade(later.day, tuple(x for x in later.steps if x != gone)) > rank
                yield "left out"
    for rule in found.shut_out:
        assert rule.records
        last = (way.months[-1] if rule.until is None else rule.until - timedelta(days=1)), True
        for day, fires in [last, *([(rule.until, False)] if rule.until else [])]:
            tables = stepwise(way.around.tables, way.around.enterprise_id, way.steps, (1 << len(way.steps)) - 1)
            (one,) = way.rescorer.rescore(Neighbourhood(way.around.enterprise_id, tables), [day])
            assert (rule.rule in one.rules) == fires
        yield "shut out"


def listed_of_late(workspace: Workspace) -> Way:
    """The way of one whom the law does not let off a list yet."""
    rescorer = rescorer_of(workspace, "yunnan")
    connection = connect(workspace.spill)
    open_store(workspace.records).open_views(connection)
    listed = connection.sql(
        "SELECT min(enterprise_id) FROM serious_listing WHERE end_date IS NULL AND start_date > DATE '2026-01-01' "
        f"AND enterprise_id IN ({literals(burdened(workspace, 'yunnan', 400))})"
    )
    ((who,),) = listed.fetchall()
    return Way(rescorer, load_repair(workspace.features), rescorer.around(who), T)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_day_waited_for_is_the_one_that_is_told_of_everyone(whole_province: Workspace, scheme: str) -> None:
    for way in ways(whole_province, scheme)[:2]:
        found, one = told(way), way_of_one(way)
        assert one is not None
        expected = {"repair_now": "repair", "wait_until": "wait", "never": "never"}[one.standing]
        assert (found.grades[0].verdict, found.grades[0].day) == (expected, one.day)


def test_steps_beyond_those_that_can_be_graded_together_are_counted(
    whole_province: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    way = next(one for scheme in SCHEMES for one in ways(whole_province, scheme) if len(one.steps) > 1)
    monkeypatch.setattr("riskml.runs.way_back.MOST_STEPS", 1)
    found = told(way)
    assert (len(found.steps), found.left_out) == (1, len(way.steps) - 1)


def test_what_is_told_names_every_grade_and_step_in_one_language(whole_province: Workspace) -> None:
    found = told(ways(whole_province, "langfang")[0])
    page = way_back_page(found)
    assert found.subject.enterprise_id in page
    for spoken, title in ((Language.zh, "达到"), (Language.en, "To")):
        with speaking(spoken):
            said = sections(found)
            assert [one.title for one in said if one.title.startswith(title)] == [
                f"{title} {one.grade}" for one in found.grades
            ]
            assert len(said[0].lines) == len(found.steps)
            assert all(one.record_id in line for one, line in zip(found.steps, said[0].lines, strict=True))


def test_the_best_grade_is_told_to_be_the_best(whole_province: Workspace) -> None:
    rescorer = rescorer_of(whole_province, "langfang")
    for enterprise_id in reversed(burdened(whole_province, "langfang", 2000)):
        found = way_back(whole_province, "langfang", enterprise_id, T, silent)
        if not found.grades:
            assert found.grade == rescorer.policy.scheme.grade_names[0]
            (only,) = sections(found)
            assert only.verdict is not None
            return
    pytest.fail("nobody has the best grade")
