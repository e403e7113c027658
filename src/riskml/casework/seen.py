"""What of a case somebody sees: names of persons where the role needs them, and an enterprise of its own case what it
said itself and what it was answered.

What officers write in their own words is not searched for names: who writes there what a role does not need has to
leave it out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from riskml.accounts.access import Field, is_own_alone, seen
from riskml.casework.case import Case, Event
from riskml.casework.kinds import OPEN, Needed
from riskml.casework.shown import Shown
from riskml.core.principal import Principal
from riskml.explaining.individual_names import masked_name

_PERSON = "person"
"""What identity cases note: whose listing it is."""

_WITHHELD = "***"


def opens_files(principal: Principal) -> bool:
    """Whether somebody may open what came with steps: proof has the names of persons."""
    return is_own_alone(principal) or Field.persons in seen(principal)


def as_seen(shown: Shown, asker: Principal) -> Shown:
    """A case as somebody may see it."""
    if is_own_alone(asker):
        kept = {event.id for event in shown.case.events if event.action == OPEN or event.account == asker.account}
        return replace(
            shown,
            case=_each(shown.case, lambda event: _own(shown.case, event, event.id in kept)),
            results={},
            files=tuple(one for one in shown.files if one.event_id in kept),
        )
    if Field.persons in seen(asker):
        return shown
    return replace(
        shown,
        case=_each(shown.case, lambda event: _without_persons(shown.case, event)),
        files=tuple(replace(one, name=_WITHHELD) for one in shown.files),
    )


def _each(case: Case, changed: Callable[[Event], Event]) -> Case:
    return replace(case, events=tuple(map(changed, case.events)))


def _own(case: Case, event: Event, whole: bool) -> Event:
    """A step as the enterprise sees it: its own, and what the case ended with, but nothing that was noted beside it (a
    repair notes grades, which are internal).
    """
    if not whole and not case.kind.states[event.state].final:
        return replace(event, why="", content={})
    return replace(event, content={name: event.content[name] for name in _needs(case, event) if name in event.content})


def _without_persons(case: Case, event: Event) -> Event:
    needs, content = _needs(case, event), dict[str, Any](event.content)
    for name, value in content.items():
        if name in needs and needs[name].personal:
            content[name] = [_WITHHELD] if isinstance(value, list) else masked_name(value, [value])
    if _PERSON in content:
        content[_PERSON] = _WITHHELD
    return replace(event, content=content)


def _needs(case: Case, event: Event) -> Mapping[str, Needed]:
    return case.kind.opening.needs if event.action == OPEN else case.kind.actions[event.action].needs
