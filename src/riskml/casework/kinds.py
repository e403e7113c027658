"""The kinds of cases as data (``kinds/*.yaml``): states, and the steps between them with who may take each and what it
needs.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path
from typing import Literal

from pydantic import Field, model_validator

from riskml.core.configuration import Entry, Identifier, parse_yaml, read_text
from riskml.core.errors import ConfigurationError
from riskml.core.language import Label
from riskml.core.principal import ROLES
from riskml.core.validation import ContentError, nearest

FOLDER = Path(__file__).parent / "kinds"

OPEN = "open"
"""The name of the step that every case begins with."""

FieldType = Literal["text", "texts", "date", "later_date", "number", "grade"]
"""``texts`` is one or several; ``date`` a day up to today, ``later_date`` any day; ``number`` a whole number from 1;
``grade`` one of the scheme's, or another answer that the case leaves.
"""


class Needed(Entry):
    """One thing that a step needs to be told; `personal` where it is about a natural person: it is masked for whoever
    needs no names, and removed when its time is over (`riskml.casework.retention`).
    """

    type: FieldType
    label: Label
    required: bool = True
    personal: bool = False


class State(Entry):
    """Where a case can be.

    Parameters
    ----------
    final
        Nothing is left to do; steps may still lead out of it.
    lasting
        Of a final one: what was decided ends by itself on a day.
    """

    label: Label
    final: bool = False
    lasting: bool = False


class Action(Entry):
    """A step.

    Parameters
    ----------
    from_
        The states in which it may be taken.
    to
        The state that it leads to; the present one where None.
    to_alone
        The state it leads to where the scheme asks for no second signature, if that is another.
    roles
        Who may take it.
    another_than
        An earlier step that somebody else must have taken.
    once
        Whether it may be taken a single time in a case.
    needs
        What it needs to be told, besides why.
    """

    label: Label
    from_: tuple[Identifier, ...] = Field(alias="from", min_length=1)
    to: Identifier | None = None
    to_alone: Identifier | None = None
    roles: tuple[Identifier, ...] = Field(min_length=1)
    another_than: Identifier | None = None
    once: bool = False
    needs: Mapping[Identifier, Needed] = Field(default_factory=dict)


class Opening(Entry):
    """How a case begins.

    Parameters
    ----------
    proposed
        Whether records, warnings or what has left propose cases of the kind by themselves.
    """

    state: Identifier
    roles: tuple[Identifier, ...] = Field(min_length=1)
    proposed: bool = False
    needs: Mapping[Identifier, Needed] = Field(default_factory=dict)


class Kind(Entry):
    """A kind of case."""

    id: Identifier
    label: Label
    opening: Opening
    states: dict[Identifier, State]
    actions: dict[Identifier, Action]

    @model_validator(mode="after")
    def _whole(self) -> Kind:
        steps = self.actions.values()
        named = {
            self.opening.state,
            *(name for one in steps for name in (*one.from_, one.to, one.to_alone) if name is not None),
        }
        _known(named, self.states, "states")
        _known({one.another_than for one in steps if one.another_than}, self.actions, "actions")
        _known({*self.opening.roles, *(role for one in steps for role in one.roles)}, ROLES, "roles")
        reached = {self.opening.state} | {name for one in steps for name in (one.to, one.to_alone) if name}
        left = {name for one in steps for name in one.from_}
        if lost := sorted(set(self.states) - reached):
            raise ContentError(f"没有步骤通往 {'、'.join(lost)}", f"no step leads to {', '.join(lost)}", field="states")
        if stuck := sorted(name for name, state in self.states.items() if not state.final and name not in left):
            raise ContentError(
                f"{'、'.join(stuck)} 没有下一步", f"no step leads out of {', '.join(stuck)}", field="states"
            )
        return self


def _known(named: set[str], known: Mapping[str, object] | tuple[str, ...], field: str) -> None:
    for name in sorted(named - set(known)):
        zh, en = nearest(name, known)
        raise ContentError(f"没有 {name!r}{zh}", f"there is no {name!r}{en}", field=field)


@lru_cache(maxsize=1)
def kinds() -> Mapping[str, Kind]:
    """Id → kind, in the order of the ids.

    >>> list(kinds())[:2], kinds()["objection"].opening.state
    (['correction', 'determination'], 'received')
    """
    read = [parse_yaml(Kind, read_text(path), str(path)) for path in sorted(FOLDER.glob("*.yaml"))]
    return {one.id: one for one in read}


def kind_named(name: str) -> Kind:
    """A kind; a ConfigurationError lists those there are."""
    if name not in kinds():
        zh, en = nearest(name, kinds())
        raise ConfigurationError(zh=f"没有案件种类 {name}{zh}。", en=f"There is no kind of case {name!r}{en}.")
    return kinds()[name]
