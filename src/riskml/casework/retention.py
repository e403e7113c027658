"""What is known of natural persons in cases: who objects or applies, an agent's authority, papers and files. Removed
from closed cases when its time is over; who decided what, when and why stays.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, func, select, update

from riskml.casework.kinds import OPEN, Kind, kinds
from riskml.casework.tables import ATTACHMENTS, CASES, EVENTS
from riskml.database.only_added import personal_data_removed

REMOVED = "***"
"""What stands in place of what was removed."""


def persons_past(connection: Connection, before: datetime) -> dict[int, dict[str, Any]]:
    """The events of cases closed before a moment that still hold something of persons, or files, and their content
    without it.
    """
    last = select(EVENTS.c.case_id, func.max(EVENTS.c.number).label("number")).group_by(EVENTS.c.case_id).subquery()
    closing = (
        select(EVENTS.c.case_id, EVENTS.c.state, CASES.c.kind)
        .join(last, (last.c.case_id == EVENTS.c.case_id) & (last.c.number == EVENTS.c.number))
        .join(CASES, CASES.c.id == EVENTS.c.case_id)
        .where(EVENTS.c.at < before)
    )
    closed = {
        row.case_id: kinds()[row.kind]
        for row in connection.execute(closing)
        if row.kind in kinds() and _is_over(kinds()[row.kind], row.state)
    }
    attached = set(
        connection.execute(select(ATTACHMENTS.c.event_id).where(func.length(ATTACHMENTS.c.content) > 0)).scalars()
    )
    found: dict[int, dict[str, Any]] = {}
    for row in connection.execute(select(EVENTS.c.id, EVENTS.c.case_id, EVENTS.c.action, EVENTS.c.content)):
        if row.case_id in closed:
            blanked = _without_persons(closed[row.case_id], row.action, row.content)
            if blanked != row.content or row.id in attached:
                found[row.id] = blanked
    return found


def remove_persons(connection: Connection, found: dict[int, dict[str, Any]]) -> None:
    """Put contents without persons in place of those with, and nothing in place of files."""
    with personal_data_removed(connection, EVENTS.name):
        for event, content in found.items():
            connection.execute(update(EVENTS).where(EVENTS.c.id == event).values(content=content))
    with personal_data_removed(connection, ATTACHMENTS.name):
        for event in found:
            connection.execute(
                update(ATTACHMENTS).where(ATTACHMENTS.c.event_id == event).values(content=b"", name=REMOVED)
            )


def _is_over(kind: Kind, state: str) -> bool:
    """Whether nothing is left to do, and what was decided does not go on."""
    return kind.states[state].final and not kind.states[state].lasting


def _without_persons(kind: Kind, action: str, content: dict[str, Any]) -> dict[str, Any]:
    step = kind.opening if action == OPEN else kind.actions.get(action)
    personal = {name for name, one in step.needs.items() if one.personal} if step is not None else set()
    return {
        name: value if name not in personal or not value else [REMOVED] if isinstance(value, list) else REMOVED
        for name, value in content.items()
    }
