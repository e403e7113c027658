"""The kinds of cases as data, and the machine that walks through them."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from riskml.casework.case import Case, Event
from riskml.casework.desk import HANDLING
from riskml.casework.kinds import Kind, kinds
from riskml.core.china_day import china_now
from riskml.core.errors import RunError
from riskml.core.validation import ContentError, validated


def test_every_kind_has_what_is_particular_to_it() -> None:
    assert set(kinds()) == set(HANDLING)


def content(**changed: Any) -> dict[str, Any]:
    label = {"zh": "甲", "en": "a"}
    step = {"label": label, "from": ["begun"], "to": "done", "roles": ["inspector"]}
    return {
        "id": "sample",
        "label": label,
        "opening": {"state": "begun", "roles": ["inspector"]},
        "states": {"begun": {"label": label}, "done": {"label": label, "final": True}},
        "actions": {"finish": step | changed},
    }


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"to": "gone"}, "there is no 'gone'"),
        ({"from": ["done"]}, "no step leads out of begun"),
        ({"to": "begun"}, "no step leads to done"),
        ({"roles": ["inspektor"]}, "there is no 'inspektor', did you mean inspector"),
        ({"another_than": "begin"}, "there is no 'begin'"),
    ],
)
def test_a_kind_that_does_not_hold_together_is_refused(changed: dict[str, Any], says: str) -> None:
    assert validated(Kind, content()).id == "sample"
    with pytest.raises(ContentError, match=says):
        validated(Kind, content(**changed))


def test_steps_that_cannot_follow_each_other_are_noticed() -> None:
    now = china_now()
    opened = Event(1, 1, "open", "received", "o", "o", now, "w", {})
    accepted = Event(2, 2, "accept", "accepted", "o", "o", now, "w", {})
    case = Case(1, kinds()["objection"], "guandu", "e", "", None, "o", now, "w", (opened, accepted))
    assert case.state == "accepted"
    for wrong in (
        (opened, replace(accepted, state="answered")),  # another state than the step leads to
        (opened, replace(accepted, action="answer", state="answered")),  # a step that is not possible yet
        (opened, replace(accepted, number=3)),  # one is missing
        (accepted,),
    ):
        with pytest.raises(RunError, match="the database was altered"):
            _ = replace(case, events=wrong).state
