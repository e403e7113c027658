"""Cases in the database: written once, read whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, func, select, tuple_
from sqlalchemy.engine import RowMapping

from riskml.casework.case import Actor, Case, Event
from riskml.casework.kinds import OPEN, Kind, kind_named, kinds
from riskml.casework.tables import CASES, EVENTS
from riskml.core.china_day import china_now
from riskml.core.errors import RunError

_AT_ONCE = 500
"""Cases that one statement reads: databases bound the values of a statement."""


class NoSuchCaseError(RunError):
    """There is no case of that number."""


@dataclass(frozen=True)
class Wanted:
    """Which cases: those that satisfy everything that is not None.

    Parameters
    ----------
    region
        The beginning of the enterprise's division.
    kinds
        Of which kinds at most.
    with_closed, with_lasting
        Whether those are among them in which nothing is left to do; and of these at least those that still end by
        themselves.
    """

    kind: str | None = None
    scheme: str | None = None
    enterprise: str | None = None
    state: str | None = None
    region: str | None = None
    kinds: frozenset[str] | None = None
    with_closed: bool = False
    with_lasting: bool = False


def add_case(
    connection: Connection,
    kind: Kind,
    scheme: str,
    enterprise: str,
    division: str,
    actor: Actor,
    why: str,
    content: Mapping[str, Any],
    *,
    origin: str | None,
    at: datetime | None = None,
) -> int:
    """Write a case with its first event, now or as of the time `at` of what it tells of; its id."""
    opened_at = at or china_now()
    values = {
        "kind": kind.id,
        "scheme": scheme,
        "enterprise": enterprise,
        "division": division,
        "origin": origin,
        "opened_by": actor.who,
        "account": actor.account,
        "opened_at": opened_at,
        "why": why.strip(),
    }
    case_id = int(connection.execute(CASES.insert().values(values).returning(CASES.c.id)).scalar_one())
    _add(connection, case_id, 1, OPEN, kind.opening.state, actor, why, content, opened_at)
    return case_id


def add_event(
    connection: Connection,
    case: Case,
    action: str,
    state: str,
    actor: Actor,
    why: str,
    content: Mapping[str, Any],
    *,
    at: datetime | None = None,
) -> int:
    """Write a case's next event; its id, `at` as `add_case` has it."""
    return _add(connection, case.id, len(case.events) + 1, action, state, actor, why, content, at or china_now())


def _add(
    connection: Connection,
    case_id: int,
    number: int,
    action: str,
    state: str,
    actor: Actor,
    why: str,
    content: Mapping[str, Any],
    at: datetime,
) -> int:
    values = {
        "case_id": case_id,
        "number": number,
        "action": action,
        "state": state,
        "who": actor.who,
        "account": actor.account,
        "at": at,
        "why": why.strip(),
        "content": dict(content),
    }
    return int(connection.execute(EVENTS.insert().values(values).returning(EVENTS.c.id)).scalar_one())


def read_case(connection: Connection, case_id: int, *, to_write: bool = False) -> Case:
    """One case; nobody else adds to it until the transaction ends where `to_write`.

    Raises
    ------
    NoSuchCaseError
        Where there is none of that number.
    """
    asked = select(CASES).where(CASES.c.id == case_id)
    found = connection.execute(asked.with_for_update() if to_write else asked).mappings().one_or_none()
    if found is None:
        raise NoSuchCaseError(zh=f"没有案件 {case_id}。", en=f"There is no case {case_id}.")
    return _cases(connection, [found])[0]


def read_cases(connection: Connection, case_ids: Sequence[int]) -> tuple[Case, ...]:
    """Cases that there are, by their numbers."""
    found: list[RowMapping] = []
    for start in range(0, len(case_ids), _AT_ONCE):
        asked = select(CASES).where(CASES.c.id.in_(case_ids[start : start + _AT_ONCE])).order_by(CASES.c.id)
        found += connection.execute(asked).mappings().all()
    return _cases(connection, found)


@dataclass(frozen=True)
class Head:
    """Which case, and where it is."""

    case_id: int
    kind: str
    state: str
    last_event: int

    @property
    def is_closed(self) -> bool:
        """Whether nothing is left to do."""
        return kind_named(self.kind).states[self.state].final


def find_heads(connection: Connection, wanted: Wanted) -> tuple[Head, ...]:
    """Those that are wanted, oldest first, and nothing that is in them."""
    asked = _last_events(select(CASES.c.id, CASES.c.kind, EVENTS.c.state, EVENTS.c.id), wanted)
    return tuple(Head(*row) for row in connection.execute(asked))


def find_cases(connection: Connection, wanted: Wanted) -> tuple[Case, ...]:
    """The cases that are wanted, oldest first."""
    return _cases(connection, connection.execute(_last_events(select(CASES), wanted)).mappings().all())


def _last_events(asked: Select[Any], wanted: Wanted) -> Select[Any]:
    """A statement of cases with their last events: those that are wanted, oldest first."""
    last = (
        select(EVENTS.c.case_id, func.max(EVENTS.c.number).label("number")).group_by(EVENTS.c.case_id).subquery("last")
    )
    return (
        asked.join_from(CASES, last, last.c.case_id == CASES.c.id)
        .join(EVENTS, (EVENTS.c.case_id == CASES.c.id) & (EVENTS.c.number == last.c.number))
        .where(*_conditions(wanted))
        .order_by(CASES.c.id)
    )


def known_origins(connection: Connection, kind: str) -> dict[str | None, int]:
    """What cases of a kind were made of → the case."""
    asked = select(CASES.c.origin, CASES.c.id).where(CASES.c.kind == kind, CASES.c.origin.is_not(None))
    return dict(connection.execute(asked).tuples().all())


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    equal = {CASES.c.kind: wanted.kind, CASES.c.scheme: wanted.scheme, CASES.c.enterprise: wanted.enterprise,
             EVENTS.c.state: wanted.state}  # fmt: skip
    found = [column == value for column, value in equal.items() if value is not None]
    if wanted.kinds is not None:
        found.append(CASES.c.kind.in_(sorted(wanted.kinds)))
    if wanted.region is not None:
        found.append(CASES.c.division.startswith(wanted.region, autoescape=True))
    if not wanted.with_closed and wanted.state is None:
        closed = [
            (one.id, name)
            for one in kinds().values()
            for name, state in one.states.items()
            if state.final and not (wanted.with_lasting and state.lasting)
        ]
        found.append(tuple_(CASES.c.kind, EVENTS.c.state).not_in(closed))
    return found


def _cases(connection: Connection, rows: Sequence[RowMapping]) -> tuple[Case, ...]:
    """Rows of `CASES` with their events."""
    events: dict[int, list[Event]] = {}
    ids = [row["id"] for row in rows]
    for start in range(0, len(ids), _AT_ONCE):
        asked = select(EVENTS).where(EVENTS.c.case_id.in_(ids[start : start + _AT_ONCE])).order_by(EVENTS.c.number)
        for row in connection.execute(asked).mappings():
            values = {name: value for name, value in row.items() if name != "case_id"}
            events.setdefault(row["case_id"], []).append(Event(**values))
    return tuple(
        Case(
            id=row["id"],
            kind=kind_named(row["kind"]),
            scheme=row["scheme"],
            enterprise=row["enterprise"],
            division=row["division"],
            origin=row["origin"],
            opened_by=row["opened_by"],
            opened_at=row["opened_at"],
            why=row["why"],
            events=tuple(events[row["id"]]),
        )
        for row in rows
    )
