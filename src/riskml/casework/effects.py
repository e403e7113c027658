"""What a step brings about outside the database, so that a kill leaves nothing half done.

The effect is written with the step, in its transaction; then it is brought about; then it is noted as done. Killed
before the first, the step was never taken. Killed after it, the next thing that anybody asks of cases brings it about,
and sees first whether it is there already.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection, select, update

from riskml.casework.office import Effect
from riskml.casework.tables import EFFECTS
from riskml.core.china_day import china_now
from riskml.core.locks import exclusive
from riskml.core.workspace import Workspace
from riskml.database.database import Database

_LOCK = "casework.lock"

_PATIENCE = 10.0
"""Seconds that one process waits for another that brings effects about."""

Perform = Callable[[Workspace, Mapping[str, Any]], Mapping[str, Any]]


def add_effect(
    connection: Connection, event_id: int, effect: Effect, *, result: Mapping[str, Any] | None = None
) -> None:
    """Write down, with an event, what it is to bring about; or what it brought about already, with its `result`."""
    done = {} if result is None else {"done_at": china_now(), "result": dict(result)}
    values = {"event_id": event_id, "kind": effect.kind, "content": dict(effect.content), **done}
    connection.execute(EFFECTS.insert().values(values))


def settle(workspace: Workspace, database: Database, performers: Mapping[str, Perform]) -> None:
    """Bring about what steps are still to bring about, oldest first.

    Parameters
    ----------
    performers
        Kind of effect → what brings one about, or finds that it is there, and tells what came of it.

    Raises
    ------
    RunError
        Where the ledger was altered or somebody else holds it; it is tried again the next time.
    """
    if not _pending(database):
        return
    with exclusive(workspace.data / _LOCK, wait=_PATIENCE):
        for event_id, kind, content in _pending(database):
            result = performers[kind](workspace, content)
            with database.writing() as connection:
                connection.execute(
                    update(EFFECTS)
                    .where(EFFECTS.c.event_id == event_id)
                    .values(done_at=china_now(), result=dict(result))
                )


def effect_results(connection: Connection, events: tuple[int, ...]) -> dict[int, Mapping[str, Any]]:
    """Event → what came of its effect; an empty mapping where it is still to be brought about."""
    asked = select(EFFECTS.c.event_id, EFFECTS.c.result).where(EFFECTS.c.event_id.in_(events))
    return {event_id: result or {} for event_id, result in connection.execute(asked)}


def _pending(database: Database) -> list[tuple[int, str, Mapping[str, Any]]]:
    asked = (
        select(EFFECTS.c.event_id, EFFECTS.c.kind, EFFECTS.c.content)
        .where(EFFECTS.c.done_at.is_(None))
        .order_by(EFFECTS.c.event_id)
    )
    with database.reading() as connection:
        return [(row[0], row[1], row[2]) for row in connection.execute(asked)]
