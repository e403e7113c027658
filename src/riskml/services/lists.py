"""What is asked of lists of enterprises, each with its entry in the audit log: a page, how long worklists are, a file,
the overview of regions. What was searched for is in no entry: it may be somebody's name.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from riskml.audit.entries import Event
from riskml.core.principal import Principal
from riskml.services.asking import asked_by
from riskml.services.registers import Flow, FoundList, RegionShares, Register, Registers, Wanted, Worklist


@dataclass(frozen=True)
class Overview:
    """Regions by grade, and what moved since the run before (nothing where there is none)."""

    register: Register
    prefectures: tuple[RegionShares, ...]
    counties: tuple[RegionShares, ...]
    flows: tuple[Flow, ...]


def list_enterprises(registers: Registers, asker: Principal, scheme: str, wanted: Wanted) -> tuple[Register, FoundList]:
    """A page of a list, of the asker's own region."""
    register = registers.of(asker, scheme)
    with asked_by(asker, registers.workspace, _event("list", "enterprises", scheme, wanted)):
        return register, register.find(wanted, asker.region or "")


def worklist_lengths(
    registers: Registers, asker: Principal, scheme: str
) -> tuple[Register, tuple[tuple[Worklist, int], ...]]:
    """How many enterprises are on each list of work, of the asker's own region."""
    register = registers.of(asker, scheme)
    with asked_by(asker, registers.workspace, Event("list", "worklists", scheme=scheme)):
        counts = ((one, register.find(Wanted(worklist=one), asker.region or "").total) for one in Worklist)
        return register, tuple(counts)


def write_list(registers: Registers, asker: Principal, scheme: str, wanted: Wanted, path: Path) -> Register:
    """All of a list, of the asker's own region, written to a file for spreadsheets."""
    register = registers.of(asker, scheme)
    with asked_by(asker, registers.workspace, _event("export", "list", scheme, wanted)):
        register.write(wanted, asker.region or "", path)
        return register


def region_overview(registers: Registers, asker: Principal, scheme: str) -> Overview:
    """Prefectures and counties by grade, of the asker's own region."""
    register, within = registers.of(asker, scheme), asker.region or ""
    with asked_by(asker, registers.workspace, Event("list", "regions", scheme=scheme)):
        return Overview(register, register.shares(within, 4), register.shares(within, 6), register.flows(within))


def _event(kind: Literal["list", "export"], what: str, scheme: str, wanted: Wanted) -> Event:
    facts: dict[str, str | int | None] = {
        "searched": bool(wanted.typed),
        "region": wanted.region,
        "worklist": wanted.worklist and wanted.worklist.value,
        "page": wanted.page,
    }
    return Event(kind, what, scheme=scheme, facts={name: value for name, value in facts.items() if value})
