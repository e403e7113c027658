"""A case, and the state machine that its steps walk through: the state is what its events come to."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cached_property
from typing import Any

from riskml.casework.kinds import OPEN, Action, Kind, Needed
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.language import Label
from riskml.core.validation import nearest
from riskml.schemes.decisions import same_name


@dataclass(frozen=True)
class Actor:
    """Whoever takes a step.

    Parameters
    ----------
    who
        The person, by name or account.
    account
        The account that typed it.
    """

    who: str
    account: str
    roles: frozenset[str]


@dataclass(frozen=True)
class Event:
    """A step that was taken: `state` is the one it led to, `content` what it was told."""

    id: int
    number: int
    action: str
    state: str
    who: str
    account: str
    at: datetime
    why: str
    content: Mapping[str, Any]


@dataclass(frozen=True)
class Case:
    """A case as it stands.

    Parameters
    ----------
    division
        The enterprise's when the case was opened; empty where it was not known.
    origin
        What it was made of, where one thing makes one case.
    events
        Oldest first; the first opened it.
    """

    id: int
    kind: Kind
    scheme: str
    enterprise: str
    division: str
    origin: str | None
    opened_by: str
    opened_at: datetime
    why: str
    events: tuple[Event, ...]

    @cached_property
    def state(self) -> str:
        """What the events come to.

        Raises
        ------
        RunError
            Naming the first event that the kind's machine does not allow: the database was altered.
        """
        state = self.kind.opening.state
        for place, event in enumerate(self.events):
            action = self.kind.actions.get(event.action)
            if place == 0:
                fits = event.action == OPEN and event.state == state
            else:
                fits = action is not None and state in action.from_ and event.state in _led_to(action, state)
            if not fits or event.number != place + 1:
                raise RunError(
                    zh=f"案件 {self.id} 的第 {place + 1} 步（{event.action}）不可能出现在“{state}”之后：数据库被改动；"
                    "请从备份恢复，并查明原因。",
                    en=f"Step {place + 1} of case {self.id} ({event.action}) cannot follow {state!r}: the database was "
                    "altered. Restore it from the backup and find out why.",
                )
            state = event.state
        return state

    @property
    def is_closed(self) -> bool:
        """Whether nothing is left to do."""
        return self.kind.states[self.state].final

    @property
    def facts(self) -> Mapping[str, Any]:
        """What the case was opened with."""
        return self.events[0].content

    def last(self, *actions: str) -> Event | None:
        """The latest event of some actions."""
        return next((event for event in reversed(self.events) if event.action in actions), None)

    def told(self, *actions: str) -> Event:
        """The latest event of some actions, one of which the state implies."""
        found = self.last(*actions)
        assert found is not None, f"case {self.id} has none of {actions}"
        return found

    def taken_by_the_same(self, action: str, who: str) -> Event | None:
        """The earlier step that somebody else must have taken than whoever takes `action`, where `who` took it."""
        other = self.kind.actions[action].another_than
        before = None if other is None else self.told(other)
        return before if before is not None and same_name(before.who, who) else None

    def open_actions(self, roles: frozenset[str] | None = None) -> tuple[str, ...]:
        """The steps that may be taken now: by somebody with `roles`, by anybody where None."""
        return tuple(
            name
            for name, one in self.kind.actions.items()
            if self.state in one.from_
            and not (one.once and self.last(name))
            and (roles is None or roles & set(one.roles))
        )


def _led_to(action: Action, state: str) -> tuple[str, ...]:
    """The states that a step may lead to."""
    return (action.to or state, *((action.to_alone,) if action.to_alone else ()))


def step(case: Case, name: str, actor: Actor, why: str) -> Action:
    """The step `name` of a case, once it is seen that it may be taken now, by whom, and with a reason.

    Raises
    ------
    ConfigurationError
        Where there is no such step, or no reason.
    RunError
        Where it may not be taken from the present state, or not by this person; says what may be.
    """
    kind = case.kind
    if name not in kind.actions:
        zh, en = nearest(name, kind.actions)
        raise ConfigurationError(
            zh=f"{kind.label.zh}案件没有步骤 {name}{zh}。", en=f"There is no step {name!r} of {kind.label.en}{en}."
        )
    action, now = kind.actions[name], kind.states[case.state].label
    if name not in (may := case.open_actions()):
        zh, en = "、".join(may) or "没有", ", ".join(may) or "nothing"
        raise RunError(
            zh=f"案件 {case.id} 现在是“{now.zh}”，不能 {name}（{action.label.zh}）；现在可以：{zh}。",
            en=f"Case {case.id} is {now.en!r}, so {name} is not possible; now possible: {en}.",
        )
    refuse_other_roles(actor, action.roles, action.label)
    if (before := case.taken_by_the_same(name, actor.who)) is not None:
        raise RunError(
            zh=f"案件 {case.id} 的 {name}（{action.label.zh}）须由 {before.who} 以外的人作出："
            f"{before.action} 是 {before.who} 作出的。",
            en=f"{name} of case {case.id} takes somebody else than {before.who}, who did {before.action}.",
        )
    refuse_no_reason(why)
    return action


def refuse_other_roles(actor: Actor, roles: Sequence[str], label: Label) -> None:
    """A RunError where somebody has none of the roles that a step asks for."""
    if not actor.roles & set(roles):
        raise RunError(
            zh=f"{actor.who} 不能{label.zh}：须有角色 {'、'.join(roles)} 之一。",
            en=f"{actor.who} may not {label.en}: it takes one of the roles {', '.join(roles)}.",
        )


def refuse_no_reason(why: str) -> None:
    """A ConfigurationError where no reason is given."""
    if not why.strip():
        raise ConfigurationError(zh="why：每一步都要写理由。", en="why: every step needs a reason.")
    refuse_control_characters("why", why)


def refuse_control_characters(name: str, text: str) -> None:
    """A ConfigurationError naming a field with what no database keeps as text and nobody can read."""
    if any(unicodedata.category(one) in ("Cc", "Cs") and one not in "\n\r\t" for one in text):
        raise ConfigurationError(zh=f"{name}：有不能显示的字符。", en=f"{name}: has characters that cannot be shown.")


def checked_content(
    needs: Mapping[str, Needed], given: Mapping[str, Any], grades: Sequence[str], today: date
) -> dict[str, Any]:
    """What a step was told, as the database keeps it: texts without blanks around them, dates as text.

    Parameters
    ----------
    given
        Field → a text, or several.
    grades
        What a field of type ``grade`` may be.

    Raises
    ------
    ConfigurationError
        Naming the field: one that there is not, one that lacks, one whose value is no such thing, a day that lies
        ahead.
    """
    for name in given:
        if name not in needs:
            zh, en = nearest(name, needs)
            raise ConfigurationError(zh=f"这一步没有 {name}{zh}。", en=f"The step has no {name!r}{en}.")
    found: dict[str, Any] = {}
    for name, needed in needs.items():
        values = [text for one in _listed(given.get(name)) if (text := str(one).strip())]
        for text in values:
            refuse_control_characters(name, text)
        if not values:
            if needed.required:
                raise ConfigurationError(
                    zh=f"{name}：须写明{needed.label.zh}。", en=f"{name}: the step needs the {needed.label.en}."
                )
            continue
        if len(values) > 1 and needed.type != "texts":
            raise ConfigurationError(
                zh=f"{name}：{needed.label.zh}只写一个。", en=f"{name}: takes one value, not {len(values)}."
            )
        found[name] = values if needed.type == "texts" else _value(name, needed, values[0], grades, today)
    return found


def _listed(value: object) -> Sequence[object]:
    if value is None:
        return ()
    return value if isinstance(value, list | tuple) else (value,)


def _value(name: str, needed: Needed, text: str, grades: Sequence[str], today: date) -> str | int:
    if needed.type == "number":
        if not (text.isascii() and text.isdigit() and 0 < int(text) < 10_000):
            raise ConfigurationError(
                zh=f"{name}：应为 1 以上的整数，不是 {text!r}。",
                en=f"{name}: should be a whole number from 1, not {text!r}.",
            )
        return int(text)
    if needed.type == "grade" and text not in grades:
        raise ConfigurationError(
            zh=f"{name}：应为 {'、'.join(grades)} 之一，不是 {text!r}。",
            en=f"{name}: should be one of {', '.join(grades)}, not {text!r}.",
        )
    if needed.type in ("date", "later_date"):
        return _day(name, text, None if needed.type == "later_date" else today).isoformat()
    return text


def _day(name: str, text: str, at_most: date | None) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = None
    if day is None or day.isoformat() != text:
        raise ConfigurationError(
            zh=f"{name}：应为 2026-10-31 这样的日期，不是 {text!r}。",
            en=f"{name}: should be a date like 2026-10-31, not {text!r}.",
        ) from None
    if at_most is not None and day > at_most:
        raise ConfigurationError(
            zh=f"{name}：{day} 晚于今日 {at_most}；已经发生的事不能写将来的日期。",
            en=f"{name}: {day} lies after today, {at_most}; what has happened cannot lie ahead.",
        )
    return day
