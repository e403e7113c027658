"""Decisions that were taken without a case: each becomes one with its outcome, once. Nothing is added to the ledger,
which stays what runs read.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, select

from riskml.casework.case import Actor
from riskml.casework.effects import add_effect
from riskml.casework.identity import pair_of, person_listed
from riskml.casework.kinds import kind_named
from riskml.casework.ledger_lines import DECISION, told_of
from riskml.casework.office import Effect, Office
from riskml.casework.store import add_case, add_event, known_origins, read_case
from riskml.casework.tables import EFFECTS
from riskml.core.errors import ConfigurationError, RunError
from riskml.core.hash_chain import Line
from riskml.core.validation import validated
from riskml.database.database import Database
from riskml.schemes.decisions import NOT_SAME_PERSON, Decision


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
            event = (_identified if made.identifies else _determined)(connection, office, line, made)
            effect = Effect(DECISION, {"decision": line.content, "after": line.number})
            add_effect(connection, event, effect, result=told_of(line.number))
    return Imported(len(new), len(lines) - len(new))


def _determined(connection: Connection, office: Office, line: Line, made: Decision) -> int:
    """The case of a grade that an officer chose; its last event."""
    facts = {"rule": made.rule, "evidence": list(made.evidence)}
    facts |= {} if made.evidence_tables else {"proposed_by": "ledger"}
    case_id = _new_case(connection, office, line, made, facts, None)
    asked = {"grade": made.grade, "expires_on": str(made.expires_on)}
    told = {"decision": made.model_dump(mode="json")}
    if made.second is None:
        return _add(connection, case_id, line, "decide", "in_force", made.officer, made.reason, asked | told)
    _add(connection, case_id, line, "decide", "to_sign", made.officer, made.reason, asked)
    return _add(connection, case_id, line, "sign", "in_force", made.second, made.reason, told)


def _identified(connection: Connection, office: Office, line: Line, made: Decision) -> int:
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
        case_id = _new_case(connection, office, line, made, facts, origin)
    answer = "not_same" if made.grade == NOT_SAME_PERSON else "same"
    state = read_case(connection, case_id).state
    action = "carry" if state == answer == "not_same" else answer
    return _add(connection, case_id, line, action, answer, made.officer, made.reason, {"listing": listing})


def _new_case(
    connection: Connection, office: Office, line: Line, made: Decision, facts: Mapping[str, Any], origin: str | None
) -> int:
    kind = kind_named("identity" if made.identifies else "determination")
    actor = Actor(made.officer, line.account, frozenset())
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
        at=line.at,
    )


def _add(
    connection: Connection,
    case_id: int,
    line: Line,
    action: str,
    state: str,
    who: str,
    why: str,
    content: Mapping[str, Any],
) -> int:
    actor, case = Actor(who, line.account, frozenset()), read_case(connection, case_id)
    return add_event(connection, case, action, state, actor, why, content, at=line.at)
