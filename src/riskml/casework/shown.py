"""A case as whoever asks sees it: its steps in words, what is due, what may be done next."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from riskml.casework.attachments import Attached
from riskml.casework.case import Case, Event
from riskml.casework.kinds import OPEN
from riskml.casework.office import Deadline
from riskml.core.language import Label, say

_OPENED = Label("立案", "opened")

_NOTED = {
    "allowed_from": Label("最早可以修复", "may be repaired from"),
    "law": Label("依据", "by"),
    "reading": Label("规定", "which says"),
    "before": Label("修复前", "before the repair"),
    "after": Label("修复后", "after it"),
    "grades_unknown": Label("修复前后的等级求不出", "grades before and after were not found"),
    "person": Label("名单上的人", "person listed"),
    "ledger_line": Label("总账行", "line of the ledger"),
    "left_at": Label("送出时间", "when it left"),
    "left_by": Label("送出账号", "account"),
    "grade_now": Label("现在的等级", "grade now"),
}
"""What steps note by themselves → what it is called."""

_TO_COME = Label(
    "尚有一步没有在数据库之外完成，下次办案时自动完成",
    "A step is still to be finished outside the database; the next command does it",
)

SOON = 3
"""Working days before a deadline from which on it is called near: ours."""


@dataclass(frozen=True)
class Due:
    """Something that is due in a case.

    Parameters
    ----------
    working_days
        Until the day; less than 0 where it is past.
    """

    deadline: Deadline
    working_days: int

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        return {
            "what": {"zh": self.deadline.what.zh, "en": self.deadline.what.en},
            "day": self.deadline.day.isoformat(),
            "provisional": self.deadline.provisional,
            "working_days": self.working_days,
            "near": self.is_near,
        }

    @property
    def is_near(self) -> bool:
        """Whether the day is near, or past."""
        return self.working_days <= SOON


@dataclass(frozen=True)
class Shown:
    """A case, what is due in it, and what may be done next.

    Parameters
    ----------
    may
        The steps that whoever asks may take now.
    for_another
        Of the steps that they may take by their roles, those that take another person, with what they did before.
    results
        Id of an event → what came of it outside the database; empty where that is still to come.
    age
        Days since it was opened.
    answers
        What a field of type ``grade`` may be.
    files
        What came with the steps.
    """

    case: Case
    due: tuple[Due, ...]
    may: tuple[str, ...]
    for_another: Mapping[str, Event]
    results: Mapping[int, Mapping[str, Any]]
    age: int
    answers: tuple[str, ...] = ()
    files: tuple[Attached, ...] = ()

    @property
    def state_label(self) -> Label:
        """Where the case is."""
        return self.case.kind.states[self.case.state].label

    def files_of(self, event: Event) -> tuple[Attached, ...]:
        """What came with a step."""
        return tuple(one for one in self.files if one.event_id == event.id)

    def action_label(self, action: str) -> Label:
        """What a step is called."""
        return _OPENED if action == OPEN else self.case.kind.actions[action].label

    def told_content(self, event: Event) -> tuple[str, ...]:
        """What a step was told, and what it noted, in words; a decision is told where it came to."""
        kind = self.case.kind
        needs = kind.opening.needs if event.action == OPEN else kind.actions[event.action].needs
        labels = {name: needed.label for name, needed in needs.items()} | _NOTED
        return tuple(
            f"{labels[name].said}{say('：', ': ')}{_in_words(value)}"
            for name, value in event.content.items()
            if name in labels and value is not None
        )

    def told_results(self) -> tuple[Label, ...]:
        """What came of the steps outside the database, in words."""
        return tuple(Label(*result["told"]) if result else _TO_COME for result in self.results.values())

    def to_dict(self) -> dict[str, Any]:
        """Plain values for JSON; texts as ``{"zh": …, "en": …}``."""
        case = self.case
        return {
            "id": case.id,
            "kind": case.kind.id,
            "scheme": case.scheme,
            "enterprise": case.enterprise,
            "division": case.division,
            "state": case.state,
            "closed": case.is_closed,
            "opened_by": case.opened_by,
            "opened_at": case.opened_at.isoformat(),
            "age_days": self.age,
            "due": [one.to_dict() for one in self.due],
            "may": list(self.may),
            "events": [
                {
                    **vars(event),
                    "at": event.at.isoformat(),
                    "result": self.results.get(event.id),
                    "files": [one.to_dict() for one in self.files_of(event)],
                }
                for event in case.events
            ],
        }


def _in_words(value: Any) -> str:
    """A text, one in both languages, several, or a grade with its score."""
    if isinstance(value, Mapping) and "zh" in value:
        return say(value["zh"], value["en"])
    if isinstance(value, Mapping):
        score = value.get("score")
        return f"{value['grade']}" + ("" if score is None else f" {score:.1f}")
    return say("、", ", ").join(map(str, value)) if isinstance(value, list) else str(value)
