"""Enterprises in which somebody of a name holds or held a post: for whoever needs names of natural persons. The audit
log says that it was asked, and not the name.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from riskml.accounts.access import Action, require
from riskml.audit.entries import Event
from riskml.core.language import Label
from riskml.core.principal import Principal
from riskml.engines.duckdb import connect_reader
from riskml.records.store import open_store
from riskml.records.tables import TABLES
from riskml.services.asking import asked_by
from riskml.services.registers import Register, Registers

MOST = 200
"""Posts that are told at most."""


@dataclass(frozen=True)
class Held:
    """A post of somebody of the name.

    Parameters
    ----------
    until
        The day it ended; None where it is held still, or nobody said.
    """

    enterprise_id: str
    name: str
    region: str
    grade: str
    role: Label
    since: date | None
    until: date | None


def posts_of(registers: Registers, asker: Principal, scheme: str, name: str) -> tuple[Register, tuple[Held, ...]]:
    """The posts that persons of exactly this name hold or held in enterprises of the asker's region that the newest run
    graded, those of the riskiest first.

    Raises
    ------
    RefusedError
        Where the asker needs no names of persons.
    """
    register = registers.of(asker, scheme)
    with asked_by(asker, registers.workspace, Event("list", "enterprises by person", scheme=scheme)):
        require(asker, Action.persons)
        found = _posts(registers, name.strip())
        known = {one.enterprise_id: one for one in register.of_codes([row[0] for row in found], asker.region or "")}
        roles = TABLES["position"].column("role").codes or {}
        held = [
            Held(code, known[code].name, known[code].region, known[code].grade,
                 roles.get(role, Label(role, role)), since, until)
            for code, role, since, until in found
            if code in known
        ]  # fmt: skip
        place = {code: number for number, code in enumerate(known)}
        return register, tuple(sorted(held, key=lambda one: place[one.enterprise_id]))


def _posts(registers: Registers, name: str) -> list[tuple[str, str, date | None, date | None]]:
    if not name:
        return []
    connection = connect_reader(registers.workspace.spill)
    open_store(registers.workspace.records).open_views(connection)
    return connection.execute(
        "SELECT DISTINCT enterprise_id, role, start_date, end_date FROM position WHERE person_name = ? "
        "ORDER BY ALL LIMIT ?",
        [name, MOST],
    ).fetchall()
