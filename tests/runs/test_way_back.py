"""The way back: its certificates hold when every set is graded by itself, and time does what later runs would say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from functools import cache

import pytest
from choices import SCHEMES, T, burdened, rescorer_of, silent

from riskml.core.language import Language, speaking
from riskml.core.workspace import Workspace
from riskml.explaining.way_back import WayBack
from riskml.explaining.way_back_told import sections, way_back_page
from riskml.records.copies import stepwise
from riskml.records.repair import load_repair
from riskml.relations.neighbourhood import Neighbourhood
from riskml.runs.repair_sets import is_proved
from riskml.runs.way_back import Way, way_back

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


@pytest.mark.parametrize("scheme", SCHEMES)
def test_days_and_sets_ahead_are_those_of_grading_on_these_days(whole_province: Workspace, scheme: str) -> None:
    way = ways(whole_province, scheme)[0]
    names, found = way.rescorer.policy.scheme.grade_names, told(way)

    def grade(day: date, chosen: tuple[int, ...]) -> int:
        tables = stepwise(way.around.tables, way.around.enterprise_id, way.steps, sum(1 << one for one in chosen))
        (one,) = way.rescorer.rescore(Neighbourhood(way.around.enterprise_id, tables), [day])
        return names.index(one.grade)

    for one in found.grades:
        rank = names.index(one.grade)
        if one.by_time is not None:
            assert grade(one.by_time, ()) <= rank < grade(one.by_time - timedelta(days=1), ())
        for chosen in one.now:
            assert grade(T, chosen) <= rank
        for later in one.later[:3]:
            if later.steps is None:
                assert grade(later.day, tuple(range(len(found.steps)))) > rank
            else:
                assert grade(later.day, later.steps) <= rank
                assert all(grade(later.day, tuple(x for x in later.steps if x != gone)) > rank for gone in later.steps)
    for one in found.shut_out:
        assert one.records
        assert one.until is None or one.until > T


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
