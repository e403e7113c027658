"""What a plan's files say once they are seen to be those that were committed to and drawn: visits, and whom the office
has for the units and inspectors that are published.
"""

from __future__ import annotations

import csv
import io
import json
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from riskml.core.errors import RunError
from riskml.core.ledger import Ledger
from riskml.planning.commitment import committed
from riskml.planning.plan_files import NAMES, PEOPLE, PlanFolder, outcomes_of, steps_of
from riskml.sampling.verifier import DRAW, DRAWN, DRAWN_HEAD, VISITS, VISITS_HEAD, read_rows


@dataclass(frozen=True)
class VisitOf:
    """A row of visits.csv, and whether its unit was drawn."""

    unit: str
    field: str
    days: str
    first: str
    second: str
    is_random: bool


def visits_of(ledger: Ledger, folder: PlanFolder) -> list[VisitOf]:
    """The visits of a plan.

    Raises
    ------
    RunError
        Where it was not drawn, or a file is not what was drawn.
    """
    drawn = {line.split(",")[0] for line in read_rows(_drawn(ledger, folder, DRAWN), DRAWN_HEAD, DRAWN)}
    found = []
    for line in read_rows(_drawn(ledger, folder, VISITS), VISITS_HEAD, VISITS):
        unit, _, field, days, first, second = line.split(",")
        found.append(VisitOf(unit, field, days, first, second, unit in drawn))
    return found


def visits_that_count(ledger: Ledger, folder: PlanFolder) -> list[str]:
    """The enterprises of a plan's visits, but for those that were told not to have been made."""
    people = people_of(ledger, folder, ["unit", "enterprise_id"])
    codes = dict(zip(people["unit"].to_pylist(), people["enterprise_id"].to_pylist(), strict=True))
    unvisited = {row["unit"] for row in outcomes_of(folder) if row["outcome"] == "unvisited"}
    return [codes[one.unit] for one in visits_of(ledger, folder) if one.unit not in unvisited]


def people_of(ledger: Ledger, folder: PlanFolder, columns: list[str] | None = None) -> pa.Table:
    """Whom the units of a plan stand for, and what the plan rests on; a RunError where the table is not the one that
    was committed to.
    """
    return pq.read_table(pa.BufferReader(_of_office(ledger, folder, PEOPLE)), columns=columns)


def inspectors_of(ledger: Ledger, folder: PlanFolder) -> dict[str, str]:
    """Published inspector → name; errors as `people_of`."""
    return {
        row["inspector"]: row["name"] for row in csv.DictReader(io.StringIO(_of_office(ledger, folder, NAMES).decode()))
    }


def _of_office(ledger: Ledger, folder: PlanFolder, name: str) -> bytes:
    content = _bytes(folder.office / name)
    if sha256(content).hexdigest() != committed(ledger, folder).plan["office"][name]:
        raise _altered(folder.office / name)
    return content


def _drawn(ledger: Ledger, folder: PlanFolder, name: str) -> bytes:
    """A file that the draw on the ledger names."""
    digest = steps_of(ledger, folder.name).draw
    if digest is None:
        raise RunError(
            zh=f"计划 {folder.name} 还没有抽取；先运行 riskml plan draw。",
            en=f"The plan {folder.name} is not drawn; run 'riskml plan draw' first.",
        )
    told = _bytes(folder.published / DRAW)
    if sha256(told).hexdigest() != digest:
        raise _altered(folder.published / DRAW)
    content, draw = _bytes(folder.published / name), dict[str, Any](json.loads(told))
    if sha256(content).hexdigest() != draw["files"][name]:
        raise _altered(folder.published / name)
    return content


def _bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise RunError(
            zh=f"{path} 无法读取；请从备份恢复。", en=f"{path} cannot be read: restore it from the backup."
        ) from error


def _altered(path: Path) -> RunError:
    return RunError(
        zh=f"{path} 不是承诺和抽取时的文件；请从备份恢复，并查明是谁改动的。",
        en=f"{path} is not the file that was committed to and drawn: restore it from the backup, and find out who "
        "changed it.",
    )
