"""Everyone's ways at once are those of each by itself, under every scheme's method."""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import replace
from datetime import date
from functools import cache
from pathlib import Path

import pytest
from choices import SCHEMES, T, burdened, rescorer_of, silent
from handmade import Province
from rich.console import Console, RenderableType

from riskml.core.init import create_workspace
from riskml.core.language import Language, speaking
from riskml.core.workspace import Workspace
from riskml.engines.duckdb import connect, literals
from riskml.explaining.way_back_told import way_back_page, way_back_text
from riskml.explaining.what_if_page import future_page
from riskml.explaining.what_if_text import future_text
from riskml.records.repair import load_repair
from riskml.records.store import open_store
from riskml.runs.future import future
from riskml.runs.rescoring import Rescorer
from riskml.runs.way_back import Way, way_back
from riskml.runs.way_of_one import WayOfOne, way_of_one
from riskml.runs.ways_together import Search
from riskml.schemes.decisions import Decision
from riskml.schemes.rule_specs import Circumstance

pytestmark = pytest.mark.long


@cache
def found_among(workspace: Workspace, scheme: str, records: str, count: int) -> tuple[str, ...]:
    """Some of a scheme's most burdened enterprises, by a SELECT of ids from the records and the view ``burdened``."""
    connection = connect(workspace.spill)
    open_store(workspace.records).open_views(connection)
    every = literals(burdened(workspace, scheme, 400))
    connection.execute(f"CREATE TEMP VIEW burdened AS SELECT * FROM enterprise WHERE enterprise_id IN ({every})")
    found = connection.sql(f"SELECT DISTINCT enterprise_id FROM ({records}) ORDER BY 1 LIMIT {count}").fetchall()
    return tuple(str(who) for (who,) in found)


LISTED_OF_LATE = """
SELECT enterprise_id FROM burdened
JOIN serious_listing USING (enterprise_id) WHERE end_date IS NULL AND start_date > DATE '2026-01-01'
"""
"""The law does not let them off the list yet."""

LISTED_TOGETHER = """
WITH listed AS (
    SELECT DISTINCT enterprise_id, address FROM burdened
    JOIN (SELECT enterprise_id FROM abnormal_listing WHERE end_date IS NULL) USING (enterprise_id)
), shared AS (SELECT address FROM listed GROUP BY address HAVING count(*) > 1 ORDER BY address LIMIT 1)
SELECT enterprise_id FROM listed JOIN shared USING (address)
"""
"""On the abnormal list, at one address."""


@cache
def asked_about(workspace: Workspace, scheme: str) -> tuple[str, ...]:
    """A few of the burdened, and of those of whom more can be told."""
    beside = found_among(workspace, scheme, LISTED_TOGETHER, 2) if scheme == "yunnan" else ()
    every = burdened(workspace, scheme, 400)
    return tuple(sorted({*every[10:12], *every[40::180], *found_among(workspace, scheme, LISTED_OF_LATE, 1), *beside}))


@cache
def one_by_one(workspace: Workspace, scheme: str) -> dict[str, WayOfOne | None]:
    rescorer, law = rescorer_of(workspace, scheme), load_repair(workspace.features)
    return {one: way_of_one(Way(rescorer, law, rescorer.around(one), T)) for one in asked_about(workspace, scheme)}


def at_once(workspace: Workspace, rescorer: Rescorer, scheme: str) -> tuple[dict[str, WayOfOne | None], int]:
    """The same of all at once, and how many were asked about by themselves."""
    who = asked_about(workspace, scheme)
    search = Search(rescorer, load_repair(workspace.features), T, who, silent)
    found = {one.enterprise_id: one for one in search.ways()}
    return {one: found.get(one) for one in who}, search.one_by_one


@pytest.mark.parametrize("scheme", SCHEMES)
def test_the_ways_of_all_are_those_of_each(whole_province: Workspace, scheme: str) -> None:
    rescorer = rescorer_of(whole_province, scheme)
    found, apart = at_once(whole_province, rescorer, scheme)
    assert found == one_by_one(whole_province, scheme)
    assert apart < len(found)


def test_everything_that_can_be_told_is_told_of_some(whole_province: Workspace) -> None:
    """Or the comparison would compare little."""
    ways = [one for scheme in SCHEMES for one in one_by_one(whole_province, scheme).values()]
    standing = Counter((one.standing, one.by) for one in ways if one is not None)
    assert set(standing) >= {("repair_now", None), ("wait_until", "time"), ("wait_until", "steps"), ("never", None)}
    assert any(one is not None and one.decided_by for one in ways)
    assert any(one is not None and one.steps_today > 1 and one.standing != "repair_now" for one in ways)


def test_two_stand_at_an_address_where_the_other_takes_steps_too(whole_province: Workspace) -> None:
    """Nobody's steps count in another's row, as they would where these two are counted together."""
    rescorer = rescorer_of(whole_province, "yunnan")
    place = [column.name for column in rescorer.method.system.columns].index("address_abnormal_firms")
    beside = found_among(whole_province, "yunnan", LISTED_TOGETHER, 2)
    assert [rescorer.rescore(rescorer.around(one), [T])[0].values[place] > 1 for one in beside] == [True, True]
    assert set(beside) <= set(asked_about(whole_province, "yunnan"))


def test_about_whom_an_officer_decided_is_asked_about_alone_and_told_the_same(whole_province: Workspace) -> None:
    scheme = "guangzhou"
    rescorer, expected = rescorer_of(whole_province, scheme), one_by_one(whole_province, scheme)
    who = next(name for name, one in expected.items() if one is not None)
    decision = Decision(
        scheme=scheme, enterprise_id=who, rule="dishonest_post_holder", evidence=("nothing",), grade="not_same_person",
        officer="LI", reason="r", decided_on=T, expires_on=None,
    )  # fmt: skip
    found, apart = at_once(whole_province, replace(rescorer, decisions=[decision]), scheme)
    assert found == expected
    assert apart == 1


def test_steps_that_a_rule_reads_together_with_others_records_are_made_one_by_one(whole_province: Workspace) -> None:
    rescorer, law = rescorer_of(whole_province, "yunnan"), load_repair(whole_province.features)
    scheme = rescorer.policy.scheme
    mixed = Circumstance.model_validate({"from": "linked_enterprise", "where": "adverse"})
    rules = [one.model_copy(update={"also": (mixed,)} if one.id == "blacklisted" else {}) for one in scheme.rules]
    changed = replace(rescorer.policy, scheme=scheme.model_copy(update={"rules": tuple(rules)}))
    rescorer = replace(rescorer, policy=changed)
    listed = "SELECT enterprise_id FROM burdened JOIN serious_listing USING (enterprise_id) WHERE end_date IS NULL"
    who = found_among(whole_province, "yunnan", listed, 2)
    search = Search(rescorer, law, T, who, silent)
    assert search.grader.left_tables == {"serious_listing"}
    found = {one.enterprise_id: one for one in search.ways()}
    assert search.one_by_one > 0
    assert [found.get(one) for one in who] == [way_of_one(Way(rescorer, law, rescorer.around(one), T)) for one in who]


def test_who_is_to_be_deregistered_waits_no_longer_than_that(tmp_path: Path) -> None:
    """Langfang counts a serious penalty for a year (article IV): of one it is over before the enterprise is."""
    workspace, day = create_workspace(tmp_path / "workspace"), date(2026, 6, 30)
    who = {"91131002MA00000011": "2025-08-05", "91131002MA00000022": "2026-06-05"}
    firm = {"kind": "limited_company", "division": "131002", "name": "廊坊某公司"}
    Province(workspace.root).receive({
        "enterprise": [
            {"record_id": f"E{since}{one}", "enterprise_id": one, "status": status, "valid_from": since, **firm}
            for one in who for since, status in (("2015-01-01", "active"), ("2026-09-15", "deregistered"))
        ],
        "penalty": [
            {"record_id": f"P{one}", "enterprise_id": one, "event_date": since, "severity": "serious",
             "kind": "closure", "market_supervision": True, "publicised_date": since}
            for one, since in who.items()
        ],
    })  # fmt: skip
    rescorer, law = rescorer_of(workspace, "langfang"), load_repair(workspace.features)
    found = sorted(Search(rescorer, law, day, tuple(who), silent).ways(), key=lambda one: one.enterprise_id)
    assert [(one.standing, one.day, one.by) for one in found] == [
        ("wait_until", date(2026, 8, 5), "time"),
        ("not_graded", date(2026, 9, 30), None),
    ]
    assert found == [way_of_one(Way(rescorer, law, rescorer.around(one), day)) for one in who]
    ends_with_the_enterprise(workspace, tuple(who), day)


def ends_with_the_enterprise(workspace: Workspace, who: tuple[str, ...], day: date) -> None:
    """What is told of each by itself ends before the day on which it is not graded any more, and names that day."""
    gone, months = date(2026, 9, 15), [date(2026, 7, 31), date(2026, 8, 31)]
    first, second = (way_back(workspace, "langfang", one, day, silent) for one in who)
    assert (first.gone, second.gone) == (gone, gone)
    assert (first.grades[0].verdict, first.grades[0].by_time) == ("wait", date(2026, 8, 5))
    assert (second.grades[0].verdict, second.grades[0].by_time, second.grades[0].later) == ("never", None, ())
    assert first.to_dict()["gone"] == "2026-09-15"
    strip = future(workspace, "langfang", who[0], day, silent)
    assert ([month.state.as_of for month in strip.months], strip.gone) == (months, gone)
    assert [month.state.as_of for month in strip.turns] == [date(2026, 8, 31)]
    assert strip.to_dict()["gone"] == "2026-09-15"
    assert [one.day for one in strip.leaving] == [date(2026, 8, 5)]
    with speaking(Language.en):
        told = shown(way_back_text(second)) + way_back_page(second)
        assert told.count("it is not graded from 2026-09-15 on") == 2
        assert told.count("not before it is graded no more, on 2026-09-15") == 2 * len(second.grades)
        assert "three years" not in told
        strips = shown(future_text(strip)) + future_page(strip)
        assert strips.count("it is not graded from 2026-09-15 on") == 2
        assert "The grade at the next 2 month-ends" in strips
        unmoved = shown(future_text(future(workspace, "langfang", who[1], day, silent)))
        assert "Until then the grade stays the same." in unmoved


def shown(told: RenderableType) -> str:
    """What a terminal shows, as one line."""
    console = Console(width=200, record=True, file=io.StringIO())
    console.print(told)
    return " ".join(console.export_text().split())


@pytest.mark.parametrize("scheme", SCHEMES)
def test_of_the_shipped_schemes_all_steps_can_be_made_at_once(whole_province: Workspace, scheme: str) -> None:
    search = Search(rescorer_of(whole_province, scheme), load_repair(whole_province.features), T, (), silent)
    assert search.grader.left_tables == frozenset()
    assert search.grader.stepped
