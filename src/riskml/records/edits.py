"""Records as they would be: one amended, one ended, one added.

The same as a delivery of that on that day would make of the store, for the records of one enterprise in memory.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import pairwise
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from riskml.records.amendment_spans import smaller
from riskml.records.amendments import EXCLUDING
from riskml.records.lookup import record_schema
from riskml.records.resolved import SPANS, resolved_schema
from riskml.records.tables import TABLES

SUPPOSED = "what-if"
"""The source of a record that is supposed."""


@dataclass(frozen=True)
class Amend:
    """A record is taken out (`riskml.records.amendments.EXCLUDING`), or one of its parts is reduced.

    Parameters
    ----------
    part, value
        The column that is reduced, and to what, as text; None where the record goes as a whole.
    """

    table: str
    source: str
    record_id: str
    kind: str
    part: str | None = None
    value: str | None = None

    def __post_init__(self) -> None:
        if (self.part is None) != (self.kind in EXCLUDING):
            raise ValueError(f"{self.kind} needs {'no' if self.kind in EXCLUDING else 'a'} part")


@dataclass(frozen=True)
class End:
    """A state that lasts is over: arrears paid, a listing removed, a post given up."""

    table: str
    source: str
    record_id: str


@dataclass(frozen=True)
class Add:
    """A record arrives: a report is filed, a post is taken up.

    Parameters
    ----------
    values
        Its own columns; the date and the day it is known are the day it is supposed on where they are not given.
    """

    table: str
    values: Mapping[str, Any] = field(default_factory=dict)


Edit = Amend | End | Add


def edited(tables: Mapping[str, pa.Table], subject: str, edits: Iterable[Edit], day: date) -> dict[str, pa.Table]:
    """The records of a neighbourhood once `edits` of one subject's own records are known on `day`.

    Parameters
    ----------
    tables
        Record table → rows, and ``amended_span``.

    Raises
    ------
    KeyError
        Where the subject has no such record.
    """
    found = dict(tables)
    for number, edit in enumerate(edits, 1):
        match edit:
            case Amend():
                found[SPANS] = _amended(found, subject, edit, day)
            case End():
                found[edit.table] = _ended(found, subject, edit, day)
            case Add():
                found[edit.table] = _added(found, subject, edit, day, number)
    return found


def _place(tables: Mapping[str, pa.Table], subject: str, edit: Amend | End) -> int:
    """The row of the record that an edit is of."""
    rows = tables.get(edit.table)
    if rows is not None:
        same = pc.and_(pc.equal(rows["record_id"], edit.record_id), pc.equal(rows["source"], edit.source))
        same = pc.and_(same, pc.equal(rows[TABLES[edit.table].subject], subject))
        places = np.flatnonzero(same.to_numpy())
        if len(places):
            return int(places[-1])  # a list's state that began anew is the last of its id
    raise KeyError(edit.record_id)


def _amended(tables: Mapping[str, pa.Table], subject: str, edit: Amend, day: date) -> pa.Table:
    """How the records read, with one more amendment that nothing undoes."""
    _place(tables, subject, edit)
    schema = resolved_schema(SPANS)
    spans = tables.get(SPANS, schema.empty_table()).to_pylist()
    key = {"of_table": edit.table, "source": edit.source, "subject": subject, "record_id": edit.record_id}
    kept, later = list[dict[str, Any]](), list[dict[str, Any]]()
    for span in spans:
        if any(span[name] != value for name, value in key.items()) or span["acts_until"] <= day:
            kept.append(span)
            continue
        if span["acts_from"] < day:
            kept.append({**span, "acts_until": day})
        later.append({**span, "acts_from": max(span["acts_from"], day)})
    if edit.part is None:
        kept.append({**key, "acts_from": day, "acts_until": date.max, "part": None, "value": None})
    else:
        kept += _reduced(later, key, edit, day)
    return pa.Table.from_pylist(kept, schema=schema)


def _reduced(later: list[dict[str, Any]], key: dict[str, str], edit: Amend, day: date) -> list[dict[str, Any]]:
    """The spans from `day` on with a part reduced besides: where the record is out it stays out, of two values of the
    part the smaller counts.
    """
    edges = sorted({day, date.max, *(span[edge] for span in later for edge in ("acts_from", "acts_until"))})
    found = list[dict[str, Any]]()
    for start, end in pairwise(edges):
        there = [span for span in later if span["acts_from"] <= start and end <= span["acts_until"]]
        whole = {**key, "acts_from": start, "acts_until": end}
        if any(span["part"] is None for span in there):
            found.append({**whole, "part": None, "value": None})
            continue
        values = {span["part"]: span["value"] for span in there}
        part = edit.part or ""
        values[part] = smaller(values[part], edit.value) if part in values else edit.value
        found += [{**whole, "part": name, "value": value} for name, value in sorted(values.items())]
    return found


def _ended(tables: Mapping[str, pa.Table], subject: str, edit: End, day: date) -> pa.Table:
    """The rows of a table with one that has ended on `day`, and is known to have."""
    place = _place(tables, subject, edit)
    rows = tables[edit.table]
    here = pa.array(np.arange(len(rows)) == place)
    for name in ("end_date", "end_known_date"):
        column = pc.if_else(here, pa.scalar(day, pa.date32()), rows[name])
        rows = rows.set_column(rows.schema.get_field_index(name), rows.schema.field(name), column)
    return rows


def _added(tables: Mapping[str, pa.Table], subject: str, edit: Add, day: date, number: int) -> pa.Table:
    """The rows of a table with one more, that came after all others."""
    table = TABLES[edit.table]
    schema = record_schema(table)
    rows = tables.get(edit.table, schema.empty_table())
    given = {
        "record_id": f"{SUPPOSED}-{number}",
        table.subject: subject,
        table.date_column: day,
        "known_date": day,
        "source": SUPPOSED,
        "arrival": (pc.max(rows["arrival"]).as_py() or 0) + 1,
        **edit.values,
    }
    one = pa.Table.from_pylist([{name: given.get(name) for name in schema.names}], schema=schema)
    return pa.concat_tables([rows, one])
