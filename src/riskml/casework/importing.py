"""Decisions that come whole: each becomes a case with its outcome, once.

Those that were on the ledger before there were cases, to which nothing is added; and those that are made in one go
(``riskml decide``), which the case puts on the ledger as its steps would.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from riskml.casework.case import Actor
from riskml.casework.effects import add_effect
from riskml.casework.identity import pair_of, person_listed
from riskml.casework.kinds import kind_named
from riskml.casework.ledger_lines import DECISION, decision_effect, told_of
from riskml.casework.office import Effect, Office
from riskml.casework.store import Wanted, add_case, add_event, find_cases, known_origins, read_case
from riskml.casework.tables import EFFECTS
from riskml.core.china_day import china_now
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.validation import validated
from riskml.database.database import Database
from riskml.schemes.decisions import NOT_SAME_PERSON, Decision


@dataclass(frozen=True)
class Typed:
    """By which account a decision was typed, and when."""

    account: str
    at: datetime


@dataclass(frozen=True)
class Imported:
    """How many decisions came into cases now, and how many were in cases before."""

    new: int
    known: int


def import_decisions(office: Office, database: Database) -> Imported:
    """Make a case of every decision on the ledger that is in none, with who decided and signed and when it was put
    there; all of them, or none where it is killed.
    """
    lines = office.workspace.ledger.lines("decision")
    with database.writing() as connection:
        asked = select(EFFECTS.c.result).where(EFFECTS.c.kind == DECISION, EFFECTS.c.done_at.is_not(None))
        in_cases = {result["ledger_line"] for result in connection.execute(asked).scalars()}
        new = [line for line in lines if line.number not in in_cases]
        for line in new:
            made = validated(Decision, line.content)
            _, event = _case_of(connection, office, Typed(line.account, line.at), made)
            effect = Effect(DECISION, {"decision": line.content, "after": line.number})
            add_effect(connection, event, effect, result=told_of(line.number))
    return Imported(len(new), len(lines) - len(new))


def decided_whole(office: Office, database: Database, made: Decision, account: str) -> int:
    """Make a case of a decision that is made now, or take the steps of it in the case of an earlier answer about the
    same person; its number. What is still to be done is to put it on the ledger (`riskml.casework.effects.settle`).

    Raises
    ------
    RunError
        Where a case of the same question and records waits for its decision: it goes on there.
    """
    typed = Typed(account, china_now())
    with database.writing() as connection:
        _refuse_waiting(connection, made)
        case_id, event = _case_of(connection, office, typed, made)
        add_effect(connection, event, decision_effect(office, made))
    return case_id


def _refuse_waiting(connection: Connection, made: Decision) -> None:
    kind = "identity" if made.identifies else "determination"
    for one in find_cases(connection, Wanted(kind, made.scheme, made.enterprise_id)):
        told = one.facts.get("evidence", [one.facts.get("listing")])
        if one.facts["rule"] == made.rule and set(told) == set(made.evidence):
            raise RunError(
                zh=f"这件事已有案件 {one.id}，尚未办结；请在其中继续：riskml case show {one.id}。",
                en=f"There is case {one.id} of this, which waits: go on with it, riskml case show {one.id}.",
            )


def _case_of(connection: Connection, office: Office, typed: Typed, made: Decision) -> tuple[int, int]:
    """The case of a decision, and its last event."""
    return (_identified if made.identifies else _determined)(connection, office, typed, made)


def _determined(connection: Connection, office: Office, typed: Typed, made: Decision) -> tuple[int, int]:
    """The case of a grade that an officer chose; its last event."""
    facts = {"rule": made.rule, "evidence": list(made.evidence)}
    facts |= {} if made.evidence_tables else {"proposed_by": "records"}
    case_id = _new_case(connection, office, typed, made, facts, None)
    asked = {"grade": made.grade, "expires_on": str(made.expires_on)}
    told = {"decision": made.model_dump(mode="json")}
    if made.second is None:
        return case_id, _add(connection, case_id, typed, "decide", "in_force", made.officer, made.reason, asked | told)
    _add(connection, case_id, typed, "decide", "to_sign", made.officer, made.reason, asked)
    return case_id, _add(connection, case_id, typed, "sign", "in_force", made.second, made.reason, told)


def _identified(connection: Connection, office: Office, typed: Typed, made: Decision) -> tuple[int, int]:
    """The case of a person and an enterprise, a new one or that of an earlier answer; its last event."""
    listing = made.evidence[0]
    try:
        person = person_listed(office, listing)
    except ConfigurationError:  # the listing is not on record any more
        person = listing
    origin = pair_of(made.scheme, made.enterprise_id, person)
    case_id = known_origins(connection, "identity").get(origin)
    if case_id is None:
        facts = {"rule": made.rule, "listing": listing, "person": person}
        case_id = _new_case(connection, office, typed, made, facts, origin)
    answer = "not_same" if made.grade == NOT_SAME_PERSON else "same"
    state = read_case(connection, case_id).state
    action = "carry" if state == answer == "not_same" else answer
    told = {"listing": listing}
    return case_id, _add(connection, case_id, typed, action, answer, made.officer, made.reason, told)


def _new_case(
    connection: Connection, office: Office, typed: Typed, made: Decision, facts: Mapping[str, Any], origin: str | None
) -> int:
    kind = kind_named("identity" if made.identifies else "determination")
    actor = Actor(made.officer, typed.account, frozenset())
    try:
        division = office.division_of(made.scheme, made.enterprise_id)
    except RunError:  # the scheme does not grade it any more
        division = ""
    return add_case(
        connection,
        kind,
        made.scheme,
        made.enterprise_id,
        division,
        actor,
        made.reason,
        facts,
        origin=origin,
        at=typed.at,
    )


def _add(
    connection: Connection,
    case_id: int,
    typed: Typed,
    action: str,
    state: str,
    who: str,
    why: str,
    content: Mapping[str, Any],
) -> int:
    actor, case = Actor(who, typed.account, frozenset()), read_case(connection, case_id)
    return add_event(connection, case, action, state, actor, why, content, at=typed.at)
