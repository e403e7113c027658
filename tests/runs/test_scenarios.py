"""Many choices graded at once equal the same choices graded one by one."""

from __future__ import annotations

from datetime import date, timedelta
from functools import cache

import numpy as np
import pytest
from choices import SCHEMES, T, burdened, rescorer_of, supposed
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from riskml.core.errors import RunError
from riskml.core.workspace import Workspace
from riskml.engines.duckdb import connect
from riskml.records.copies import MOST_STEPS, Step, stepwise
from riskml.records.edits import Amend, End
from riskml.records.tables import TABLES
from riskml.relations.catalogue import DERIVED, own_inputs
from riskml.relations.neighbourhood import Neighbourhood
from riskml.runs.rescoring import Rescored, Rescorer
from riskml.runs.scenarios import Outcome, Scenarios
from riskml.schemes.decisions import checked_decision

pytestmark = pytest.mark.long


@cache
def asked_about(workspace: Workspace, scheme: str) -> tuple[Rescorer, list[Neighbourhood]]:
    """What grades one at a time, and enterprises of the scheme."""
    rescorer = rescorer_of(workspace, scheme)
    return rescorer, [rescorer.around(one) for one in burdened(workspace, scheme, 6)]


def assert_same(outcome: Outcome, one: Rescored, rescorer: Rescorer) -> None:
    """To the last bit: indicators, score, grade, and by which rules."""
    np.testing.assert_array_equal(outcome.values, one.values)
    names = rescorer.policy.scheme.grade_names
    assert (names[outcome.rank], outcome.score, outcome.decided_by) == (
        one.grade,
        one.score,
        one.graded["decided_by"],
    )
    assert list(outcome.rules) == one.graded["rules"]


@pytest.mark.parametrize("scheme", SCHEMES)
@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_each_choice_is_what_supposing_and_rescoring_it_give(
    whole_province: Workspace, scheme: str, data: st.DataObject
) -> None:
    rescorer, enterprises = asked_about(whole_province, scheme)
    around = data.draw(st.sampled_from(enterprises), "enterprise")
    steps = supposed(around)
    choices = data.draw(st.lists(st.integers(0, 2 ** len(steps) - 1), min_size=1, max_size=2), "choices")
    found = Scenarios(rescorer, around, steps, [T]).outcomes([0, *choices], T)
    for choice, outcome in zip([0, *choices], found, strict=True):
        edits = [step.edit for place, step in enumerate(steps) if choice >> place & 1]
        (one,) = rescorer.rescore(rescorer.supposing(around, edits, T), [T])
        assert_same(outcome, one, rescorer)


@pytest.mark.parametrize("scheme", SCHEMES)
def test_choices_move_grades_and_rules_and_are_exact_on_days_ahead(whole_province: Workspace, scheme: str) -> None:
    rescorer, enterprises = asked_about(whole_province, scheme)
    days = [T, date(2026, 12, 31), date(2027, 10, 31)]
    moved = set[int]()
    for around in enterprises[:4]:
        later = [Step(step.edit, T + timedelta(days=40 * place)) for place, step in enumerate(supposed(around))]
        scenarios = Scenarios(rescorer, around, later, days)
        for day in days:
            for choice in (0, 2 ** len(later) - 1, 0b10101):
                (outcome,) = scenarios.outcomes([choice], day)
                tables = stepwise(around.tables, around.enterprise_id, later, choice)
                (one,) = rescorer.rescore(Neighbourhood(around.enterprise_id, tables), [day])
                assert_same(outcome, one, rescorer)
                moved.add(outcome.rank)
    assert len(moved) > 1


def test_a_decision_goes_along_with_every_choice(whole_province: Workspace) -> None:
    rescorer, _ = asked_about(whole_province, "yunnan")
    found = None
    for enterprise_id in burdened(whole_province, "yunnan", 200):
        around = rescorer.around(enterprise_id)
        own = around.own("complaint").to_pylist()
        if own and (row := own[-1])["event_date"] > date(2026, 8, 5):
            found = around, row
            break
    assert found is not None
    around, row = found
    decision = checked_decision(
        rescorer.policy.scheme,
        enterprise_id=around.enterprise_id, rule="serious_negative_effect",
        evidence=[row["record_id"]], opened_on={row["record_id"]: "complaint"}, grade="D", officer="李某", reason="试",
        decided_on=date(2026, 10, 20), expires_on=date(2026, 12, 1),
    )  # fmt: skip
    deciding = Rescorer(whole_province, rescorer.store, rescorer.policy, rescorer.method, [decision])
    steps = [Step(Amend("complaint", row["source"], row["record_id"], "misjudged"), T), *supposed(around, 3)]
    scenarios = Scenarios(deciding, around, steps, [T])
    outcomes = scenarios.outcomes(range(2 ** len(steps)), T)
    for choice, outcome in enumerate(outcomes):
        edits = [step.edit for place, step in enumerate(steps) if choice >> place & 1]
        (one,) = deciding.rescore(deciding.supposing(around, edits, T), [T])
        assert_same(outcome, one, deciding)
    assert {"serious_negative_effect" in one.rules for one in outcomes} == {True, False}


def test_rows_that_are_alike_are_assessed_once(whole_province: Workspace) -> None:
    rescorer, enterprises = asked_about(whole_province, "langfang")
    around, steps = enterprises[0], supposed(enterprises[0])
    scenarios = Scenarios(rescorer, around, steps, [T])
    every, assessed = range(2 ** len(steps)), list[int]()
    method = rescorer.method
    with pytest.MonkeyPatch.context() as patch:
        assess = type(method).assess
        patch.setattr(type(method), "assess", lambda own, rows: assessed.append(len(rows)) or assess(own, rows))
        ranks = scenarios.ranks(every, T)
        assert 0 < sum(assessed) < len(every)
        assessed.clear()
        assert (scenarios.ranks(every, T) == ranks).all()
        assert assessed == []


def test_what_cannot_be_supposed_of_one_is_refused(whole_province: Workspace) -> None:
    rescorer, enterprises = asked_about(whole_province, "lingyuan")
    around = enterprises[0]
    with pytest.raises(RunError, match="bear on the rates of everyone"):
        Scenarios(rescorer, around, [Step(Amend("inspection", "simulated", "1", "misjudged"), T)], [T])
    with pytest.raises(ValueError, match="more than 62"):
        Scenarios(rescorer, around, supposed(around)[:1] * (MOST_STEPS + 1), [T])
    with pytest.raises(KeyError):
        Scenarios(rescorer, around, [Step(End("tax_arrears", "nobody", "none"), T)], [T]).ranks([1], T)


@pytest.mark.parametrize("name", [name for name, relation in DERIVED.items() if relation.of_itself])
def test_relations_read_no_more_of_the_enterprise_itself_than_they_say(whole_province: Workspace, name: str) -> None:
    """Without its records of tables that a relation says it reads of others only, its rows are the same."""
    rescorer, enterprises = asked_about(whole_province, "yunnan")
    listed = """
        SELECT DISTINCT subject_id FROM dishonest_debtor
        WHERE subject_kind = 'enterprise' AND subject_id LIKE '9153%' ORDER BY 1 LIMIT 2"""
    with connect(whole_province.spill) as connection:
        rescorer.store.open_views(connection)
        enterprises = [*enterprises, *(rescorer.around(one) for (one,) in connection.sql(listed).fetchall())]
    gone = set(DERIVED[name].inputs) - set(own_inputs(name))
    assert any(len(around.own(table)) for around in enterprises for table in gone)
    for around in enterprises:
        kept = {
            table: rows.filter(np.not_equal(rows[TABLES[table].subject].to_numpy(), around.enterprise_id))
            if table in gone
            else rows
            for table, rows in around.tables.items()
        }
        found = []
        for tables in (around.tables, kept):
            rescorer.take_in(Neighbourhood(around.enterprise_id, tables), [T])
            values = rescorer.matrix.values(rescorer.method.system)
            found.append([values.computed[c.name] for c in values.system.computed if c.indicator.from_ == name])
        assert found[0]
        np.testing.assert_array_equal(*found)
