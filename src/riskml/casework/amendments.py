"""Amendments that cases end in: written in the form that the source ``amendments`` takes, loaded, and the enterprise's
grade brought up to date.

The file's name and its rows follow from the step, so that writing and loading it again changes nothing. Where it cannot
be loaded now, whoever keeps the records does (``riskml ingest amendments --from data/offered``).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from riskml.casework.at_once import load_and_update
from riskml.casework.case import Case
from riskml.casework.office import Effect, Office
from riskml.core.errors import ConfigurationError
from riskml.core.files import sync, write_durably
from riskml.core.validation import nearest
from riskml.core.workspace import Workspace
from riskml.engines.duckdb import connect_reader
from riskml.records.tables import TABLES

AMENDMENT = "amendment"

FOLDER = "offered"
"""Where the files are, in the folder with everything received."""

COLUMNS = (
    "record_id", "of_table", "of_record", "of_source", "of_enterprise", "kind", "part", "value", "replaced_by", "law",
    "event_date", "known_date",
)  # fmt: skip


SOURCE = "amendments"
"""The source that loads them."""


@dataclass(frozen=True)
class Amended:
    """One amendment.

    Parameters
    ----------
    source, enterprise
        Of the record; no enterprise where it is an amendment itself.
    kind
        As the table ``amendment`` has it; ``repaired``, ``revoked``.
    """

    table: str
    record: str
    source: str
    enterprise: str | None
    kind: str
    day: date


def amendment_id(case_id: int, step: int, number: int) -> str:
    """The id of an amendment that a step of a case offers."""
    return f"case-{case_id}-{step}-{number}"


def amendment_effect(office: Office, case: Case, amended: Sequence[Amended]) -> Effect:
    """That a case's next step offers amendments, which act at once as far as rules go."""
    step = len(case.events) + 1
    rows = [
        {
            "record_id": amendment_id(case.id, step, number),
            "of_table": one.table,
            "of_record": one.record,
            "of_source": one.source,
            "of_enterprise": one.enterprise or "",
            "kind": one.kind,
            "event_date": one.day.isoformat(),
            "known_date": one.day.isoformat(),
        }
        for number, one in enumerate(amended, 1)
    ]
    at_once = {
        "scheme": case.scheme,
        "enterprise": case.enterprise,
        "day": office.today.isoformat(),
        "after": len(office.workspace.ledger.lines()),
    }
    return Effect(AMENDMENT, {"file": f"case-{case.id}-{step}-amendments.csv", "rows": rows, "at_once": at_once})


def source_of(office: Office, table: str, record: str, enterprise: str) -> str:
    """The source of one of the enterprise's own records.

    Raises
    ------
    ConfigurationError
        Where it has no such record, or several sources have one.
    """
    if table not in TABLES:
        zh, en = nearest(table, TABLES)
        raise ConfigurationError(zh=f"没有记录表 {table}{zh}。", en=f"There is no record table {table!r}{en}.")
    connection = connect_reader(office.workspace.spill)
    office.store.open_views(connection)
    found = connection.execute(
        f"SELECT DISTINCT source FROM {TABLES[table].name} WHERE record_id = ? AND {TABLES[table].subject} = ?",
        [record, enterprise],
    ).fetchall()
    if len(found) != 1:
        raise ConfigurationError(
            zh=f"{TABLES[table].label.zh}中企业 {enterprise} 没有记录 {record}，或几个来源各有一条。",
            en=f"{enterprise} has no record {record} in {table}, or several sources have one each.",
        )
    return str(found[0][0])


def offer_amendments(workspace: Workspace, content: Mapping[str, Any]) -> Mapping[str, Any]:
    """Write the file of a step, the same bytes whenever it is written, and have it act."""
    text = io.StringIO()
    writer = csv.DictWriter(text, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(content["rows"])
    path = workspace.data / FOLDER / content["file"]
    draft = path.with_suffix(".draft")
    write_durably(draft, text.getvalue().encode())
    draft.replace(path)
    sync(path.parent)
    if "at_once" not in content:  # offered by an earlier version, which left it to an operator
        load = f"riskml ingest {SOURCE} --from {path.parent}"
        return {"file": content["file"], "told": [f"用 {load} 导入后生效", f"It acts once loaded by '{load}'"]}
    return {"file": content["file"], **load_and_update(workspace, SOURCE, FOLDER, content["at_once"])}
